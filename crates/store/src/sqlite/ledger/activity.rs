//! The activity log of issues, in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use watchpost_model::{Activity, Deed, IssueId, Timestamp, UserId};

use crate::Actor;
use crate::sqlite::columns::{Columns, json_in, json_out};
use crate::sqlite::fault::Fault;

/// Entries that are shown, the newest.
const ENTRY_COUNT_MAX: i64 = 200;

/// A new entry.
pub(super) struct Entry {
    pub(super) issue: IssueId,
    pub(super) at: Timestamp,
    pub(super) by: Actor,
    pub(super) deed: Deed,
    pub(super) data: Value,
}

impl Actor {
    /// The person, if it is one.
    pub(super) fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::System => None,
        }
    }
}

/// Writes an entry; its id.
pub(super) fn note(sql: &Connection, entry: &Entry) -> Result<i64, Fault> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO activity (issue, at, user, deed, data) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    Ok(statement.insert(params![
        entry.issue.0,
        entry.at.as_micros(),
        entry.by.user().map(|user| user.0),
        entry.deed.name(),
        json_in(&entry.data),
    ])?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let deed: String = row.column("deed")?;
    let user: Option<i64> = row.column("user")?;
    Ok(Activity {
        id: row.column("id")?,
        issue: IssueId(row.column("issue")?),
        at: row.moment("at")?,
        by: user.map(UserId),
        deed: Deed::from_name(&deed).unwrap_or(Deed::SetUnresolved),
        data: json_out(&row.column::<String>("data")?)?,
    })
}

/// What happened to an issue, the newest first.
pub(super) fn of_issue(sql: &Connection, issue: IssueId) -> Result<Vec<Activity>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT * FROM activity WHERE issue = ?1 ORDER BY at DESC, id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map([issue.0, ENTRY_COUNT_MAX], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One comment.
pub(super) fn comment(
    sql: &Connection,
    issue: IssueId,
    id: i64,
) -> Result<Option<Activity>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT * FROM activity WHERE id = ?1 AND issue = ?2 AND deed = ?3")?;
    let row = params![id, issue.0, Deed::Note.name()];
    Ok(statement.query_row(row, read).optional()?)
}

/// How many comments an issue has.
pub(super) fn comment_count(sql: &Connection, issue: IssueId) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT count(*) AS count FROM activity WHERE issue = ?1 AND deed = 'note'",
    )?;
    Ok(statement.query_row([issue.0], |row| row.count("count"))?)
}
