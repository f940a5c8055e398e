//! `/api/0/organizations/{org}/releases/`, and the same of one project: the releases that events
//! named, or somebody. Commits and deploys: `deploys`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use watchpost_model::{Project, Timestamp};
use watchpost_store::{ReleaseChange, ReleaseQuery, one_name};

use super::at::{self, AtOrg, AtProject};
use super::deploys::{CommitSaid, RefSaid, commits_of};
use super::error::{ApiError, ask};
use super::issues::chosen;
use super::params::{FileBody, Params};
use super::view::release::ReleaseView;
use crate::App;

/// Releases of one answer.
const ROW_COUNT_MAX: usize = 100;

/// The release that a path names.
pub(super) struct Version(pub(super) String);

impl FromRequestParts<App> for Version {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "version").await.map(Self)
    }
}

/// What somebody says about a release. Other fields are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said {
    version: Option<String>,
    #[serde(default)]
    projects: Vec<String>,
    date_released: Option<Timestamp>,
    is_ignored_for_ordering: Option<bool>,
    commits: Option<Vec<CommitSaid>>,
    refs: Option<Vec<RefSaid>>,
}

impl Said {
    fn change(&self) -> ReleaseChange {
        ReleaseChange {
            released: self.date_released,
            is_ignored: self.is_ignored_for_ordering,
        }
    }

    /// Keeps what is said of the release in a project.
    fn keep(&self, app: &App, project: &Project, version: &str) -> Result<(), ApiError> {
        let (ledger, now) = (&app.ledger, app.clock.now());
        ledger.put_release(project.id, version, &self.change(), now)?;
        if let Some(commits) = commits_of(self.commits.as_deref(), self.refs.as_deref()) {
            ledger.put_commits(project.id, version, &commits)?;
        }
        Ok(())
    }
}

/// The newest releases of the projects that `project=` names, or of all; those that contain
/// `query=`.
pub(super) async fn list(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<Vec<ReleaseView>>, ApiError> {
    let projects = chosen(&app, &at.org, &params).await?;
    list_of(&app, projects, &params).await
}

/// Those of one project.
pub(super) async fn list_of_project(
    State(app): State<App>,
    at: AtProject,
    params: Params,
) -> Result<Json<Vec<ReleaseView>>, ApiError> {
    list_of(&app, vec![at.project], &params).await
}

async fn list_of(
    app: &App,
    projects: Vec<Project>,
    params: &Params,
) -> Result<Json<Vec<ReleaseView>>, ApiError> {
    let contains = params.first("query").map(str::to_owned);
    let found = ask(app, move |app| {
        let mut releases: BTreeMap<String, ReleaseView> = BTreeMap::new();
        for project in &projects {
            let query = ReleaseQuery {
                projects: vec![project.id],
                contains: contains.clone(),
                limit: ROW_COUNT_MAX,
                ..ReleaseQuery::default()
            };
            for row in app.ledger.release_rows(&query)?.rows {
                let view = ReleaseView::of(row, project);
                match releases.get_mut(view.version()) {
                    Some(known) => known.join(view),
                    None => {
                        releases.insert(view.version().to_owned(), view);
                    }
                }
            }
        }
        Ok(releases)
    });
    let mut releases: Vec<ReleaseView> = found.await?.into_values().collect();
    releases.sort_by_key(|release| std::cmp::Reverse(release.date()));
    releases.truncate(ROW_COUNT_MAX);
    Ok(Json(releases))
}

/// One release, of all projects that have it.
pub(super) async fn show(
    State(app): State<App>,
    at: AtOrg,
    Version(version): Version,
) -> Result<Json<ReleaseView>, ApiError> {
    let found = ask(&app, move |app| {
        find(app, &app.ledger.projects(at.org.id)?, &version)
    });
    found.await?.map(Json).ok_or(ApiError::NotFound)
}

/// One release of one project.
pub(super) async fn show_of_project(
    State(app): State<App>,
    at: AtProject,
    Version(version): Version,
) -> Result<Json<ReleaseView>, ApiError> {
    let found = ask(&app, move |app| find(app, &[at.project], &version));
    found.await?.map(Json).ok_or(ApiError::NotFound)
}

fn find(app: &App, projects: &[Project], version: &str) -> Result<Option<ReleaseView>, ApiError> {
    let mut found: Option<ReleaseView> = None;
    for project in projects {
        let Some(row) = app.ledger.release_row(project.id, version)? else {
            continue;
        };
        let view = ReleaseView::of(row, project);
        match &mut found {
            Some(known) => known.join(view),
            None => found = Some(view),
        }
    }
    Ok(found)
}

/// Makes a release known to projects; 208 when it was.
pub(super) async fn create(
    State(app): State<App>,
    at: AtOrg,
    FileBody(said): FileBody<Said>,
) -> Result<Response, ApiError> {
    let done = ask(&app, move |app| {
        let all = app.ledger.projects(at.org.id)?;
        let projects = named(&all, &said.projects)?;
        make(app, (&projects, &all), &said)
    });
    done.await
}

/// Makes a release known to one project.
pub(super) async fn create_of_project(
    State(app): State<App>,
    at: AtProject,
    FileBody(said): FileBody<Said>,
) -> Result<Response, ApiError> {
    let done = ask(&app, move |app| {
        let projects = [at.project];
        make(app, (&projects, &projects), &said)
    });
    done.await
}

/// Keeps it for some projects; the answer says what `all` have of it.
fn make(
    app: &App,
    (projects, all): (&[Project], &[Project]),
    said: &Said,
) -> Result<Response, ApiError> {
    let version = said.version.as_deref().and_then(one_name);
    let problem = || ApiError::Invalid("`version` is a line of 1 to 250 bytes.".to_owned());
    let version = version.ok_or_else(problem)?;
    let was_known = find(app, all, version)?.is_some();
    for project in projects {
        said.keep(app, project, version)?;
    }
    let status = if was_known {
        StatusCode::ALREADY_REPORTED
    } else {
        StatusCode::CREATED
    };
    let release = find(app, all, version)?.ok_or(ApiError::NotFound)?;
    Ok((status, Json(release)).into_response())
}

/// The projects of those names; all must be there.
fn named(all: &[Project], names: &[String]) -> Result<Vec<Project>, ApiError> {
    let mut found = Vec::new();
    for name in names {
        let is_named =
            |project: &&Project| project.slug == *name || project.id.to_string() == *name;
        let project = all.iter().find(is_named);
        found.push(
            project
                .cloned()
                .ok_or_else(|| ApiError::Invalid(format!("There is no project `{name}`.")))?,
        );
    }
    if found.is_empty() {
        let problem = "`projects` names the projects of the release.";
        return Err(ApiError::Invalid(problem.to_owned()));
    }
    Ok(found)
}

/// Changes what is known of a release.
pub(super) async fn update(
    State(app): State<App>,
    at: AtOrg,
    Version(version): Version,
    FileBody(said): FileBody<Said>,
) -> Result<Json<ReleaseView>, ApiError> {
    let done = ask(&app, move |app| {
        change(app, &app.ledger.projects(at.org.id)?, &version, &said)
    });
    done.await
}

/// Changes what is known of a release of one project.
pub(super) async fn update_of_project(
    State(app): State<App>,
    at: AtProject,
    Version(version): Version,
    FileBody(said): FileBody<Said>,
) -> Result<Json<ReleaseView>, ApiError> {
    let done = ask(&app, move |app| change(app, &[at.project], &version, &said));
    done.await
}

fn change(
    app: &App,
    projects: &[Project],
    version: &str,
    said: &Said,
) -> Result<Json<ReleaseView>, ApiError> {
    for project in projects {
        if app.ledger.release(project.id, version)?.is_some() {
            said.keep(app, project, version)?;
        }
    }
    find(app, projects, version)?
        .map(Json)
        .ok_or(ApiError::NotFound)
}
