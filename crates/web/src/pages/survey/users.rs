//! Who is hit by what: the users with the most events of a time, and the issues of one of them.
//! What is shown of people is what was stored of them, after scrubbing.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{Issue, IssueId, Project, ProjectId, Timestamp};
use watchpost_store::search::Pattern;
use watchpost_store::search::ast::{Expr, Test};
use watchpost_store::{
    EventFilter, EventGroups, EventsAsked, Extent, GroupField, GroupQuery, Search,
};

use super::adoption::filter;
use super::asked::{Asked, Bar};
use super::issue_lines::IssueLine;
use super::releases::environments;
use super::{search_of, term};
use crate::App;
use crate::pages::format::{Count, When, plural};
use crate::pages::links::encode;
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{PageError, Visit};

/// Users of one page.
const ROW_COUNT_MAX: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/users/", get(list))
        .route("/organizations/{org}/users/show/", get(show))
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    shell: Shell,
    bar: Bar,
    rows: Vec<Row>,
    /// How many there are.
    summary: String,
    extent: String,
}

/// A user.
struct Row {
    name: String,
    href: String,
    events: Count,
    first: When,
    last: When,
}

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    shell: Shell,
    org: String,
    bar: Bar,
    user: String,
    /// What their newest event says of them.
    facts: Vec<(&'static str, String)>,
    summary: String,
    rows: Vec<Hit>,
    extent: String,
}

/// An issue that hit them.
struct Hit {
    line: IssueLine,
    events: Count,
    /// Their events of it.
    href: String,
    first: When,
    last: When,
}

/// The projects that a page looks at.
fn projects_of(scope: &Scope) -> Vec<ProjectId> {
    match &scope.current {
        Some(project) => vec![project.id],
        None => scope.project_ids(),
    }
}

fn by(names: &[&str]) -> Result<GroupQuery, PageError> {
    let fields = names.iter().map(|name| GroupField::parse(name));
    let fields: Result<Vec<_>, _> = fields.collect();
    let fields = fields.map_err(|error| PageError::Invalid(error.message))?;
    Ok(GroupQuery {
        limit: ROW_COUNT_MAX,
        ..GroupQuery::by(fields)
    })
}

/// A text anywhere in one of these keys.
fn anywhere(keys: &[&str], text: &str) -> Expr {
    let like = |key: &&str| Expr::term(key, Test::Like(Pattern::exact(text).anywhere()));
    Expr::Any(keys.iter().map(like).collect())
}

/// The users of the events that are asked for. A text is looked for in the word that stands for a
/// user; if nobody has it there, in what events say of them otherwise.
fn look(
    app: &App,
    projects: &[ProjectId],
    (asked, now): (&Asked, Timestamp),
) -> Result<EventGroups, PageError> {
    let query = by(&["user"])?;
    let known = Expr::Not(Box::new(Expr::term("user", Test::Absent)));
    let all = filter(app, projects, (asked, now))?;
    let ask = |search: Search| {
        let filter = EventFilter {
            search,
            ..all.clone()
        };
        app.archive
            .group_by(&EventsAsked::new(projects, filter), &query)
    };
    if asked.query.is_empty() {
        return Ok(ask(search_of(vec![known]))?);
    }
    let near = ask(search_of(vec![anywhere(&["user"], &asked.query)]))?;
    if !near.rows.is_empty() {
        return Ok(near);
    }
    let fields = ["user.id", "user.email", "user.ip", "user.username"];
    Ok(ask(search_of(vec![anywhere(&fields, &asked.query)]))?)
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let (wanted, now) = (asked.clone(), visit.now);
    let (scope, groups, environments) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        scope.current = wanted.project(&scope)?;
        let projects = projects_of(&scope);
        let groups = look(app, &projects, (&wanted, now))?;
        Ok((scope, groups, environments(app, &projects)?))
    })
    .await?;
    let org = &scope.org.slug;
    let mut bar = Bar::new(visit.at.users(org), &asked, &scope)
        .with_periods()
        .with_environments(environments);
    bar.has_all = true;
    bar.placeholder = "Find a user by a part of their id, address or name";
    let link = |user: &str| {
        let at = visit.at.user(org, &asked.project, user);
        format!("{at}{}", narrowed(&asked))
    };
    let rows = groups.rows.iter().filter_map(|group| {
        let name = group.values.first().filter(|name| !name.is_empty())?;
        Some(Row {
            href: link(name),
            name: name.clone(),
            events: Count::new(group.events),
            first: When::new(group.first, visit.now),
            last: When::new(group.last, visit.now),
        })
    });
    let count = plural(groups.group_count, "user");
    visit.answer(&UsersPage {
        rows: rows.collect(),
        summary: format!("{count} in {}", asked.period.words()),
        extent: groups.extent.to_string(),
        shell: visit.shell(&scope, "users", "Users"),
        bar,
    })
}

/// The environment and the time of a page, for the links of its rows.
fn narrowed(asked: &Asked) -> String {
    let environment = match &*asked.environment {
        "" => String::new(),
        name => format!("&environment={}", encode(name)),
    };
    format!("{environment}&statsPeriod={}", asked.period.name())
}

/// What the stores say of one user.
struct Found {
    hits: Vec<(Issue, Project, [Timestamp; 2], u64)>,
    facts: Vec<(&'static str, String)>,
    extent: Extent,
    events: u64,
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let user = visit.params.exact("user").to_owned();
    if user.is_empty() {
        return Err(PageError::Missing("user"));
    }
    let (wanted, now, whom) = (asked.clone(), visit.now, user.clone());
    let (scope, found) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        scope.current = wanted.project(&scope)?;
        let found = hits(app, &scope, (&wanted, now), &whom)?;
        Ok((scope, found))
    })
    .await?;
    visit.answer(&page(&visit, &scope, (&asked, user), found))
}

fn hits(
    app: &App,
    scope: &Scope,
    (asked, now): (&Asked, Timestamp),
    user: &str,
) -> Result<Found, PageError> {
    let projects = projects_of(scope);
    let search = search_of(vec![term("user", user)]);
    let of_user = EventFilter {
        search,
        ..filter(app, &projects, (asked, now))?
    };
    let question = EventsAsked::new(&projects, of_user.clone());
    let groups = app
        .archive
        .group_by(&question, &by(&["project", "issue"])?)?;
    let mut found: Vec<(Issue, Project, [Timestamp; 2], u64)> = Vec::new();
    let mut places: HashMap<IssueId, usize> = HashMap::new();
    for group in &groups.rows {
        let [project, issue] = &*group.values else {
            continue;
        };
        let (Ok(project), Ok(issue)) = (project.parse::<ProjectId>(), issue.parse::<IssueId>())
        else {
            continue;
        };
        let project = scope.projects.iter().find(|one| one.id == project);
        let Some(project) = project else { continue };
        // One that was merged into another is shown as that.
        let Some(issue) = app.ledger.issue(project.id, issue)? else {
            continue;
        };
        let known = places
            .get(&issue.id)
            .and_then(|place| found.get_mut(*place));
        if let Some((_, _, [first, last], events)) = known {
            (*first, *last) = ((*first).min(group.first), (*last).max(group.last));
            *events += group.events;
        } else {
            places.insert(issue.id, found.len());
            let times = [group.first, group.last];
            found.push((issue, project.clone(), times, group.events));
        }
    }
    Ok(Found {
        facts: facts(app, &projects, &of_user)?,
        hits: found,
        extent: groups.extent,
        events: groups.events,
    })
}

/// What the newest event of a user says of them.
fn facts(
    app: &App,
    projects: &[ProjectId],
    of_user: &EventFilter,
) -> Result<Vec<(&'static str, String)>, PageError> {
    for project in projects {
        let page = app.archive.events(*project, of_user, None, 1)?;
        let Some(summary) = page.rows.first() else {
            continue;
        };
        let event = app.archive.event(*project, summary.event)?;
        let Some(user) = event.and_then(|event| event.event.user) else {
            continue;
        };
        let facts = [
            ("Id", user.id),
            ("Address", user.email),
            ("Name", user.username),
            ("IP address", user.ip_address),
        ];
        let facts = facts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        return Ok(facts.collect());
    }
    Ok(Vec::new())
}

fn page(visit: &Visit, scope: &Scope, (asked, user): (&Asked, String), found: Found) -> UserPage {
    let org = scope.org.slug.clone();
    let action = format!("{}show/", visit.at.users(&org));
    let mut bar = Bar::new(action, asked, scope);
    bar.kept = vec![("user", user.clone())];
    let bar = bar.with_periods();
    let (terms, also) = (encode(&term("user", &user).to_string()), narrowed(asked));
    let count = found.hits.len() as u64;
    let rows = found
        .hits
        .iter()
        .map(|(issue, project, [first, last], events)| Hit {
            href: format!("{}?query={terms}{also}", visit.at.events(&org, issue.id)),
            line: IssueLine::new(issue, (&visit.at, &org, project), visit.now),
            events: Count::new(*events),
            first: When::new(*first, visit.now),
            last: When::new(*last, visit.now),
        });
    UserPage {
        rows: rows.collect(),
        summary: format!(
            "{} of {} in {}{}",
            plural(found.events, "event"),
            plural(count, "issue"),
            asked.period.words(),
            match &*asked.environment {
                "" => String::new(),
                name => format!(", environment {name}"),
            }
        ),
        extent: found.extent.to_string(),
        facts: found.facts,
        shell: visit.shell(scope, "users", &format!("User {user}")),
        bar,
        user,
        org,
    }
}
