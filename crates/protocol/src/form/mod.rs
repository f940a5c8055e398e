//! Forms of the first protocol: `key`, `format` and `data`, urlencoded or multipart.
//! Called by the gates of `/store/`.

use std::fmt;

use crate::body::BodyError;
use crate::encoding::DecodeLimits;
use crate::limits::FORM_FIELD_COUNT_MAX;

mod multipart;
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
pub fn seed_form(content_type: Option<&str>, body: &[u8]) -> Result<Option<SeedForm>, FormError> {
    let start = body.trim_ascii_start();
    if start.is_empty() || start.starts_with(b"{") {
        return Ok(None);
    }
    if let Some(boundary) = multipart::boundary(content_type, start) {
        let mut form = SeedForm::default();
        for field in multipart::fields(body, &boundary)? {
            form.set(field.name, field.value.to_vec());
        }
        return Ok(Some(form));
    }
    if !names_a_field(start) {
        return Ok(None);
    }
    let mut form = SeedForm::default();
    for (number, (name, value)) in form_urlencoded::parse(start.trim_ascii_end()).enumerate() {
        if number >= FORM_FIELD_COUNT_MAX {
            let count_max = FORM_FIELD_COUNT_MAX;
            return Err(FormError::TooManyFields { count_max });
        }
        form.set(&name, value.into_owned().into_bytes());
    }
    Ok(Some(form))
}

/// Whether one of the names before a `=` is ours. Base64 has a `=` too, but at its end.
fn names_a_field(body: &[u8]) -> bool {
    let mut pairs = body
        .split(|byte| *byte == b'&')
        .take(FORM_FIELD_COUNT_MAX + 1);
    let names = [&b"key="[..], b"format=", b"data="];
    pairs.any(|pair| names.iter().any(|name| pair.starts_with(name)))
}

impl SeedForm {
    /// The JSON text in `data`. A missing `format` meant pickle in 2010; here it means "look".
    ///
    /// # Errors
    ///
    /// [`BodyError`], after a look at `data` and `format`.
    pub fn record(self, limits: DecodeLimits) -> Result<Vec<u8>, BodyError> {
        let data = self.data.filter(|data| !data.trim_ascii().is_empty());
        let data = data.ok_or(BodyError::MissingData)?;
        let format = self.format.unwrap_or_default();
        match format.trim().to_ascii_lowercase().as_str() {
            "" | "json" => crate::body::record(data, limits),
            "pickle" => Err(BodyError::Pickle),
            _ => Err(BodyError::InvalidFormat {
                format: format.trim().chars().take(32).collect(),
            }),
        }
    }

    /// Takes one field; of two with one name the last counts, as in the server of 2010.
    fn set(&mut self, name: &str, value: Vec<u8>) {
        let text = |value: &[u8]| Some(String::from_utf8_lossy(value).into_owned());
        match name {
            "key" => self.key = text(&value),
            "format" => self.format = text(&value),
            "data" => self.data = Some(value),
            _ => {}
        }
    }
}

/// For logs: without the key.
impl fmt::Debug for SeedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeedForm")
            .field("format", &self.format)
            .field("data_bytes", &self.data.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// The first value of `name` in a query string, decoded: `sentry_data` of a GET to `/store/`.
pub fn query_value(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(key, _)| key == name)?;
    Some(value.into_owned())
}
