//! Slows down who guesses passwords, without locking anybody out.
//!
//! Failures are counted per address of the account and network address of the caller. The first
//! few are free; then each makes the next attempt wait twice as long, at most a minute. A refused
//! attempt changes nothing, so the wait always ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use watchpost_model::Timestamp;

const FREE_FAILURES: u32 = 4;
const WAIT_SECS_MAX: i64 = 60;
/// After so long without a failure, an entry is forgotten.
const MEMORY_SECS: i64 = 900;
const ENTRIES_MAX: usize = 10_000;

/// Who tries to sign in as whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Attempt {
    pub(crate) email: String,
    pub(crate) from: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// The failures of the last minutes. In memory: a restart forgives.
#[derive(Clone, Default)]
pub(crate) struct Backoff(Arc<Mutex<HashMap<Attempt, Failures>>>);

impl Backoff {
    /// Seconds until this attempt may be made; zero means now.
    pub(crate) fn wait_secs(&self, attempt: &Attempt, now: Timestamp) -> i64 {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failures) = entries.get(attempt) else {
            return 0;
        };
        let beyond = failures.count.saturating_sub(FREE_FAILURES);
        let wait = match beyond {
            0 => 0,
            _ => 2_i64.saturating_pow(beyond.min(10)).min(WAIT_SECS_MAX),
        };
        (wait - now.secs_since(failures.last)).clamp(0, WAIT_SECS_MAX)
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, attempt: Attempt, now: Timestamp) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, failures| now.secs_since(failures.last) < MEMORY_SECS);
        if entries.len() >= ENTRIES_MAX {
            // Somebody fills the table: forgetting all costs them as much as us.
            entries.clear();
        }
        let entry = entries.entry(attempt).or_insert(Failures {
            count: 0,
            last: now,
        });
        entry.count = entry.count.saturating_add(1);
        entry.last = now;
    }

    /// Forgets the failures of who signed in.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.remove(attempt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(email: &str) -> Attempt {
        Attempt {
            email: email.to_owned(),
            from: None,
        }
    }

    #[test]
    fn waits_grow_end_and_concern_one_account_only() {
        let (backoff, mut now) = (Backoff::default(), Timestamp::from_secs(1_000));
        let mut waits = Vec::new();
        for _ in 0..12 {
            backoff.failed(attempt("a"), now);
            waits.push(backoff.wait_secs(&attempt("a"), now));
        }
        assert_eq!(waits, [0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(backoff.wait_secs(&attempt("b"), now), 0);
        now = now.plus_secs(60);
        assert_eq!(backoff.wait_secs(&attempt("a"), now), 0);
        backoff.succeeded(&attempt("a"));
        backoff.failed(attempt("a"), now);
        assert_eq!(backoff.wait_secs(&attempt("a"), now), 0);
    }

    #[test]
    fn the_table_is_bounded_and_forgets() {
        let (backoff, now) = (Backoff::default(), Timestamp::from_secs(1_000));
        for number in 0..ENTRIES_MAX + 10 {
            backoff.failed(attempt(&number.to_string()), now);
        }
        assert!(backoff.0.lock().unwrap().len() <= ENTRIES_MAX);
        backoff.failed(attempt("late"), now.plus_secs(MEMORY_SECS));
        assert_eq!(backoff.0.lock().unwrap().len(), 1);
    }
}
