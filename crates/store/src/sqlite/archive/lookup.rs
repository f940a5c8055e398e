//! Single events and counts, put together from the partitions that have them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{EventId, IssueId, ProjectId, chain};

use super::SqliteArchive;
use super::body::Packed;
use super::files::{Files, State};
use super::list::Place;
use super::part::{LOOK_COUNT_MAX, Part, is_damage, tolerate};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{ArchivedEvent, StoreError, Usage};

impl SqliteArchive {
    /// The body of the one event of `part` that `question` finds.
    fn open_one(
        &self,
        part: &Part,
        question: &str,
        values: impl rusqlite::Params,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        let mut opened = self.open_all(part, question, values)?;
        Ok(opened.pop().map(|(_, event)| event))
    }

    /// The events of `part` that `question` finds, each with its place in the order of arrival.
    fn open_all(
        &self,
        part: &Part,
        question: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<(i64, ArchivedEvent)>, StoreError> {
        let packed = part.read(&self.files.shelf, "read an event", |sql| {
            let mut statement = sql.prepare_cached(question)?;
            let (mut rows, mut packed) = (statement.query(values)?, Vec::new());
            while let Some(row) = rows.next()? {
                let body = Packed::read((sql, &self.dictionaries, part), row)?;
                let project = ProjectId(row.column("project")?);
                let issue = IssueId(row.column("issue")?);
                let title: String = row.column("title")?;
                let seq: i64 = row.column("seq")?;
                packed.push((seq, (project, issue, title, body)));
            }
            Ok(packed)
        })?;
        // Unpacked after the reader went back to its place.
        let open = |(seq, (project, issue, title, body)): (i64, (_, _, _, Packed))| {
            let opened = body.open()?;
            let event = ArchivedEvent {
                project,
                issue,
                event: opened.event,
                title,
                explanation: opened.explanation,
            };
            Ok((seq, event))
        };
        packed.into_iter().map(open).collect()
    }

    /// The event at one end of an issue: the one with the highest `rank` of its place.
    pub(super) fn end(
        &self,
        (project, issue): (ProjectId, IssueId),
        question: &str,
        rank: impl Fn(Place) -> Place,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        self.files
            .ask(|state| self.end_of(state, (project, issue), question, &rank))
    }

    fn end_of(
        &self,
        state: &State,
        (project, issue): (ProjectId, IssueId),
        question: &str,
        rank: &impl Fn(Place) -> Place,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
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
        self.open_at(part, seq)
    }

    /// The event at a place of `part`.
    pub(super) fn open_at(
        &self,
        part: &Part,
        seq: i64,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        self.open_one(
            part,
            "SELECT seq, project, issue, event, timestamp, received, title, codec, body FROM event
             WHERE seq = ?1",
            [seq],
        )
    }

    pub(super) fn usage_of(&self, state: &State) -> Result<Vec<Usage>, StoreError> {
        let mut all: BTreeMap<ProjectId, Usage> = BTreeMap::new();
        for part in &state.parts {
            let uses = tolerate(part, part.uses(&self.files.shelf))?;
            for (project, used) in uses.unwrap_or_default() {
                let usage = all.entry(project).or_insert(Usage {
                    project,
                    events: 0,
                    bytes: 0,
                    oldest: used.oldest,
                    newest: used.newest,
                });
                usage.events += used.events;
                usage.bytes += used.bytes;
                usage.oldest = usage.oldest.min(used.oldest);
                usage.newest = usage.newest.max(used.newest);
            }
        }
        Ok(all.into_values().collect())
    }

    pub(super) fn event_of(
        &self,
        state: &State,
        project: ProjectId,
        id: EventId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        for part in state.parts.iter().rev() {
            if !part.may_have_event(project, id) {
                continue;
            }
            let question = "SELECT seq, project, issue, event, timestamp, received, title, codec,
                     body FROM event WHERE event = ?1 AND project = ?2";
            let found = self.open_one(part, question, params![id.to_bytes(), project.0])?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    pub(super) fn homes(
        &self,
        state: &State,
        projects: &[ProjectId],
        id: EventId,
    ) -> Result<Vec<(ProjectId, IssueId)>, StoreError> {
        let mut all: Vec<(Place, ProjectId, IssueId)> = Vec::new();
        for part in &state.parts {
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
        let mut homes: Vec<(ProjectId, IssueId)> = Vec::new();
        for (_, project, issue) in all {
            // Where it was before its issue was forgotten is older.
            let is_old = homes.iter().any(|(known, _)| *known == project);
            if !is_old && projects.contains(&project) {
                homes.push((project, issue));
            }
        }
        Ok(homes)
    }
}

pub(super) fn first_place(
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

/// For each id the issue in which one of `parts` has it. See [`crate::Archive::known`].
pub(super) fn known<'a>(
    files: &Files,
    parts: impl Iterator<Item = &'a Part>,
    ids: &[(ProjectId, EventId)],
) -> Result<Vec<Option<IssueId>>, StoreError> {
    let mut known = vec![None; ids.len()];
    for part in parts {
        let asked = ids
            .iter()
            .zip(known.iter_mut())
            .filter(|(id, known)| known.is_none() && part.may_have_event(id.0, id.1));
        let mut asked: Vec<_> = asked.collect();
        if asked.is_empty() {
            continue;
        }
        let look = || {
            part.read(&files.shelf, "look for events", |sql| {
                let mut statement = sql
                    .prepare_cached("SELECT issue FROM event WHERE event = ?1 AND project = ?2")?;
                for ((project, id), known) in &mut asked {
                    let row = params![id.to_bytes(), project.0];
                    let found = statement.query_row(row, |row| row.column("issue"));
                    **known = found.optional()?.map(IssueId);
                }
                Ok(())
            })
        };
        let answer = certain(look, || !part.is_in_place() || part.is_ill());
        // A damaged one may let an event be counted twice; it must not stop the intake.
        tolerate(part, answer?)?;
    }
    Ok(known)
}

/// What a partition says, damage included, once that is certain: after a single failure of the
/// disk SQLite may call a sound file malformed, and what is left out then is counted twice.
///
/// # Errors
///
/// When it cannot be asked and a look through it, `is_ill`, finds nothing: not now, but later.
fn certain<T>(
    mut look: impl FnMut() -> Result<T, StoreError>,
    is_ill: impl FnOnce() -> bool,
) -> Result<Result<T, StoreError>, StoreError> {
    let mut answer = look();
    for _ in 1..LOOK_COUNT_MAX {
        if !answer.as_ref().is_err_and(is_damage) {
            break;
        }
        answer = look();
    }
    match answer {
        // Not the error itself: the partition that takes events would be blamed for it.
        Err(error) if is_damage(&error) && !is_ill() => {
            let (what, reason) = ("answer of a sound partition", chain(&error));
            Err(StoreError::Corrupt { what, reason })
        }
        answer => Ok(answer),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    /// What comes of these failures before an answer, if a look finds the file ill or not.
    fn check(failures: &[i32], is_ill: bool, expect: Result<bool, ()>) {
        let mut failures = failures.iter();
        let look = || {
            let Some(code) = failures.next() else {
                return Ok(());
            };
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(*code), None);
            Err(Fault::Sql(error).named("look"))
        };
        let answer = certain(look, || is_ill);
        let told = answer.map(|answer| answer.is_ok()).map_err(|error| {
            assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        });
        assert_eq!(told, expect);
    }

    #[test]
    fn f03_a_sound_partition_that_cannot_be_asked_is_asked_later() {
        let (damage, locked) = (ffi::SQLITE_CORRUPT, ffi::SQLITE_BUSY);
        check(&[], false, Ok(true));
        check(&[damage], false, Ok(true));
        check(&[damage, ffi::SQLITE_IOERR_READ], false, Ok(true));
        check(&[damage; LOOK_COUNT_MAX], false, Err(()));
        check(&[damage; LOOK_COUNT_MAX], true, Ok(false));
        check(&[locked], false, Ok(false));
    }
}
