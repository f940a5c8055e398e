//! Deleted issues that can still come back.
//!
//! ```text
//! trash_issues ──▶ out of every list at once ── undo, within TRASH_SECS ──▶ back as they were
//!                          └── upkeep, later: events, then empty_trash ──▶ gone for good
//! ```

use watchpost_model::{IssueId, ProjectId, Timestamp};

use crate::{Acted, Actor, Forget, StoreError};

/// Issues of one project that are in the trash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trashed {
    /// The project.
    pub project: ProjectId,
    /// The issues, with what was merged into them.
    pub issues: Vec<IssueId>,
}

/// What people delete, while they may want it back.
pub trait TrashLedger: Send + Sync {
    /// Takes issues, and what was merged into them, out of everything that shows issues, in one
    /// transaction. The answer names all of them, and by what [`crate::LifeLedger::undo`] brings
    /// them back within [`crate::limits::TRASH_SECS`]: with their counts, their past and their
    /// keys. An event that arrives meanwhile opens a new issue, or is thrown away when they are
    /// discarded; bringing them back merges that new issue into the old one, and wants events of
    /// the discarded again.
    fn trash_issues(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        how: Forget,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Acted, StoreError>;

    /// The issues of a project in the trash: the archive still has their events.
    fn trashed(&self, project: ProjectId) -> Result<Vec<IssueId>, StoreError>;

    /// What was thrown away before `before`, some of it: an empty answer means that nothing is
    /// left.
    fn trash(&self, before: Timestamp) -> Result<Vec<Trashed>, StoreError>;

    /// Forgets issues in the trash for good, once the archive has forgotten their events.
    fn empty_trash(&self, what: &Trashed) -> Result<(), StoreError>;
}
