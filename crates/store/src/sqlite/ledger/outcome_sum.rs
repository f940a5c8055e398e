//! Sums of outcomes, added up by the engine: pages get the sums, never the rows.

use rusqlite::{Connection, Row, params};
use watchpost_model::{KeyId, Outcome, ProjectId, Timestamp};

use super::outcome::NONE;
use crate::sqlite::columns::{Columns, limit_in, texts_in};
use crate::sqlite::fault::Fault;
use crate::{Grain, OUTCOME_SUM_COUNT_MAX, OutcomeField, OutcomeQuery, OutcomeSum, StoreError};

/// See [`crate::OutcomeLedger::outcome_sums`].
pub(super) fn sums(sql: &Connection, query: &OutcomeQuery) -> Result<Vec<OutcomeSum>, Fault> {
    let step = query.grain.secs();
    let projects: Vec<String> = query.projects.iter().map(ToString::to_string).collect();
    let names = |outcomes: &Vec<Outcome>| {
        let names = outcomes.iter().map(|outcome| outcome.name().to_owned());
        texts_in(&names.collect::<Vec<_>>())
    };
    let mut statement = sql.prepare_cached(&text(query))?;
    let mut rows = statement.query(params![
        format!("[{}]", projects.join(",")),
        query.since.as_secs().div_euclid(step),
        query.until.as_secs().div_euclid(step),
        query.categories.as_deref().map(texts_in),
        query.outcomes.as_ref().map(names),
        query.reasons.as_deref().map(texts_in),
        limit_in(query.limit, OUTCOME_SUM_COUNT_MAX),
    ])?;
    let mut sums = Vec::new();
    while let Some(row) = rows.next()? {
        sums.push(read(row, query)?);
    }
    Ok(sums)
}

/// Table and columns are words of ours; whatever comes from outside is a parameter.
fn text(query: &OutcomeQuery) -> String {
    let (table, slot) = match query.grain {
        Grain::Hour => ("outcome", "hour"),
        Grain::Day => ("outcome_day", "day"),
    };
    let columns: Vec<&str> = query.by.iter().map(|field| column(*field, slot)).collect();
    let columns = columns.join(", ");
    let comma = if columns.is_empty() { "" } else { ", " };
    let group = if columns.is_empty() {
        String::new()
    } else {
        format!("GROUP BY {columns}")
    };
    let order = if query.by.contains(&OutcomeField::Time) {
        slot
    } else {
        "sum DESC"
    };
    // `total` does not overflow; counts below 2^53 are exact in it.
    format!(
        "SELECT {columns}{comma} CAST(min(total(quantity), 9.2e18) AS INTEGER) AS sum
         FROM {table}
         WHERE project IN (SELECT value FROM json_each(?1)) AND {slot} BETWEEN ?2 AND ?3
             AND quantity > 0
             AND (?4 IS NULL OR category IN (SELECT value FROM json_each(?4)))
             AND (?5 IS NULL OR outcome IN (SELECT value FROM json_each(?5)))
             AND (?6 IS NULL OR reason IN (SELECT value FROM json_each(?6)))
         {group} ORDER BY {order} LIMIT ?7"
    )
}

fn column(field: OutcomeField, slot: &'static str) -> &'static str {
    match field {
        OutcomeField::Time => slot,
        OutcomeField::Project => "project",
        OutcomeField::Key => "key",
        OutcomeField::Category => "category",
        OutcomeField::Outcome => "outcome",
        OutcomeField::Reason => "reason",
    }
}

fn read(row: &Row<'_>, query: &OutcomeQuery) -> Result<OutcomeSum, Fault> {
    let mut sum = OutcomeSum {
        quantity: row.count("sum")?,
        ..OutcomeSum::default()
    };
    for field in &query.by {
        match field {
            OutcomeField::Time => {
                let slot: i64 = match query.grain {
                    Grain::Hour => row.column("hour")?,
                    Grain::Day => row.column("day")?,
                };
                sum.time = Some(Timestamp::from_secs(
                    slot.saturating_mul(query.grain.secs()),
                ));
            }
            OutcomeField::Project => sum.project = Some(ProjectId(row.column("project")?)),
            OutcomeField::Key => {
                let key: i64 = row.column("key")?;
                sum.key = (key != NONE).then_some(KeyId(key));
            }
            OutcomeField::Category => sum.category = Some(row.column("category")?),
            OutcomeField::Outcome => {
                let name: String = row.column("outcome")?;
                sum.outcome = Some(outcome_out(&name)?);
            }
            OutcomeField::Reason => sum.reason = Some(row.column("reason")?),
        }
    }
    Ok(sum)
}

/// An outcome, stored by its name.
pub(super) fn outcome_out(name: &str) -> Result<Outcome, StoreError> {
    Outcome::from_name(name).ok_or_else(|| StoreError::Corrupt {
        what: "outcome",
        reason: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{at, temp_ledger};

    #[test]
    fn sums_are_looked_up_and_never_scan_a_table() {
        let ledger = temp_ledger();
        for grain in [Grain::Hour, Grain::Day] {
            let query = OutcomeQuery {
                grain,
                by: vec![OutcomeField::Time, OutcomeField::Outcome],
                ..OutcomeQuery::new(vec![ProjectId(1)], at(0), at(1))
            };
            let plan = ledger.pool.read("explain", |sql| {
                let mut statement = sql.prepare(&format!("EXPLAIN QUERY PLAN {}", text(&query)))?;
                let none = params![None::<i64>, None::<i64>, None::<i64>, "", "", "", 1];
                let lines = statement.query_map(none, |row| row.get::<_, String>("detail"))?;
                Ok(lines.collect::<Result<Vec<_>, _>>()?)
            });
            let plan = plan.unwrap().join("\n");
            let wanted = match grain {
                Grain::Hour => "outcome USING PRIMARY KEY (project=? AND hour>? AND hour<?)",
                // In the order of the sums, so that nothing is sorted: measured faster than less.
                Grain::Day => "outcome_day USING PRIMARY KEY (project=?)",
            };
            assert!(plan.contains(wanted), "{plan}");
            assert!(!plan.contains("SCAN outcome"), "{plan}");
        }
    }

    #[test]
    fn days_are_the_sums_of_hours_from_the_migration_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        drop(crate::sqlite::SqliteLedger::open(&path).unwrap());
        let sql = Connection::open(&path).unwrap();
        // As an older version left it.
        sql.execute_batch(
            "DROP TRIGGER outcome_first; DROP TRIGGER outcome_more; DROP TABLE outcome_day;
             INSERT INTO outcome VALUES (1, 23, 1, 'error', 'accepted', '', 3),
                 (1, 24, 1, 'error', 'accepted', '', 4), (1, 47, 1, 'error', 'accepted', '', 5),
                 (1, 0, 1, 'error', 'invalid', '', 9223372036854775807),
                 (1, 1, 1, 'error', 'invalid', '', 9223372036854775807);",
        )
        .unwrap();
        sql.execute_batch(include_str!("migrations/0004_outcome_days.sql"))
            .unwrap();
        let days = |sql: &Connection| {
            let text = "SELECT day, quantity FROM outcome_day WHERE outcome = 'accepted'";
            let mut statement = sql.prepare(text).unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            rows.unwrap()
                .map(Result::unwrap)
                .collect::<Vec<(i64, i64)>>()
        };
        assert_eq!(days(&sql), [(0, 3), (1, 9)]);
        sql.execute_batch("UPDATE outcome SET quantity = quantity + 10 WHERE hour = 24")
            .unwrap();
        assert_eq!(days(&sql), [(0, 3), (1, 19)]);
    }
}
