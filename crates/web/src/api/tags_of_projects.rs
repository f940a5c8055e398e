//! `/api/0/…/tags/`: which tags the events of projects have, and with which values. Searches are
//! completed from them.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use watchpost_model::Project;
use watchpost_store::TagCount;

use super::at::{AtOrg, AtProject};
use super::error::{ApiError, ask};
use super::issues::chosen;
use super::paging::{Listed, Paging};
use super::params::Params;
use super::tags::TagKey;
use crate::App;
use crate::suggest::{tag_keys, tag_values};

/// The tags of the projects that `project=` names, or of all.
pub(super) async fn of_org(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let projects = chosen(&app, &at.org, &params).await?;
    tags(&app, projects).await
}

/// The tags of one project.
pub(super) async fn of_project(
    State(app): State<App>,
    at: AtProject,
) -> Result<Json<Vec<Value>>, ApiError> {
    tags(&app, vec![at.project]).await
}

/// The values of a tag that contain `query=`, the commonest first.
pub(super) async fn values_of_org(
    State(app): State<App>,
    at: AtOrg,
    TagKey(key): TagKey,
    params: Params,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    let projects = chosen(&app, &at.org, &params).await?;
    Ok(paging.cut(values(&app, projects, key, &params).await?))
}

/// The same of one project.
pub(super) async fn values_of_project(
    State(app): State<App>,
    at: AtProject,
    TagKey(key): TagKey,
    params: Params,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    Ok(paging.cut(values(&app, vec![at.project], key, &params).await?))
}

async fn tags(app: &App, projects: Vec<Project>) -> Result<Json<Vec<Value>>, ApiError> {
    let counts = ask(app, move |app| Ok(tag_keys(app, &projects)?)).await?;
    let tag = |count: &TagCount| {
        json!({
            "key": count.key,
            "name": count.key,
            "totalValues": count.times_seen,
        })
    };
    Ok(Json(counts.iter().map(tag).collect()))
}

async fn values(
    app: &App,
    projects: Vec<Project>,
    key: String,
    params: &Params,
) -> Result<Vec<Value>, ApiError> {
    let part = params.first("query").unwrap_or_default().to_owned();
    let found = ask(app, move |app| Ok(tag_values(app, &projects, &key, &part)?));
    Ok(found.await?.iter().map(value).collect())
}

/// When a value was first seen is not kept, so that field is null.
fn value(count: &TagCount) -> Value {
    json!({
        "key": count.key,
        "name": count.value,
        "value": count.value,
        "count": count.times_seen,
        "firstSeen": null,
        "lastSeen": count.last_seen,
    })
}
