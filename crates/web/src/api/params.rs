//! What a request says beside its path: the query string and a JSON body.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use watchpost_store::limits::CODEOWNERS_BYTES_MAX;

use super::error::ApiError;
use crate::App;

/// Larger than any change that this API takes.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// A CODEOWNERS file as a text of JSON: a line end is two bytes there, most are one.
const FILE_BODY_BYTES_MAX: usize = 2 * CODEOWNERS_BYTES_MAX;

/// The pairs of the query string, in order; a key may come several times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string. Any text is one.
    pub(crate) fn parse(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The first value of `key`, even an empty one.
    pub(crate) fn raw(&self, key: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of `key`; empty means not given, as several tools send it.
    pub(crate) fn first(&self, key: &str) -> Option<&str> {
        self.raw(key)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// All values of `key` that are not empty.
    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.iter().filter(move |(name, _)| name == key);
        pairs
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Whether `key` is on: present, bare or with a value that does not say no. Python clients
    /// write `False`.
    pub(crate) fn is_on(&self, key: &str) -> bool {
        let off = ["0", "false", "no", "off"];
        self.raw(key)
            .is_some_and(|value| !off.contains(&value.to_ascii_lowercase().as_str()))
    }

    /// The pairs again as a query string, without `key`.
    pub(super) fn without(&self, key: &str) -> String {
        let pairs = self.0.iter().filter(|(name, _)| name != key);
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// A JSON body, whatever content type it claims, or a form, which some tools send instead. Fields
/// nobody asked for are ignored.
pub(super) struct JsonBody<T>(pub(super) T);

/// The same for a request that carries a whole file.
pub(super) struct FileBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, _: &App) -> Result<Self, ApiError> {
        read(request, BODY_BYTES_MAX).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for FileBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, _: &App) -> Result<Self, ApiError> {
        read(request, FILE_BODY_BYTES_MAX).await.map(Self)
    }
}

async fn read<T: DeserializeOwned>(
    request: Request<Body>,
    limit_bytes: usize,
) -> Result<T, ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_form = kind.starts_with("application/x-www-form-urlencoded");
    let body = axum::body::to_bytes(request.into_body(), limit_bytes).await;
    let bytes = body.map_err(|_| ApiError::TooLarge { limit_bytes })?;
    // `curl -d` calls everything a form.
    let is_json = bytes.trim_ascii_start().starts_with(b"{");
    let value = if is_form && !is_json {
        let pairs = form_urlencoded::parse(&bytes).into_owned();
        let fields: Map<String, Value> = pairs.map(|(key, text)| (key, text.into())).collect();
        serde_json::from_value(fields.into())
    } else {
        serde_json::from_slice(&bytes)
    };
    value.map_err(|error| {
        ApiError::Invalid(format!(
            "The body is not the JSON that is expected: {error}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_as_every_tool_writes_them() {
        let check = |query: &str, expect: bool| {
            assert_eq!(Params::parse(query).is_on("full"), expect, "{query}");
        };
        check("full=1", true);
        check("full=true", true);
        check("full", true);
        check("full=False", false);
        check("full=0", false);
        check("", false);
        check("fuller=1", false);
    }

    #[test]
    fn an_empty_value_is_no_value() {
        let params = Params::parse("cursor=&id=1&id=&id=2&query=a%20b+c");
        assert_eq!(params.first("cursor"), None);
        assert_eq!(params.raw("cursor"), Some(""));
        assert_eq!(params.all("id").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(params.first("query"), Some("a b c"));
        assert_eq!(params.without("id"), "cursor=&query=a+b+c");
    }
}
