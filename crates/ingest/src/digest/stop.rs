//! How the digest is told to end. Held by the house and by its worker.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

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
}

impl Stop {
    /// Running.
    pub(crate) fn new() -> Self {
        Self {
            phase: Mutex::new(Phase::Run),
            changed: Condvar::new(),
        }
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
