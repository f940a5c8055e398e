//! Lists of events, newest received first, without opening a body; of several partitions as one.

use std::cmp::Reverse;

use rusqlite::{Connection, Row, params_from_iter};
use watchpost_model::{IssueId, ProjectId};

use super::files::{Files, State};
use super::part::tolerate;
use super::search;
use crate::sqlite::columns::{Columns, json_in, limit_in};
use crate::sqlite::condition::Condition;
use crate::sqlite::fault::Fault;
use crate::sqlite::patience::Patience;
use crate::{Cursor, EventFilter, EventSummary, Page, StoreError};

/// Rows of one page.
pub(super) const ROW_COUNT_MAX: usize = 100;

/// Where a row is in the order of receipt, through all partitions.
pub(super) type Place = (i64, i64);

/// See [`crate::Archive::events`].
pub(super) fn events(
    files: &Files,
    projects: &[ProjectId],
    filter: &EventFilter,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page<EventSummary>, StoreError> {
    let limit = limit.clamp(1, ROW_COUNT_MAX);
    let start = start(cursor)?;
    let patience = Patience::new();
    let mut found =
        files.ask(|state| newest(files, state, patience, (projects, filter), start, limit))?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|(place, _)| self::cursor(*place));
    let rows = found.into_iter().map(|(_, summary)| summary).collect();
    Ok(Page { rows, next })
}

/// Where a page begins.
pub(super) fn start(cursor: Option<&Cursor>) -> Result<Option<Place>, StoreError> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let place = place_of(cursor).ok_or(StoreError::Missing { what: "page" })?;
    Ok(Some(place))
}

/// The page after a row.
pub(super) fn cursor((received, seq): Place) -> Cursor {
    Cursor(format!("{received}:{seq}"))
}

/// What a page of `limit` rows shows, and one more.
pub(super) fn newest(
    files: &Files,
    state: &State,
    patience: Patience,
    (projects, filter): (&[ProjectId], &EventFilter),
    start: Option<Place>,
    limit: usize,
) -> Result<Vec<(Place, EventSummary)>, StoreError> {
    let mut all = Vec::new();
    for project in projects {
        let of = (*project, filter);
        all.extend(newest_of(files, state, patience, of, start, limit)?);
    }
    all.sort_by_key(|(place, _)| Reverse(*place));
    all.truncate(limit + 1);
    Ok(all)
}

/// The same of one project.
fn newest_of(
    files: &Files,
    state: &State,
    patience: Patience,
    (project, filter): (ProjectId, &EventFilter),
    start: Option<Place>,
    limit: usize,
) -> Result<Vec<(Place, EventSummary)>, StoreError> {
    let mut found: Vec<(Place, EventSummary)> = Vec::new();
    for part in state.newest_first(project) {
        let (oldest, newest) = part.span(project);
        let is_before = start.is_none_or(|(received, _)| oldest <= received);
        let filters = filter.each().into_iter();
        let filters: Vec<_> = filters
            .filter(|filter| part.may_have(project, filter.issue))
            .collect();
        if !is_before || filters.is_empty() || !is_within(filter, (oldest, newest)) {
            continue;
        }
        // The page is full with newer ones.
        if found
            .get(limit)
            .is_some_and(|((received, _), _)| *received > newest)
        {
            break;
        }
        for filter in filters {
            let rows = part.read(&files.shelf, "list events", |sql| {
                patience.ask(|| rows(sql, project, &filter, start, limit + 1))
            });
            found.extend(tolerate(part, rows)?.unwrap_or_default());
        }
        found.sort_by_key(|(place, _)| Reverse(*place));
        found.truncate(limit + 1);
    }
    Ok(found)
}

/// Whether some of what was received between the two moments may fit.
fn is_within(filter: &EventFilter, (oldest, newest): (i64, i64)) -> bool {
    let since = filter.since.is_none_or(|since| newest >= since.as_micros());
    since && filter.until.is_none_or(|until| oldest < until.as_micros())
}

/// Up to `limit` rows of one partition, the newest first.
fn rows(
    sql: &Connection,
    project: ProjectId,
    filter: &EventFilter,
    start: Option<Place>,
    limit: usize,
) -> Result<Vec<(Place, EventSummary)>, Fault> {
    let columns = "seq, project, issue, event, timestamp, received, level, title,
         logger, server_name, site, url, user, release, environment";
    let mut question = question(columns, project, filter)?;
    if let Some((received, seq)) = start {
        question.push(" AND (received, seq) < (?, ?)", [received, seq]);
    }
    question.say(" ORDER BY received DESC, seq DESC LIMIT ?");
    question
        .values
        .push(limit_in(limit, ROW_COUNT_MAX + 1).into());
    let mut statement = sql.prepare_cached(&question.sql)?;
    let found = statement.query_map(params_from_iter(question.values), |row| {
        let summary = summary(row)?;
        let place = (summary.received.as_micros(), row.column("seq")?);
        Ok((place, summary))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A question for events of a project that fit, as far as columns know.
pub(super) fn question(
    columns: &str,
    project: ProjectId,
    filter: &EventFilter,
) -> Result<Condition<'static>, Fault> {
    let mut question = Condition {
        sql: format!("SELECT {columns} FROM event WHERE project = ?"),
        values: vec![project.0.into()],
        asker: filter.asker,
        latest: None,
        walked: "received",
        filter: &search::write_filter,
        word: &search::write_word,
    };
    if let Some(issue) = filter.issue {
        question.push(" AND issue = ?", [issue.0]);
    }
    if !filter.without.is_empty() {
        let issues: Vec<i64> = filter.without.iter().map(|issue| issue.0).collect();
        let condition = " AND issue NOT IN (SELECT value FROM json_each(?))";
        question.push(condition, [json_in(&issues)]);
    }
    if let Some(level) = filter.level_at_least {
        question.push(" AND level >= ?", [level.number()]);
    }
    let texts = [
        (" AND logger = ?", &filter.logger),
        (" AND server_name = ?", &filter.server_name),
        (" AND site = ?", &filter.site),
    ];
    for (condition, text) in texts {
        if let Some(text) = text {
            question.push(condition, [text.clone()]);
        }
    }
    if !filter.environments.is_empty() {
        let marks = vec!["?"; filter.environments.len()].join(", ");
        let texts = filter.environments.iter().cloned();
        question.push(&format!(" AND environment IN ({marks})"), texts);
    }
    let moments = [
        (" AND received >= ?", filter.since),
        (" AND received < ?", filter.until),
    ];
    for (condition, moment) in moments {
        if let Some(moment) = moment {
            question.push(condition, [moment.as_micros()]);
        }
    }
    search::write(&mut question, filter)?;
    Ok(question)
}

fn place_of(cursor: &Cursor) -> Option<Place> {
    let (received, seq) = cursor.0.split_once(':')?;
    Some((received.parse().ok()?, seq.parse().ok()?))
}

fn summary(row: &Row<'_>) -> rusqlite::Result<EventSummary> {
    Ok(EventSummary {
        project: ProjectId(row.column("project")?),
        issue: IssueId(row.column("issue")?),
        event: row.event_id("event")?,
        timestamp: row.moment("timestamp")?,
        received: row.moment("received")?,
        level: row.level("level")?,
        title: row.column("title")?,
        logger: row.column("logger")?,
        server_name: row.column("server_name")?,
        site: row.column("site")?,
        url: row.column("url")?,
        user: row.column("user")?,
        release: row.column("release")?,
        environment: row.column("environment")?,
    })
}
