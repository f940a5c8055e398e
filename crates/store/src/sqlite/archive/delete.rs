//! Forgetting. An open partition forgets in small transactions, so that new events are kept
//! meanwhile; a sealed one is written anew without what goes, or its file is deleted.

use rusqlite::{Connection, params};
use watchpost_model::{IssueId, ProjectId, Timestamp};

use super::files::Files;
use super::part::{Part, tolerate};
use super::rewrite::{Goner, drop_part, rewrite};
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;
use crate::{Freed, StoreError};

/// Events that are looked at, or forgotten, in one transaction.
const EVENT_COUNT_STEP: u64 = 500;

/// Forgets the goners of all partitions.
pub(super) fn forget(files: &Files, goners: &[Goner<'_>]) -> Result<Freed, StoreError> {
    let _chores = files.folder.chores()?;
    let mut freed = Freed::default();
    for part in &files.state()?.parts {
        let more = forget_in(files, part, goners);
        freed += tolerate(part, more)?.unwrap_or_default();
    }
    Ok(freed)
}

/// Forgets the goners of one partition. The caller holds the chores.
pub(super) fn forget_in(
    files: &Files,
    part: &Part,
    goners: &[Goner<'_>],
) -> Result<Freed, StoreError> {
    if let Some(pool) = part.pool() {
        // One that could not be sealed: its rows may not be readable, one by one.
        if !files.state()?.is_active(part)
            && let Some(events) = whole(files, part, goners)?
        {
            return drop_part(files, part, events);
        }
        let mut freed = Freed::default();
        for goner in goners {
            freed += match *goner {
                Goner::Before(project, before, logger) => before_in(pool, project, before, logger)?,
                Goner::Issues(project, issues) => issues_in(pool, project, issues)?,
            };
        }
        return Ok(freed);
    }
    let here = goners.iter().filter(|goner| match **goner {
        Goner::Before(project, before, _) => {
            part.may_have(project, None) && part.span(project).0 < before.as_micros()
        }
        Goner::Issues(project, issues) => {
            let mut issues = issues.iter();
            issues.any(|issue| part.may_have(project, Some(*issue)))
        }
    });
    if here.count() == 0 {
        return Ok(Freed::default());
    }
    match whole(files, part, goners)? {
        Some(events) => drop_part(files, part, events),
        None => rewrite(files, part, goners),
    }
}

/// How many events a partition has, if all of them go by age.
fn whole(files: &Files, part: &Part, goners: &[Goner<'_>]) -> Result<Option<u64>, StoreError> {
    let uses = part.uses(&files.shelf)?;
    let goes = uses.iter().all(|(of, used)| {
        goners.iter().any(|goner| match goner {
            Goner::Before(project, before, None) => project == of && used.newest < *before,
            Goner::Before(..) | Goner::Issues(..) => false,
        })
    });
    Ok(goes.then(|| uses.values().map(|used| used.events).sum()))
}

fn before_in(
    pool: &Pool,
    project: ProjectId,
    before: Timestamp,
    logger: Option<&str>,
) -> Result<Freed, StoreError> {
    let mut freed = Freed::default();
    // Where the last step ended: what it left (another logger's) is not looked at again.
    let mut place = (i64::MIN, 0);
    loop {
        let step = pool.read("find old events", |sql| {
            look(sql, project, before, place, logger)
        })?;
        freed += pool.write("forget events", |sql| forget_rows(sql, project, &step.old))?;
        match step.last {
            Some(last) => place = last,
            None => return Ok(freed),
        }
    }
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

fn issues_in(pool: &Pool, project: ProjectId, issues: &[IssueId]) -> Result<Freed, StoreError> {
    let mut freed = Freed::default();
    for issue in issues {
        loop {
            let step = pool.write("forget events", |sql| {
                let mut statement = sql.prepare_cached(
                    "SELECT seq FROM event WHERE project = ?1 AND issue = ?2 LIMIT ?3",
                )?;
                let limit = count_in(EVENT_COUNT_STEP);
                let rows = statement
                    .query_map(params![project.0, issue.0, limit], |row| row.column("seq"))?;
                let rows: Vec<i64> = rows.collect::<Result<_, _>>()?;
                forget_rows(sql, project, &rows)
            })?;
            freed += step;
            if step.events < EVENT_COUNT_STEP {
                break;
            }
        }
    }
    Ok(freed)
}

/// Forgets rows of one project, and what was counted of them.
fn forget_rows(sql: &Connection, project: ProjectId, rows: &[i64]) -> Result<Freed, Fault> {
    let mut statement = sql.prepare_cached(concat!(
        "DELETE FROM event WHERE seq = ?1 RETURNING ",
        row_bytes!(),
        " AS bytes"
    ))?;
    let mut freed = Freed::default();
    for seq in rows {
        let mut gone = statement.query([seq])?;
        while let Some(row) = gone.next()? {
            freed.events += 1;
            freed.bytes += row.count("bytes")?;
        }
    }
    if freed.events > 0 {
        // A `seq` that was given out is not given out again.
        sql.prepare_cached("UPDATE partition SET first_seq = max(first_seq, 1 + ?1)")?
            .execute([rows.iter().max()])?;
        sql.prepare_cached(
            "UPDATE usage SET events = events - ?2, bytes = bytes - ?3,
                 oldest = coalesce((SELECT min(received) FROM event WHERE project = ?1), oldest),
                 newest = coalesce((SELECT max(received) FROM event WHERE project = ?1), newest)
             WHERE project = ?1",
        )?
        .execute(params![
            project.0,
            count_in(freed.events),
            count_in(freed.bytes)
        ])?;
        sql.prepare_cached("DELETE FROM usage WHERE project = ?1 AND events <= 0")?
            .execute([project.0])?;
    }
    Ok(freed)
}
