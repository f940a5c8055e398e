//! Takes what a forgotten issue counted out of the counts of its project, so that the choices of
//! a filter shrink with what can be found.
//!
//! The counts of the project may hold a value under another name than those of the issue: by name
//! or under [`OTHER`], whoever came first. What is not found by name is taken from there.

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{IssueId, ProjectId};

use super::tally::OTHER;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;

/// Deletes the tags of an issue; how many rows there were.
pub(super) fn forget_tags(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
) -> Result<usize, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT key, value, times_seen FROM issue_tag WHERE issue = ?1 AND value <> ''",
    )?;
    let tags = statement.query_map([issue.0], |row| {
        let (key, value): (String, String) = (row.column("key")?, row.column("value")?);
        Ok((key, value, row.count("times_seen")?))
    })?;
    for tag in tags {
        let (key, value, mut times) = tag?;
        for (key, value) in [(&*key, &*value), (&key, OTHER), (OTHER, OTHER)] {
            times = take(sql, project, (key, value), times)?;
        }
    }
    let forgotten = sql
        .prepare_cached("DELETE FROM issue_tag WHERE issue = ?1")?
        .execute([issue.0])?;
    Ok(forgotten)
}

/// Takes up to `times` from a count; what could not be taken.
fn take(
    sql: &Connection,
    project: ProjectId,
    (key, value): (&str, &str),
    times: u64,
) -> Result<u64, Fault> {
    if times == 0 {
        return Ok(0);
    }
    let stored: Option<u64> = sql
        .prepare_cached(
            "SELECT times_seen FROM project_tag WHERE project = ?1 AND key = ?2 AND value = ?3",
        )?
        .query_row(params![project.0, key, value], |row| {
            row.count("times_seen")
        })
        .optional()?;
    let Some(stored) = stored else {
        return Ok(times);
    };
    // The row of the others stays: who asks what there is must know that there are more.
    if stored > times || value == OTHER {
        sql.prepare_cached(
            "UPDATE project_tag SET times_seen = max(times_seen - ?4, 0)
             WHERE project = ?1 AND key = ?2 AND value = ?3",
        )?
        .execute(params![project.0, key, value, count_in(times)])?;
        return Ok(times.saturating_sub(stored));
    }
    sql.prepare_cached("DELETE FROM project_tag WHERE project = ?1 AND key = ?2 AND value = ?3")?
        .execute(params![project.0, key, value])?;
    lose_value(sql, project, key)?;
    Ok(times - stored)
}

/// A key has one value less; without any, the key goes too.
fn lose_value(sql: &Connection, project: ProjectId, key: &str) -> Result<(), Fault> {
    let lower = "UPDATE project_tag SET times_seen = times_seen - 1
                 WHERE project = ?1 AND key = ?2 AND value = '' AND times_seen > 0";
    sql.prepare_cached(lower)?
        .execute(params![project.0, key])?;
    let gone = sql
        .prepare_cached(
            "DELETE FROM project_tag WHERE project = ?1 AND key = ?2 AND value = ''
             AND NOT EXISTS (SELECT 1 FROM project_tag
                 WHERE project = ?1 AND key = ?2 AND value > '' AND times_seen > 0)",
        )?
        .execute(params![project.0, key])?;
    if gone > 0 {
        sql.prepare_cached(lower)?.execute(params![project.0, ""])?;
        sql.prepare_cached(
            "DELETE FROM project_tag
             WHERE project = ?1 AND key = '' AND value = '' AND times_seen = 0",
        )?
        .execute([project.0])?;
    }
    Ok(())
}
