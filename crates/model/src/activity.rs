//! What happened to an issue, entry by entry: what people did and what Watchpost did by itself.

use serde::Serialize;
use serde_json::Value;

use crate::{IssueId, Timestamp, UserId};

/// The kind of an entry, in the words of Sentry's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A comment of a person.
    Note,
    /// Resolved, from now on.
    SetResolved,
    /// Resolved in a release, or in what comes after one.
    SetResolvedInRelease,
    /// Resolved in a commit.
    SetResolvedInCommit,
    /// Opened again, by a person or because the time of its archiving was over.
    SetUnresolved,
    /// Archived.
    SetIgnored,
    /// Came back after it was resolved.
    SetRegression,
    /// Has far more events than before it was archived.
    SetEscalating,
    /// Known for a week, or quiet for one.
    AutoSetOngoing,
    /// Somebody has looked at it.
    MarkReviewed,
    /// Has somebody who looks after it.
    Assigned,
    /// Has nobody any more.
    Unassigned,
    /// Is more or less urgent.
    SetPriority,
    /// Others were merged into it.
    Merge,
    /// What was merged into it left again.
    UnmergeSource,
    /// It left the issue that it was merged into.
    UnmergeDestination,
    /// Events with a key that nobody knew count here by themselves, for another key of theirs.
    KeyJoined,
    /// Strangers may see it by a link.
    SetPublic,
    /// They may not any more.
    SetPrivate,
    /// A ticket elsewhere is about it.
    CreateIssue,
    /// A ticket is not about it after all.
    UnlinkIssue,
}

impl Deed {
    /// All kinds.
    pub const ALL: [Self; 21] = [
        Self::Note,
        Self::SetResolved,
        Self::SetResolvedInRelease,
        Self::SetResolvedInCommit,
        Self::SetUnresolved,
        Self::SetIgnored,
        Self::SetRegression,
        Self::SetEscalating,
        Self::AutoSetOngoing,
        Self::MarkReviewed,
        Self::Assigned,
        Self::Unassigned,
        Self::SetPriority,
        Self::Merge,
        Self::UnmergeSource,
        Self::UnmergeDestination,
        Self::KeyJoined,
        Self::SetPublic,
        Self::SetPrivate,
        Self::CreateIssue,
        Self::UnlinkIssue,
    ];

    /// The name in the database and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::SetResolved => "set_resolved",
            Self::SetResolvedInRelease => "set_resolved_in_release",
            Self::SetResolvedInCommit => "set_resolved_in_commit",
            Self::SetUnresolved => "set_unresolved",
            Self::SetIgnored => "set_ignored",
            Self::SetRegression => "set_regression",
            Self::SetEscalating => "set_escalating",
            Self::AutoSetOngoing => "auto_set_ongoing",
            Self::MarkReviewed => "mark_reviewed",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::SetPriority => "set_priority",
            Self::Merge => "merge",
            Self::UnmergeSource => "unmerge_source",
            Self::UnmergeDestination => "unmerge_destination",
            Self::KeyJoined => "key_joined",
            Self::SetPublic => "set_public",
            Self::SetPrivate => "set_private",
            Self::CreateIssue => "create_issue",
            Self::UnlinkIssue => "unlink_issue",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.name() == name)
    }
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Its id, growing with time.
    pub id: i64,
    /// Of which issue.
    pub issue: IssueId,
    /// When.
    pub at: Timestamp,
    /// Who; `None`: Watchpost itself, or the command line.
    pub by: Option<UserId>,
    /// What.
    pub deed: Deed,
    /// Further facts, by name: the text of a note, the reason of an automatic step.
    pub data: Value,
}

impl Activity {
    /// A fact that is a text; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.data.get(name).and_then(Value::as_str).unwrap_or("")
    }
}
