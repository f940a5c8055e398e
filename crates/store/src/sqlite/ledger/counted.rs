//! Which events were counted before, without a row per event.
//!
//! ```text
//! apply ── inserts ──▶ event_unsettled ── the archive has it ──▶ settled: Archive::known tells
//! ```
//! Between the two commits only the ledger knows an event, so it keeps the id. Once the archive
//! has it, the archive is asked before every batch, and the id goes.
//!
//! What the archive cannot take is counted `quarantined` instead of `accepted`: its row is marked,
//! so that a replay after a crash does not count it again, and `accepted` is given back with the
//! row.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use watchpost_model::{CATEGORY_ERROR, EventId, IssueId, KeyId, Outcome, OutcomeCount, ProjectId};

use super::outcome;
use crate::sqlite::columns::{Columns, count_in, hour_in, hour_out};
use crate::sqlite::fault::Fault;
use crate::{Filing, UNKEPT_REASON, Unkept};

/// What a batch knows about events that were counted.
pub(super) struct Counted<'a> {
    sql: &'a Connection,
    /// Whether the table had any row at the start of the batch: most batches find it empty.
    has_unsettled: bool,
    look: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    batch: HashMap<(ProjectId, EventId), IssueId>,
    /// As at the start of the batch.
    seq_before: u64,
    seq: u64,
}

impl<'a> Counted<'a> {
    /// Reads where the last batch ended.
    pub(super) fn open(sql: &'a Connection) -> Result<Self, Fault> {
        let mut statement = sql.prepare_cached(
            "SELECT seq, EXISTS (SELECT 1 FROM event_unsettled) AS has_unsettled
             FROM spool_counted WHERE id = 1",
        )?;
        let (seq, has_unsettled) = statement.query_row([], |row| {
            Ok((row.count("seq")?, row.column("has_unsettled")?))
        })?;
        Ok(Self {
            sql,
            has_unsettled,
            look: sql.prepare_cached(
                "SELECT issue FROM event_unsettled WHERE project = ?1 AND event = ?2
                 AND EXISTS (SELECT 1 FROM issue WHERE issue.id = event_unsettled.issue)",
            )?,
            insert: sql.prepare_cached(
                "INSERT OR REPLACE INTO event_unsettled
                     (project, event, issue, received, is_replay)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            batch: HashMap::new(),
            seq_before: seq,
            seq,
        })
    }

    /// The issue of an event that was counted before. An issue that was forgotten since does not
    /// count: the event would be nowhere.
    pub(super) fn issue_of(&mut self, filing: &Filing) -> Result<Option<IssueId>, Fault> {
        let (project, event) = id_of(filing);
        if let Some(issue) = self.batch.get(&(project, event)) {
            return Ok(Some(*issue));
        }
        if let Some(issue) = filing.known
            && self.exists(project, issue)?
        {
            return Ok(Some(issue));
        }
        if !self.has_unsettled {
            return Ok(None);
        }
        let issue: Option<i64> = self
            .look
            .query_row(params![project.0, event.to_bytes()], |row| {
                row.column("issue")
            })
            .optional()?;
        Ok(issue.map(IssueId))
    }

    fn exists(&self, project: ProjectId, issue: IssueId) -> Result<bool, Fault> {
        let mut statement = self
            .sql
            .prepare_cached("SELECT 1 FROM issue WHERE id = ?1 AND project = ?2")?;
        Ok(statement.exists(params![issue.0, project.0])?)
    }

    /// Whether this very record was shown to the ledger before: a crash came between the ledger
    /// and the spool's position.
    pub(super) fn is_replay(&self, filing: &Filing) -> bool {
        filing.spooled.is_none_or(|seq| seq <= self.seq_before)
    }

    /// Notes that a record of the spool was dealt with.
    pub(super) fn pass(&mut self, filing: &Filing) {
        self.seq = self.seq.max(filing.spooled.unwrap_or(0));
    }

    /// Remembers an event until the archive has it.
    pub(super) fn remember(&mut self, issue: IssueId, filing: &Filing) -> Result<(), Fault> {
        let (project, event) = id_of(filing);
        self.insert.execute(params![
            project.0,
            event.to_bytes(),
            issue.0,
            hour_in(filing.grouped.event.received),
            filing.spooled.is_none(),
        ])?;
        self.batch.insert((project, event), issue);
        Ok(())
    }

    /// Writes how far the spool was counted.
    pub(super) fn close(self) -> Result<(), Fault> {
        if self.seq > self.seq_before {
            self.sql
                .prepare_cached("UPDATE spool_counted SET seq = ?1 WHERE id = 1")?
                .execute([count_in(self.seq)])?;
        }
        Ok(())
    }
}

fn id_of(filing: &Filing) -> (ProjectId, EventId) {
    (filing.grouped.project, filing.grouped.event.event_id)
}

/// Forgets events that the archive has. Those that it could not take before are accepted now;
/// returns how many.
pub(super) fn settle(sql: &Connection, events: &[(ProjectId, EventId)]) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached(
        "DELETE FROM event_unsettled WHERE project = ?1 AND event = ?2
         RETURNING received, set_aside",
    )?;
    let mut accepted = 0;
    for (project, event) in events {
        let row = statement
            .query_row(params![project.0, event.to_bytes()], |row| {
                let key: Option<i64> = row.column("set_aside")?;
                Ok((key, row.column("received")?))
            })
            .optional()?;
        if let Some((Some(key), hour)) = row {
            outcome::add(sql, &one(*project, KeyId(key), hour, Outcome::Accepted))?;
            accepted += 1;
        }
    }
    Ok(accepted)
}

/// Counts filed events that the archive cannot take `quarantined` instead of `accepted`, each
/// once. One that came from the quarantine was counted there when it got there first.
pub(super) fn set_aside(sql: &Connection, unkept: &[Unkept]) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached(
        "UPDATE event_unsettled SET set_aside = ?3
         WHERE project = ?1 AND event = ?2 AND set_aside IS NULL
         RETURNING received, is_replay",
    )?;
    for Unkept {
        project,
        event,
        key,
    } in unkept
    {
        let row = statement
            .query_row(params![project.0, event.to_bytes(), key.0], |row| {
                let is_replay: bool = row.column("is_replay")?;
                Ok((row.column("received")?, is_replay))
            })
            .optional()?;
        let Some((hour, is_replay)) = row else {
            continue;
        };
        outcome::take(sql, &one(*project, *key, hour, Outcome::Accepted))?;
        if !is_replay {
            outcome::add(sql, &one(*project, *key, hour, Outcome::Quarantined))?;
        }
    }
    Ok(())
}

/// One event that ended so, in the hour of its receipt.
fn one(project: ProjectId, key: KeyId, hour: i64, outcome: Outcome) -> OutcomeCount {
    let reason = match outcome {
        Outcome::Quarantined => UNKEPT_REASON,
        _ => "",
    };
    OutcomeCount {
        project: Some(project),
        key: Some(key),
        category: CATEGORY_ERROR.to_owned(),
        outcome,
        reason: reason.to_owned(),
        hour: hour_out(hour),
        quantity: 1,
    }
}
