//! `…/issues/{issue}/hashes/`: the grouping keys of an issue, and taking them out of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use watchpost_store::{Actor, Leaving};

use super::at::AtIssue;
use super::error::{ApiError, ask};
use super::params::Params;
use crate::App;
use crate::issue_keys::{self, IssueKey};

/// The keys, each with the issue that it had before it was merged and, if one of the latest events
/// has it, the last of these.
pub(super) async fn list(
    State(app): State<App>,
    at: AtIssue,
) -> Result<Json<Vec<Value>>, ApiError> {
    let (project, issue) = (at.project.id, at.issue.id);
    let keys = ask(&app, move |app| {
        Ok(issue_keys::of_issue(app, project, issue)?)
    });
    let view = |key: IssueKey| {
        json!({
            "id": key.hash.to_string(),
            "issueId": key.home.to_string(),
            "isMerged": key.home != issue,
            "isLeaving": key.is_leaving,
            "latestEvent": key.latest.map(|event| json!({
                "id": event.event,
                "eventID": event.event,
                "title": event.title,
                "dateCreated": event.timestamp,
                "dateReceived": event.received,
                "groupID": issue.to_string(),
            })),
            "mergedBySeer": false,
        })
    };
    Ok(Json(keys.await?.into_iter().map(view).collect()))
}

/// Takes keys out of the issue, those that `id=` names: a part that they are all of leaves as it
/// came, others get an issue of their own, which their events follow.
pub(super) async fn unmerge(
    State(app): State<App>,
    at: AtIssue,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let wanted: Vec<String> = params.all("id").map(str::to_owned).collect();
    let left = ask(&app, move |app| {
        let (project, issue) = (at.project.id, at.issue.id);
        let owners = app.ledger.hashes(project, issue)?.into_iter();
        let keys = owners.map(|owner| owner.hash);
        let keys: Vec<_> = keys
            .filter(|hash| wanted.contains(&hash.to_string()))
            .collect();
        let leaving = Leaving {
            parts: &[],
            keys: &keys,
        };
        let (actor, now) = (Actor::User(at.caller.user.id), app.clock.now());
        Ok(app.ledger.unmerge(project, issue, &leaving, actor, now)?)
    });
    if left.await?.undo.is_none() {
        let problem = "Name keys of this issue with `id=`, and leave it one of its own.";
        return Err(ApiError::Invalid(problem.to_owned()));
    }
    app.split_issues();
    Ok(StatusCode::ACCEPTED)
}
