//! Forms of the first protocol: `key`, `format` and `data`, urlencoded or multipart.
//! Called by the gates of `/store/`.

use crate::body::BodyError;
use crate::encoding::DecodeLimits;

#[cfg(test)]
mod tests;

/// The fields of a form of 2010. Others are ignored.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SeedForm {
    /// The secret of the project.
    pub key: Option<String>,
    /// `json`, `pickle`, or nothing.
    pub format: Option<String>,
    /// The encoded record.
    pub data: Option<Vec<u8>>,
}

/// Why a form cannot be read (400).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Somebody tries how much we take.
    #[error("the form has more than {count_max} fields")]
    TooManyFields {
        /// How many are allowed.
        count_max: usize,
    },
    /// A multipart body that does not follow its boundary.
    #[error("failed to read the multipart form: {reason}")]
    Multipart {
        /// What is wrong.
        reason: &'static str,
    },
}

/// Reads the form in `body`. `None` when it is no form: a body of `/store/` that carries only the
/// content type of one (`curl --data` adds it to everything). A form with a wrong content type is
/// recognised by its fields.
///
/// # Errors
///
/// [`FormError`] for a form that is broken.
pub fn seed_form(_content_type: Option<&str>, _body: &[u8]) -> Result<Option<SeedForm>, FormError> {
    Ok(None)
}

impl SeedForm {
    /// The JSON text in `data`. A missing `format` meant pickle in 2010; here it means "look".
    ///
    /// # Errors
    ///
    /// [`BodyError`], after a look at `format` and `data`.
    pub fn record(self, limits: DecodeLimits) -> Result<Vec<u8>, BodyError> {
        let data = self.data.filter(|data| !data.is_empty());
        crate::body::record(data.ok_or(BodyError::MissingData)?, limits)
    }
}

/// The first value of `name` in a query string, decoded: `sentry_data` of a GET to `/store/`.
pub fn query_value(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(key, _)| key == name)?;
    Some(value.into_owned())
}
