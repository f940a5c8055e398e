//! What release tools tell of a release: the commits in it, and where it was deployed.

use watchpost_model::{ProjectId, Timestamp};

use crate::StoreError;

/// A commit of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// Of which repository.
    pub repository: Option<String>,
    /// Who wrote it.
    pub author_name: Option<String>,
    /// Their address.
    pub author_email: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// What it says about itself.
    pub message: String,
}

/// A deploy of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// Its id.
    pub id: i64,
    /// To where.
    pub environment: String,
    /// What it is called.
    pub name: Option<String>,
    /// Where more is said about it.
    pub url: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it was done.
    pub finished: Timestamp,
}

/// Commits and deploys.
pub trait DeployLedger: Send + Sync {
    /// Says which commits are in a release, the newest first, instead of those said before. Of too
    /// many the first [`crate::limits::COMMIT_COUNT_MAX`] are kept, and long texts are cut.
    /// `Missing` when there is no such release.
    fn put_commits(
        &self,
        project: ProjectId,
        version: &str,
        commits: &[Commit],
    ) -> Result<(), StoreError>;

    /// The commits of a release, the newest first.
    fn commits(&self, project: ProjectId, version: &str) -> Result<Vec<Commit>, StoreError>;

    /// The newest release that is older than this one and has commits, with the newest of them.
    fn before_with_commits(
        &self,
        project: ProjectId,
        version: &str,
    ) -> Result<Option<(String, Commit)>, StoreError>;

    /// Adds a deploy of a release, whatever its id says; the answer has its own. Of too many the
    /// oldest is forgotten. `Missing` when there is no such release.
    fn add_deploy(
        &self,
        project: ProjectId,
        version: &str,
        deploy: &Deploy,
    ) -> Result<Deploy, StoreError>;

    /// The deploys of a release, the latest first.
    fn deploys(&self, project: ProjectId, version: &str) -> Result<Vec<Deploy>, StoreError>;
}
