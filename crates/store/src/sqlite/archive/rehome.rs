//! Giving events of one issue to another: an open partition changes its rows in small
//! transactions, a sealed one is written anew, as when events are forgotten.

use rusqlite::params;
use watchpost_model::{IssueId, ProjectId};

use super::SqliteArchive;
use super::files::State;
use super::part::{Part, tolerate};
use super::rewrite::{Moved, Source, give, replace};
use crate::sqlite::columns::limit_in;
use crate::{ArchivedEvent, StoreError};

/// Events whose bodies are opened at once.
const OPEN_COUNT_MAX: usize = 100;
/// Rows that are changed in one transaction.
const ROW_COUNT_STEP: usize = 500;

/// By the index of issues, and not by `seq`: a partition has many more rows than an issue.
const ARRIVED: &str = "SELECT seq, project, issue, event, timestamp, received, title, codec, body
     FROM event WHERE seq IN (
         SELECT seq FROM event INDEXED BY event_by_issue
         WHERE project = ?1 AND issue = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4)
     ORDER BY seq";

impl SqliteArchive {
    /// See [`crate::Archive::arrivals`].
    pub(super) fn arrived(
        &self,
        of: (ProjectId, IssueId),
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, ArchivedEvent)>, StoreError> {
        let limit = limit.clamp(1, OPEN_COUNT_MAX);
        self.files
            .ask(|state| self.arrived_of(state, of, (after, limit)))
    }

    fn arrived_of(
        &self,
        state: &State,
        of: (ProjectId, IssueId),
        (after, limit): (i64, usize),
    ) -> Result<Vec<(i64, ArchivedEvent)>, StoreError> {
        let mut found = Vec::new();
        for part in &state.parts {
            let room = limit.saturating_sub(found.len());
            if room == 0 {
                break;
            }
            let here = self.arrived_in(part, of, (after, room));
            found.extend(tolerate(part, here)?.unwrap_or_default());
        }
        Ok(found)
    }

    fn arrived_in(
        &self,
        part: &Part,
        (project, issue): (ProjectId, IssueId),
        (after, limit): (i64, usize),
    ) -> Result<Vec<(i64, ArchivedEvent)>, StoreError> {
        if !part.may_have(project, Some(issue)) {
            return Ok(Vec::new());
        }
        let limit = limit_in(limit, OPEN_COUNT_MAX);
        self.open_all(part, ARRIVED, params![project.0, issue.0, after, limit])
    }

    /// See [`crate::Archive::rehome`].
    pub(super) fn rehome_all(
        &self,
        project: ProjectId,
        (from, to): (IssueId, IssueId),
        leaves: &dyn Fn(&ArchivedEvent) -> bool,
    ) -> Result<u64, StoreError> {
        // Nobody seals or forgets what is looked at.
        let _chores = self.files.folder.chores()?;
        let mut moved = 0;
        for part in &self.files.state()?.parts {
            let rows = self.leaving(part, (project, from), leaves);
            let rows = tolerate(part, rows)?.unwrap_or_default();
            if rows.is_empty() {
                continue;
            }
            let done = self.give_in(part, &Moved { to, rows: &rows });
            tolerate(part, done)?;
            moved += rows.len() as u64;
        }
        Ok(moved)
    }

    /// The rows of one partition that leave.
    fn leaving(
        &self,
        part: &Part,
        of: (ProjectId, IssueId),
        leaves: &dyn Fn(&ArchivedEvent) -> bool,
    ) -> Result<Vec<i64>, StoreError> {
        let (mut rows, mut after) = (Vec::new(), 0);
        loop {
            let step = self.arrived_in(part, of, (after, OPEN_COUNT_MAX))?;
            let Some((last, _)) = step.last() else {
                return Ok(rows);
            };
            after = *last;
            let here = step.iter().filter(|(_, event)| leaves(event));
            rows.extend(here.map(|(seq, _)| *seq));
        }
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
