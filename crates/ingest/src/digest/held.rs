//! What the worker has in its hands, as a note of two numbers, and what such a note says after the
//! end of the process that wrote it. Pure: the file is `marker.rs`.

use super::Spooled;
use super::replay::REPLAYED;
use super::supervise::Portion;
use crate::limits::{DIGEST_BATCH_COUNT_MAX, DIGEST_PART_COUNT_MAX};

/// Whether the worker has another batch in its hands already: then nobody knows whose fault it is
/// when the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hands {
    Free,
    Full,
}

/// What was taken in hand last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Held {
    /// Events of the spool, or nothing.
    #[default]
    Batch,
    /// A few of them and no others, by the number of the last.
    Part(u64),
    /// The only event in hand, by its number in the spool.
    One(u64),
    /// Events of the quarantine.
    Replay,
    /// A few of them.
    PartReplay,
    /// The only event in hand, of the quarantine; half of its id.
    OneReplay(u64),
}

impl Held {
    pub(super) fn of(records: &[Spooled], hands: Hands) -> Self {
        let is_replay = records.iter().any(|spooled| spooled.seq == REPLAYED);
        let is_part = records.len() <= DIGEST_PART_COUNT_MAX;
        match (records, hands) {
            ([one], Hands::Free) if is_replay => {
                let id = one.record.receipt.event.to_bytes();
                let half = id.first_chunk().copied().unwrap_or_default();
                Self::OneReplay(u64::from_le_bytes(half))
            }
            ([one], Hands::Free) => Self::One(one.seq),
            (_, Hands::Free) if is_replay && is_part => Self::PartReplay,
            ([.., last], Hands::Free) if is_part => Self::Part(last.seq),
            _ if is_replay => Self::Replay,
            _ => Self::Batch,
        }
    }

    pub(super) fn encode(self) -> [u64; 2] {
        match self {
            Self::Batch => [0, 0],
            Self::One(seq) => [1, seq],
            Self::Replay => [2, 0],
            Self::OneReplay(half) => [3, half],
            Self::Part(last) => [4, last],
            Self::PartReplay => [5, 0],
        }
    }

    pub(super) fn decode([kind, name]: [u64; 2]) -> Self {
        match kind {
            1 => Self::One(name),
            2 => Self::Replay,
            3 => Self::OneReplay(name),
            4 => Self::Part(name),
            5 => Self::PartReplay,
            _ => Self::Batch,
        }
    }
}

/// What is noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// Nothing in hand has a greater number in the spool.
    pub(super) until: u64,
    pub(super) held: Held,
    /// How often a process died with this one event in its hands.
    pub(super) deaths: u64,
}

/// How the process before this one ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With nothing in its hands.
    Calm,
    /// In the middle of work.
    Death {
        /// What to be careful with.
        part_until: u64,
        alone_until: u64,
        replays: Portion,
        /// The note to go on with.
        note: Note,
    },
}

/// What a note says that was found at a start, when the spool is digested up to `committed`.
pub(super) fn end_of(note: Note, committed: u64) -> End {
    let is_behind = note.until <= committed;
    let (replays, suspect) = match note.held {
        Held::Batch => (Portion::Batch, 0),
        Held::Part(last) | Held::One(last) => (Portion::Batch, last),
        Held::Replay => (Portion::Part, 0),
        Held::PartReplay | Held::OneReplay(_) => (Portion::One, 0),
    };
    if is_behind && replays == Portion::Batch {
        return End::Calm;
    }
    let died_at_one = match note.held {
        Held::One(seq) => committed < seq,
        Held::OneReplay(_) => true,
        Held::Batch | Held::Part(_) | Held::Replay | Held::PartReplay => false,
    };
    // No more than the hands hold, should the numbers not be those of this spool.
    let farthest = committed.saturating_add(2 * DIGEST_BATCH_COUNT_MAX as u64);
    let until = note.until.min(farthest);
    let (held, deaths) = if died_at_one {
        (note.held, note.deaths.saturating_add(1))
    } else {
        (Held::Batch, 0)
    };
    End::Death {
        part_until: if is_behind { 0 } else { until },
        alone_until: if committed < suspect {
            until.min(suspect)
        } else {
            0
        },
        replays,
        note: Note {
            until,
            held,
            deaths,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: u64 = 2 * DIGEST_BATCH_COUNT_MAX as u64;

    fn note(until: u64, held: Held, deaths: u64) -> Note {
        Note {
            until,
            held,
            deaths,
        }
    }

    /// A death that makes careful up to these numbers and with these replays, and goes on with
    /// that note.
    fn death(part_until: u64, alone_until: u64, replays: Portion, note: Note) -> End {
        End::Death {
            part_until,
            alone_until,
            replays,
            note,
        }
    }

    /// What a note of the spool says.
    fn check(found: Note, committed: u64, expect: [u64; 2], goes_on: Note) {
        let [part_until, alone_until] = expect;
        let expect = death(part_until, alone_until, Portion::Batch, goes_on);
        let end = end_of(found, committed);
        assert_eq!(end, expect, "{found:?} at {committed}");
    }

    #[test]
    fn f23_nothing_was_in_hand_or_all_of_it_is_committed() {
        for (found, committed) in [
            (note(0, Held::Batch, 0), 0),
            (note(40, Held::Batch, 0), 40),
            (note(40, Held::Part(40), 0), 40),
            (note(11, Held::One(11), 2), 11),
        ] {
            assert_eq!(end_of(found, committed), End::Calm, "{found:?}");
        }
    }

    #[test]
    fn f23_what_a_note_says_after_a_start() {
        let (batch, part, one) = (Held::Batch, Held::Part(20), Held::One(11));
        let calm = note(40, batch, 0);
        // A whole batch, or the rest of one: nobody is blamed.
        check(note(40, batch, 0), 10, [40, 0], calm);
        check(note(40, part, 0), 20, [40, 0], calm);
        check(note(40, one, 2), 11, [40, 0], calm);
        // A few: it is one of them, whoever.
        check(note(40, part, 0), 10, [40, 20], calm);
        check(note(40, part, 0), 19, [40, 20], calm);
        // One event: it is blamed, once for each death.
        check(note(40, one, 0), 10, [40, 11], note(40, one, 1));
        check(note(11, one, 2), 10, [11, 11], note(11, one, 3));
        check(note(11, one, 2), 3, [11, 11], note(11, one, 3));
        // Not the numbers of this spool: careful with as much as the hands hold.
        let far = note(5 + FAR, batch, 0);
        check(note(u64::MAX, batch, 0), 5, [5 + FAR, 0], far);
        let all = Held::Part(u64::MAX);
        check(note(u64::MAX, all, 0), 5, [5 + FAR, 5 + FAR], far);
    }

    #[test]
    fn f23_what_a_note_of_replays_says_after_a_start() {
        let (part, one) = (Portion::Part, Portion::One);
        let (calm, one_replay) = (note(40, Held::Batch, 0), Held::OneReplay(7));
        // While the spool is empty or not.
        for (committed, part_until) in [(40, 0), (10, 40)] {
            for (held, replays, goes_on) in [
                (Held::Replay, part, calm),
                (Held::PartReplay, one, calm),
                (one_replay, one, note(40, one_replay, 1)),
            ] {
                let end = end_of(note(40, held, 0), committed);
                assert_eq!(end, death(part_until, 0, replays, goes_on), "{held:?}");
            }
        }
    }

    #[test]
    fn f23_what_is_held_is_read_as_it_was_written() {
        for held in [
            Held::Batch,
            Held::Part(40),
            Held::One(3),
            Held::Replay,
            Held::PartReplay,
            Held::OneReplay(u64::MAX),
        ] {
            assert_eq!(Held::decode(held.encode()), held);
        }
    }
}
