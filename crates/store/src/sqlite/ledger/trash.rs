//! Deleted issues that can still come back, in SQLite.
//!
//! The row of an issue and its keys are set aside as JSON, so that nothing that asks for issues can
//! meet it. What is counted and noted of it stays where it is, under its id, which nobody else
//! gets.

use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, ToSql, params, params_from_iter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use watchpost_model::{Deed, IssueId, ProjectId, Status, Substatus, Timestamp};

use super::act::{Hand, enter};
use super::folder::Folder;
use super::undo::{Undo, is_there, remember};
use super::{SqliteLedger, cleanup, merge, outside, tombstone};
use crate::limits::{TRASH_COUNT_STEP, TRASH_SECS};
use crate::sqlite::columns::{Columns, json_in};
use crate::sqlite::fault::Fault;
use crate::{Acted, Actor, Forget, StoreError, TrashLedger, Trashed};

impl TrashLedger for SqliteLedger {
    fn trash_issues(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        how: Forget,
        by: Actor,
        now: Timestamp,
    ) -> Result<Acted, StoreError> {
        let hand = Hand { project, by, now };
        self.pool.write("delete issues", |sql| {
            let (mut heads, mut changed) = (Vec::new(), Vec::new());
            for issue in issues {
                let family = throw(sql, hand, *issue, how)?;
                heads.extend(family.first().map(|head| head.0));
                changed.extend(family);
            }
            let undo = if heads.is_empty() {
                None
            } else {
                Some(remember(sql, hand, &Undo::Trash(heads))?)
            };
            Ok(Acted { changed, undo })
        })
    }

    fn trashed(&self, project: ProjectId) -> Result<Vec<IssueId>, StoreError> {
        self.pool.read("look into the trash", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT issue FROM trash WHERE project = ?1 ORDER BY issue")?;
            let rows = statement.query_map([project.0], |row| row.column("issue").map(IssueId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn trash(&self, before: Timestamp) -> Result<Vec<Trashed>, StoreError> {
        self.pool.read("look into the trash", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT project, issue FROM trash WHERE at < ?1 ORDER BY at LIMIT ?2",
            )?;
            let mut rows = statement.query(params![before.as_micros(), TRASH_COUNT_STEP])?;
            let mut all: Vec<Trashed> = Vec::new();
            while let Some(row) = rows.next()? {
                let project = ProjectId(row.column("project")?);
                let issue = IssueId(row.column("issue")?);
                match all.iter_mut().find(|of| of.project == project) {
                    Some(of) => of.issues.push(issue),
                    None => all.push(Trashed {
                        project,
                        issues: vec![issue],
                    }),
                }
            }
            Ok(all)
        })
    }

    fn empty_trash(&self, what: &Trashed) -> Result<(), StoreError> {
        // One at a time: the digest goes on in between.
        for issue in &what.issues {
            self.pool.write("empty the trash", |sql| {
                let row = [issue.0, what.project.0];
                let gone = sql
                    .prepare_cached("DELETE FROM trash WHERE issue = ?1 AND project = ?2")?
                    .execute(row)?;
                if gone > 0 {
                    cleanup::forget_issue(sql, what.project, *issue)?;
                }
                Ok(())
            })?;
        }
        self.pool.write("forget unsettled events", |sql| {
            cleanup::forget_unsettled(sql, what.project)
        })
    }
}

/// What is set aside of an issue.
#[derive(Serialize, Deserialize)]
struct Aside {
    issue: Map<String, Value>,
    /// Versions and digests.
    keys: Vec<(u16, [u8; 16])>,
    splits: Vec<Map<String, Value>>,
}

/// Throws an issue away with what was merged into it; empty when it is not there.
fn throw(sql: &Connection, hand: Hand, issue: IssueId, how: Forget) -> Result<Vec<IssueId>, Fault> {
    let Some(face) = tombstone::face(sql, hand.project, issue)? else {
        return Ok(Vec::new());
    };
    let family = merge::family(sql, issue)?;
    let stone = match how {
        Forget::Delete => None,
        Forget::Discard => Some(tombstone::put_up(sql, hand, face.as_parts())?),
    };
    outside::note_deleted(sql, hand, issue, how)?;
    let mut keep = sql.prepare_cached(
        "INSERT INTO trash (issue, head, project, at, tombstone, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for part in &family {
        let aside = set_aside(sql, *part)?;
        if let Some(stone) = stone {
            tombstone::bury(sql, *part, stone)?;
        }
        sql.prepare_cached("DELETE FROM issue_hash WHERE issue = ?1")?
            .execute([part.0])?;
        let at = hand.now.as_micros();
        keep.execute(params![
            part.0,
            issue.0,
            hand.project.0,
            at,
            stone,
            json_in(&aside)
        ])?;
    }
    Ok(family)
}

/// Takes the rows away; the keys stay for now.
fn set_aside(sql: &Connection, issue: IssueId) -> Result<Aside, Fault> {
    let mut keys = sql.prepare_cached("SELECT version, digest FROM issue_hash WHERE issue = ?1")?;
    let keys = keys.query_map([issue.0], |row| {
        Ok((row.column("version")?, row.column("digest")?))
    })?;
    let keys = keys.collect::<Result<_, _>>()?;
    let mut splits =
        sql.prepare_cached("DELETE FROM split WHERE source = ?1 OR dest = ?1 RETURNING *")?;
    let splits = take(&mut splits, issue)?;
    let mut row = sql.prepare_cached("DELETE FROM issue WHERE id = ?1 RETURNING *")?;
    let issue = take(&mut row, issue)?.pop();
    Ok(Aside {
        issue: issue.ok_or(Fault::missing("issue"))?,
        keys,
        splits,
    })
}

/// The rows that a statement deletes, whatever columns they have.
fn take(
    statement: &mut CachedStatement<'_>,
    issue: IssueId,
) -> Result<Vec<Map<String, Value>>, Fault> {
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query([issue.0])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut fields = Map::new();
        for (place, name) in names.iter().enumerate() {
            fields.insert(name.clone(), value_of(row.get_ref(place)?)?);
        }
        rows.push(fields);
    }
    Ok(rows)
}

fn value_of(column: ValueRef<'_>) -> Result<Value, Fault> {
    Ok(match column {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
        // The tables have none.
        ValueRef::Blob(_) => return Err(Fault::missing("column")),
    })
}

/// A value of JSON as a column.
struct Field<'a>(&'a Value);

impl ToSql for Field<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let owned = match self.0 {
            Value::String(text) => return text.to_sql(),
            Value::Number(number) => match number.as_i64() {
                Some(number) => SqlValue::Integer(number),
                None => SqlValue::Real(number.as_f64().unwrap_or_default()),
            },
            _ => SqlValue::Null,
        };
        Ok(ToSqlOutput::Owned(owned))
    }
}

/// Puts a row back. The names of its columns came from the table.
fn put(sql: &Connection, table: &str, row: &Map<String, Value>) -> Result<(), Fault> {
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let names = names.join(", ");
    sql.prepare_cached(&format!("INSERT INTO {table} ({names}) VALUES ({marks})"))?
        .execute(params_from_iter(row.values().map(Field)))?;
    Ok(())
}

/// Brings issues back; all that are not as they were.
pub(super) fn bring_back(
    sql: &Connection,
    hand: Hand,
    heads: &[i64],
) -> Result<Vec<IssueId>, Fault> {
    let mut changed = Vec::new();
    for head in heads {
        let head = IssueId(*head);
        let Some(others) = restore(sql, hand, head)? else {
            continue;
        };
        let status = Folder::read(sql, head)?.stand.status;
        let deed = match status {
            Status::Unresolved => Deed::SetUnresolved,
            Status::Resolved => Deed::SetResolved,
            Status::Archived => Deed::SetIgnored,
        };
        let data = serde_json::json!({ "reason": "its deletion was undone" });
        enter(sql, hand, head, (deed, data))?;
        if !others.is_empty() {
            let has_news = has_open(sql, &others)?;
            merge::gather(sql, hand, head, &others)?;
            if has_news && status == Status::Resolved {
                regress(sql, hand, head)?;
            }
        }
        changed.push(head);
        changed.extend(others);
    }
    if changed.is_empty() {
        return Err(Fault::missing("change that can be undone"));
    }
    Ok(changed)
}

fn has_open(sql: &Connection, issues: &[IssueId]) -> Result<bool, Fault> {
    for issue in issues {
        if Folder::read(sql, *issue)?.stand.status == Status::Unresolved {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Opens a resolved issue that came back while it was in the trash.
fn regress(sql: &Connection, hand: Hand, issue: IssueId) -> Result<(), Fault> {
    let mut stand = Folder::read(sql, issue)?.stand;
    stand.open(Substatus::Regressed, hand.now);
    stand.write(sql, issue)?;
    let data = serde_json::json!({ "reason": "it came back while it was deleted" });
    enter(sql, hand, issue, (Deed::SetRegression, data))
}

/// Puts the rows and keys of an issue and its parts back. The answer names issues that got keys of
/// theirs meanwhile; `None`: it is no longer there.
fn restore(sql: &Connection, hand: Hand, head: IssueId) -> Result<Option<Vec<IssueId>>, Fault> {
    let mut statement = sql.prepare_cached(
        "DELETE FROM trash WHERE head = ?1 AND project = ?2 AND at >= ?3
         RETURNING issue, tombstone, data",
    )?;
    let since = hand.now.plus_secs(-TRASH_SECS).as_micros();
    let rows = statement.query_map(params![head.0, hand.project.0, since], |row| {
        let stone: Option<i64> = row.column("tombstone")?;
        let aside: Aside = row.json("data")?;
        Ok((IssueId(row.column("issue")?), stone, aside))
    })?;
    let mut family: Vec<_> = rows.collect::<Result<_, _>>()?;
    for (issue, _, aside) in &mut family {
        let whom = aside.issue.get("assignee").and_then(Value::as_str);
        if let Some(whom) = whom
            && !is_there(sql, hand.project, whom)?
        {
            aside.issue.insert("assignee".to_owned(), Value::Null);
        }
        put(sql, "issue", &aside.issue)?;
        sql.prepare_cached("DELETE FROM deleted_issue WHERE issue = ?1")?
            .execute([issue.0])?;
    }
    let (mut others, mut stones) = (Vec::new(), Vec::<i64>::new());
    for (issue, stone, aside) in &family {
        for split in &aside.splits {
            put(sql, "split", split)?;
        }
        for key in &aside.keys {
            let other = claim(sql, hand.project, (*issue, *stone), *key)?;
            let is_own = |other: &IssueId| family.iter().any(|(own, ..)| own == other);
            others.extend(other.filter(|other| !is_own(other) && !others.contains(other)));
        }
        stones.extend(stone);
    }
    for stone in stones {
        sql.prepare_cached("DELETE FROM tombstone WHERE id = ?1")?
            .execute([stone])?;
    }
    Ok((!family.is_empty()).then_some(others))
}

/// Gives a key back to its issue; who else has it. What was merged elsewhere or discarded
/// meanwhile stays there.
fn claim(
    sql: &Connection,
    project: ProjectId,
    (issue, stone): (IssueId, Option<i64>),
    (version, digest): (u16, [u8; 16]),
) -> Result<Option<IssueId>, Fault> {
    let mut owner = sql.prepare_cached(
        "SELECT issue FROM issue_hash WHERE project = ?1 AND version = ?2 AND digest = ?3",
    )?;
    let owner: Option<i64> = owner
        .query_row(params![project.0, version, digest], |row| {
            row.column("issue")
        })
        .optional()?;
    match owner {
        Some(owner) if stone.map(i64::saturating_neg) != Some(owner) => {
            let mut shown = sql.prepare_cached(
                "SELECT id FROM issue WHERE id = ?1 AND project = ?2 AND merged_into IS NULL",
            )?;
            let shown = shown.query_row([owner, project.0], |row| row.column("id").map(IssueId));
            Ok(shown.optional()?)
        }
        _ => {
            sql.prepare_cached(
                "INSERT OR REPLACE INTO issue_hash (project, version, digest, issue)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![project.0, version, digest, issue.0])?;
            Ok(None)
        }
    }
}
