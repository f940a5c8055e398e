//! The guide from a new project to its first event: what to type, why a client was refused, and a
//! light that turns green.

pub(crate) mod catalog;
mod rejected;
mod steps;
mod test_event;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use watchpost_model::{FilteredEvent, Key, Project, Rejection};
use watchpost_store::{EventFilter, EventSummary};

use self::catalog::{Client, Group, MORE, for_platform, named};
use self::rejected::{Listener, Told};
use self::steps::{Step, steps};
use super::format::When;
use super::keys::KeyView;
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;

/// How long a filtered event is told, as long as a refusal.
const TOLD_SECS_MAX: i64 = 3600;
/// Refusals that are listed.
const TOLD_COUNT_MAX: usize = 5;

pub(crate) fn routes() -> Router<App> {
    const GUIDE: &str = "/organizations/{org}/projects/{project}/getting-started/";
    Router::new()
        .route(GUIDE, get(show))
        .route(&format!("{GUIDE}test-event/"), post(test_event::send))
}

#[derive(Template)]
#[template(path = "getting_started.html")]
struct GettingStartedPage {
    shell: Shell,
    org: String,
    project: Project,
    here: String,
    key: Option<KeyView>,
    groups: Vec<&'static Group>,
    chosen: &'static Client,
    /// Whether somebody or the project's platform chose the client.
    is_chosen: bool,
    steps: Vec<Step>,
    arrived: Option<Arrived>,
    told: Vec<Told>,
    /// Changes when there is something new to show.
    state: String,
    said: Option<&'static str>,
    wrong: Option<&'static str>,
}

/// The event that arrived last.
struct Arrived {
    title: String,
    href: String,
    when: When,
}

/// What the page asks the stores and the gates.
struct Facts {
    scope: Scope,
    keys: Vec<Key>,
    last: Option<EventSummary>,
    rejections: Vec<Rejection>,
    filtered: Vec<FilteredEvent>,
}

impl Facts {
    fn load(app: &App, org: &str, project: &str) -> Result<Self, PageError> {
        let scope = Scope::load_project(app, org, project)?;
        let id = scope.project()?.id;
        let filter = EventFilter {
            without: app.ledger.trashed(id)?,
            ..EventFilter::default()
        };
        let last = app.archive.events(id, &filter, None, 1)?;
        let since = app.clock.now().plus_secs(-TOLD_SECS_MAX);
        Ok(Self {
            scope,
            keys: app.ledger.keys(id)?,
            last: last.rows.into_iter().next(),
            rejections: (app.rejections)(id),
            filtered: app.ledger.filtered_events(id, since)?,
        })
    }
}

async fn show(
    State(app): State<App>,
    Path((org, project)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let facts = ask(&app, move |app| Facts::load(app, &org, &project)).await?;
    let (scope, keys, last) = (facts.scope, facts.keys, facts.last);
    let project = scope.project()?.clone();
    let org = scope.org.slug.clone();
    let listener = Listener {
        org: &org,
        project: &project,
        keys: &keys,
        at: &visit.at,
        now: visit.now,
    };
    let told = listener.tell_all(&facts.rejections, &facts.filtered, TOLD_COUNT_MAX);
    let state = state(last.as_ref(), &told);
    let key = keys.iter().find(|key: &&Key| key.active);
    let key = key.map(|key| KeyView::new(key, &visit.at, visit.now));
    let wanted = named(visit.params.get("client"));
    let fitting = || project.platform.as_deref().and_then(for_platform);
    let found = wanted.or_else(fitting);
    let [by_hand, ..] = MORE.clients else {
        return Err(PageError::Missing("client"));
    };
    let chosen = found.unwrap_or(by_hand);
    let door = visit.at.public(&format!("/api/{}/store/", project.id));
    let arrived = |event: EventSummary| Arrived {
        href: visit.at.event(&org, event.issue, event.event),
        when: When::new(event.received, visit.now),
        title: event.title,
    };
    let page = GettingStartedPage {
        shell: visit.shell(&scope, "start", &format!("Connect {}", project.name)),
        here: visit.at.getting_started(&org, &project.slug),
        groups: catalog::groups().collect(),
        steps: key
            .as_ref()
            .map_or_else(Vec::new, |key| steps(chosen, key, &door)),
        is_chosen: found.is_some(),
        arrived: last.map(arrived),
        said: (visit.flash() == Some("test-sent")).then_some("Test event sent."),
        wrong: (visit.flash() == Some("test-refused"))
            .then_some("The test event was refused. The reason is below."),
        told,
        state,
        chosen,
        key,
        org,
        project,
    };
    visit.answer(&page)
}

/// What an open page compares to see whether there is something new.
fn state(last: Option<&EventSummary>, told: &[Told]) -> String {
    let event = last.map_or_else(String::new, |event| event.event.to_string());
    let newest = told.first().map_or("", |one| &one.when.iso);
    format!("{event} {newest} {}", told.len())
}
