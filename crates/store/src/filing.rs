//! An event on its way into the ledger: what [`crate::IssueLedger::apply`] takes. And one that the
//! ledger has and the archive cannot take.

use watchpost_model::{EventId, Grouped, IssueId, KeyId, ProjectId};

/// An event for the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Filing {
    /// The event, and which issue it belongs to.
    pub grouped: Box<Grouped>,
    /// The issue in which the archive has this event already: see [`crate::Archive::known`].
    pub known: Option<IssueId>,
    /// Its number in the spool. A number that the ledger has been shown before means that the
    /// batch is replayed after a crash, not that a client sent an event twice. `None` when the
    /// event does not come from the spool: then it never counts as sent twice.
    pub spooled: Option<u64>,
}

impl Filing {
    /// An event that the archive does not know and that comes from no spool.
    pub fn new(grouped: Grouped) -> Self {
        Self {
            grouped: Box::new(grouped),
            known: None,
            spooled: None,
        }
    }
}

/// An event that was filed and that the archive cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unkept {
    /// The project.
    pub project: ProjectId,
    /// The event.
    pub event: EventId,
    /// The key that it came with.
    pub key: KeyId,
}

/// Why such an event is counted `quarantined`.
pub const UNKEPT_REASON: &str = "archive";

/// The reason of the outcome of an event whose issue was discarded.
pub const DISCARDED_REASON: &str = "discarded";
