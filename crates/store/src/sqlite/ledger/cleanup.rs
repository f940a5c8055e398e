//! Forgetting issues, in steps that let events be filed meanwhile.
//!
//! What a project counted in all (`project_tag`) stays: these are the choices of a filter.

use rusqlite::{Connection, params};
use watchpost_model::IssueId;

use crate::sqlite::columns::{Columns, hour_in};
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;
use crate::{Cleanup, CleanupReport, StoreError};

/// Issues that are forgotten in one transaction.
const ISSUE_COUNT_STEP: u32 = 100;
/// Event ids that are looked at in one step.
const EVENT_COUNT_STEP: u32 = 10_000;

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
    forget_events(pool, what)?;
    Ok(report)
}

/// Forgets some issues; none left is an empty answer.
fn forget_issues(sql: &Connection, what: &Cleanup<'_>) -> Result<Vec<IssueId>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT id FROM issue
         WHERE project = ?1 AND status IN (0, 1) AND last_seen < ?2
             AND (?3 IS NULL OR logger = ?3) LIMIT ?4",
    )?;
    let bounds = params![
        what.project.0,
        what.before.as_micros(),
        what.logger,
        ISSUE_COUNT_STEP
    ];
    let issues = statement.query_map(bounds, |row| Ok(IssueId(row.column("id")?)))?;
    let issues: Vec<IssueId> = issues.collect::<Result<_, _>>()?;
    for table in [
        "DELETE FROM issue WHERE id = ?1",
        "DELETE FROM issue_hash WHERE issue = ?1",
        "DELETE FROM issue_hour WHERE issue = ?1",
        "DELETE FROM issue_tag WHERE issue = ?1",
        "DELETE FROM activity WHERE issue = ?1",
    ] {
        let mut statement = sql.prepare_cached(table)?;
        for issue in &issues {
            statement.execute([issue.0])?;
        }
    }
    Ok(issues)
}

/// Forgets the ids of events whose issue is gone, and when everything old goes also of the old
/// ones: nobody delivers an event again after weeks.
fn forget_events(pool: &Pool, what: &Cleanup<'_>) -> Result<(), StoreError> {
    let before = what.logger.is_none().then(|| hour_in(what.before));
    let mut after = Vec::new();
    loop {
        let step = pool.read("find forgotten events", |sql| {
            look_at_events(sql, what, before, &after)
        })?;
        if !step.gone.is_empty() {
            pool.write("forget events", |sql| {
                let mut statement =
                    sql.prepare_cached("DELETE FROM event_seen WHERE project = ?1 AND event = ?2")?;
                for event in &step.gone {
                    statement.execute(params![what.project.0, event])?;
                }
                Ok(())
            })?;
        }
        match step.last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

/// Some of the ids of events.
struct Step {
    /// Those to forget.
    gone: Vec<Vec<u8>>,
    /// The last that was looked at; `None` when there are no more.
    last: Option<Vec<u8>>,
}

fn look_at_events(
    sql: &Connection,
    what: &Cleanup<'_>,
    before: Option<i64>,
    after: &[u8],
) -> Result<Step, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT event, (issue.id IS NULL OR received < ?3) AS gone
         FROM event_seen LEFT JOIN issue ON issue.id = event_seen.issue
         WHERE event_seen.project = ?1 AND event > ?2 ORDER BY event LIMIT ?4",
    )?;
    let mut rows = statement.query(params![what.project.0, after, before, EVENT_COUNT_STEP])?;
    let (mut gone, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let event: Vec<u8> = row.column("event")?;
        // Unknown, because there is no bound, means no.
        if row.column::<Option<bool>>("gone")? == Some(true) {
            gone.push(event.clone());
        }
        last = Some(event);
    }
    Ok(Step { gone, last })
}
