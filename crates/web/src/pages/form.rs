//! Forms: small, from our own pages only, with the fields in order.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::links::safe_next;
use super::{PageError, Visit};
use crate::App;

/// The largest form that we read; the longest real one lists 100 issues.
pub(crate) const FORM_BYTES_MAX: usize = 64 * 1024;

/// Longer names of keys and tokens are cut.
const LABEL_CHARS_MAX: usize = 100;

/// The fields of a form or of a query, decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `a=b&c=d`. A name may come twice: Sentry's own links do that.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// Gives a field this value, instead of any that it had.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(key, _)| key != name);
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Whether there is a field of that name, if only an empty one.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The first field of that name, trimmed; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The first field of that name as it was typed: for passwords.
    pub(crate) fn exact(&self, name: &str) -> &str {
        let first = self.0.iter().find(|(key, _)| key == name);
        first.map_or("", |(_, value)| value)
    }

    /// What something is to be called.
    pub(crate) fn label(&self) -> String {
        self.get("label").chars().take(LABEL_CHARS_MAX).collect()
    }

    /// Every field of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }
}

/// A form that a signed-in person sent from one of our pages.
pub(crate) struct Form {
    pub(crate) visit: Visit,
    pub(crate) fields: Fields,
}

impl Form {
    /// Back to where the form was, or to `otherwise`.
    pub(crate) fn back(&self, otherwise: &str) -> Response {
        match safe_next(self.fields.get("return_to")) {
            Some(path) => Redirect::to(&self.visit.at.path(path)).into_response(),
            None => Redirect::to(otherwise).into_response(),
        }
    }
}

impl FromRequest<App> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app).await?;
        let fields = read(Request::from_parts(parts, body), app).await?;
        if !visit.who.csrf_fits(fields.get("csrf")) {
            return Err(PageError::Refused(
                "This form is from an older session. Go back, reload the page and send it again",
            ));
        }
        Ok(Self { visit, fields })
    }
}

/// A form from somebody who is not signed in: signing in, or setting up.
pub(crate) struct GuestForm {
    pub(crate) headers: HeaderMap,
    pub(crate) fields: Fields,
}

impl FromRequest<App> for GuestForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let headers = request.headers().clone();
        let fields = read(request, app).await?;
        Ok(Self { headers, fields })
    }
}

async fn read(request: Request, app: &App) -> Result<Fields, PageError> {
    if !is_from_here(request.headers(), &app.config.public_url) {
        return Err(PageError::Refused("This form was sent from another site"));
    }
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(PageError::Invalid("This is not a form.".to_owned()));
    }
    let bytes = Bytes::from_request(request, app).await;
    let bytes = bytes.map_err(|_| PageError::Invalid("This form is too large.".to_owned()))?;
    Ok(Fields::parse(&bytes))
}

/// Whether a browser says that the request came from one of our pages. Programs send neither
/// header; they cannot be tricked into sending a form, so they pass.
pub(crate) fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    let host_of = |url: &str| {
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default().to_owned()
    };
    let host = host_of(origin);
    !host.is_empty() && (host == host_of(public_url) || Some(&*host) == text("host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], expect: bool) {
        let headers = headers.iter().map(|(name, value)| {
            let name = axum::http::HeaderName::from_static(name);
            (name, axum::http::HeaderValue::from_static(value))
        });
        let headers: HeaderMap = headers.collect();
        let got = is_from_here(&headers, "https://errors.example/watch");
        assert_eq!(got, expect, "{headers:?}");
    }

    #[test]
    fn w13_forms_of_other_sites_are_refused() {
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("origin", "https://errors.example")], true);
        check(
            &[
                ("origin", "http://127.0.0.1:9000"),
                ("host", "127.0.0.1:9000"),
            ],
            true,
        );
        check(
            &[
                ("origin", "https://errors.example.evil"),
                ("host", "errors.example"),
            ],
            false,
        );
        check(&[("origin", "null"), ("host", "errors.example")], false);
    }
}
