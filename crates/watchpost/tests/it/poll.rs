//! Waiting for a condition with a deadline: the only pause in these tests.

use std::time::{Duration, Instant};

/// Looks until `condition` gives a value.
///
/// # Panics
///
/// When `limit` has passed without one; `what` says what was missing.
pub(crate) fn until<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < end, "{what}: not within {limit:?}");
        #[expect(
            clippy::disallowed_methods,
            reason = "the pause inside a wait for a condition"
        )]
        std::thread::sleep(Duration::from_millis(5));
    }
}
