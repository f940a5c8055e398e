//! `/api/0/projects/{org}/{project}/environments/`: where the events of a project come from, and
//! which of these places people do not want among the choices.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};
use watchpost_model::ProjectId;
use watchpost_store::Environment;

use super::at::{self, AtProject};
use super::door::Door;
use super::error::{ApiError, ask};
use super::params::{JsonBody, Params};
use super::{PROJECT_READ, PROJECT_WRITE};
use crate::{App, audit};

pub(super) fn doors() -> [Door; 3] {
    let (all, one) = (
        "/api/0/projects/{org}/{project}/environments/",
        "/api/0/projects/{org}/{project}/environments/{environment}/",
    );
    [
        Door::get(all, PROJECT_READ, list),
        Door::get(one, PROJECT_READ, show),
        Door::put(one, PROJECT_WRITE, update),
    ]
}

/// The environment that a path names.
struct Name(String);

impl FromRequestParts<App> for Name {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "environment").await.map(Self)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    is_hidden: bool,
}

fn view(environment: &Environment) -> Value {
    json!({
        "id": environment.name,
        "name": environment.name,
        "isHidden": environment.is_hidden,
    })
}

/// The visible ones, unless `visibility=` says `hidden` or `all`.
async fn list(
    State(app): State<App>,
    at: AtProject,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let wanted = match params.first("visibility") {
        None | Some("visible") => Some(false),
        Some("hidden") => Some(true),
        Some("all") => None,
        Some(_) => {
            let problem = "`visibility` is visible, hidden or all.";
            return Err(ApiError::Invalid(problem.to_owned()));
        }
    };
    let found = ask(&app, move |app| {
        Ok(app.ledger.environments(at.project.id)?)
    });
    let mut found = found.await?;
    found.retain(|one| wanted.is_none_or(|wanted| one.is_hidden == wanted));
    Ok(Json(found.iter().map(view).collect()))
}

async fn show(
    State(app): State<App>,
    at: AtProject,
    Name(name): Name,
) -> Result<Json<Value>, ApiError> {
    let found = ask(&app, move |app| find(app, at.project.id, &name));
    Ok(Json(found.await?))
}

fn find(app: &App, project: ProjectId, name: &str) -> Result<Value, ApiError> {
    let all = app.ledger.environments(project)?;
    let found = all.iter().find(|one| one.name == name);
    found.map(view).ok_or(ApiError::NotFound)
}

/// Hides it, or shows it again.
async fn update(
    State(app): State<App>,
    at: AtProject,
    Name(name): Name,
    JsonBody(said): JsonBody<Said>,
) -> Result<Json<Value>, ApiError> {
    let (project, is_hidden, hidden) = (at.project.id, said.is_hidden, name.clone());
    let (before, after) = ask(&app, move |app| {
        let before = find(app, project, &name)?;
        app.ledger.hide_environment(project, &name, is_hidden)?;
        Ok((before, find(app, project, &name)?))
    })
    .await?;
    if before != after {
        let by = at.caller.user.id;
        audit::environment_hidden(&app, &at.project, &hidden, is_hidden, by).await;
    }
    Ok(Json(after))
}
