//! One issue: its page with the latest event, each of its events, and the pages around it.

mod comment;
mod events;
mod filter;
mod life;
mod merged;
mod narrow;
mod outside;
mod share;
mod similar;
mod stored;
mod tag;
mod tag_view;
mod ticket;
mod view;
mod which;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use watchpost_model::{EventId, Issue, IssueId, Project, ProjectId, Showing, Timestamp, UserId};
use watchpost_store::{ArchivedEvent, Neighbours, SearchError, StoreError, TagCount};

use self::filter::FilterBar;
use self::life::{Life, LifeFacts};
use self::narrow::{Drawn, Narrow, Walk};
use self::outside::{Outside, OutsideFacts};
use self::tag_view::{Place, TagLine, TagView, lines, tags};
use self::view::{Head, Steps, fitting_period};
use self::which::Which;
use super::chart::{Chart, Period};
use super::event::Body;
use super::event::stack::{Reading, Row};
use super::issues::Done;
use super::shell::{Scope, Shell, add_cookie, ask, small_cookie};
use super::{PageError, Visit};
use crate::App;
use crate::rights::staff;
use crate::session::cookie;

/// Values of each tag in the side column.
const TAG_VALUES_MAX: usize = 5;
/// Environments that a page can be narrowed to.
const ENVIRONMENTS_MAX: usize = 50;
/// Releases that a graph marks, the newest.
const MARKERS_MAX: usize = 12;
const READING: &str = "reading";
const YEAR_SECS: i64 = 365 * 24 * 3600;

pub(crate) fn routes() -> Router<App> {
    const ISSUE: &str = "/organizations/{org}/issues/{issue}/";
    let path = |page: &str| format!("{ISSUE}{page}");
    Router::new()
        .route(ISSUE, get(show))
        .route(&path("comments/"), post(comment::comment))
        .route(&path("merged/"), get(merged::show))
        .route(&path("similar/"), get(similar::show))
        .route(&path("share/"), get(share::show).post(share::change))
        .route(&path("tickets/"), post(ticket::change))
        .route(&path("tags/{key}/"), get(tag::show))
        .route(&path("tags/{key}/csv/"), get(tag::csv))
        .route(&path("events/"), get(events::show))
        .route(&path("events/csv/"), get(events::csv))
        .route(&path("events/{event}/"), get(event))
        .route(&path("events/{event}/json/"), get(stored::json))
        .route(&path("events/{event}/markdown/"), get(stored::as_markdown))
        .merge(share::routes())
}

#[derive(Template)]
#[template(path = "issue.html")]
struct IssuePage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    filter: FilterBar,
    chart: Chart,
    /// Said when the graph does not have all that fits.
    cut: Option<String>,
    tags: Vec<TagView>,
    own_tags: Vec<TagLine>,
    event: Option<Body>,
    event_id: Option<EventId>,
    steps: Option<Steps>,
    /// What the event is called that is shown.
    event_name: &'static str,
    /// The one that tells most, when another one is shown.
    recommended: Option<String>,
    all_events: String,
    /// Where links that change the reading lead to.
    here: String,
    life: Option<Life>,
    outside: Outside,
    done: Option<Done>,
}

/// What the stores answered.
struct Found {
    scope: Scope,
    issue: Issue,
    narrow: Narrow,
    which: Which,
    wrong: Option<SearchError>,
    /// The events that fit, when not all do.
    walk: Option<Walk>,
    drawn: Drawn,
    period: Period,
    releases: Vec<(String, Timestamp)>,
    environments: Vec<String>,
    tags: Vec<TagCount>,
    event: Option<(ArchivedEvent, Neighbours)>,
    showing: Showing,
    life: LifeFacts,
    outside: OutsideFacts,
}

/// `GET …/issues/N/`: the issue, and its latest event.
async fn show(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (narrow, by) = (Narrow::read(&visit.params), visit.who.user.id);
    let found = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        look(app, scope, issue, (Which::Latest, narrow, by))
    })
    .await?;
    let here = visit.at.issue(&found.scope.org.slug, found.issue.id);
    page(&visit, &found, here, false)
}

/// `GET …/issues/N/events/E/`: one event of it.
async fn event(
    State(app): State<App>,
    Path((org, issue, event)): Path<(String, String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let which = Which::read(&event)?;
    let (narrow, by) = (Narrow::read(&visit.params), visit.who.user.id);
    let found = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        look(app, scope, issue, (which, narrow, by))
    })
    .await?;
    let (org, issue) = (&found.scope.org.slug, found.issue.id);
    let here = match &found.event {
        Some((archived, _)) => visit.at.event(org, issue, archived.event.event_id),
        // Nothing fits: the page of the issue says so.
        None if found.walk.is_some() => visit.at.issue(org, issue),
        None => return Err(PageError::Missing("event")),
    };
    page(&visit, &found, here, true)
}

/// The issue of that id, if it is in the organization; with its project in view. Blocks.
fn locate(app: &App, org: &str, issue: &str) -> Result<(Scope, Issue), PageError> {
    const NONE: PageError = PageError::Missing("issue");
    let id = issue.parse::<IssueId>().map_err(|_| NONE)?;
    let mut scope = Scope::load(app, org)?;
    let Some(project) = app.ledger.issue_project(&scope.project_ids(), id)? else {
        return Err(gone(app, &scope, id)?.unwrap_or(NONE));
    };
    let issue = app.ledger.issue(project, id)?.ok_or(NONE)?;
    scope.current = scope
        .projects
        .iter()
        .find(|known| known.id == project)
        .cloned();
    Ok((scope, issue))
}

/// Who deleted an issue of that id. Blocks.
fn gone(app: &App, scope: &Scope, id: IssueId) -> Result<Option<PageError>, StoreError> {
    let Some(deleted) = app.ledger.deleted_issue(&scope.project_ids(), id)? else {
        return Ok(None);
    };
    let mut projects = scope.projects.iter();
    let Some(project) = projects.find(|known| known.id == deleted.project) else {
        return Ok(None);
    };
    let by = match deleted.by {
        Some(user) => app.ledger.user(user)?,
        None => None,
    };
    let words = outside::deletion(&deleted, project, by.as_ref());
    Ok(Some(PageError::Deleted(words)))
}

fn look(
    app: &App,
    scope: Scope,
    issue: Issue,
    (which, narrow, by): (Which, Narrow, UserId),
) -> Result<Found, PageError> {
    let (project, id, now) = (issue.project, issue.id, app.clock.now());
    let period = narrow.period.unwrap_or_else(|| fitting_period(&issue, now));
    let family = app.family(project, id)?;
    let (mut walk, mut wrong) = (None, None);
    let (mut drawn, since) = (None, period.since(now));
    if !narrow.is_everything() {
        match narrow.filter(&family, now) {
            Ok(filter) => {
                walk = Some(Walk::new(&*app.archive, project, &filter)?);
                if narrow.has_words() {
                    drawn = Some(Drawn::new(&*app.archive, project, filter, (period, now))?);
                }
            }
            Err(error) => wrong = Some(error),
        }
    }
    let drawn = match drawn {
        Some(drawn) => drawn,
        None => Drawn::all(app.ledger.hourly(project, id, since)?),
    };
    let event = which.find(app, project, &family, walk.as_ref())?;
    let around = |event: ArchivedEvent| {
        let around = app
            .archive
            .neighbours(project, &family, event.event.event_id)?;
        Ok::<_, PageError>((event, around))
    };
    let environments = (0, ENVIRONMENTS_MAX);
    let (environments, _) =
        app.ledger
            .issue_tag_values(project, id, "environment", environments)?;
    let life = life_facts(app, &scope, &family, &issue, by)?;
    Ok(Found {
        drawn,
        releases: app.ledger.releases_since(project, since, MARKERS_MAX)?,
        environments: environments.into_iter().map(|value| value.value).collect(),
        tags: app.ledger.issue_tags(project, id, TAG_VALUES_MAX)?,
        event: event.map(around).transpose()?,
        showing: app.ledger.rules(project)?.showing,
        outside: OutsideFacts::load(app, &issue, &life.activity)?,
        life,
        period,
        wrong,
        walk,
        which,
        narrow,
        issue,
        scope,
    })
}

fn life_facts(
    app: &App,
    scope: &Scope,
    family: &[IssueId],
    issue: &Issue,
    by: UserId,
) -> Result<LifeFacts, PageError> {
    let (project, id): (ProjectId, IssueId) = (issue.project, issue.id);
    let mut personal = app.ledger.personal(project, &[id], by)?;
    let personal = personal.pop().map(|(_, personal)| personal);
    let mut suggested = app.ledger.suggested(project, &[id])?;
    Ok(LifeFacts {
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
    })
}

fn page(
    visit: &Visit,
    found: &Found,
    here: String,
    is_event_page: bool,
) -> Result<Response, PageError> {
    let project = found.scope.project()?.clone();
    let (org, issue) = (found.scope.org.slug.clone(), &found.issue);
    let (at, narrow, reading) = (&visit.at, &found.narrow, reading(visit));
    let own = at.issue(&org, issue.id);
    let place = Place {
        narrow,
        issue: &own,
    };
    let link = |id: EventId| narrow.on(&at.event(&org, issue.id, id));
    let head = Head::new(issue, &project, visit.now);
    let event = found.event.as_ref();
    let event_id = event.map(|(event, _)| event.event.event_id);
    let steps = event.map(|(event, around)| match &found.walk {
        Some(walk) => Steps::among(walk, event.event.event_id, link),
        None => Steps::new(around, event.event.event_id, issue.times_seen, link),
    });
    let own_tags = event.map(|(event, _)| {
        let tags = event.event.tags.iter();
        tags.map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect()
    });
    let chart = Chart::new(found.period, &found.drawn.counts, visit.now);
    let release = |name: &str| at.issues_of_release(&org, project.id, name);
    let rules = at.rules(&org, &project.slug, "grouping/frame");
    let how = (reading, &found.showing, rules.as_str());
    let recommended = narrow.on(&at.event(&org, issue.id, "recommended"));
    let page = IssuePage {
        shell: visit.shell(&found.scope, "issues", &head.tab()),
        filter: FilterBar::new(found, at, &org, &here),
        chart: chart.with_releases(found.releases.clone(), visit.now, release),
        cut: found.drawn.cut.clone(),
        tags: tags(found.tags.clone(), issue, place),
        own_tags: lines(own_tags.unwrap_or_default(), place),
        event: event.map(|(event, _)| Body::new(event, how, visit.now)),
        event_name: match found.which {
            Which::Recommended => "Recommended event",
            _ if is_event_page => "Event",
            _ => "Latest received event",
        },
        recommended: (found.which != Which::Recommended).then_some(recommended),
        all_events: narrow.on(&at.events(&org, issue.id)),
        done: visit.flash().and_then(Done::read),
        life: Some(Life::new(issue, &found.life, visit.now)),
        outside: Outside::new(found, release, visit.now),
        issue: issue.id,
        event_id,
        steps,
        org,
        project,
        head,
        here,
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
    let (mut frames, order) = (visit.params.get("frames"), visit.params.get("order"));
    if !visit.params.get("frame_text").is_empty() && frames != "raw" {
        // What is looked for may be anywhere; how somebody likes to read stays.
        frames = "all";
    }
    Reading::read(remembered, frames, order)
}
