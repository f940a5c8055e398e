//! Forgetting issues, in steps that let events be filed meanwhile.

use rusqlite::{Connection, params};
use watchpost_model::{IssueId, ProjectId};

use super::untally::forget_tags;
use super::{merge, users};
use crate::limits::{CLEANUP_ISSUE_COUNT_STEP, CLEANUP_ROW_COUNT_STEP};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;
use crate::{Cleanup, CleanupReport, StoreError};

/// See [`crate::IssueLedger::cleanup`].
pub(super) fn cleanup(pool: &Pool, what: &Cleanup<'_>) -> Result<CleanupReport, StoreError> {
    let mut report = CleanupReport::default();
    loop {
        let step = pool.write("forget issues", |sql| forget_issues(sql, what))?;
        if step.is_empty() {
            break;
        }
        report.issues.extend(step);
    }
    // A client that sends one of their events again gets a new issue; meanwhile these ids are
    // good for nothing.
    pool.write("forget unsettled events", |sql| {
        forget_unsettled(sql, what.project)
    })?;
    Ok(report)
}

/// Forgets the ids of events whose issue was forgotten.
pub(super) fn forget_unsettled(sql: &Connection, project: ProjectId) -> Result<(), Fault> {
    sql.prepare_cached(
        "DELETE FROM event_unsettled WHERE project = ?1
         AND NOT EXISTS (SELECT 1 FROM issue WHERE issue.id = event_unsettled.issue)
         AND NOT EXISTS (SELECT 1 FROM trash WHERE trash.issue = event_unsettled.issue)",
    )?
    .execute([project.0])?;
    Ok(())
}

/// Forgets some issues; none left is an empty answer.
fn forget_issues(sql: &Connection, what: &Cleanup<'_>) -> Result<Vec<IssueId>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT id FROM issue
         WHERE project = ?1 AND status IN (0, 1, 2) AND last_seen < ?2
             AND (?3 IS NULL OR logger = ?3) LIMIT ?4",
    )?;
    let bounds = params![
        what.project.0,
        what.before.as_micros(),
        what.logger,
        CLEANUP_ISSUE_COUNT_STEP
    ];
    let issues = statement.query_map(bounds, |row| Ok(IssueId(row.column("id")?)))?;
    let issues: Vec<IssueId> = issues.collect::<Result<_, _>>()?;
    let (mut forgotten, mut rows) = (Vec::new(), 0);
    for issue in issues {
        if rows >= CLEANUP_ROW_COUNT_STEP {
            break;
        }
        // What was merged into it has no newer events than it shows.
        for issue in merge::family(sql, issue)? {
            rows += forget_issue(sql, what.project, issue)?;
            forgotten.push(issue);
        }
    }
    Ok(forgotten)
}

/// Forgets one issue with everything that is counted and noted of it; how many rows there were.
pub(super) fn forget_issue(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
) -> Result<usize, Fault> {
    let mut rows = forget_tags(sql, project, issue)? + users::forget(sql, issue)?;
    for table in [
        "DELETE FROM issue WHERE id = ?1",
        "DELETE FROM issue_hash WHERE issue = ?1",
        "DELETE FROM issue_hour WHERE issue = ?1",
        "DELETE FROM issue_own WHERE issue = ?1",
        "DELETE FROM issue_person WHERE issue = ?1",
        "DELETE FROM issue_owner WHERE issue = ?1",
        "DELETE FROM issue_share WHERE issue = ?1",
        "DELETE FROM issue_ticket WHERE issue = ?1",
        "DELETE FROM split WHERE source = ?1 OR dest = ?1",
        "DELETE FROM activity WHERE issue = ?1",
    ] {
        rows += sql.prepare_cached(table)?.execute([issue.0])?;
    }
    Ok(rows)
}
