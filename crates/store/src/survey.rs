//! What happens across issues: questions of the pages about projects, releases, tags and
//! environments.

use watchpost_model::{Issue, ProjectId, Timestamp};

use crate::{Commit, Cursor, Deploy, Page, Release, StoreError, TagCount};

/// What the overview says of a project beside its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFacts {
    /// The project.
    pub project: ProjectId,
    /// Issues that were first seen since the moment of the question.
    pub new_issues: u64,
    /// Issues that somebody still has to look at.
    pub unresolved: u64,
    /// Users that were seen since then, of those that the project counts by name.
    pub users: u64,
    /// Whether there were others, which are not counted by name.
    pub has_more_users: bool,
    /// What "the next release" follows.
    pub newest_release: Option<String>,
}

/// Which releases.
#[derive(Clone, Debug, Default)]
pub struct ReleaseQuery {
    /// Of these projects.
    pub projects: Vec<ProjectId>,
    /// Their names contain this, whatever its case.
    pub contains: Option<String>,
    /// Only these.
    pub among: Option<Vec<(ProjectId, String)>>,
    /// Where to start.
    pub cursor: Option<Cursor>,
    /// How many at most; engines cap it at 100.
    pub limit: usize,
}

/// A release as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    /// The release.
    pub release: Release,
    /// The one before it, of the same package.
    pub before: Option<String>,
    /// Issues that came back in it.
    pub regressed: u64,
    /// Issues that are resolved in it, or in whatever came after the one before.
    pub resolved: u64,
    /// Commits that tools named.
    pub commits: u64,
    /// The newest of them.
    pub last_commit: Option<Commit>,
    /// Deploys that tools named.
    pub deploys: u64,
    /// The latest of them.
    pub last_deploy: Option<Deploy>,
}

/// What an issue is to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InRelease {
    /// It was the first one.
    New,
    /// It came back in it.
    Regressed,
    /// It is resolved in it.
    Resolved,
}

/// A key of tags within a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFacts {
    /// The key.
    pub key: String,
    /// Values that are counted by name.
    pub values: u64,
    /// How many events have others.
    pub others: u64,
    /// How many events have one at all.
    pub times_seen: u64,
    /// When last.
    pub last_seen: Timestamp,
    /// The most frequent values.
    pub top: Vec<TagCount>,
}

/// How many issues have each value of a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuesByValue {
    /// By value.
    pub counts: Vec<(String, u64)>,
    /// Issues that were looked at: those that were seen last.
    pub looked_at: u64,
    /// Whether there are others.
    pub is_cut: bool,
}

/// An environment of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// How many events.
    pub times_seen: u64,
    /// When last.
    pub last_seen: Timestamp,
    /// Whether people do not want it among the choices.
    pub is_hidden: bool,
}

/// See the file.
pub trait SurveyLedger: Send + Sync {
    /// What is new since then in projects, in their order.
    fn project_facts(
        &self,
        projects: &[ProjectId],
        since: Timestamp,
    ) -> Result<Vec<ProjectFacts>, StoreError>;

    /// Releases of projects, the newest first.
    fn release_rows(&self, query: &ReleaseQuery) -> Result<Page<ReleaseRow>, StoreError>;

    /// The release of that name, as a list shows it.
    fn release_row(
        &self,
        project: ProjectId,
        version: &str,
    ) -> Result<Option<ReleaseRow>, StoreError>;

    /// Issues of a release, the last seen first.
    fn issues_of_release(
        &self,
        row: &ReleaseRow,
        what: InRelease,
        limit: usize,
    ) -> Result<Vec<Issue>, StoreError>;

    /// The keys of tags of a project, by name, each with its `top` most frequent values.
    fn tag_facts(&self, project: ProjectId, top: usize) -> Result<Vec<TagFacts>, StoreError>;

    /// How many issues have each value of a tag: of the newest
    /// [`crate::limits::SURVEY_ISSUE_COUNT_MAX`] issues.
    fn issues_by_value(&self, project: ProjectId, key: &str) -> Result<IssuesByValue, StoreError>;

    /// The environments of a project, also the hidden ones, the most frequent first.
    fn environments(&self, project: ProjectId) -> Result<Vec<Environment>, StoreError>;

    /// Leaves an environment out of the choices of filters and completions, or does not any more.
    /// `Missing` when no event named it.
    fn hide_environment(
        &self,
        project: ProjectId,
        name: &str,
        is_hidden: bool,
    ) -> Result<(), StoreError>;
}
