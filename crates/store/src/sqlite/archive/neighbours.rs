//! What is around an event in its issue: a few short walks along one index per partition that
//! has events of the issue.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use watchpost_model::{EventId, IssueId, ProjectId};

use super::files::{Files, State};
use super::list::Place;
use super::part::{Part, tolerate};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{Neighbours, StoreError};

/// An event, and where it is in the order of receipt.
type Placed = (Place, EventId);

/// See [`crate::Archive::neighbours`]. An event that is not there has a position of 0 and nothing
/// before or after it.
pub(super) fn neighbours(
    files: &Files,
    project: ProjectId,
    issues: &[IssueId],
    id: EventId,
) -> Result<Neighbours, StoreError> {
    files.ask(|state| all_around(files, state, (project, issues), id))
}

fn all_around(
    files: &Files,
    state: &State,
    (project, issues): (ProjectId, &[IssueId]),
    id: EventId,
) -> Result<Neighbours, StoreError> {
    let mut parts: Vec<(&Part, IssueId)> = Vec::new();
    for part in state.parts.iter().map(AsRef::as_ref) {
        let here = issues.iter().copied();
        let here = here.filter(|issue| part.may_have(project, Some(*issue)));
        parts.extend(here.map(|issue| (part, issue)));
    }
    let mut place = None;
    let may_have = |part: &Part| part.may_have_event(project, id);
    for &(part, issue) in parts.iter().filter(|(part, _)| may_have(part)) {
        let found = part.read(&files.shelf, "find an event", |sql| {
            place_of(sql, project, issue, id)
        });
        place = tolerate(part, found)?.flatten().or(place);
    }
    let mut around = Around::default();
    for (part, issue) in parts {
        let sealed = part.sealed().is_some();
        let found = part.read(&files.shelf, "find the neighbours of an event", |sql| {
            let of = Of {
                sql,
                project,
                issue,
            };
            if sealed {
                of.sealed(place)
            } else {
                of.open(place)
            }
        });
        if let Some(found) = tolerate(part, found)? {
            around.join(&found);
        }
    }
    let event = |placed: Option<Placed>| placed.map(|(_, event)| event);
    Ok(Neighbours {
        oldest: event(around.oldest),
        previous: event(around.previous),
        next: event(around.next),
        latest: event(around.latest),
        position: around.position,
        stored: around.stored,
    })
}

/// What one partition knows, and what all know together.
#[derive(Default)]
struct Around {
    oldest: Option<Placed>,
    previous: Option<Placed>,
    next: Option<Placed>,
    latest: Option<Placed>,
    position: u64,
    stored: u64,
}

impl Around {
    fn join(&mut self, other: &Self) {
        let first = |a: Option<Placed>, b: Option<Placed>| a.into_iter().chain(b).min();
        self.oldest = first(self.oldest, other.oldest);
        self.next = first(self.next, other.next);
        self.previous = self.previous.max(other.previous);
        self.latest = self.latest.max(other.latest);
        self.position += other.position;
        self.stored += other.stored;
    }
}

fn place_of(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
    id: EventId,
) -> Result<Option<Place>, Fault> {
    let question =
        "SELECT received, seq FROM event WHERE event = ?1 AND project = ?2 AND issue = ?3";
    let mut statement = sql.prepare_cached(question)?;
    let row = params![id.to_bytes(), project.0, issue.0];
    let found = statement.query_row(row, |row| Ok((row.column("received")?, row.column("seq")?)));
    Ok(found.optional()?)
}

/// Of which issue, in which file.
struct Of<'a> {
    sql: &'a Connection,
    project: ProjectId,
    issue: IssueId,
}

impl Of<'_> {
    /// In a sealed partition: what was counted when it was sealed saves counting.
    fn sealed(&self, place: Option<Place>) -> Result<Around, Fault> {
        let question = "SELECT events, oldest, newest FROM issue_use
             WHERE project = ?1 AND issue = ?2";
        let mut statement = self.sql.prepare_cached(question)?;
        let found = statement.query_row(params![self.project.0, self.issue.0], |row| {
            let span: (i64, i64) = (row.column("oldest")?, row.column("newest")?);
            Ok((row.count("events")?, span))
        });
        let Some((stored, (oldest, newest))) = found.optional()? else {
            return Ok(Around::default());
        };
        let mut around = self.ends()?;
        around.stored = stored;
        match place {
            // Of the ends only those count between which the event is.
            Some((received, _)) if newest < received => {
                around.previous = around.latest;
                around.position = stored;
            }
            Some((received, _)) if oldest > received => around.next = around.oldest,
            Some(place) => self.beside(place, &mut around)?,
            None => {}
        }
        Ok(around)
    }

    /// In a partition that still changes.
    fn open(&self, place: Option<Place>) -> Result<Around, Fault> {
        let mut around = self.ends()?;
        around.stored = self.count(
            "SELECT count(*) AS events FROM event WHERE project = ?1 AND issue = ?2",
            params![self.project.0, self.issue.0],
        )?;
        if let Some(place) = place {
            self.beside(place, &mut around)?;
        }
        Ok(around)
    }

    fn ends(&self) -> Result<Around, Fault> {
        let of = params![self.project.0, self.issue.0];
        Ok(Around {
            oldest: self.one(
                "SELECT received, seq, event FROM event WHERE project = ?1 AND issue = ?2
                 ORDER BY received, seq LIMIT 1",
                of,
            )?,
            latest: self.one(
                "SELECT received, seq, event FROM event WHERE project = ?1 AND issue = ?2
                 ORDER BY received DESC, seq DESC LIMIT 1",
                of,
            )?,
            ..Around::default()
        })
    }

    fn beside(&self, (received, seq): Place, around: &mut Around) -> Result<(), Fault> {
        let at = params![self.project.0, self.issue.0, received, seq];
        around.previous = self.one(
            "SELECT received, seq, event FROM event WHERE project = ?1 AND issue = ?2
                 AND (received, seq) < (?3, ?4) ORDER BY received DESC, seq DESC LIMIT 1",
            at,
        )?;
        around.next = self.one(
            "SELECT received, seq, event FROM event WHERE project = ?1 AND issue = ?2
                 AND (received, seq) > (?3, ?4) ORDER BY received, seq LIMIT 1",
            at,
        )?;
        around.position = self.count(
            "SELECT count(*) AS events FROM event WHERE project = ?1 AND issue = ?2
                 AND (received, seq) <= (?3, ?4)",
            at,
        )?;
        Ok(())
    }

    fn one(&self, question: &str, values: impl Params) -> Result<Option<Placed>, Fault> {
        let mut statement = self.sql.prepare_cached(question)?;
        Ok(statement.query_row(values, placed).optional()?)
    }

    fn count(&self, question: &str, values: impl Params) -> Result<u64, Fault> {
        let mut statement = self.sql.prepare_cached(question)?;
        Ok(statement.query_row(values, |row| row.count("events"))?)
    }
}

fn placed(row: &Row<'_>) -> rusqlite::Result<Placed> {
    let place = (row.column("received")?, row.column("seq")?);
    Ok((place, row.event_id("event")?))
}
