//! What of an event has an address of its own: its text as Markdown.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use watchpost_model::{EventId, IssueId};
use watchpost_store::{latest_of, oldest_of};

use super::markdown::markdown;
use crate::App;
use crate::pages::shell::{Scope, ask};
use crate::pages::{PageError, Visit};

pub(crate) fn routes() -> Router<App> {
    const EVENT: &str = "/organizations/{org}/issues/{issue}/events/{event}/";
    Router::new().route(&format!("{EVENT}markdown/"), get(as_markdown))
}

/// `GET …/events/E/markdown/`: the event as somebody would note it down.
async fn as_markdown(
    State(app): State<App>,
    Path((org, issue, event)): Path<(String, String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    const NONE: PageError = PageError::Missing("event");
    let issue = issue.parse::<IssueId>().map_err(|_| NONE)?;
    let at = visit.at.clone();
    let text = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let project = app.ledger.issue_project(&scope.project_ids(), issue)?;
        let project = project.ok_or(NONE)?;
        let family = app.family(project, issue)?;
        let found = match event.as_str() {
            "latest" | "recommended" => latest_of(&*app.archive, project, &family)?,
            "oldest" => oldest_of(&*app.archive, project, &family)?,
            id => {
                let id = id.parse::<EventId>().map_err(|_| NONE)?;
                app.archive.event(project, id)?
            }
        };
        let found = found
            .filter(|found| family.contains(&found.issue))
            .ok_or(NONE)?;
        let page = at.event(&scope.org.slug, issue, found.event.event_id);
        // `page` brings the path of the public URL along.
        let (public, path) = (at.public(""), at.path(""));
        let origin = public.strip_suffix(&path).unwrap_or(&public);
        Ok(markdown(&found, &format!("{origin}{page}")))
    })
    .await?;
    let headers = [
        // Browsers show this kind, and only offer to save `text/markdown`.
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, text).into_response())
}
