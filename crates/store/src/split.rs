//! Splitting an issue: some of its keys get an issue of their own, and the events that carry them
//! follow, in steps that let the digest work meanwhile.
//!
//! ```text
//! unmerge ── keys ──▶ the new issue, a part of the old one until everything is there
//!    Count:  events that leave are counted there, and no more in the old one
//!    Review: what the old one knows by its last events is found out anew from those that stay
//!    Move:   the archive gives the events to the new one, which then shows up
//! ```
//! Each step is one transaction and notes how far it came, so a crash repeats none.

use std::collections::HashSet;

use watchpost_model::{Event, EventId, Face, GroupingHash, IssueId, ProjectId};

use crate::{Archive, ArchivedEvent, Ledger, StoreError};

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
        /// Those that leave, while they are counted; then those that stay.
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
        let keys = Keys::of(ledger, &split)?;
        let step = if split.stage == SplitStage::Move {
            let issues = (split.source, split.dest);
            archive.rehome(split.project, issues, &|event| keys.leaves(event))?;
            ledger.split_step(&split, &SplitStep::Over)?
        } else {
            let mut events = look(archive, &split)?;
            if events.is_empty() {
                if !is_calm(ledger, archive, &split)? {
                    return Ok(false);
                }
                // What was on its way is there now.
                events = look(archive, &split)?;
            }
            ledger.split_step(&split, &keys.sort(&split, &events, face))?
        };
        at = step;
    }
    Ok(true)
}

fn look(archive: &dyn Archive, split: &Split) -> Result<Vec<(i64, ArchivedEvent)>, StoreError> {
    archive.arrivals(split.project, split.source, split.place, EVENT_COUNT_STEP)
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
        events: &'a [(i64, ArchivedEvent)],
        face: &dyn Fn(&Event) -> Face,
    ) -> SplitStep<'a> {
        let Some((place, _)) = events.last() else {
            return SplitStep::Over;
        };
        let is_counting = split.stage == SplitStage::Count;
        let events = events.iter().map(|(_, event)| event);
        let events = events.filter(|event| self.leaves(event) == is_counting);
        let events: Vec<_> = events.collect();
        let is_first = is_counting && split.events == 0;
        let first = events.first().filter(|_| is_first);
        SplitStep::Looked {
            place: *place,
            face: first.map(|first| face(&first.event)),
            events,
        }
    }
}
