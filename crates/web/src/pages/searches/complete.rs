//! `GET …/search/complete/?project=&query=&at=`: what the text of a search box can go on with, as
//! JSON for the script of the page. `project=` may come several times, -1 means all. The API has
//! the same for programs.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::App;
use crate::pages::shell::{Scope, ask};
use crate::pages::{PageError, Visit};
use crate::suggest::{Asking, suggest};

/// See the file.
pub(super) async fn complete(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let text = visit.params.exact("query").to_owned();
    let caret = visit.params.get("at").parse();
    let caret = caret.unwrap_or_else(|_| text.chars().count());
    let named: Vec<String> = visit.params.all("project").map(str::to_owned).collect();
    let of_events = visit.params.get("dataset") == "events";
    let user = visit.who.user.id;
    let found = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let mut projects = scope.projects;
        // A list of several projects names them, or none for all.
        let is_all = named.is_empty() || named.iter().any(|name| name == "-1");
        projects.retain(|known| is_all || named.contains(&known.id.to_string()));
        let asking = Asking {
            text,
            caret,
            of_events,
            user,
            org: scope.org.id,
            projects,
        };
        Ok(suggest(app, &asking)?)
    });
    let headers = [(header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, Json(found.await?)).into_response())
}
