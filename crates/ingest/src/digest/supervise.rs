//! Keeps the worker at work: a panic anywhere in it is logged, counted, and followed by another try
//! at the same events (F23). The spool's position is the truth, so nothing is skipped or doubled.
//!
//! ```text
//! work ── panics ─▶ note why, wait ─▶ rewind the spool ─▶ work
//!           ├ again and again at one place: its events come in small parts
//!           ├ again and again at one part: its events come one by one
//!           └ again and again at one event: into the quarantine with it
//! ```

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use watchpost_model::{EventId, ProjectId};

use super::recipe::words_of;
use super::shelf::{Backoff, Halted};
use super::{Cooked, Digest, Ends, Settled, Turn};
use crate::limits::{DIGEST_BATCH_COUNT_MAX, DIGEST_PART_COUNT_MAX, DIGEST_TRIES_MAX};
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

/// How many events come at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Portion {
    /// As many as are good for speed.
    #[default]
    Batch,
    /// Few, and no others beside them: when something happens, it is one of these.
    Part,
    /// One.
    One,
}

impl Portion {
    /// At most so many.
    pub(super) fn count_max(self) -> usize {
        match self {
            Self::Batch => DIGEST_BATCH_COUNT_MAX,
            Self::Part => DIGEST_PART_COUNT_MAX,
            Self::One => 1,
        }
    }
}

/// What panics have taught.
#[derive(Default)]
pub(super) struct Care {
    last: Option<Place>,
    /// Panics in a row at that place, with that portion.
    tries: u32,
    /// Up to here events come in parts.
    part_until: u64,
    /// Up to here they come one by one.
    alone_until: u64,
    /// How events of the quarantine come.
    replays: Portion,
    /// Why the event at the last place cannot be digested.
    verdict: Option<String>,
}

impl Care {
    /// After a process that died in the middle of work.
    pub(super) fn after_death(part_until: u64, alone_until: u64, replays: Portion) -> Self {
        Self {
            part_until,
            alone_until,
            replays,
            ..Self::default()
        }
    }

    /// Learns from a panic at `place`, when the spool had been read up to `read`. Returns how many
    /// there were in a row.
    fn learn(&mut self, place: Place, read: u64, reason: &str) -> u32 {
        let before = if self.last == Some(place) {
            self.tries
        } else {
            0
        };
        self.tries = before.saturating_add(1);
        self.last = Some(place);
        self.verdict = None;
        let tries = self.tries;
        if !tries.is_multiple_of(DIGEST_TRIES_MAX) {
            return tries;
        }
        let smaller = match self.portion(place) {
            Portion::Batch => Portion::Part,
            Portion::Part => Portion::One,
            Portion::One => {
                self.verdict = Some(reason.to_owned());
                return tries;
            }
        };
        self.tries = 0;
        match place {
            Place::Spool(committed) => {
                // Its number may not have been read, should the reading be what panics.
                let until = read.max(committed.saturating_add(1));
                match smaller {
                    Portion::One => self.alone_until = until,
                    Portion::Batch | Portion::Part => self.part_until = until,
                }
            }
            Place::Quarantine => self.replays = smaller,
        }
        tries
    }

    /// How many events come at once here.
    pub(super) fn portion(&self, place: Place) -> Portion {
        match place {
            Place::Spool(committed) if committed < self.alone_until => Portion::One,
            Place::Spool(committed) if committed < self.part_until => Portion::Part,
            Place::Spool(_) => Portion::Batch,
            Place::Quarantine => self.replays,
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
        self.replays = Portion::Batch;
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
                self.recover(&mut desk, words_of(&*panic))
            }));
            // Who panics even here has learnt nothing, and waits longest.
            let tries = learnt.unwrap_or(u32::MAX);
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

    /// Notes a panic and makes ready for the next try. Returns how many there were in a row.
    fn recover(&self, desk: &mut Desk, reason: &str) -> u32 {
        let place = self.place(desk);
        let read = self.spool.rewind();
        desk.ahead = None;
        desk.is_replaying = false;
        if place == Place::Quarantine {
            // The spool's turn comes first.
            self.look.later();
        }
        let tries = desk.care.learn(place, read, reason);
        self.metrics.digest_restarted();
        self.progress.restarted(reason);
        tracing::error!(
            reason,
            tries,
            ?place,
            "the digest panicked; starting it again"
        );
        tries
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
    fn f23_a_place_that_panics_again_and_again_is_looked_at_part_by_part_and_event_by_event() {
        let mut care = Care::default();
        let portions = |care: &Care| {
            let places = [HERE, Place::Spool(39), Place::Spool(40), Place::Quarantine];
            places.map(|place| care.portion(place))
        };
        let (batch, part, one) = (Portion::Batch, Portion::Part, Portion::One);
        learn(&mut care, HERE, DIGEST_TRIES_MAX - 1);
        assert_eq!(portions(&care), [batch; 4]);
        learn(&mut care, HERE, 1);
        assert_eq!(portions(&care), [part, part, batch, batch]);
        learn(&mut care, HERE, DIGEST_TRIES_MAX - 1);
        assert_eq!(portions(&care), [part, part, batch, batch]);
        // With parts no further is read.
        care.learn(HERE, 30, "boom");
        assert_eq!(portions(&care), [one, part, batch, batch]);
        assert_eq!(care.portion(Place::Spool(29)), one);
        assert_eq!(care.portion(Place::Spool(30)), part);
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
        let places = [Place::Quarantine, Place::Spool(19)];
        assert_eq!(places.map(|place| care.portion(place)), [Portion::Batch; 2]);
        for portion in [Portion::Part, Portion::One] {
            care.passed(Place::Quarantine);
            learn(&mut care, Place::Quarantine, DIGEST_TRIES_MAX);
            assert_eq!(care.portion(Place::Quarantine), portion);
        }
        care.replayed_all();
        assert_eq!(care.portion(Place::Quarantine), Portion::Batch);
    }
}
