//! Who sends: the credentials in the headers and the query of a request.
//! Called by the gates before the body is looked at.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::limits::AUTH_VERSION_MAX;

#[cfg(test)]
mod tests;

/// The names in a query that are credentials.
const QUERY_NAMES: [&str; 6] = [
    "sentry_key",
    "sentry_secret",
    "sentry_signature",
    "sentry_timestamp",
    "sentry_version",
    "sentry_client",
];

/// The places of a request that can hold credentials, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuthParts<'a> {
    /// The header `X-Sentry-Auth`.
    pub x_sentry_auth: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The query string, without its `?`.
    pub query: Option<&'a str>,
}

/// What a client says about itself. Nothing of it is verified yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Where they stood.
    pub source: Source,
    /// The public key: 32 lower-case hex digits. Missing only from a signed request of 2011, which
    /// names no key: then every secret has to be tried.
    pub public_key: Option<String>,
    /// The secret key, which clients from 2012 to 2018 send along. Not needed for anything.
    pub secret: Option<String>,
    /// HMAC-SHA1 over time and body, for [`crate::signature::verify`].
    pub signature: Option<String>,
    /// Time of the signature, exactly as written, because that text was signed.
    pub timestamp: Option<String>,
    /// The part of `sentry_version` before its dot.
    pub version: Option<u16>,
    /// Name and version of the client: `raven-python/6.10.0`.
    pub client: Option<String>,
    /// The project, which old clients name here instead of in the path.
    pub project: Option<String>,
}

/// Where credentials stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `X-Sentry-Auth: Sentry …`
    SentryHeader,
    /// `Authorization: Sentry …`
    Authorization,
    /// `Authorization: Basic …`
    Basic,
    /// `?sentry_key=…`
    Query,
}

/// Why a request is refused for what it says about itself. The text goes to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Two places hold credentials, or one holds two keys (401).
    #[error("credentials are given more than once: send one header or one sentry_key in the query")]
    Multiple,
    /// No credentials at all; for the gates that need some (401).
    #[error("no credentials: send X-Sentry-Auth, Authorization or sentry_key in the query string")]
    Missing,
    /// A header that cannot be read (401).
    #[error("the credentials cannot be read: {reason}")]
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// Credentials with neither a key nor a signature (401).
    #[error("the credentials name no sentry_key")]
    MissingKey,
    /// A key that is not 32 hex digits (400).
    #[error("sentry_key is not 32 hex digits")]
    InvalidKey,
    /// A version that is no number (400).
    #[error("sentry_version is not a number")]
    InvalidVersion,
    /// A version newer than we know (400).
    #[error("protocol version {version} is not supported")]
    UnsupportedVersion {
        /// What the client asked for.
        version: u16,
    },
}

/// Finds the credentials of a request. `None` when there are none: an envelope may then carry a
/// DSN, and a form of 2010 its key.
///
/// # Errors
///
/// [`AuthError`] for two places or keys at once, and for what cannot be read.
pub fn credentials(parts: &AuthParts<'_>) -> Result<Option<Credentials>, AuthError> {
    let header = parts.x_sentry_auth.filter(|text| !text.trim().is_empty());
    let query = parts.query.filter(|query| query_names_a_client(query));
    let other = parts
        .authorization
        .map_or(Authorization::None, authorization);
    // A password for the proxy in front of us is none of our business.
    let foreign = matches!(other, Authorization::Foreign | Authorization::Unreadable);
    let elsewhere = header.is_some() || query.is_some();
    let other = if foreign && elsewhere {
        Authorization::None
    } else {
        other
    };
    match (header, other, query) {
        (None, Authorization::None, None) => Ok(None),
        (Some(text), Authorization::None, None) => {
            from_header(text, Source::SentryHeader).map(Some)
        }
        (None, Authorization::None, Some(query)) => from_query(query).map(Some),
        (None, Authorization::Sentry(text), None) => {
            from_header(text, Source::Authorization).map(Some)
        }
        (None, Authorization::Basic { key, secret }, None) => {
            let mut found = Credentials::empty(Source::Basic);
            found.set("sentry_key", &key)?;
            found.set("sentry_secret", &secret)?;
            found.complete().map(Some)
        }
        (None, Authorization::Foreign, None) => Err(AuthError::InvalidKey),
        (None, Authorization::Unreadable, None) => Err(AuthError::Malformed {
            reason: "Authorization: Basic is not base64 of key:secret",
        }),
        _ => Err(AuthError::Multiple),
    }
}

/// What the header `Authorization` holds.
enum Authorization<'a> {
    /// Nothing for us, such as a bearer token of a proxy.
    None,
    /// `Sentry …`
    Sentry(&'a str),
    /// `Basic …` with a client key for its user.
    Basic { key: String, secret: String },
    /// `Basic …` with another user.
    Foreign,
    /// `Basic …` and nonsense.
    Unreadable,
}

fn authorization(text: &str) -> Authorization<'_> {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once(char::is_whitespace) else {
        return Authorization::None;
    };
    if scheme.eq_ignore_ascii_case("sentry") {
        return Authorization::Sentry(text);
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Authorization::None;
    }
    let decoded = BASE64.decode(rest.trim()).ok();
    let Some(decoded) = decoded.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Authorization::Unreadable;
    };
    let (key, secret) = decoded.split_once(':').unwrap_or((&decoded, ""));
    if !is_key(key) {
        return Authorization::Foreign;
    }
    let (key, secret) = (key.to_owned(), secret.to_owned());
    Authorization::Basic { key, secret }
}

/// Splits `Sentry k=v,k=v`; Java clients put no space after the commas.
fn from_header(text: &str, source: Source) -> Result<Credentials, AuthError> {
    let text = text.trim();
    let (scheme, pairs) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("sentry") {
        let reason = "the header does not start with Sentry";
        return Err(AuthError::Malformed { reason });
    }
    let mut found = Credentials::empty(source);
    for pair in pairs
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        let reason = "a part of the header is not of the form name=value";
        let pair = pair
            .split_once('=')
            .ok_or(AuthError::Malformed { reason })?;
        found.set(&pair.0.trim().to_ascii_lowercase(), pair.1.trim())?;
    }
    found.complete()
}

/// Whether the query says who sends. `sentry_data` and `sentry_release` alone do not.
fn query_names_a_client(query: &str) -> bool {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    names.any(|name| QUERY_NAMES.contains(&&*name))
}

fn from_query(query: &str) -> Result<Credentials, AuthError> {
    let mut found = Credentials::empty(Source::Query);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if QUERY_NAMES.contains(&&*name) {
            found.set(&name, value.trim())?;
        }
    }
    found.complete()
}

impl Credentials {
    fn empty(source: Source) -> Self {
        Self {
            source,
            public_key: None,
            secret: None,
            signature: None,
            timestamp: None,
            version: None,
            client: None,
            project: None,
        }
    }

    /// Takes one pair. Unknown names are for versions to come.
    fn set(&mut self, name: &str, value: &str) -> Result<(), AuthError> {
        if value.is_empty() {
            return Ok(());
        }
        let text = Some(value.to_owned());
        match name {
            "sentry_key" if self.public_key.is_some() => return Err(AuthError::Multiple),
            "sentry_key" if is_key(value) => self.public_key = Some(value.to_ascii_lowercase()),
            "sentry_key" => return Err(AuthError::InvalidKey),
            "sentry_secret" => self.secret = text,
            "sentry_signature" => self.signature = text,
            "sentry_timestamp" => self.timestamp = text,
            "sentry_version" => self.version = Some(version(value)?),
            "sentry_client" => self.client = text,
            // The first raven gave its version under its own name.
            "raven" => self.client = Some(format!("raven/{value}")),
            "project" | "project_id" | "sentry_project" => self.project = text,
            _ => {}
        }
        Ok(())
    }

    fn complete(self) -> Result<Self, AuthError> {
        match (&self.public_key, &self.signature) {
            (None, None) => Err(AuthError::MissingKey),
            _ => Ok(self),
        }
    }
}

fn is_key(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `2.0` is 2; what comes after the dot never meant anything.
fn version(text: &str) -> Result<u16, AuthError> {
    let number = text.split('.').next().unwrap_or(text).trim();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthError::InvalidVersion);
    }
    // Digits that do not fit are a version far too new.
    let version = number.parse().unwrap_or(u16::MAX);
    if version > AUTH_VERSION_MAX {
        return Err(AuthError::UnsupportedVersion { version });
    }
    Ok(version)
}

/// For logs: without the secrets.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("source", &self.source)
            .field("public_key", &self.public_key)
            .field("version", &self.version)
            .field("client", &self.client)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}
