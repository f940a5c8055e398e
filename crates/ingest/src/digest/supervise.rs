//! Keeps the worker at work: a panic anywhere in it is logged, counted, and followed by another try
//! at the same events (F23). The spool's position is the truth, so nothing is skipped or doubled.
//!
//! ```text
//! work ── panics ─▶ note why, wait ─▶ rewind the spool ─▶ work
//!           ├ again and again at one place: its events come one by one
//!           └ again and again at one event: into the quarantine with it
//! ```

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use watchpost_model::{EventId, ProjectId};

use super::recipe::words_of;
use super::shelf::{Backoff, Halted};
use super::{Cooked, Digest, Ends, Settled, Turn};
use crate::limits::DIGEST_TRIES_MAX;
use crate::quarantine::Failure;
use crate::sync::lock;

/// What the worker has in its hands.
#[derive(Default)]
pub(super) struct Desk {
    /// Goes to the ledger with the next batch.
    pub(super) settled: Settled,
    /// The next batch.
    pub(super) ahead: Option<Cooked>,
    /// What of this batch went to the quarantine.
    pub(super) ends: Ends,
    /// Records that were counted as filtered and may be shown again.
    pub(super) filtered: HashSet<(u64, ProjectId, EventId)>,
    /// Records up to here may have been filed before a crash.
    pub(super) filed_to: u64,
    /// Whether it works on events of the quarantine, not of the spool.
    pub(super) is_replaying: bool,
    pub(super) care: Care,
}

/// Where the worker was when it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind this number of the spool.
    Spool(u64),
    /// At events of the quarantine that shall be digested again.
    Quarantine,
}

/// What panics have taught.
#[derive(Default)]
pub(super) struct Care {
    last: Option<Place>,
    /// Panics in a row at that place.
    tries: u32,
    /// Up to here events come one by one.
    alone_until: u64,
    /// Whether events of the quarantine do.
    is_replay_alone: bool,
    /// Why the event at the last place cannot be digested.
    verdict: Option<String>,
}

impl Care {
    /// After a process that died in the middle of work.
    pub(super) fn after_death(alone_until: u64, is_replay_alone: bool) -> Self {
        Self {
            alone_until,
            is_replay_alone,
            ..Self::default()
        }
    }

    /// Learns from a panic at `place`, when the spool had been read up to `read`.
    fn learn(&mut self, place: Place, read: u64, reason: &str) {
        let before = if self.last == Some(place) {
            self.tries
        } else {
            0
        };
        self.tries = before.saturating_add(1);
        self.last = Some(place);
        self.verdict = None;
        if !self.tries.is_multiple_of(DIGEST_TRIES_MAX) {
            return;
        }
        if self.is_alone(place) {
            self.verdict = Some(reason.to_owned());
            return;
        }
        match place {
            // Its number may not have been read, should the reading be what panics.
            Place::Spool(committed) => self.alone_until = read.max(committed.saturating_add(1)),
            Place::Quarantine => self.is_replay_alone = true,
        }
    }

    /// Whether events come one by one here.
    pub(super) fn is_alone(&self, place: Place) -> bool {
        match place {
            Place::Spool(committed) => committed < self.alone_until,
            Place::Quarantine => self.is_replay_alone,
        }
    }

    /// Why the one event at `place` goes to the quarantine.
    pub(super) fn verdict(&self, place: Place) -> Option<Failure> {
        let reason = self.verdict.as_ref().filter(|_| self.last == Some(place))?;
        Some(Failure {
            stage: "digest",
            reason: format!("panicked: {reason}"),
        })
    }

    /// The events at `place` were dealt with.
    pub(super) fn passed(&mut self, place: Place) {
        if self.last == Some(place) {
            (self.last, self.tries, self.verdict) = (None, 0, None);
        }
    }

    /// No event of the quarantine is left to be digested again.
    pub(super) fn replayed_all(&mut self) {
        self.is_replay_alone = false;
    }
}

impl Digest {
    /// Works until told to stop, whatever panics.
    pub(super) fn supervise(&self) {
        let committed = self.spool.status().committed;
        let mut desk = Desk {
            care: lock(&self.marker).question(committed),
            ..Desk::default()
        };
        loop {
            // What the panic may have left half-done is let go of at the start of `work`.
            let ended = catch_unwind(AssertUnwindSafe(|| self.work(&mut desk)));
            let Err(panic) = ended else { break };
            let learnt = catch_unwind(AssertUnwindSafe(|| {
                self.recover(&mut desk, words_of(&*panic));
            }));
            // Who panics even here has learnt nothing, and waits longest.
            let tries = learnt.map_or(u32::MAX, |()| desk.care.tries);
            if Backoff::after(&self.stop, tries).wait().is_err() {
                break;
            }
        }
        lock(&self.marker).lift();
    }

    fn work(&self, desk: &mut Desk) -> Result<(), Halted> {
        self.insist("note the spool", || {
            self.ledger.spool_reaches(self.spool.status().appended)
        })?;
        self.recall_filtered(desk)?;
        self.insist("read the rules", || self.treatments.refresh(&*self.ledger))?;
        lock(&self.witness).note(&*self.ledger, &*self.archive);
        while let Turn::Again = self.turn(desk)? {}
        Ok(())
    }

    /// Notes a panic and makes ready for the next try.
    fn recover(&self, desk: &mut Desk, reason: &str) {
        let place = self.place(desk);
        let read = self.spool.rewind();
        desk.ahead = None;
        desk.is_replaying = false;
        if place == Place::Quarantine {
            // The spool's turn comes first.
            self.look.later();
        }
        desk.care.learn(place, read, reason);
        let tries = desk.care.tries;
        self.metrics.digest_restarted();
        self.progress.restarted(reason);
        tracing::error!(
            reason,
            tries,
            ?place,
            "the digest panicked; starting it again"
        );
    }

    /// Where the worker is.
    pub(super) fn place(&self, desk: &Desk) -> Place {
        if desk.is_replaying {
            return Place::Quarantine;
        }
        Place::Spool(self.spool.status().committed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place::Spool(10);

    fn learn(care: &mut Care, place: Place, times: u32) {
        for _ in 0..times {
            care.learn(place, 40, "boom");
        }
    }

    #[test]
    fn f23_a_place_that_panics_again_and_again_is_looked_at_event_by_event() {
        let mut care = Care::default();
        learn(&mut care, HERE, DIGEST_TRIES_MAX - 1);
        assert!(!care.is_alone(HERE));
        learn(&mut care, HERE, 1);
        assert!(care.is_alone(HERE) && care.is_alone(Place::Spool(39)));
        assert!(!care.is_alone(Place::Spool(40)) && !care.is_alone(Place::Quarantine));
        assert_eq!(care.verdict(HERE), None);
        learn(&mut care, HERE, DIGEST_TRIES_MAX - 1);
        assert_eq!(care.verdict(HERE), None);
        learn(&mut care, HERE, 1);
        let failure = care.verdict(HERE).unwrap();
        assert_eq!(
            (failure.stage, &*failure.reason),
            ("digest", "panicked: boom")
        );
        assert_eq!(care.verdict(Place::Spool(11)), None, "of this one only");
        care.passed(HERE);
        assert_eq!(care.verdict(HERE), None);
    }

    #[test]
    fn f23_panics_at_different_places_condemn_nobody() {
        let mut care = Care::default();
        for seq in 0..20 {
            learn(&mut care, Place::Spool(seq), DIGEST_TRIES_MAX - 1);
            learn(&mut care, Place::Quarantine, DIGEST_TRIES_MAX - 1);
        }
        assert!(!care.is_alone(Place::Quarantine) && !care.is_alone(Place::Spool(19)));
        learn(&mut care, Place::Quarantine, 1);
        assert!(care.is_alone(Place::Quarantine));
        care.replayed_all();
        assert!(!care.is_alone(Place::Quarantine));
    }
}
