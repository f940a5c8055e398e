//! The issue list: search, filter, sort, and change many at once.

mod act;
mod asked;
mod badge;
mod bulk;
mod chosen;
mod confirm;
mod done;
mod file;
mod preview;
mod view;
mod walk;
mod wish;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use watchpost_model::{IssueId, Project, ProjectId, UserId, chain};
use watchpost_store::search::{field_names, nearest};
use watchpost_store::{
    Asker, IssueQuery, RecentSearch, SavedSearch, Search, SearchError, SearchText,
};

use self::asked::Asked;
pub(crate) use self::asked::SORTS;
pub(crate) use self::badge::Badge;
use self::bulk::Bulk;
pub(crate) use self::done::Done;
pub(crate) use self::view::headline;
use self::view::{Answer, Context, Emptiness, List};
use super::chart::Period;
use super::form::is_from_here;
use super::home::jump;
use super::people::Names;
use super::searches::{Chip, SearchBar, SearchMenu, Wrong};
use super::shell::{LAST_PROJECT, Scope, Shell, add_cookie, ask, small_cookie};
use super::{PageError, Visit};
use crate::App;

/// What the form of the list sends beside a text that somebody typed.
const TYPED: &str = "typed";
/// Values that a select list offers.
const CHOICES_MAX: usize = 50;
const YEAR_SECS: i64 = 365 * 24 * 3600;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/issues/", get(list))
        .route("/organizations/{org}/issues/act/", post(act::act))
        .route("/organizations/{org}/issues/csv/", get(file::csv))
        .route("/organizations/{org}/issues/count/", get(file::count))
        .route(
            "/organizations/{org}/issues/{issue}/preview/",
            get(preview::preview),
        )
}

#[derive(Template)]
#[template(path = "issues.html")]
struct IssuesPage {
    shell: Shell,
    org: String,
    project: Project,
    asked: Asked,
    list: List,
    bar: SearchBar,
    menu: SearchMenu,
    bulk: Bulk,
    done: Option<Done>,
}

/// What the stores said to a list's address; without rows when its text was not understood.
struct Found {
    scope: Scope,
    asked: Asked,
    /// The text as it was understood, or why it was not.
    search: Result<Search, SearchError>,
    answer: Answer,
    saved: Vec<SavedSearch>,
    recent: Vec<RecentSearch>,
    bulk: Bulk,
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (params, headers, at) = (
        visit.params.clone(),
        visit.headers.clone(),
        visit.at.clone(),
    );
    let user = visit.who.user.id;
    let found = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        let mut asked = Asked::read(&params);
        let project = choose(&scope, &asked.project, &headers)?;
        asked.project = project.id.to_string();
        scope.current = Some(project);
        // A text that is an id leads there instead.
        if let Some(elsewhere) = jump(app, &scope, &at, &asked.query)? {
            return Ok(Err(elsewhere));
        }
        if params.has(TYPED) {
            // A link elsewhere can say the same as the form.
            if is_from_here(&headers, &app.config.public_url) {
                remember(app, (&scope, user), &asked);
            }
            let list = at.issues_form(&scope.org.slug);
            return Ok(Err(format!("{list}?{}", asked.to_query())));
        }
        let saved = app.ledger.saved_searches(scope.org.id, user)?;
        if !params.has("query")
            && let Some(first) = saved.iter().find(|search| search.is_default)
        {
            asked = asked.with_search(&first.query, first.sort);
        }
        let bulk = Bulk::load(app, &scope, (user, &headers))?;
        Ok(Ok(look(app, scope, asked, (saved, user, bulk))?))
    })
    .await?;
    let found = match found {
        Ok(found) => found,
        Err(elsewhere) => return Ok(Redirect::to(&elsewhere).into_response()),
    };
    let seen = small_cookie(LAST_PROJECT, &found.asked.project, YEAR_SECS);
    let mut response = visit.answer(&IssuesPage::new(&visit, found)?)?;
    add_cookie(&mut response, seen);
    Ok(response)
}

/// Notes what somebody typed, so that they are reminded of it. Searching goes on without.
fn remember(app: &App, (scope, user): (&Scope, UserId), asked: &Asked) {
    if asked.is_plain() || understood(&asked.query).is_err() {
        return;
    }
    let (query, now) = (asked.query.trim(), app.clock.now());
    if let Err(error) = app.ledger.note_search(scope.org.id, user, query, now) {
        tracing::warn!(error = %chain(&error), "failed to note a search");
    }
}

/// What a text asks of issues.
fn understood(text: &str) -> Result<Search, SearchError> {
    let search = Search::parse(text)?;
    search.check_issues()?;
    Ok(search)
}

impl IssuesPage {
    fn new(visit: &Visit, found: Found) -> Result<Self, PageError> {
        let (scope, project) = (&found.scope, found.scope.project()?.clone());
        let asked = found.asked;
        let context = Context {
            at: &visit.at,
            org: &scope.org.slug,
            project: &project,
            asked: &asked,
            now: visit.now,
        };
        let href = |query: &str, sort| context.href(&asked.with_search(query, sort));
        let same_order = |query: &str| href(query, asked.sort);
        let is_fine = |text: &str| understood(text).is_ok();
        let status = found.search.as_ref().ok().and_then(Search::status);
        let chips = found.search.as_ref().ok();
        let chips = chips.map(|search| Chip::all(search, &same_order));
        let wrong = found.search.as_ref().err().cloned();
        let now = (asked.query.as_str(), asked.sort);
        let searches = visit.at.searches(&scope.org.slug);
        Ok(Self {
            list: List::new(&context, status, found.answer),
            shell: visit.shell(scope, "issues", &format!("Issues of {}", project.name)),
            done: visit.flash().and_then(Done::read),
            org: scope.org.slug.clone(),
            bulk: found.bulk,
            menu: SearchMenu::new(
                &found.saved,
                found.recent,
                now,
                (&searches, project.id),
                &href,
            ),
            bar: SearchBar {
                label: "Search issues",
                example: "is:unresolved level:error words in the title",
                query: asked.query.clone(),
                completions: visit.at.completions(&scope.org.slug, project.id),
                chips: chips.unwrap_or_default(),
                wrong: wrong.map(|wrong| Wrong::new(wrong, &asked.query, &is_fine, &same_order)),
            },
            project,
            asked,
        })
    }
}

/// The project that an address names by id or slug; without a name, the last one.
fn choose(
    scope: &Scope,
    named: &str,
    headers: &axum::http::HeaderMap,
) -> Result<Project, PageError> {
    let found = match (named, named.parse::<ProjectId>()) {
        ("", _) => scope.last_or_first(headers),
        (_, Ok(id)) => scope.projects.iter().find(|project| project.id == id),
        (slug, Err(_)) => scope.projects.iter().find(|project| project.slug == slug),
    };
    found.cloned().ok_or(PageError::Missing("project"))
}

/// Asks the store; a search text that it does not understand is shown, not refused.
fn look(
    app: &App,
    scope: Scope,
    asked: Asked,
    (saved, user, bulk): (Vec<SavedSearch>, UserId, Bulk),
) -> Result<Found, PageError> {
    let project = scope.project()?.id;
    let asker = Asker {
        now: app.clock.now(),
        user: Some(user),
    };
    let (query, wrong) = match asked.question(project, asker) {
        Ok(query) => (query, None),
        Err(wrong) => (IssueQuery::all(project), Some(wrong)),
    };
    let (page, cut) = if wrong.is_none() {
        let text = SearchText::parse(&asked.query);
        text.page(&*app.ledger, &*app.archive, scope.project()?, &query)?
    } else {
        let (rows, next) = (Vec::new(), None);
        (watchpost_store::Page { rows, next }, None)
    };
    let ids: Vec<IssueId> = page.rows.iter().map(|issue| issue.id).collect();
    let since = Period::Day.since(app.clock.now());
    let values = |key| app.ledger.tag_values(project, key, CHOICES_MAX);
    let hint = match &wrong {
        None if page.rows.is_empty() => unknown_tag(app, project, &query)?,
        _ => None,
    };
    let is_somebodys = page.rows.iter().any(|issue| issue.assignee.is_some());
    let answer = Answer {
        names: if is_somebodys {
            Names::load(app, scope.org.id)?
        } else {
            Names::default()
        },
        hint,
        cut,
        hours: app.ledger.hourly_many(project, &ids, since)?,
        counts: app.ledger.status_counts(project)?,
        loggers: values("logger")?,
        servers: values("server_name")?,
        sites: values("site")?,
        issues: page.rows,
        next: page.next.map(|cursor| cursor.0),
    };
    Ok(Found {
        recent: app.ledger.recent_searches(scope.org.id, user)?,
        search: wrong.map_or(Ok(query.search), Err),
        scope,
        asked,
        answer,
        saved,
        bulk,
    })
}

/// What to say about a tag that no event of the project has.
fn unknown_tag(
    app: &App,
    project: ProjectId,
    query: &IssueQuery,
) -> Result<Option<String>, PageError> {
    let asked = query.search.tags();
    if asked.is_empty() {
        return Ok(None);
    }
    let known = app.ledger.tag_keys(project)?;
    let is_known = |name: &str| known.iter().any(|tag| tag.key == name);
    let unknown = asked.into_iter().find(|(name, _)| !is_known(name));
    Ok(unknown.map(|(name, position)| {
        let mut names: Vec<&str> = known.iter().map(|tag| tag.key.as_str()).collect();
        for field in field_names() {
            names.push(field);
        }
        let near = nearest(name, names.into_iter());
        let place = position + 1;
        format!("No event here has a tag `{name}`{near} (at character {place})")
    }))
}
