//! Keeping to a project's bounds. Sealed partitions are let go of project by project: when all of
//! a partition that belongs to a project is too old, or too much, it goes.

use std::collections::BTreeMap;

use watchpost_model::{ProjectId, Timestamp};

use super::delete::forget_in;
use super::files::{Files, State};
use super::part::{Part, Use, tolerate};
use super::rewrite::Goner;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::pool::Pool;
use crate::{Freed, Keep, StoreError};

/// A sealed partition usually holds a day. One that began so long before what is kept (that of
/// an older version holds everything until then) is written anew without its oldest.
const SPAN_SECS_MAX: i64 = 8 * 24 * 3600;

/// See [`crate::Archive::retain`].
pub(super) fn retain(files: &Files, keep: &[Keep]) -> Result<Freed, StoreError> {
    let _chores = files.folder.chores()?;
    let state = files.state()?;
    let mut uses = Vec::new();
    for part in &state.parts {
        let found = part.uses(&files.shelf);
        uses.push((part.as_ref(), tolerate(part, found)?.unwrap_or_default()));
    }
    let mut freed = Freed::default();
    for (place, (part, uses_of_part)) in uses.iter().enumerate() {
        let newer = uses.get(place + 1..).unwrap_or_default();
        let mut goners = Vec::new();
        for keep in keep {
            let Some(used) = uses_of_part.get(&keep.project) else {
                continue;
            };
            if let Some(until) = cut(part, keep, used, newer)? {
                goners.push(Goner::Before(keep.project, until, None));
            }
        }
        if !goners.is_empty() {
            freed += tolerate(part, forget_in(files, part, &goners))?.unwrap_or_default();
        }
    }
    forget_lost(&state, files)?;
    Ok(freed)
}

/// Before when events of a project in `part` go; `newer`: what it has in later partitions.
fn cut(
    part: &Part,
    keep: &Keep,
    used: &Use,
    newer: &[(&Part, BTreeMap<ProjectId, Use>)],
) -> Result<Option<Timestamp>, StoreError> {
    let newer = newer.iter().filter_map(|(_, uses)| uses.get(&keep.project));
    let newer: u64 = newer
        .filter(|used| used.newest >= keep.since)
        .map(|used| used.bytes)
        .sum();
    let left = keep.bytes_max.map(|max| max.saturating_sub(newer));
    let is_too_much = left.is_some_and(|left| used.bytes > left);
    let all = Timestamp::from_micros(used.newest.as_micros().saturating_add(1));
    let Some(pool) = part.pool() else {
        let is_too_old = used.newest < keep.since;
        let is_too_long = used.oldest.plus_secs(SPAN_SECS_MAX) < keep.since;
        return Ok(match (is_too_much || is_too_old, is_too_long) {
            (true, _) => Some(all),
            (false, true) => Some(keep.since),
            (false, false) => None,
        });
    };
    // Rows of an open partition go one by one.
    let by_bytes = match left {
        Some(left) if is_too_much => too_much(pool, keep.project, left)?,
        _ => None,
    };
    let by_age = (used.oldest < keep.since).then_some(keep.since);
    Ok(by_age.max(by_bytes))
}

/// Before when events have to go for the project to take no more than `left` bytes.
fn too_much(pool: &Pool, project: ProjectId, left: u64) -> Result<Option<Timestamp>, StoreError> {
    let newest_to_go = pool.read("measure events", |sql| {
        let mut statement = sql.prepare_cached(concat!(
            "SELECT max(received) AS received FROM (
                 SELECT received, sum(",
            row_bytes!(),
            ") OVER (ORDER BY received DESC, seq DESC) AS total
                 FROM event WHERE project = ?1)
             WHERE total > ?2",
        ))?;
        let row = rusqlite::params![project.0, count_in(left)];
        Ok(statement.query_row(row, |row| row.moment_if_any("received"))?)
    })?;
    Ok(newest_to_go.map(|newest| Timestamp::from_micros(newest.as_micros().saturating_add(1))))
}

/// A lost partition is missed until all that are older than it are forgotten, too.
fn forget_lost(state: &State, files: &Files) -> Result<(), StoreError> {
    let Some(pool) = state.active().and_then(|active| active.pool()) else {
        return Ok(());
    };
    let Some(lowest) = files.folder.list()?.names.first().map(|name| name.number) else {
        return Ok(());
    };
    pool.write("forget lost partitions", |sql| {
        let forget = "DELETE FROM expected WHERE number < ?1";
        sql.prepare_cached(forget)?.execute([lowest])?;
        Ok(())
    })
}
