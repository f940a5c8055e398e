//! Events that nobody wants, in SQLite: counted once each, and the last ones shown for a day.
//!
//! They are counted before the batch that they came with is filed, and remembered by number and id
//! until the spool has let go of them. Up to that number, which is remembered too, everything was
//! counted, should a power cut take the spool back.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};
use watchpost_model::{
    CATEGORY_ERROR, FilteredEvent, Outcome, OutcomeCount, ProjectId, Timestamp, Unwanted,
};

use super::outcome;
use crate::limits::FILTERED_EVENT_COUNT_MAX;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;
use crate::{FilteredUnsettled, Shown};

/// See [`crate::RulesLedger::count_filtered`].
pub(super) fn count(
    sql: &Connection,
    unwanted: &[FilteredUnsettled],
    committed: u64,
) -> Result<Vec<Shown>, Fault> {
    sql.prepare_cached("DELETE FROM filtered_unsettled WHERE seq > 0 AND seq <= ?1")?
        .execute([count_in(committed)])?;
    sql.prepare_cached("UPDATE spool_counted SET let_go = max(let_go, ?1) WHERE id = 1")?
        .execute([count_in(committed)])?;
    let (filed_to, let_go) = sql
        .prepare_cached("SELECT seq, let_go FROM spool_counted WHERE id = 1")?
        .query_row([], |row| Ok((row.count("seq")?, row.count("let_go")?)))?;
    let mut shown = Vec::with_capacity(unwanted.len());
    let mut new = Vec::new();
    for one in unwanted {
        let is_replay = one.spooled.is_none_or(|seq| seq <= filed_to);
        if is_replay && (one.known.is_some() || was_filed(sql, &one.unwanted)?) {
            shown.push(Shown::Filed);
            continue;
        }
        shown.push(Shown::Filtered);
        let is_old = one.spooled.is_some_and(|seq| seq <= let_go);
        if !is_old && remember(sql, one)? {
            new.push(&one.unwanted);
        }
    }
    add(sql, &new)?;
    keep(sql, &new)?;
    Ok(shown)
}

/// Whether it was filed, and the archive may not have it yet.
fn was_filed(sql: &Connection, one: &Unwanted) -> Result<bool, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT 1 FROM event_unsettled WHERE project = ?1 AND event = ?2")?;
    Ok(statement.exists(params![one.project.0, one.event.to_bytes()])?)
}

/// Remembers a record; false when it is remembered already.
fn remember(sql: &Connection, one: &FilteredUnsettled) -> Result<bool, Fault> {
    let mut statement = sql.prepare_cached(
        "INSERT OR IGNORE INTO filtered_unsettled (seq, project, event) VALUES (?1, ?2, ?3)",
    )?;
    let added = statement.execute(params![
        count_in(one.spooled.unwrap_or(0)),
        one.unwanted.project.0,
        one.unwanted.event.to_bytes()
    ])?;
    Ok(added > 0)
}

/// Adds the outcomes.
fn add(sql: &Connection, new: &[&Unwanted]) -> Result<(), Fault> {
    let mut ends: HashMap<_, u64> = HashMap::new();
    for one in new {
        let hour = one.received.floor_to_hour();
        let end = (one.project, one.key, one.reason.name, hour);
        *ends.entry(end).or_default() += 1;
    }
    for ((project, key, reason, hour), quantity) in ends {
        let count = OutcomeCount {
            project: Some(project),
            key: Some(key),
            category: CATEGORY_ERROR.to_owned(),
            outcome: Outcome::Filtered,
            reason: reason.to_owned(),
            hour,
            quantity,
        };
        outcome::add(sql, &count)?;
    }
    Ok(())
}

/// Keeps glimpses of the last ones of each reason.
fn keep(sql: &Connection, new: &[&Unwanted]) -> Result<(), Fault> {
    let mut last: HashMap<(ProjectId, &str), Vec<&Unwanted>> = HashMap::new();
    for one in new {
        let of_reason = last.entry((one.project, one.reason.name)).or_default();
        of_reason.push(one);
    }
    let mut insert = sql.prepare_cached(
        "INSERT INTO filtered_event (project, reason, pattern, event, received, glimpse)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut forget = sql.prepare_cached(
        "DELETE FROM filtered_event WHERE id IN (
             SELECT id FROM filtered_event WHERE project = ?1 AND reason = ?2
             ORDER BY id DESC LIMIT -1 OFFSET ?3)",
    )?;
    let room = usize::try_from(FILTERED_EVENT_COUNT_MAX).unwrap_or(usize::MAX);
    for ((project, reason), events) in last {
        for one in events.iter().skip(events.len().saturating_sub(room)) {
            // Made of texts, which always serialise.
            let glimpse = serde_json::to_string(&one.glimpse).unwrap_or_default();
            insert.execute(params![
                project.0,
                reason,
                one.reason.pattern,
                one.event.to_bytes(),
                one.received.as_micros(),
                glimpse
            ])?;
        }
        forget.execute(params![
            project.0,
            reason,
            count_in(FILTERED_EVENT_COUNT_MAX)
        ])?;
    }
    Ok(())
}

/// See [`crate::RulesLedger::filtered_events`].
pub(super) fn list(
    sql: &Connection,
    project: ProjectId,
    since: Timestamp,
) -> Result<Vec<FilteredEvent>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT * FROM filtered_event WHERE project = ?1 AND received >= ?2 ORDER BY id DESC",
    )?;
    let rows = statement.query_map(params![project.0, since.as_micros()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<FilteredEvent> {
    Ok(FilteredEvent {
        event: row.event_id("event")?,
        received: row.moment("received")?,
        reason: row.column("reason")?,
        pattern: row.column("pattern")?,
        glimpse: row.json("glimpse")?,
    })
}
