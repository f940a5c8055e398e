//! The seam of what is around an issue: links for strangers, tickets elsewhere, who takes part,
//! what came with it, what looks like it, and who deleted it.

use watchpost_model::{Issue, IssueId, ProjectId, Timestamp, UserId};

use crate::{SecretHash, StoreError};

/// A link by which strangers see an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Of which project.
    pub project: ProjectId,
    /// The issue.
    pub issue: IssueId,
    /// Whether variables, request, user and tags are seen, too.
    pub is_whole: bool,
    /// Who made it.
    pub by: Option<UserId>,
    /// When.
    pub created: Timestamp,
}

/// What a new link needs.
#[derive(Clone, Copy, Debug)]
pub struct NewShare {
    /// SHA-256 of the secret in it.
    pub hash: SecretHash,
    /// See [`Share::is_whole`].
    pub is_whole: bool,
}

/// A ticket elsewhere that is about an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its id.
    pub id: i64,
    /// Where it is, checked by the caller.
    pub url: String,
    /// What it is called; empty when nobody said.
    pub title: String,
    /// Who linked it.
    pub by: Option<UserId>,
    /// When.
    pub created: Timestamp,
}

/// A value of a tag within an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueValue {
    /// The value.
    pub value: String,
    /// How many events of the issue have it.
    pub times_seen: u64,
    /// When an event with it was counted first; `None`: nobody noted it.
    pub first_seen: Option<Timestamp>,
    /// When an event with it happened last.
    pub last_seen: Timestamp,
}

/// A value of a tag that began about when something else did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// The tag.
    pub key: String,
    /// Its value.
    pub value: String,
    /// When it was counted first.
    pub first_seen: Timestamp,
}

/// An issue that looks like another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Alike {
    /// It.
    pub issue: Issue,
    /// Whether both have the same title.
    pub is_title: bool,
    /// Whether both are of the same type.
    pub is_kind: bool,
    /// Whether both happened at the same place.
    pub is_culprit: bool,
}

/// An issue that somebody deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedIssue {
    /// Its number within the project.
    pub number: u64,
    /// Of which project.
    pub project: ProjectId,
    /// When it was deleted.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<UserId>,
    /// Whether later events are thrown away.
    pub is_discarded: bool,
}

/// See the file. All of it is scoped; of an issue that others were merged into, what is known of
/// those is its own.
pub trait OutsideLedger: Send + Sync {
    /// Lets strangers see an issue by a link. A link from before stops working.
    fn share_issue(
        &self,
        project: ProjectId,
        issue: IssueId,
        new: &NewShare,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The link stops working; `false` when there was none.
    fn stop_sharing(
        &self,
        project: ProjectId,
        issue: IssueId,
        by: UserId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// The link of an issue.
    fn share_of(&self, project: ProjectId, issue: IssueId) -> Result<Option<Share>, StoreError>;

    /// What a link shows.
    fn shared(&self, hash: &SecretHash) -> Result<Option<Share>, StoreError>;

    /// The tickets of an issue, the oldest first.
    fn tickets(&self, project: ProjectId, issue: IssueId) -> Result<Vec<Ticket>, StoreError>;

    /// Links a ticket: its address, and what it is called. `Exists` when it is linked already,
    /// `TooMany` at [`crate::limits::TICKET_COUNT_MAX`].
    fn link_ticket(
        &self,
        project: ProjectId,
        issue: IssueId,
        ticket: (&str, &str),
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Forgets that a ticket is about the issue. `Missing` when it is not.
    fn unlink_ticket(
        &self,
        project: ProjectId,
        issue: IssueId,
        ticket: i64,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Who wants to hear of an issue, at most a hundred people.
    fn subscribers(&self, project: ProjectId, issue: IssueId) -> Result<Vec<UserId>, StoreError>;

    /// Values of one tag within an issue, the most frequent first: how many of them to pass over,
    /// and how many to give; and how many there are.
    fn issue_tag_values(
        &self,
        project: ProjectId,
        issue: IssueId,
        key: &str,
        part: (usize, usize),
    ) -> Result<(Vec<IssueValue>, u64), StoreError>;

    /// Values of the tags `keys` of an issue that the project saw first in a time, both ends
    /// included.
    fn newcomers(
        &self,
        project: ProjectId,
        issue: IssueId,
        keys: &[&str],
        time: (Timestamp, Timestamp),
    ) -> Result<Vec<Newcomer>, StoreError>;

    /// When the first event of a release happened.
    fn release_began(
        &self,
        project: ProjectId,
        release: &str,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// Of the newest issues of the project those that look like `issue`, what is most like it
    /// first.
    fn alike(&self, project: ProjectId, issue: &Issue) -> Result<Vec<Alike>, StoreError>;

    /// Who deleted an issue of one of `projects`, and when, if that is still known.
    fn deleted_issue(
        &self,
        projects: &[ProjectId],
        issue: IssueId,
    ) -> Result<Option<DeletedIssue>, StoreError>;
}
