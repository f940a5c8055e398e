//! Who sends: the credentials in the headers and the query of a request.
//! Called by the gates before the body is looked at.

#[cfg(test)]
mod tests;

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
    /// Two places hold credentials (401).
    #[error("credentials are given more than once: use one header or the query string, not both")]
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
/// [`AuthError`] for two places at once, and for what cannot be read.
pub fn credentials(_parts: &AuthParts<'_>) -> Result<Option<Credentials>, AuthError> {
    Ok(None)
}
