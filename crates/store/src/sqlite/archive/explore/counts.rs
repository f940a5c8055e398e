//! Counts over time that indexes know: of projects and of issues, without any other filter but
//! some issues in the trash, which are counted by themselves and taken off.

use rusqlite::Connection;
use watchpost_model::ProjectId;

use super::super::part::{Part, tolerate};
use super::walk::{Walk, Window, bounds, count, sealed_count};
use crate::limits::TRASHED_COUNT_MAX;
use crate::sqlite::fault::Fault;
use crate::{Buckets, EventFilter, Extent, Histogram, StoreError};

/// Whether indexes know all of it.
pub(super) fn is_of_index(filter: &EventFilter) -> bool {
    let is_without_few = filter.issue.is_none() && filter.without.len() <= TRASHED_COUNT_MAX;
    let texts = [&filter.logger, &filter.server_name, &filter.site];
    texts.iter().all(|text| text.is_none())
        && filter.level_at_least.is_none()
        && filter.environments.is_empty()
        && (filter.without.is_empty() || is_without_few)
        && filter.search.is_everything()
}

/// See [`crate::Archive::histogram`].
pub(super) fn counts(walk: &Walk<'_>, buckets: Buckets) -> Result<Histogram, StoreError> {
    let mut counts = vec![0; buckets.len()];
    walk.each(walk.span, &mut |part, project, filter| {
        let all = match whole(walk, part, project, filter, buckets) {
            Some(found) => vec![found],
            None => counted(walk, part, (project, filter), buckets)?,
        };
        let mut here = vec![0; buckets.len()];
        change(&mut here, all, u64::saturating_add);
        for issue in &filter.without {
            if part.may_have(project, Some(*issue)) {
                let of_issue = EventFilter {
                    issue: Some(*issue),
                    ..filter.clone()
                };
                let trashed = counted(walk, part, (project, &of_issue), buckets)?;
                // Fewer than nothing are there only when the file is damaged in between.
                change(&mut here, trashed, u64::saturating_sub);
            }
        }
        change(
            &mut counts,
            here.into_iter().enumerate(),
            u64::saturating_add,
        );
        Ok(())
    })?;
    let events = counts.iter().sum();
    let extent = Extent {
        events,
        ..Extent::default()
    };
    Ok(Histogram { counts, extent })
}

/// What is asked of one partition.
fn counted(
    walk: &Walk<'_>,
    part: &Part,
    (project, filter): (ProjectId, &EventFilter),
    buckets: Buckets,
) -> Result<Vec<(usize, u64)>, StoreError> {
    let is_sealed = part.sealed().is_some();
    let found = part.read(&walk.files.shelf, "count events", |sql| {
        walk.patience
            .ask(|| of_part(sql, (project, filter, is_sealed), walk.span, buckets))
    });
    Ok(tolerate(part, found)?.unwrap_or_default())
}

/// A sealed partition whose events of the project are all in one bucket: memory knows how many.
fn whole(
    walk: &Walk<'_>,
    part: &Part,
    project: ProjectId,
    filter: &EventFilter,
    buckets: Buckets,
) -> Option<(usize, u64)> {
    if filter.issue.is_some() {
        return None;
    }
    let used = part.sealed()?.uses.get(&project)?;
    let (oldest, newest) = (used.oldest.as_micros(), used.newest.as_micros());
    let place = one_place(walk.span, (oldest, newest), buckets)?;
    Some((place, used.events))
}

/// The bucket in which all between two moments is.
fn one_place(span: Window, (oldest, newest): (i64, i64), buckets: Buckets) -> Option<usize> {
    let place = buckets.place(oldest)?;
    let is_within = span.since <= oldest && newest < span.until;
    (is_within && buckets.place(newest) == Some(place)).then_some(place)
}

/// The counts of one partition, those that are not zero.
fn of_part(
    sql: &Connection,
    (project, filter, is_sealed): (ProjectId, &EventFilter, bool),
    span: Window,
    buckets: Buckets,
) -> Result<Vec<(usize, u64)>, Fault> {
    if is_sealed && filter.issue.is_some() {
        let Some((events, oldest, newest)) = sealed_count(sql, project, filter)? else {
            return Ok(Vec::new());
        };
        if let Some(place) = one_place(span, (oldest, newest), buckets) {
            return Ok(vec![(place, events)]);
        }
    }
    // Only the buckets between its oldest and its newest event are asked for.
    let Some(window) = bounds(sql, (project, filter), span)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for place in 0..buckets.len() {
        let piece = Window {
            since: buckets.start(place).as_micros().max(window.since),
            until: buckets.start(place + 1).as_micros().min(window.until),
        };
        if piece.since < piece.until {
            let events = count(sql, (project, filter), piece)?;
            if events > 0 {
                found.push((place, events));
            }
        }
    }
    Ok(found)
}

fn change(
    counts: &mut [u64],
    found: impl IntoIterator<Item = (usize, u64)>,
    how: fn(u64, u64) -> u64,
) {
    for (place, events) in found {
        if let Some(count) = counts.get_mut(place) {
            *count = how(*count, events);
        }
    }
}
