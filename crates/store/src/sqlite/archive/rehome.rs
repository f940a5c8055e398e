//! Giving events of one issue to another: an open partition changes its rows in small
//! transactions, a sealed one is written anew, as when events are forgotten.

use rusqlite::params;
use watchpost_model::{IssueId, ProjectId};

use super::SqliteArchive;
use super::files::State;
use super::part::{Part, tolerate};
use super::rewrite::{Moved, Source, give, replace};
use crate::sqlite::columns::Columns;
use crate::{ArchivedEvent, Arrivals, StoreError};

/// Rows that are changed in one transaction.
const ROW_COUNT_STEP: usize = 500;

const LAST: &str = "SELECT coalesce(max(seq), 0) AS seq FROM event";
/// By the index of issues, and not by `seq`: a partition has many more rows than an issue.
pub(super) const PLACES: &str =
    "SELECT seq FROM event INDEXED BY event_by_issue WHERE project = ?1 AND issue = ?2";

impl SqliteArchive {
    /// See [`crate::Archive::arrivals`].
    pub(super) fn arrivals_of(
        &self,
        state: &State,
        of: (ProjectId, IssueId),
        after: i64,
    ) -> Result<Arrivals, StoreError> {
        for part in &state.parts {
            let places = tolerate(part, self.places_in(part, of, after))?.unwrap_or_default();
            if !places.is_empty() {
                let partition = part.name.number;
                return Ok(Arrivals { partition, places });
            }
        }
        Ok(Arrivals::default())
    }

    /// All that a partition has behind a place, at once: to ask for some of them costs as much.
    fn places_in(
        &self,
        part: &Part,
        (project, issue): (ProjectId, IssueId),
        after: i64,
    ) -> Result<Vec<i64>, StoreError> {
        if !part.may_have(project, Some(issue)) {
            return Ok(Vec::new());
        }
        part.read(&self.files.shelf, "find events", |sql| {
            let mut last = sql.prepare_cached(LAST)?;
            let last: i64 = last.query_row([], |row| row.column("seq"))?;
            if last <= after {
                return Ok(Vec::new());
            }
            let mut statement = sql.prepare_cached(PLACES)?;
            let rows = statement.query_map(params![project.0, issue.0], |row| row.column("seq"))?;
            let mut places: Vec<i64> = rows.collect::<Result<_, _>>()?;
            count(places.len());
            places.retain(|place| *place > after);
            places.sort_unstable();
            Ok(places)
        })
    }

    /// See [`crate::Archive::arrived`].
    pub(super) fn arrived_in(
        &self,
        state: &State,
        partition: u32,
        places: &[i64],
    ) -> Result<Vec<(i64, ArchivedEvent)>, StoreError> {
        let Some(part) = state.part(partition) else {
            return Ok(Vec::new());
        };
        let open = |place: &i64| Ok(self.sound(part, *place)?.map(|event| (*place, event)));
        let events = places.iter().map(open).filter_map(Result::transpose);
        Ok(tolerate(part, events.collect())?.unwrap_or_default())
    }

    /// See [`crate::Archive::rehome`].
    pub(super) fn give_home(
        &self,
        project: ProjectId,
        (from, to): (IssueId, IssueId),
        events: &Arrivals,
    ) -> Result<u64, StoreError> {
        if events.places.is_empty() {
            return Ok(0);
        }
        // Nobody seals or forgets what is given.
        let _chores = self.files.folder.chores()?;
        let state = self.files.state()?;
        let Some(part) = state.part(events.partition) else {
            return Ok(0);
        };
        let rows = self.places_in(part, (project, from), 0);
        let mut rows = tolerate(part, rows)?.unwrap_or_default();
        rows.retain(|row| events.places.binary_search(row).is_ok());
        if rows.is_empty() {
            return Ok(0);
        }
        let done = self.give_in(part, &Moved { to, rows: &rows });
        Ok(tolerate(part, done)?.map_or(0, |()| rows.len() as u64))
    }

    fn give_in(&self, part: &Part, moved: &Moved<'_>) -> Result<(), StoreError> {
        let Some(pool) = part.pool() else {
            replace(&self.files, part, &Source::Own, (&[], Some(moved)))?;
            return Ok(());
        };
        for rows in moved.rows.chunks(ROW_COUNT_STEP) {
            let to = moved.to;
            pool.write("move events", |sql| give(sql, &Moved { to, rows }))?;
        }
        Ok(())
    }
}

/// Counts places that are read, for the tests.
#[cfg(test)]
fn count(places: usize) {
    super::tests::PLACES_READ.set(super::tests::PLACES_READ.get() + places);
}

#[cfg(not(test))]
fn count(_: usize) {}
