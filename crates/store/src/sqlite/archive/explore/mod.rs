//! Questions about many events. Indexes alone answer where they can; else rows are looked at in
//! windows of time, the newest first, each in all partitions and projects before the next, so that
//! whatever ends it early leaves an answer that is whole up to one moment.

mod counts;
mod walk;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

use rusqlite::{Connection, Row, params_from_iter};
use watchpost_model::{Level, ProjectId};

use self::walk::{Walk, Window};
use super::SqliteArchive;
use super::files::State;
use super::list::{Place, question};
use super::part::{Part, tolerate};
use super::search::{Column, column, parts};
use crate::archive::user_of;
use crate::explore::Tally;
use crate::limits::{EVENT_GROUP_COUNT_MAX, GROUP_FIELD_COUNT_MAX};
use crate::search::ast::Key;
use crate::search::event::Matcher;
use crate::sqlite::columns::{Columns, limit_in};
use crate::sqlite::fault::Fault;
use crate::{
    ArchivedEvent, Buckets, EventFilter, EventGroups, EventsAsked, Extent, GroupField, GroupQuery,
    Histogram, StoreError,
};

/// Where the value of a field is in a row.
enum Cell {
    Project,
    Issue,
    Level,
    Text(&'static str),
}

impl Cell {
    /// `None`: only the body knows.
    fn of(field: &GroupField) -> Option<Self> {
        match field {
            GroupField::Project => Some(Self::Project),
            GroupField::Issue => Some(Self::Issue),
            GroupField::Key(Key::Field(field)) => match column(*field)? {
                Column::Text(sql) => Some(Self::Text(sql)),
                Column::Number("level") => Some(Self::Level),
                Column::Number(_) => None,
            },
            GroupField::Key(Key::Tag(_) | Key::Flag(_)) => None,
        }
    }

    fn sql(&self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Issue => "issue",
            Self::Level => "level",
            Self::Text(sql) => sql,
        }
    }
}

/// What all steps of a question share.
struct Task<'a> {
    fields: &'a [GroupField],
    merged: HashMap<i64, i64>,
    has_users: bool,
}

impl Task<'_> {
    /// The issue that shows another one.
    fn shown(&self, issue: i64) -> i64 {
        self.merged.get(&issue).copied().unwrap_or(issue)
    }

    /// Counts a row whose columns are those of `columns`.
    fn count_row(&self, cells: &[Cell], row: &Row<'_>, tally: &mut Tally) -> Result<(), Fault> {
        let received: i64 = row.get(0)?;
        tally.event(received);
        if !self.has_users && self.fields.is_empty() {
            return Ok(());
        }
        let user = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        let mut values: [Cow<'_, str>; GROUP_FIELD_COUNT_MAX] = Default::default();
        for (place, (cell, value)) in cells.iter().zip(&mut values).enumerate() {
            let found = row.get_ref(place + 2)?;
            *value = match cell {
                Cell::Text(_) => found.as_str().map_err(rusqlite::Error::from)?.into(),
                Cell::Project => found
                    .as_i64()
                    .map_err(rusqlite::Error::from)?
                    .to_string()
                    .into(),
                Cell::Issue => {
                    let issue = found.as_i64().map_err(rusqlite::Error::from)?;
                    self.shown(issue).to_string().into()
                }
                Cell::Level => {
                    let level = found.as_i64().map_err(rusqlite::Error::from)?;
                    Level::from_number(level).name().into()
                }
            };
        }
        let values = values.each_ref().map(AsRef::as_ref);
        tally.count(
            values.get(..cells.len()).unwrap_or_default(),
            user,
            received,
        );
        Ok(())
    }

    /// Counts an opened event.
    fn count_event(&self, event: &ArchivedEvent, received: i64, tally: &mut Tally) {
        tally.event(received);
        let user = user_of(&event.event).unwrap_or_default();
        let mut of_fields = self.fields.iter().map(|field| match field {
            GroupField::Issue => vec![self.shown(event.issue.0).to_string().into()],
            field => field.values(event),
        });
        let [a, b, c] = [of_fields.next(), of_fields.next(), of_fields.next()];
        let none = || vec![Cow::Borrowed("")];
        let count = self.fields.len().min(GROUP_FIELD_COUNT_MAX);
        let (b, c) = (b.unwrap_or_else(none), c.unwrap_or_else(none));
        let mut left = EVENT_GROUP_COUNT_MAX;
        for a in &a.unwrap_or_else(none) {
            for b in &b {
                for c in &c {
                    if left == 0 {
                        tally.count_beyond();
                        return;
                    }
                    left -= 1;
                    let values = [&**a, &**b, &**c];
                    tally.count(values.get(..count).unwrap_or_default(), user, received);
                }
            }
        }
    }
}

/// The columns that [`Task::count_row`] reads.
fn columns(cells: &[Cell]) -> String {
    let mut columns = "received, user".to_owned();
    for cell in cells {
        columns.push_str(", ");
        columns.push_str(cell.sql());
    }
    columns
}

impl SqliteArchive {
    /// See [`crate::Archive::histogram`].
    pub(super) fn counts_in(
        &self,
        state: &State,
        asked: &EventsAsked<'_>,
        buckets: Buckets,
    ) -> Result<Histogram, StoreError> {
        let mut filter = asked.filter.clone();
        let since = filter.since.unwrap_or(buckets.since).max(buckets.since);
        let until = filter.until.unwrap_or(buckets.end()).min(buckets.end());
        (filter.since, filter.until) = (Some(since), Some(until));
        let asked = EventsAsked {
            filter,
            ..asked.clone()
        };
        let walk = Walk::new(&self.files, state, &asked);
        if counts::is_of_index(&asked.filter) {
            return counts::counts(&walk, buckets);
        }
        let query = GroupQuery {
            buckets: Some(buckets),
            ..GroupQuery::default()
        };
        let (tally, extent) = self.tally(&walk, &asked, &query, false)?;
        let counts = tally.into_counts();
        Ok(Histogram { counts, extent })
    }

    /// See [`crate::Archive::group_by`].
    pub(super) fn groups_of(
        &self,
        state: &State,
        asked: &EventsAsked<'_>,
        query: &GroupQuery,
    ) -> Result<EventGroups, StoreError> {
        let walk = Walk::new(&self.files, state, asked);
        let (tally, extent) = self.tally(&walk, asked, query, true)?;
        Ok(tally.finish(query, extent))
    }

    fn tally(
        &self,
        walk: &Walk<'_>,
        asked: &EventsAsked<'_>,
        query: &GroupQuery,
        has_users: bool,
    ) -> Result<(Tally, Extent), StoreError> {
        let fields = query
            .fields
            .get(..GROUP_FIELD_COUNT_MAX)
            .unwrap_or(&query.fields);
        let merged = query.merged.iter().map(|(part, shown)| (part.0, shown.0));
        let task = Task {
            fields,
            merged: merged.collect(),
            has_users,
        };
        let cells: Option<Vec<Cell>> = fields.iter().map(Cell::of).collect();
        let (_, of_bodies) = parts(asked.filter.search.expr());
        let mut tally = Tally::new(query);
        let extent = if let Some(cells) = cells.filter(|_| of_bodies.is_empty()) {
            self.count_rows(walk, (&task, &cells), &mut tally)?
        } else {
            let asker = asked.filter.asker;
            let matchers = of_bodies.into_iter();
            let matchers: Vec<_> = matchers.map(|part| Matcher::new(part, asker)).collect();
            walk.each_window(&mut |window, extent| {
                self.open_window(walk, window, extent, &mut |event, received| {
                    if matchers.iter().all(|matcher| matcher.fits(event)) {
                        task.count_event(event, received, &mut tally);
                    }
                })
            })?
        };
        Ok((tally, extent))
    }

    /// Counts without opening a body.
    fn count_rows(
        &self,
        walk: &Walk<'_>,
        what: (&Task<'_>, &[Cell]),
        tally: &mut Tally,
    ) -> Result<Extent, StoreError> {
        walk.each_window(&mut |window, _| {
            // By itself, so that nothing of a window stays that is cut off.
            let mut part = tally.fresh();
            walk.each(window, &mut |partition, project, filter| {
                let rows = partition.read(&self.files.shelf, "count events", |sql| {
                    walk.patience
                        .ask(|| rows(sql, (project, filter), what, &mut part))
                });
                tolerate(partition, rows).map(drop)
            })?;
            tally.merge(part);
            Ok(None)
        })
    }

    /// Opens the events of a window, the newest first. Where it ended when it may open no more, or
    /// has no time left.
    fn open_window(
        &self,
        walk: &Walk<'_>,
        window: Window,
        extent: &mut Extent,
        count: &mut dyn FnMut(&ArchivedEvent, i64),
    ) -> Result<Option<i64>, StoreError> {
        let opened = usize::try_from(extent.opened).unwrap_or(usize::MAX);
        let room = walk.body_count_max.saturating_sub(opened);
        let mut found: Vec<(Place, &Part)> = Vec::new();
        walk.each(window, &mut |partition, project, filter| {
            let places = partition.read(&self.files.shelf, "find events", |sql| {
                walk.patience.ask(|| places(sql, project, filter, room + 1))
            });
            let places = tolerate(partition, places)?.unwrap_or_default();
            found.extend(places.into_iter().map(|place| (place, partition)));
            Ok(())
        })?;
        found.sort_by_key(|(place, _)| Reverse(*place));
        let mut end = None;
        for (number, ((received, seq), part)) in found.into_iter().enumerate() {
            if number == room {
                return Ok(Some(end.unwrap_or(window.until)));
            }
            if walk.patience.is_over() {
                return match (end, extent.opened) {
                    (None, 0) => Err(walk.patience.slow()),
                    (end, _) => Ok(Some(end.unwrap_or(window.until))),
                };
            }
            extent.opened += 1;
            end = Some(received);
            if let Some(event) = self.sound(part, seq)? {
                count(&event, received);
            }
        }
        Ok(None)
    }
}

/// Counts the rows of one partition.
fn rows(
    sql: &Connection,
    (project, filter): (ProjectId, &EventFilter),
    (task, cells): (&Task<'_>, &[Cell]),
    tally: &mut Tally,
) -> Result<(), Fault> {
    let question = question(&columns(cells), project, filter)?;
    let mut statement = sql.prepare_cached(&question.sql)?;
    let mut rows = statement.query(params_from_iter(question.values))?;
    while let Some(row) = rows.next()? {
        task.count_row(cells, row, tally)?;
    }
    Ok(())
}

/// The places of up to `limit` rows of one partition, the newest first.
fn places(
    sql: &Connection,
    project: ProjectId,
    filter: &EventFilter,
    limit: usize,
) -> Result<Vec<Place>, Fault> {
    let mut question = question("received, seq", project, filter)?;
    question.say(" ORDER BY received DESC, seq DESC LIMIT ?");
    question.values.push(limit_in(limit, usize::MAX).into());
    let mut statement = sql.prepare_cached(&question.sql)?;
    let found = statement.query_map(params_from_iter(question.values), |row| {
        Ok((row.column("received")?, row.column("seq")?))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
