//! What is around an event in its issue: five short walks along one index.

use rusqlite::{Connection, OptionalExtension, Params, params};
use watchpost_model::{EventId, IssueId, ProjectId};

use crate::Neighbours;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;

/// See [`crate::Archive::neighbours`]. An event that is not there has a position of 0 and nothing
/// before or after it.
pub(super) fn neighbours(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
    id: EventId,
) -> Result<Neighbours, Fault> {
    let of = params![project.0, issue.0];
    let mut around = Neighbours {
        oldest: one(
            sql,
            "SELECT event FROM event WHERE project = ?1 AND issue = ?2
             ORDER BY received, seq LIMIT 1",
            of,
        )?,
        latest: one(
            sql,
            "SELECT event FROM event WHERE project = ?1 AND issue = ?2
             ORDER BY received DESC, seq DESC LIMIT 1",
            of,
        )?,
        stored: count(
            sql,
            "SELECT count(*) AS events FROM event WHERE project = ?1 AND issue = ?2",
            of,
        )?,
        ..Neighbours::default()
    };
    let place: Option<(i64, i64)> = sql
        .prepare_cached(
            "SELECT received, seq FROM event WHERE event = ?1 AND project = ?2 AND issue = ?3",
        )?
        .query_row(params![id.to_bytes(), project.0, issue.0], |row| {
            Ok((row.column("received")?, row.column("seq")?))
        })
        .optional()?;
    let Some((received, seq)) = place else {
        return Ok(around);
    };
    let at = params![project.0, issue.0, received, seq];
    around.previous = one(
        sql,
        "SELECT event FROM event WHERE project = ?1 AND issue = ?2
             AND (received, seq) < (?3, ?4) ORDER BY received DESC, seq DESC LIMIT 1",
        at,
    )?;
    around.next = one(
        sql,
        "SELECT event FROM event WHERE project = ?1 AND issue = ?2
             AND (received, seq) > (?3, ?4) ORDER BY received, seq LIMIT 1",
        at,
    )?;
    around.position = count(
        sql,
        "SELECT count(*) AS events FROM event WHERE project = ?1 AND issue = ?2
             AND (received, seq) <= (?3, ?4)",
        at,
    )?;
    Ok(around)
}

fn one(sql: &Connection, question: &str, values: impl Params) -> Result<Option<EventId>, Fault> {
    let mut statement = sql.prepare_cached(question)?;
    let row = statement.query_row(values, |row| row.event_id("event"));
    Ok(row.optional()?)
}

fn count(sql: &Connection, question: &str, values: impl Params) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached(question)?;
    Ok(statement.query_row(values, |row| row.count("events"))?)
}
