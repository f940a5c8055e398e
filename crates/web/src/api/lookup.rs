//! From the names that people have at hand to the rows: short ids and event ids.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Serialize;
use serde_json::Value;
use watchpost_model::{EventId, Project, ProjectId};

use super::at::{self, AtOrg, find_issue};
use super::error::{ApiError, ask};
use super::view::issue::IssueView;
use super::{events, issue_facts};
use crate::App;

/// The last text of the path.
pub(super) struct Name(String);

impl FromRequestParts<App> for Name {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "name").await.map(Self)
    }
}

/// Where a short id leads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShortIdView {
    organization_slug: String,
    project_slug: String,
    group_id: String,
    short_id: String,
    group: IssueView,
}

/// Where an event id leads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventIdView {
    organization_slug: String,
    project_slug: String,
    group_id: String,
    event_id: String,
    event: Value,
}

/// `GET …/shortids/{WEB-1}/`.
pub(super) async fn short_id(
    State(app): State<App>,
    at: AtOrg,
    Name(name): Name,
) -> Result<Json<ShortIdView>, ApiError> {
    let found = ask(&app, move |app| {
        let found = find_issue(&*app.ledger, &at.org, &name)?;
        let (project, issue) = found.ok_or(ApiError::NotFound)?;
        let people = issue_facts::people(app, at.org.id)?;
        let by = (at.caller.user.id, &people);
        Ok(ShortIdView {
            group_id: issue.id.to_string(),
            short_id: issue.short_id(&project.slug).to_string(),
            group: issue_facts::view(app, &at.org, &project, issue, by)?,
            organization_slug: at.org.slug,
            project_slug: project.slug,
        })
    });
    Ok(Json(found.await?))
}

/// `GET …/eventids/{event}/`: 404 until the event is digested, so that a client can wait for it.
pub(super) async fn event_id(
    State(app): State<App>,
    at: AtOrg,
    Name(name): Name,
) -> Result<Json<EventIdView>, ApiError> {
    let id: EventId = name.parse().map_err(|_| ApiError::NotFound)?;
    let found = ask(&app, move |app| {
        let projects = app.ledger.projects(at.org.id)?;
        let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let homes = app.archive.find(&ids, id)?;
        let (home, issue) = homes.first().copied().ok_or(ApiError::NotFound)?;
        if !app.has_issue(home, issue)? {
            return Err(ApiError::NotFound);
        }
        let stored = app.archive.event(home, id)?.ok_or(ApiError::NotFound)?;
        let is_home = |project: &Project| project.id == home;
        let project = projects
            .into_iter()
            .find(is_home)
            .ok_or(ApiError::NotFound)?;
        let family = app.family(home, stored.issue)?;
        let shown = family.first().copied().unwrap_or(stored.issue);
        Ok(EventIdView {
            organization_slug: at.org.slug,
            project_slug: project.slug,
            group_id: shown.to_string(),
            event_id: id.to_string(),
            event: events::json(app, stored)?,
        })
    });
    Ok(Json(found.await?))
}
