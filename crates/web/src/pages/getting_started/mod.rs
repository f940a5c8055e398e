//! The first-run guide: what to type, and a light that turns green at the first event.

mod snippets;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{Key, Project};
use watchpost_store::{EventFilter, EventSummary};

use self::snippets::{CLIENTS, Client, Step, choose};
use super::format::When;
use super::keys::KeyView;
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;

pub(crate) fn routes() -> Router<App> {
    Router::new().route(
        "/organizations/{org}/projects/{project}/getting-started/",
        get(show),
    )
}

#[derive(Template)]
#[template(path = "getting_started.html")]
struct GettingStartedPage {
    shell: Shell,
    org: String,
    project: Project,
    here: String,
    key: Option<KeyView>,
    clients: &'static [Client],
    chosen: &'static Client,
    steps: Vec<Step>,
    arrived: Option<Arrived>,
}

/// The event that arrived last.
struct Arrived {
    title: String,
    href: String,
    when: When,
}

async fn show(
    State(app): State<App>,
    Path((org, project)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, keys, last) = ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &project)?;
        let id = scope.project()?.id;
        let keys = app.ledger.keys(id)?;
        let last = app.archive.events(id, &EventFilter::default(), None, 1)?;
        Ok((scope, keys, last.rows.into_iter().next()))
    })
    .await?;
    let project = scope.project()?.clone();
    let org = scope.org.slug.clone();
    let usable = |key: &&Key| key.active;
    let key = keys
        .iter()
        .find(usable)
        .map(|key| KeyView::new(key, &visit.at, visit.now));
    let chosen = choose(visit.params.get("client"), project.platform.as_deref());
    let door = visit.at.public(&format!("/api/{}/store/", project.id));
    let steps = key.as_ref().map(|key| chosen.steps(key, door));
    let arrived = |event: EventSummary| Arrived {
        href: visit.at.event(&org, event.issue, event.event),
        when: When::new(event.received, visit.now),
        title: event.title,
    };
    let page = GettingStartedPage {
        shell: visit.shell(&scope, "start", &format!("Connect {}", project.name)),
        here: visit.at.getting_started(&org, &project.slug),
        clients: &CLIENTS,
        steps: steps.unwrap_or_default(),
        arrived: last.map(arrived),
        chosen,
        key,
        org,
        project,
    };
    visit.answer(&page)
}
