//! The transactional half, one trait per noun; [`Ledger`] is all of them.
//!
//! Every question takes its scope (organization, project) as a typed argument: the right id in a
//! wrong project finds nothing.

use watchpost_model::{
    Applied, EventId, Issue, IssueId, Key, KeyId, OrgId, Organization, Project, ProjectId, Quota,
    Scope, Status, Timestamp, Token, TokenId, User, UserId,
};

use crate::search::ast::Expr;
use crate::{
    Actor, AuditLedger, Candidate, Cleanup, CleanupReport, DashboardLedger, Filing, Footing,
    IssueQuery, LifeLedger, MemberLedger, OutcomeLedger, OutsideLedger, Owners, OwnershipLedger,
    Page, ReleaseLedger, RulesLedger, SavedLedger, SessionLedger, SplitLedger, StoreError,
    TabCounts, TeamLedger, TrashLedger, TwoFactorLedger, Unkept, Unowned, UpkeepLedger,
};

/// SHA-256 of a secret that only its owner has: session cookie, API token, one-time link.
pub type SecretHash = [u8; 32];

/// Everything transactional.
pub trait Ledger:
    OrgLedger
    + ProjectLedger
    + KeyLedger
    + UserLedger
    + SessionLedger
    + TwoFactorLedger
    + MemberLedger
    + AuditLedger
    + TeamLedger
    + SavedLedger
    + DashboardLedger
    + IssuesLedger
    + OutcomeLedger
    + RulesLedger
    + OwnershipLedger
    + UpkeepLedger
{
    /// Checks the files as far as the engine can; the list names every damage found.
    fn check(&self) -> Result<Vec<String>, StoreError>;

    /// Writes without changing anything: whether the engine takes writes at the moment.
    fn probe(&self) -> Result<(), StoreError>;

    /// The first damage that was met since the start, without looking for more. Cheap.
    fn damage(&self) -> Option<String> {
        None
    }

    /// Whether it still stands on its files. Cheap: asked before the digest lets go of anything.
    fn footing(&self) -> Footing {
        Footing::default()
    }
}

/// All about issues.
pub trait IssuesLedger:
    IssueLedger + LifeLedger + TrashLedger + SplitLedger + ReleaseLedger + OutsideLedger
{
}
impl<T> IssuesLedger for T where
    T: IssueLedger + LifeLedger + TrashLedger + SplitLedger + ReleaseLedger + OutsideLedger
{
}

/// Organizations.
pub trait OrgLedger: Send + Sync {
    /// Creates an organization.
    fn create_org(
        &self,
        slug: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<Organization, StoreError>;

    /// All organizations, by id.
    fn orgs(&self) -> Result<Vec<Organization>, StoreError>;

    /// Changes slug and name to those of `org`.
    fn update_org(&self, org: &Organization) -> Result<(), StoreError>;

    /// The organization of that slug.
    fn org(&self, slug: &str) -> Result<Option<Organization>, StoreError>;
}

/// What a new project needs.
#[derive(Clone, Debug)]
pub struct NewProject<'a> {
    /// To whom it belongs.
    pub org: OrgId,
    /// Its name in URLs: `[a-z0-9-]`, checked by the caller.
    pub slug: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// `python`, … or nothing.
    pub platform: Option<&'a str>,
}

/// Projects.
pub trait ProjectLedger: Send + Sync {
    /// Creates a project, without a key. Web origins: all allowed.
    fn create_project(&self, new: &NewProject<'_>, now: Timestamp) -> Result<Project, StoreError>;

    /// The projects of an organization, by slug.
    fn projects(&self, org: OrgId) -> Result<Vec<Project>, StoreError>;

    /// The project of that slug.
    fn project(&self, org: OrgId, slug: &str) -> Result<Option<Project>, StoreError>;

    /// The project of that id. For the gates, whose requests carry it.
    fn project_by_id(&self, id: ProjectId) -> Result<Option<Project>, StoreError>;

    /// Changes slug, name, platform, allowed origins, quotas, spike protection and retention to
    /// those of `project`.
    fn update_project(&self, project: &Project) -> Result<(), StoreError>;
}

/// What a new key needs. The caller draws both halves at random.
#[derive(Clone, Debug)]
pub struct NewKey<'a> {
    /// The project.
    pub project: ProjectId,
    /// What people call it.
    pub label: &'a str,
    /// 32 lower-case hex digits, unique.
    pub public: &'a str,
    /// 32 lower-case hex digits, unique.
    pub secret: &'a str,
}

/// Client keys.
pub trait KeyLedger: Send + Sync {
    /// Creates an active key.
    fn create_key(&self, new: &NewKey<'_>, now: Timestamp) -> Result<Key, StoreError>;

    /// The keys of a project, by id.
    fn keys(&self, project: ProjectId) -> Result<Vec<Key>, StoreError>;

    /// All keys of all projects: what the gates hold in memory.
    fn all_keys(&self) -> Result<Vec<Key>, StoreError>;

    /// Switches a key on or off.
    fn set_key_active(
        &self,
        project: ProjectId,
        key: KeyId,
        active: bool,
    ) -> Result<(), StoreError>;

    /// Sets how much may be sent with a key.
    fn set_key_quotas(
        &self,
        project: ProjectId,
        key: KeyId,
        quotas: &[Quota],
    ) -> Result<(), StoreError>;

    /// Deletes a key: clients that use it are refused, and nothing brings it back.
    fn delete_key(&self, project: ProjectId, key: KeyId) -> Result<(), StoreError>;

    /// A number that grows whenever a key or a project changed, by this process or another. Cheap:
    /// the gates ask before they refuse a key they do not know.
    fn key_generation(&self) -> Result<u64, StoreError>;
}

/// What a new user needs.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// Their address, lower case, unique.
    pub email: &'a str,
    /// What they are called.
    pub name: &'a str,
    /// An Argon2 hash in PHC form; the store never sees a password.
    pub password_hash: &'a str,
}

/// What a new token needs.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// In whose name it acts.
    pub user: UserId,
    /// What people call it.
    pub label: &'a str,
    /// SHA-256 of the token.
    pub hash: SecretHash,
    /// Its last four characters.
    pub last_four: &'a str,
    /// What it may do.
    pub scopes: &'a [Scope],
}

/// People, their tokens and one-time links.
pub trait UserLedger: Send + Sync {
    /// Creates a user.
    fn create_user(&self, new: &NewUser<'_>, now: Timestamp) -> Result<User, StoreError>;

    /// All users, by id.
    fn users(&self) -> Result<Vec<User>, StoreError>;

    /// The user of that id.
    fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user of that address, with the password hash.
    fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, StoreError>;

    /// Changes name and address. [`StoreError::Exists`] when another user has the address.
    fn update_user(&self, user: &User) -> Result<(), StoreError>;

    /// Sets the password hash and ends all sessions of the user.
    fn set_password(&self, user: UserId, password_hash: &str) -> Result<(), StoreError>;

    /// Creates an API token.
    fn create_token(&self, new: &NewToken<'_>, now: Timestamp) -> Result<Token, StoreError>;

    /// The token of that hash and its user.
    fn token(&self, hash: &SecretHash) -> Result<Option<(Token, User)>, StoreError>;

    /// The tokens of a user, by id.
    fn tokens(&self, user: UserId) -> Result<Vec<Token>, StoreError>;

    /// Deletes a token of a user.
    fn delete_token(&self, user: UserId, token: TokenId) -> Result<(), StoreError>;

    /// Keeps the hash of a one-time link that creates a user. Older links stop working.
    fn put_setup_link(&self, hash: SecretHash, expires: Timestamp) -> Result<(), StoreError>;

    /// Whether that link would still work at `now`.
    fn setup_link_valid(&self, hash: &SecretHash, now: Timestamp) -> Result<bool, StoreError>;

    /// Uses up a one-time link and creates the user, an owner of every organization there is.
    /// `Missing`: unknown, used or too old.
    fn use_setup_link(
        &self,
        hash: &SecretHash,
        new: &NewUser<'_>,
        now: Timestamp,
    ) -> Result<User, StoreError>;
}

/// How often a value of a tag was seen in an issue or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagCount {
    /// The key: a tag, or `logger`, `server_name`, `site`, `release`, `environment`, `url`, `user`.
    pub key: String,
    /// The value.
    pub value: String,
    /// How many events.
    pub times_seen: u64,
    /// When last.
    pub last_seen: Timestamp,
}

/// How many issues of a project are in each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// Still open.
    pub unresolved: u64,
    /// Done.
    pub resolved: u64,
    /// Put aside.
    pub archived: u64,
}

/// Issues.
pub trait IssueLedger: Send + Sync {
    /// Files a batch of events, in one transaction, synced before it returns: finds or creates
    /// their issues, counts events and outcomes, reopens what was resolved. Idempotent by
    /// (project, event id): an event that was filed before comes back as
    /// [`watchpost_model::Change::Duplicate`] with the issue it is in. The answer has one entry
    /// per event, in order.
    ///
    /// The ledger remembers which events it counted until it is told that the archive has them:
    /// `settled` are events of earlier calls that have been kept since. From then on
    /// [`Filing::known`] tells that they were counted.
    ///
    /// An issue that `owners` did not judge in their present version gets the owners of its next
    /// event, and an assignee if nobody ever had it.
    fn apply_owned(
        &self,
        filings: &[Filing],
        settled: &[(ProjectId, EventId)],
        owners: &dyn Owners,
    ) -> Result<Vec<Applied>, StoreError>;

    /// The same where nobody owns anything.
    fn apply(
        &self,
        filings: &[Filing],
        settled: &[(ProjectId, EventId)],
    ) -> Result<Vec<Applied>, StoreError> {
        self.apply_owned(filings, settled, &Unowned)
    }

    /// Counts filed events that the archive cannot take `quarantined` instead of `accepted`, for
    /// [`crate::UNKEPT_REASON`], in one transaction. Each is counted so once, however often it is
    /// told, until it is settled: then the archive has it after all, and it counts as accepted
    /// again. Its issue has it all the while.
    fn count_unkept(&self, unkept: &[Unkept]) -> Result<(), StoreError>;

    /// The projects that have issues with grouping keys of that version.
    fn projects_of_version(&self, version: u16) -> Result<Vec<ProjectId>, StoreError>;

    /// Issues of some projects in one order, not by what only events know. See the builder,
    /// [`crate::Issues`].
    fn find_issues(&self, query: &IssueQuery) -> Result<Page<Issue>, StoreError>;

    /// The same, and what of `ask` fits each of them: [`crate::search::look`] opens their events.
    fn candidates(&self, query: &IssueQuery, ask: &[Expr]) -> Result<Page<Candidate>, StoreError>;

    /// How many issues each tab of a list has: `query` says which issues, but for their state.
    /// Engines look at [`crate::limits::TAB_ISSUE_COUNT_MAX`] issues of each status at most, those
    /// that were seen last, and say so.
    fn count_tabs(&self, query: &IssueQuery) -> Result<TabCounts, StoreError>;

    /// One issue; of one that was merged into another, that other.
    fn issue(&self, project: ProjectId, id: IssueId) -> Result<Option<Issue>, StoreError>;

    /// The issue of that number within the project, as [`IssueLedger::issue`].
    fn issue_by_number(&self, project: ProjectId, number: u64)
    -> Result<Option<Issue>, StoreError>;

    /// In which of `projects` the issue is.
    fn issue_project(
        &self,
        projects: &[ProjectId],
        id: IssueId,
    ) -> Result<Option<ProjectId>, StoreError>;

    /// Sets the status of those of `issues` that are in the project: resolved from now on, archived
    /// until they escalate. Returns the ones that changed. More is [`LifeLedger::act`].
    fn set_status(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        status: Status,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError>;

    /// How many issues are in each status.
    fn status_counts(&self, project: ProjectId) -> Result<StatusCounts, StoreError>;

    /// Events per hour of an issue, the hours that have any, oldest first.
    fn hourly(
        &self,
        project: ProjectId,
        issue: IssueId,
        since: Timestamp,
    ) -> Result<Vec<(Timestamp, u64)>, StoreError>;

    /// Events per hour of several issues at once, for the charts of a list.
    fn hourly_many(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        since: Timestamp,
    ) -> Result<Vec<(IssueId, Timestamp, u64)>, StoreError>;

    /// Values of tags within an issue, keys in order, the most frequent value first, at most
    /// `limit` values per key.
    fn issue_tags(
        &self,
        project: ProjectId,
        issue: IssueId,
        limit: usize,
    ) -> Result<Vec<TagCount>, StoreError>;

    /// How many different values a tag has in each of several issues: how many users were hit.
    /// Engines may stop counting at a thousand. Issues without the tag are left out.
    fn value_counts(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        key: &str,
    ) -> Result<Vec<(IssueId, u64)>, StoreError>;

    /// The tags of a project's events, by key, with empty values and the counts of all values.
    fn tag_keys(&self, project: ProjectId) -> Result<Vec<TagCount>, StoreError>;

    /// Values of one tag within the project, the most frequent first: the choices of a filter.
    fn tag_values(
        &self,
        project: ProjectId,
        key: &str,
        limit: usize,
    ) -> Result<Vec<TagCount>, StoreError>;

    /// Forgets issues. Their events are the archive's to forget.
    fn cleanup(&self, what: &Cleanup<'_>) -> Result<CleanupReport, StoreError>;
}
