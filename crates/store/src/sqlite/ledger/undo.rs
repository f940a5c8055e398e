//! How issues were before somebody changed them, and putting them back.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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
    /// What they made of it; `None` in what an older version remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) made: Option<Box<Before>>,
}

/// What people change together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Status,
    Review,
    Priority,
    Assignee,
}

impl Field {
    const ALL: [Self; 4] = [Self::Status, Self::Review, Self::Priority, Self::Assignee];

    fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Review => "review",
            Self::Priority => "priority",
            Self::Assignee => "assignee",
        }
    }

    fn is_same(self, one: &Before, other: &Before) -> bool {
        match self {
            // Its condition is worked out anew from time to time, which is nobody's change.
            Self::Status => {
                let of = |before: &Before| (before.status, before.substatus, before.since);
                of(one) == of(other) && one.resolved_at == other.resolved_at
            }
            Self::Review => one.is_reviewed == other.is_reviewed,
            Self::Priority => {
                let of = |before: &Before| (before.priority, before.is_priority_by_hand);
                of(one) == of(other)
            }
            Self::Assignee => one.assignee == other.assignee,
        }
    }
}

/// What can be undone.
#[derive(Serialize, Deserialize)]
pub(super) enum Undo {
    /// Issues changed.
    Stands(Vec<Before>),
    /// Issues were merged into one: each with what it was part of before.
    Merge(i64, Vec<(i64, Option<i64>)>),
    /// Issues left one.
    Unmerge(i64, Vec<i64>),
    /// Issues were deleted.
    Trash(Vec<i64>),
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
            made: None,
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

/// Whether an assignee is still somebody.
pub(super) fn is_there(
    sql: &Connection,
    project: ProjectId,
    assignee: &str,
) -> Result<bool, Fault> {
    match Assignee::parse(assignee) {
        Some(assignee) => Ok(name_of(sql, project, assignee)?.is_some()),
        None => Ok(false),
    }
}

/// Puts issues back to what they were, but for what changed since; their counts stay as they are.
pub(super) fn put_back(
    sql: &Connection,
    hand: Hand,
    stands: Vec<Before>,
) -> Result<Vec<IssueId>, Fault> {
    let mut changed = Vec::new();
    for mut was in stands {
        let issue = IssueId(was.issue);
        // Whoever had it may be gone since.
        if let Some(whom) = &was.assignee
            && !is_there(sql, hand.project, whom)?
        {
            was.assignee = None;
        }
        let Some(is) = before_of(sql, hand.project, issue)? else {
            continue;
        };
        let made = was.made.as_deref().unwrap_or(&is);
        let touched = Field::ALL.into_iter();
        let touched = touched.filter(|field| !field.is_same(&was, made));
        let (back, kept): (Vec<_>, Vec<_>) = touched.partition(|field| field.is_same(made, &is));
        if back.is_empty() {
            continue;
        }
        let entry = put_fields(sql, issue, &was, &back)?;
        enter(sql, hand, issue, told(entry, &was, &kept))?;
        changed.push(issue);
    }
    Ok(changed)
}

/// Puts these fields of an issue back; what that is called.
fn put_fields(
    sql: &Connection,
    issue: IssueId,
    was: &Before,
    back: &[Field],
) -> Result<Deed, Fault> {
    let mut stand = Folder::read(sql, issue)?.stand;
    for field in back {
        match field {
            Field::Status => {
                stand.status = Status::from_number(was.status);
                stand.substatus = Substatus::from_number(was.substatus);
                stand.since = Timestamp::from_micros(was.since);
                stand.condition.clone_from(&was.condition);
                stand.resolved_at = was.resolved_at.map(Timestamp::from_micros);
            }
            Field::Review => stand.is_reviewed = was.is_reviewed,
            Field::Priority => {
                stand.priority = Priority::from_number(was.priority);
                stand.is_priority_by_hand = was.is_priority_by_hand;
            }
            Field::Assignee => set_assignee(sql, issue, was.assignee.as_deref())?,
        }
    }
    stand.write(sql, issue)?;
    let of_status = match stand.status {
        Status::Unresolved => Deed::SetUnresolved,
        Status::Resolved => Deed::SetResolved,
        Status::Archived => Deed::SetIgnored,
    };
    Ok(match back {
        [Field::Assignee] if was.assignee.is_some() => Deed::Assigned,
        [Field::Assignee] => Deed::Unassigned,
        [Field::Priority] => Deed::SetPriority,
        _ => of_status,
    })
}

/// The entry about it.
fn told(deed: Deed, was: &Before, kept: &[Field]) -> (Deed, Value) {
    let kept: Vec<_> = kept.iter().map(|field| field.name()).collect();
    let reason = match kept.as_slice() {
        [] => "undone".to_owned(),
        kept => format!("undone, but for what changed since: {}", kept.join(", ")),
    };
    let data = json!({
        "reason": reason,
        "assignee": was.assignee,
        "priority": Priority::from_number(was.priority),
        "kept": kept,
    });
    (deed, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_looked_for_is_not_gone() {
        let sql = Connection::open_in_memory().unwrap();
        assert!(is_there(&sql, ProjectId(1), "user:1").is_err());
        sql.execute_batch("CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT)")
            .unwrap();
        assert!(!is_there(&sql, ProjectId(1), "user:1").unwrap_or(true));
        assert!(!is_there(&sql, ProjectId(1), "nobody").unwrap_or(true));
    }
}
