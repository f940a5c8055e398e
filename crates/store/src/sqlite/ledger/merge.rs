//! Issues that are shown as one.
//!
//! Nothing moves: every part keeps its keys, its counts and its events in the archive under its own
//! id, and points to the issue that shows it. That one shows the sums. So taking a part out again
//! gives back exactly what it had and has got since.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use watchpost_model::{Condition, Deed, GroupingHash, IssueId, ProjectId};

use super::act::{Hand, enter};
use super::folder::{Folder, MERGED, Span, own};
use super::undo::{Undo, remember};
use super::{judge, users};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{HashOwner, Merged};

/// See [`crate::LifeLedger::family`].
pub(super) fn family_of(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
) -> Result<Vec<IssueId>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT coalesce(merged_into, id) AS id FROM issue WHERE id = ?1 AND project = ?2",
    )?;
    let shown: Option<i64> = statement
        .query_row([issue.0, project.0], |row| row.column("id"))
        .optional()?;
    shown.map_or(Ok(Vec::new()), |shown| family(sql, IssueId(shown)))
}

/// The issue and what was merged into it.
pub(super) fn family(sql: &Connection, issue: IssueId) -> Result<Vec<IssueId>, Fault> {
    let mut all = vec![issue];
    all.extend(parts(sql, issue)?);
    Ok(all)
}

pub(super) fn parts(sql: &Connection, issue: IssueId) -> Result<Vec<IssueId>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT id FROM issue WHERE merged_into = ?1 ORDER BY id")?;
    let parts = statement.query_map([issue.0], |row| Ok(IssueId(row.column("id")?)))?;
    Ok(parts.collect::<Result<_, _>>()?)
}

/// See [`crate::LifeLedger::merge`].
pub(super) fn merge(
    sql: &Connection,
    hand: Hand,
    issues: &[IssueId],
) -> Result<Option<Merged>, Fault> {
    let mut there = Vec::new();
    for issue in issues {
        let mut statement = sql.prepare_cached(
            "SELECT times_seen FROM issue WHERE id = ?1 AND project = ?2 AND status <> ?3",
        )?;
        let row = params![issue.0, hand.project.0, MERGED];
        let times = statement.query_row(row, |row| row.count("times_seen"));
        if let Some(times) = times.optional()?
            && !there.iter().any(|(_, known)| known == issue)
        {
            there.push((times, *issue));
        }
    }
    // The most events; of as many, the oldest.
    there.sort_by_key(|(times, issue)| (std::cmp::Reverse(*times), issue.0));
    let mut there = there.into_iter().map(|(_, issue)| issue);
    let (Some(into), children) = (there.next(), there.collect::<Vec<_>>()) else {
        return Ok(None);
    };
    if children.is_empty() {
        return Ok(None);
    }
    let before = gather(sql, hand, into, &children)?;
    let undo = remember(sql, hand, &Undo::Merge(into.0, before))?;
    Ok(Some(Merged {
        into,
        parts: children,
        undo,
    }))
}

/// Makes issues part of another, with an entry in each; what of them was part of what before.
pub(super) fn gather(
    sql: &Connection,
    hand: Hand,
    into: IssueId,
    children: &[IssueId],
) -> Result<Vec<(i64, Option<i64>)>, Fault> {
    let (mut before, mut names) = (Vec::new(), Vec::new());
    keep_own(sql, into)?;
    for child in children {
        names.push(name_of(sql, *child)?);
        for part in parts(sql, *child)? {
            before.push((part.0, Some(child.0)));
        }
        before.push((child.0, None));
        let data = json!({ "merged_into": into.to_string() });
        enter(sql, hand, *child, (Deed::Merge, data))?;
        attach(sql, *child, into)?;
    }
    regroup(sql, into)?;
    enter(sql, hand, into, (Deed::Merge, json!({ "issues": names })))?;
    Ok(before)
}

/// Makes an issue, and what was merged into it, part of another.
pub(super) fn attach(sql: &Connection, child: IssueId, into: IssueId) -> Result<(), Fault> {
    if !parts(sql, child)?.is_empty() {
        let before = Folder::read(sql, child)?.span;
        own(sql, child)?.write(sql, child)?;
        forget_own(sql, child)?;
        sql.prepare_cached("UPDATE issue SET merged_into = ?2 WHERE merged_into = ?1")?
            .execute([child.0, into.0])?;
        judge::rebase(sql, child, &before)?;
    }
    sql.prepare_cached("UPDATE issue SET merged_into = ?2, status = ?3 WHERE id = ?1")?
        .execute([child.0, into.0, MERGED])?;
    // A link that ended stays ended, whatever becomes of the issue.
    sql.prepare_cached("DELETE FROM issue_share WHERE issue = ?1")?
        .execute([child.0])?;
    Ok(())
}

/// Makes a part an issue again, in the status that it had.
pub(super) fn detach(sql: &Connection, part: IssueId) -> Result<(), Fault> {
    sql.prepare_cached(
        "UPDATE issue SET merged_into = NULL, status = CASE
             WHEN substatus = 0 THEN 1 WHEN substatus >= 5 THEN 2 ELSE 0 END WHERE id = ?1",
    )?
    .execute([part.0])?;
    Ok(())
}

/// Notes what an issue has of its own, before others are added to what it shows.
pub(super) fn keep_own(sql: &Connection, issue: IssueId) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM issue_own WHERE issue = ?1")?;
    if !statement.exists([issue.0])? {
        Folder::read(sql, issue)?.span.write_own(sql, issue)?;
    }
    Ok(())
}

fn forget_own(sql: &Connection, issue: IssueId) -> Result<(), Fault> {
    sql.prepare_cached("DELETE FROM issue_own WHERE issue = ?1")?
        .execute([issue.0])?;
    Ok(())
}

/// Works out anew what an issue shows: its own and that of its parts.
pub(super) fn regroup(sql: &Connection, issue: IssueId) -> Result<(), Fault> {
    let before = Folder::read(sql, issue)?.span;
    let mut shown = own(sql, issue)?;
    let parts = parts(sql, issue)?;
    if parts.is_empty() {
        shown.write(sql, issue)?;
        forget_own(sql, issue)?;
        return judge::rebase(sql, issue, &before);
    }
    for part in &parts {
        let mut statement = sql.prepare_cached("SELECT * FROM issue WHERE id = ?1")?;
        shown.join(&statement.query_row([part.0], Span::read)?);
    }
    shown.user_count = users::together(sql, &family(sql, issue)?)?;
    shown.write(sql, issue)?;
    judge::rebase(sql, issue, &before)
}

/// What an archived issue counts since then is no less than nothing, when it has less than then.
pub(super) fn recount_archived(sql: &Connection, issue: IssueId) -> Result<(), Fault> {
    let Folder {
        mut stand, span, ..
    } = Folder::read(sql, issue)?;
    let Some(Condition::Archived(archiving)) = &mut stand.condition else {
        return Ok(());
    };
    let (times, users) = (archiving.times_seen, archiving.user_count);
    archiving.times_seen = times.min(span.times_seen);
    archiving.user_count = users.min(span.user_count);
    if (archiving.times_seen, archiving.user_count) == (times, users) {
        return Ok(());
    }
    stand.write(sql, issue)
}

pub(super) fn name_of(sql: &Connection, issue: IssueId) -> Result<Value, Fault> {
    let mut statement = sql.prepare_cached("SELECT title, number FROM issue WHERE id = ?1")?;
    Ok(statement.query_row([issue.0], |row| {
        let (title, number): (String, i64) = (row.column("title")?, row.column("number")?);
        Ok(json!({ "id": issue.to_string(), "title": title, "number": number }))
    })?)
}

/// See [`crate::LifeLedger::hashes`].
pub(super) fn hashes(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
) -> Result<Vec<HashOwner>, Fault> {
    let mut owners = Vec::new();
    let mut statement = sql.prepare_cached(
        "SELECT version, digest FROM issue_hash WHERE issue = ?1 AND project = ?2
         ORDER BY version, digest",
    )?;
    for home in family(sql, issue)? {
        let rows = statement.query_map([home.0, project.0], |row| {
            let (version, digest) = (row.column("version")?, row.column("digest")?);
            let hash = GroupingHash { version, digest };
            Ok(HashOwner { hash, home })
        })?;
        for row in rows {
            owners.push(row?);
        }
    }
    Ok(owners)
}
