//! Releases: counted by the digest, asked for by pages and by whoever resolves an issue.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::regression::ReleaseFacts;
use watchpost_model::{Grouped, ProjectId, Timestamp};

use super::SqliteLedger;
use crate::limits::{RELEASE_COUNT_MAX, RELEASE_SAID_COUNT_MAX};
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
    sql.prepare_cached(
        "INSERT INTO release (project, version, first_seen, last_seen, events)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        project.0,
        release,
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

/// Makes room for a tenth of the bound: forgets the releases that were seen least recently, but
/// none about which people said something.
pub(super) fn trim(sql: &Connection) -> Result<u64, Fault> {
    let mut statement = sql.prepare_cached(
        "DELETE FROM release WHERE id IN (
             SELECT id FROM (
                 SELECT id, row_number() OVER (
                     PARTITION BY project
                     ORDER BY released IS NULL AND ignored = 0, last_seen DESC, id DESC) AS place
                 FROM release)
             WHERE place > ?1) AND released IS NULL AND ignored = 0",
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

/// Merged issues are one, and status 3 is that of the others.
const NEW_ISSUES: &str = "(SELECT count(*) FROM issue WHERE issue.project = found.project
    AND issue.first_release = found.version AND issue.status <> 3) AS new_issues";

/// The newest releases of a project whose names contain a text; their issues are counted for those
/// that are shown.
pub(super) fn list_question() -> String {
    let order = "ORDER BY coalesce(released, first_seen) DESC, id DESC";
    format!(
        "WITH found AS MATERIALIZED (
             SELECT * FROM release
             WHERE project = ?1 AND (?2 IS NULL OR version LIKE ?2 ESCAPE '!') {order} LIMIT ?3)
         SELECT found.*, {NEW_ISSUES} FROM found {order}"
    )
}

/// A pattern of LIKE that is a text anywhere.
fn anywhere(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// Makes room for a release that somebody names: what was seen least recently gives way, unless
/// people said something about it.
fn make_room(sql: &Connection, project: ProjectId) -> Result<(), Fault> {
    if room_in(sql, project)? > 0 {
        return Ok(());
    }
    sql.prepare_cached(
        "DELETE FROM release WHERE id = (
             SELECT id FROM release WHERE project = ?1 AND released IS NULL AND ignored = 0
             ORDER BY last_seen, id LIMIT 1)",
    )?
    .execute([project.0])?;
    Ok(())
}

/// When people said something about too many releases, the one with the oldest date loses it, but
/// not `version`. Refuses when all others are out of the order.
fn keep_room_for_words(sql: &Connection, project: ProjectId, version: &str) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT count(*) AS count FROM release
         WHERE project = ?1 AND (released IS NOT NULL OR ignored <> 0)",
    )?;
    let said: u64 = statement.query_row([project.0], |row| row.count("count"))?;
    if said <= RELEASE_SAID_COUNT_MAX {
        return Ok(());
    }
    let forgotten = sql
        .prepare_cached(
            "UPDATE release SET released = NULL WHERE id = (
                 SELECT id FROM release
                 WHERE project = ?1 AND released IS NOT NULL AND ignored = 0 AND version <> ?2
                 ORDER BY released, id LIMIT 1)",
        )?
        .execute(params![project.0, version])?;
    if forgotten == 0 {
        let (what, max) = (
            "releases with a date or without order",
            RELEASE_SAID_COUNT_MAX,
        );
        return Err(StoreError::TooMany { what, max }.into());
    }
    Ok(())
}

impl ReleaseLedger for SqliteLedger {
    fn releases(
        &self,
        project: ProjectId,
        contains: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Release>, StoreError> {
        self.pool.read("list releases", |sql| {
            let mut statement = sql.prepare_cached(&list_question())?;
            let limit = limit_in(limit, ROW_COUNT_MAX);
            let row = params![project.0, contains.map(anywhere), limit];
            let rows = statement.query_map(row, read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn releases_since(
        &self,
        project: ProjectId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.pool.read("list releases", |sql| {
            // All releases of the project are looked at, and there are not more than
            // `RELEASE_COUNT_MAX`. One that somebody only named has no event.
            let mut statement = sql.prepare_cached(
                "SELECT version, first_seen FROM release
                 WHERE project = ?1 AND first_seen >= ?2 AND events > 0
                 ORDER BY first_seen DESC, id DESC LIMIT ?3",
            )?;
            let limit = limit_in(limit, ROW_COUNT_MAX);
            let row = params![project.0, since.as_micros(), limit];
            let rows = statement.query_map(row, |row| {
                Ok((row.column("version")?, row.moment("first_seen")?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn release(&self, project: ProjectId, version: &str) -> Result<Option<Release>, StoreError> {
        self.pool.read("find a release", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "SELECT found.*, {NEW_ISSUES} FROM release AS found
                 WHERE project = ?1 AND version = ?2"
            ))?;
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
            if date_of(sql, project, version)?.is_none() {
                make_room(sql, project)?;
            }
            sql.prepare_cached(
                "INSERT INTO release (project, version, first_seen, last_seen, events, released,
                     ignored)
                 VALUES (?1, ?2, ?3, ?3, 0, ?4, coalesce(?5, 0))
                 ON CONFLICT DO UPDATE SET released = coalesce(?4, released),
                     ignored = coalesce(?5, ignored)",
            )?
            .execute(params![
                project.0,
                version,
                now.as_micros(),
                change.released.map(Timestamp::as_micros),
                change.is_ignored,
            ])?;
            if *change != ReleaseChange::default() {
                keep_room_for_words(sql, project, version)?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{at, project, temp_ledger};

    fn fill(ledger: &SqliteLedger, project: ProjectId, ignored: bool) {
        let filled = ledger.pool.write("fill", |sql| {
            sql.execute("DELETE FROM release", [])?;
            let insert = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?2)
                 INSERT INTO release (project, version, first_seen, last_seen, events, released,
                     ignored) SELECT ?1, 'build ' || i, i, i, 0, i * 1000000, ?3 FROM n";
            let count = count_in(RELEASE_SAID_COUNT_MAX);
            Ok(sql.execute(insert, params![project.0, count, ignored])?)
        });
        assert_eq!(filled.ok(), usize::try_from(RELEASE_SAID_COUNT_MAX).ok());
    }

    fn date(ledger: &SqliteLedger, web: ProjectId, version: &str, secs: i64) -> bool {
        let change = ReleaseChange {
            released: Some(at(secs)),
            is_ignored: None,
        };
        ledger.put_release(web, version, &change, at(9_000)).is_ok()
    }

    #[test]
    fn releases_are_dated_for_ever_and_the_oldest_date_gives_way() {
        let ledger = temp_ledger();
        let web = project(&*ledger, "web").id;
        let released = |version: &str| {
            let found = ledger.release(web, version).ok().flatten();
            found.and_then(|release| release.released)
        };
        fill(&ledger, web, false);
        assert!(date(&ledger, web, "build 7", 9_000), "a known one");
        assert_eq!(released("build 1"), Some(at(1)), "nothing gave way");
        for number in 0..3 {
            let version = format!("new {number}");
            assert!(date(&ledger, web, &version, 9_001 + number));
        }
        let gone = ["build 1", "build 2", "build 3", "build 4"].map(released);
        assert_eq!(gone, [None, None, None, Some(at(4))]);
        // Older than any: what was just said is not what is forgotten.
        assert!(date(&ledger, web, "old", 0));
        assert_eq!(released("old"), Some(at(0)));
        assert_eq!(released("build 7"), Some(at(9_000)));
        fill(&ledger, web, true);
        assert!(
            !date(&ledger, web, "new", 9_000),
            "all are out of the order"
        );
        assert!(date(&ledger, web, "build 7", 9_000));
    }
}
