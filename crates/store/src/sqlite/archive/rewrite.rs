//! Sealing a partition, and writing a sealed one anew without what is forgotten.
//!
//! Both write a new file from the old one, so a sealed file never changes, and appending goes on
//! meanwhile. The caller holds the folder's chores, so nobody forgets events in between.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, params};
use watchpost_model::{IssueId, ProjectId, Timestamp};

use super::begin::new_file;
use super::files::Files;
use super::filter::{Filter, key_of_event, key_of_issue};
use super::folder::failed;
use super::part::Part;
use super::shelf::immutable_uri;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{Freed, StoreError};

/// Sealed files are read by whole bodies and never written: large pages waste least.
const SEALED_PAGE_BYTES: u32 = 32 * 1024;
/// Memory for pages while a file is written.
const WRITER_CACHE_KIB: i64 = 8 * 1024;

/// Made after the rows are in: so the indexes are dense.
const INDEXES: &str = "
    CREATE UNIQUE INDEX event_by_id       ON event (event, project);
    CREATE INDEX        event_by_issue    ON event (project, issue, received);
    CREATE INDEX        event_by_received ON event (project, received);";
const NO_INDEXES: &str = "
    DROP INDEX event_by_id; DROP INDEX event_by_issue; DROP INDEX event_by_received;";

/// What takes part in nothing any more.
pub(super) enum Goner<'a> {
    /// What was received before, of one logger only if it is named.
    Before(ProjectId, Timestamp, Option<&'a str>),
    /// What belongs to these issues.
    Issues(ProjectId, &'a [IssueId]),
}

/// Rows that belong to another issue from here on.
pub(super) struct Moved<'a> {
    pub(super) to: IssueId,
    pub(super) rows: &'a [i64],
}

/// What a partition is written anew from.
pub(super) enum Source<'a> {
    /// Its file.
    Own,
    /// A copy of what can be read of it, beside its damaged file, which is kept.
    Salvaged {
        path: &'a Path,
        /// Events that cannot be read, if that is known.
        unread: Option<u64>,
    },
}

/// Writes `part` anew, sealed, without the goners, and puts the new file in its place.
pub(super) fn rewrite(
    files: &Files,
    part: &Part,
    goners: &[Goner<'_>],
) -> Result<Freed, StoreError> {
    replace(files, part, &Source::Own, (goners, None))
}

/// The same from another source, or with rows of which some belong to another issue.
pub(super) fn replace(
    files: &Files,
    part: &Part,
    source: &Source<'_>,
    (goners, moved): (&[Goner<'_>], Option<&Moved<'_>>),
) -> Result<Freed, StoreError> {
    let name = part.name.next_revision();
    let path = files.folder.unfinished(name);
    let size_before = size_of(&part.path);
    let written = write(part, source, &path, (goners, moved)).map_err(|fault| {
        // A full disk needs the room more.
        std::fs::remove_file(&path).ok();
        fault.named("seal a partition")
    });
    let (gone, kept) = written?;
    if gone == 0 && moved.is_none() && part.sealed().is_some() {
        std::fs::remove_file(&path).map_err(|error| failed("seal a partition", error))?;
        return Ok(Freed::default());
    }
    if kept == 0 {
        std::fs::remove_file(&path).map_err(|error| failed("seal a partition", error))?;
        return remove(files, part, source, gone);
    }
    // Before anybody has to wait for it.
    let synced = File::open(&path).and_then(|file| file.sync_all());
    synced.map_err(|error| failed("seal a partition", error))?;
    files.change(|_| {
        source.keep(files, part)?;
        files.folder.publish(name)?;
        files.folder.remove(part.name)
    })?;
    source.tell(part, kept);
    let size_after = size_of(&files.folder.path_of(name));
    tracing::info!(partition = %name, kept, gone, size_before, size_after, "sealed a partition");
    Ok(Freed {
        events: gone,
        bytes: size_before.saturating_sub(size_after),
    })
}

/// Removes a partition and everything in it: `events`.
pub(super) fn drop_part(files: &Files, part: &Part, events: u64) -> Result<Freed, StoreError> {
    remove(files, part, &Source::Own, events)
}

impl Source<'_> {
    /// Keeps the file of a damaged partition, which is about to go.
    fn keep(&self, files: &Files, part: &Part) -> Result<(), StoreError> {
        match *self {
            Self::Own => Ok(()),
            Self::Salvaged { unread, .. } => files.folder.set_aside(part.name, unread),
        }
    }

    fn tell(&self, part: &Part, kept: u64) {
        if let Self::Salvaged { unread, .. } = *self {
            let unread = unread.map_or_else(|| "unknown".to_owned(), |count| count.to_string());
            tracing::error!(
                partition = %part.name, kept, unread,
                "a damaged partition was set aside: check the disk, and look at it with doctor"
            );
        }
    }
}

fn remove(
    files: &Files,
    part: &Part,
    source: &Source<'_>,
    events: u64,
) -> Result<Freed, StoreError> {
    let bytes = size_of(&part.path);
    files.change(|state| {
        source.keep(files, part)?;
        // First, so that a crash in between leaves one that is forgotten later, and no gap.
        if let Some(pool) = state.active().and_then(|active| active.pool()) {
            pool.write("forget a partition", |sql| {
                let unexpect = "DELETE FROM expected WHERE number = ?1";
                sql.execute(unexpect, [part.name.number])?;
                Ok(())
            })?;
        }
        files.folder.remove(part.name)
    })?;
    source.tell(part, 0);
    tracing::info!(partition = %part.name, events, bytes, "removed a partition");
    Ok(Freed { events, bytes })
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// How many events went, and how many are in the new file.
fn write(
    part: &Part,
    source: &Source<'_>,
    path: &Path,
    (goners, moved): (&[Goner<'_>], Option<&Moved<'_>>),
) -> Result<(u64, u64), Fault> {
    let sql = new_file(path, SEALED_PAGE_BYTES)?;
    sql.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    let from = match source {
        Source::Salvaged { path, .. } => immutable_uri(path),
        Source::Own if part.sealed().is_some() => immutable_uri(&part.path),
        // Its log may hold some of it.
        Source::Own => immutable_uri(&part.path).replace("?immutable=1", ""),
    };
    sql.execute("ATTACH ?1 AS old", [from])?;
    let transaction = sql.unchecked_transaction()?;
    let gone = find_gone(&sql, goners)?;
    sql.execute_batch(NO_INDEXES)?;
    let kept = sql.execute(
        "INSERT INTO event SELECT * FROM old.event WHERE seq NOT IN (SELECT seq FROM temp.gone)
         ORDER BY seq",
        [],
    )?;
    if let Some(moved) = moved {
        give(&sql, moved)?;
    }
    sql.execute_batch(INDEXES)?;
    sql.execute_batch(
        "INSERT INTO dictionary SELECT * FROM old.dictionary;
         INSERT INTO expected SELECT * FROM old.expected;
         UPDATE partition SET closed = 1, sealed = 1,
             number = (SELECT number FROM old.partition),
             first_seq = (SELECT first_seq FROM old.partition);
         INSERT INTO issue_use SELECT project, issue, count(*), min(received), max(received)
             FROM event GROUP BY project, issue;",
    )?;
    sql.execute_batch(fill_usage!())?;
    filters(&sql)?;
    transaction.commit()?;
    sql.execute("DETACH old", [])?;
    sql.close().map_err(|(_, error)| error)?;
    Ok((gone, kept as u64))
}

/// Gives rows to another issue.
pub(super) fn give(sql: &Connection, moved: &Moved<'_>) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached("UPDATE main.event SET issue = ?2 WHERE seq = ?1")?;
    for row in moved.rows {
        statement.execute([*row, moved.to.0])?;
    }
    Ok(())
}

/// Fills `temp.gone` with the rows that go; how many.
fn find_gone(sql: &Connection, goners: &[Goner<'_>]) -> Result<u64, Fault> {
    sql.execute("CREATE TEMP TABLE gone (seq INTEGER PRIMARY KEY)", [])?;
    let mut gone = 0;
    for goner in goners {
        match goner {
            Goner::Before(project, before, logger) => {
                gone += sql.execute(
                    "INSERT OR IGNORE INTO temp.gone SELECT seq FROM old.event
                     WHERE project = ?1 AND received < ?2 AND (?3 IS NULL OR logger = ?3)",
                    params![project.0, before.as_micros(), logger],
                )?;
            }
            Goner::Issues(project, issues) => {
                let mut statement = sql.prepare(
                    "INSERT OR IGNORE INTO temp.gone SELECT seq FROM old.event
                     WHERE project = ?1 AND issue = ?2",
                )?;
                for issue in *issues {
                    gone += statement.execute(params![project.0, issue.0])?;
                }
            }
        }
    }
    Ok(gone as u64)
}

fn filters(sql: &Connection) -> Result<(), Fault> {
    let mut statement = sql.prepare("SELECT project, event FROM main.event")?;
    let ids = statement.query_map([], |row| {
        let project = ProjectId(row.column("project")?);
        Ok(key_of_event(project, row.event_id("event")?))
    })?;
    let ids = Filter::bytes_of(ids.collect::<Result<_, _>>()?)?;
    let mut statement = sql.prepare("SELECT project, issue FROM main.issue_use")?;
    let issues = statement.query_map([], |row| {
        let project = ProjectId(row.column("project")?);
        Ok(key_of_issue(project, IssueId(row.column("issue")?)))
    })?;
    let issues = Filter::bytes_of(issues.collect::<Result<_, _>>()?)?;
    for (name, filter) in [("ids", ids), ("issues", issues)] {
        let insert = "INSERT INTO filter (name, bytes) VALUES (?1, ?2)";
        sql.execute(insert, params![name, filter])?;
    }
    Ok(())
}
