//! The answer to a question over events as a CSV file.

use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::Project;
use watchpost_store::limits::{GROUP_ROW_COUNT_MAX, SEARCH_TIME_MAX};
use watchpost_store::{EventSummary, GroupField};

use super::answer::issues_of;
use super::asked::{Asked, Misread, Question};
use crate::App;
use crate::pages::csv::Csv;
use crate::pages::newest::{Reach, newest, say_cut};
use crate::pages::shell::{Scope, ask};
use crate::pages::{PageError, Visit};

/// See the file: the first thousand groups, or the newest thousand events.
pub(super) async fn send(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (asked, user, now) = (Asked::read(&visit.params), visit.who.user.id, visit.now);
    let csv = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let question = asked.question(&scope.projects, now, Some(user));
        let question = question.map_err(|misread| match misread {
            Misread::Search(error) => PageError::Invalid(error.to_string()),
            Misread::Field(told) => PageError::Invalid(told),
        })?;
        let trashed = app.trashed(&question.projects)?;
        let mut question = question.of_issue(app, (&trashed, asked.issue))?;
        question.groups.limit = GROUP_ROW_COUNT_MAX;
        question.groups.buckets = None;
        if question.groups.fields.is_empty() {
            events(app, &question, &scope.projects)
        } else {
            groups(app, &question, &scope.projects)
        }
    });
    Ok(csv.await?.answer("events"))
}

fn groups(app: &App, question: &Question, projects: &[Project]) -> Result<Csv, PageError> {
    let fields = &question.groups.fields;
    let found = question.groups(app, SEARCH_TIME_MAX)?;
    let issues = issues_of(app, projects, fields, &found)?;
    let mut heads: Vec<String> = fields.iter().map(GroupField::name).collect();
    heads.extend(["events", "users", "first", "last"].map(str::to_owned));
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut csv = Csv::new(&heads);
    for row in &found.rows {
        let cells = fields
            .iter()
            .zip(&row.values)
            .map(|(field, value)| match field {
                GroupField::Project => slug(projects, value),
                GroupField::Issue => match issues.get(value) {
                    Some(issue) => format!("{value} {}", issue.title),
                    None => value.clone(),
                },
                GroupField::Key(_) => value.clone(),
            });
        let mut cells: Vec<String> = cells.collect();
        cells.extend([row.events, row.users].map(|count| count.to_string()));
        cells.extend([row.first, row.last].map(|moment| moment.to_string()));
        csv.row(&cells);
    }
    Ok(csv)
}

fn events(app: &App, question: &Question, projects: &[Project]) -> Result<Csv, PageError> {
    let heads = [
        "id",
        "issue",
        "project",
        "received",
        "happened",
        "level",
        "title",
        "user",
        "release",
        "environment",
        "server",
        "logger",
        "url",
    ];
    let (ids, filter) = (&question.projects, &question.filter);
    let ask = |cursor: Option<&_>, count| app.archive.events_of(ids, filter, cursor, count);
    let found = newest(Reach::FILE, None, ask)?;
    let mut csv = Csv::new(&heads);
    for event in &found.rows {
        csv.row(&cells(event, projects));
    }
    if found.next.is_some() {
        say_cut(&mut csv, heads.len());
    }
    Ok(csv)
}

fn cells(event: &EventSummary, projects: &[Project]) -> [String; 13] {
    [
        event.event.to_string(),
        event.issue.to_string(),
        slug(projects, &event.project.to_string()),
        event.received.to_string(),
        event.timestamp.to_string(),
        event.level.name().to_owned(),
        event.title.clone(),
        event.user.clone(),
        event.release.clone(),
        event.environment.clone(),
        event.server_name.clone(),
        event.logger.clone(),
        event.url.clone(),
    ]
}

fn slug(projects: &[Project], id: &str) -> String {
    let mut projects = projects.iter();
    let known = projects.find(|project| project.id.to_string() == id);
    known.map_or_else(|| id.to_owned(), |project| project.slug.clone())
}
