//! An event as somebody takes it along: the JSON that is stored, and a note in Markdown.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use watchpost_model::Issue;
use watchpost_store::ArchivedEvent;

use super::locate;
use super::which::Which;
use crate::App;
use crate::pages::event::markdown;
use crate::pages::shell::{Scope, ask};
use crate::pages::{PageError, Visit};

/// Organization, issue and event, as an address names them.
type Names = Path<(String, String, String)>;

/// `GET …/events/E/json/`: the event as it is stored.
pub(super) async fn json(
    State(app): State<App>,
    names: Names,
    _visit: Visit,
) -> Result<Response, PageError> {
    let (_, _, found) = find(&app, names).await?;
    let text = serde_json::to_string_pretty(&found.event)
        .map_err(|_| PageError::Invalid("This event cannot be written as JSON.".to_owned()))?;
    Ok(answer("application/json; charset=utf-8", text))
}

/// `GET …/events/E/markdown/`: the event as somebody would note it down.
pub(super) async fn as_markdown(
    State(app): State<App>,
    names: Names,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, issue, found) = find(&app, names).await?;
    let at = &visit.at;
    let page = at.event(&scope.org.slug, issue.id, found.event.event_id);
    // `page` brings the path of the public URL along.
    let (public, path) = (at.public(""), at.path(""));
    let origin = public.strip_suffix(&path).unwrap_or(&public);
    let text = markdown(&found, &format!("{origin}{page}"));
    // Browsers show this kind, and only offer to save `text/markdown`.
    Ok(answer("text/plain; charset=utf-8", text))
}

async fn find(
    app: &App,
    Path((org, issue, event)): Names,
) -> Result<(Scope, Issue, ArchivedEvent), PageError> {
    let which = Which::read(&event)?;
    ask(app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        let family = app.family(issue.project, issue.id)?;
        let found = which.find(app, issue.project, &family, None)?;
        Ok((scope, issue, found.ok_or(PageError::Missing("event"))?))
    })
    .await
}

fn answer(kind: &'static str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    (headers, text).into_response()
}
