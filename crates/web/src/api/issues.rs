//! `/api/0/…/issues/`: lists of issues, and one alone. Changing them is `issues_update.rs`.

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use watchpost_model::{IssueId, Organization, Project, UserId};

use super::at::{AtIssue, AtOrg, AtProject};
use super::error::{ApiError, ask};
use super::issue_facts;
use super::issue_list::Wanted;
use super::paging::{Listed, Paging};
use super::params::Params;
use super::search::Search;
use super::tags;
use super::view::activity::{People, entries};
use super::view::issue::{IssueDetails, IssueView};
use super::view::release::ReleaseView;
use crate::App;

/// Values per tag that the page of an issue shows at a glance.
const TAG_VALUE_COUNT: usize = 10;

/// The issues of one project.
pub(super) async fn list_of_project(
    State(app): State<App>,
    at: AtProject,
    params: Params,
    paging: Paging,
) -> Result<Listed<IssueView>, ApiError> {
    let wanted = Wanted {
        org: at.org,
        projects: vec![at.project],
        search: of_project(&params)?.by(at.caller.user.id),
        status: None,
    };
    list(&app, wanted, paging, at.caller.user.id).await
}

/// There `statsPeriod=` is the time of a chart, not of the list, as it is in Sentry.
fn of_project(params: &Params) -> Result<Search, ApiError> {
    let narrowed = Params::parse(&params.without("statsPeriod"));
    Search::of(params)?.within(&narrowed)
}

/// The issues of the projects that `project=` names, or of all.
pub(super) async fn list_of_org(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
    paging: Paging,
) -> Result<Listed<IssueView>, ApiError> {
    let search = Search::of(&params)?.within(&params)?;
    let search = search.by(at.caller.user.id);
    let projects = chosen(&app, &at.org, &params).await?;
    let wanted = Wanted {
        org: at.org,
        projects,
        search,
        status: None,
    };
    list(&app, wanted, paging, at.caller.user.id).await
}

/// One issue, with its tags.
pub(super) async fn show(
    State(app): State<App>,
    at: AtIssue,
) -> Result<Json<IssueDetails>, ApiError> {
    let AtIssue {
        caller,
        org,
        project,
        issue,
    } = at;
    let by = caller.user.id;
    let found = ask(&app, move |app| {
        let people = issue_facts::people(app, org.id)?;
        details(app, (&org, &project, issue.id), (by, &people))
    });
    Ok(Json(found.await?))
}

/// The whole issue as it is now. Blocks.
pub(super) fn details(
    app: &App,
    (org, project, id): (&Organization, &Project, IssueId),
    (by, people): (UserId, &People),
) -> Result<IssueDetails, ApiError> {
    let issue = app.ledger.issue(project.id, id)?;
    let issue = issue.ok_or(ApiError::NotFound)?;
    let counts = app.ledger.issue_tags(project.id, id, TAG_VALUE_COUNT)?;
    let tags: Vec<Value> = tags::all(&counts, issue.first_seen);
    let activity = app.ledger.activity(project.id, id)?;
    let activity = entries(&activity, people, issue.first_seen);
    let (first, last) = (&issue.first_release, &issue.last_release);
    let first_release = release(app, project, first.as_deref())?;
    let last_release = if first == last {
        first_release.clone()
    } else {
        release(app, project, last.as_deref())?
    };
    let view = issue_facts::view(app, org, project, issue, (by, people))?;
    Ok(view.with_details(tags, activity, [first_release, last_release]))
}

/// A release that an issue names, if it is still known.
fn release(app: &App, project: &Project, version: Option<&str>) -> Result<Option<Value>, ApiError> {
    let Some(version) = version else {
        return Ok(None);
    };
    let found = app.ledger.release(project.id, version)?;
    let view = found.map(|release| ReleaseView::of(release, project));
    Ok(view.and_then(|view| serde_json::to_value(view).ok()))
}

/// The projects that a request is about: by id or slug, several times; -1 and nothing mean all.
/// One that is not there is an error, so that a typing mistake is not an empty list.
pub(super) async fn chosen(
    app: &App,
    org: &Organization,
    params: &Params,
) -> Result<Vec<Project>, ApiError> {
    let id = org.id;
    let all = ask(app, move |app| Ok(app.ledger.projects(id)?)).await?;
    let names: Vec<&str> = params.all("project").collect();
    if names.is_empty() || names.contains(&"-1") {
        return Ok(all);
    }
    let is_named =
        |project: &Project, name: &str| project.id.to_string() == name || project.slug == name;
    if names
        .iter()
        .any(|name| !all.iter().any(|project| is_named(project, name)))
    {
        return Err(ApiError::NotFound);
    }
    let wanted = all
        .into_iter()
        .filter(|project| names.iter().any(|name| is_named(project, name)));
    Ok(wanted.collect())
}

async fn list(
    app: &App,
    wanted: Wanted,
    paging: Paging,
    by: UserId,
) -> Result<Listed<IssueView>, ApiError> {
    let cursor = paging.cursor()?;
    let limit = paging.limit;
    let found = ask(app, move |app| {
        let (page, cut) = wanted.page(app, cursor.as_ref(), limit)?;
        let by = (by, &issue_facts::people(app, wanted.org.id)?);
        let views = issue_facts::views(app, &wanted.org, &wanted.projects, page.rows, by)?;
        Ok((views, page.next, cut))
    });
    let (views, next, cut) = found.await?;
    let listed = paging.part(views, next.as_ref());
    Ok(listed.with_note(cut.map(|cut| format!("{cut} The next page goes on."))))
}
