//! The memory of the house's own tasks, in SQLite.

use rusqlite::{OptionalExtension, params};
use watchpost_model::{EventId, ProjectId, Timestamp};

use super::{SqliteLedger, counted};
use crate::sqlite::columns::{Columns, count_in, hour_in};
use crate::sqlite::pool::Pool;
use crate::{ClockWatch, StoreError, Trimmed, UpkeepLedger};

/// Rows of outcomes that are forgotten in one transaction.
const OUTCOME_COUNT_STEP: u64 = 5000;
/// Issues whose old hours are forgotten in one transaction.
const ISSUE_COUNT_STEP: u64 = 500;

impl UpkeepLedger for SqliteLedger {
    fn unsettled(
        &self,
        after: Option<(ProjectId, EventId)>,
        limit: usize,
    ) -> Result<Vec<(ProjectId, EventId)>, StoreError> {
        let (project, event) = after.map_or((i64::MIN, Vec::new()), |(project, event)| {
            (project.0, event.to_bytes().to_vec())
        });
        self.pool.read("list unsettled events", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT project, event FROM event_unsettled WHERE (project, event) > (?1, ?2)
                 ORDER BY project, event LIMIT ?3",
            )?;
            let limit = count_in(limit as u64);
            let rows = statement.query_map(params![project, event, limit], |row| {
                Ok((ProjectId(row.column("project")?), row.event_id("event")?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn settle(&self, events: &[(ProjectId, EventId)]) -> Result<u64, StoreError> {
        if events.is_empty() {
            return Ok(0);
        }
        self.pool
            .write("settle events", |sql| counted::settle(sql, events))
    }

    fn spool_reaches(&self, appended: u64) -> Result<(), StoreError> {
        self.pool.write("note the spool", |sql| {
            let reset = sql
                .prepare_cached(
                    "UPDATE spool_counted SET seq = 0, set_aside = 0, let_go = 0
                     WHERE seq > ?1 OR set_aside > ?1 OR let_go > ?1",
                )?
                .execute([count_in(appended)])?;
            if reset > 0 {
                sql.prepare_cached("DELETE FROM filtered_unsettled WHERE seq > 0")?
                    .execute([])?;
            }
            Ok(())
        })
    }

    fn filed_to(&self) -> Result<u64, StoreError> {
        self.pool.read("read where the spool is", |sql| {
            let question = "SELECT max(seq, set_aside) AS seq FROM spool_counted WHERE id = 1";
            Ok(sql
                .prepare_cached(question)?
                .query_row([], |row| row.count("seq"))?)
        })
    }

    fn trim(&self, before: Timestamp) -> Result<Trimmed, StoreError> {
        let unsettled = self.pool.write("forget unsettled events", |sql| {
            let mut statement =
                sql.prepare_cached("DELETE FROM event_unsettled WHERE received < ?1")?;
            Ok(statement.execute([hour_in(before)])? as u64)
        })?;
        Ok(Trimmed {
            outcomes: trim_outcomes(&self.pool, before)?,
            hours: trim_hours(&self.pool, before)?,
            unsettled,
        })
    }

    fn clock_watch(&self) -> Result<Option<ClockWatch>, StoreError> {
        self.pool.read("read what the clock showed", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT trusted, seen, leapt FROM clock_watch WHERE id = 1")?;
            let row = statement.query_row([], |row| {
                Ok(ClockWatch {
                    trusted: row.moment("trusted")?,
                    seen: row.moment("seen")?,
                    leapt: row.moment_if_any("leapt")?,
                })
            });
            Ok(row.optional()?)
        })
    }

    fn set_clock_watch(&self, watch: &ClockWatch) -> Result<(), StoreError> {
        self.pool.write("note what the clock shows", |sql| {
            let row = params![
                watch.trusted.as_micros(),
                watch.seen.as_micros(),
                watch.leapt.map(Timestamp::as_micros),
            ];
            sql.prepare_cached(
                "INSERT OR REPLACE INTO clock_watch (id, trusted, seen, leapt)
                 VALUES (1, ?1, ?2, ?3)",
            )?
            .execute(row)?;
            Ok(())
        })
    }
}

fn trim_outcomes(pool: &Pool, before: Timestamp) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    loop {
        let step = pool.write("forget old outcomes", |sql| {
            let mut statement = sql.prepare_cached(
                "DELETE FROM outcome WHERE (project, hour, key, category, outcome, reason) IN (
                     SELECT project, hour, key, category, outcome, reason
                     FROM outcome
                     WHERE project IN (SELECT 0 UNION ALL SELECT id FROM project)
                         AND hour < ?1 LIMIT ?2)",
            )?;
            let step = count_in(OUTCOME_COUNT_STEP);
            Ok(statement.execute(params![hour_in(before), step])? as u64)
        })?;
        forgotten += step;
        if step < OUTCOME_COUNT_STEP {
            break;
        }
    }
    pool.write("forget old outcomes", |sql| {
        sql.prepare_cached("DELETE FROM outcome_day WHERE day < ?1")?
            .execute([hour_in(before).div_euclid(24)])?;
        Ok(())
    })?;
    Ok(forgotten)
}

/// Issue by issue: the hours of each lie together.
fn trim_hours(pool: &Pool, before: Timestamp) -> Result<u64, StoreError> {
    let (mut forgotten, mut after) = (0, i64::MIN);
    loop {
        let issues: Vec<i64> = pool.read("find old issues", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT id FROM issue WHERE id > ?1 AND first_seen < ?2 ORDER BY id LIMIT ?3",
            )?;
            let row = params![after, before.as_micros(), count_in(ISSUE_COUNT_STEP)];
            let ids = statement.query_map(row, |row| row.column("id"))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })?;
        let Some(last) = issues.last() else {
            return Ok(forgotten);
        };
        after = *last;
        forgotten += pool.write("forget old hours", |sql| {
            let mut statement =
                sql.prepare_cached("DELETE FROM issue_hour WHERE issue = ?1 AND hour < ?2")?;
            let mut step = 0;
            for issue in &issues {
                step += statement.execute(params![issue, hour_in(before)])? as u64;
            }
            Ok(step)
        })?;
    }
}
