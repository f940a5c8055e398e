//! One issue: its page with the latest event, each of its events, the table of all.

mod comment;
mod life;
mod merged;
mod stored;
mod view;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use watchpost_model::{EventId, Issue, IssueId, Project, ProjectId, Timestamp, UserId};
use watchpost_store::{
    ArchivedEvent, Asker, Cursor, EventFilter, Neighbours, Search, SearchError, TagCount,
    latest_of, oldest_of,
};

use self::life::{Life, LifeFacts};
use self::view::{EventRow, Head, Steps, TagView, fitting_period, tags};
use super::chart::{Chart, Period};
use super::event::Body;
use super::event::stack::{Reading, Row};
use super::issues::Done;
use super::links::encode;
use super::searches::{Chip, SearchBar, Wrong};
use super::shell::{Scope, Shell, add_cookie, ask, small_cookie};
use super::{PageError, Visit};
use crate::App;
use crate::rights::staff;
use crate::session::cookie;

/// Values of each tag in the side column.
const TAG_VALUES_MAX: usize = 5;
/// Rows of the table of events.
const EVENTS_MAX: usize = 50;
const READING: &str = "reading";
const YEAR_SECS: i64 = 365 * 24 * 3600;

pub(crate) fn routes() -> Router<App> {
    const ISSUE: &str = "/organizations/{org}/issues/{issue}/";
    Router::new()
        .route(ISSUE, get(show))
        .route(&format!("{ISSUE}comments/"), post(comment::comment))
        .route(&format!("{ISSUE}merged/"), get(merged::show))
        .route(&format!("{ISSUE}events/"), get(events))
        .route(&format!("{ISSUE}events/{{event}}/"), get(event))
        .route(&format!("{ISSUE}events/{{event}}/json/"), get(stored::json))
        .route(
            &format!("{ISSUE}events/{{event}}/markdown/"),
            get(stored::as_markdown),
        )
}

#[derive(Template)]
#[template(path = "issue.html")]
struct IssuePage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    chart: Chart,
    tags: Vec<TagView>,
    event: Option<Body>,
    event_id: Option<EventId>,
    steps: Option<Steps>,
    /// Where links that change the reading lead to.
    here: String,
    is_event_page: bool,
    life: Option<Life>,
    done: Option<Done>,
}

/// Which event of an issue an address names.
#[derive(Clone, Copy)]
enum Which {
    Latest,
    Oldest,
    This(EventId),
}

impl Which {
    fn read(text: &str) -> Result<Self, PageError> {
        match text {
            "latest" | "recommended" => Ok(Self::Latest),
            "oldest" => Ok(Self::Oldest),
            id => {
                let id = id.parse().map_err(|_| PageError::Missing("event"))?;
                Ok(Self::This(id))
            }
        }
    }
}

impl Which {
    /// The event, if it is one of `family`: one of another issue, even of the same project, is not
    /// here. Blocks.
    fn find(
        self,
        app: &App,
        project: ProjectId,
        family: &[IssueId],
    ) -> Result<Option<ArchivedEvent>, PageError> {
        let archive = &*app.archive;
        let event = match self {
            Self::Latest => latest_of(archive, project, family)?,
            Self::Oldest => oldest_of(archive, project, family)?,
            Self::This(event) => archive.event(project, event)?,
        };
        Ok(event.filter(|event| family.contains(&event.issue)))
    }
}

/// What the stores answered.
struct Found {
    scope: Scope,
    issue: Issue,
    hours: Vec<(Timestamp, u64)>,
    period: Period,
    tags: Vec<TagCount>,
    event: Option<(ArchivedEvent, Neighbours)>,
    life: LifeFacts,
}

/// `GET …/issues/N/`: the issue, and its latest event.
async fn show(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let period = Period::from_name(visit.params.get("period"));
    let by = visit.who.user.id;
    let found = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        look(app, scope, issue, (Which::Latest, period, by))
    })
    .await?;
    let here = visit.at.issue(&found.scope.org.slug, found.issue.id);
    page(&visit, found, here, false)
}

/// `GET …/issues/N/events/E/`: one event of it.
async fn event(
    State(app): State<App>,
    Path((org, issue, event)): Path<(String, String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let which = Which::read(&event)?;
    let period = Period::from_name(visit.params.get("period"));
    let by = visit.who.user.id;
    let found = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        look(app, scope, issue, (which, period, by))
    })
    .await?;
    let Some((archived, _)) = &found.event else {
        return Err(PageError::Missing("event"));
    };
    let id = archived.event.event_id;
    let here = visit.at.event(&found.scope.org.slug, found.issue.id, id);
    page(&visit, found, here, true)
}

/// The issue of that id, if it is in the organization; with its project in view. Blocks.
fn locate(app: &App, org: &str, issue: &str) -> Result<(Scope, Issue), PageError> {
    const NONE: PageError = PageError::Missing("issue");
    let id = issue.parse::<IssueId>().map_err(|_| NONE)?;
    let mut scope = Scope::load(app, org)?;
    let project = app
        .ledger
        .issue_project(&scope.project_ids(), id)?
        .ok_or(NONE)?;
    let issue = app.ledger.issue(project, id)?.ok_or(NONE)?;
    scope.current = scope
        .projects
        .iter()
        .find(|known| known.id == project)
        .cloned();
    Ok((scope, issue))
}

fn look(
    app: &App,
    scope: Scope,
    issue: Issue,
    (which, period, by): (Which, Option<Period>, UserId),
) -> Result<Found, PageError> {
    let (project, id, now) = (issue.project, issue.id, app.clock.now());
    let period = period.unwrap_or_else(|| fitting_period(&issue, now));
    let family = app.family(project, id)?;
    let event = which.find(app, project, &family)?;
    let around = |event: ArchivedEvent| {
        let around = app
            .archive
            .neighbours(project, &family, event.event.event_id)?;
        Ok::<_, PageError>((event, around))
    };
    let mut personal = app.ledger.personal(project, &[id], by)?;
    let personal = personal.pop().map(|(_, personal)| personal);
    let mut suggested = app.ledger.suggested(project, &[id])?;
    let life = LifeFacts {
        activity: app.ledger.activity(project, id)?,
        users: app.ledger.users()?,
        members: staff(app, scope.org.id)?,
        teams: app.ledger.teams(scope.org.id)?,
        suggested: suggested.pop().map(|(_, all)| all).unwrap_or_default(),
        personal: personal.unwrap_or_default(),
        parts: family.iter().skip(1).copied().collect(),
        splits: app.ledger.splits()?,
        kin: app.ledger.kin(project, id)?.len(),
        by,
    };
    Ok(Found {
        life,
        hours: app.ledger.hourly(project, id, period.since(now))?,
        tags: app.ledger.issue_tags(project, id, TAG_VALUES_MAX)?,
        event: event.map(around).transpose()?,
        period,
        issue,
        scope,
    })
}

fn page(
    visit: &Visit,
    found: Found,
    here: String,
    is_event_page: bool,
) -> Result<Response, PageError> {
    let project = found.scope.project()?.clone();
    let (org, issue) = (found.scope.org.slug.clone(), found.issue);
    let reading = reading(visit);
    let link = |id: EventId| visit.at.event(&org, issue.id, id);
    let head = Head::new(&issue, &project, visit.now);
    let event = found.event.as_ref();
    let page = IssuePage {
        shell: visit.shell(&found.scope, "issues", &head.tab()),
        chart: Chart::new(found.period, &found.hours, visit.now),
        tags: tags(found.tags, &issue, &visit.at, &org),
        steps: event
            .map(|(event, around)| Steps::new(around, &event.event, issue.times_seen, link)),
        event_id: event.map(|(event, _)| event.event.event_id),
        event: event.map(|(event, _)| Body::new(event, reading, visit.now)),
        done: visit.flash().and_then(Done::read),
        life: Some(Life::new(&issue, &found.life, visit.now)),
        issue: issue.id,
        org,
        project,
        head,
        here,
        is_event_page,
    };
    let mut response = visit.answer(&page)?;
    if visit.params.has("frames") || visit.params.has("order") {
        add_cookie(
            &mut response,
            small_cookie(READING, &reading.name(), YEAR_SECS),
        );
    }
    Ok(response)
}

fn reading(visit: &Visit) -> Reading {
    let remembered = cookie(&visit.headers, READING).unwrap_or_default();
    let (frames, order) = (visit.params.get("frames"), visit.params.get("order"));
    Reading::read(remembered, frames, order)
}

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    rows: Vec<EventRow>,
    first: Option<String>,
    next: Option<String>,
    /// What is told on the page of the issue only.
    life: Option<Life>,
    done: Option<Done>,
    bar: SearchBar,
}

/// What events a search text asks for, or what is wrong with it.
fn searched(text: &str) -> Result<Search, SearchError> {
    let search = Search::parse(text)?;
    search.check_events()?;
    Ok(search)
}

/// `GET …/issues/N/events/`: the stored events that are searched for in a table, newest first.
async fn events(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let cursor = visit.params.get("cursor").to_owned();
    let is_later_page = !cursor.is_empty();
    let query = visit.params.get("query").to_owned();
    let asked = searched(&query);
    let search = asked.as_ref().ok().cloned();
    let (scope, issue, found) = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        let Some(search) = search else {
            let (rows, next) = (Vec::new(), None);
            return Ok((scope, issue, watchpost_store::Page { rows, next }));
        };
        let filter = EventFilter {
            search,
            asker: Asker::at(app.clock.now()),
            ..EventFilter::of_issues(&app.family(issue.project, issue.id)?)
        };
        let cursor = Some(Cursor(cursor)).filter(|cursor| !cursor.0.is_empty());
        let found = app
            .archive
            .events(issue.project, &filter, cursor.as_ref(), EVENTS_MAX)?;
        Ok((scope, issue, found))
    })
    .await?;
    let org = scope.org.slug.clone();
    let project = scope.project()?.clone();
    let list = visit.at.events(&org, issue.id);
    let href = |query: &str| format!("{list}?query={}", encode(query));
    let base = href(&query);
    let head = Head::new(&issue, &project, visit.now);
    let row = |event: watchpost_store::EventSummary| {
        let href = visit.at.event(&org, issue.id, event.event);
        EventRow::new(event, href, visit.now)
    };
    let next = found
        .next
        .map(|cursor| format!("{base}&cursor={}", encode(&cursor.0)));
    let page = EventsPage {
        shell: visit.shell(&scope, "issues", &format!("Events of {}", head.short_id)),
        rows: found.rows.into_iter().map(row).collect(),
        first: is_later_page.then_some(base),
        done: visit.flash().and_then(Done::read),
        life: None,
        issue: issue.id,
        bar: SearchBar {
            label: "Search events",
            example: "browser.name:Firefox release:>=2.0 words",
            completions: format!("{}&dataset=events", visit.at.completions(&org, project.id)),
            chips: match &asked {
                Ok(search) => Chip::all(search, &href),
                Err(_) => Vec::new(),
            },
            wrong: asked
                .err()
                .map(|wrong| Wrong::new(wrong, &query, &|text| searched(text).is_ok(), &href)),
            query,
        },
        next,
        org,
        project,
        head,
    };
    visit.answer(&page)
}
