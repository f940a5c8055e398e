//! `/api/0/…/events/`: the reports themselves, of an issue or of a project.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use watchpost_model::{EventId, ProjectId};
use watchpost_store::{ArchivedEvent, Asker, EventFilter, Search, latest_of, oldest_of};

use super::at::{self, AtIssue, AtProject};
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging, no_such_page};
use super::params::Params;
use super::view::event::EventView;
use super::view::event_row::EventRow;
use super::view::grouping::GroupingView;
use crate::App;

/// The event that a path names.
pub(super) struct EventName(String);

impl FromRequestParts<App> for EventName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "event").await.map(Self)
    }
}

/// The events of an issue, newest first.
pub(super) async fn list_of_issue(
    State(app): State<App>,
    at: AtIssue,
    params: Params,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    let (project, issue) = (at.project.id, at.issue.id);
    let family = ask(&app, move |app| Ok(app.family(project, issue)?)).await?;
    let filter = EventFilter::of_issues(&family);
    list(&app, project, filter, &params, paging).await
}

/// The events of a project, newest first.
pub(super) async fn list_of_project(
    State(app): State<App>,
    at: AtProject,
    params: Params,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    list(&app, at.project.id, EventFilter::default(), &params, paging).await
}

/// One event of an issue: by id, or the `latest`, `oldest` or `recommended` one.
pub(super) async fn show_of_issue(
    State(app): State<App>,
    at: AtIssue,
    EventName(name): EventName,
) -> Result<Response, ApiError> {
    let (project, issue) = (at.project.id, at.issue.id);
    let event = ask(&app, move |app| {
        let (archive, family) = (&*app.archive, app.family(project, issue)?);
        let found = match name.as_str() {
            // Until events are rated, the latest is the one to look at.
            "latest" | "recommended" => latest_of(archive, project, &family)?,
            "oldest" => oldest_of(archive, project, &family)?,
            name => by_id(app, project, name)?,
        };
        let own = found.filter(|stored| family.contains(&stored.issue));
        json(app, own.ok_or(ApiError::NotFound)?)
    });
    Ok(Json(event.await?).into_response())
}

/// One event of a project, by id.
pub(super) async fn show_of_project(
    State(app): State<App>,
    at: AtProject,
    EventName(name): EventName,
) -> Result<Response, ApiError> {
    let event = ask(&app, move |app| {
        let found = by_id(app, at.project.id, &name)?;
        json(app, found.ok_or(ApiError::NotFound)?)
    });
    Ok(Json(event.await?).into_response())
}

/// Why an event of a project is in its issue.
pub(super) async fn grouping(
    State(app): State<App>,
    at: AtProject,
    EventName(name): EventName,
) -> Result<Response, ApiError> {
    let shown = ask(&app, move |app| {
        let found = by_id(app, at.project.id, &name)?.ok_or(ApiError::NotFound)?;
        value(&GroupingView::of(&found.explanation))
    });
    Ok(Json(shown.await?).into_response())
}

fn by_id(app: &App, project: ProjectId, name: &str) -> Result<Option<ArchivedEvent>, ApiError> {
    // A text that is no id names no event.
    let Ok(id) = name.parse::<EventId>() else {
        return Ok(None);
    };
    let found = app.archive.event(project, id)?;
    match found {
        Some(stored) if !app.has_issue(project, stored.issue)? => Ok(None),
        found => Ok(found),
    }
}

/// An event as JSON, with its neighbours in the issue that shows it. Blocking.
pub(super) fn json(app: &App, mut stored: ArchivedEvent) -> Result<Value, ApiError> {
    let family = app.family(stored.project, stored.issue)?;
    let around = app
        .archive
        .neighbours(stored.project, &family, stored.event.event_id)?;
    if let Some(shown) = family.first() {
        stored.issue = *shown;
    }
    value(&EventView::of(&stored, &around))
}

async fn list(
    app: &App,
    project: ProjectId,
    filter: EventFilter,
    params: &Params,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    let (cursor, limit, full) = (paging.cursor()?, paging.limit, params.is_on("full"));
    let search = Search::parse(params.raw("query").unwrap_or_default())?;
    search.check_events()?;
    let found = ask(app, move |app| {
        let filter = EventFilter {
            search,
            asker: Asker::at(app.clock.now()),
            without: app.ledger.trashed(project)?,
            ..filter
        };
        let page = app.archive.events(project, &filter, cursor.as_ref(), limit);
        let page = page.map_err(no_such_page)?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for mut summary in page.rows {
            summary.issue = filter.issue.unwrap_or(summary.issue);
            let whole = if full {
                app.archive.event(project, summary.event)?
            } else {
                None
            };
            // An event that was deleted meanwhile is still worth its line.
            rows.push(match whole {
                Some(stored) => json(app, stored)?,
                None => value(&EventRow::of(summary))?,
            });
        }
        Ok((rows, page.next))
    });
    let (rows, next) = found.await?;
    Ok(paging.part(rows, next.as_ref()))
}

fn value<T: serde::Serialize>(view: &T) -> Result<Value, ApiError> {
    serde_json::to_value(view).map_err(|error| {
        ApiError::Store(watchpost_store::StoreError::Corrupt {
            what: "an event",
            reason: error.to_string(),
        })
    })
}
