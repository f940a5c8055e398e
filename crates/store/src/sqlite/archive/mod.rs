//! The archive in SQLite: `archive.sqlite`.
//!
//! The code knows one file and its path only; splitting the archive into a file per period needs
//! nothing of it but several of these.

mod append;
mod body;
mod check;
mod delete;
mod list;
mod neighbours;

#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::{OptionalExtension, Params, Row, params};
use watchpost_model::{EventId, IssueId, ProjectId, Timestamp};

use super::columns::Columns;
use super::pool::Pool;
use super::schema::{BeforeMigrating, Schema};
use crate::{
    Archive, ArchivedEvent, Cursor, EventFilter, EventSummary, Freed, Keep, Neighbours, Page,
    StoreError, Usage,
};

/// The file `archive.sqlite`.
const SCHEMA: Schema = Schema {
    name: "archive",
    // "WPAR"
    application_id: 0x5750_4152,
    // Bodies of a few kilobytes fill large pages better, and commit faster (measured).
    page_bytes: 32 * 1024,
    writer_cache_kib: 8 * 1024,
    reader_cache_kib: 2 * 1024,
    migrations: &[include_str!("migrations/0001_first.sql")],
    before_migrating: BeforeMigrating::Nothing,
};

/// The archive in one SQLite file.
pub struct SqliteArchive {
    pool: Pool,
}

impl SqliteArchive {
    /// Opens the file at `path`, creates it if it is missing, brings it to the newest version.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooNew`] when a newer Watchpost wrote it, [`StoreError::Corrupt`] when it is
    /// some other file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let pool = Pool::open(path, SCHEMA)?;
        Ok(Self { pool })
    }

    /// Copies the archive as it is now to `dest`, which must not exist. Others read and write
    /// meanwhile. The copy is one complete file, synced.
    pub fn backup_to(&self, dest: &Path) -> Result<(), StoreError> {
        self.pool.backup_to(dest)
    }

    /// The first event that `sql` finds, whole.
    fn one(&self, sql: &str, values: impl Params) -> Result<Option<ArchivedEvent>, StoreError> {
        let packed = self.pool.read("read an event", |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row(values, Packed::read).optional()?)
        })?;
        // Unpacked after the reader went back to its pool.
        packed.map(Packed::open).transpose()
    }
}

/// A row with its body still packed.
struct Packed {
    project: ProjectId,
    issue: IssueId,
    title: String,
    codec: i64,
    body: Vec<u8>,
}

impl Packed {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            project: ProjectId(row.column("project")?),
            issue: IssueId(row.column("issue")?),
            title: row.column("title")?,
            codec: row.column("codec")?,
            body: row.column("body")?,
        })
    }

    fn open(self) -> Result<ArchivedEvent, StoreError> {
        let opened = body::open(self.codec, &self.body)?;
        Ok(ArchivedEvent {
            project: self.project,
            issue: self.issue,
            event: opened.event,
            title: self.title,
            explanation: opened.explanation,
        })
    }
}

impl Archive for SqliteArchive {
    fn append(&self, batch: &[ArchivedEvent]) -> Result<(), StoreError> {
        append::append(&self.pool, batch)
    }

    fn known(&self, ids: &[(ProjectId, EventId)]) -> Result<Vec<Option<IssueId>>, StoreError> {
        self.pool.read("look for events", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT issue FROM event WHERE event = ?1 AND project = ?2")?;
            let mut known = Vec::with_capacity(ids.len());
            for (project, id) in ids {
                let issue: Option<i64> = statement
                    .query_row(params![id.to_bytes(), project.0], |row| row.column("issue"))
                    .optional()?;
                known.push(issue.map(IssueId));
            }
            Ok(known)
        })
    }

    fn retain(&self, keep: &[Keep]) -> Result<Freed, StoreError> {
        keep.iter().try_fold(Freed::default(), |freed, keep| {
            let more = delete::retain(&self.pool, keep)?;
            Ok(Freed {
                events: freed.events + more.events,
                bytes: freed.bytes + more.bytes,
            })
        })
    }

    fn usage(&self) -> Result<Vec<Usage>, StoreError> {
        self.pool.read("measure the archive", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT project, count(*) AS events, sum(length(body)) AS bytes,
                     min(received) AS oldest FROM event GROUP BY project ORDER BY project",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Usage {
                    project: ProjectId(row.column("project")?),
                    events: row.count("events")?,
                    bytes: row.count("bytes")?,
                    oldest: row.moment("oldest")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn event(&self, project: ProjectId, id: EventId) -> Result<Option<ArchivedEvent>, StoreError> {
        self.one(
            "SELECT project, issue, title, codec, body FROM event
             WHERE event = ?1 AND project = ?2",
            params![id.to_bytes(), project.0],
        )
    }

    fn find(
        &self,
        projects: &[ProjectId],
        id: EventId,
    ) -> Result<Vec<(ProjectId, IssueId)>, StoreError> {
        self.pool.read("find an event", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT project, issue FROM event WHERE event = ?1
                 ORDER BY received DESC, seq DESC",
            )?;
            let rows = statement.query_map([id.to_bytes()], |row| {
                let project = ProjectId(row.column("project")?);
                Ok((project, IssueId(row.column("issue")?)))
            })?;
            let found: Vec<_> = rows.collect::<Result<_, _>>()?;
            let found = found.into_iter();
            Ok(found
                .filter(|(project, _)| projects.contains(project))
                .collect())
        })
    }

    fn events(
        &self,
        project: ProjectId,
        filter: &EventFilter,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EventSummary>, StoreError> {
        self.pool.read("list events", |sql| {
            list::events(sql, project, filter, cursor, limit)
        })
    }

    fn latest(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        self.one(
            "SELECT project, issue, title, codec, body FROM event
             WHERE project = ?1 AND issue = ?2 ORDER BY received DESC, seq DESC LIMIT 1",
            params![project.0, issue.0],
        )
    }

    fn oldest(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        self.one(
            "SELECT project, issue, title, codec, body FROM event
             WHERE project = ?1 AND issue = ?2 ORDER BY received, seq LIMIT 1",
            params![project.0, issue.0],
        )
    }

    fn neighbours(
        &self,
        project: ProjectId,
        issue: IssueId,
        id: EventId,
    ) -> Result<Neighbours, StoreError> {
        self.pool.read("find the neighbours of an event", |sql| {
            neighbours::neighbours(sql, project, issue, id)
        })
    }

    fn delete_before(
        &self,
        project: ProjectId,
        before: Timestamp,
        logger: Option<&str>,
    ) -> Result<u64, StoreError> {
        delete::before(&self.pool, project, before, logger)
    }

    fn delete_issues(&self, project: ProjectId, issues: &[IssueId]) -> Result<u64, StoreError> {
        delete::issues(&self.pool, project, issues)
    }

    fn count(&self) -> Result<u64, StoreError> {
        self.pool.read("count events", |sql| {
            let mut statement = sql.prepare_cached("SELECT count(*) AS events FROM event")?;
            Ok(statement.query_row([], |row| row.count("events"))?)
        })
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut found = self.pool.check()?;
        found.extend(check::bodies(&self.pool)?);
        Ok(found)
    }

    fn damage(&self) -> Option<String> {
        self.pool.damage()
    }
}
