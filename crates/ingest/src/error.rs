//! What can go wrong at a gate, and the one place that turns it into an outcome and into HTTP.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use watchpost_model::Outcome;
use watchpost_protocol::auth::AuthError;
use watchpost_protocol::body::BodyError;
use watchpost_protocol::encoding::EncodingError;
use watchpost_protocol::envelope::EnvelopeError;
use watchpost_protocol::form::FormError;
use watchpost_protocol::json::JsonError;
use watchpost_protocol::rate_limit::{self, ERROR_CATEGORIES, RateLimit, Scope};
use watchpost_protocol::signature::SignatureError;
use watchpost_store::StoreError;

use crate::limits::{
    BEHIND_RETRY_SECS, BUSY_RETRY_SECS, DISK_FULL_RETRY_SECS, SPOOL_FULL_RETRY_SECS,
};
use crate::outcome::Owner;
use crate::quota::Refusal;
use crate::spool::SpoolError;
use crate::warden::Closed;

/// A refused request. The text is what the client may read: no paths, no keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GateError {
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// Unknown key, unknown project, another project's key, inactive key: one answer for all, so
    /// that nothing can be guessed. Inside: whose key it was, for the count.
    #[error("event submission rejected with_reason: ProjectId")]
    Refused(Owner),
    #[error("Invalid credentials")]
    FormKey,
    #[error("{}", signature_text(*.0))]
    Signature(SignatureError),
    #[error("event submission rejected with_reason: Cors")]
    Origin,
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Form(#[from] FormError),
    #[error("Bad data: {0}")]
    Json(#[from] JsonError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error("invalid event id: it must be 32 hex digits")]
    EventId,
    #[error("header mismatch between envelope and request")]
    Mismatch,
    #[error("the body exceeds {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
    #[error("failed to read the body: {reason}")]
    Interrupted { reason: &'static str },
    #[error("use POST")]
    Method,
    #[error("too many requests at once")]
    Busy,
    /// Too many events of the project could not be digested and wait for somebody to look at them.
    #[error("too many events of this project are in quarantine")]
    QuarantineFull,
    #[error("{}", closed_text(*.0))]
    Closed(Closed),
    #[error("the limit on this kind of data is reached; see the quotas in the project settings")]
    Limited(Refusal),
    #[error("{}", spool_text(.0))]
    Spool(#[from] SpoolError),
    #[error("failed to look up the key")]
    Ledger(#[from] StoreError),
}

const KEY_ADVICE: &str = "unknown key or project; see Client keys in the project settings";

/// The texts of the servers of 2011, which operators find in the logs of old clients.
fn signature_text(error: SignatureError) -> &'static str {
    match error {
        SignatureError::InvalidTimestamp => "Invalid timestamp",
        SignatureError::Expired => "Message has expired",
        SignatureError::Mismatch => "Invalid signature",
    }
}

/// Without paths and sizes, which are none of the client's business.
fn spool_text(error: &SpoolError) -> &'static str {
    match error {
        SpoolError::TooLarge { .. } => "the event is too large",
        SpoolError::Closed => "the server is shutting down",
        error if error.is_unwritable() => "the server cannot write to its disk at the moment",
        error if error.is_full() => "the server has no room for more events at the moment",
        _ => "failed to store the event",
    }
}

/// As [`spool_text`]: nothing that only operators need.
fn closed_text(closed: Closed) -> &'static str {
    match closed {
        Closed::DiskFull => "the server's disk is full",
        Closed::SpoolFull => "the server has no room for more events at the moment",
        Closed::Behind => "the server is busy with the events that came before",
    }
}

/// How a request ends, decided once per error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) status: StatusCode,
    pub(crate) outcome: Outcome,
    pub(crate) reason: &'static str,
    /// For `Retry-After`, and for `X-Sentry-Rate-Limits` when the outcome is `RateLimited`.
    retry_after_secs: Option<u64>,
}

const fn invalid(status: StatusCode, reason: &'static str) -> Verdict {
    Verdict {
        status,
        outcome: Outcome::Invalid,
        reason,
        retry_after_secs: None,
    }
}

const fn later(status: StatusCode, reason: &'static str, secs: u64) -> Verdict {
    Verdict {
        status,
        outcome: Outcome::RateLimited,
        reason,
        retry_after_secs: Some(secs),
    }
}

impl GateError {
    /// Status, outcome, reason and when to come back.
    pub(crate) fn verdict(&self) -> Verdict {
        use StatusCode as Status;
        match self {
            Self::Auth(error) => invalid(auth_status(error), "auth"),
            Self::Refused(_) => invalid(Status::FORBIDDEN, "project_id"),
            Self::FormKey => invalid(Status::FORBIDDEN, "invalid_key"),
            Self::Signature(error) => match error {
                SignatureError::InvalidTimestamp => invalid(Status::BAD_REQUEST, "signature"),
                SignatureError::Expired => invalid(Status::GONE, "signature"),
                SignatureError::Mismatch => invalid(Status::FORBIDDEN, "signature"),
            },
            Self::Origin => invalid(Status::FORBIDDEN, "cors"),
            Self::Encoding(error) | Self::Body(BodyError::Encoding(error)) => encoding(error),
            Self::Body(error) => invalid(Status::BAD_REQUEST, body_reason(error)),
            Self::Form(_) => invalid(Status::BAD_REQUEST, "form"),
            Self::Json(_) => invalid(Status::BAD_REQUEST, "invalid_json"),
            Self::Envelope(error) => envelope(error),
            Self::EventId => invalid(Status::BAD_REQUEST, "event_id"),
            Self::Mismatch => invalid(Status::BAD_REQUEST, "header_mismatch"),
            Self::TooLarge { .. } => invalid(Status::PAYLOAD_TOO_LARGE, "too_large"),
            // Not 408, which proxies and clients take for a reason to send it all again.
            Self::Interrupted { .. } => invalid(Status::BAD_REQUEST, "interrupted"),
            Self::Method => invalid(Status::METHOD_NOT_ALLOWED, "method"),
            Self::Busy => later(Status::TOO_MANY_REQUESTS, "busy", BUSY_RETRY_SECS),
            Self::Closed(Closed::DiskFull) => {
                later(Status::TOO_MANY_REQUESTS, "disk_full", DISK_FULL_RETRY_SECS)
            }
            Self::Closed(Closed::SpoolFull) => later(
                Status::TOO_MANY_REQUESTS,
                "spool_full",
                SPOOL_FULL_RETRY_SECS,
            ),
            Self::Closed(Closed::Behind) => {
                later(Status::TOO_MANY_REQUESTS, "behind", BEHIND_RETRY_SECS)
            }
            Self::Limited(refusal) => {
                let secs = rate_limit::retry_after_secs(&refusal.limits);
                later(Status::TOO_MANY_REQUESTS, refusal.reason, secs.unwrap_or(0))
            }
            Self::Spool(SpoolError::TooLarge { .. }) => {
                invalid(Status::PAYLOAD_TOO_LARGE, "too_large")
            }
            Self::QuarantineFull => {
                let secs = SPOOL_FULL_RETRY_SECS;
                later(Status::TOO_MANY_REQUESTS, "quarantine_full", secs)
            }
            // SDKs wait on 429 but throw the event away on 5xx.
            Self::Spool(error) if error.is_full() => {
                let secs = SPOOL_FULL_RETRY_SECS;
                later(Status::TOO_MANY_REQUESTS, "spool_full", secs)
            }
            Self::Spool(SpoolError::Closed) => {
                later(Status::SERVICE_UNAVAILABLE, "shutdown", BUSY_RETRY_SECS)
            }
            // As a full disk: it heals when somebody has looked at it, and nothing is thrown away.
            Self::Spool(error) if error.is_unwritable() => later(
                Status::TOO_MANY_REQUESTS,
                "unwritable",
                SPOOL_FULL_RETRY_SECS,
            ),
            // Ours: somebody must look at the disk.
            Self::Spool(_) | Self::Ledger(_) => {
                let secs = SPOOL_FULL_RETRY_SECS;
                later(Status::SERVICE_UNAVAILABLE, "storage", secs)
            }
        }
    }

    /// Whether the log has it once already, for all requests that meet it: a disk that is ill would
    /// fill it.
    pub(crate) fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Spool(SpoolError::Disk { .. } | SpoolError::Stopped { .. })
        )
    }

    /// Whose request it was, where only the error knows.
    pub(crate) fn owner(&self) -> Owner {
        match self {
            Self::Refused(owner) => *owner,
            _ => Owner::default(),
        }
    }

    /// For `X-Sentry-Error`, which people read in logs and consoles: the text, or, where clients
    /// compare the text with what they know, what to do. One answer for all keys that may not.
    fn advice(&self) -> String {
        match self {
            Self::Refused(_) | Self::FormKey => KEY_ADVICE.to_owned(),
            error => error.to_string(),
        }
    }

    /// For `X-Sentry-Rate-Limits`.
    fn rate_limits(&self) -> Vec<RateLimit> {
        let verdict = self.verdict();
        match (self, verdict.retry_after_secs) {
            (Self::Limited(refusal), _) => refusal.limits.clone(),
            (_, Some(secs)) if verdict.status == StatusCode::TOO_MANY_REQUESTS => vec![RateLimit {
                secs,
                categories: match self {
                    // Everything needs the disk.
                    Self::Closed(Closed::DiskFull) => Vec::new(),
                    _ => ERROR_CATEGORIES.map(str::to_owned).to_vec(),
                },
                scope: Scope::Organization,
                reason: Some(verdict.reason.to_owned()),
            }],
            _ => Vec::new(),
        }
    }

    /// The answer of the gates of 2010: the text alone, which their clients write to their log.
    pub(crate) fn into_plain(self) -> Response {
        let verdict = self.verdict();
        let content_type = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
        let response = (verdict.status, [content_type], self.to_string()).into_response();
        self.finish(response, &verdict)
    }

    /// Adds the headers that clients print and obey.
    fn finish(&self, mut response: Response, verdict: &Verdict) -> Response {
        const X_SENTRY_ERROR: HeaderName = HeaderName::from_static("x-sentry-error");
        let printable = |char: char| {
            if (' '..='~').contains(&char) {
                char
            } else {
                '?'
            }
        };
        let line: String = self.advice().chars().take(200).map(printable).collect();
        if let Ok(value) = HeaderValue::from_str(&line) {
            response.headers_mut().insert(X_SENTRY_ERROR, value);
        }
        if let Some(secs) = verdict.retry_after_secs {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        announce(&mut response, &self.rate_limits());
        response
    }
}

/// Tells a client what to hold back. Good on any answer; `Retry-After` is not: clients obey it on
/// any status and for everything.
pub(crate) fn announce(response: &mut Response, limits: &[RateLimit]) {
    const X_SENTRY_RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");
    if let Some(Ok(value)) = rate_limit::header_value(limits).map(HeaderValue::try_from) {
        response.headers_mut().insert(X_SENTRY_RATE_LIMITS, value);
    }
}

/// The body of a refusal. No `causes` beside it: each text here holds those of its causes that are
/// the client's business, and `sentry-cli` prints only a lone detail.
#[derive(Serialize)]
struct Detail<'a> {
    detail: &'a str,
}

impl IntoResponse for GateError {
    fn into_response(self) -> Response {
        let verdict = self.verdict();
        let text = self.to_string();
        let body = Json(Detail { detail: &text });
        self.finish((verdict.status, body).into_response(), &verdict)
    }
}

fn auth_status(error: &AuthError) -> StatusCode {
    match error {
        AuthError::Multiple
        | AuthError::Missing
        | AuthError::Malformed { .. }
        | AuthError::MissingKey => StatusCode::UNAUTHORIZED,
        AuthError::InvalidKey
        | AuthError::InvalidVersion
        | AuthError::UnsupportedVersion { .. } => StatusCode::BAD_REQUEST,
    }
}

fn encoding(error: &EncodingError) -> Verdict {
    match error {
        EncodingError::Unsupported { .. } | EncodingError::TooManyCodings { .. } => {
            invalid(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_encoding")
        }
        EncodingError::NotEncoded { .. }
        | EncodingError::Corrupt { .. }
        | EncodingError::Truncated { .. }
        | EncodingError::WindowTooLarge { .. } => {
            invalid(StatusCode::BAD_REQUEST, "content_encoding")
        }
        EncodingError::TooLarge { .. } | EncodingError::RatioTooHigh { .. } => {
            invalid(StatusCode::PAYLOAD_TOO_LARGE, "too_large")
        }
    }
}

fn body_reason(error: &BodyError) -> &'static str {
    match error {
        BodyError::Empty | BodyError::MissingData => "missing_data",
        BodyError::InvalidFormat { .. } | BodyError::Pickle => "invalid_format",
        BodyError::NotBase64 | BodyError::Encoding(_) => "bad_data",
    }
}

fn envelope(error: &EnvelopeError) -> Verdict {
    match error {
        EnvelopeError::Empty
        | EnvelopeError::Header { .. }
        | EnvelopeError::Item { .. }
        | EnvelopeError::TooManyItems { .. } => {
            invalid(StatusCode::BAD_REQUEST, "invalid_envelope")
        }
        EnvelopeError::TooLarge { .. } => invalid(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
    }
}
