//! What people do with issues, and what the house does with them as time goes by.

use watchpost_model::{
    Activity, Assignee, GroupingHash, IssueId, Level, Priority, ProjectId, Timestamp, Until, UserId,
};

use crate::StoreError;
use crate::limits::NAME_BYTES_MAX;

/// Who changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User(UserId),
    /// The command line, or Watchpost itself.
    System,
}

/// The name of a release or a commit as somebody writes it: one line of bytes within
/// [`NAME_BYTES_MAX`]; `None` when it is no such.
pub fn one_name(text: &str) -> Option<&str> {
    let text = text.trim();
    let fits = !text.is_empty() && text.len() <= NAME_BYTES_MAX;
    (fits && !text.contains(char::is_control)).then_some(text)
}

/// In what somebody says that an issue is fixed. Names are those of [`one_name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// In whatever runs from now on.
    Now,
    /// In this release and those after it.
    InRelease(String),
    /// In whatever comes after the newest release.
    InNextRelease,
    /// In a commit.
    InCommit {
        /// Which.
        commit: String,
        /// Of which repository.
        repository: Option<String>,
    },
}

/// What somebody does with issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Opens them again.
    Open,
    /// Resolves them.
    Resolve(Resolve),
    /// Puts them aside.
    Archive(Until),
    /// Has looked at them.
    Review,
    /// Gives them to somebody, or to nobody.
    Assign(Option<Assignee>),
    /// Says how urgent they are, for good.
    Prioritize(Priority),
    /// Remembers them for oneself, or does not any more.
    Bookmark(bool),
    /// Wants to hear of them, or does not.
    Subscribe(bool),
    /// Has seen them.
    See,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acted {
    /// The issues that are not as they were.
    pub changed: Vec<IssueId>,
    /// By which it can be undone, for a day; what concerns one person only cannot.
    pub undo: Option<i64>,
}

/// What merging did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The issue that shows all of them.
    pub into: IssueId,
    /// The others.
    pub parts: Vec<IssueId>,
    /// By which it can be undone.
    pub undo: i64,
}

/// What is to leave an issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving<'a> {
    /// Issues that were merged into it.
    pub parts: &'a [IssueId],
    /// Keys. Those that came with a part take it along when they are all that lead to it; the
    /// others of each issue get a new one, which their events follow: see [`crate::carry_out`].
    pub keys: &'a [GroupingHash],
}

/// What left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unmerged {
    /// Issues that were parts, and are on their own again.
    pub left: Vec<IssueId>,
    /// New issues, which show up once all their events are theirs.
    pub leaving: Vec<IssueId>,
    /// By which it can be undone; `None` when nothing left.
    pub undo: Option<i64>,
}

/// What an issue is to one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Personal {
    /// Whether they remembered it.
    pub is_bookmarked: bool,
    /// Whether they want to hear of it; `None`: never said.
    pub is_subscribed: Option<bool>,
    /// When they saw it last.
    pub seen: Option<Timestamp>,
}

/// A key of grouping, and the issue that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashOwner {
    /// The key.
    pub hash: GroupingHash,
    /// Its issue: another than the one that was asked about when it was merged into that.
    pub home: IssueId,
}

/// An issue that may belong to one that others were merged into: it was opened later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kin {
    /// The later one.
    pub issue: IssueId,
    /// What it is called.
    pub title: String,
    /// How often it was seen.
    pub times_seen: u64,
    /// The one that it is like.
    pub like: IssueId,
    /// Whether the titles are the same; else type and culprit are.
    pub is_title: bool,
}

/// Whether later events of forgotten issues are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forget {
    /// The next one opens a new issue.
    Delete,
    /// They are thrown away and counted.
    Discard,
}

/// A discarded issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Its id.
    pub id: i64,
    /// What the issue was called.
    pub title: String,
    /// Where it happened.
    pub culprit: String,
    /// How bad it was.
    pub level: Level,
    /// When it was discarded.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<UserId>,
    /// Events that were thrown away since.
    pub events: u64,
    /// When the last of them was received.
    pub last_seen: Option<Timestamp>,
}

/// Issues that moved by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aged {
    /// New, escalating or regressed ones that are ongoing now.
    pub ongoing: u64,
    /// Archived ones whose time is over.
    pub opened: u64,
    /// Archived ones whose limit was worked out anew.
    pub judged: u64,
}

/// What people do with issues. All of it is scoped: issues of other projects are passed over, and
/// so are those that were merged into others.
pub trait LifeLedger: Send + Sync {
    /// Does it, in one transaction, with an entry in the activity of each changed issue.
    fn act(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        action: &Action,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Acted, StoreError>;

    /// Takes back what [`LifeLedger::act`], [`LifeLedger::merge`] or [`LifeLedger::unmerge`] did;
    /// the issues that it was about. `Missing` when it is too old or was undone before.
    fn undo(
        &self,
        project: ProjectId,
        undo: i64,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError>;

    /// Shows several issues as one, the one with the most events: their past and future events
    /// are its own. `None` when fewer than two of them are there.
    fn merge(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Merged>, StoreError>;

    /// Takes out of `issue` what is not its own. `Exists` when keys of the same issue are leaving
    /// already.
    fn unmerge(
        &self,
        project: ProjectId,
        issue: IssueId,
        leaving: &Leaving<'_>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Unmerged, StoreError>;

    /// The issue that shows `issue`, and what was merged into it: where the archive has its events.
    /// Empty when there is no such issue.
    fn family(&self, project: ProjectId, issue: IssueId) -> Result<Vec<IssueId>, StoreError>;

    /// The same of several issues at once, in their order.
    fn families(
        &self,
        project: ProjectId,
        issues: &[IssueId],
    ) -> Result<Vec<Vec<IssueId>>, StoreError>;

    /// The keys that lead to an issue.
    fn hashes(&self, project: ProjectId, issue: IssueId) -> Result<Vec<HashOwner>, StoreError>;

    /// Of the newest issues of the project, those that look like one that was merged into `issue`,
    /// or like itself, the newest first; none when nothing was merged. What left it is no kin.
    fn kin(&self, project: ProjectId, issue: IssueId) -> Result<Vec<Kin>, StoreError>;

    /// What happened to an issue, the newest first, bounded.
    fn activity(&self, project: ProjectId, issue: IssueId) -> Result<Vec<Activity>, StoreError>;

    /// How many comments each of several issues has; those without any are left out.
    fn comment_counts(
        &self,
        project: ProjectId,
        issues: &[IssueId],
    ) -> Result<Vec<(IssueId, u64)>, StoreError>;

    /// Writes a comment: who, and what. `Missing` when there is no such issue.
    fn comment(
        &self,
        project: ProjectId,
        issue: IssueId,
        said: (UserId, &str),
        now: Timestamp,
    ) -> Result<Activity, StoreError>;

    /// Changes one's own comment, or deletes it when there is no text. `Missing` when it is not
    /// theirs.
    fn edit_comment(
        &self,
        project: ProjectId,
        issue: IssueId,
        comment: i64,
        said: (UserId, Option<&str>),
    ) -> Result<Option<Activity>, StoreError>;

    /// What issues are to one person; those that they never touched are left out.
    fn personal(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        user: UserId,
    ) -> Result<Vec<(IssueId, Personal)>, StoreError>;

    /// Forgets issues, whatever their age. The answer names all whose events are still in the
    /// archive, for the caller to delete.
    fn forget_issues(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        how: Forget,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError>;

    /// The discarded issues of a project, the newest first.
    fn tombstones(&self, project: ProjectId) -> Result<Vec<Tombstone>, StoreError>;

    /// Wants events of a discarded issue again. `Missing` when there is no such.
    fn delete_tombstone(&self, project: ProjectId, id: i64) -> Result<(), StoreError>;

    /// Lets issues grow old: see [`Aged`]. Forgets what can no longer be undone, and old entries
    /// of the audit log. Works in small transactions.
    fn age(&self, now: Timestamp) -> Result<Aged, StoreError>;
}

/// A release of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: i64,
    /// The project.
    pub project: ProjectId,
    /// Its name: `shop@1.2.3`.
    pub version: String,
    /// When it was released, if somebody said so.
    pub released: Option<Timestamp>,
    /// When its first event happened, or when somebody named it.
    pub first_seen: Timestamp,
    /// When its latest event happened.
    pub last_seen: Timestamp,
    /// How many events it has.
    pub events: u64,
    /// Whether it says nothing about the order of releases.
    pub is_ignored: bool,
    /// How many issues it was the first release of.
    pub new_issues: u64,
}

/// What somebody says about a release; what is not said stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReleaseChange {
    /// When it was released.
    pub released: Option<Timestamp>,
    /// Whether it says nothing about the order of releases.
    pub is_ignored: Option<bool>,
}

/// Releases: the digest finds them, people may name them.
pub trait ReleaseLedger: Send + Sync {
    /// The releases of a project whose names contain a text, whatever their case, the newest first.
    fn releases(
        &self,
        project: ProjectId,
        contains: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Release>, StoreError>;

    /// The releases of a project whose first event happened since, the newest first.
    fn releases_since(
        &self,
        project: ProjectId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, Timestamp)>, StoreError>;

    /// The release of that name.
    fn release(&self, project: ProjectId, version: &str) -> Result<Option<Release>, StoreError>;

    /// Makes a release known, or changes what is known of it. When people said something about
    /// more than [`crate::limits::RELEASE_SAID_COUNT_MAX`] of them, the oldest date is forgotten;
    /// `TooMany` when all of them are out of the order.
    fn put_release(
        &self,
        project: ProjectId,
        version: &str,
        change: &ReleaseChange,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
