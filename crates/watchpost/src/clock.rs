//! The real clock. Everybody else is handed a [`Clock`].

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use watchpost_model::{Clock, Timestamp};

/// Tells the time of this machine.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let micros = since.map_or(0, |since| since.as_micros());
        Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Timestamp {
        /// One moment by both clocks.
        static START: LazyLock<(Instant, Timestamp)> =
            LazyLock::new(|| (Instant::now(), SystemClock.now()));
        let (instant, start) = *START;
        let passed = i64::try_from(instant.elapsed().as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(start.as_micros().saturating_add(passed))
    }
}
