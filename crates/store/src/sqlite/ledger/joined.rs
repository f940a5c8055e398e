//! Keys that become an issue's. When the most specific key of an event is news, and the event came
//! to an issue by another one, the log of the issue says so: such a key can be taken out again.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use serde_json::json;
use watchpost_model::{Deed, Found, Grouped, GroupingHash, IssueId, ProjectId};

use super::activity::{Entry, note};
use crate::Actor;
use crate::limits::{KEY_COUNT_MAX, KEY_ENTRY_COUNT_MAX};
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;

/// A key that nobody had is this issue's.
pub(super) fn own(
    sql: &Connection,
    (project, hash): (ProjectId, GroupingHash),
    issue: IssueId,
) -> Result<(), Fault> {
    sql.prepare_cached(
        "INSERT INTO issue_hash (project, version, digest, issue) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![project.0, hash.version, hash.digest, issue.0])?;
    Ok(())
}

/// How many more keys issues may have. Where each event brings a key of its own, it is another key
/// that finds the issue, and these are of no use.
#[derive(Default)]
pub(super) struct Rooms(HashMap<IssueId, u64>);

impl Rooms {
    /// Takes the place of one key, if there is any left.
    pub(super) fn take(&mut self, sql: &Connection, issue: IssueId) -> Result<bool, Fault> {
        let left = match self.0.get(&issue) {
            Some(left) => *left,
            None => KEY_COUNT_MAX.saturating_sub(count(sql, issue)?),
        };
        self.0.insert(issue, left.saturating_sub(1));
        Ok(left > 0)
    }
}

/// How many keys an issue has; counted no further than it may have.
fn count(sql: &Connection, issue: IssueId) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT count(*) AS count FROM (SELECT 1 FROM issue_hash WHERE issue = ?1 LIMIT ?2)",
    )?;
    let row = params![issue.0, count_in(KEY_COUNT_MAX)];
    Ok(statement.query_row(row, |row| row.count("count"))?)
}

/// Says in the log of the issue that shows it why the event came there. So many entries are enough
/// to see what goes on; the keys are all listed anyway.
pub(super) fn tell(
    sql: &Connection,
    issue: IssueId,
    grouped: &Grouped,
    found: &Found,
) -> Result<(), Fault> {
    let known = match found {
        Found::Known { hash } | Found::Previous { hash, .. } => hash,
        Found::New | Found::Overflow => return Ok(()),
    };
    let mut statement = sql
        .prepare_cached("SELECT count(*) AS count FROM activity WHERE issue = ?1 AND deed = ?2")?;
    let row = params![issue.0, Deed::KeyJoined.name()];
    let count: u64 = statement.query_row(row, |row| row.count("count"))?;
    if count >= KEY_ENTRY_COUNT_MAX {
        return Ok(());
    }
    let entry = Entry {
        issue,
        at: grouped.event.received,
        by: Actor::System,
        deed: Deed::KeyJoined,
        data: json!({
            "key": grouped.hashes.first().map(GroupingHash::to_string),
            "for": known,
            "event_id": grouped.event.event_id,
        }),
    };
    note(sql, &entry)?;
    Ok(())
}
