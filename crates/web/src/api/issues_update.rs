//! `PUT /api/0/…/issues/`: resolving and reopening, one by one or many at once.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use watchpost_model::{Change, Issue, IssueChange, IssueId, Project, ProjectId, Status, UserId};
use watchpost_store::{Actor, SearchText};

use super::at::{AtIssue, AtOrg, AtProject};
use super::error::{ApiError, ask};
use super::issue_list::Wanted;
use super::issues::{chosen, details};
use super::params::{JsonBody, Params};
use super::search::Search;
use super::view::issue::IssueDetails;
use crate::App;

/// What may be changed about an issue. Other fields are ignored.
#[derive(Deserialize)]
pub(super) struct Update {
    status: Option<String>,
}

impl Update {
    fn status(&self) -> Result<Status, ApiError> {
        let Some(name) = self.status.as_deref() else {
            let problem = "Only `status` of an issue can be changed: resolved or unresolved.";
            return Err(ApiError::Invalid(problem.to_owned()));
        };
        status_named(name)
    }
}

/// The status of that name. Resolving in a release is resolving, as long as releases do not
/// decide whether an issue comes back.
fn status_named(name: &str) -> Result<Status, ApiError> {
    match name {
        "unresolved" => Ok(Status::Unresolved),
        "resolved" | "resolvedInNextRelease" => Ok(Status::Resolved),
        other => Err(ApiError::Invalid(format!(
            "An issue cannot be `{other}`, only resolved or unresolved."
        ))),
    }
}

/// Changes one issue and answers with it.
pub(super) async fn one(
    State(app): State<App>,
    at: AtIssue,
    JsonBody(update): JsonBody<Update>,
) -> Result<Json<IssueDetails>, ApiError> {
    let status = update.status()?;
    let id = at.issue.id;
    apply(&app, vec![at.issue], status, at.caller.user.id).await?;
    Ok(Json(details(&app, at.org, at.project, id).await?))
}

/// Changes many issues of one project.
pub(super) async fn of_project(
    State(app): State<App>,
    at: AtProject,
    params: Params,
    JsonBody(update): JsonBody<Update>,
) -> Result<Response, ApiError> {
    let status = update.status()?;
    let mut wanted = wanted(at.org, vec![at.project], &params)?;
    wanted.search = wanted.search.by(at.caller.user.id);
    many(&app, wanted, status, at.caller.user.id).await
}

/// Changes many issues of the projects that `project=` names, or of all.
pub(super) async fn of_org(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
    JsonBody(update): JsonBody<Update>,
) -> Result<Response, ApiError> {
    let status = update.status()?;
    let projects = chosen(&app, &at.org, &params).await?;
    let mut wanted = wanted(at.org, projects, &params)?;
    wanted.search = wanted.search.by(at.caller.user.id);
    many(&app, wanted, status, at.caller.user.id).await
}

/// Which issues a request is about: those of `id=`, else those that `query=` and `status=` find,
/// else all.
fn wanted(
    org: watchpost_model::Organization,
    projects: Vec<Project>,
    params: &Params,
) -> Result<Wanted, ApiError> {
    let ids: Vec<String> = params.all("id").map(str::to_owned).collect();
    let search = if ids.is_empty() {
        Search::unsorted(SearchText::parse(params.raw("query").unwrap_or_default()))
    } else {
        Search::unsorted(SearchText::for_issues(ids))
    };
    let status = params.first("status").map(status_named).transpose()?;
    Ok(Wanted {
        org,
        projects,
        search,
        status,
    })
}

async fn many(app: &App, wanted: Wanted, status: Status, by: UserId) -> Result<Response, ApiError> {
    let issues = ask(app, move |app| wanted.all(app)).await?;
    if issues.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    apply(app, issues, status, by).await?;
    Ok(Json(json!({ "status": status, "statusDetails": {} })).into_response())
}

/// Sets the status and tells whoever watches.
async fn apply(app: &App, issues: Vec<Issue>, status: Status, by: UserId) -> Result<(), ApiError> {
    let changed = ask(app, move |app| {
        let mut by_project: BTreeMap<ProjectId, Vec<IssueId>> = BTreeMap::new();
        for issue in issues {
            by_project.entry(issue.project).or_default().push(issue.id);
        }
        let (actor, now) = (Actor::User(by), app.clock.now());
        let mut changed = Vec::new();
        for (project, ids) in by_project {
            let ids = app.ledger.set_status(project, &ids, status, actor, now)?;
            changed.extend(ids.into_iter().map(|issue| (project, issue)));
        }
        Ok(changed)
    });
    for (project, issue) in changed.await? {
        let news = IssueChange {
            project,
            issue,
            event: None,
            change: Change::Repeated,
        };
        // Nobody watching is no error.
        let _ = app.news.send(news);
    }
    Ok(())
}
