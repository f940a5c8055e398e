//! Waiting for a condition with a deadline: the only pause in this tool.
//! `shell` waits for children with it, `test::server` for the first answer.

use std::time::{Duration, Instant};

/// How long to rest between two looks at the condition.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks at `condition` until it gives a value; `None` when `limit` has passed without one.
pub(crate) fn until<T>(limit: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = condition() {
            return Some(value);
        }
        if Instant::now() >= end {
            return None;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the pause inside a wait for a condition"
        )]
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_holds_is_returned() {
        let mut looks = 0;
        let value = until(Duration::from_secs(5), || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(value, Some(3));
    }

    #[test]
    fn a_condition_that_never_holds_ends_at_the_limit() {
        assert_eq!(until(Duration::from_millis(30), || None::<u8>), None);
    }
}
