//! The way through the partitions, in windows of time.

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use watchpost_model::{ProjectId, Timestamp};

use super::super::files::{Files, State};
use super::super::part::{Part, tolerate};
use crate::limits::{
    EXPLORE_BODY_COUNT_MAX, EXPLORE_ROW_COUNT_MAX, EXPLORE_ROW_COUNT_STEP,
    EXPLORE_ROW_COUNT_STEP_MIN,
};
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;
use crate::sqlite::patience::Patience;
use crate::{EventFilter, EventsAsked, Extent, StoreError};

/// From one moment until another, in microseconds.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) since: i64,
    pub(super) until: i64,
}

/// See the file.
pub(super) struct Walk<'a> {
    pub(super) files: &'a Files,
    pub(super) patience: Patience,
    pub(super) body_count_max: usize,
    pub(super) span: Window,
    state: &'a State,
    row_count_max: u64,
    /// What is asked for, each project and issue by itself.
    sources: Vec<(ProjectId, EventFilter)>,
}

/// What is done with one partition: the filter has the window in it.
pub(super) type Visit<'v, 'a> =
    dyn FnMut(&'a Part, ProjectId, &EventFilter) -> Result<(), StoreError> + 'v;

/// What is done with a window. It says where it ended when it was ended before its start.
pub(super) type VisitWindow<'v> =
    dyn FnMut(Window, &mut Extent) -> Result<Option<i64>, StoreError> + 'v;

impl<'a> Walk<'a> {
    pub(super) fn new(files: &'a Files, state: &'a State, asked: &EventsAsked<'_>) -> Self {
        let micros = |moment: Option<Timestamp>| moment.map(Timestamp::as_micros);
        let mut sources = Vec::new();
        for project in asked.projects {
            let each = asked.filter.each().into_iter();
            sources.extend(each.map(|filter| (*project, filter)));
        }
        Self {
            files,
            patience: Patience::of(asked.time_max),
            body_count_max: asked.body_count_max.min(EXPLORE_BODY_COUNT_MAX),
            span: Window {
                since: micros(asked.filter.since).unwrap_or(i64::MIN),
                until: micros(asked.filter.until).unwrap_or(i64::MAX),
            },
            state,
            row_count_max: asked.row_count_max.min(EXPLORE_ROW_COUNT_MAX),
            sources,
        }
    }

    /// Visits every partition that may have something of a window, for each project and issue.
    pub(super) fn each(&self, window: Window, visit: &mut Visit<'_, 'a>) -> Result<(), StoreError> {
        for part in self.state.parts.iter().rev() {
            for (project, filter) in &self.sources {
                if !overlaps(part, (*project, filter), window) {
                    continue;
                }
                let filter = EventFilter {
                    since: Some(Timestamp::from_micros(window.since)),
                    until: Some(Timestamp::from_micros(window.until)),
                    ..filter.clone()
                };
                visit(part, *project, &filter)?;
            }
        }
        Ok(())
    }

    /// Visits window after window, the newest first, until all is looked at, or as much as may be,
    /// or `visit` says where it ended, or the time is over.
    pub(super) fn each_window(&self, visit: &mut VisitWindow<'_>) -> Result<Extent, StoreError> {
        let (mut extent, mut until) = (Extent::default(), self.span.until);
        while until > self.span.since && !self.sources.is_empty() {
            let step = || {
                let since = self.start_before(until)?;
                let window = Window { since, until };
                let count = self.count(window)?;
                Ok((window, count))
            };
            let before = extent;
            let visited = step().and_then(|(window, count)| {
                extent.events += count;
                Ok((window, visit(window, &mut extent)?))
            });
            match visited {
                Ok((window, None)) => until = window.since,
                Ok((_, Some(end))) => {
                    extent.cut = Some(Timestamp::from_micros(end));
                    break;
                }
                // What was counted until here is whole.
                Err(StoreError::Slow { .. }) if before.events > 0 => {
                    extent = before;
                    extent.cut = Some(Timestamp::from_micros(until));
                    break;
                }
                Err(error) => return Err(error),
            }
            if extent.events >= self.row_count_max && until > self.span.since {
                extent.cut = Some(Timestamp::from_micros(until));
                break;
            }
        }
        Ok(extent)
    }

    /// Where the window that ends at `until` begins: it has about as many rows as are looked at in
    /// one step.
    fn start_before(&self, until: i64) -> Result<i64, StoreError> {
        let max = usize::try_from(self.row_count_max).unwrap_or(usize::MAX);
        let share = EXPLORE_ROW_COUNT_STEP.min(max) / self.sources.len().max(1);
        let share = share.max(EXPLORE_ROW_COUNT_STEP_MIN.min(max)).max(1) as u64;
        let mut since = self.span.since;
        for (project, filter) in &self.sources {
            let mut left = share;
            for part in self.state.newest_first(*project) {
                let window = Window { since, until };
                if left == 0 || !overlaps(part, (*project, filter), window) {
                    continue;
                }
                let found = part.read(&self.files.shelf, "find events", |sql| {
                    let of = (*project, filter);
                    self.patience.ask(|| {
                        Ok(match nth_newest(sql, of, window, left - 1)? {
                            Some(start) => (Some(start), left),
                            None => (None, count(sql, of, window)?),
                        })
                    })
                });
                let (start, count) = tolerate(part, found)?.unwrap_or_default();
                since = start.map_or(since, |start| start.max(since));
                left = left.saturating_sub(count);
            }
        }
        Ok(since)
    }

    /// How many rows are in a window, whether they fit or not.
    fn count(&self, window: Window) -> Result<u64, StoreError> {
        let mut all = 0;
        self.each(window, &mut |part, project, filter| {
            let count = part.read(&self.files.shelf, "count events", |sql| {
                self.patience.ask(|| count(sql, (project, filter), window))
            });
            all += tolerate(part, count)?.unwrap_or_default();
            Ok(())
        })?;
        Ok(all)
    }
}

/// Whether a partition may have something of a window.
fn overlaps(part: &Part, (project, filter): (ProjectId, &EventFilter), window: Window) -> bool {
    let (oldest, newest) = part.span(project);
    let is_within = oldest < window.until && newest >= window.since;
    is_within && part.may_have(project, filter.issue)
}

/// When the row was received that has `after` newer ones in the window.
fn nth_newest(
    sql: &Connection,
    (project, filter): (ProjectId, &EventFilter),
    window: Window,
    after: u64,
) -> Result<Option<i64>, Fault> {
    let (of, mut values) = of_index((project, filter), window);
    values.push(count_in(after));
    let mut statement = sql.prepare_cached(&format!(
        "SELECT received FROM event WHERE {of} ORDER BY received DESC LIMIT 1 OFFSET ?"
    ))?;
    let found = statement.query_row(params_from_iter(values), |row| row.column("received"));
    Ok(found.optional()?)
}

/// How many rows of a project, or of an issue of it, are in a window: of an index alone.
pub(super) fn count(
    sql: &Connection,
    of: (ProjectId, &EventFilter),
    window: Window,
) -> Result<u64, Fault> {
    let (of, values) = of_index(of, window);
    let question = format!("SELECT count(*) AS events FROM event WHERE {of}");
    let mut statement = sql.prepare_cached(&question)?;
    Ok(statement.query_row(params_from_iter(values), |row| row.count("events"))?)
}

/// The part of a window between the oldest and the newest row of a project, or of an issue of it;
/// `None` without any.
pub(super) fn bounds(
    sql: &Connection,
    of: (ProjectId, &EventFilter),
    window: Window,
) -> Result<Option<Window>, Fault> {
    let (of, values) = of_index(of, window);
    let end = |order| {
        let question =
            format!("SELECT received FROM event WHERE {of} ORDER BY received {order} LIMIT 1");
        let mut statement = sql.prepare_cached(&question)?;
        let found = statement.query_row(params_from_iter(&values), |row| row.column("received"));
        Ok::<Option<i64>, Fault>(found.optional()?)
    };
    let (Some(since), Some(newest)) = (end("ASC")?, end("DESC")?) else {
        return Ok(None);
    };
    let until = newest.saturating_add(1);
    Ok(Some(Window { since, until }))
}

fn of_index(
    (project, filter): (ProjectId, &EventFilter),
    window: Window,
) -> (&'static str, Vec<i64>) {
    let mut values = vec![project.0];
    values.extend(filter.issue.map(|issue| issue.0));
    values.extend([window.since, window.until]);
    let of = match filter.issue {
        Some(_) => "project = ? AND issue = ? AND received >= ? AND received < ?",
        None => "project = ? AND received >= ? AND received < ?",
    };
    (of, values)
}

/// How many events a sealed partition says that an issue has there.
pub(super) fn sealed_count(
    sql: &Connection,
    project: ProjectId,
    filter: &EventFilter,
) -> Result<Option<(u64, i64, i64)>, Fault> {
    let Some(issue) = filter.issue else {
        return Ok(None);
    };
    let mut statement = sql.prepare_cached(
        "SELECT events, oldest, newest FROM issue_use WHERE project = ?1 AND issue = ?2",
    )?;
    let found = statement.query_row(params![project.0, issue.0], |row| {
        Ok((
            row.count("events")?,
            row.column("oldest")?,
            row.column("newest")?,
        ))
    });
    Ok(found.optional()?)
}
