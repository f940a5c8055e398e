//! What release tools tell of a release, and ask about it: commits, deploys, repositories.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use watchpost_model::{Project, Timestamp};
use watchpost_store::limits::NAME_BYTES_MAX;
use watchpost_store::{Commit, Deploy, one_name};

use super::at::{AtOrg, AtProject};
use super::door::Door;
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging};
use super::params::JsonBody;
use super::releases::Version;
use super::view::deploy::{CommitView, DeployView};
use super::{RELEASE_READ, RELEASE_WRITE};
use crate::App;

pub(super) fn doors() -> [Door; 8] {
    let (of_org, of_project) = (
        "/api/0/organizations/{org}/releases/{version}/commits/",
        "/api/0/projects/{org}/{project}/releases/{version}/commits/",
    );
    let (deploys, deploys_of_project) = (
        "/api/0/organizations/{org}/releases/{version}/deploys/",
        "/api/0/projects/{org}/{project}/releases/{version}/deploys/",
    );
    let previous = "/api/0/organizations/{org}/releases/{version}/previous-with-commits/";
    let repos = "/api/0/organizations/{org}/repos/";
    [
        Door::get(of_org, RELEASE_READ, commits),
        Door::get(of_project, RELEASE_READ, commits_of_project),
        Door::get(previous, RELEASE_READ, previous_with_commits),
        Door::get(deploys, RELEASE_READ, list),
        Door::post(deploys, RELEASE_WRITE, add),
        Door::get(deploys_of_project, RELEASE_READ, list_of_project),
        Door::post(deploys_of_project, RELEASE_WRITE, add_of_project),
        Door::get(repos, RELEASE_READ, repositories),
    ]
}

/// A commit as tools read it from a repository. What it changed in which file is not kept.
#[derive(Deserialize)]
pub(super) struct CommitSaid {
    id: String,
    repository: Option<String>,
    author_name: Option<String>,
    author_email: Option<String>,
    timestamp: Option<String>,
    message: Option<String>,
}

/// The newest commit of a repository.
#[derive(Deserialize)]
pub(super) struct RefSaid {
    repository: Option<String>,
    commit: Option<String>,
}

/// The commits that somebody says are in a release: `None` when they say nothing about it.
pub(super) fn commits_of(
    commits: Option<&[CommitSaid]>,
    refs: Option<&[RefSaid]>,
) -> Option<Vec<Commit>> {
    if let Some(commits) = commits.filter(|commits| !commits.is_empty()) {
        return Some(commits.iter().filter_map(CommitSaid::commit).collect());
    }
    match (commits, refs) {
        (_, Some(refs)) => Some(refs.iter().filter_map(RefSaid::commit).collect()),
        (Some(_), None) => Some(Vec::new()),
        (None, None) => None,
    }
}

impl CommitSaid {
    fn commit(&self) -> Option<Commit> {
        let at = self.timestamp.as_deref().map(str::trim);
        Some(Commit {
            id: one_name(&self.id)?.to_owned(),
            repository: self.repository.clone(),
            author_name: self.author_name.clone(),
            author_email: self.author_email.clone(),
            at: at.and_then(Timestamp::parse_rfc3339),
            message: self.message.clone().unwrap_or_default(),
        })
    }
}

impl RefSaid {
    fn commit(&self) -> Option<Commit> {
        Some(Commit {
            id: one_name(self.commit.as_deref()?)?.to_owned(),
            repository: self.repository.clone(),
            ..Commit::default()
        })
    }
}

/// The commits of a release.
async fn commits(
    State(app): State<App>,
    at: AtOrg,
    Version(version): Version,
    paging: Paging,
) -> Result<Listed<CommitView>, ApiError> {
    let found = ask(&app, move |app| {
        commits_among(app, &app.ledger.projects(at.org.id)?, &version)
    });
    Ok(paging.cut(found.await?))
}

/// The same in one project.
async fn commits_of_project(
    State(app): State<App>,
    at: AtProject,
    Version(version): Version,
    paging: Paging,
) -> Result<Listed<CommitView>, ApiError> {
    let found = ask(&app, move |app| commits_among(app, &[at.project], &version));
    Ok(paging.cut(found.await?))
}

/// Those of the first project that has some: tools say the same of each.
fn commits_among(
    app: &App,
    projects: &[Project],
    version: &str,
) -> Result<Vec<CommitView>, ApiError> {
    let projects = having(app, projects, version)?;
    for project in projects {
        let commits = app.ledger.commits(project.id, version)?;
        if !commits.is_empty() {
            return Ok(commits.into_iter().map(CommitView::of).collect());
        }
    }
    Ok(Vec::new())
}

/// The projects that have the release; at least one.
fn having(app: &App, projects: &[Project], version: &str) -> Result<Vec<Project>, ApiError> {
    let mut found = Vec::new();
    for project in projects {
        if app.ledger.release(project.id, version)?.is_some() {
            found.push(project.clone());
        }
    }
    if found.is_empty() {
        return Err(ApiError::NotFound);
    }
    Ok(found)
}

/// The release before that has commits, with the newest of them: from where a tool reads on. An
/// empty object when there is none.
async fn previous_with_commits(
    State(app): State<App>,
    at: AtOrg,
    Version(version): Version,
) -> Result<Json<Value>, ApiError> {
    let found = ask(&app, move |app| {
        let all = app.ledger.projects(at.org.id)?;
        for project in having(app, &all, &version)? {
            if let Some(found) = app.ledger.before_with_commits(project.id, &version)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    });
    Ok(Json(match found.await? {
        Some((version, commit)) => json!({
            "version": version,
            "lastCommit": CommitView::of(commit),
        }),
        None => Value::Object(Map::new()),
    }))
}

/// A deploy as tools tell it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeploySaid {
    environment: String,
    name: Option<String>,
    url: Option<String>,
    date_started: Option<Timestamp>,
    date_finished: Option<Timestamp>,
    #[serde(default)]
    projects: Vec<String>,
}

impl DeploySaid {
    fn deploy(&self, now: Timestamp) -> Result<Deploy, ApiError> {
        let problem = || {
            let max = NAME_BYTES_MAX;
            ApiError::Invalid(format!("`environment` is a line of 1 to {max} bytes."))
        };
        Ok(Deploy {
            id: 0,
            environment: one_name(&self.environment).ok_or_else(problem)?.to_owned(),
            name: self.name.clone(),
            url: self.url.clone(),
            started: self.date_started,
            finished: self.date_finished.unwrap_or(now),
        })
    }
}

/// Notes that a release was deployed, in the projects that have it, or those of them it names.
async fn add(
    State(app): State<App>,
    at: AtOrg,
    Version(version): Version,
    JsonBody(said): JsonBody<DeploySaid>,
) -> Result<(StatusCode, Json<DeployView>), ApiError> {
    let done = ask(&app, move |app| {
        let mut projects = app.ledger.projects(at.org.id)?;
        if !said.projects.is_empty() {
            projects.retain(|project| {
                let id = project.id.to_string();
                said.projects
                    .iter()
                    .any(|name| *name == project.slug || *name == id)
            });
        }
        add_to(app, &projects, &version, &said)
    });
    done.await
}

/// The same in one project.
async fn add_of_project(
    State(app): State<App>,
    at: AtProject,
    Version(version): Version,
    JsonBody(said): JsonBody<DeploySaid>,
) -> Result<(StatusCode, Json<DeployView>), ApiError> {
    let done = ask(&app, move |app| add_to(app, &[at.project], &version, &said));
    done.await
}

fn add_to(
    app: &App,
    projects: &[Project],
    version: &str,
    said: &DeploySaid,
) -> Result<(StatusCode, Json<DeployView>), ApiError> {
    let deploy = said.deploy(app.clock.now())?;
    let mut first = None;
    for project in having(app, projects, version)? {
        let added = app.ledger.add_deploy(project.id, version, &deploy)?;
        first.get_or_insert(added);
    }
    let added = first.ok_or(ApiError::NotFound)?;
    Ok((StatusCode::CREATED, Json(DeployView::of(added))))
}

/// The deploys of a release.
async fn list(
    State(app): State<App>,
    at: AtOrg,
    Version(version): Version,
    paging: Paging,
) -> Result<Listed<DeployView>, ApiError> {
    let found = ask(&app, move |app| {
        deploys_among(app, &app.ledger.projects(at.org.id)?, &version)
    });
    Ok(paging.cut(found.await?))
}

/// The same in one project.
async fn list_of_project(
    State(app): State<App>,
    at: AtProject,
    Version(version): Version,
    paging: Paging,
) -> Result<Listed<DeployView>, ApiError> {
    let found = ask(&app, move |app| deploys_among(app, &[at.project], &version));
    Ok(paging.cut(found.await?))
}

/// Each once: a deploy of several projects is told of each.
fn deploys_among(
    app: &App,
    projects: &[Project],
    version: &str,
) -> Result<Vec<DeployView>, ApiError> {
    let mut all: Vec<Deploy> = Vec::new();
    for project in having(app, projects, version)? {
        for deploy in app.ledger.deploys(project.id, version)? {
            let is_same = |known: &Deploy| {
                let id = deploy.id;
                Deploy {
                    id,
                    ..known.clone()
                } == deploy
            };
            if !all.iter().any(is_same) {
                all.push(deploy);
            }
        }
    }
    all.sort_by_key(|deploy| std::cmp::Reverse((deploy.finished, deploy.id)));
    Ok(all.into_iter().map(DeployView::of).collect())
}

/// No repository is connected: tools read commits from the one that they run in.
async fn repositories(_: AtOrg) -> Json<[(); 0]> {
    Json([])
}
