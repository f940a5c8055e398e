//! Releases: counted by the digest, asked for by pages and by whoever resolves an issue.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::regression::ReleaseFacts;
use watchpost_model::version;
use watchpost_model::{Grouped, ProjectId, Timestamp};

use super::SqliteLedger;
use crate::limits::RELEASE_COUNT_MAX;
use crate::sqlite::columns::{Columns, count_in, limit_in};
use crate::sqlite::fault::Fault;
use crate::{Release, ReleaseChange, ReleaseLedger, StoreError};

/// Releases of one answer.
const ROW_COUNT_MAX: usize = 10_000;

/// What a batch saw of releases.
#[derive(Default)]
pub(super) struct Releases<'a>(HashMap<(ProjectId, &'a str), Use>);

struct Use {
    events: u64,
    first: Timestamp,
    last: Timestamp,
}

impl<'a> Releases<'a> {
    /// Counts one event.
    pub(super) fn see(&mut self, grouped: &'a Grouped) {
        let Some(release) = grouped.event.release.as_deref() else {
            return;
        };
        if release.is_empty() {
            return;
        }
        let moment = grouped.event.timestamp;
        let seen = self.0.entry((grouped.project, release)).or_insert(Use {
            events: 0,
            first: moment,
            last: moment,
        });
        seen.events += 1;
        seen.first = seen.first.min(moment);
        seen.last = seen.last.max(moment);
    }

    /// Adds the counts to the stored ones.
    pub(super) fn write(self, sql: &Connection) -> Result<(), Fault> {
        let mut seen: Vec<_> = self.0.into_iter().collect();
        seen.sort_unstable_by_key(|(name, _)| *name);
        let mut bump = sql.prepare_cached(
            "UPDATE release SET events = events + ?3, first_seen = min(first_seen, ?4),
                 last_seen = max(last_seen, ?5) WHERE project = ?1 AND version = ?2",
        )?;
        let mut rooms = HashMap::new();
        for ((project, release), used) in seen {
            let (first, last) = (used.first.as_micros(), used.last.as_micros());
            let row = params![project.0, release, count_in(used.events), first, last];
            if bump.execute(row)? > 0 {
                continue;
            }
            let room = match rooms.entry(project) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(room_in(sql, project)?),
            };
            if *room > 0 {
                insert(sql, project, release, &used)?;
                *room -= 1;
            }
        }
        Ok(())
    }
}

/// How many more releases of a project can be remembered until the next [`trim`].
fn room_in(sql: &Connection, project: ProjectId) -> Result<u64, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT count(*) AS count FROM release WHERE project = ?1")?;
    let count: u64 = statement.query_row([project.0], |row| row.count("count"))?;
    Ok(RELEASE_COUNT_MAX.saturating_sub(count))
}

fn insert(sql: &Connection, project: ProjectId, release: &str, used: &Use) -> Result<(), Fault> {
    let package = version::Release::parse(release).package;
    sql.prepare_cached(
        "INSERT INTO release (project, version, package, first_seen, last_seen, events)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        project.0,
        release,
        package,
        used.first.as_micros(),
        used.last.as_micros(),
        count_in(used.events),
    ])?;
    Ok(())
}

/// When a release was released, or first seen.
pub(super) fn date_of(
    sql: &Connection,
    project: ProjectId,
    release: &str,
) -> Result<Option<Timestamp>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT coalesce(released, first_seen) AS date FROM release
         WHERE project = ?1 AND version = ?2",
    )?;
    let date = statement.query_row(params![project.0, release], |row| row.moment("date"));
    Ok(date.optional()?)
}

/// What is known of all releases of a project, for judging their order.
pub(super) fn facts(sql: &Connection, project: ProjectId) -> Result<Vec<ReleaseFacts>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT version, coalesce(released, first_seen) AS date, events, ignored FROM release
         WHERE project = ?1",
    )?;
    let facts = statement.query_map([project.0], |row| {
        Ok(ReleaseFacts {
            version: row.column("version")?,
            date: row.moment("date")?,
            events: row.count("events")?,
            is_ignored: row.column("ignored")?,
        })
    })?;
    Ok(facts.collect::<Result<_, _>>()?)
}

/// Makes room for a tenth of the bound: forgets the releases that were seen least recently.
pub(super) fn trim(sql: &Connection) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached(
        "DELETE FROM release WHERE id IN (
             SELECT id FROM (
                 SELECT id, row_number() OVER (
                     PARTITION BY project ORDER BY last_seen DESC, id DESC) AS place
                 FROM release)
             WHERE place > ?1)",
    )?;
    Ok(statement.execute([count_in(RELEASE_COUNT_MAX / 10 * 9)])? as u64)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Release> {
    Ok(Release {
        id: row.column("id")?,
        project: ProjectId(row.column("project")?),
        version: row.column("version")?,
        released: row.moment_if_any("released")?,
        first_seen: row.moment("first_seen")?,
        last_seen: row.moment("last_seen")?,
        events: row.count("events")?,
        is_ignored: row.column("ignored")?,
        new_issues: row.count("new_issues")?,
    })
}

impl ReleaseLedger for SqliteLedger {
    fn releases(&self, project: ProjectId, limit: usize) -> Result<Vec<Release>, StoreError> {
        self.pool.read("list releases", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT release.*, 0 AS new_issues FROM release WHERE project = ?1
                 ORDER BY coalesce(released, first_seen) DESC, id DESC LIMIT ?2",
            )?;
            let limit = limit_in(limit, ROW_COUNT_MAX);
            let rows = statement.query_map([project.0, limit], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn release(&self, project: ProjectId, version: &str) -> Result<Option<Release>, StoreError> {
        self.pool.read("find a release", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT release.*, (SELECT count(*) FROM issue
                     WHERE issue.project = ?1 AND issue.first_release = ?2) AS new_issues
                 FROM release WHERE project = ?1 AND version = ?2",
            )?;
            Ok(statement
                .query_row(params![project.0, version], read)
                .optional()?)
        })
    }

    fn put_release(
        &self,
        project: ProjectId,
        version: &str,
        change: &ReleaseChange,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pool.write("keep a release", |sql| {
            let package = version::Release::parse(version).package;
            sql.prepare_cached(
                "INSERT INTO release (project, version, package, first_seen, last_seen, events,
                     released, ignored)
                 VALUES (?1, ?2, ?3, ?4, ?4, 0, ?5, coalesce(?6, 0))
                 ON CONFLICT DO UPDATE SET released = coalesce(?5, released),
                     ignored = coalesce(?6, ignored)",
            )?
            .execute(params![
                project.0,
                version,
                package,
                now.as_micros(),
                change.released.map(Timestamp::as_micros),
                change.is_ignored,
            ])?;
            Ok(())
        })
    }
}
