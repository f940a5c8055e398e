//! The seam of rules: what people decided about the events of a project, what they decided before,
//! and what became of the events that nobody wants.

use watchpost_model::{
    EventId, FilteredEvent, IssueId, ProjectId, Rules, Timestamp, Unwanted, UserId,
};

use crate::{Actor, StoreError};

/// The rules of one project, or why they cannot be read.
pub type StoredRules = (ProjectId, Result<Rules, StoreError>);

/// A change of a project's rules.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesChange {
    /// Its number.
    pub id: i64,
    /// When.
    pub changed: Timestamp,
    /// Who; `None`: the command line.
    pub user: Option<UserId>,
    /// What the rules were before.
    pub before: Rules,
}

/// An unwanted event as it is shown to the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct FilteredUnsettled {
    /// The event, and why nobody wants it.
    pub unwanted: Unwanted,
    /// Its number in the spool; `None`: from the quarantine.
    pub spooled: Option<u64>,
    /// The issue in which the archive has it, if that was asked:
    /// see [`RulesLedger::count_filtered`].
    pub known: Option<IssueId>,
}

/// What the ledger made of an unwanted event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is counted as filtered, now or before.
    Filtered,
    /// It was filed before a crash, under other rules: file it again.
    Filed,
}

/// Rules and filtered events.
pub trait RulesLedger: Send + Sync {
    /// The rules of a project; the defaults when nobody changed them.
    fn rules(&self, project: ProjectId) -> Result<Rules, StoreError>;

    /// The rules of all projects that have any of their own.
    fn all_rules(&self) -> Result<Vec<StoredRules>, StoreError>;

    /// Changes the rules of a project, and remembers what they were. Nobody else changes them
    /// meanwhile. Raises [`crate::KeyLedger::key_generation`]. Returns the rules in force after it;
    /// a change that changes nothing is not remembered.
    fn change_rules(
        &self,
        project: ProjectId,
        change: &dyn Fn(&mut Rules),
        actor: Actor,
        now: Timestamp,
    ) -> Result<Rules, StoreError>;

    /// The last changes of a project's rules, the newest first.
    fn rules_changes(&self, project: ProjectId) -> Result<Vec<RulesChange>, StoreError>;

    /// Counts events that nobody wants, each once whatever crashes, and keeps a glimpse of the
    /// last ones of each reason. The spool does not show records up to `committed` again.
    ///
    /// A record up to [`crate::UpkeepLedger::filed_to`], and an event of the quarantine, may have
    /// been filed before a crash, under rules that wanted it. For these the caller asks the
    /// archive first; the answer says which of them have to be filed again.
    fn count_filtered(
        &self,
        unwanted: &[FilteredUnsettled],
        committed: u64,
    ) -> Result<Vec<Shown>, StoreError>;

    /// Records that were counted as filtered and may be shown again: number in the spool (0: none),
    /// project, event.
    fn filtered_unsettled(&self) -> Result<Vec<(u64, ProjectId, EventId)>, StoreError>;

    /// No event of the quarantine waits to be digested again.
    fn settle_filtered_replays(&self) -> Result<(), StoreError>;

    /// The glimpses of a project that were kept since, the newest first.
    fn filtered_events(
        &self,
        project: ProjectId,
        since: Timestamp,
    ) -> Result<Vec<FilteredEvent>, StoreError>;

    /// Forgets glimpses of events that were accepted before `before`; how many.
    fn forget_filtered(&self, before: Timestamp) -> Result<u64, StoreError>;
}
