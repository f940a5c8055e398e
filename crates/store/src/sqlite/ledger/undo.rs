//! How issues were before somebody changed them, and putting them back.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use watchpost_model::{
    Assignee, Condition, Deed, IssueId, Priority, ProjectId, Status, Substatus, Timestamp,
};

use super::act::{Hand, enter, name_of, set_assignee};
use super::folder::{Folder, MERGED, Stand};
use crate::sqlite::columns::{Columns, json_in, json_out};
use crate::sqlite::fault::Fault;

/// How an issue was before somebody changed it.
#[derive(Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) issue: i64,
    status: i64,
    substatus: i64,
    since: i64,
    condition: Option<Condition>,
    resolved_at: Option<i64>,
    is_reviewed: bool,
    priority: i64,
    is_priority_by_hand: bool,
    pub(super) assignee: Option<String>,
}

/// What can be undone.
#[derive(Serialize, Deserialize)]
pub(super) enum Undo {
    /// Issues changed.
    Stands(Vec<Before>),
    /// Issues were merged into one: each with what it was part of before.
    Merge(i64, Vec<(i64, Option<i64>)>),
}

/// Keeps what is needed to take a change back; its id.
pub(super) fn remember(sql: &Connection, hand: Hand, undo: &Undo) -> Result<i64, Fault> {
    let mut statement =
        sql.prepare_cached("INSERT INTO undo (project, at, data) VALUES (?1, ?2, ?3)")?;
    Ok(statement.insert(params![hand.project.0, hand.now.as_micros(), json_in(undo)])?)
}

/// How an issue is; `None` when it is not there, or part of another.
pub(super) fn before_of(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
) -> Result<Option<Before>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT * FROM issue WHERE id = ?1 AND project = ?2 AND status <> ?3")?;
    let found = statement.query_row(params![issue.0, project.0, MERGED], |row| {
        let stand = Stand::read(row)?;
        Ok(Before {
            issue: issue.0,
            status: stand.status.number(),
            substatus: stand.substatus.map_or(0, Substatus::number),
            since: stand.since.as_micros(),
            condition: stand.condition,
            resolved_at: stand.resolved_at.map(Timestamp::as_micros),
            is_reviewed: stand.is_reviewed,
            priority: stand.priority.number(),
            is_priority_by_hand: stand.is_priority_by_hand,
            assignee: row.column("assignee")?,
        })
    });
    Ok(found.optional()?)
}

/// Takes what was remembered, so that nobody takes it twice.
pub(super) fn take(sql: &Connection, project: ProjectId, undo: i64) -> Result<Undo, Fault> {
    let mut statement =
        sql.prepare_cached("DELETE FROM undo WHERE id = ?1 AND project = ?2 RETURNING data")?;
    let found: Option<String> = statement
        .query_row([undo, project.0], |row| row.column("data"))
        .optional()?;
    let data = found.ok_or(Fault::missing("change that can be undone"))?;
    Ok(json_out(&data)?)
}

fn is_there(sql: &Connection, project: ProjectId, assignee: &str) -> bool {
    let assignee = Assignee::parse(assignee);
    let name = assignee.map(|assignee| name_of(sql, project, assignee));
    matches!(name, Some(Ok(Some(_))))
}

/// Puts issues back to what they were. The counts since stay as they are.
pub(super) fn put_back(
    sql: &Connection,
    hand: Hand,
    stands: Vec<Before>,
) -> Result<Vec<IssueId>, Fault> {
    let mut changed = Vec::new();
    for was in stands {
        let issue = IssueId(was.issue);
        let Some(is) = before_of(sql, hand.project, issue)? else {
            continue;
        };
        // Whoever had it may be gone since.
        let assignee = was
            .assignee
            .filter(|text| is_there(sql, hand.project, text));
        set_assignee(sql, issue, assignee.as_deref())?;
        let (from, to) = (is.status, was.status);
        let stand = Stand {
            status: Status::from_number(was.status),
            substatus: Substatus::from_number(was.substatus),
            since: Timestamp::from_micros(was.since),
            condition: was.condition,
            resolved_at: was.resolved_at.map(Timestamp::from_micros),
            is_reviewed: was.is_reviewed,
            priority: Priority::from_number(was.priority),
            is_priority_by_hand: was.is_priority_by_hand,
            level: Folder::read(sql, issue)?.stand.level,
        };
        let deed = match stand.status {
            _ if from == to && is.assignee != assignee => match assignee {
                Some(_) => Deed::Assigned,
                None => Deed::Unassigned,
            },
            _ if from == to && is.priority != was.priority => Deed::SetPriority,
            Status::Unresolved => Deed::SetUnresolved,
            Status::Resolved => Deed::SetResolved,
            Status::Archived => Deed::SetIgnored,
        };
        stand.write(sql, issue)?;
        let data = json!({
            "reason": "undone",
            "assignee": assignee,
            "priority": stand.priority,
        });
        enter(sql, hand, issue, (deed, data))?;
        changed.push(issue);
    }
    Ok(changed)
}
