//! Counts of how items ended, in SQLite.

use rusqlite::{Row, params};
use watchpost_model::{KeyId, OutcomeCount, ProjectId, Timestamp};

use super::SqliteLedger;
use super::outcome_sum::{self, outcome_out};
use crate::sqlite::columns::{Columns, count_in, hour_in, hour_out};
use crate::sqlite::fault::Fault;
use crate::{OutcomeLedger, OutcomeQuery, OutcomeSum, StoreError};

/// In a column: no project, no key. Real ids start at 1.
pub(super) const NONE: i64 = 0;

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

impl OutcomeLedger for SqliteLedger {
    fn add_outcomes(&self, counts: &[OutcomeCount]) -> Result<(), StoreError> {
        if counts.is_empty() {
            return Ok(());
        }
        self.pool.write("count outcomes", |sql| {
            let mut statement = sql.prepare_cached(
                "INSERT INTO outcome (project, hour, key, category, outcome, reason, quantity)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO UPDATE SET quantity =
                     min(quantity, 9223372036854775807 - excluded.quantity) + excluded.quantity",
            )?;
            for count in counts {
                statement.execute(params![
                    count.project.map_or(NONE, |project| project.0),
                    hour_in(count.hour),
                    count.key.map_or(NONE, |key| key.0),
                    count.category,
                    count.outcome.name(),
                    count.reason,
                    count_in(count.quantity),
                ])?;
            }
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
                 ORDER BY hour, key, category, outcome, reason",
                project.0,
            ),
            None => (
                "SELECT * FROM outcome WHERE ?1 = 0 AND hour >= ?2
                 ORDER BY hour, project, key, category, outcome, reason",
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
