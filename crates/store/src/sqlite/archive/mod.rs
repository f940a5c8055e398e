//! The archive in SQLite: a folder with a file per period, see `folder.rs`.
//!
//! One partition takes events and stays small, so that keeping an event costs the same however
//! much is stored; the others are sealed: dense, never changed, deleted as a whole. Filters in
//! memory say which of them can answer a question.

/// The bytes of a row as SQL; [`append`] counts the same for a row that it writes.
macro_rules! row_bytes {
    () => {
        include_str!("row_bytes.sql")
    };
}
/// Counts what each project has in a file, as SQL.
macro_rules! fill_usage {
    () => {
        concat!(
            "INSERT INTO usage (project, events, bytes, oldest, newest)
             SELECT project, count(*), sum(",
            row_bytes!(),
            "), min(received), max(received) FROM main.event GROUP BY project;"
        )
    };
}

mod append;
mod backup;
mod begin;
mod body;
mod check;
mod delete;
mod dictionary;
mod explore;
mod files;
mod filter;
mod folder;
mod json;
mod latest;
mod list;
mod lookup;
mod neighbours;
mod pack;
mod part;
mod quote;
mod rehome;
mod retain;
mod rewrite;
mod salvage;
mod seal;
mod search;
mod shelf;
mod train;
mod wording;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use watchpost_model::{EventId, IssueId, ProjectId, Timestamp};

use self::append::Desk;
use self::backup::Copies;
use self::dictionary::Dictionaries;
use self::files::Files;
use self::latest::LATEST;
use self::list::Place;
use self::rewrite::Goner;
use self::seal::Sealer;
use super::schema::{BeforeMigrating, Schema};
use crate::{
    Archive, ArchivedEvent, Arrivals, Buckets, Cursor, EventFilter, EventGroups, EventSummary,
    EventsAsked, Footing, Freed, GroupQuery, Histogram, Keep, Neighbours, Page, StoreError, Usage,
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
        concat!(include_str!("migrations/0002_partition.sql"), fill_usage!()),
    ],
    before_migrating: BeforeMigrating::Nothing,
};

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
        backup::backup(&self.files, dest, Copies::All)
    }

    /// The part of [`Self::backup_to`] that can be done before, and takes long: copies what never
    /// changes. What is replaced until then is copied anew.
    pub fn backup_sealed_to(&self, dest: &Path) -> Result<(), StoreError> {
        backup::backup(&self.files, dest, Copies::Sealed)
    }

    /// Waits for what happens beside everything else: partitions that have ended are sealed,
    /// dictionaries trained.
    pub fn finish_chores(&self) {
        self.sealer.wait();
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.finish_training();
    }

    fn forget(&self, goners: &[Goner<'_>]) -> Result<Freed, StoreError> {
        delete::forget(&self.files, goners)
    }
}

impl Archive for SqliteArchive {
    fn append(&self, batch: &[ArchivedEvent]) -> Result<(), StoreError> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.append(&self.files, batch)?;
        self.sealer.look_after(&self.files)
    }

    fn known(&self, ids: &[(ProjectId, EventId)]) -> Result<Vec<Option<IssueId>>, StoreError> {
        self.files.ask(|state| {
            let parts = state.parts.iter().rev().map(AsRef::as_ref);
            lookup::known(&self.files, parts, ids)
        })
    }

    fn retain(&self, keep: &[Keep]) -> Result<Freed, StoreError> {
        retain::retain(&self.files, keep)
    }

    fn usage(&self) -> Result<Vec<Usage>, StoreError> {
        self.files.ask(|state| self.usage_of(state))
    }

    fn event(&self, project: ProjectId, id: EventId) -> Result<Option<ArchivedEvent>, StoreError> {
        let found = self.files.ask(|state| self.event_of(state, project, id));
        self.files.or_incomplete(found, Option::is_none)
    }

    fn find(
        &self,
        projects: &[ProjectId],
        id: EventId,
    ) -> Result<Vec<(ProjectId, IssueId)>, StoreError> {
        let found = self.files.ask(|state| self.homes(state, projects, id));
        self.files.or_incomplete(found, Vec::is_empty)
    }

    fn events_of(
        &self,
        projects: &[ProjectId],
        filter: &EventFilter,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EventSummary>, StoreError> {
        self.search(projects, filter, cursor, limit)
    }

    fn histogram(
        &self,
        asked: &EventsAsked<'_>,
        buckets: Buckets,
    ) -> Result<Histogram, StoreError> {
        self.files
            .ask(|state| self.counts_in(state, asked, buckets))
    }

    fn group_by(
        &self,
        asked: &EventsAsked<'_>,
        query: &GroupQuery,
    ) -> Result<EventGroups, StoreError> {
        self.files.ask(|state| self.groups_of(state, asked, query))
    }

    fn open_newest(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        limit: usize,
        has_enough: &mut dyn FnMut(&ArchivedEvent) -> bool,
    ) -> Result<usize, StoreError> {
        self.newest_opened(project, issues, limit, has_enough)
    }

    fn latest(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        self.end((project, issue), LATEST, |place| place)
    }

    fn latest_each(
        &self,
        project: ProjectId,
        families: &[Vec<IssueId>],
    ) -> Result<Vec<Option<ArchivedEvent>>, StoreError> {
        self.files
            .ask(|state| self.latest_of_each(state, project, families))
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
        issues: &[IssueId],
        id: EventId,
    ) -> Result<Neighbours, StoreError> {
        neighbours::neighbours(&self.files, project, issues, id)
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

    fn arrivals(
        &self,
        project: ProjectId,
        issue: IssueId,
        after: i64,
    ) -> Result<Arrivals, StoreError> {
        let of = (project, issue);
        self.files.ask(|state| self.arrivals_of(state, of, after))
    }

    fn arrived(
        &self,
        partition: u32,
        places: &[i64],
    ) -> Result<Vec<(i64, ArchivedEvent)>, StoreError> {
        self.files
            .ask(|state| self.arrived_in(state, partition, places))
    }

    fn rehome(
        &self,
        project: ProjectId,
        issues: (IssueId, IssueId),
        events: &Arrivals,
    ) -> Result<u64, StoreError> {
        self.give_home(project, issues, events)
    }

    fn count(&self) -> Result<u64, StoreError> {
        Ok(self.usage()?.iter().map(|usage| usage.events).sum())
    }

    fn kept_to(&self) -> Result<Option<u64>, StoreError> {
        self.files.ask(|state| {
            let pool = state.active().and_then(|part| part.pool());
            let next = pool.map(begin::next_seq).transpose()?;
            Ok(next.and_then(|next| u64::try_from(next - 1).ok()))
        })
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        check::check(&self.files, &self.dictionaries)
    }

    fn damage(&self) -> Option<String> {
        self.files.damage()
    }

    fn footing(&self) -> Footing {
        self.files.footing()
    }
}
