//! The wall clock, for times in events and in results: the one place that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970.
pub(crate) fn micros_now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "events carry the time at which they are sent"
    )]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(0)
}
