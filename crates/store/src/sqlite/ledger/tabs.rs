//! Counting what a list has under each of its tabs, in a look at a bounded number of issues.
//!
//! Of each status the issues that were seen last are looked at, as many as the bound says, shared
//! among the projects. When there are no more, the counts are exact.

use rusqlite::Connection;
use watchpost_model::{ProjectId, Status, Timestamp};

use super::find::{Pruned, statuses};
use crate::limits::{QUERY_PROJECT_COUNT_MAX, TAB_ISSUE_COUNT_MAX};
use crate::search::Field;
use crate::search::ast::{Expr, Filter, Key, State, Test};
use crate::sqlite::columns::{Columns, limit_in};
use crate::sqlite::fault::Fault;
use crate::{Counted, IssueQuery, Sort, TabCounts};

/// Tabs of unresolved issues; what the first counts is all of them.
const STATES: [State; 3] = [State::ForReview, State::Regressed, State::Escalating];

/// See [`crate::IssueLedger::count_tabs`].
pub(super) fn count(sql: &Connection, query: &IssueQuery) -> Result<TabCounts, Fault> {
    let mut counts = TabCounts::default();
    let mut searches = Vec::new();
    for project in query.projects.iter().take(QUERY_PROJECT_COUNT_MAX) {
        searches.extend(Pruned::of(sql, query, &[], *project)?);
    }
    for status in statuses(query) {
        let share = share(sql, query, &searches, status)?;
        for search in &searches {
            let floor = match share {
                Some(share) => floor(sql, (search.project, status), share)?,
                None => None,
            };
            // Nothing of an older time was asked for.
            let since = query.since.map_or(i64::MIN, Timestamp::as_micros);
            let floor = floor.filter(|floor| *floor >= since);
            let mut tabs: Vec<&mut Counted> = match status {
                Status::Unresolved => vec![
                    &mut counts.unresolved,
                    &mut counts.for_review,
                    &mut counts.regressed,
                    &mut counts.escalating,
                ],
                Status::Resolved => vec![&mut counts.resolved],
                Status::Archived => vec![&mut counts.archived],
            };
            add(sql, query, (search, status), (floor, &mut tabs))?;
        }
    }
    Ok(counts)
}

/// How many issues of each project are looked at; `None` when all of them are.
fn share(
    sql: &Connection,
    query: &IssueQuery,
    searches: &[Pruned],
    status: Status,
) -> Result<Option<usize>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT count(*) AS issues FROM (SELECT 1 FROM issue
             WHERE project = ?1 AND status = ?2 AND last_seen >= ?3 LIMIT ?4)",
    )?;
    let since = query.since.map_or(i64::MIN, Timestamp::as_micros);
    let mut left = TAB_ISSUE_COUNT_MAX;
    for search in searches {
        let row = (
            search.project.0,
            status.number(),
            since,
            limit_in(left + 1, usize::MAX),
        );
        let issues = statement.query_row(row, |row| row.count("issues"))?;
        let Some(rest) = usize::try_from(issues)
            .ok()
            .and_then(|met| left.checked_sub(met))
        else {
            return Ok(Some(TAB_ISSUE_COUNT_MAX / searches.len().max(1)));
        };
        left = rest;
    }
    Ok(None)
}

/// When the first issue was seen last that is beyond the share of a project, if one is.
fn floor(
    sql: &Connection,
    (project, status): (ProjectId, Status),
    share: usize,
) -> Result<Option<i64>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT last_seen FROM issue WHERE project = ?1 AND status = ?2
         ORDER BY last_seen DESC LIMIT 1 OFFSET ?3",
    )?;
    let row = (project.0, status.number(), limit_in(share, usize::MAX));
    let mut rows = statement.query(row)?;
    let floor = rows.next()?.map(|row| row.column("last_seen"));
    Ok(floor.transpose()?)
}

/// Adds the issues of one project and status to the counts of the tabs.
fn add(
    sql: &Connection,
    query: &IssueQuery,
    (search, status): (&Pruned, Status),
    (floor, tabs): (Option<i64>, &mut [&mut Counted]),
) -> Result<(), Fault> {
    let mut question = search.question(query, Sort::LastSeen);
    question.say("count(*)");
    for state in STATES.iter().take(tabs.len() - 1) {
        question.say(", coalesce(sum(");
        let key = Key::Field(Field::Is);
        question.expr(&Expr::Filter(Filter::new(key, Test::State(*state))))?;
        question.say("), 0)");
    }
    search.narrow(&mut question, query, status)?;
    if let Some(floor) = floor {
        question.push(" AND issue.last_seen > ?", [floor]);
    }
    let mut statement = sql.prepare_cached(&question.sql)?;
    let values = rusqlite::params_from_iter(question.values);
    statement.query_row(values, |row| {
        for (column, tab) in tabs.iter_mut().enumerate() {
            let count: i64 = row.get(column)?;
            tab.count += crate::sqlite::columns::count_out(count);
            tab.is_more |= floor.is_some();
        }
        Ok(())
    })?;
    Ok(())
}
