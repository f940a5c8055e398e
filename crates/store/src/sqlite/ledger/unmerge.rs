//! Taking issues apart: parts leave as they came, keys get issues of their own, and either is taken
//! back by making them parts again.

use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value, json};
use watchpost_model::{Deed, GroupingHash, IssueId};

use super::act::{Hand, enter};
use super::merge::{attach, detach, family, hashes, keep_own, name_of, parts, regroup};
use super::split;
use super::undo::{Undo, remember};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{HashOwner, Leaving, Unmerged};

/// See [`crate::LifeLedger::unmerge`].
pub(super) fn unmerge(
    sql: &Connection,
    hand: Hand,
    issue: IssueId,
    leaving: &Leaving<'_>,
) -> Result<Unmerged, Fault> {
    // Somebody may have merged it meanwhile.
    let mut statement = sql.prepare_cached(
        "SELECT coalesce(merged_into, id) AS shown FROM issue WHERE id = ?1 AND project = ?2",
    )?;
    let shown: Option<i64> = statement
        .query_row([issue.0, hand.project.0], |row| row.column("shown"))
        .optional()?;
    let issue = IssueId(shown.ok_or(Fault::missing("issue"))?);
    let (left, splits) = sort(sql, hand, issue, leaving)?;
    if left.is_empty() && splits.is_empty() {
        return Ok(Unmerged::default());
    }
    for part in &left {
        detach(sql, *part)?;
        let data = json!({ "source": issue.to_string() });
        enter(sql, hand, *part, (Deed::UnmergeDestination, data))?;
    }
    let mut new = Vec::new();
    for (source, keys) in &splits {
        new.push(split::begin(sql, hand, (issue, *source), keys)?);
    }
    regroup(sql, issue)?;
    if !left.is_empty() {
        let names: Vec<Value> = left
            .iter()
            .map(|part| name_of(sql, *part))
            .collect::<Result<_, _>>()?;
        let data = json!({ "issues": names });
        enter(sql, hand, issue, (Deed::UnmergeSource, data))?;
    }
    let all = left.iter().chain(&new).map(|issue| issue.0).collect();
    let undo = remember(sql, hand, &Undo::Unmerge(issue.0, all))?;
    Ok(Unmerged {
        left,
        leaving: new,
        undo: Some(undo),
    })
}

/// Keys that leave an issue.
type Parting = (IssueId, Vec<GroupingHash>);

/// Which parts leave whole, and which keys leave what is left of their issue.
fn sort(
    sql: &Connection,
    hand: Hand,
    issue: IssueId,
    leaving: &Leaving<'_>,
) -> Result<(Vec<IssueId>, Vec<Parting>), Fault> {
    let owners = hashes(sql, hand.project, issue)?;
    let (mut left, mut splits) = (Vec::new(), Vec::new());
    for home in family(sql, issue)? {
        let is_part = home != issue;
        if is_part && split::is_leaving(sql, home)? {
            continue;
        }
        let own: Vec<&HashOwner> = owners.iter().filter(|owner| owner.home == home).collect();
        let keys = own.iter().map(|owner| owner.hash);
        let keys: Vec<_> = keys.filter(|hash| leaving.keys.contains(hash)).collect();
        let is_all = keys.len() == own.len();
        if is_part && (leaving.parts.contains(&home) || (is_all && !keys.is_empty())) {
            left.push(home);
        } else if !is_all && !keys.is_empty() {
            // Without a key nothing would lead to what is left.
            splits.push((home, keys));
        }
    }
    Ok((left, splits))
}

/// Takes an unmerge back: what left is a part of `from` again, or of what that is a part of now.
pub(super) fn rejoin(
    sql: &Connection,
    hand: Hand,
    from: i64,
    left: &[i64],
) -> Result<Vec<IssueId>, Fault> {
    let parent = |issue: i64| -> Result<Option<Option<i64>>, Fault> {
        let mut statement =
            sql.prepare_cached("SELECT merged_into FROM issue WHERE id = ?1 AND project = ?2")?;
        let row = statement.query_row([issue, hand.project.0], |row| row.column("merged_into"));
        Ok(row.optional()?)
    };
    let into = parent(from)?.ok_or(Fault::missing("issue"))?;
    let into = IssueId(into.unwrap_or(from));
    let (mut back, mut names) = (Vec::new(), Vec::new());
    for issue in left.iter().map(|issue| IssueId(*issue)) {
        if split::stay(sql, issue)? {
            back.push(issue);
            continue;
        }
        // What was forgotten, or merged into another meanwhile, stays there.
        if issue == into || parent(issue.0)? != Some(None) {
            continue;
        }
        names.push(name_of(sql, issue)?);
        keep_own(sql, into)?;
        attach(sql, issue, into)?;
        let data = json!({ "merged_into": into.to_string(), "reason": "undone" });
        enter(sql, hand, issue, (Deed::Merge, data))?;
        back.push(issue);
    }
    if !names.is_empty() {
        regroup(sql, into)?;
        let data = json!({ "issues": names, "reason": "undone" });
        enter(sql, hand, into, (Deed::Merge, data))?;
    }
    back.push(into);
    Ok(back)
}

/// Takes a merge back: `before` says of each part what it was part of.
pub(super) fn split(
    sql: &Connection,
    hand: Hand,
    into: i64,
    before: &[(i64, Option<i64>)],
) -> Result<Vec<IssueId>, Fault> {
    let into = IssueId(into);
    // What left meanwhile, or went on into another, stays where it is.
    let here = parts(sql, into)?;
    let is_here = |part: i64| here.contains(&IssueId(part));
    let roots = before.iter().filter(|(_, parent)| parent.is_none());
    let roots: Vec<IssueId> = roots.map(|(root, _)| IssueId(*root)).collect();
    let mut left = Vec::new();
    for root in roots.iter().filter(|root| is_here(root.0)) {
        detach(sql, *root)?;
        left.push(*root);
    }
    for (part, parent) in before {
        let Some(parent) = parent.map(IssueId) else {
            continue;
        };
        if is_here(*part) && left.contains(&parent) {
            keep_own(sql, parent)?;
            sql.prepare_cached("UPDATE issue SET merged_into = ?2 WHERE id = ?1")?
                .execute([*part, parent.0])?;
        }
    }
    for root in &left {
        if !parts(sql, *root)?.is_empty() {
            regroup(sql, *root)?;
        }
        let data = json!({ "source": into.to_string(), "reason": "undone" });
        enter(sql, hand, *root, (Deed::UnmergeDestination, data))?;
    }
    if !left.is_empty() {
        regroup(sql, into)?;
        let data = json!({ "reason": "undone" });
        enter(sql, hand, into, (Deed::UnmergeSource, data))?;
    }
    left.push(into);
    Ok(left)
}
