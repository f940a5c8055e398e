//! `…/issues/{issue}/comments/` and its older name `notes/`, and the activity they are part of.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use watchpost_model::{Activity, Deed, OrgId};

use super::at::{self, AtIssue};
use super::error::{ApiError, ask};
use super::issue_facts::people;
use super::params::JsonBody;
use super::view::activity::{ActivityView, entries};
use crate::App;

/// The comment that a path names.
pub(super) struct NoteId(i64);

impl FromRequestParts<App> for NoteId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let text = at::text(parts, app, "note").await?;
        text.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// What somebody says.
#[derive(Deserialize)]
pub(super) struct Said {
    text: String,
}

impl Said {
    fn text(self) -> Result<String, ApiError> {
        let text = self.text.trim();
        if text.is_empty() {
            let problem = "A comment needs a `text`.";
            return Err(ApiError::Invalid(problem.to_owned()));
        }
        Ok(text.to_owned())
    }
}

/// The comments of an issue, the newest first.
pub(super) async fn list(
    State(app): State<App>,
    at: AtIssue,
) -> Result<Json<Vec<Value>>, ApiError> {
    let found = ask(&app, move |app| {
        let mut activity = app.ledger.activity(at.project.id, at.issue.id)?;
        activity.retain(|entry| entry.deed == Deed::Note);
        activity
            .iter()
            .map(|entry| view(app, at.org.id, entry))
            .collect()
    });
    Ok(Json(found.await?))
}

/// Everything that happened to an issue, the newest first.
pub(super) async fn activities(
    State(app): State<App>,
    at: AtIssue,
) -> Result<Json<Value>, ApiError> {
    let found = ask(&app, move |app| {
        let activity = app.ledger.activity(at.project.id, at.issue.id)?;
        Ok(entries(
            &activity,
            &people(app, at.org.id)?,
            at.issue.first_seen,
        ))
    });
    Ok(Json(json!({ "activity": found.await? })))
}

/// Writes a comment.
pub(super) async fn create(
    State(app): State<App>,
    at: AtIssue,
    JsonBody(said): JsonBody<Said>,
) -> Result<Response, ApiError> {
    let text = said.text()?;
    let made = ask(&app, move |app| {
        let (by, now) = (at.caller.user.id, app.clock.now());
        let note = app
            .ledger
            .comment(at.project.id, at.issue.id, (by, &text), now)?;
        view(app, at.org.id, &note)
    });
    Ok((StatusCode::CREATED, Json(made.await?)).into_response())
}

/// Changes one's own comment.
pub(super) async fn update(
    State(app): State<App>,
    at: AtIssue,
    NoteId(id): NoteId,
    JsonBody(said): JsonBody<Said>,
) -> Result<Json<Value>, ApiError> {
    let text = said.text()?;
    let changed = ask(&app, move |app| {
        let said = (at.caller.user.id, Some(text.as_str()));
        let note = app
            .ledger
            .edit_comment(at.project.id, at.issue.id, id, said)?;
        view(app, at.org.id, &note.ok_or(ApiError::NotFound)?)
    });
    Ok(Json(changed.await?))
}

/// Deletes one's own comment.
pub(super) async fn delete(
    State(app): State<App>,
    at: AtIssue,
    NoteId(id): NoteId,
) -> Result<StatusCode, ApiError> {
    let gone = ask(&app, move |app| {
        let said = (at.caller.user.id, None);
        Ok(app
            .ledger
            .edit_comment(at.project.id, at.issue.id, id, said)?)
    });
    gone.await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(app: &App, org: OrgId, entry: &Activity) -> Result<Value, ApiError> {
    let people = people(app, org)?;
    let view = serde_json::to_value(ActivityView::of(entry, &people));
    // Made of texts and numbers, which always become JSON.
    view.map_err(|_| ApiError::NotFound)
}
