//! What the digest has in its hands, noted where a killed process leaves it: an event that ends the
//! process (a stack that overflows, a stage that goes on until the watchdog kills) is met again
//! after the next start, and must not be for ever (F23).
//!
//! ```text
//! read ─▶ note ─▶ cook, serve, commit: the note lies behind the commit, and says nothing more
//!           └ the process dies ─▶ the next start takes what was noted in small parts
//!                                   ├ dies at a part: its events come one by one
//!                                   └ dies again and again at one event: into the quarantine
//! ```
//! One small write per batch, without a sync: the note shall outlive the process, not the machine.

use std::path::Path;

use watchpost_store::disk::Disk;

use super::held::{End, Hands, Held, Note, end_of};
use super::recipe::cook_all;
use super::supervise::Care;
use super::{Batch, Cooked, Digest, Dish};
use crate::gate::chain;
use crate::limits::DIGEST_DEATHS_MAX;
use crate::quarantine::Failure;
use crate::spool::{Slots, SpoolError};
use crate::sync::lock;

/// The name of the file in the spool's folder. A copy is taken without it: it is about a process
/// that does not run there.
pub const MARKER_FILE: &str = "digesting";

/// The open file: a number that grows, and the note.
pub(crate) struct Marker {
    slots: Slots<5>,
    turn: u64,
    note: Note,
}

impl Marker {
    /// Opens or makes the file in the spool's folder.
    pub(crate) fn open(disk: &dyn Disk, dir: &Path) -> Result<Self, SpoolError> {
        let (slots, found) = Slots::open(disk, dir, MARKER_FILE)?;
        let [turn, until, kind, name, deaths] = found.unwrap_or_default();
        let held = Held::decode([kind, name]);
        let note = Note {
            until,
            held,
            deaths,
        };
        Ok(Self { slots, turn, note })
    }

    /// How careful to be after the end of the process before this one.
    pub(super) fn question(&mut self, committed: u64) -> Care {
        match end_of(self.note, committed) {
            End::Calm => Care::default(),
            End::Death {
                part_until,
                alone_until,
                replays,
                note,
            } => {
                self.note = note;
                tracing::warn!(
                    committed,
                    deaths = note.deaths,
                    "the server died while it digested; the events it had in hand come a few at a \
                     time"
                );
                Care::after_death(part_until, alone_until, replays)
            }
        }
    }

    /// Notes what is taken in hand. Returns why it must not be, if so.
    fn take(&mut self, batch: &Batch, hands: Hands) -> Option<Failure> {
        let last = batch.records.last()?;
        let held = Held::of(&batch.records, hands);
        let deaths = if held == self.note.held {
            self.note.deaths
        } else {
            0
        };
        let until = self.note.until.max(last.seq);
        let is_refused = deaths >= DIGEST_DEATHS_MAX;
        let note = match held {
            // Forgotten before it is set aside: whoever replays it once more, even if the process
            // ends right here, asks for new tries.
            Held::OneReplay(_) if is_refused => Note {
                until,
                ..Note::default()
            },
            _ => Note {
                until,
                held,
                deaths,
            },
        };
        self.write(note);
        is_refused.then(|| Failure {
            stage: "digest",
            reason: format!("the server died {deaths} times while digesting it"),
        })
    }

    /// The events of the quarantine are dealt with.
    pub(super) fn replayed(&mut self) {
        let until = self.note.until;
        self.write(Note {
            until,
            ..Note::default()
        });
    }

    /// Nothing is in hand: the worker ends of its own will.
    pub(super) fn lift(&mut self) {
        self.write(Note::default());
    }

    /// A note that fails is tried with the next batch: an older one only makes more careful.
    fn write(&mut self, note: Note) {
        self.note = note;
        self.turn = self.turn.saturating_add(1);
        let [kind, name] = note.held.encode();
        let numbers = [self.turn, note.until, kind, name, note.deaths];
        if let Err(error) = self.slots.write(numbers) {
            tracing::warn!(error = chain(&error), "failed to note what is digested");
        }
    }
}

impl Digest {
    /// The pure half, once it is noted what may end the process.
    pub(super) fn cook(&self, batch: Batch, hands: Hands) -> Cooked {
        let refused = lock(&self.marker).take(&batch, hands);
        if let Some(failure) = refused {
            let dishes = batch.records.iter().map(|_| Dish::Failed(failure.clone()));
            let dishes = dishes.collect();
            return Cooked { batch, dishes };
        }
        #[cfg(debug_assertions)]
        self.die_if_told(&batch);
        if batch.records.is_empty() {
            let dishes = Vec::new();
            return Cooked { batch, dishes };
        }
        let book = self.treatments.fresh(&*self.ledger);
        let dishes = cook_all(self.recipe, &book, &batch.records, self.threads);
        Cooked { batch, dishes }
    }

    /// Tests of the whole program name an event that ends the process.
    #[cfg(debug_assertions)]
    fn die_if_told(&self, batch: &Batch) {
        let mut events = batch.records.iter().map(|one| one.record.receipt.event);
        if self.deadly.is_some() && events.any(|event| self.deadly == Some(event)) {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use watchpost_store::disk::RealDisk;

    use super::super::Spooled;
    use super::super::replay::REPLAYED;
    use super::super::supervise::{Place, Portion};
    use super::*;
    use crate::limits::DIGEST_PART_COUNT_MAX;

    fn batch(seqs: impl Iterator<Item = u64>) -> Batch {
        let record = |seq| Spooled {
            seq,
            record: crate::spool::suite::record(1, 1),
        };
        Batch {
            records: seqs.map(record).collect(),
            ..Batch::default()
        }
    }

    /// What a start makes of what the process before it left.
    fn start(dir: &Path, committed: u64) -> (Marker, Care) {
        let mut marker = Marker::open(&RealDisk, dir).unwrap();
        let care = marker.question(committed);
        (marker, care)
    }

    #[test]
    fn f23_deaths_are_counted_for_one_event_until_it_is_passed() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let portion = |care: &Care, seq| care.portion(Place::Spool(seq));
        let (mut marker, care) = start(dir, 0);
        assert_eq!(portion(&care, 0), Portion::Batch);
        assert_eq!(marker.take(&batch(1..=90), Hands::Free), None);
        // Nobody is blamed, and then a part.
        let (mut marker, care) = start(dir, 4);
        assert_eq!(portion(&care, 4), Portion::Part);
        assert_eq!(portion(&care, 90), Portion::Batch);
        assert_eq!(marker.take(&batch(5..=36), Hands::Free), None);
        for deaths in 0..DIGEST_DEATHS_MAX {
            let (mut marker, care) = start(dir, 4);
            assert_eq!(portion(&care, 4), Portion::One, "after {deaths} deaths");
            assert_eq!(portion(&care, 36), Portion::Part);
            let refused = marker.take(&batch(5..=5), Hands::Free);
            assert_eq!(refused, None, "after {deaths} deaths");
        }
        let (mut marker, care) = start(dir, 4);
        let refused = marker.take(&batch(5..=5), Hands::Free).unwrap();
        assert_eq!(refused.reason, "the server died 3 times while digesting it");
        assert_eq!(portion(&care, 5), Portion::Part, "those behind it");
        assert_eq!(marker.take(&batch(6..=37), Hands::Free), None);
        assert_eq!(marker.note.deaths, 0, "of others");
        let (mut marker, _) = start(dir, 37);
        assert_eq!(marker.take(&batch(38..=38), Hands::Free), None);
        assert_eq!(marker.note.deaths, 0, "those that were in hand are passed");
        marker.lift();
        let (_, care) = start(dir, 37);
        assert_eq!(portion(&care, 37), Portion::Batch, "a good end");
    }

    #[test]
    fn f23_a_replay_that_was_set_aside_is_tried_anew_when_somebody_asks_again() {
        let dir = tempfile::tempdir().unwrap();
        let replay = || batch([REPLAYED].into_iter());
        for deaths in 0..DIGEST_DEATHS_MAX {
            let (mut marker, _) = start(dir.path(), 0);
            let refused = marker.take(&replay(), Hands::Free);
            assert_eq!(refused, None, "after {deaths} deaths");
        }
        let (mut marker, _) = start(dir.path(), 0);
        assert!(marker.take(&replay(), Hands::Free).is_some());
        // It is set aside, and the process ends before it can note that.
        let (mut marker, _) = start(dir.path(), 0);
        assert_eq!(marker.take(&replay(), Hands::Free), None);
    }

    #[test]
    fn f23_a_few_events_beside_another_batch_are_not_blamed() {
        let dir = tempfile::tempdir().unwrap();
        for few in [1, DIGEST_PART_COUNT_MAX as u64] {
            let (mut marker, _) = start(dir.path(), 0);
            assert_eq!(marker.take(&batch(1..=few), Hands::Free), None);
            assert_eq!(marker.take(&batch(few + 1..=40), Hands::Full), None);
            let (marker, care) = start(dir.path(), 0);
            assert_eq!(care.portion(Place::Spool(0)), Portion::Part);
            assert_eq!((marker.note.held, marker.note.deaths), (Held::Batch, 0));
        }
    }
}
