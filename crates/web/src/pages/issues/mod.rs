//! The issue list: search, filter, sort, and change many at once.

mod act;
mod asked;
mod badge;
mod bulk;
mod chosen;
mod confirm;
mod done;
mod file;
mod find;
mod narrow;
mod preview;
mod tabs;
mod view;
mod walk;
mod wish;
mod within;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use watchpost_model::{Project, ProjectId, UserId, chain};
use watchpost_store::{RecentSearch, SavedSearch, Search, SearchError};

use self::asked::Asked;
pub(crate) use self::asked::SORTS;
pub(crate) use self::badge::Badge;
use self::bulk::Bulk;
pub(crate) use self::done::Done;
use self::narrow::Narrow;
pub(crate) use self::tabs::is_tab;
pub(crate) use self::view::headline;
use self::view::{Answer, Context, Emptiness, List};
use self::within::{InView, Within};
use super::form::is_from_here;
use super::home::jump;
use super::searches::{Chip, SearchBar, SearchMenu, Wrong};
use super::shell::{LAST_PROJECT, Scope, Shell, add_cookie, ask, small_cookie};
use super::{PageError, Visit};
use crate::App;

/// What the form of the list sends beside a text that somebody typed.
const TYPED: &str = "typed";
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
    /// The only one in view, or the first of several.
    project: Project,
    /// Those in view, in words.
    whose: String,
    /// How other addresses name them.
    project_names: String,
    asked: Asked,
    narrow: Narrow,
    list: List,
    bar: SearchBar,
    menu: SearchMenu,
    bulk: Bulk,
    done: Option<Done>,
}

/// What the stores said to a list's address; without rows when its text was not understood.
struct Found {
    scope: Scope,
    in_view: InView,
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
        if scope.projects.is_empty() {
            return Ok(Err(at.new_project(&scope.org.slug)));
        }
        let mut asked = Asked::read(&params);
        let is_remembered = !params.has(TYPED) && !Within::is_named(&params);
        if is_remembered {
            asked.within = Within::remembered(&headers);
        }
        let in_view = asked.within.settle(&scope.projects, is_remembered)?;
        scope.current = match in_view.projects.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
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
        Ok(Ok(find::find(
            app,
            (scope, in_view),
            asked,
            (saved, user, bulk),
        )?))
    })
    .await?;
    let found = match found {
        Ok(found) => found,
        Err(elsewhere) => return Ok(Redirect::to(&elsewhere).into_response()),
    };
    let only = found.scope.current.as_ref();
    let seen = only.map(|only| small_cookie(LAST_PROJECT, &only.id.to_string(), YEAR_SECS));
    let within = found.asked.within.to_cookie();
    let mut response = visit.answer(&IssuesPage::new(&visit, found)?)?;
    for cookie in seen.into_iter().chain([within]) {
        add_cookie(&mut response, cookie);
    }
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
        let (scope, projects) = (&found.scope, &found.in_view.projects);
        let first = projects.first().ok_or(PageError::Missing("project"))?;
        let asked = found.asked;
        let context = Context {
            at: &visit.at,
            org: &scope.org.slug,
            projects,
            asked: &asked,
            now: visit.now,
        };
        let href = |query: &str, sort| context.href(&asked.with_search(query, sort));
        let same_order = |query: &str| href(query, asked.sort);
        let is_fine = |text: &str| understood(text).is_ok();
        let whose = match scope.current {
            Some(_) => first.name.clone(),
            None => "these projects".to_owned(),
        };
        let title = match scope.current {
            Some(_) => format!("Issues of {whose}"),
            None => "Issues".to_owned(),
        };
        let here = if scope.current.is_some() {
            "issues"
        } else {
            "all-issues"
        };
        let understood = found.search.clone().unwrap_or_default();
        let environments = &found.answer.environments;
        let chips = found.search.as_ref().ok();
        let chips = chips.map(|search| Chip::all(search, &same_order));
        let wrong = found.search.as_ref().err().cloned();
        let now = (asked.query.as_str(), asked.sort);
        let searches = visit.at.searches(&scope.org.slug);
        let project_names = asked.within.project_names();
        Ok(Self {
            narrow: Narrow::new(&context, &scope.projects, &found.in_view, environments),
            list: List::new(&context, &understood, found.answer),
            shell: visit.shell(scope, here, &title),
            done: visit.flash().and_then(Done::read),
            org: scope.org.slug.clone(),
            bulk: found.bulk,
            menu: SearchMenu::new(
                &found.saved,
                found.recent,
                now,
                (
                    &searches,
                    &scope
                        .current
                        .as_ref()
                        .map_or(String::new(), |only| only.id.to_string()),
                ),
                &href,
            ),
            bar: SearchBar {
                label: "Search issues",
                example: "is:unresolved level:error words in the title",
                query: asked.query.clone(),
                completions: visit.at.completions(&scope.org.slug, &project_names),
                chips: chips.unwrap_or_default(),
                wrong: wrong.map(|wrong| Wrong::new(wrong, &asked.query, &is_fine, &same_order)),
            },
            project: first.clone(),
            whose,
            project_names,
            asked,
        })
    }
}

/// The project that a form names by id or slug; of several, the first.
fn choose(scope: &Scope, named: &str) -> Result<Project, PageError> {
    let found = match named.parse::<ProjectId>() {
        _ if matches!(named, "" | "-1") => scope.projects.first(),
        Ok(id) => scope.projects.iter().find(|project| project.id == id),
        Err(_) => scope.projects.iter().find(|project| project.slug == named),
    };
    found.cloned().ok_or(PageError::Missing("project"))
}
