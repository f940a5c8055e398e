//! Ways in: the front door, the addresses of 2010, ids that people paste.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use watchpost_model::{EventId, IssueId, ProjectId, ShortId};

use super::links::encode;
use super::shell::{Scope, ask};
use super::{Links, PageError, Visit};
use crate::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(front_door))
        .route("/search", get(search))
        .route("/login", get(seed_sign_in))
        .route("/group/{issue}", get(seed_group))
        .route("/group/{issue}/", get(seed_group))
        .route("/group/{issue}/messages/{event}", get(seed_message))
        .route("/group/{issue}/messages/{event}/", get(seed_message))
        .route(
            "/organizations/{org}/projects/{project}/events/{event}/",
            get(event_of_project),
        )
        .route(
            "/orgredirect/organizations/{slug}/settings/auth-tokens/",
            get(tokens_for_tools),
        )
}

/// `GET /`: the issues of the project that was seen last.
async fn front_door(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let headers = visit.headers.clone();
    let user = visit.who.user.id;
    let scope = ask(&app, move |app| Scope::first(app, &headers, user)).await?;
    let org = &scope.org.slug;
    let target = match &scope.current {
        Some(project) if project.first_event.is_none() => {
            visit.at.getting_started(org, &project.slug)
        }
        Some(project) => visit.at.issues(org, project.id),
        None => visit.at.new_project(org),
    };
    Ok(Redirect::to(&target).into_response())
}

/// `GET /search?q=`: an event id or a short id opens what it names; anything else is searched for.
async fn search(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let text = visit.params.get("q").to_owned();
    let (headers, at) = (visit.headers.clone(), visit.at.clone());
    let user = visit.who.user.id;
    let target = ask(&app, move |app| {
        let scope = Scope::first(app, &headers, user)?;
        if let Some(found) = jump(app, &scope, &at, &text)? {
            return Ok(found);
        }
        let project = scope.project()?;
        let list = at.issues(&scope.org.slug, project.id);
        Ok(format!("{list}&query={}", encode(&text)))
    })
    .await?;
    Ok(Redirect::to(&target).into_response())
}

/// Where a pasted id leads: 32 hex digits to the event, `WEB-1A` to the issue. Blocks.
pub(crate) fn jump(
    app: &App,
    scope: &Scope,
    at: &Links,
    text: &str,
) -> Result<Option<String>, PageError> {
    let (org, text) = (&scope.org.slug, text.trim());
    if let Ok(id) = text.parse::<EventId>() {
        let found = app.archive.find(&scope.project_ids(), id)?;
        for (project, issue) in found {
            if app.has_issue(project, issue)? {
                return Ok(Some(at.event(org, issue, id)));
            }
        }
        return Ok(None);
    }
    let Some(short) = ShortId::parse(text) else {
        return Ok(None);
    };
    let mut projects = scope.projects.iter();
    let Some(project) = projects.find(|project| project.slug == short.slug) else {
        return Ok(None);
    };
    let issue = app.ledger.issue_by_number(project.id, short.number)?;
    Ok(issue.map(|issue| at.issue(org, issue.id)))
}

/// `GET /login` of 1.7.1.
async fn seed_sign_in(State(app): State<App>) -> Redirect {
    Redirect::to(&Links::of(&app).sign_in(None))
}

/// `GET /group/N` of 1.7.1.
async fn seed_group(
    State(app): State<App>,
    Path(issue): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (org, issue, _) = locate(&app, &visit, &issue).await?;
    Ok(Redirect::to(&visit.at.issue(&org, issue)).into_response())
}

/// `GET /group/N/messages/M` of 1.7.1; M is an event id here.
async fn seed_message(
    State(app): State<App>,
    Path((issue, event)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (org, issue, _) = locate(&app, &visit, &issue).await?;
    let target = match event.parse::<EventId>() {
        Ok(event) => visit.at.event(&org, issue, event),
        Err(_) => visit.at.events(&org, issue),
    };
    Ok(Redirect::to(&target).into_response())
}

/// The organization and project of an issue that is named by its id alone.
async fn locate(
    app: &App,
    visit: &Visit,
    issue: &str,
) -> Result<(String, IssueId, ProjectId), PageError> {
    const NONE: PageError = PageError::Missing("issue");
    let issue = issue.parse::<IssueId>().map_err(|_| NONE)?;
    let (headers, user) = (visit.headers.clone(), visit.who.user.id);
    ask(app, move |app| {
        let scope = Scope::first(app, &headers, user)?;
        let found = app.ledger.issue_project(&scope.project_ids(), issue)?;
        Ok((scope.org.slug, issue, found.ok_or(NONE)?))
    })
    .await
}

/// An event by project and id: the link that clients print.
async fn event_of_project(
    State(app): State<App>,
    Path((org, project, event)): Path<(String, String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    const NONE: PageError = PageError::Missing("event");
    let id = event.parse::<EventId>().map_err(|_| NONE)?;
    let slug = org.clone();
    let issue = ask(&app, move |app| {
        let scope = Scope::load_project(app, &slug, &project)?;
        let found = app.archive.find(&[scope.project()?.id], id)?;
        let (_, issue) = found.into_iter().next().ok_or(NONE)?;
        Ok(issue)
    })
    .await?;
    Ok(Redirect::to(&visit.at.event(&org, issue, id)).into_response())
}

/// The address that `sentry-cli login` opens, where the slug is literally `:orgslug`.
async fn tokens_for_tools(visit: Visit) -> Redirect {
    Redirect::to(&visit.at.tokens())
}
