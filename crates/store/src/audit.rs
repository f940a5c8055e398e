//! The seam of the audit log: who changed what of the settings.

use serde::{Deserialize, Serialize};
use watchpost_model::{OrgId, Timestamp, UserId};

use crate::StoreError;

/// What became of one field. Never a secret: whoever writes it sees to that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChange {
    /// Which.
    pub field: String,
    /// What it was; `None`: it was not there.
    pub before: Option<String>,
    /// What it is; `None`: it is not there any more.
    pub after: Option<String>,
}

/// A deed to note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// In which organization; `None`: it concerns an account, or the whole installation.
    pub org: Option<OrgId>,
    /// When.
    pub at: Timestamp,
    /// Who; `None`: the command line.
    pub user: Option<UserId>,
    /// By which way: `page`, `token:7`, `command line`.
    pub via: String,
    /// From where.
    pub address: String,
    /// What was done: `project.edit`.
    pub action: String,
    /// To what: `web`.
    pub object: String,
    /// What it changed.
    pub changes: Vec<AuditChange>,
}

/// A deed that was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number: later ones are greater.
    pub id: i64,
    /// The deed.
    pub deed: NewAudit,
}

/// Which deeds are wanted.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// Of this organization, and of the accounts of its members.
    pub org: OrgId,
    /// Only those of this person.
    pub user: Option<UserId>,
    /// Only this action.
    pub action: Option<String>,
    /// Only those whose object or changed field has this text in it.
    pub text: Option<String>,
    /// Only those before this one.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// The audit log.
pub trait AuditLedger: Send + Sync {
    /// Notes a deed.
    fn note_audit(&self, deed: &NewAudit) -> Result<(), StoreError>;

    /// Deeds, the last first.
    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError>;
}
