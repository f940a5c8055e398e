//! Time as a seam: whoever needs "now" is handed a clock.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::Timestamp;

/// Tells the time. The real one lives in the binary; tests turn the hands of [`TestClock`].
pub trait Clock: Send + Sync {
    /// The present moment, UTC.
    fn now(&self) -> Timestamp;

    /// A time that only runs forward, at the speed of time, whatever is done to the clock of the
    /// machine. Near [`Clock::now`] when the process started; for windows and waits, not for dates.
    fn steady(&self) -> Timestamp;
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct TestClock {
    now: AtomicI64,
    steady: AtomicI64,
}

impl TestClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(now.as_micros()),
            steady: AtomicI64::new(now.as_micros()),
        }
    }

    /// Lets `secs` pass.
    pub fn advance_secs(&self, secs: i64) {
        let micros = secs.saturating_mul(1_000_000);
        self.steady.fetch_add(micros, Ordering::SeqCst);
        self.jump_secs(secs);
    }

    /// Sets the hands by `secs`, forward or back, while no time passes.
    pub fn jump_secs(&self, secs: i64) {
        let micros = secs.saturating_mul(1_000_000);
        self.now.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Timestamp {
        Timestamp::from_micros(self.steady.load(Ordering::SeqCst))
    }
}
