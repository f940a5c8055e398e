//! `…/issues/N/tags/KEY/`: all values of one tag within an issue, as a page and as CSV.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{Issue, IssueId, Project, Timestamp};
use watchpost_store::IssueValue;

use super::life::Life;
use super::locate;
use super::narrow::Narrow;
use super::tag_view::{Place, ValueLinks, percent};
use super::view::Head;
use crate::App;
use crate::pages::csv::Csv;
use crate::pages::format::{Count, When, grouped};
use crate::pages::issues::Done;
use crate::pages::links::encode;
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{PageError, Visit};

/// Values of one page.
const ROWS_MAX: usize = 50;
/// Values of a file: all that are counted by name.
const FILE_ROWS_MAX: usize = 1001;
/// Pages that an address may name.
const PAGE_MAX: usize = 10_000;

#[derive(Template)]
#[template(path = "issue_tag.html")]
struct TagPage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    key: String,
    rows: Vec<Row>,
    count: String,
    is_first_unknown: bool,
    others: Vec<(String, bool, String)>,
    csv: String,
    back: Option<String>,
    next: Option<String>,
    /// What is told on the page of the issue only.
    life: Option<Life>,
    done: Option<Done>,
}

/// A value.
struct Row {
    value: String,
    events: Count,
    percent: u64,
    first: Option<When>,
    last: When,
    links: Option<ValueLinks>,
}

/// `GET …/tags/KEY/`
pub(super) async fn show(
    State(app): State<App>,
    Path((org, issue, key)): Path<(String, String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let key = named(&visit, key);
    let number = visit.params.get("page").parse::<usize>().unwrap_or(1);
    let number = number.clamp(1, PAGE_MAX);
    let part = ((number - 1) * ROWS_MAX, ROWS_MAX);
    let name = key.clone();
    let (scope, issue, (values, count), keys) = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        let values = values(app, &issue, &name, part)?;
        let tags = app.ledger.issue_tags(issue.project, issue.id, 1)?;
        let keys: Vec<String> = tags.into_iter().map(|tag| tag.key).collect();
        Ok((scope, issue, values, keys))
    })
    .await?;
    if values.is_empty() && number == 1 {
        return Err(PageError::Missing("tag"));
    }
    let (org, project) = (scope.org.slug.clone(), scope.project()?.clone());
    let narrow = Narrow::read(&visit.params);
    let (own, here) = (
        visit.at.issue(&org, issue.id),
        visit.at.issue_tag(&org, issue.id, &key),
    );
    let place = Place {
        narrow: &narrow,
        issue: &own,
    };
    let at_page = |number: usize| {
        let path = narrow.on(&here);
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}page={number}")
    };
    let other = |name: String| {
        let href = visit.at.issue_tag(&org, issue.id, &name);
        (narrow.on(&href), name == key, name)
    };
    let others = keys.into_iter().map(other).collect();
    let shown = part.0 + values.len();
    let row = |value: IssueValue| Row::new(value, &key, (&issue, place), visit.now);
    let head = Head::new(&issue, &project, visit.now);
    let page = TagPage {
        shell: visit.shell(&scope, "issues", &format!("{key} of {}", head.short_id)),
        is_first_unknown: values.iter().any(|value| value.first_seen.is_none()),
        rows: values.into_iter().map(row).collect(),
        count: grouped(count),
        others,
        csv: visit.at.issue_tag_csv(&org, issue.id, &key),
        back: (number > 1).then(|| at_page(number - 1)),
        next: ((shown as u64) < count).then(|| at_page(number + 1)),
        life: None,
        done: visit.flash().and_then(Done::read),
        issue: issue.id,
        key: key.clone(),
        org,
        project,
        head,
    };
    visit.answer(&page)
}

/// A key of dots is no segment of a path.
fn named(visit: &Visit, key: String) -> String {
    match visit.params.get("key") {
        "" => key,
        named => named.to_owned(),
    }
}

impl Row {
    fn new(
        value: IssueValue,
        key: &str,
        (issue, place): (&Issue, Place<'_>),
        now: Timestamp,
    ) -> Self {
        Self {
            events: Count::new(value.times_seen),
            percent: percent(value.times_seen, issue.times_seen),
            first: value.first_seen.map(|first| When::new(first, now)),
            last: When::new(value.last_seen, now),
            links: place.links(key, &value.value),
            value: value.value,
        }
    }
}

/// `GET …/tags/KEY/csv/`
pub(super) async fn csv(
    State(app): State<App>,
    Path((org, issue, key)): Path<(String, String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let key = named(&visit, key);
    let name = key.clone();
    let found = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        let (values, _) = values(app, &issue, &name, (0, FILE_ROWS_MAX))?;
        Ok((scope, issue, values))
    });
    let (scope, issue, values): (Scope, Issue, Vec<IssueValue>) = found.await?;
    let mut csv = Csv::new(&["value", "events", "percent", "first_seen", "last_seen"]);
    for value in values {
        let first = value.first_seen.map(|first| first.to_string());
        csv.row(&[
            value.value,
            value.times_seen.to_string(),
            percent(value.times_seen, issue.times_seen).to_string(),
            first.unwrap_or_default(),
            value.last_seen.to_string(),
        ]);
    }
    let id = issue.short_id(&scope.project()?.slug);
    Ok(csv.answer(&format!("{id}-{}", encode(&key))))
}

fn values(
    app: &App,
    issue: &Issue,
    key: &str,
    part: (usize, usize),
) -> Result<(Vec<IssueValue>, u64), PageError> {
    let found = app
        .ledger
        .issue_tag_values(issue.project, issue.id, key, part)?;
    Ok(found)
}
