//! Lists of events, newest received first, without opening a body.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use watchpost_model::{IssueId, ProjectId};

use crate::sqlite::columns::{Columns, limit_in};
use crate::sqlite::fault::Fault;
use crate::{Cursor, EventFilter, EventSummary, Page};

/// Rows of one page.
const ROW_COUNT_MAX: usize = 100;

/// See [`crate::Archive::events`].
pub(super) fn events(
    sql: &Connection,
    project: ProjectId,
    filter: &EventFilter,
    cursor: Option<&Cursor>,
    limit: usize,
) -> Result<Page<EventSummary>, Fault> {
    let limit = limit.clamp(1, ROW_COUNT_MAX);
    let mut question = "SELECT seq, project, issue, event, timestamp, received, level, title,
         logger, server_name, site, url, user, release, environment
         FROM event WHERE project = ?"
        .to_owned();
    let mut values: Vec<Value> = vec![project.0.into()];
    if let Some(issue) = filter.issue {
        question.push_str(" AND issue = ?");
        values.push(issue.0.into());
    }
    if let Some(level) = filter.level_at_least {
        question.push_str(" AND level >= ?");
        values.push(level.number().into());
    }
    let texts = [
        (" AND logger = ?", &filter.logger),
        (" AND server_name = ?", &filter.server_name),
        (" AND site = ?", &filter.site),
    ];
    for (condition, text) in texts {
        if let Some(text) = text {
            question.push_str(condition);
            values.push(text.clone().into());
        }
    }
    if let Some(cursor) = cursor {
        let (received, seq) = place_of(cursor).ok_or(Fault::missing("page"))?;
        question.push_str(" AND (received, seq) < (?, ?)");
        values.extend([received.into(), seq.into()]);
    }
    question.push_str(" ORDER BY received DESC, seq DESC LIMIT ?");
    values.push(limit_in(limit + 1, ROW_COUNT_MAX + 1).into());
    let mut statement = sql.prepare_cached(&question)?;
    let found = statement.query_map(params_from_iter(values), |row| {
        Ok((row.column("seq")?, summary(row)?))
    })?;
    let mut found: Vec<(i64, EventSummary)> = found.collect::<Result<_, _>>()?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(seq, last)| {
        let received = last.received.as_micros();
        Cursor(format!("{received}:{seq}"))
    });
    let rows = found.into_iter().map(|(_, summary)| summary).collect();
    Ok(Page { rows, next })
}

fn place_of(cursor: &Cursor) -> Option<(i64, i64)> {
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
