//! What is inside a `/store/` body: JSON, or base64 of JSON that may be compressed.
//! Called by the store gates once `Content-Encoding` is undone, and by `form` for its `data`.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::encoding::codec::{Coding, is_zlib};
use crate::encoding::{DecodeLimits, EncodingError, decode};

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
    /// Neither JSON nor base64 of something that holds JSON (400).
    #[error("Bad data: neither JSON nor base64 of JSON")]
    NotBase64,
    /// Compressed inside the base64, and broken or too large.
    #[error("Bad data: {0}")]
    Encoding(#[from] EncodingError),
}

/// Brings out the JSON text in a body, by these rules: what starts like JSON is JSON; all else is
/// base64 of zlib, gzip, raw deflate or plain text. Whether it really is JSON, and an object, is
/// for [`crate::json::check_object`] to say.
///
/// # Errors
///
/// [`BodyError`]; a body longer than `limits` is a [`EncodingError::TooLarge`] in it.
pub fn record(bytes: Vec<u8>, limits: DecodeLimits) -> Result<Vec<u8>, BodyError> {
    if looks_like_json(&bytes) {
        return within(bytes, limits);
    }
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Err(BodyError::Empty);
    }
    if is_pickle(text) {
        return Err(BodyError::Pickle);
    }
    let spaced = text.contains(&b' ');
    let first = decode_text(text, Space::IsPlus, limits);
    if !spaced || first.as_deref().is_ok_and(looks_like_json) {
        return first;
    }
    // A space is a `+` that a form turned into one, or else the joint of two lines.
    match decode_text(text, Space::IsNothing, limits) {
        Ok(json) if looks_like_json(&json) => Ok(json),
        _ => first,
    }
}

/// What a space inside base64 stands for.
#[derive(Clone, Copy)]
enum Space {
    IsPlus,
    IsNothing,
}

fn decode_text(text: &[u8], space: Space, limits: DecodeLimits) -> Result<Vec<u8>, BodyError> {
    let decoded = from_base64(text, space).ok_or(BodyError::NotBase64)?;
    expand(decoded, limits)
}

/// Undoes whatever compression the first bytes tell.
fn expand(bytes: Vec<u8>, limits: DecodeLimits) -> Result<Vec<u8>, BodyError> {
    let (first, second) = match bytes.as_slice() {
        [] => return Err(BodyError::Empty),
        [first, second, ..] => (*first, *second),
        [_] => return Ok(bytes),
    };
    if looks_like_json(&bytes) {
        return within(bytes, limits);
    }
    let json = match (first, second) {
        (0x1f, 0x8b) => decode(Coding::Gzip, &bytes, limits)?,
        _ if is_zlib(first, second) => decode(Coding::Deflate, &bytes, limits)?,
        _ if is_pickle(&bytes) => return Err(BodyError::Pickle),
        // Raw deflate has no mark; that it decodes to an object is mark enough.
        _ => match decode(Coding::Deflate, &bytes, limits) {
            Ok(json) if looks_like_json(&json) || is_pickle(&json) => json,
            Err(error @ (EncodingError::TooLarge { .. } | EncodingError::RatioTooHigh { .. })) => {
                return Err(error.into());
            }
            // Text goes on, so that the answer can name the place where it is no JSON.
            _ if std::str::from_utf8(&bytes).is_ok() => return within(bytes, limits),
            _ => return Err(BodyError::NotBase64),
        },
    };
    if is_pickle(&json) {
        return Err(BodyError::Pickle);
    }
    Ok(json)
}

fn within(bytes: Vec<u8>, limits: DecodeLimits) -> Result<Vec<u8>, BodyError> {
    let limit_bytes = limits.output_bytes_max;
    if bytes.len() > limit_bytes {
        return Err(EncodingError::TooLarge { limit_bytes }.into());
    }
    Ok(bytes)
}

/// Whether the text begins like an object, in UTF-8 or UTF-16, behind blanks and a byte order
/// mark. A list or a string is not mistaken for base64 either, so that the answer can say so.
fn looks_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.trim_ascii_start() {
        [b'{' | b'[' | b'"', ..] | [0xff, 0xfe, b'{', 0, ..] | [0xfe, 0xff, 0, b'{', ..] => true,
        _ => bytes.starts_with(b"\0{"),
    }
}

/// Reads base64 as anybody writes it: both alphabets, wrapped lines, padded or not.
fn from_base64(text: &[u8], space: Space) -> Option<Vec<u8>> {
    let mut clean = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'-' => clean.push(b'+'),
            b'_' => clean.push(b'/'),
            b' ' => match space {
                Space::IsPlus => clean.push(b'+'),
                Space::IsNothing => {}
            },
            blank if blank.is_ascii_whitespace() => {}
            other => clean.push(*other),
        }
    }
    let end = clean
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(0, |last| last + 1);
    clean.truncate(end);
    BASE64.decode(clean).ok()
}

/// Without padding, and the bits behind the last byte may be anything.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Whether bytes are a Python pickle, of protocol 0 to 5. Only looked at, never read.
///
/// From protocol 2 on it begins with its version. Before, it is a program of one-letter
/// instructions that ends in a full stop; the ones below begin a dict, list, tuple, instance or
/// the name of something to call.
pub(crate) fn is_pickle(bytes: &[u8]) -> bool {
    const BEHIND_A_MARK: &[u8] = b"dltic(SVIXUTK";
    match bytes.trim_ascii_end() {
        [0x80, 2..=5, ..] | [b'}' | b']' | b')', b'q' | b'r' | b'(' | b'p', .., b'.'] => true,
        [b'(', next, .., b'.'] => BEHIND_A_MARK.contains(next),
        [b'c', rest @ .., b'.'] => {
            let module = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
            !module.is_empty() && module.len() < rest.len() && module.iter().all(name)
        }
        _ => false,
    }
}
