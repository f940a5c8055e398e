//! `…/issues/{issue}/hashes/`: the grouping keys of an issue, and taking apart what was merged.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use watchpost_model::{GroupingHash, IssueId};
use watchpost_store::{Actor, HashOwner};

use super::at::AtIssue;
use super::error::{ApiError, ask};
use super::params::Params;
use crate::App;

/// `1-0123…`: the version of the algorithm and the digest.
fn text(hash: GroupingHash) -> String {
    let mut text = format!("{}-", hash.version);
    for byte in hash.digest {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The keys, each with the issue that it had before it was merged.
pub(super) async fn list(
    State(app): State<App>,
    at: AtIssue,
) -> Result<Json<Vec<Value>>, ApiError> {
    let owners = ask(&app, move |app| {
        Ok(app.ledger.hashes(at.project.id, at.issue.id)?)
    });
    let owners = owners.await?.into_iter();
    let view = |owner: HashOwner| {
        json!({
            "id": text(owner.hash),
            "issueId": owner.home.to_string(),
            "isMerged": owner.home != at.issue.id,
            "latestEvent": null,
            "mergedBySeer": false,
        })
    };
    Ok(Json(owners.map(view).collect()))
}

/// Takes out what was merged into the issue: the parts that own the keys that `id=` names.
pub(super) async fn unmerge(
    State(app): State<App>,
    at: AtIssue,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let wanted: Vec<String> = params.all("id").map(str::to_owned).collect();
    let left = ask(&app, move |app| {
        let (project, issue) = (at.project.id, at.issue.id);
        let owners = app.ledger.hashes(project, issue)?.into_iter();
        let named = owners.filter(|owner| wanted.contains(&text(owner.hash)));
        let parts: Vec<IssueId> = named
            .map(|owner| owner.home)
            .filter(|home| *home != issue)
            .collect();
        let (actor, now) = (Actor::User(at.caller.user.id), app.clock.now());
        Ok(app.ledger.unmerge(project, issue, &parts, actor, now)?)
    });
    if left.await?.is_empty() {
        let problem = "Name keys with `id=` that came to this issue by a merge.";
        return Err(ApiError::Invalid(problem.to_owned()));
    }
    Ok(StatusCode::ACCEPTED)
}
