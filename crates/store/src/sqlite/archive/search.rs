//! Searching events: what columns answer, SQL asks; for the rest bodies are opened, newest first,
//! as many as one page may cost.

use watchpost_model::{IssueId, ProjectId, chain};

use super::SqliteArchive;
use super::list;
use super::part::is_damage;
use crate::limits::SEARCH_EVENT_COUNT_MAX;
use crate::search::ast::{Expr, Filter, Key};
use crate::search::event::Matcher;
use crate::search::{Field, Pattern};
use crate::sqlite::condition::Condition;
use crate::sqlite::fault::Fault;
use crate::sqlite::patience::Patience;
use crate::{ArchivedEvent, Cursor, EventFilter, EventSummary, Page, StoreError};

/// Rows that are looked at between two looks at bodies.
const STEP_COUNT: usize = 100;

/// A column of events that answers a key.
pub(super) enum Column {
    Text(&'static str),
    Number(&'static str),
}

pub(super) fn column(field: Field) -> Option<Column> {
    use Column::{Number, Text};
    Some(match field {
        Field::Level => Number("level"),
        Field::Timestamp => Number("timestamp"),
        Field::Logger => Text("logger"),
        Field::Server => Text("server_name"),
        Field::Site => Text("site"),
        Field::Title => Text("title"),
        Field::Url => Text("url"),
        Field::User => Text("user"),
        Field::Environment => Text("environment"),
        Field::Release => Text("release"),
        Field::ReleaseVersion => Text("release_part(release, 'version')"),
        Field::ReleasePackage => Text("release_part(release, 'package')"),
        Field::ReleaseStage => Text("release_part(release, 'stage')"),
        Field::ReleaseBuild => Text("release_part(release, 'build')"),
        _ => return None,
    })
}

/// Whether columns alone answer a part of a search.
fn is_of_columns(expr: &Expr) -> bool {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().all(is_of_columns),
        Expr::Not(part) => is_of_columns(part),
        Expr::Filter(filter) => match &filter.key {
            Key::Field(field) => column(*field).is_some(),
            Key::Tag(_) | Key::Flag(_) => false,
        },
        Expr::Word(_) => false,
    }
}

/// The parts of a search that all have to fit: those that columns answer, and the others.
pub(super) fn parts(expr: &Expr) -> (Vec<&Expr>, Vec<&Expr>) {
    let parts = match expr {
        Expr::All(parts) => parts.as_slice(),
        other => std::slice::from_ref(other),
    };
    parts.iter().partition(|part| is_of_columns(part))
}

/// Adds what columns answer to a question about the table `event`.
pub(super) fn write(question: &mut Condition<'_>, filter: &EventFilter) -> Result<(), Fault> {
    let (of_columns, _) = parts(filter.search.expr());
    for part in of_columns {
        question.say(" AND ");
        question.expr(part)?;
    }
    Ok(())
}

/// Writes one filter as a condition on a row.
pub(super) fn write_filter(out: &mut Condition<'_>, filter: &Filter) -> Result<(), Fault> {
    let column = match &filter.key {
        Key::Field(field) => column(*field),
        Key::Tag(_) | Key::Flag(_) => None,
    };
    match column.ok_or(Fault::missing("search key"))? {
        Column::Text(column) => out.text(column, &filter.test),
        Column::Number(column) => out.number(column, &filter.test),
    }
}

/// Words are looked for in bodies.
pub(super) fn write_word(out: &mut Condition<'_>, _: &Pattern) {
    out.say("1");
}

impl SqliteArchive {
    /// See [`crate::Archive::events`]. A page of a search may have fewer rows than asked for, and
    /// go on: then it has opened as many bodies as a page may, or has no time left.
    pub(super) fn search(
        &self,
        projects: &[ProjectId],
        filter: &EventFilter,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EventSummary>, StoreError> {
        let (_, of_bodies) = parts(filter.search.expr());
        if of_bodies.is_empty() {
            return list::events(&self.files, projects, filter, cursor, limit);
        }
        let matchers = of_bodies.iter();
        let matchers: Vec<_> = matchers
            .map(|part| Matcher::new(part, filter.asker))
            .collect();
        let limit = limit.clamp(1, list::ROW_COUNT_MAX);
        let patience = Patience::new();
        let (mut start, mut rows, mut opened) = (list::start(cursor)?, Vec::new(), 0);
        loop {
            let of = (projects, filter);
            let found = self
                .files
                .ask(|state| list::newest(&self.files, state, patience, of, start, STEP_COUNT));
            if matches!(found, Err(StoreError::Slow { .. })) && opened > 0 {
                let next = start.map(list::cursor);
                return Ok(Page { rows, next });
            }
            let found = found?;
            let is_last = found.len() <= STEP_COUNT;
            for (place, summary) in found.into_iter().take(STEP_COUNT) {
                if rows.len() == limit || opened == SEARCH_EVENT_COUNT_MAX {
                    let next = start.map(list::cursor);
                    return Ok(Page { rows, next });
                }
                start = Some(place);
                opened += 1;
                // One that was forgotten meanwhile, or that cannot be read, is none.
                let event = self.opened(summary.project, &summary)?;
                if event.is_some_and(|event| matchers.iter().all(|matcher| matcher.fits(&event))) {
                    rows.push(summary);
                }
            }
            if is_last {
                return Ok(Page { rows, next: None });
            }
        }
    }

    /// See [`crate::Archive::open_newest`].
    pub(super) fn newest_opened(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        limit: usize,
        has_enough: &mut dyn FnMut(&ArchivedEvent) -> bool,
    ) -> Result<usize, StoreError> {
        let filter = EventFilter::of_issues(issues);
        let limit = limit.clamp(1, list::ROW_COUNT_MAX);
        let of = (std::slice::from_ref(&project), &filter);
        let patience = Patience::new();
        let found = self
            .files
            .ask(|state| list::newest(&self.files, state, patience, of, None, limit))?;
        let mut opened = 0;
        for (_, summary) in found.into_iter().take(limit) {
            opened += 1;
            let event = self.opened(project, &summary)?;
            if event.is_some_and(|event| has_enough(&event)) {
                break;
            }
        }
        Ok(opened)
    }

    fn opened(
        &self,
        project: ProjectId,
        summary: &EventSummary,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        let opened = self
            .files
            .ask(|state| self.event_of(state, project, summary.event));
        match opened {
            Err(error) if is_damage(&error) => {
                let (event, error) = (summary.event, chain(&error));
                tracing::warn!(%event, error, "a search passes over an event that is damaged");
                Ok(None)
            }
            opened => opened,
        }
    }
}
