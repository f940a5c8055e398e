//! `/api/0/…/issues/{issue}/tags/`: which values the events of an issue carry, and how often.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde_json::{Value, json};
use watchpost_model::Timestamp;
use watchpost_store::TagCount;

use super::at::{self, AtIssue};
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging, ROW_COUNT_MAX};
use crate::App;

/// Values of a tag that are looked at; the rarer ones are left out.
pub(super) const VALUE_COUNT_MAX: usize = 1000;

/// The key of a tag in a path.
pub(super) struct TagKey(pub(super) String);

impl FromRequestParts<App> for TagKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "key").await.map(Self)
    }
}

/// All tags of an issue.
pub(super) async fn list(
    State(app): State<App>,
    at: AtIssue,
) -> Result<Json<Vec<Value>>, ApiError> {
    let (project, issue) = (at.project.id, at.issue.id);
    let counts = ask(&app, move |app| {
        Ok(app.ledger.issue_tags(project, issue, VALUE_COUNT_MAX)?)
    });
    Ok(Json(all(&counts.await?, at.issue.first_seen)))
}

/// One tag of an issue, the most frequent values first.
pub(super) async fn show(
    State(app): State<App>,
    at: AtIssue,
    key: TagKey,
) -> Result<Json<Value>, ApiError> {
    let first_seen = at.issue.first_seen;
    let counts = values_of(&app, at, key).await?;
    let tag = all(&counts, first_seen).into_iter().next();
    tag.map(Json).ok_or(ApiError::NotFound)
}

/// The values of one tag of an issue.
pub(super) async fn values(
    State(app): State<App>,
    at: AtIssue,
    key: TagKey,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    let first_seen = at.issue.first_seen;
    let counts = values_of(&app, at, key).await?;
    let view = |count: &TagCount| value(count, first_seen);
    Ok(paging.cut(counts.iter().map(view).collect()))
}

async fn values_of(app: &App, at: AtIssue, TagKey(key): TagKey) -> Result<Vec<TagCount>, ApiError> {
    let (project, issue) = (at.project.id, at.issue.id);
    let counts = ask(app, move |app| {
        Ok(app.ledger.issue_tags(project, issue, VALUE_COUNT_MAX)?)
    });
    let mut counts = counts.await?;
    counts.retain(|count| count.key == key);
    Ok(counts)
}

/// One object per key, from counts that have their keys in order.
pub(super) fn all(counts: &[TagCount], first_seen: Timestamp) -> Vec<Value> {
    let groups = counts.chunk_by(|one, other| one.key == other.key);
    let tag = |group: &[TagCount]| {
        let key = group.first().map_or("", |count| &count.key);
        let total: u64 = group.iter().map(|count| count.times_seen).sum();
        let top = group.iter().take(ROW_COUNT_MAX);
        let top: Vec<Value> = top.map(|count| value(count, first_seen)).collect();
        json!({
            "key": key,
            "name": key,
            "totalValues": total,
            "uniqueValues": group.len(),
            "topValues": top,
        })
    };
    groups.map(tag).collect()
}

/// When a value was first seen is not kept; it was not before the issue itself.
fn value(count: &TagCount, first_seen: Timestamp) -> Value {
    json!({
        "key": count.key,
        "value": count.value,
        "name": count.value,
        "count": count.times_seen,
        "firstSeen": first_seen,
        "lastSeen": count.last_seen,
    })
}
