//! Filing events: each finds or makes its issue, what they count is added up per batch.
//!
//! Called inside one transaction. Nothing here looks at a clock: the same batch gives the same
//! rows, and a batch that was filed before changes nothing.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{
    Applied, Change, Grouped, GroupingHash, Issue, IssueId, Outcome, ProjectId, Status, Timestamp,
};

use super::counted::Counted;
use super::issue::note;
use super::overflow::{self, Face};
use super::tally::Tally;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;
use crate::{Actor, Filing};

/// See [`crate::IssueLedger::apply`]. `new_issues_max`: how many issues a project may open in an
/// hour.
pub(super) fn apply(
    sql: &Connection,
    filings: &[Filing],
    new_issues_max: u64,
) -> Result<Vec<Applied>, Fault> {
    let mut desk = Desk::open(sql, new_issues_max)?;
    let mut filed = Vec::with_capacity(filings.len());
    for filing in filings {
        filed.push(desk.file(filing)?);
    }
    desk.close()?;
    Ok(filed)
}

/// What is known of a batch so far. Rows of issues are read once and written once.
struct Desk<'a> {
    sql: &'a Connection,
    new_issues_max: u64,
    counted: Counted<'a>,
    owners: HashMap<(ProjectId, GroupingHash), IssueId>,
    /// The issue for too many issues of each project, if it has one.
    overflows: HashMap<ProjectId, Option<IssueId>>,
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
    fn open(sql: &'a Connection, new_issues_max: u64) -> Result<Self, Fault> {
        Ok(Self {
            sql,
            new_issues_max,
            counted: Counted::open(sql)?,
            owners: HashMap::new(),
            overflows: HashMap::new(),
            issues: HashMap::new(),
            first_events: HashMap::new(),
            tally: Tally::default(),
        })
    }

    /// Files one event.
    fn file(&mut self, filing: &'a Filing) -> Result<Applied, Fault> {
        let grouped = &filing.grouped;
        self.counted.pass(filing);
        let (issue, change) = match self.counted.issue_of(filing)? {
            Some(issue) => {
                if !self.counted.is_replay(filing) {
                    self.tally.end(Outcome::Duplicate, grouped);
                }
                (issue, Change::Duplicate)
            }
            None => self.count(filing)?,
        };
        let is_overflow = self.overflow_of(grouped.project)? == Some(issue);
        let received = grouped.event.received;
        Ok(Applied {
            project: grouped.project,
            event: grouped.event.event_id,
            issue,
            change,
            note: is_overflow.then(|| overflow::note(received, self.new_issues_max)),
        })
    }

    /// Counts an event for the first time.
    fn count(&mut self, filing: &'a Filing) -> Result<(IssueId, Change), Fault> {
        let grouped = &filing.grouped;
        let (issue, change) = match self.owner(grouped)? {
            Some(issue) => {
                self.own_hashes(issue, &grouped.hashes, grouped.project)?;
                (issue, self.add(issue, grouped)?)
            }
            None => self.open_issue(grouped)?,
        };
        self.counted.remember(issue, filing)?;
        self.tally.count(issue, grouped);
        self.tally.end(Outcome::Accepted, grouped);
        let received = grouped.event.received;
        self.first_events.entry(grouped.project).or_insert(received);
        Ok((issue, change))
    }

    /// Opens an issue for an event whose keys nobody owns. When the project has opened too many
    /// within the hour, the event goes into the one issue for that, and its keys stay free: once
    /// the flood is over, the next event of its kind gets an issue of its own.
    fn open_issue(&mut self, grouped: &Grouped) -> Result<(IssueId, Change), Fault> {
        let project = grouped.project;
        let hour = grouped.event.received;
        if let Some(number) = overflow::next_number(self.sql, project, hour, self.new_issues_max)? {
            let issue = self.create(number, &Face::of(grouped), grouped)?;
            self.own_hashes(issue, &grouped.hashes, project)?;
            return Ok((issue, Change::New));
        }
        if let Some(issue) = self.overflow_of(project)? {
            return Ok((issue, self.add(issue, grouped)?));
        }
        let number = overflow::own_number(self.sql, project)?;
        let value = overflow::value(self.new_issues_max);
        let issue = self.create(number, &Face::of_overflow(&value), grouped)?;
        self.own_hashes(issue, &[overflow::HASH], project)?;
        self.overflows.insert(project, Some(issue));
        Ok((issue, Change::New))
    }

    fn overflow_of(&mut self, project: ProjectId) -> Result<Option<IssueId>, Fault> {
        if let Some(issue) = self.overflows.get(&project) {
            return Ok(*issue);
        }
        let issue = self.owner_of(project, overflow::HASH)?;
        self.overflows.insert(project, issue);
        Ok(issue)
    }

    /// The issue that owns one of the event's keys: the most specific key that is known decides,
    /// then what a version before would have said.
    fn owner(&mut self, grouped: &Grouped) -> Result<Option<IssueId>, Fault> {
        for hash in grouped.hashes.iter().chain(&grouped.previous) {
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

    /// Gives the keys that nobody owns to `issue`.
    fn own_hashes(
        &mut self,
        issue: IssueId,
        hashes: &[GroupingHash],
        project: ProjectId,
    ) -> Result<(), Fault> {
        for hash in hashes {
            if self.owner_of(project, *hash)?.is_some() {
                continue;
            }
            self.sql
                .prepare_cached(
                    "INSERT INTO issue_hash (project, version, digest, issue)
                     VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![project.0, hash.version, hash.digest, issue.0])?;
            self.owners.insert((project, *hash), issue);
        }
        Ok(())
    }

    /// Makes an issue of its first event, which decides what it is called for good.
    fn create(
        &mut self,
        number: i64,
        face: &Face<'_>,
        grouped: &Grouped,
    ) -> Result<IssueId, Fault> {
        let event = &grouped.event;
        let folder = Folder {
            status: Status::Unresolved,
            first_seen: event.timestamp,
            last_seen: event.timestamp,
            times_seen: 1,
            times_stored: 1,
        };
        let haystack = format!("{}\n{}", face.title, face.culprit).to_lowercase();
        let mut statement = self.sql.prepare_cached(
            "INSERT INTO issue (project, number, title, kind, value, culprit, level, logger,
                 platform, status, first_seen, last_seen, times_seen, score, haystack)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, 1, ?12, ?13)",
        )?;
        let id = statement.insert(params![
            grouped.project.0,
            number,
            face.title,
            face.kind,
            face.value,
            face.culprit,
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
        self.counted.close()?;
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
