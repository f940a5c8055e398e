//! The clock of the month: it shows what happens now in the plan.

use std::sync::atomic::{AtomicI64, Ordering};

use watchpost_model::{Clock, Timestamp};

use crate::clock::SystemClock;

/// A clock that is turned from step to step, never back. Waits are as
/// long as they are.
pub(super) struct MonthClock(AtomicI64);

impl MonthClock {
    pub(super) fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_micros()))
    }

    /// Turns the hands.
    pub(super) fn turn(&self, now: Timestamp) {
        self.0.fetch_max(now.as_micros(), Ordering::SeqCst);
    }
}

impl Clock for MonthClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Timestamp {
        SystemClock.steady()
    }
}
