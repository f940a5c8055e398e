//! Forgetting issues: what [`crate::IssueLedger::cleanup`] takes and tells.

use watchpost_model::{IssueId, ProjectId, Timestamp};

/// What to forget.
#[derive(Clone, Debug)]
pub struct Cleanup<'a> {
    /// Of this project.
    pub project: ProjectId,
    /// Issues that were last seen before this.
    pub before: Timestamp,
    /// Of this logger only.
    pub logger: Option<&'a str>,
}

/// What was forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanupReport {
    /// The issues; their events are still in the archive, and for the caller to delete.
    pub issues: Vec<IssueId>,
}
