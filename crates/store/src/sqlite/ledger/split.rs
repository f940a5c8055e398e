//! Splitting an issue, in SQLite: see [`crate::Split`]. The new issue is a part of the old one, so
//! what is shown stays the same until the events have moved.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;
use watchpost_model::{Deed, Event, EventId, Face, GroupingHash, IssueId, ProjectId, UserId};

use super::act::{Hand, enter};
use super::folder::{Folder, MERGED, NEVER, Span};
use super::tally::Tally;
use super::{SqliteLedger, chart, merge, overflow, untally, users};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{Actor, ArchivedEvent, Split, SplitLedger, SplitStage, SplitStep, StoreError};

impl SplitLedger for SqliteLedger {
    fn splits(&self) -> Result<Vec<Split>, StoreError> {
        self.pool.read("list issues that are split", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM split ORDER BY id")?;
            let rows = statement.query_map([], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn split_step(&self, split: &Split, step: &SplitStep<'_>) -> Result<Option<Split>, StoreError> {
        self.pool
            .write("split an issue", |sql| take_step(sql, split, step))
    }

    fn split_waits(&self, split: &Split) -> Result<Vec<(ProjectId, EventId)>, StoreError> {
        self.pool.read("list unsettled events", |sql| {
            // What the archive could not take is in quarantine, and not on its way.
            let mut statement = sql.prepare_cached(
                "SELECT event FROM event_unsettled WHERE issue = ?1 AND set_aside IS NULL",
            )?;
            let project = split.project;
            let rows = statement.query_map([split.source.0], |row| {
                Ok((project, row.event_id("event")?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Split> {
    let stage: i64 = row.column("stage")?;
    Ok(Split {
        id: row.column("id")?,
        project: ProjectId(row.column("project")?),
        source: IssueId(row.column("source")?),
        dest: IssueId(row.column("dest")?),
        stage: match stage {
            0 => SplitStage::Count,
            1 => SplitStage::Review,
            _ => SplitStage::Move,
        },
        place: row.column("place")?,
        events: row.count("events")?,
    })
}

fn find(sql: &Connection, id: i64) -> Result<Option<Split>, Fault> {
    let mut statement = sql.prepare_cached("SELECT * FROM split WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Whether an issue gets keys and events of another at the moment.
pub(super) fn is_leaving(sql: &Connection, issue: IssueId) -> Result<bool, Fault> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM split WHERE dest = ?1")?;
    Ok(statement.exists([issue.0])?)
}

/// Leaves the new issue a part, if it is not ready yet; `false` when it is.
pub(super) fn stay(sql: &Connection, dest: IssueId) -> Result<bool, Fault> {
    let mut statement = sql.prepare_cached("UPDATE split SET stays = 1 WHERE dest = ?1")?;
    Ok(statement.execute([dest.0])? > 0)
}

/// Begins it: a new issue gets `keys` of `source`, which is `shown` or a part of it.
pub(super) fn begin(
    sql: &Connection,
    hand: Hand,
    (shown, source): (IssueId, IssueId),
    keys: &[GroupingHash],
) -> Result<IssueId, Fault> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM split WHERE source = ?1")?;
    if statement.exists([source.0])? {
        let (what, name) = ("a split of issue", source.to_string());
        return Err(StoreError::Exists { what, name }.into());
    }
    merge::keep_own(sql, shown)?;
    let number = overflow::own_number(sql, hand.project)?;
    let mut insert = sql.prepare_cached(
        "INSERT INTO issue (project, number, title, kind, value, culprit, level, logger,
             platform, haystack, status, first_seen, last_seen, times_seen, score, substatus,
             since, condition, resolved_at, reviewed, priority, priority_by_hand, assignee,
             was_assigned, merged_into)
         SELECT source.project, ?3, source.title, source.kind, source.value, source.culprit,
             source.level, source.logger, source.platform, source.haystack, ?4, ?5, ?6, 0, 0,
             shown.substatus, shown.since, shown.condition, shown.resolved_at, shown.reviewed,
             shown.priority, shown.priority_by_hand, shown.assignee, shown.was_assigned,
             shown.id
         FROM issue AS source, issue AS shown WHERE source.id = ?1 AND shown.id = ?2",
    )?;
    let (first, last) = (NEVER.0.as_micros(), NEVER.1.as_micros());
    let dest = IssueId(insert.insert(params![source.0, shown.0, number, MERGED, first, last])?);
    let mut give = sql.prepare_cached(
        "UPDATE issue_hash SET issue = ?4
         WHERE project = ?1 AND version = ?2 AND digest = ?3 AND issue = ?5",
    )?;
    for key in keys {
        give.execute(params![
            hand.project.0,
            key.version,
            key.digest,
            dest.0,
            source.0
        ])?;
    }
    // Who wanted to hear of it wants to hear of both.
    sql.prepare_cached(
        "INSERT INTO issue_person (issue, user, bookmarked, subscribed)
         SELECT ?2, user, bookmarked, subscribed FROM issue_person WHERE issue = ?1",
    )?
    .execute([shown.0, dest.0])?;
    sql.prepare_cached(
        "INSERT INTO split (project, source, dest, at, user) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        hand.project.0,
        source.0,
        dest.0,
        hand.now.as_micros(),
        hand.by.user().map(|user| user.0),
    ])?;
    Ok(dest)
}

fn take_step(
    sql: &Connection,
    known: &Split,
    step: &SplitStep<'_>,
) -> Result<Option<Split>, Fault> {
    let Some(split) = find(sql, known.id)? else {
        return Ok(None);
    };
    if split != *known {
        // Somebody else was here.
        return Ok(Some(split));
    }
    let next = match (step, split.stage) {
        (
            SplitStep::Looked {
                place,
                events,
                face,
            },
            SplitStage::Count,
        ) => {
            leave(sql, &split, events, face.as_ref())?;
            let events = split.events + events.len() as u64;
            (SplitStage::Count, *place, events)
        }
        (SplitStep::Looked { place, events, .. }, SplitStage::Review) => {
            review(sql, &split, events)?;
            (SplitStage::Review, *place, split.events)
        }
        (SplitStep::Over, SplitStage::Count) => {
            forget_ends(sql, &split)?;
            (SplitStage::Review, 0, split.events)
        }
        (SplitStep::Over, SplitStage::Review) => (SplitStage::Move, 0, split.events),
        (SplitStep::Looked { place, .. }, SplitStage::Move) => {
            (SplitStage::Move, *place, split.events)
        }
        (SplitStep::Over, SplitStage::Move) => {
            finish(sql, &split)?;
            return Ok(None);
        }
    };
    let (stage, place, events) = next;
    sql.prepare_cached("UPDATE split SET stage = ?2, place = ?3, events = ?4 WHERE id = ?1")?
        .execute(params![split.id, stage as i64, place, events.cast_signed()])?;
    find(sql, split.id)
}

/// Counts events in the new issue, and no more in the old one.
fn leave(
    sql: &Connection,
    split: &Split,
    events: &[&ArchivedEvent],
    face: Option<&Face>,
) -> Result<(), Fault> {
    if let (Some(face), Some(first)) = (face, events.first()) {
        call(sql, split.dest, (face, first))?;
    }
    let (mut added, mut taken) = (Tally::default(), Tally::default());
    let mut dest = Folder::read(sql, split.dest)?;
    for archived in events {
        added.count_again(split.dest, &archived.event);
        taken.count_again(split.source, &archived.event);
        dest.span.add(&archived.event);
    }
    let users = added.write(sql)?.into_iter().map(|(_, users)| users);
    dest.span.user_count += users.sum::<u64>();
    dest.write(sql, split.dest)?;
    let mut source = Own::read(sql, split.source)?;
    untally::take_back(sql, &taken, source.span.first_seen)?;
    let left = events.len() as u64;
    source.span.times_seen = source.span.times_seen.saturating_sub(left);
    source.write(sql, split.source)
}

/// The new issue is called after its first event.
fn call(
    sql: &Connection,
    dest: IssueId,
    (face, first): (&Face, &ArchivedEvent),
) -> Result<(), Fault> {
    let event: &Event = &first.event;
    sql.prepare_cached(
        "UPDATE issue SET title = ?2, kind = ?3, value = ?4, culprit = ?5, level = ?6,
             logger = ?7, platform = ?8, haystack = ?9 WHERE id = ?1",
    )?
    .execute(params![
        dest.0,
        first.title,
        face.kind,
        face.value,
        face.culprit,
        event.level.number(),
        event.logger.as_deref().unwrap_or_default(),
        event.platform,
        overflow::haystack(&first.title, &face.culprit),
    ])?;
    Ok(())
}

/// What the old issue knows by its first and last events may be of those that left: from here on
/// it is found out anew. Users that are not counted by name are counted anew, too.
fn forget_ends(sql: &Connection, split: &Split) -> Result<(), Fault> {
    users::forget(sql, split.source)?;
    let left = Folder::read(sql, split.dest)?.span;
    let mut source = Own::read(sql, split.source)?;
    let span = &mut source.span;
    let (never_first, never_last) = NEVER;
    if left.first_seen <= span.first_seen {
        span.first_seen = never_first;
        span.first_release = None;
    }
    if left.last_seen >= span.last_seen {
        span.last_seen = never_last;
        span.last_release = None;
    }
    if left.first_release == span.first_release {
        span.first_release = None;
    }
    if left.last_release == span.last_release {
        span.last_release = None;
    }
    source.write(sql, split.source)
}

/// Looks at events that stay.
fn review(sql: &Connection, split: &Split, events: &[&ArchivedEvent]) -> Result<(), Fault> {
    let mut source = Own::read(sql, split.source)?;
    let (times_seen, trend) = (source.span.times_seen, source.span.trend);
    let mut stayed = Tally::default();
    for archived in events {
        stayed.count_again(split.source, &archived.event);
        source.span.add(&archived.event);
    }
    (source.span.times_seen, source.span.trend) = (times_seen, trend);
    source.write(sql, split.source)?;
    untally::review(sql, &stayed)
}

/// The events have moved: the new issue shows up, unless that was undone.
fn finish(sql: &Connection, split: &Split) -> Result<(), Fault> {
    let (source_users, dest_users) = (
        users::together(sql, &[split.source])?,
        users::together(sql, &[split.dest])?,
    );
    let mut source = Own::read(sql, split.source)?;
    let mut dest = Folder::read(sql, split.dest)?;
    source.span.user_count = source_users;
    dest.span.user_count = dest_users;
    source.span.trend = chart::trend(sql, split.source)?;
    dest.span.trend = chart::trend(sql, split.dest)?;
    // One of them may have nothing.
    source.span.cover(&dest.span);
    dest.span.cover(&source.span);
    source.write(sql, split.source)?;
    dest.span.write(sql, split.dest)?;
    // By which of the two a value was counted first, nobody noted.
    sql.prepare_cached("UPDATE issue_tag SET first_seen = NULL WHERE issue IN (?1, ?2)")?
        .execute([split.source.0, split.dest.0])?;
    let mut end =
        sql.prepare_cached("DELETE FROM split WHERE id = ?1 RETURNING stays, at, user")?;
    let (stays, at, user) = end.query_row([split.id], |row| {
        let (stays, user): (bool, Option<i64>) = (row.column("stays")?, row.column("user")?);
        Ok((stays, row.moment("at")?, user))
    })?;
    let Some(shown) = dest.merged_into else {
        return Ok(());
    };
    if stays {
        return merge::regroup(sql, shown);
    }
    let by = user.map_or(Actor::System, |user| Actor::User(UserId(user)));
    let hand = Hand {
        project: split.project,
        by,
        now: at,
    };
    let name = merge::name_of(sql, split.dest)?;
    stand_like(sql, split.dest, shown)?;
    merge::detach(sql, split.dest)?;
    merge::regroup(sql, shown)?;
    merge::recount_archived(sql, split.dest)?;
    let events = split.events;
    let data = json!({ "source": shown.to_string(), "events": events });
    enter(sql, hand, split.dest, (Deed::UnmergeDestination, data))?;
    let data = json!({ "issues": [name], "events": events });
    enter(sql, hand, shown, (Deed::UnmergeSource, data))
}

/// Makes the new issue what people, and events, made of the one that shows it, until now.
fn stand_like(sql: &Connection, dest: IssueId, shown: IssueId) -> Result<(), Fault> {
    sql.prepare_cached(
        "UPDATE issue SET (substatus, since, condition, resolved_at, reviewed, priority,
             priority_by_hand, assignee, was_assigned)
         = (SELECT substatus, since, condition, resolved_at, reviewed, priority,
             priority_by_hand, assignee, was_assigned FROM issue WHERE id = ?2)
         WHERE id = ?1",
    )?
    .execute([dest.0, shown.0])?;
    Ok(())
}

/// What an issue has by itself, wherever that is kept.
struct Own {
    span: Span,
    is_whole: bool,
}

impl Own {
    fn read(sql: &Connection, issue: IssueId) -> Result<Self, Fault> {
        let folder = Folder::read(sql, issue)?;
        Ok(match folder.own {
            Some(span) => Self {
                span,
                is_whole: true,
            },
            None => Self {
                span: folder.span,
                is_whole: false,
            },
        })
    }

    fn write(&self, sql: &Connection, issue: IssueId) -> Result<(), Fault> {
        if self.is_whole {
            self.span.write_own(sql, issue)
        } else {
            self.span.write(sql, issue)
        }
    }
}
