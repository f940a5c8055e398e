//! `/api/0/projects/{org}/{project}/tombstones/`: the discarded issues of a project.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde_json::{Value, json};
use watchpost_model::Assignee;
use watchpost_store::Tombstone;

use super::at::{self, AtProject};
use super::error::{ApiError, ask};
use super::issue_facts::people;
use super::view::activity::assignee_of;
use crate::App;

/// The discarded issue that a path names.
pub(super) struct TombstoneId(i64);

impl FromRequestParts<App> for TombstoneId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let text = at::text(parts, app, "tombstone").await?;
        text.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// What is discarded, by whom, since when, and how many events were; the newest first.
pub(super) async fn list(
    State(app): State<App>,
    at: AtProject,
) -> Result<Json<Vec<Value>>, ApiError> {
    let found = ask(&app, move |app| {
        let people = people(app, at.org.id)?;
        let view = |stone: Tombstone| {
            let by = stone.by.map(Assignee::User);
            json!({
                "id": stone.id.to_string(),
                "type": "error",
                "message": stone.title,
                "culprit": stone.culprit,
                "level": stone.level.name(),
                "actor": by.and_then(|by| assignee_of(&people, by)),
                "dateAdded": stone.at,
                "timesSeen": stone.events,
                "lastSeen": stone.last_seen,
            })
        };
        let stones = app.ledger.tombstones(at.project.id)?;
        Ok(stones.into_iter().map(view).collect())
    });
    Ok(Json(found.await?))
}

/// Lets its events in again: the next one opens an issue.
pub(super) async fn delete(
    State(app): State<App>,
    at: AtProject,
    TombstoneId(id): TombstoneId,
) -> Result<StatusCode, ApiError> {
    let done = ask(&app, move |app| {
        Ok(app.ledger.delete_tombstone(at.project.id, id)?)
    });
    done.await?;
    Ok(StatusCode::NO_CONTENT)
}
