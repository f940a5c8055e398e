//! Lets in as much as the digest can do: all, none, or every so-many-th request, evenly. A door
//! that is open for a second and shut for the next would let in a flood each time.

use std::sync::atomic::{AtomicU64, Ordering};

/// Of a thousand requests.
const ALL: u64 = 1000;

/// How far the doors are open.
pub(super) struct Valve {
    permille: AtomicU64,
    asked: AtomicU64,
}

impl Default for Valve {
    fn default() -> Self {
        Self {
            permille: AtomicU64::new(ALL),
            asked: AtomicU64::new(0),
        }
    }
}

impl Valve {
    /// Open up to half of the work that may wait, then less and less, and shut at `secs_max`.
    pub(super) fn set(&self, work_secs: u64, secs_max: u64) {
        let left = secs_max.saturating_sub(work_secs);
        let permille = left.saturating_mul(2 * ALL).checked_div(secs_max);
        self.permille
            .store(permille.unwrap_or(0).min(ALL), Ordering::Relaxed);
    }

    /// Lets nobody in.
    pub(super) fn shut(&self) {
        self.permille.store(0, Ordering::Relaxed);
    }

    /// Whether everybody is let in.
    pub(super) fn is_open(&self) -> bool {
        self.permille.load(Ordering::Relaxed) == ALL
    }

    /// Whether nobody is let in.
    pub(super) fn is_shut(&self) -> bool {
        self.permille.load(Ordering::Relaxed) == 0
    }

    /// Whether the one who asks is let in.
    pub(super) fn lets_in(&self) -> bool {
        let permille = self.permille.load(Ordering::Relaxed);
        let number = self.asked.fetch_add(1, Ordering::Relaxed) % ALL;
        number * permille / ALL != (number + 1) * permille / ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(work_secs: u64, secs_max: u64, expect: usize) {
        let valve = Valve::default();
        valve.set(work_secs, secs_max);
        let asked = (0..1000).map(|_| valve.lets_in());
        let passed = asked.filter(|is_in| *is_in).count();
        assert_eq!(passed, expect, "{work_secs} of {secs_max} seconds");
        assert_eq!(valve.is_open(), expect == 1000);
        assert_eq!(valve.is_shut(), expect == 0);
    }

    #[test]
    fn the_more_work_waits_the_fewer_are_let_in() {
        check(0, 30, 1000);
        check(15, 30, 1000);
        check(18, 30, 800);
        check(24, 30, 400);
        check(29, 30, 66);
        check(30, 30, 0);
        check(90, 30, 0);
        check(0, 0, 0);
    }

    #[test]
    fn those_who_are_let_in_come_evenly() {
        let valve = Valve::default();
        valve.set(24, 30);
        let asked: Vec<_> = (0..1000).map(|_| valve.lets_in()).collect();
        for ten in asked.chunks(10) {
            assert_eq!(ten.iter().filter(|is_in| **is_in).count(), 4);
        }
        valve.shut();
        assert!(!valve.lets_in() && !valve.is_open());
    }
}
