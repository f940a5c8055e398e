//! Splitting an issue: some of its keys get an issue of their own, and the events that carry them
//! follow, in steps that let the digest work meanwhile.
//!
//! ```text
//! unmerge ── keys ──▶ the new issue, a part of the old one until everything is there
//!    Count:  events that leave are counted there, and no more in the old one
//!    Review: what the old one knows by its last events is found out anew from those that stay
//!    Move:   the archive gives the events to the new one, which then shows up
//! ```
//! Each step is one transaction and notes how far it came, so a crash repeats none; events move
//! partition by partition. A damaged event stays where it is, counted and stored.

use std::collections::HashSet;

use watchpost_model::{Event, EventId, Face, GroupingHash, IssueId, ProjectId};

use crate::{Archive, ArchivedEvent, Arrivals, Ledger, StoreError};

/// Events that are looked at in one step.
const EVENT_COUNT_STEP: usize = 100;

/// See the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitStage {
    /// What leaves is counted.
    Count,
    /// What stays is looked through.
    Review,
    /// Events move.
    Move,
}

/// An issue that is being split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Its id.
    pub id: i64,
    /// The project.
    pub project: ProjectId,
    /// The issue that had the keys.
    pub source: IssueId,
    /// The new one.
    pub dest: IssueId,
    /// What is being done.
    pub stage: SplitStage,
    /// Up to which place in the order of arrival; see [`Archive::arrivals`].
    pub place: i64,
    /// Events that were found to leave.
    pub events: u64,
}

/// What was done; see [`SplitLedger::split_step`].
pub enum SplitStep<'a> {
    /// Events up to a place were looked at.
    Looked {
        /// The place.
        place: i64,
        /// Those that leave, while they are counted; then those that stay; none while they move.
        events: Vec<&'a ArchivedEvent>,
        /// What the first of all that leave is called.
        face: Option<Face>,
    },
    /// The stage is over.
    Over,
}

/// Issues that are being split. [`crate::LifeLedger::unmerge`] begins it.
pub trait SplitLedger: Send + Sync {
    /// All, the oldest first.
    fn splits(&self) -> Result<Vec<Split>, StoreError>;

    /// Notes one step of `split`, and answers how it is now; `None` when it is done, or one of the
    /// issues was forgotten. Does nothing when it is not as `split` says any more.
    fn split_step(&self, split: &Split, step: &SplitStep<'_>) -> Result<Option<Split>, StoreError>;

    /// Events that were filed in the issue that had the keys, and that the archive may not have
    /// yet.
    fn split_waits(&self, split: &Split) -> Result<Vec<(ProjectId, EventId)>, StoreError>;
}

/// Splits an issue, as far as `goes_on` lets it; `false` when there is more to do, or events are
/// on their way into the archive. `face` says what an issue with this event is called.
///
/// # Errors
///
/// Those of the stores. It can be called again, also after a restart.
pub fn carry_out(
    (ledger, archive): (&dyn Ledger, &dyn Archive),
    split: Split,
    face: &dyn Fn(&Event) -> Face,
    goes_on: &dyn Fn() -> bool,
) -> Result<bool, StoreError> {
    let mut at = Some(split);
    while let Some(split) = at {
        if !goes_on() {
            return Ok(false);
        }
        let mut ahead = look(archive, &split)?;
        if ahead.places.is_empty() && split.stage != SplitStage::Move {
            if !is_calm(ledger, archive, &split)? {
                return Ok(false);
            }
            // What was on its way is there now.
            ahead = look(archive, &split)?;
        }
        let stores = (ledger, archive);
        at = if ahead.places.is_empty() {
            ledger.split_step(&split, &SplitStep::Over)?
        } else if split.stage == SplitStage::Move {
            give(stores, split, &ahead, goes_on)?
        } else {
            walk(stores, split, &ahead, face, goes_on)?
        };
    }
    Ok(true)
}

fn look(archive: &dyn Archive, split: &Split) -> Result<Arrivals, StoreError> {
    archive.arrivals(split.project, split.source, split.place)
}

/// Looks at the events of one partition, as far as it may; how the split is then.
fn walk(
    (ledger, archive): (&dyn Ledger, &dyn Archive),
    mut split: Split,
    ahead: &Arrivals,
    face: &dyn Fn(&Event) -> Face,
    goes_on: &dyn Fn() -> bool,
) -> Result<Option<Split>, StoreError> {
    for places in ahead.places.chunks(EVENT_COUNT_STEP) {
        let place = places.last().copied().unwrap_or(split.place);
        let keys = Keys::of(ledger, &split)?;
        let events = archive.arrived(ahead.partition, places)?;
        let step = keys.sort(&split, place, &events, face);
        match ledger.split_step(&split, &step)? {
            Some(next) if (next.stage, next.place) == (split.stage, place) && goes_on() => {
                split = next;
            }
            // Or somebody else went on.
            next => return Ok(next),
        }
    }
    Ok(Some(split))
}

/// Gives what leaves of one partition to the new issue; how the split is then.
fn give(
    (ledger, archive): (&dyn Ledger, &dyn Archive),
    split: Split,
    ahead: &Arrivals,
    goes_on: &dyn Fn() -> bool,
) -> Result<Option<Split>, StoreError> {
    let keys = Keys::of(ledger, &split)?;
    let mut leaving = Vec::new();
    for (turn, places) in ahead.places.chunks(EVENT_COUNT_STEP).enumerate() {
        if turn > 0 && !goes_on() {
            return Ok(Some(split));
        }
        let events = archive.arrived(ahead.partition, places)?;
        let events = events.iter().filter(|(_, event)| keys.leaves(event));
        leaving.extend(events.map(|(place, _)| *place));
    }
    let leaving = Arrivals {
        partition: ahead.partition,
        places: leaving,
    };
    archive.rehome(split.project, (split.source, split.dest), &leaving)?;
    let step = SplitStep::Looked {
        place: ahead.places.last().copied().unwrap_or(split.place),
        events: Vec::new(),
        face: None,
    };
    ledger.split_step(&split, &step)
}

/// Whether the archive has everything that was filed so far.
fn is_calm(ledger: &dyn Ledger, archive: &dyn Archive, split: &Split) -> Result<bool, StoreError> {
    let filed = ledger.split_waits(split)?;
    Ok(archive.known(&filed)?.iter().all(Option::is_some))
}

/// Which keys go and which stay.
struct Keys {
    leaving: HashSet<GroupingHash>,
    staying: HashSet<GroupingHash>,
}

impl Keys {
    fn of(ledger: &dyn Ledger, split: &Split) -> Result<Self, StoreError> {
        let of = |issue: IssueId| -> Result<HashSet<GroupingHash>, StoreError> {
            let owners = ledger.hashes(split.project, issue)?.into_iter();
            let owners = owners.filter(|owner| owner.home == issue);
            Ok(owners.map(|owner| owner.hash).collect())
        };
        Ok(Self {
            leaving: of(split.dest)?,
            staying: of(split.source)?,
        })
    }

    /// As the digest decides: by the most specific key that is known.
    fn leaves(&self, event: &ArchivedEvent) -> bool {
        let mut keys = event.explanation.keys();
        let known = keys.find(|key| self.leaving.contains(key) || self.staying.contains(key));
        known.is_some_and(|key| self.leaving.contains(&key))
    }

    fn sort<'a>(
        &self,
        split: &Split,
        place: i64,
        events: &'a [(i64, ArchivedEvent)],
        face: &dyn Fn(&Event) -> Face,
    ) -> SplitStep<'a> {
        let is_counting = split.stage == SplitStage::Count;
        let events = events.iter().map(|(_, event)| event);
        let events = events.filter(|event| self.leaves(event) == is_counting);
        let events: Vec<_> = events.collect();
        let is_first = is_counting && split.events == 0;
        let first = events.first().filter(|_| is_first);
        SplitStep::Looked {
            place,
            face: first.map(|first| face(&first.event)),
            events,
        }
    }
}
