//! How the digest is told to end, and how it shows that it lives. Held by the house and by its
//! worker.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::limits::DIGEST_SILENCE_MAX;
use crate::sync::lock;

/// What a worker shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Work.
    Run,
    /// Work until nothing is left, then end.
    Drain,
    /// End at once; what is not done is done after the next start.
    Halt,
}

/// The phase, and a bell that rings when it changes.
pub(crate) struct Stop {
    phase: Mutex<Phase>,
    changed: Condvar,
    /// When the worker last began a batch, or a pause before another try.
    beat: Mutex<Instant>,
}

impl Stop {
    /// Running.
    pub(crate) fn new() -> Self {
        Self {
            phase: Mutex::new(Phase::Run),
            changed: Condvar::new(),
            beat: Mutex::new(Instant::now()),
        }
    }

    /// The worker goes on.
    pub(crate) fn beat(&self) {
        *lock(&self.beat) = Instant::now();
    }

    /// Whether the worker went on lately.
    pub(crate) fn beats(&self) -> bool {
        self.beats_at(Instant::now())
    }

    fn beats_at(&self, now: Instant) -> bool {
        now.saturating_duration_since(*lock(&self.beat)) <= DIGEST_SILENCE_MAX
    }

    /// The present phase.
    pub(crate) fn phase(&self) -> Phase {
        *lock(&self.phase)
    }

    /// Goes on to a later phase; never back.
    pub(crate) fn advance(&self, phase: Phase) {
        let mut current = lock(&self.phase);
        *current = (*current).max(phase);
        self.changed.notify_all();
    }

    /// Waits as long as the phase is before `until`, at most `longest`.
    pub(crate) fn pause(&self, longest: Duration, until: Phase) {
        let phase = lock(&self.phase);
        let before = |phase: &mut Phase| *phase < until;
        drop(self.changed.wait_timeout_while(phase, longest, before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_is_silent_for_long_is_lost() {
        let stop = Stop::new();
        let now = Instant::now();
        assert!(stop.beats_at(now + DIGEST_SILENCE_MAX / 2));
        assert!(!stop.beats_at(now + DIGEST_SILENCE_MAX * 2));
        stop.beat();
        assert!(stop.beats());
    }
}
