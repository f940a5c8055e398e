//! Counts of how items ended, in SQLite.

use rusqlite::{Connection, Row, params};
use watchpost_model::{KeyId, Outcome, OutcomeCount, ProjectId, Timestamp};

use super::SqliteLedger;
use super::outcome_sum::{self, outcome_out};
use crate::limits::OUTCOME_CLIENT_ROW_COUNT_MAX;
use crate::sqlite::columns::{Columns, count_in, hour_in, hour_out};
use crate::sqlite::fault::Fault;
use crate::{NO_PROJECT, OutcomeLedger, OutcomeQuery, OutcomeSum, StoreError};

/// In a column: no project, no key.
pub(super) const NONE: i64 = NO_PROJECT.0;
/// Words of clients beyond the bound.
const OTHER: &str = "other";

fn read(row: &Row<'_>) -> Result<OutcomeCount, Fault> {
    let (project, key): (i64, i64) = (row.column("project")?, row.column("key")?);
    let outcome: String = row.column("outcome")?;
    Ok(OutcomeCount {
        project: (project != NONE).then_some(ProjectId(project)),
        key: (key != NONE).then_some(KeyId(key)),
        category: row.column("category")?,
        outcome: outcome_out(&outcome)?,
        reason: row.column("reason")?,
        hour: hour_out(row.column("hour")?),
        quantity: row.count("quantity")?,
    })
}

/// Adds one count. Clients choose the words of some; beyond the bound of an hour these go into a
/// row of their own.
pub(super) fn add(sql: &Connection, count: &OutcomeCount) -> Result<(), Fault> {
    let is_client_word = matches!(
        count.outcome,
        Outcome::ClientDiscarded | Outcome::NotSupportedYet
    );
    if !is_client_word || has_room(sql, count)? {
        return upsert(sql, count);
    }
    let other = OutcomeCount {
        key: None,
        category: OTHER.to_owned(),
        reason: OTHER.to_owned(),
        ..count.clone()
    };
    upsert(sql, &other)
}

/// Whether the row is there, or there is room for one more.
fn has_room(sql: &Connection, count: &OutcomeCount) -> Result<bool, Fault> {
    let (project, key) = ids_of(count);
    let hour = hour_in(count.hour);
    let is_there = sql
        .prepare_cached(
            "SELECT 1 FROM outcome WHERE project = ?1 AND hour = ?2 AND key = ?3
             AND category = ?4 AND outcome = ?5 AND reason = ?6",
        )?
        .exists(params![
            project,
            hour,
            key,
            count.category,
            count.outcome.name(),
            count.reason
        ])?;
    if is_there {
        return Ok(true);
    }
    let rows = sql
        .prepare_cached("SELECT count(*) AS rows FROM outcome WHERE project = ?1 AND hour = ?2")?
        .query_row(params![project, hour], |row| row.count("rows"))?;
    Ok(rows < OUTCOME_CLIENT_ROW_COUNT_MAX)
}

fn upsert(sql: &Connection, count: &OutcomeCount) -> Result<(), Fault> {
    let (project, key) = ids_of(count);
    sql.prepare_cached(
        "INSERT INTO outcome (project, hour, key, category, outcome, reason, quantity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET quantity =
             min(quantity, 9223372036854775807 - excluded.quantity) + excluded.quantity",
    )?
    .execute(params![
        project,
        hour_in(count.hour),
        key,
        count.category,
        count.outcome.name(),
        count.reason,
        count_in(count.quantity),
    ])?;
    Ok(())
}

/// Takes a count away again. A row that is used up stays: whoever asks does not see it.
pub(super) fn take(sql: &Connection, count: &OutcomeCount) -> Result<(), Fault> {
    let (project, key) = ids_of(count);
    sql.prepare_cached(
        "UPDATE outcome SET quantity = max(quantity - ?7, 0)
         WHERE project = ?1 AND hour = ?2 AND key = ?3
             AND category = ?4 AND outcome = ?5 AND reason = ?6",
    )?
    .execute(params![
        project,
        hour_in(count.hour),
        key,
        count.category,
        count.outcome.name(),
        count.reason,
        count_in(count.quantity),
    ])?;
    Ok(())
}

/// Project and key as columns.
fn ids_of(count: &OutcomeCount) -> (i64, i64) {
    let project = count.project.map_or(NONE, |project| project.0);
    (project, count.key.map_or(NONE, |key| key.0))
}

impl OutcomeLedger for SqliteLedger {
    fn add_outcomes(&self, counts: &[OutcomeCount]) -> Result<(), StoreError> {
        if counts.is_empty() {
            return Ok(());
        }
        self.pool.write("count outcomes", |sql| {
            counts.iter().try_for_each(|count| add(sql, count))
        })
    }

    fn count_set_aside(&self, ends: &[(u64, OutcomeCount)]) -> Result<(), StoreError> {
        let Some(last) = ends.iter().map(|(seq, _)| *seq).max() else {
            return Ok(());
        };
        self.pool.write("count what was set aside", |sql| {
            let before = sql
                .prepare_cached("SELECT set_aside FROM spool_counted WHERE id = 1")?
                .query_row([], |row| row.count("set_aside"))?;
            for (_, count) in ends.iter().filter(|(seq, _)| *seq > before) {
                add(sql, count)?;
            }
            sql.prepare_cached("UPDATE spool_counted SET set_aside = ?1 WHERE id = 1")?
                .execute([count_in(last.max(before))])?;
            Ok(())
        })
    }

    fn outcome_sums(&self, query: &OutcomeQuery) -> Result<Vec<OutcomeSum>, StoreError> {
        self.pool
            .read("sum outcomes", |sql| outcome_sum::sums(sql, query))
    }

    fn outcomes(
        &self,
        project: Option<ProjectId>,
        since: Timestamp,
    ) -> Result<Vec<OutcomeCount>, StoreError> {
        let (query, project) = match project {
            Some(project) => (
                "SELECT * FROM outcome WHERE project = ?1 AND hour >= ?2
                     AND quantity > 0 ORDER BY hour, key, category, outcome, reason",
                project.0,
            ),
            None => (
                "SELECT * FROM outcome WHERE ?1 = 0 AND hour >= ?2
                     AND quantity > 0 ORDER BY hour, project, key, category, outcome, reason",
                NONE,
            ),
        };
        self.pool.read("read outcomes", |sql| {
            let mut statement = sql.prepare_cached(query)?;
            let mut rows = statement.query(params![project, hour_in(since)])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                counts.push(read(row)?);
            }
            Ok(counts)
        })
    }
}
