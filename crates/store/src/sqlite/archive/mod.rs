//! The archive in SQLite: a folder with a file per period, see `folder.rs`.
//!
//! One partition takes events and stays small, so that keeping an event costs the same however
//! much is stored; the others are sealed: dense, never changed, deleted as a whole. Filters in
//! memory say which of them can answer a question.

mod append;
mod backup;
mod begin;
mod body;
mod check;
mod delete;
mod dictionary;
mod files;
mod filter;
mod folder;
mod list;
mod neighbours;
mod part;
mod retain;
mod rewrite;
mod seal;
mod shelf;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{EventId, IssueId, ProjectId, Timestamp};

use self::append::Desk;
use self::body::Packed;
use self::dictionary::Dictionaries;
use self::files::Files;
use self::list::Place;
use self::part::{Part, tolerate};
use self::rewrite::Goner;
use self::seal::Sealer;
use super::columns::Columns;
use super::fault::Fault;
use super::schema::{BeforeMigrating, Schema};
use crate::{
    Archive, ArchivedEvent, Cursor, EventFilter, EventSummary, Freed, Keep, Neighbours, Page,
    StoreError, Usage,
};

/// A partition's file. The first version was the one file `archive.sqlite`.
const SCHEMA: Schema = Schema {
    name: "archive",
    // "WPAR"
    application_id: 0x5750_4152,
    // Ids are random: each new one changes a page of an index, so small pages write less.
    page_bytes: 8 * 1024,
    writer_cache_kib: 8 * 1024,
    reader_cache_kib: 2 * 1024,
    migrations: &[
        include_str!("migrations/0001_first.sql"),
        concat!(
            include_str!("migrations/0002_partition.sql"),
            include_str!("fill_usage.sql")
        ),
    ],
    before_migrating: BeforeMigrating::Nothing,
};
/// Counts what each project has in a file.
const FILL_USAGE: &str = include_str!("fill_usage.sql");

/// When a partition ends and the next one begins.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveOptions {
    /// At so many events: the indexes of the partition that takes events stay in memory.
    pub event_count_max: u64,
    /// At so many bytes of rows and bodies.
    pub bytes_max: u64,
    /// When its first event is so old.
    pub age_secs_max: i64,
    /// But with fewer events than this…
    pub event_count_min: u64,
    /// … not before it is so old: a quiet instance should not have a file for every day.
    pub few_age_secs_max: i64,
}

impl Default for ArchiveOptions {
    fn default() -> Self {
        Self {
            event_count_max: 256 * 1024,
            bytes_max: 256 * 1024 * 1024,
            age_secs_max: 24 * 3600,
            event_count_min: 4_096,
            few_age_secs_max: 7 * 24 * 3600,
        }
    }
}

/// The archive in a folder of SQLite files.
pub struct SqliteArchive {
    files: Arc<Files>,
    dictionaries: Dictionaries,
    desk: Mutex<Desk>,
    sealer: Sealer,
}

impl SqliteArchive {
    /// Opens the folder at `path`, creates it if it is missing. The one file of older versions,
    /// of the same name with the extension `sqlite`, becomes its first partition.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooNew`] when a newer Watchpost wrote it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, ArchiveOptions::default())
    }

    /// The same with other bounds of a partition.
    pub fn open_with(path: &Path, options: ArchiveOptions) -> Result<Self, StoreError> {
        Ok(Self {
            files: Arc::new(Files::open(path, options)?),
            dictionaries: Dictionaries::default(),
            desk: Mutex::new(Desk::new()?),
            sealer: Sealer::default(),
        })
    }

    /// Copies the archive into the new folder `dest`, while others read and write. What is kept
    /// after the start may be missing, nothing that was kept before.
    pub fn backup_to(&self, dest: &Path) -> Result<(), StoreError> {
        backup::backup(&self.files, dest)
    }

    /// Waits until partitions that have ended are sealed, which happens beside everything else.
    pub fn finish_sealing(&self) {
        self.sealer.wait();
    }

    /// The body of the one event of `part` that `question` finds.
    fn open_one(
        &self,
        part: &Part,
        question: &str,
        values: impl rusqlite::Params,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        let packed = part.read(&self.files.shelf, "read an event", |sql| {
            let mut statement = sql.prepare_cached(question)?;
            let mut rows = statement.query(values)?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            let codec = row.column("codec")?;
            let packed = Packed {
                codec,
                dictionary: self.dictionaries.of(sql, part.name, codec)?,
                body: row.column("body")?,
            };
            let project = ProjectId(row.column("project")?);
            let issue = IssueId(row.column("issue")?);
            let title: String = row.column("title")?;
            Ok(Some((project, issue, title, packed)))
        })?;
        // Unpacked after the reader went back to its place.
        let Some((project, issue, title, packed)) = packed else {
            return Ok(None);
        };
        let opened = packed.open()?;
        Ok(Some(ArchivedEvent {
            project,
            issue,
            event: opened.event,
            title,
            explanation: opened.explanation,
        }))
    }

    /// The event at one end of an issue: the one with the highest `rank` of its place.
    fn end(
        &self,
        (project, issue): (ProjectId, IssueId),
        question: &str,
        rank: impl Fn(Place) -> Place,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        let state = self.files.state()?;
        let mut best: Option<(Place, &Part)> = None;
        for part in state.newest_first(project) {
            if !part.may_have(project, Some(issue)) {
                continue;
            }
            let (oldest, newest) = part.span(project);
            let reach = rank((newest, i64::MAX)).max(rank((oldest, i64::MIN)));
            if best.is_some_and(|(place, _)| rank(place) > reach) {
                continue;
            }
            let found = part.read(&self.files.shelf, "find an event", |sql| {
                first_place(sql, question, project, issue)
            });
            if let Some(found) = tolerate(part, found)?.flatten()
                && best.is_none_or(|(place, _)| rank(place) < rank(found))
            {
                best = Some((found, part));
            }
        }
        let Some(((_, seq), part)) = best else {
            return Ok(None);
        };
        self.open_one(
            part,
            "SELECT project, issue, title, codec, body FROM event WHERE seq = ?1",
            [seq],
        )
    }

    fn forget(&self, goners: &[Goner<'_>]) -> Result<Freed, StoreError> {
        delete::forget(&self.files, goners)
    }
}

fn first_place(
    sql: &Connection,
    question: &str,
    project: ProjectId,
    issue: IssueId,
) -> Result<Option<Place>, Fault> {
    let mut statement = sql.prepare_cached(question)?;
    let found = statement.query_row(params![project.0, issue.0], |row| {
        Ok((row.column("received")?, row.column("seq")?))
    });
    Ok(found.optional()?)
}

impl Archive for SqliteArchive {
    fn append(&self, batch: &[ArchivedEvent]) -> Result<(), StoreError> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.append(&self.files, batch)?;
        self.sealer.look_after(&self.files)
    }

    fn known(&self, ids: &[(ProjectId, EventId)]) -> Result<Vec<Option<IssueId>>, StoreError> {
        let state = self.files.state()?;
        let parts = state.parts.iter().rev().map(AsRef::as_ref);
        append::known(&self.files, parts, ids)
    }

    fn retain(&self, keep: &[Keep]) -> Result<Freed, StoreError> {
        retain::retain(&self.files, keep)
    }

    fn usage(&self) -> Result<Vec<Usage>, StoreError> {
        let mut all: BTreeMap<ProjectId, Usage> = BTreeMap::new();
        for part in &self.files.state()?.parts {
            let uses = tolerate(part, part.uses(&self.files.shelf))?;
            for (project, used) in uses.unwrap_or_default() {
                let usage = all.entry(project).or_insert(Usage {
                    project,
                    events: 0,
                    bytes: 0,
                    oldest: used.oldest,
                });
                usage.events += used.events;
                usage.bytes += used.bytes;
                usage.oldest = usage.oldest.min(used.oldest);
            }
        }
        Ok(all.into_values().collect())
    }

    fn event(&self, project: ProjectId, id: EventId) -> Result<Option<ArchivedEvent>, StoreError> {
        let state = self.files.state()?;
        for part in state.parts.iter().rev() {
            if !part.may_have_event(project, id) {
                continue;
            }
            let question = "SELECT project, issue, title, codec, body FROM event
                 WHERE event = ?1 AND project = ?2";
            let found = self.open_one(part, question, params![id.to_bytes(), project.0])?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn find(
        &self,
        projects: &[ProjectId],
        id: EventId,
    ) -> Result<Vec<(ProjectId, IssueId)>, StoreError> {
        let mut all: Vec<(Place, ProjectId, IssueId)> = Vec::new();
        for part in &self.files.state()?.parts {
            let mut asked = projects.iter();
            if !asked.any(|project| part.may_have_event(*project, id)) {
                continue;
            }
            let found = part.read(&self.files.shelf, "find an event", |sql| {
                let question = "SELECT received, seq, project, issue FROM event WHERE event = ?1";
                let mut statement = sql.prepare_cached(question)?;
                let rows = statement.query_map([id.to_bytes()], |row| {
                    let place = (row.column("received")?, row.column("seq")?);
                    let project = ProjectId(row.column("project")?);
                    Ok((place, project, IssueId(row.column("issue")?)))
                })?;
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            });
            all.extend(tolerate(part, found)?.unwrap_or_default());
        }
        all.sort_by_key(|(place, ..)| Reverse(*place));
        let homes = all.into_iter().map(|(_, project, issue)| (project, issue));
        Ok(homes
            .filter(|(project, _)| projects.contains(project))
            .collect())
    }

    fn events(
        &self,
        project: ProjectId,
        filter: &EventFilter,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EventSummary>, StoreError> {
        list::events(&self.files, project, filter, cursor, limit)
    }

    fn latest(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        let question = "SELECT received, seq FROM event WHERE project = ?1 AND issue = ?2
             ORDER BY received DESC, seq DESC LIMIT 1";
        self.end((project, issue), question, |place| place)
    }

    fn oldest(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        let question = "SELECT received, seq FROM event WHERE project = ?1 AND issue = ?2
             ORDER BY received, seq LIMIT 1";
        let rank = |(received, seq): Place| (!received, !seq);
        self.end((project, issue), question, rank)
    }

    fn neighbours(
        &self,
        project: ProjectId,
        issue: IssueId,
        id: EventId,
    ) -> Result<Neighbours, StoreError> {
        neighbours::neighbours(&self.files, project, issue, id)
    }

    fn delete_before(
        &self,
        project: ProjectId,
        before: Timestamp,
        logger: Option<&str>,
    ) -> Result<Freed, StoreError> {
        self.forget(&[Goner::Before(project, before, logger)])
    }

    fn delete_issues(&self, project: ProjectId, issues: &[IssueId]) -> Result<Freed, StoreError> {
        self.forget(&[Goner::Issues(project, issues)])
    }

    fn count(&self) -> Result<u64, StoreError> {
        Ok(self.usage()?.iter().map(|usage| usage.events).sum())
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        check::check(&self.files, &self.dictionaries)
    }

    fn damage(&self) -> Option<String> {
        self.files.damage()
    }
}
