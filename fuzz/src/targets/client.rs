//! What a client says about itself: headers, query, DSN; and what it is told.

use watchpost_protocol::auth::{self, AuthParts};
use watchpost_protocol::dsn::Dsn;
use watchpost_protocol::rate_limit;

use super::{Target, at, split};

/// The targets of this file.
pub const TARGETS: &[Target] = &[
    at("auth_header", auth_header),
    at("auth_query", auth_query),
    at("dsn", dsn),
    at("rate_limit", rate_limit),
];

/// `X-Sentry-Auth`, and behind a line break `Authorization`.
fn auth_header(bytes: &[u8]) {
    let (first, second) = split(bytes, b'\n');
    let (first, second) = (
        String::from_utf8_lossy(first),
        String::from_utf8_lossy(second),
    );
    let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
    check(&AuthParts {
        x_sentry_auth: some(&first),
        authorization: some(&second),
        query: None,
    });
}

/// The query string, alone and beside a header.
fn auth_query(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    let mut parts = AuthParts {
        x_sentry_auth: None,
        authorization: None,
        query: Some(&query),
    };
    check(&parts);
    parts.authorization = Some("Basic dTpw");
    check(&parts);
}

fn check(parts: &AuthParts<'_>) {
    let Ok(Some(found)) = auth::credentials(parts) else {
        return;
    };
    let is_hex = |key: &String| key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let key = found.public_key.as_ref();
    assert!(key.is_none_or(is_hex), "a key that is none: {key:?}");
    // Without a key there must be a signature to go by.
    assert!(key.is_some() || found.signature.is_some());
    // What goes to a log is the same for any secret.
    let mut other = found.clone();
    other.secret = found.secret.as_ref().map(|_| "another".to_owned());
    assert_eq!(format!("{other:?}"), format!("{found:?}"));
}

/// A DSN that is read and printed is the same DSN.
fn dsn(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(dsn) = text.parse::<Dsn>() else { return };
    assert!(dsn.envelope_url().starts_with(&dsn.base_url()));
    let again = dsn.to_string().parse::<Dsn>();
    assert_eq!(again.as_ref(), Ok(&dsn), "of {text:?}");
}

/// The header of limits, printed and read.
fn rate_limit(bytes: &[u8]) {
    let limits = rate_limit::parse(&String::from_utf8_lossy(bytes));
    let Some(printed) = rate_limit::header_value(&limits) else {
        return;
    };
    let again = rate_limit::parse(&printed);
    let printed_again = rate_limit::header_value(&again);
    assert_eq!(printed_again.as_ref(), Some(&printed));
    let _ = rate_limit::retry_after_secs(&limits);
}
