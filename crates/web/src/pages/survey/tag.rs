//! The values of one tag within a project, as a page and as a file for a spreadsheet.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{Project, ProjectId};
use watchpost_store::{IssuesByValue, Search, StoreError, TagCount};

use super::adoption::percent;
use super::asked::{Asked, Bar};
use super::tags::{Wanted, in_view};
use crate::App;
use crate::pages::csv::Csv;
use crate::pages::format::{Count, When, grouped};
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{PageError, Visit};

/// Values of one page.
const ROW_COUNT_MAX: usize = 100;
/// All values that are counted by name, and the others together.
const VALUE_COUNT_MAX: usize = 1001;
/// What stands for the values that are not counted by name.
const OTHER: &str = "(other)";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/tags/{key}/", get(show))
        .route("/organizations/{org}/tags/{key}/csv/", get(file))
}

#[derive(Template)]
#[template(path = "tag.html")]
struct TagPage {
    shell: Shell,
    org: String,
    project: Project,
    bar: Bar,
    key: String,
    csv: String,
    rows: Vec<Row>,
    /// How many issues were looked at, when not all.
    looked_at: Option<String>,
    next: Option<String>,
    first: Option<String>,
    is_user: bool,
}

/// A value.
struct Row {
    value: String,
    /// Where its issues are; the others have no list.
    href: Option<String>,
    events: Count,
    share: String,
    issues: Count,
    last: When,
}

/// What the ledger says.
struct Found {
    scope: Scope,
    project: Project,
    values: Vec<TagCount>,
    by_value: IssuesByValue,
}

async fn look(
    app: &App,
    visit: &Visit,
    (org, key): (String, String),
) -> Result<(String, Found), PageError> {
    let asked = Asked::read(&visit.params);
    let by = Wanted::of(visit);
    // A key of dots is no segment of a path.
    let key = match visit.params.get("key") {
        "" => key,
        named => named.to_owned(),
    };
    let wanted = key.clone();
    let found = ask(app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        let project = in_view(&mut scope, &asked, &by)?;
        let values = values(app, project.id, &wanted)?;
        let by_value = app.ledger.issues_by_value(project.id, &wanted)?;
        Ok(Found {
            scope,
            project,
            values,
            by_value,
        })
    });
    Ok((key, found.await?))
}

/// Hidden environments are no choice elsewhere, but events have them.
fn values(app: &App, project: ProjectId, key: &str) -> Result<Vec<TagCount>, StoreError> {
    if key != "environment" {
        return app.ledger.tag_values(project, key, VALUE_COUNT_MAX);
    }
    let all = app.ledger.environments(project)?.into_iter();
    Ok(all
        .map(|one| TagCount {
            key: key.to_owned(),
            value: one.name,
            times_seen: one.times_seen,
            last_seen: one.last_seen,
        })
        .collect())
}

async fn show(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let (key, found) = look(&app, &visit, place).await?;
    let org = found.scope.org.slug.clone();
    let project = found.project;
    let here = visit.at.tag(&org, project.id, &key);
    let action = here.split('?').next().unwrap_or(&here).to_owned();
    let mut bar = Bar::new(action.clone(), &asked, &found.scope);
    bar.placeholder = "Find a value";
    if matches!(&*key, "." | "..") {
        bar.kept = vec![("key", key.clone())];
    }
    let total: u64 = found.values.iter().map(|value| value.times_seen).sum();
    let issues: HashMap<&str, u64> = found
        .by_value
        .counts
        .iter()
        .map(|(value, count)| (value.as_str(), *count))
        .collect();
    let wanted = asked.query.to_lowercase();
    let all = found
        .values
        .iter()
        .filter(|one| one.value.to_lowercase().contains(&wanted));
    let start = asked.cursor.parse().unwrap_or(0_usize);
    let mut rows: Vec<Row> = all
        .skip(start)
        .take(ROW_COUNT_MAX + 1)
        .map(|one| {
            let terms = Search::term(&key, &one.value);
            let is_other = one.value == OTHER;
            Row {
                href: (!is_other).then(|| visit.at.issues_with(&org, project.id, &terms)),
                events: Count::new(one.times_seen),
                share: percent(one.times_seen, total),
                issues: Count::new(issues.get(one.value.as_str()).copied().unwrap_or(0)),
                last: When::new(one.last_seen, visit.now),
                value: one.value.clone(),
            }
        })
        .collect();
    let more = rows.len() > ROW_COUNT_MAX;
    rows.truncate(ROW_COUNT_MAX);
    let link = |asked: Asked| format!("{action}?{}", asked.to_query());
    let page_at = |start: usize| {
        let asked = Asked {
            project: project.id.to_string(),
            ..asked.clone()
        };
        link(asked.with_cursor(&start.to_string()))
    };
    let looked_at = found
        .by_value
        .is_cut
        .then(|| grouped(found.by_value.looked_at));
    visit.answer(&TagPage {
        shell: visit.shell(&found.scope, "tags", &format!("Tag {key}")),
        csv: visit.at.tag_csv(&org, project.id, (&key, &asked.query)),
        next: more.then(|| page_at(start + ROW_COUNT_MAX)),
        first: (start > 0).then(|| page_at(0)),
        is_user: key == "user",
        looked_at,
        rows,
        bar,
        key,
        project,
        org,
    })
}

async fn file(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (key, found) = look(&app, &visit, place).await?;
    let issues: HashMap<&str, u64> = found
        .by_value
        .counts
        .iter()
        .map(|(value, count)| (value.as_str(), *count))
        .collect();
    let mut csv = Csv::new(&[&*key, "events", "issues", "last_seen"]);
    let wanted = visit.params.get("query").to_lowercase();
    let fits = |one: &&TagCount| one.value.to_lowercase().contains(&wanted);
    for one in found.values.iter().filter(fits) {
        let issues = issues.get(one.value.as_str()).copied().unwrap_or(0);
        let (events, last) = (one.times_seen.to_string(), one.last_seen.to_string());
        csv.row(&[&*one.value, &*events, &*issues.to_string(), &*last]);
    }
    Ok(csv.answer("tag"))
}
