//! What the digest has in its hands, noted where a killed process leaves it: an event that ends the
//! process (a stack that overflows, a stage that goes on until the watchdog kills) is met again
//! after the next start, and must not be for ever (F23).
//!
//! ```text
//! read ─▶ note ─▶ cook, serve, commit: the note lies behind the commit, and says nothing more
//!           └ the process dies ─▶ the next start takes what was noted one by one
//!                                   └ dies again and again at one event: into the quarantine
//! ```
//! One small write per batch, without a sync: the note shall outlive the process, not the machine.

use std::path::Path;

use watchpost_store::disk::Disk;

use super::recipe::cook_all;
use super::replay::REPLAYED;
use super::supervise::Care;
use super::{Batch, Cooked, Digest, Dish, Spooled};
use crate::gate::chain;
use crate::limits::{DIGEST_BATCH_COUNT_MAX, DIGEST_DEATHS_MAX};
use crate::quarantine::Failure;
use crate::spool::{Slots, SpoolError};
use crate::sync::lock;

/// The name of the file in the spool's folder. A copy is taken without it: it is about a process
/// that does not run there.
pub const MARKER_FILE: &str = "digesting";

/// Whether the worker has another batch in its hands already: then nobody knows whose fault it is
/// when the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hands {
    Free,
    Full,
}

/// What was taken in hand last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Held {
    /// Events of the spool, or nothing.
    #[default]
    Batch,
    /// The only event in hand, by its number in the spool.
    One(u64),
    /// Events of the quarantine.
    Replay,
    /// The only event in hand, of the quarantine; half of its id.
    OneReplay(u64),
}

impl Held {
    fn of(records: &[Spooled], hands: Hands) -> Self {
        let is_replay = records.iter().any(|spooled| spooled.seq == REPLAYED);
        match (records, hands) {
            ([one], Hands::Free) if is_replay => {
                let id = one.record.receipt.event.to_bytes();
                let half = id.first_chunk().copied().unwrap_or_default();
                Self::OneReplay(u64::from_le_bytes(half))
            }
            ([one], Hands::Free) => Self::One(one.seq),
            _ if is_replay => Self::Replay,
            _ => Self::Batch,
        }
    }

    fn encode(self) -> [u64; 2] {
        match self {
            Self::Batch => [0, 0],
            Self::One(seq) => [1, seq],
            Self::Replay => [2, 0],
            Self::OneReplay(half) => [3, half],
        }
    }

    fn decode([kind, name]: [u64; 2]) -> Self {
        match kind {
            1 => Self::One(name),
            2 => Self::Replay,
            3 => Self::OneReplay(name),
            _ => Self::Batch,
        }
    }
}

/// What is noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Note {
    /// Nothing in hand has a greater number in the spool.
    until: u64,
    held: Held,
    /// How often a process died with this one event in its hands.
    deaths: u64,
}

/// How the process before this one ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// With nothing in its hands.
    Calm,
    /// In the middle of work.
    Death {
        /// What to be careful with.
        alone_until: u64,
        is_replay_alone: bool,
        /// The note to go on with.
        note: Note,
    },
}

/// What a note says that was found at a start, when the spool is digested up to `committed`.
fn end_of(note: Note, committed: u64) -> End {
    let is_behind = note.until <= committed;
    let (is_replay_alone, died_at_one) = match note.held {
        Held::Batch => (false, false),
        Held::One(seq) => (false, committed < seq),
        Held::Replay => (true, false),
        Held::OneReplay(_) => (true, true),
    };
    if is_behind && !is_replay_alone {
        return End::Calm;
    }
    // No more than the hands hold, should the numbers not be those of this spool.
    let farthest = committed.saturating_add(2 * DIGEST_BATCH_COUNT_MAX as u64);
    let until = note.until.min(farthest);
    let (held, deaths) = if died_at_one {
        (note.held, note.deaths.saturating_add(1))
    } else {
        (Held::Batch, 0)
    };
    End::Death {
        alone_until: if is_behind { 0 } else { until },
        is_replay_alone,
        note: Note {
            until,
            held,
            deaths,
        },
    }
}

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
                alone_until,
                is_replay_alone,
                note,
            } => {
                self.note = note;
                tracing::warn!(
                    committed,
                    deaths = note.deaths,
                    "the server died while it digested; the events it had in hand come one by one"
                );
                Care::after_death(alone_until, is_replay_alone)
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
        self.write(Note {
            until,
            held,
            deaths,
        });
        (deaths >= DIGEST_DEATHS_MAX).then(|| Failure {
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

    use super::super::supervise::Place;
    use super::*;

    const FAR: u64 = 2 * DIGEST_BATCH_COUNT_MAX as u64;

    fn note(until: u64, held: Held, deaths: u64) -> Note {
        Note {
            until,
            held,
            deaths,
        }
    }

    /// A death that makes careful up to `alone_until`, and goes on with that note.
    fn death(alone_until: u64, is_replay_alone: bool, note: Note) -> End {
        End::Death {
            alone_until,
            is_replay_alone,
            note,
        }
    }

    #[test]
    fn f23_what_a_note_says_after_a_start() {
        let (batch, replay) = (Held::Batch, Held::Replay);
        let (one, one_replay) = (Held::One(11), Held::OneReplay(7));
        let table = [
            // Nothing was in hand, or all of it is committed.
            (note(0, batch, 0), 0, End::Calm),
            (note(40, batch, 0), 40, End::Calm),
            (note(11, one, 2), 11, End::Calm),
            // A whole batch, or the rest of one: nobody is blamed.
            (note(40, batch, 0), 10, death(40, false, note(40, batch, 0))),
            (note(40, one, 2), 11, death(40, false, note(40, batch, 0))),
            // One event: it is blamed, once for each death.
            (note(40, one, 0), 10, death(40, false, note(40, one, 1))),
            (note(11, one, 2), 10, death(11, false, note(11, one, 3))),
            (note(11, one, 2), 3, death(11, false, note(11, one, 3))),
            // Replays, while the spool is empty or not.
            (note(40, replay, 0), 40, death(0, true, note(40, batch, 0))),
            (note(40, replay, 0), 10, death(40, true, note(40, batch, 0))),
            (
                note(40, one_replay, 1),
                40,
                death(0, true, note(40, one_replay, 2)),
            ),
            // Not the numbers of this spool: careful with as much as the hands hold.
            (
                note(u64::MAX, batch, 0),
                5,
                death(5 + FAR, false, note(5 + FAR, batch, 0)),
            ),
        ];
        for (found, committed, expect) in table {
            let end = end_of(found, committed);
            assert_eq!(end, expect, "{found:?} at {committed}");
        }
    }

    #[test]
    fn f23_what_is_held_is_read_as_it_was_written() {
        for held in [
            Held::Batch,
            Held::One(3),
            Held::Replay,
            Held::OneReplay(u64::MAX),
        ] {
            assert_eq!(Held::decode(held.encode()), held);
        }
    }

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
        let (mut marker, care) = start(dir, 0);
        assert!(!care.is_alone(Place::Spool(0)));
        assert_eq!(marker.take(&batch(1..=9), Hands::Free), None);
        for deaths in 0..DIGEST_DEATHS_MAX {
            let (mut marker, care) = start(dir, 4);
            assert!(care.is_alone(Place::Spool(4)) && !care.is_alone(Place::Spool(9)));
            let refused = marker.take(&batch(5..=5), Hands::Free);
            assert_eq!(refused, None, "after {deaths} deaths");
        }
        let (mut marker, _) = start(dir, 4);
        let refused = marker.take(&batch(5..=5), Hands::Free).unwrap();
        assert_eq!(refused.reason, "the server died 3 times while digesting it");
        assert_eq!(marker.take(&batch(6..=6), Hands::Free), None);
        assert_eq!(marker.note.deaths, 0, "of another event");
        let (mut marker, _) = start(dir, 6);
        assert_eq!(marker.take(&batch(7..=7), Hands::Free), None);
        assert_eq!(marker.note.deaths, 0, "the one that was in hand is passed");
        marker.lift();
        assert!(!start(dir, 6).1.is_alone(Place::Spool(6)), "a good end");
    }

    #[test]
    fn f23_one_event_beside_another_batch_is_not_blamed() {
        let dir = tempfile::tempdir().unwrap();
        let (mut marker, _) = start(dir.path(), 0);
        assert_eq!(marker.take(&batch(1..=1), Hands::Free), None);
        assert_eq!(marker.take(&batch(2..=2), Hands::Full), None);
        let (marker, care) = start(dir.path(), 0);
        assert!(care.is_alone(Place::Spool(1)));
        assert_eq!(marker.note, note(2, Held::Batch, 0));
    }
}
