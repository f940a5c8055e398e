//! Forgetting events in small transactions, so that new ones are kept meanwhile.

use rusqlite::{Connection, params};
use watchpost_model::{IssueId, ProjectId, Timestamp};

use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;
use crate::{Freed, Keep, StoreError};

/// Events that are looked at, or forgotten, in one transaction.
const EVENT_COUNT_STEP: u64 = 500;

/// See [`crate::Archive::delete_before`].
pub(super) fn before(
    pool: &Pool,
    project: ProjectId,
    before: Timestamp,
    logger: Option<&str>,
) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    // Where the last step ended: what it left (another logger's) is not looked at again.
    let mut place = (i64::MIN, 0);
    loop {
        let step = pool.read("find old events", |sql| {
            look(sql, project, before, place, logger)
        })?;
        forgotten += pool.write("forget events", |sql| forget(sql, &step.old))?;
        match step.last {
            Some(last) => place = last,
            None => return Ok(forgotten),
        }
    }
}

/// See [`crate::Archive::retain`], for one project.
pub(super) fn retain(pool: &Pool, keep: &Keep) -> Result<Freed, StoreError> {
    let stored = |sql: &Connection| {
        let mut statement = sql.prepare_cached(
            "SELECT coalesce(sum(length(body)), 0) AS bytes FROM event WHERE project = ?1",
        )?;
        Ok(statement.query_row([keep.project.0], |row| row.count("bytes"))?)
    };
    let bytes_before = pool.read("measure events", stored)?;
    let mut events = before(pool, keep.project, keep.since, None)?;
    let newest_to_go = pool.read("measure events", |sql| {
        let mut statement = sql.prepare_cached(
            "SELECT max(received) AS received FROM (
                 SELECT received, sum(length(body)) OVER (ORDER BY received DESC, seq DESC) AS total
                 FROM event WHERE project = ?1)
             WHERE total > ?2",
        )?;
        let bytes_max = keep.bytes_max.map_or(i64::MAX, count_in);
        let row = params![keep.project.0, bytes_max];
        Ok(statement.query_row(row, |row| row.moment_if_any("received"))?)
    })?;
    if let Some(received) = newest_to_go {
        let until = Timestamp::from_micros(received.as_micros().saturating_add(1));
        events += before(pool, keep.project, until, None)?;
    }
    let bytes = bytes_before.saturating_sub(pool.read("measure events", stored)?);
    Ok(Freed { events, bytes })
}

/// Some old events.
struct Step {
    /// The rows to forget.
    old: Vec<i64>,
    /// The place of the last one that was looked at; `None` when there are no more.
    last: Option<(i64, i64)>,
}

fn look(
    sql: &Connection,
    project: ProjectId,
    before: Timestamp,
    (received, seq): (i64, i64),
    logger: Option<&str>,
) -> Result<Step, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT received, seq, (?5 IS NULL OR logger = ?5) AS old FROM event
         WHERE project = ?1 AND received < ?2 AND (received, seq) > (?3, ?4)
         ORDER BY received, seq LIMIT ?6",
    )?;
    let (before, step) = (before.as_micros(), count_in(EVENT_COUNT_STEP));
    let mut rows = statement.query(params![project.0, before, received, seq, logger, step])?;
    let (mut old, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let place: (i64, i64) = (row.column("received")?, row.column("seq")?);
        if row.column("old")? {
            old.push(place.1);
        }
        last = Some(place);
    }
    Ok(Step { old, last })
}

fn forget(sql: &Connection, rows: &[i64]) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached("DELETE FROM event WHERE seq = ?1")?;
    let mut forgotten = 0;
    for seq in rows {
        forgotten += statement.execute([seq])? as u64;
    }
    Ok(forgotten)
}

/// See [`crate::Archive::delete_issues`].
pub(super) fn issues(
    pool: &Pool,
    project: ProjectId,
    issues: &[IssueId],
) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    for issue in issues {
        loop {
            let step = pool.write("forget events", |sql| {
                let mut statement = sql.prepare_cached(
                    "DELETE FROM event WHERE seq IN (
                         SELECT seq FROM event WHERE project = ?1 AND issue = ?2 LIMIT ?3)",
                )?;
                let limit = count_in(EVENT_COUNT_STEP);
                Ok(statement.execute(params![project.0, issue.0, limit])? as u64)
            })?;
            forgotten += step;
            if step < EVENT_COUNT_STEP {
                break;
            }
        }
    }
    Ok(forgotten)
}
