//! Filing events: each finds or makes its issue, what they count is added up per batch.
//!
//! Called inside one transaction. Nothing here looks at a clock: the same batch gives the same
//! rows, and a batch that was filed before changes nothing.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{
    Applied, Change, EventId, Grouped, GroupingHash, Issue, IssueId, ProjectId, Status, Timestamp,
};

use super::issue::note;
use super::tally::Tally;
use crate::Actor;
use crate::sqlite::columns::{Columns, count_in, hour_in};
use crate::sqlite::fault::Fault;

/// See [`crate::IssueLedger::apply`].
pub(super) fn apply(sql: &Connection, batch: &[Grouped]) -> Result<Vec<Applied>, Fault> {
    let mut desk = Desk::new(sql);
    let mut filed = Vec::with_capacity(batch.len());
    for grouped in batch {
        filed.push(desk.file(grouped)?);
    }
    desk.close()?;
    Ok(filed)
}

/// What is known of a batch so far. Rows of issues are read once and written once.
struct Desk<'a> {
    sql: &'a Connection,
    seen: HashMap<(ProjectId, EventId), IssueId>,
    owners: HashMap<(ProjectId, GroupingHash), IssueId>,
    issues: HashMap<IssueId, Folder>,
    first_events: HashMap<ProjectId, Timestamp>,
    tally: Tally<'a>,
}

/// The part of an issue that events change.
struct Folder {
    status: Status,
    first_seen: Timestamp,
    last_seen: Timestamp,
    times_seen: u64,
    /// As in the row; when it is still the same at the end, nothing has to be written.
    times_stored: u64,
}

impl<'a> Desk<'a> {
    fn new(sql: &'a Connection) -> Self {
        Self {
            sql,
            seen: HashMap::new(),
            owners: HashMap::new(),
            issues: HashMap::new(),
            first_events: HashMap::new(),
            tally: Tally::default(),
        }
    }

    /// Files one event.
    fn file(&mut self, grouped: &'a Grouped) -> Result<Applied, Fault> {
        let (project, event) = (grouped.project, grouped.event.event_id);
        let applied = |issue, change| Applied {
            project,
            event,
            issue,
            change,
        };
        if let Some(issue) = self.seen_before(project, event)? {
            return Ok(applied(issue, Change::Duplicate));
        }
        let (issue, change) = match self.owner(grouped)? {
            Some(issue) => (issue, self.add(issue, grouped)?),
            None => (self.create(grouped)?, Change::New),
        };
        self.own_hashes(issue, grouped)?;
        self.remember(issue, grouped)?;
        self.tally.count(issue, grouped);
        let received = grouped.event.received;
        self.first_events.entry(project).or_insert(received);
        Ok(applied(issue, change))
    }

    /// The issue of an event that was filed before. An issue that was forgotten since does not
    /// count: the event would be nowhere.
    fn seen_before(&self, project: ProjectId, event: EventId) -> Result<Option<IssueId>, Fault> {
        if let Some(issue) = self.seen.get(&(project, event)) {
            return Ok(Some(*issue));
        }
        let mut statement = self.sql.prepare_cached(
            "SELECT issue FROM event_seen WHERE project = ?1 AND event = ?2
             AND EXISTS (SELECT 1 FROM issue WHERE issue.id = event_seen.issue)",
        )?;
        let issue: Option<i64> = statement
            .query_row(params![project.0, event.to_bytes()], |row| {
                row.column("issue")
            })
            .optional()?;
        Ok(issue.map(IssueId))
    }

    /// The issue that owns one of the event's keys: the most specific key that is known decides.
    fn owner(&mut self, grouped: &Grouped) -> Result<Option<IssueId>, Fault> {
        for hash in &grouped.hashes {
            if let Some(issue) = self.owner_of(grouped.project, *hash)? {
                return Ok(Some(issue));
            }
        }
        Ok(None)
    }

    fn owner_of(
        &mut self,
        project: ProjectId,
        hash: GroupingHash,
    ) -> Result<Option<IssueId>, Fault> {
        if let Some(issue) = self.owners.get(&(project, hash)) {
            return Ok(Some(*issue));
        }
        let mut statement = self.sql.prepare_cached(
            "SELECT issue FROM issue_hash WHERE project = ?1 AND version = ?2 AND digest = ?3",
        )?;
        let issue: Option<i64> = statement
            .query_row(params![project.0, hash.version, hash.digest], |row| {
                row.column("issue")
            })
            .optional()?;
        let issue = issue.map(IssueId);
        if let Some(issue) = issue {
            self.owners.insert((project, hash), issue);
        }
        Ok(issue)
    }

    /// Gives the event's keys that nobody owns to `issue`.
    fn own_hashes(&mut self, issue: IssueId, grouped: &Grouped) -> Result<(), Fault> {
        for hash in &grouped.hashes {
            if self.owner_of(grouped.project, *hash)?.is_some() {
                continue;
            }
            self.sql
                .prepare_cached(
                    "INSERT INTO issue_hash (project, version, digest, issue)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![
                    grouped.project.0,
                    hash.version,
                    hash.digest,
                    issue.0
                ])?;
            self.owners.insert((grouped.project, *hash), issue);
        }
        Ok(())
    }

    /// Makes an issue of its first event, which decides what it is called for good.
    fn create(&mut self, grouped: &Grouped) -> Result<IssueId, Fault> {
        let number: Option<i64> = self
            .sql
            .prepare_cached(
                "UPDATE project SET last_number = last_number + 1 WHERE id = ?1
                 RETURNING last_number",
            )?
            .query_row([grouped.project.0], |row| row.get(0))
            .optional()?;
        let number = number.ok_or(Fault::missing("project"))?;
        let event = &grouped.event;
        let folder = Folder {
            status: Status::Unresolved,
            first_seen: event.timestamp,
            last_seen: event.timestamp,
            times_seen: 1,
            times_stored: 1,
        };
        let haystack = format!("{}\n{}", grouped.title, grouped.culprit).to_lowercase();
        let mut statement = self.sql.prepare_cached(
            "INSERT INTO issue (project, number, title, kind, value, culprit, level, logger,
                 platform, status, first_seen, last_seen, times_seen, score, haystack)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, 1, ?12, ?13)",
        )?;
        let id = statement.insert(params![
            grouped.project.0,
            number,
            grouped.title,
            grouped.kind,
            grouped.value,
            grouped.culprit,
            event.level.number(),
            event.logger.as_deref().unwrap_or_default(),
            event.platform,
            folder.status.number(),
            event.timestamp.as_micros(),
            Issue::score_of(1, event.timestamp),
            haystack,
        ])?;
        self.issues.insert(IssueId(id), folder);
        Ok(IssueId(id))
    }

    /// Adds an event to a known issue, and brings that back if it was resolved.
    fn add(&mut self, issue: IssueId, grouped: &Grouped) -> Result<Change, Fault> {
        let mut folder = match self.issues.remove(&issue) {
            Some(folder) => folder,
            None => read_folder(self.sql, issue)?,
        };
        let moment = grouped.event.timestamp;
        folder.times_seen = folder.times_seen.saturating_add(1);
        folder.first_seen = folder.first_seen.min(moment);
        folder.last_seen = folder.last_seen.max(moment);
        let change = match folder.status {
            Status::Unresolved => Change::Repeated,
            Status::Resolved => {
                folder.status = Status::Unresolved;
                let received = grouped.event.received;
                note(self.sql, issue, folder.status, Actor::System, received)?;
                Change::Reopened
            }
        };
        self.issues.insert(issue, folder);
        Ok(change)
    }

    /// Remembers the event's id, so that it is not counted again.
    fn remember(&mut self, issue: IssueId, grouped: &Grouped) -> Result<(), Fault> {
        let (project, event) = (grouped.project, grouped.event.event_id);
        self.sql
            .prepare_cached(
                "INSERT OR REPLACE INTO event_seen (project, event, issue, received)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                project.0,
                event.to_bytes(),
                issue.0,
                hour_in(grouped.event.received)
            ])?;
        self.seen.insert((project, event), issue);
        Ok(())
    }

    /// Writes what was added up.
    fn close(self) -> Result<(), Fault> {
        let mut update = self.sql.prepare_cached(
            "UPDATE issue SET status = ?2, first_seen = ?3, last_seen = ?4, times_seen = ?5,
                 score = ?6 WHERE id = ?1",
        )?;
        let changed = |folder: &Folder| folder.times_seen != folder.times_stored;
        for (issue, folder) in self.issues.iter().filter(|(_, folder)| changed(folder)) {
            update.execute(params![
                issue.0,
                folder.status.number(),
                folder.first_seen.as_micros(),
                folder.last_seen.as_micros(),
                count_in(folder.times_seen),
                Issue::score_of(folder.times_seen, folder.last_seen),
            ])?;
        }
        let mut first = self.sql.prepare_cached(
            "UPDATE project SET first_event = ?2 WHERE id = ?1 AND first_event IS NULL",
        )?;
        for (project, received) in &self.first_events {
            first.execute(params![project.0, received.as_micros()])?;
        }
        self.tally.write(self.sql)
    }
}

fn read_folder(sql: &Connection, issue: IssueId) -> Result<Folder, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT status, first_seen, last_seen, times_seen FROM issue WHERE id = ?1",
    )?;
    let folder = statement.query_row([issue.0], |row| {
        let times_seen = row.count("times_seen")?;
        Ok(Folder {
            status: Status::from_number(row.column("status")?),
            first_seen: row.moment("first_seen")?,
            last_seen: row.moment("last_seen")?,
            times_seen,
            times_stored: times_seen,
        })
    })?;
    Ok(folder)
}
