//! `/api/0/organizations/{org}/releases/`: the releases that events named, or somebody.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use watchpost_model::{Organization, Project, Timestamp};
use watchpost_store::{ReleaseChange, one_name};

use super::at::{self, AtOrg};
use super::error::{ApiError, ask};
use super::issues::chosen;
use super::params::{JsonBody, Params};
use super::view::release::ReleaseView;
use crate::App;

/// Releases of one answer.
const ROW_COUNT_MAX: usize = 100;

/// The release that a path names.
pub(super) struct Version(String);

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
}

impl Said {
    fn change(&self) -> ReleaseChange {
        ReleaseChange {
            released: self.date_released,
            is_ignored: self.is_ignored_for_ordering,
        }
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
    let contains = params.first("query").map(str::to_owned);
    let found = ask(&app, move |app| {
        let mut releases: BTreeMap<String, ReleaseView> = BTreeMap::new();
        for project in &projects {
            let ledger = &app.ledger;
            for release in ledger.releases(project.id, contains.as_deref(), ROW_COUNT_MAX)? {
                let view = ReleaseView::of(release, project);
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
    let found = ask(&app, move |app| find(app, &at.org, &version));
    found.await?.map(Json).ok_or(ApiError::NotFound)
}

fn find(app: &App, org: &Organization, version: &str) -> Result<Option<ReleaseView>, ApiError> {
    let mut found: Option<ReleaseView> = None;
    for project in app.ledger.projects(org.id)? {
        let Some(release) = app.ledger.release(project.id, version)? else {
            continue;
        };
        let view = ReleaseView::of(release, &project);
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
    JsonBody(said): JsonBody<Said>,
) -> Result<Response, ApiError> {
    let version = said.version.as_deref().and_then(one_name);
    let problem = || ApiError::Invalid("`version` is a line of 1 to 250 bytes.".to_owned());
    let version = version.ok_or_else(problem)?.to_owned();
    let done = ask(&app, move |app| {
        let projects = named(app, &at.org, &said.projects)?;
        let was_known = find(app, &at.org, &version)?.is_some();
        for project in projects {
            let now = app.clock.now();
            app.ledger
                .put_release(project.id, &version, &said.change(), now)?;
        }
        Ok((was_known, find(app, &at.org, &version)?))
    });
    let (was_known, release) = done.await?;
    let status = if was_known {
        StatusCode::ALREADY_REPORTED
    } else {
        StatusCode::CREATED
    };
    let release = release.ok_or(ApiError::NotFound)?;
    Ok((status, Json(release)).into_response())
}

/// The projects of those names; all must be there.
fn named(app: &App, org: &Organization, names: &[String]) -> Result<Vec<Project>, ApiError> {
    let all = app.ledger.projects(org.id)?;
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
    JsonBody(said): JsonBody<Said>,
) -> Result<Json<ReleaseView>, ApiError> {
    let done = ask(&app, move |app| {
        for project in app.ledger.projects(at.org.id)? {
            if app.ledger.release(project.id, &version)?.is_some() {
                let now = app.clock.now();
                app.ledger
                    .put_release(project.id, &version, &said.change(), now)?;
            }
        }
        find(app, &at.org, &version)
    });
    done.await?.map(Json).ok_or(ApiError::NotFound)
}
