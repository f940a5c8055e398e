//! What can go wrong on a page, and the one place that turns it into HTTP.
//!
//! A handler returns a [`PageError`]; it becomes a status and a [`Fault`] in the response's
//! extensions. The layer around all routes (`pages::dress`) draws the page for it, because only
//! the request knows the theme and the request's id.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use watchpost_model::{Permission, Role, chain};
use watchpost_store::StoreError;

use crate::secret::SecretError;

/// A page that could not be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignIn {
        /// The sign-in page, with the way back.
        location: String,
    },
    /// There is nothing to show before something is set up.
    #[error("set up {location} first")]
    Unready {
        /// Where that is done.
        location: String,
    },
    /// There is no such thing, or not in this organization: the answer is the same.
    #[error("this {0} does not exist")]
    Missing(&'static str),
    /// There was such an issue; who deleted it, and when.
    #[error("{0}")]
    Deleted(String),
    /// A one-time link that was used before, or is too old.
    #[error("this link was used before or is too old")]
    Spent,
    /// Somebody's role in the organization does not allow it.
    #[error("the role {} may not {}", role.name(), needs.words())]
    Role {
        /// What they are.
        role: Role,
        /// What they would need to be allowed to.
        needs: Permission,
    },
    /// Too many wrong passwords: so many seconds.
    #[error("too many attempts")]
    Wait(i64),
    /// They are in no organization.
    #[error("in no organization")]
    Outside,
    /// The request did not come from one of our pages.
    #[error("{0}")]
    Refused(&'static str),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A store failed.
    #[error("failed to answer from the store")]
    Store(#[from] StoreError),
    /// The system gave no random bytes, or a password could not be hashed.
    #[error("failed to make a secret")]
    Secret(#[from] SecretError),
    /// A template failed.
    #[error("failed to draw the page")]
    Template(#[from] askama::Error),
}

/// What the error page says. The chain of causes goes to the log, never to the page.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    pub(crate) headline: &'static str,
    pub(crate) advice: String,
    pub(crate) cause: Option<String>,
    /// They are in no organization: all that is left to them is their account.
    pub(crate) is_outside: bool,
}

impl PageError {
    fn fault(&self) -> Fault {
        let (status, headline, advice) = match self {
            Self::SignIn { .. } => (
                StatusCode::SEE_OTHER,
                "Sign in first",
                "This page is for people with an account.".to_owned(),
            ),
            Self::Unready { .. } => (
                StatusCode::SEE_OTHER,
                "Nothing here yet",
                "This page shows something once there is a project.".to_owned(),
            ),
            Self::Missing(what) => (
                StatusCode::NOT_FOUND,
                "Nothing here",
                format!("This {what} does not exist, was deleted, or belongs to somebody else."),
            ),
            Self::Deleted(words) => (
                StatusCode::NOT_FOUND,
                "This issue was deleted",
                words.clone(),
            ),
            Self::Spent => (
                StatusCode::NOT_FOUND,
                "This link does not work any more",
                "It was used before, or is too old. On the server, watchpost user creates \
                 accounts and sets passwords."
                    .to_owned(),
            ),
            Self::Role { role, needs } => (
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                format!(
                    "You are {} in this organization; to {} takes the role {} or above. Ask an \
                     owner or manager for it. Nothing was changed.",
                    role.name(),
                    needs.words(),
                    needs.least().name()
                ),
            ),
            Self::Wait(secs) => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                format!("Try again in {secs} s. Nothing was changed."),
            ),
            Self::Outside => (
                StatusCode::NOT_FOUND,
                "You are in no organization",
                "Ask an owner or manager of one for an invite to your address.".to_owned(),
            ),
            Self::Refused(why) => (
                StatusCode::FORBIDDEN,
                "Refused",
                format!("{why}. Nothing was changed."),
            ),
            Self::Invalid(why) => (StatusCode::BAD_REQUEST, "Not understood", why.clone()),
            Self::Store(error) => words_of_store(error),
            Self::Secret(_) | Self::Template(_) => broken(),
        };
        let cause = status.is_server_error().then(|| chain(self));
        Fault {
            status,
            headline,
            advice,
            cause,
            is_outside: matches!(self, Self::Outside),
        }
    }
}

/// Status, headline and advice.
type Words = (StatusCode, &'static str, String);

/// What a store's refusal means to people. A name that is taken or a thing that went away
/// meanwhile is no fault of ours.
fn words_of_store(error: &StoreError) -> Words {
    match error {
        StoreError::Exists { .. } => (
            StatusCode::CONFLICT,
            "Taken already",
            format!(
                "{}. Go back and choose another name.",
                capital(&error.to_string())
            ),
        ),
        StoreError::LastOwner | StoreError::TooMany { .. } => (
            StatusCode::CONFLICT,
            "Not possible as things are",
            format!("{}. Nothing was changed.", capital(&error.to_string())),
        ),
        StoreError::Slow { .. } => (
            StatusCode::BAD_REQUEST,
            "Too much to search",
            format!("{}.", capital(&error.to_string())),
        ),
        StoreError::Missing { what } => (
            StatusCode::NOT_FOUND,
            "Nothing here",
            format!("This {what} does not exist any more."),
        ),
        StoreError::Incomplete { reason } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "A part of the archive is damaged or missing",
            format!(
                "What you look for may have been in it: {reason}. The system status says \
                     what to do; watchpost doctor names all damage."
            ),
        ),
        _ => broken(),
    }
}

fn broken() -> Words {
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something broke on this server",
        "The cause is in the server's log, under the request id below. Reported events are not \
         affected: they are on disk before they are answered."
            .to_owned(),
    )
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let fault = self.fault();
        let mut response = fault.status.into_response();
        if let Self::SignIn { location } | Self::Unready { location } = &self
            && let Ok(location) = HeaderValue::try_from(location)
        {
            response.headers_mut().insert(header::LOCATION, location);
            return response;
        }
        response.extensions_mut().insert(fault);
        response
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_faults_have_a_cause_for_the_log() {
        let missing = PageError::Missing("issue").fault();
        assert_eq!((missing.status.as_u16(), missing.cause), (404, None));
        let broken = PageError::Store(StoreError::Engine {
            operation: "list issues",
            source: "disk on fire".into(),
        });
        let fault = broken.fault();
        assert_eq!(fault.status.as_u16(), 500);
        let cause = fault.cause.unwrap();
        assert!(
            cause.ends_with("failed to list issues: disk on fire"),
            "{cause}"
        );
        assert!(!fault.advice.contains("fire"), "{}", fault.advice);
    }

    #[test]
    fn a_search_that_takes_too_long_is_no_fault_of_the_server() {
        let fault = PageError::Store(StoreError::Slow { secs: 10 }).fault();
        assert_eq!((fault.status.as_u16(), fault.cause), (400, None));
        let says = "The search took longer than 10 seconds";
        assert!(fault.advice.starts_with(says), "{}", fault.advice);
        assert!(
            fault.advice.ends_with("or a shorter time."),
            "{}",
            fault.advice
        );
    }

    #[test]
    fn f08_an_event_of_a_lost_partition_is_not_told_to_be_none() {
        let reason = "partition 000002 is missing".to_owned();
        let fault = PageError::Store(StoreError::Incomplete { reason }).fault();
        assert_eq!(fault.status.as_u16(), 503);
        let says = "What you look for may have been in it: partition 000002 is missing.";
        assert!(fault.advice.starts_with(says), "{}", fault.advice);
    }
}
