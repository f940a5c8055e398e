//! Long lists: the cursor and size that a client asks for, and the `Link` header it goes on with.
//!
//! A cursor is `value:offset:is_prev`, opaque to clients. Lists that an engine pages carry its
//! own cursor in `value`, as URL-safe base64; short lists are counted by `offset`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use watchpost_store::{Cursor, Extent, StoreError};

use super::error::ApiError;
use super::params::Params;
use crate::App;

/// Rows per page at most, whatever a client asks for.
pub(super) const ROW_COUNT_MAX: usize = 100;

/// Longer than any cursor this server makes.
const CURSOR_BYTES_MAX: usize = 16 * 1024;

/// Which part of a list a client wants.
#[derive(Clone, Debug)]
pub(super) struct Paging {
    /// Where it starts.
    start: Start,
    /// How many rows it may have.
    pub(super) limit: usize,
    /// The absolute URL of the list with everything but the cursor.
    url: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Start {
    /// So many rows from the top.
    At(usize),
    /// Where an engine stopped.
    After(String),
}

/// One part of a list, ready to be sent.
pub(super) struct Listed<T> {
    rows: Vec<T>,
    link: String,
    /// What is to be known about it.
    note: Option<String>,
}

/// Why a list ends before it is full, for people.
const NOTE: HeaderName = HeaderName::from_static("x-watchpost-note");

/// An answer, and in a header that it does not tell of all events.
pub(super) fn noted(answer: Value, extent: &Extent) -> Response {
    let mut response = Json(answer).into_response();
    if extent.cut.is_some()
        && let Ok(note) = HeaderValue::try_from(extent.to_string())
    {
        response.headers_mut().insert(NOTE, note);
    }
    response
}

impl Paging {
    /// The engine's cursor, `None` at the top.
    pub(super) fn cursor(&self) -> Result<Option<Cursor>, ApiError> {
        match &self.start {
            Start::At(0) => Ok(None),
            // Starting over would send a client that counts by itself round in circles.
            Start::At(_) => Err(invalid_cursor()),
            Start::After(value) => Ok(Some(Cursor(value.clone()))),
        }
    }

    /// Cuts this part out of a list that is all there.
    pub(super) fn cut<T>(&self, all: Vec<T>) -> Listed<T> {
        let start = match self.start {
            Start::At(offset) => offset.min(all.len()),
            Start::After(_) => 0,
        };
        let end = start.saturating_add(self.limit).min(all.len());
        let more = end < all.len();
        let rows = all.into_iter().skip(start).take(self.limit).collect();
        let before = start.saturating_sub(self.limit);
        let previous = (format!("0:{before}:1"), start > 0);
        let next = (format!("0:{end}:0"), more);
        self.listed(rows, &previous, &next)
    }

    /// One part that an engine cut, and where it says the next one starts.
    pub(super) fn part<T>(&self, rows: Vec<T>, next: Option<&Cursor>) -> Listed<T> {
        // Engines go forward only; clients read nothing but the next page anyway.
        let previous = ("0:0:1".to_owned(), false);
        let next = match next {
            Some(cursor) => (format!("{}:0:0", URL_SAFE_NO_PAD.encode(&cursor.0)), true),
            None => (format!("0:{}:0", self.limit), false),
        };
        self.listed(rows, &previous, &next)
    }

    fn listed<T>(
        &self,
        rows: Vec<T>,
        previous: &(String, bool),
        next: &(String, bool),
    ) -> Listed<T> {
        let entry = |rel: &str, (cursor, results): &(String, bool)| {
            let url = &self.url;
            format!(
                "<{url}&cursor={cursor}>; rel=\"{rel}\"; results=\"{results}\"; cursor=\"{cursor}\""
            )
        };
        let link = format!("{}, {}", entry("previous", previous), entry("next", next));
        Listed {
            rows,
            link,
            note: None,
        }
    }
}

impl<T> Listed<T> {
    /// The same with a word on it.
    pub(super) fn with_note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }
}

/// A refusal by an engine that was given a cursor: what it misses is the page.
pub(super) fn no_such_page(error: StoreError) -> ApiError {
    match error {
        StoreError::Missing { .. } => invalid_cursor(),
        other => other.into(),
    }
}

/// The refusal of a cursor that this server did not make.
pub(super) fn invalid_cursor() -> ApiError {
    ApiError::Invalid("Invalid cursor parameter.".to_owned())
}

fn parse_cursor(text: &str) -> Option<Start> {
    if text.len() > CURSOR_BYTES_MAX {
        return None;
    }
    let mut parts = text.rsplitn(3, ':');
    let (is_prev, offset, value) = (parts.next()?, parts.next()?, parts.next()?);
    if !matches!(is_prev, "0" | "1") {
        return None;
    }
    let offset = offset.parse().ok()?;
    if value == "0" {
        return Some(Start::At(offset));
    }
    let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
    String::from_utf8(bytes).ok().map(Start::After)
}

/// The size that was asked for, by either name, within bounds.
fn parse_limit(params: &Params, default: usize) -> Result<usize, ApiError> {
    let Some(text) = params.first("per_page").or_else(|| params.first("limit")) else {
        return Ok(default);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        let problem = format!("`{text}` is not a number of rows: 1 to {ROW_COUNT_MAX} is.");
        return Err(ApiError::Invalid(problem));
    }
    // A number too large for the type is one too large for the list.
    let wanted = text.parse().unwrap_or(ROW_COUNT_MAX);
    Ok(wanted.clamp(1, ROW_COUNT_MAX))
}

impl FromRequestParts<App> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let params = Params::parse(parts.uri.query().unwrap_or_default());
        let start = match params.first("cursor") {
            None => Start::At(0),
            Some(text) => parse_cursor(text).ok_or_else(invalid_cursor)?,
        };
        let (base, path) = (&app.config.public_url, parts.uri.path());
        let base = base.trim_end_matches('/');
        let url = format!("{base}{path}?{}", params.without("cursor"));
        let limit = parse_limit(&params, ROW_COUNT_MAX)?;
        Ok(Self { start, limit, url })
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.rows).into_response();
        for (name, value) in [(header::LINK, Some(self.link)), (NOTE, self.note)] {
            let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
            response
                .headers_mut()
                .extend(value.map(|value| (name, value)));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(start: Start, limit: usize) -> Paging {
        let url = "http://host/api/0/organizations/?".to_owned();
        Paging { start, limit, url }
    }

    #[test]
    fn the_link_header_is_written_as_tools_read_it() {
        let listed = paging(Start::At(0), 100).cut((0..150).collect());
        assert_eq!(
            listed.link,
            "<http://host/api/0/organizations/?&cursor=0:0:1>; rel=\"previous\"; \
             results=\"false\"; cursor=\"0:0:1\", \
             <http://host/api/0/organizations/?&cursor=0:100:0>; rel=\"next\"; \
             results=\"true\"; cursor=\"0:100:0\""
        );
    }

    #[test]
    fn following_the_cursors_shows_every_row_once() {
        let mut seen = Vec::new();
        let mut start = Start::At(0);
        loop {
            let listed = paging(start, 7).cut((0..30).collect());
            seen.extend(listed.rows);
            let (_, next) = listed.link.split_once("rel=\"next\"; results=\"").unwrap();
            let (more, cursor) = next.split_once("\"; cursor=\"").unwrap();
            if more == "false" {
                break;
            }
            start = parse_cursor(cursor.trim_end_matches('"')).unwrap();
        }
        assert_eq!(seen, (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn an_engines_cursor_survives_the_round_trip() {
        let cursor = Cursor("17:\"x\", <é>".to_owned());
        let listed = paging(Start::At(0), 1).part(vec![1], Some(&cursor));
        let (_, text) = listed.link.rsplit_once("cursor=\"").unwrap();
        let start = parse_cursor(text.trim_end_matches('"')).unwrap();
        assert_eq!(paging(start, 1).cursor().unwrap(), Some(cursor));
    }

    #[test]
    fn w37_tampered_cursors_and_sizes() {
        for text in [
            "x", "1:2", "0:-1:0", "0:1:2", "!!:0:0", "/w:0:0", ":::", "0:1e9:0",
        ] {
            assert_eq!(parse_cursor(text), None, "{text}");
        }
        assert_eq!(parse_cursor(&"A".repeat(CURSOR_BYTES_MAX + 1)), None);
        let all = paging(Start::At(usize::MAX), 100).cut(vec![1, 2, 3]);
        assert!(all.rows.is_empty());
        let limit = |query: &str| parse_limit(&Params::parse(query), 25).ok();
        assert_eq!(limit(""), Some(25));
        assert_eq!(limit("limit="), Some(25));
        assert_eq!(limit("limit=10"), Some(10));
        assert_eq!(limit("per_page=5&limit=10"), Some(5));
        assert_eq!(limit("limit=0"), Some(1));
        assert_eq!(limit("limit=1000000000"), Some(100));
        assert_eq!(limit("limit=99999999999999999999999999"), Some(100));
        assert_eq!(limit("limit=-1"), None);
        assert_eq!(limit("limit=many"), None);
    }
}
