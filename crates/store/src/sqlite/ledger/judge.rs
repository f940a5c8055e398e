//! Whether events bring an issue back: a resolved one event by event, an archived one batch by
//! batch, when everything of the batch is counted.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, params};
use serde_json::json;
use watchpost_model::regression::{Seen, Verdict, decide};
use watchpost_model::{
    Archiving, Bound, Condition, Deed, Event, IssueId, ProjectId, Substatus, Timestamp, Until,
};

use super::activity::{Entry, note};
use super::folder::{Folder, Span, Stand};
use super::tally::OTHER;
use super::{age, merge, release};
use crate::Actor;
use crate::sqlite::columns::{Columns, hour_in, json_in};
use crate::sqlite::fault::Fault;

/// Dates of releases, looked up once per batch.
#[derive(Default)]
pub(super) struct Dates(HashMap<(ProjectId, String), Option<Timestamp>>);

impl Dates {
    fn of(
        &mut self,
        sql: &Connection,
        project: ProjectId,
        release: &str,
    ) -> Result<Option<Timestamp>, Fault> {
        let key = (project, release.to_owned());
        if let Some(date) = self.0.get(&key) {
            return Ok(*date);
        }
        let date = release::date_of(sql, project, release)?;
        self.0.insert(key, date);
        Ok(date)
    }
}

/// Whether `event` brings back the resolved issue of `stand`, and why, or why not.
pub(super) fn regress(
    sql: &Connection,
    dates: &mut Dates,
    (project, stand): (ProjectId, &Stand),
    event: &Event,
) -> Result<Verdict, Fault> {
    let release = event.release.as_deref().filter(|text| !text.is_empty());
    let date = match release {
        // A release that nobody has seen yet is seen now.
        Some(release) => dates.of(sql, project, release)?.or(Some(event.received)),
        None => None,
    };
    let seen = Seen {
        received: event.received,
        happened: event.timestamp,
        release,
        release_date: date,
    };
    let resolved = stand.resolved_at.unwrap_or(stand.since);
    Ok(decide(resolved, &stand.resolution(), &seen))
}

/// Opens a resolved issue again, with a note of the reason.
pub(super) fn reopen(
    sql: &Connection,
    issue: IssueId,
    stand: &mut Stand,
    (event, reason): (&Event, &str),
) -> Result<(), Fault> {
    let entry = Entry {
        issue,
        at: event.received,
        by: Actor::System,
        deed: Deed::SetRegression,
        data: json!({
            "event_id": event.event_id,
            "version": event.release,
            "reason": reason,
        }),
    };
    note(sql, &entry)?;
    stand.open(Substatus::Regressed, event.received);
    Ok(())
}

/// An archived issue that had events in a batch; everything is counted. `true` when it came back.
pub(super) fn wake(
    sql: &Connection,
    issue: IssueId,
    folder: &mut Folder,
    (event, family): (&Event, &[IssueId]),
) -> Result<bool, Fault> {
    let (stand, span) = (&mut folder.stand, &folder.span);
    let Some(archiving) = stand.condition.as_ref().and_then(Condition::archiving) else {
        return Ok(false);
    };
    let counts = Counts {
        sql,
        archiving,
        family,
        events: span.times_seen.saturating_sub(archiving.times_seen),
        users: span.user_count.saturating_sub(archiving.user_count),
    };
    let now = event.received;
    let Some((substatus, deed, reason)) = counts.why(event)? else {
        return Ok(false);
    };
    let entry = Entry {
        issue,
        at: now,
        by: Actor::System,
        deed,
        data: json!({ "event_id": event.event_id, "reason": reason }),
    };
    note(sql, &entry)?;
    stand.open(substatus, now);
    folder.is_moved = true;
    Ok(true)
}

/// What an archived issue has counted since.
struct Counts<'a> {
    sql: &'a Connection,
    archiving: &'a Archiving,
    family: &'a [IssueId],
    events: u64,
    users: u64,
}

impl Counts<'_> {
    fn why(&self, event: &Event) -> Result<Option<(Substatus, Deed, String)>, Fault> {
        let opened = |reason: String| (Substatus::Ongoing, Deed::SetUnresolved, reason);
        match &self.archiving.until {
            Until::Forever => Ok(None),
            Until::Escalating => {
                let reason = self.escalates(event)?;
                Ok(reason.map(|reason| (Substatus::Escalating, Deed::SetEscalating, reason)))
            }
            Until::Met {
                time,
                events,
                users,
            } => {
                if time.is_some_and(|time| event.received >= time) {
                    return Ok(Some(opened("the time of its archiving is over".to_owned())));
                }
                if let Some(bound) = events
                    && self.events_within(bound, event)? >= bound.count
                {
                    let words = words(bound, "event");
                    return Ok(Some(opened(format!("it had {words}"))));
                }
                if let Some(bound) = users
                    && self.users_within(bound, event)? >= bound.count
                {
                    let words = words(bound, "user");
                    return Ok(Some(opened(format!("it hit {words}"))));
                }
                Ok(None)
            }
        }
    }

    /// Why the hour of the event is one too many, if it is. Hours before the archiving are over.
    fn escalates(&self, event: &Event) -> Result<Option<String>, Fault> {
        let hour = event.timestamp.floor_to_hour();
        if hour < self.archiving.since.floor_to_hour() {
            return Ok(None);
        }
        let count = self.hours(hour_in(hour), hour_in(hour))?.min(self.events);
        Ok(match self.archiving.hour_max {
            None => Some("it had no events before it was archived".to_owned()),
            Some(max) if count > max => {
                Some(format!("{count} events in one hour, more than {max}"))
            }
            Some(_) => None,
        })
    }

    /// Events within the window that ends with `event`, rounded to whole hours, none of before the
    /// archiving.
    fn events_within(&self, bound: &Bound, event: &Event) -> Result<u64, Fault> {
        let Some(start) = window_start(bound, event) else {
            return Ok(self.events);
        };
        let first = hour_in(start.max(self.archiving.since));
        Ok(self.hours(first, i64::MAX)?.min(self.events))
    }

    fn hours(&self, first: i64, last: i64) -> Result<u64, Fault> {
        let mut statement = self.sql.prepare_cached(
            "SELECT coalesce(sum(times_seen), 0) AS events FROM issue_hour
             WHERE issue = ?1 AND hour BETWEEN ?2 AND ?3",
        )?;
        let mut sum = 0;
        for issue in self.family {
            let row = params![issue.0, first, last];
            let events: u64 = statement.query_row(row, |row| row.count("events"))?;
            sum += events;
        }
        Ok(sum)
    }

    /// Users: new ones in all, or any that were seen within the window. Of the latter, those count
    /// that are counted by name.
    fn users_within(&self, bound: &Bound, event: &Event) -> Result<u64, Fault> {
        let Some(start) = window_start(bound, event) else {
            return Ok(self.users);
        };
        self.users_since(start.max(self.archiving.since))
    }

    /// Each user once, in however many parts they were seen.
    fn users_since(&self, start: Timestamp) -> Result<u64, Fault> {
        let mut statement = self.sql.prepare_cached(
            "SELECT value FROM issue_tag
             WHERE issue = ?1 AND key = 'user' AND value NOT IN ('', ?2) AND last_seen >= ?3",
        )?;
        let mut users = BTreeSet::new();
        for issue in self.family {
            let mut rows = statement.query(params![issue.0, OTHER, start.as_micros()])?;
            while let Some(row) = rows.next()? {
                let user: String = row.column("value")?;
                users.insert(user);
            }
        }
        Ok(users.len() as u64)
    }
}

/// What an issue shows was `before`, until others were merged into it or left: if it is archived,
/// that is not counted as events since.
pub(super) fn rebase(sql: &Connection, issue: IssueId, before: &Span) -> Result<(), Fault> {
    let Folder { stand, span, .. } = Folder::read(sql, issue)?;
    let Some(Condition::Archived(mut archiving)) = stand.condition else {
        return Ok(());
    };
    let family = merge::family(sql, issue)?;
    let counts = Counts {
        sql,
        archiving: &archiving,
        family: &family,
        events: before.times_seen.saturating_sub(archiving.times_seen),
        users: before.user_count.saturating_sub(archiving.user_count),
    };
    let (mut events, mut users) = (counts.events, counts.users);
    if span.times_seen < before.times_seen {
        // Of those since then some left, too.
        events = events.min(counts.hours(hour_in(archiving.since), i64::MAX)?);
        users = users.min(counts.users_since(archiving.since)?);
    }
    archiving.times_seen = span.times_seen.saturating_sub(events);
    archiving.user_count = span.user_count.saturating_sub(users);
    if archiving.until == Until::Escalating {
        archiving.hour_max = age::hour_max_of(sql, issue, archiving.judged)?;
    }
    let condition = json_in(&Condition::Archived(archiving));
    sql.prepare_cached("UPDATE issue SET condition = ?2 WHERE id = ?1")?
        .execute(params![issue.0, condition])?;
    Ok(())
}

fn window_start(bound: &Bound, event: &Event) -> Option<Timestamp> {
    let mins = bound.window_mins?;
    Some(event.received.plus_secs(-i64::from(mins) * 60))
}

fn words(bound: &Bound, noun: &str) -> String {
    let plural = if bound.count == 1 { "" } else { "s" };
    let within = bound
        .window_mins
        .map(|mins| format!(" within {mins} minutes"));
    let more = bound.window_mins.map_or(" more", |_| "");
    format!(
        "{}{more} {noun}{plural}{}",
        bound.count,
        within.unwrap_or_default()
    )
}
