//! What can go wrong in the API, and the one place that turns it into HTTP.
//!
//! Every answer is JSON with a `detail`, because tools show that text and nothing else. The live
//! stream answers with the same errors.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use watchpost_model::chain;
use watchpost_store::{SearchError, StoreError};

use crate::App;
use crate::secret::SecretError;

/// A refused request. The text is what the client may read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Nobody said who is asking.
    #[error("Authentication credentials were not provided.")]
    NoCredentials,
    /// The token is unknown.
    #[error("Invalid token")]
    BadToken,
    /// The token is good, but not for this.
    #[error("You do not have permission to perform this action.")]
    Forbidden,
    /// There is none, or it belongs to somebody else: the same answer for both.
    #[error("The requested resource does not exist")]
    NotFound,
    /// The resource exists and cannot do that.
    #[error("This method is not allowed here.")]
    MethodNotAllowed,
    /// The request itself is wrong; the text says where.
    #[error("{0}")]
    Invalid(String),
    /// The search text is not understood.
    #[error("{0}")]
    Search(SearchError),
    /// The name is taken.
    #[error("{0}")]
    Conflict(String),
    /// The body is larger than any request of this API needs.
    #[error("The request body exceeds {limit_bytes} bytes.")]
    TooLarge {
        /// How much is allowed.
        limit_bytes: usize,
    },
    /// All places are taken for now.
    #[error("Too many live streams are open. Try again later.")]
    Busy,
    /// What is asked for may have been in a part of the archive that is gone.
    #[error("The event may have been in a lost part of the archive: {0}.")]
    Incomplete(String),
    /// The stores failed. What went wrong is for the log, not for the client.
    #[error("The store did not answer. The server's log says why.")]
    Store(#[source] StoreError),
}

/// Seconds after which a client may come back when all streams are taken.
const BUSY_RETRY_AFTER_S: &str = "30";

/// The body of every refusal.
#[derive(Serialize)]
struct Detail {
    /// What is wrong, for people.
    detail: String,
    /// Where in the search text, in characters from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid(_) | Self::Search(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            // Tools try 503 again and give up on 500, and a store may well come back.
            Self::Busy | Self::Incomplete(_) | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Store(error) = &self {
            tracing::error!(error = %chain(error), "failed to answer an API request");
        }
        let detail = Detail {
            detail: self.to_string(),
            position: match &self {
                Self::Search(error) => Some(error.position),
                _ => None,
            },
        };
        let mut response = (self.status(), Json(detail)).into_response();
        let headers = response.headers_mut();
        match self {
            Self::NoCredentials | Self::BadToken => {
                let challenge = HeaderValue::from_static("Bearer realm=\"api\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Self::Busy => {
                let wait = HeaderValue::from_static(BUSY_RETRY_AFTER_S);
                headers.insert(header::RETRY_AFTER, wait);
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } => Self::NotFound,
            StoreError::Exists { .. } | StoreError::LastOwner => Self::Conflict(error.to_string()),
            StoreError::TooMany { .. } | StoreError::Slow { .. } => {
                Self::Invalid(error.to_string())
            }
            StoreError::Incomplete { reason } => Self::Incomplete(reason),
            other => Self::Store(other),
        }
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> Self {
        Self::Store(StoreError::Engine {
            operation: "draw a random key",
            source: Box::new(error),
        })
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        Self::Search(error)
    }
}

/// Runs a question whose answer may be a refusal on a thread that may block.
pub(crate) async fn ask<T, F>(app: &App, question: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&App) -> Result<T, ApiError> + Send + 'static,
{
    app.ask(move |app| Ok(question(app))).await?
}

/// The answer to every path below `/api/0/` that is none: never a page.
pub(super) async fn not_found() -> ApiError {
    ApiError::NotFound
}

/// The answer to a known path with another method.
pub(super) async fn method_not_allowed() -> ApiError {
    ApiError::MethodNotAllowed
}
