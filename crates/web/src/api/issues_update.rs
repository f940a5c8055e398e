//! `PUT` and `DELETE /api/0/…/issues/`: changing, merging and forgetting issues, one by one or many
//! at once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use watchpost_model::{Issue, IssueId, Organization, Project, Status, UserId};
use watchpost_store::{Action, Actor, Forget, SearchText};

use super::at::{AtIssue, AtOrg, AtProject};
use super::change::{Update, status_named};
use super::error::{ApiError, ask};
use super::issue_facts;
use super::issue_list::Wanted;
use super::issues::{chosen, details};
use super::params::{JsonBody, Params};
use super::search::Search;
use crate::App;
use crate::of_issues::by_project;

/// Changes one issue and answers with it.
pub(super) async fn one(
    State(app): State<App>,
    at: AtIssue,
    JsonBody(update): JsonBody<Update>,
) -> Result<Response, ApiError> {
    let by = at.caller.user.id;
    if update.is_discard() {
        forget(&app, vec![at.issue], Forget::Discard, by).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let done = ask(&app, move |app| {
        let people = issue_facts::people(app, at.org.id)?;
        let actions = update.actions(&people, app.clock.now())?;
        let id = at.issue.id;
        act(app, std::slice::from_ref(&at.issue), &actions, by)?;
        details(app, (&at.org, &at.project, id), (by, &people))
    });
    Ok(Json(done.await?).into_response())
}

/// Forgets one issue and its events.
pub(super) async fn delete_one(
    State(app): State<App>,
    at: AtIssue,
) -> Result<StatusCode, ApiError> {
    let by = at.caller.user.id;
    forget(&app, vec![at.issue], Forget::Delete, by).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Changes many issues of one project.
pub(super) async fn of_project(
    State(app): State<App>,
    at: AtProject,
    params: Params,
    JsonBody(update): JsonBody<Update>,
) -> Result<Response, ApiError> {
    let mut wanted = wanted(at.org, vec![at.project], &params)?;
    wanted.search = wanted.search.by(at.caller.user.id);
    let is_named = params.all("id").next().is_some();
    many(&app, (wanted, is_named), update, at.caller.user.id).await
}

/// Changes many issues of the projects that `project=` names, or of all.
pub(super) async fn of_org(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
    JsonBody(update): JsonBody<Update>,
) -> Result<Response, ApiError> {
    let projects = chosen(&app, &at.org, &params).await?;
    let mut wanted = wanted(at.org, projects, &params)?;
    wanted.search = wanted.search.by(at.caller.user.id);
    let is_named = params.all("id").next().is_some();
    many(&app, (wanted, is_named), update, at.caller.user.id).await
}

/// Forgets issues of one project that `id=` names.
pub(super) async fn delete_of_project(
    State(app): State<App>,
    at: AtProject,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let wanted = named(at.org, vec![at.project], &params)?;
    delete_many(&app, wanted, at.caller.user.id).await
}

/// Forgets issues that `id=` names.
pub(super) async fn delete_of_org(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let projects = chosen(&app, &at.org, &params).await?;
    let wanted = named(at.org, projects, &params)?;
    delete_many(&app, wanted, at.caller.user.id).await
}

/// As [`wanted`], but a request that names no issue is about none: nobody deletes all by mistake.
fn named(org: Organization, projects: Vec<Project>, params: &Params) -> Result<Wanted, ApiError> {
    if params.all("id").next().is_none() {
        let problem = "Say with `id=` which issues are to be deleted.";
        return Err(ApiError::Invalid(problem.to_owned()));
    }
    wanted(org, projects, params)
}

async fn delete_many(app: &App, wanted: Wanted, by: UserId) -> Result<StatusCode, ApiError> {
    let issues = ask(app, move |app| wanted.all(app)).await?;
    forget(app, issues, Forget::Delete, by).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Which issues a request is about: those of `id=`, else those that `query=`, `environment=`, the
/// time and `status=` find, else all.
fn wanted(org: Organization, projects: Vec<Project>, params: &Params) -> Result<Wanted, ApiError> {
    let ids: Vec<String> = params.all("id").map(str::to_owned).collect();
    let search = if ids.is_empty() {
        let text = SearchText::parse(params.raw("query").unwrap_or_default());
        Search::unsorted(text).within(params)?
    } else {
        Search::unsorted(SearchText::for_issues(ids))
    };
    let status: Option<Status> = params.first("status").map(status_named).transpose()?;
    Ok(Wanted {
        org,
        projects,
        search,
        status,
    })
}

/// `is_named`: the request names each issue; others take what a search finds.
async fn many(
    app: &App,
    (wanted, is_named): (Wanted, bool),
    update: Update,
    by: UserId,
) -> Result<Response, ApiError> {
    if update.is_merge() && !is_named {
        let problem = "Say with `id=` which issues are to be merged.";
        return Err(ApiError::Invalid(problem.to_owned()));
    }
    if update.is_merge() || update.is_discard() {
        let issues = ask(app, move |app| wanted.all(app)).await?;
        if update.is_merge() && !issues.is_empty() {
            return merge(app, issues, by).await;
        }
        forget(app, issues, Forget::Discard, by).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let done = ask(app, move |app| {
        // What cannot be done is refused whatever is there.
        let actions = update.actions(&issue_facts::people(app, wanted.org.id)?, app.clock.now())?;
        let issues = wanted.all(app)?;
        let Some(first) = issues.first().map(|issue| (issue.project, issue.id)) else {
            return Ok(None);
        };
        act(app, &issues, &actions, by)?;
        let (project, id) = first;
        app.ledger
            .issue(project, id)?
            .ok_or(ApiError::NotFound)
            .map(Some)
    });
    let Some(after) = done.await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let answer = json!({
        "status": after.status,
        "substatus": after.substatus,
        "statusDetails": {},
        "priority": after.priority,
    });
    Ok(Json(answer).into_response())
}

/// Does what is asked and tells whoever watches. Blocks.
fn act(app: &App, issues: &[Issue], actions: &[Action], by: UserId) -> Result<(), ApiError> {
    let (actor, now) = (Actor::User(by), app.clock.now());
    for (project, ids) in by_project(issues) {
        for action in actions {
            let acted = app.ledger.act(project, &ids, action, actor, now)?;
            app.tell(project, &acted.changed);
        }
    }
    Ok(())
}

/// Shows several issues as one. They must be of one project.
async fn merge(app: &App, issues: Vec<Issue>, by: UserId) -> Result<Response, ApiError> {
    let found = ask(app, move |app| {
        let mut by_project = by_project(&issues).into_iter();
        let (Some((project, ids)), None) = (by_project.next(), by_project.next()) else {
            let problem = "Only issues of the same project can be merged.";
            return Err(ApiError::Invalid(problem.to_owned()));
        };
        let now = app.clock.now();
        let merged = app.ledger.merge(project, &ids, Actor::User(by), now)?;
        Ok((project, merged))
    });
    let (project, Some(merged)) = found.await? else {
        let problem = "It takes two issues to merge.";
        return Err(ApiError::Invalid(problem.to_owned()));
    };
    app.tell(project, &[merged.into]);
    app.tell(project, &merged.parts);
    let children: Vec<String> = merged.parts.iter().map(IssueId::to_string).collect();
    let answer = json!({ "merge": { "parent": merged.into.to_string(), "children": children } });
    Ok(Json(answer).into_response())
}

async fn forget(app: &App, issues: Vec<Issue>, how: Forget, by: UserId) -> Result<(), ApiError> {
    let by_project = by_project(&issues);
    for (project, ids) in by_project {
        app.trash_issues(project, ids, how, by).await?;
    }
    Ok(())
}
