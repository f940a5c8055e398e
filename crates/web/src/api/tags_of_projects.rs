//! `/api/0/…/tags/`: which tags the events of projects have, and with which values. Searches are
//! completed from them.

use std::collections::BTreeMap;

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
use super::tags::{TagKey, VALUE_COUNT_MAX};
use crate::App;

/// The tags of the projects that `project=` names, or of all.
pub(super) async fn of_org(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let projects = chosen(&app, &at.org, &params).await?;
    Ok(Json(tags(&keys_of(&app, projects).await?)))
}

/// The tags of one project.
pub(super) async fn of_project(
    State(app): State<App>,
    at: AtProject,
) -> Result<Json<Vec<Value>>, ApiError> {
    Ok(Json(tags(&keys_of(&app, vec![at.project]).await?)))
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
    let found = values_of(&app, projects, key, params.first("query")).await?;
    Ok(paging.cut(found.iter().map(value).collect()))
}

/// The same of one project.
pub(super) async fn values_of_project(
    State(app): State<App>,
    at: AtProject,
    TagKey(key): TagKey,
    params: Params,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    let found = values_of(&app, vec![at.project], key, params.first("query")).await?;
    Ok(paging.cut(found.iter().map(value).collect()))
}

/// The tags of several projects as if they were of one, by key.
pub(super) async fn keys_of(app: &App, projects: Vec<Project>) -> Result<Vec<TagCount>, ApiError> {
    ask(app, move |app| {
        let mut all = BTreeMap::new();
        for project in &projects {
            for count in app.ledger.tag_keys(project.id)? {
                add(&mut all, count.key.clone(), count);
            }
        }
        Ok(all.into_values().collect())
    })
    .await
}

/// The values of a tag in several projects that contain a text, upper or lower case, the
/// commonest first.
pub(super) async fn values_of(
    app: &App,
    projects: Vec<Project>,
    key: String,
    part: Option<&str>,
) -> Result<Vec<TagCount>, ApiError> {
    let part = part.unwrap_or_default().to_lowercase();
    ask(app, move |app| {
        let mut all = BTreeMap::new();
        for project in &projects {
            let counts = app.ledger.tag_values(project.id, &key, VALUE_COUNT_MAX)?;
            for count in counts {
                if count.value.to_lowercase().contains(&part) {
                    add(&mut all, count.value.clone(), count);
                }
            }
        }
        let mut found: Vec<TagCount> = all.into_values().collect();
        found.sort_by_key(|count| std::cmp::Reverse(count.times_seen));
        Ok(found)
    })
    .await
}

fn add(all: &mut BTreeMap<String, TagCount>, name: String, count: TagCount) {
    match all.get_mut(&name) {
        Some(known) => {
            known.times_seen += count.times_seen;
            known.last_seen = known.last_seen.max(count.last_seen);
        }
        None => {
            all.insert(name, count);
        }
    }
}

fn tags(counts: &[TagCount]) -> Vec<Value> {
    let tag = |count: &TagCount| {
        json!({
            "key": count.key,
            "name": count.key,
            "totalValues": count.times_seen,
        })
    };
    counts.iter().map(tag).collect()
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
