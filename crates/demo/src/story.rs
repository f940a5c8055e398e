//! What becomes of a problem: when it happens, what is done about it, and where it is in the end.
//!
//! Times are hours before the end of the month. Where a story says that an issue comes back or
//! does not, the phases are chosen so that the rules of issues make it so: see `docs/ISSUES.md`.

use watchpost_model::{Bound, Until};

use crate::calendar::Rhythm;
use crate::cast::{BO, INES, ROBIN, SAMIRA, TOMAS, YUKI};
use crate::plan::Act;

/// Where an issue is at the end of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Unresolved, since less than a week.
    New,
    /// Unresolved, and known.
    Ongoing,
    /// Unresolved again, after it was archived.
    Escalating,
    /// Unresolved again, after it was resolved.
    Regressed,
    /// Resolved.
    Resolved,
    /// Archived for good.
    Forever,
    /// Archived until it escalates.
    UntilEscalating,
    /// Archived until there are so many more events.
    UntilCondition,
    /// Part of another issue.
    Merged,
    /// Thrown away, with all later events.
    Discarded,
    /// No issue: its events are filtered.
    Filtered,
}

/// A course of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// It began so many hours ago.
    New(i64),
    /// It began so many hours ago and goes on.
    Ongoing(i64),
    /// Goes on, and once there was far too much of it.
    Spike,
    /// A job of the night fails.
    Nightly,
    /// Repaired; it did not come back.
    Resolved,
    /// Repaired in the next release; older ones still report it.
    ResolvedInNext,
    /// Repaired, and back.
    Regressed,
    /// Repaired in the next release, and back in a later one.
    RegressedInNext,
    /// Nobody can do anything about it.
    Forever,
    /// Not worth a look as long as it does not grow.
    UntilEscalating,
    /// Was not worth a look, and grew.
    Escalating,
    /// Silenced until it has happened often enough.
    UntilCount,
    /// Put aside for a while that is over.
    Snoozed,
    /// The same problem as the one that opens the group, under another key.
    MergedInto(&'static str),
    /// Thrown away.
    Discarded,
    /// Not wanted, by a filter of the project.
    Filtered,
}

/// A time in which a problem happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    /// From when until when, in hours before the end.
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) rhythm: Rhythm,
    /// How much of the problem's events are in it, beside the least.
    pub(crate) share: u64,
    /// How many events it has at least.
    pub(crate) least: u64,
}

/// The hour of the great failure of payments.
const SPIKE_HOUR: i64 = 101;

impl Story {
    /// When it happens.
    pub(crate) fn phases(self) -> Vec<Phase> {
        use Rhythm::{Burst, Day, Even, Night};
        match self {
            Self::New(since) | Self::Ongoing(since) => vec![phase(since, 0, Day, 1, 3)],
            Self::Spike => vec![
                phase(640, 1, Day, 1, 2),
                phase(SPIKE_HOUR, SPIKE_HOUR - 3, Burst, 2, 8),
            ],
            Self::Nightly => vec![phase(690, 2, Night, 1, 6)],
            Self::Resolved => vec![phase(650, 300, Day, 1, 4)],
            Self::ResolvedInNext => vec![phase(500, 150, Day, 4, 3), phase(140, 105, Day, 1, 2)],
            Self::Regressed => vec![phase(680, 340, Day, 3, 3), phase(80, 0, Day, 1, 3)],
            Self::RegressedInNext => vec![phase(460, 330, Day, 2, 3), phase(90, 0, Day, 1, 3)],
            Self::Forever => vec![phase(700, 1, Day, 1, 5)],
            Self::UntilEscalating => vec![phase(700, 3, Even, 1, 16)],
            Self::Escalating => vec![phase(690, 300, Day, 1, 3), phase(40, 20, Burst, 3, 5)],
            Self::UntilCount => vec![phase(520, 1, Day, 1, 4)],
            Self::Snoozed => vec![phase(600, 1, Day, 1, 4)],
            Self::MergedInto(_) => vec![phase(430, 4, Day, 1, 3)],
            Self::Discarded => vec![phase(560, 10, Day, 1, 4)],
            Self::Filtered => vec![phase(680, 1, Day, 1, 4)],
        }
    }

    /// What is done about it, when and by whom.
    pub(crate) fn acts(self) -> Vec<(i64, usize, Act)> {
        let silenced = Until::Met {
            time: None,
            events: Some(Bound {
                count: 1_000_000,
                window_mins: None,
            }),
            users: None,
        };
        match self {
            Self::New(_) | Self::Ongoing(_) | Self::Spike | Self::Nightly | Self::Filtered => {
                Vec::new()
            }
            Self::Resolved => vec![(296, TOMAS, Act::Resolve)],
            Self::ResolvedInNext => vec![(145, YUKI, Act::ResolveInNext)],
            Self::Regressed => vec![(330, INES, Act::Resolve)],
            Self::RegressedInNext => vec![(320, SAMIRA, Act::ResolveInNext)],
            Self::Forever => vec![(480, ROBIN, Act::Archive(Until::Forever))],
            Self::UntilEscalating => vec![(370, ROBIN, Act::Archive(Until::Escalating))],
            Self::Escalating => vec![(290, BO, Act::Archive(Until::Escalating))],
            Self::UntilCount => vec![(260, YUKI, Act::Archive(silenced))],
            Self::Snoozed => vec![(300, TOMAS, Act::ArchiveForHours(130))],
            Self::MergedInto(into) => vec![(205, YUKI, Act::MergeInto(into))],
            Self::Discarded => vec![(450, ROBIN, Act::Discard)],
        }
    }

    /// Where it leads.
    pub(crate) fn ending(self) -> Ending {
        match self {
            Self::New(_) => Ending::New,
            Self::Ongoing(_) | Self::Spike | Self::Nightly | Self::Snoozed => Ending::Ongoing,
            Self::Resolved | Self::ResolvedInNext => Ending::Resolved,
            Self::Regressed | Self::RegressedInNext => Ending::Regressed,
            Self::Forever => Ending::Forever,
            Self::UntilEscalating => Ending::UntilEscalating,
            Self::Escalating => Ending::Escalating,
            Self::UntilCount => Ending::UntilCondition,
            Self::MergedInto(_) => Ending::Merged,
            Self::Discarded => Ending::Discarded,
            Self::Filtered => Ending::Filtered,
        }
    }

    /// Whether late events come from the release before: where that would change the story, no.
    pub(crate) fn has_stragglers(self) -> bool {
        !matches!(self, Self::Regressed | Self::RegressedInNext)
    }
}

fn phase(from: i64, to: i64, rhythm: Rhythm, share: u64, least: u64) -> Phase {
    Phase {
        from,
        to,
        rhythm,
        share,
        least,
    }
}
