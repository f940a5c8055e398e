//! Dashboards: pages of answers to saved queries, of everybody in an organization.

mod change;
mod tile;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use watchpost_model::DashboardId;
use watchpost_store::limits::TILE_COUNT_MAX;
use watchpost_store::{Dashboard, SavedQuery, TileShape};

use self::tile::{Face, TileView};
use super::explore::{Span, creator};
use super::format::When;
use super::people::Names;
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;

pub(crate) fn routes() -> Router<App> {
    const ALL: &str = "/organizations/{org}/dashboards/";
    Router::new()
        .route(ALL, get(list).post(change::create))
        .route(
            &format!("{ALL}{{dashboard}}/"),
            get(show).post(change::change),
        )
}

#[derive(Template)]
#[template(path = "dashboards.html")]
struct DashboardsPage {
    shell: Shell,
    org: String,
    rows: Vec<Row>,
    typed: String,
    said: Option<&'static str>,
    wrong: Option<String>,
}

struct Row {
    dashboard: Dashboard,
    creator: String,
    changed: When,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    shell: Shell,
    org: String,
    dashboard: Dashboard,
    creator: String,
    created: When,
    /// The period of all tiles; `None`: each has its own.
    span: Option<Span>,
    tiles: Vec<TileView>,
    queries: Vec<SavedQuery>,
    is_full: bool,
    said: Option<&'static str>,
    wrong: Option<String>,
}

impl DashboardPage {
    fn is_over(&self, span: &Span) -> bool {
        self.span.as_ref() == Some(span)
    }
}

fn named(text: &str) -> Result<DashboardId, PageError> {
    text.parse().map_err(|_| PageError::Missing("dashboard"))
}

fn done(flash: &str) -> Option<&'static str> {
    Some(match flash {
        "dashboard-made" => "The dashboard is made. Add what it shows below.",
        "dashboard-renamed" => "The dashboard is renamed.",
        "dashboard-deleted" => "The dashboard is deleted.",
        "tile-added" => "The tile is added.",
        "tile-moved" => "The tile is moved.",
        "tile-deleted" => "The tile is deleted.",
        _ => return None,
    })
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    list_page(&app, org, &visit, (String::new(), None)).await
}

async fn list_page(
    app: &App,
    org: String,
    visit: &Visit,
    (typed, wrong): (String, Option<String>),
) -> Result<Response, PageError> {
    let (scope, all, names) = ask(app, move |app| {
        let scope = Scope::load(app, &org)?;
        let all = app.ledger.dashboards(scope.org.id)?;
        let names = Names::load(app, scope.org.id)?;
        Ok((scope, all, names))
    })
    .await?;
    let row = |dashboard: Dashboard| Row {
        creator: creator(&names, dashboard.creator),
        changed: When::new(dashboard.changed, visit.now),
        dashboard,
    };
    let is_wrong = wrong.is_some();
    let page = visit.answer(&DashboardsPage {
        shell: visit.shell(&scope, "dashboards", "Dashboards"),
        org: scope.org.slug.clone(),
        rows: all.into_iter().map(row).collect(),
        said: visit.flash().and_then(done),
        typed,
        wrong,
    })?;
    Ok(with_status(page, is_wrong))
}

async fn show(
    State(app): State<App>,
    Path((org, dashboard)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    show_page(&app, (org, named(&dashboard)?), &visit, None).await
}

async fn show_page(
    app: &App,
    (org, id): (String, DashboardId),
    visit: &Visit,
    wrong: Option<String>,
) -> Result<Response, PageError> {
    let span = Span::from_name(visit.params.get("statsPeriod"));
    let (user, now, at) = (visit.who.user.id, visit.now, visit.at.clone());
    let (scope, dashboard, tiles, queries, names) = ask(app, move |app| {
        let scope = Scope::load(app, &org)?;
        let (dashboard, tiles) = app.ledger.dashboard(scope.org.id, id)?;
        let tiles = tile::draw_all(app, &at, &scope, (tiles, span), now)?;
        let queries = app.ledger.saved_queries(scope.org.id, user)?;
        let names = Names::load(app, scope.org.id)?;
        Ok((scope, dashboard, tiles, queries, names))
    })
    .await?;
    let is_wrong = wrong.is_some();
    let page = visit.answer(&DashboardPage {
        shell: visit.shell(&scope, "dashboards", &dashboard.name),
        org: scope.org.slug.clone(),
        creator: creator(&names, dashboard.creator),
        created: When::new(dashboard.created, now),
        is_full: tiles.len() as u64 >= TILE_COUNT_MAX,
        said: visit.flash().and_then(done),
        dashboard,
        span,
        tiles,
        queries,
        wrong,
    })?;
    Ok(with_status(page, is_wrong))
}

fn with_status(page: Response, is_wrong: bool) -> Response {
    if is_wrong {
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    } else {
        page
    }
}
