//! The issue list: search, filter, sort, and change many at once.

mod act;
mod asked;
mod badge;
mod view;
mod wish;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use watchpost_model::{IssueId, Project, ProjectId, Status, UserId};
use watchpost_store::search::{field_names, nearest};
use watchpost_store::{Asker, IssueQuery, SearchText};

use self::asked::Asked;
pub(crate) use self::badge::Badge;
use self::view::{Answer, Context, Emptiness, List};
pub(crate) use self::view::{Done, Wrong, headline};
use super::chart::Period;
use super::home::jump;
use super::people::Names;
use super::shell::{LAST_PROJECT, Scope, Shell, add_cookie, ask, small_cookie};
use super::{PageError, Visit};
use crate::App;

/// Values that a select list offers.
const CHOICES_MAX: usize = 50;
const YEAR_SECS: i64 = 365 * 24 * 3600;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/issues/", get(list))
        .route("/organizations/{org}/issues/act/", post(act::act))
}

#[derive(Template)]
#[template(path = "issues.html")]
struct IssuesPage {
    shell: Shell,
    org: String,
    project: Project,
    asked: Asked,
    list: List,
    wrong: Option<Wrong>,
    done: Option<Done>,
}

/// What the stores said to a list's address; without rows when its text was not understood.
struct Found {
    scope: Scope,
    status: Option<Status>,
    answer: Answer,
    wrong: Option<Wrong>,
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let mut asked = Asked::read(&visit.params);
    let (question, headers, at) = (asked.clone(), visit.headers.clone(), visit.at.clone());
    let user = visit.who.user.id;
    let found = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        scope.current = Some(choose(&scope, &question.project, &headers)?);
        // A text that is an id leads there instead.
        Ok(match jump(app, &scope, &at, &question.query)? {
            Some(elsewhere) => Err(elsewhere),
            None => Ok(look(app, scope, (&question, user))?),
        })
    })
    .await?;
    let found = match found {
        Ok(found) => found,
        Err(elsewhere) => return Ok(Redirect::to(&elsewhere).into_response()),
    };
    asked.project = found.scope.project()?.id.to_string();
    let seen = small_cookie(LAST_PROJECT, &asked.project, YEAR_SECS);
    let mut response = visit.answer(&IssuesPage::new(&visit, asked, found)?)?;
    add_cookie(&mut response, seen);
    Ok(response)
}

impl IssuesPage {
    fn new(visit: &Visit, asked: Asked, found: Found) -> Result<Self, PageError> {
        let (scope, project) = (&found.scope, found.scope.project()?.clone());
        let context = Context {
            at: &visit.at,
            org: &scope.org.slug,
            project: &project,
            asked: &asked,
            now: visit.now,
        };
        Ok(Self {
            list: List::new(&context, found.status, found.answer),
            shell: visit.shell(scope, "issues", &format!("Issues of {}", project.name)),
            done: visit.flash().and_then(Done::read),
            org: scope.org.slug.clone(),
            wrong: found.wrong,
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
fn look(app: &App, scope: Scope, (asked, user): (&Asked, UserId)) -> Result<Found, PageError> {
    let project = scope.project()?.id;
    let asker = Asker {
        now: app.clock.now(),
        user: Some(user),
    };
    let (query, wrong) = match asked.question(project, asker) {
        Ok(query) => (query, None),
        Err(wrong) => (IssueQuery::all(project), Some(Wrong::new(wrong))),
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
        scope,
        status: query.search.status(),
        answer,
        wrong,
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
