//! What went wrong with reporting itself, and the two places where that is said:
//! the logger `watchpost_client::errors` and the `on_failure` hook.

use std::fmt;

use crate::EventId;

/// The logger of the client's own failures. No handler of this crate takes its records.
pub const ERRORS_LOGGER: &str = "watchpost_client::errors";

/// Something that kept events from a server. Printed, it is one line without any key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// No server took the event.
    Undelivered {
        /// The id that capturing returned.
        event_id: EventId,
        /// Level and first line of the event, so that it is not lost altogether.
        event: String,
        /// What each server said, in order.
        reasons: Vec<String>,
    },
    /// Events that came while the queue was full.
    QueueFull {
        /// How many, since this was last reported.
        dropped: u64,
    },
    /// Events that came while every server had asked to be left alone.
    RateLimited {
        /// How many, since this was last reported.
        dropped: u64,
    },
    /// Events still unsent when the program's time to shut down was over.
    Abandoned {
        /// How many.
        dropped: u64,
    },
    /// Foreign code panicked inside the client: a hook, or the printing of an error.
    Panicked {
        /// How many times, since this was last reported.
        times: u64,
    },
    /// The operating system gave no thread to send from: nothing will be sent.
    NoThread {
        /// What it said.
        reason: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undelivered {
                event_id,
                event,
                reasons,
            } => {
                let reasons = reasons.join("; ");
                write!(f, "failed to deliver event {event_id} ({event}): {reasons}")
            }
            Self::QueueFull { dropped } => write!(f, "queue full, {dropped} events dropped"),
            Self::RateLimited { dropped } => write!(f, "rate limited, {dropped} events dropped"),
            Self::Abandoned { dropped } => {
                write!(f, "{dropped} events were not sent before the end")
            }
            Self::Panicked { times } => {
                write!(f, "a hook or an error's text panicked, {times} times")
            }
            Self::NoThread { reason } => write!(f, "failed to start the sender: {reason}"),
        }
    }
}

/// A hook that is told of each failure.
pub(crate) type OnFailure = Box<dyn Fn(&Failure) + Send + Sync>;

/// Tells of one failure. Never called from a capture: a logger that holds a lock while it hands
/// us a record would wait for itself.
pub(crate) fn tell(failure: &Failure, hook: Option<&OnFailure>) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: ERRORS_LOGGER, "{failure}");
    #[cfg(not(feature = "tracing"))]
    log::error!(target: ERRORS_LOGGER, "{failure}");
    if let Some(hook) = hook {
        hook(failure);
    }
}

/// Whether a record comes from this crate and must not be reported.
#[cfg(any(feature = "log", feature = "tracing", test))]
pub(crate) fn is_own(logger: &str) -> bool {
    logger
        .strip_prefix("watchpost_client")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_loggers() {
        let cases = [
            (ERRORS_LOGGER, true),
            ("watchpost_client", true),
            ("watchpost_client_example", false),
            ("shop", false),
            ("", false),
        ];
        for (logger, expect) in cases {
            assert_eq!(is_own(logger), expect, "{logger}");
        }
    }
}
