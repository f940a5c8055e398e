//! Releases.

use serde::Serialize;
use serde_json::{Value, json};
use watchpost_model::{Project, Timestamp, version};
use watchpost_store::ReleaseRow;

use super::deploy::{CommitView, DeployView};
use super::project::ProjectRef;

/// A release of one or several projects.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct ReleaseView {
    id: String,
    version: String,
    short_version: String,
    version_info: Value,
    status: &'static str,
    date_created: Timestamp,
    date_released: Option<Timestamp>,
    first_event: Option<Timestamp>,
    last_event: Option<Timestamp>,
    new_groups: u64,
    event_count: u64,
    is_ignored_for_ordering: bool,
    projects: Vec<ProjectRef>,
    commit_count: u64,
    deploy_count: u64,
    last_commit: Option<CommitView>,
    last_deploy: Option<DeployView>,
    authors: [(); 0],
}

impl ReleaseView {
    /// Of one project.
    pub(in crate::api) fn of(row: ReleaseRow, project: &Project) -> Self {
        let release = row.release;
        let parsed = version::Release::parse(&release.version);
        let has_events = release.events > 0;
        Self {
            id: release.id.to_string(),
            short_version: parsed.version.to_owned(),
            version_info: json!({
                "package": Some(parsed.package).filter(|package| !package.is_empty()),
                "version": { "raw": parsed.version },
                "description": parsed.version,
                "buildHash": null,
            }),
            status: "open",
            date_created: release.first_seen,
            date_released: release.released,
            first_event: has_events.then_some(release.first_seen),
            last_event: has_events.then_some(release.last_seen),
            new_groups: release.new_issues,
            event_count: release.events,
            is_ignored_for_ordering: release.is_ignored,
            projects: vec![ProjectRef::of(project)],
            commit_count: row.commits,
            deploy_count: row.deploys,
            last_commit: row.last_commit.map(CommitView::of),
            last_deploy: row.last_deploy.map(DeployView::of),
            authors: [],
            version: release.version,
        }
    }

    /// The same release of another project: one release to whoever asks.
    pub(in crate::api) fn join(&mut self, other: Self) {
        self.projects.extend(other.projects);
        self.date_created = self.date_created.min(other.date_created);
        self.date_released = self.date_released.max(other.date_released);
        self.first_event = match (self.first_event, other.first_event) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.last_event = self.last_event.max(other.last_event);
        self.new_groups += other.new_groups;
        self.event_count += other.event_count;
        // Tools say the same of each project.
        self.commit_count = self.commit_count.max(other.commit_count);
        self.deploy_count = self.deploy_count.max(other.deploy_count);
        self.last_commit = self.last_commit.take().or(other.last_commit);
        let deploys = [self.last_deploy.take(), other.last_deploy].into_iter();
        self.last_deploy = deploys.flatten().max_by_key(DeployView::order);
    }

    /// What lists are in the order of, the newest first.
    pub(in crate::api) fn date(&self) -> Timestamp {
        self.date_released.unwrap_or(self.date_created)
    }

    /// Its name.
    pub(in crate::api) fn version(&self) -> &str {
        &self.version
    }
}
