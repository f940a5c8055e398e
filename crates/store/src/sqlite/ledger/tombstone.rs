//! Discarded issues: their keys lead to the negative of a tombstone's id.

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{IssueId, ProjectId, UserId};

use super::act::Hand;
use super::tally::Seen;
use crate::Tombstone;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;

/// What an issue is called and how bad it is.
pub(super) struct Face {
    title: String,
    culprit: String,
    level: i64,
}

impl Face {
    pub(super) fn as_parts(&self) -> (&str, &str, i64) {
        (&self.title, &self.culprit, self.level)
    }
}

/// That of an issue; `None` when it is not there, or part of another.
pub(super) fn face(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
) -> Result<Option<Face>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT title, culprit, level FROM issue
         WHERE id = ?1 AND project = ?2 AND merged_into IS NULL",
    )?;
    let face = statement.query_row([issue.0, project.0], |row| {
        Ok(Face {
            title: row.column("title")?,
            culprit: row.column("culprit")?,
            level: row.column("level")?,
        })
    });
    Ok(face.optional()?)
}

/// Lets the keys of an issue lead to a tombstone. Version 0 is of the issue for too many issues,
/// which is nobody's kind.
pub(super) fn bury(sql: &Connection, issue: IssueId, stone: i64) -> Result<(), Fault> {
    sql.prepare_cached("UPDATE issue_hash SET issue = ?2 WHERE issue = ?1 AND version > 0")?
        .execute([issue.0, stone.saturating_neg()])?;
    Ok(())
}

/// Notes that an issue of that title, culprit and level was discarded; the id.
pub(super) fn put_up(
    sql: &Connection,
    hand: Hand,
    (title, culprit, level): (&str, &str, i64),
) -> Result<i64, Fault> {
    let mut insert = sql.prepare_cached(
        "INSERT INTO tombstone (project, title, culprit, level, at, user)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let user = hand.by.user().map(|user| user.0);
    let at = hand.now.as_micros();
    Ok(insert.insert(params![hand.project.0, title, culprit, level, at, user])?)
}

/// Counts events that were thrown away; `owner` is what their key leads to.
pub(super) fn count(sql: &Connection, owner: i64, thrown: Seen) -> Result<(), Fault> {
    sql.prepare_cached(
        "UPDATE tombstone SET events = events + ?3,
             last_seen = max(coalesce(last_seen, ?2), ?2) WHERE id = ?1",
    )?
    .execute([
        owner.saturating_neg(),
        thrown.last.as_micros(),
        count_in(thrown.times),
    ])?;
    Ok(())
}

/// See [`crate::LifeLedger::tombstones`].
pub(super) fn of_project(sql: &Connection, project: ProjectId) -> Result<Vec<Tombstone>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT * FROM tombstone WHERE project = ?1 ORDER BY id DESC")?;
    let rows = statement.query_map([project.0], |row| {
        let by: Option<i64> = row.column("user")?;
        Ok(Tombstone {
            id: row.column("id")?,
            title: row.column("title")?,
            culprit: row.column("culprit")?,
            level: row.level("level")?,
            at: row.moment("at")?,
            by: by.map(UserId),
            events: row.count("events")?,
            last_seen: row.moment_if_any("last_seen")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See [`crate::LifeLedger::delete_tombstone`].
pub(super) fn delete(sql: &Connection, project: ProjectId, id: i64) -> Result<(), Fault> {
    let gone = sql
        .prepare_cached("DELETE FROM tombstone WHERE id = ?1 AND project = ?2")?
        .execute([id, project.0])?;
    if gone == 0 {
        return Err(Fault::missing("discarded issue"));
    }
    sql.prepare_cached("DELETE FROM issue_hash WHERE issue = ?1")?
        .execute([id.saturating_neg()])?;
    Ok(())
}
