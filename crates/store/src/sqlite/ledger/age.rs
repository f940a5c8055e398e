//! What becomes of issues as time goes by: new ones are known, those that were urgent calm down,
//! and archived ones come back when their time is over.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde_json::json;
use watchpost_model::{
    Archiving, Condition, Deed, ESCALATION_HOUR_COUNT, IssueId, ProjectId, Substatus, Timestamp,
    Until, hour_max,
};

use super::act::{Hand, enter};
use super::folder::Folder;
use super::{audit, merge, release};
use crate::limits::{AGE_ISSUE_COUNT_STEP, AUDIT_SECS_MAX, UNDO_SECS};
use crate::sqlite::columns::{Columns, count_in, hour_in};
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;
use crate::{Actor, Aged, StoreError};

/// How long an issue is new, or has to be quiet.
const KNOWN_SECS: i64 = 7 * 24 * 3600;
/// How long the limit of an archived issue is good for.
const JUDGED_SECS: i64 = 24 * 3600;

/// See [`crate::LifeLedger::age`].
pub(super) fn age(pool: &Pool, now: Timestamp) -> Result<Aged, StoreError> {
    let mut aged = Aged::default();
    for substatus in [Substatus::New, Substatus::Escalating, Substatus::Regressed] {
        loop {
            let step = pool.write("let issues grow old", |sql| settle(sql, substatus, now))?;
            aged.ongoing += step;
            if step < u64::from(AGE_ISSUE_COUNT_STEP) {
                break;
            }
        }
    }
    let mut after = IssueId(i64::MIN);
    while let Some(last) = pool.write("look after archived issues", |sql| {
        look_after(sql, after, now, &mut aged)
    })? {
        after = last;
    }
    pool.write("forget what cannot be undone", |sql| {
        let before = now.plus_secs(-UNDO_SECS).as_micros();
        sql.prepare_cached("DELETE FROM undo WHERE at < ?1")?
            .execute([before])?;
        release::trim(sql)
    })?;
    audit::trim(pool, now.plus_secs(-AUDIT_SECS_MAX))?;
    Ok(aged)
}

/// Some issues of a substatus that is over; how many.
fn settle(sql: &Connection, substatus: Substatus, now: Timestamp) -> Result<u64, Fault> {
    // One that came back must be quiet; a new one may be as loud as it likes.
    let is_quiet = substatus != Substatus::New;
    let mut statement = sql.prepare_cached(
        "SELECT id, project FROM issue INDEXED BY issue_by_age
         WHERE status = 0 AND substatus <> 2 AND substatus = ?1 AND since < ?2
             AND (NOT ?3 OR last_seen < ?2) LIMIT ?4",
    )?;
    let before = now.plus_secs(-KNOWN_SECS).as_micros();
    let row = params![substatus.number(), before, is_quiet, AGE_ISSUE_COUNT_STEP];
    let issues = statement.query_map(row, |row| {
        let project = ProjectId(row.column("project")?);
        Ok((IssueId(row.column("id")?), project))
    })?;
    let issues: Vec<_> = issues.collect::<Result<_, _>>()?;
    for (issue, project) in &issues {
        let mut stand = Folder::read(sql, *issue)?.stand;
        stand.open(Substatus::Ongoing, now);
        stand.write(sql, *issue)?;
        let (project, by) = (*project, Actor::System);
        let hand = Hand { project, by, now };
        let reason = match substatus {
            Substatus::New => "it is a week old",
            _ => "it was quiet for a week",
        };
        enter(
            sql,
            hand,
            *issue,
            (Deed::AutoSetOngoing, json!({ "reason": reason })),
        )?;
    }
    Ok(issues.len() as u64)
}

/// Some archived issues after `after`; the last of them.
fn look_after(
    sql: &Connection,
    after: IssueId,
    now: Timestamp,
    aged: &mut Aged,
) -> Result<Option<IssueId>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT id, project FROM issue WHERE status = 2 AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let issues = statement.query_map([after.0, i64::from(AGE_ISSUE_COUNT_STEP)], |row| {
        let project = ProjectId(row.column("project")?);
        Ok((IssueId(row.column("id")?), project))
    })?;
    let issues: Vec<_> = issues.collect::<Result<_, _>>()?;
    for (issue, project) in &issues {
        let mut stand = Folder::read(sql, *issue)?.stand;
        let Some(Condition::Archived(archiving)) = &mut stand.condition else {
            continue;
        };
        if is_over(archiving, now) {
            stand.open(Substatus::Ongoing, now);
            let (project, by) = (*project, Actor::System);
            let hand = Hand { project, by, now };
            let data = json!({ "reason": "the time of its archiving is over" });
            enter(sql, hand, *issue, (Deed::SetUnresolved, data))?;
            aged.opened += 1;
        } else if is_due(archiving, now) {
            archiving.hour_max = hour_max_of(sql, *issue, now)?;
            archiving.judged = now;
            aged.judged += 1;
        } else {
            continue;
        }
        stand.write(sql, *issue)?;
    }
    Ok(issues.last().map(|(issue, _)| *issue))
}

fn is_over(archiving: &Archiving, now: Timestamp) -> bool {
    matches!(archiving.until, Until::Met { time: Some(time), .. } if time <= now)
}

fn is_due(archiving: &Archiving, now: Timestamp) -> bool {
    let is_judged = archiving.until == Until::Escalating;
    is_judged && now.secs_since(archiving.judged) >= JUDGED_SECS
}

/// From how many events within an hour on an issue escalates: see `model::hour_max`.
pub(super) fn hour_max_of(
    sql: &Connection,
    issue: IssueId,
    now: Timestamp,
) -> Result<Option<u64>, Fault> {
    let folder = Folder::read(sql, issue)?;
    let last = hour_in(now);
    let week = count_in(ESCALATION_HOUR_COUNT as u64);
    let first = hour_in(folder.span.first_seen).clamp(last - week + 1, last);
    let mut counts: BTreeMap<i64, u64> = (first..=last).map(|hour| (hour, 0)).collect();
    let mut statement = sql.prepare_cached(
        "SELECT hour, times_seen FROM issue_hour WHERE issue = ?1 AND hour BETWEEN ?2 AND ?3",
    )?;
    for part in merge::family(sql, issue)? {
        let mut rows = statement.query([part.0, first, last])?;
        while let Some(row) = rows.next()? {
            let events = row.count("times_seen")?;
            *counts.entry(row.column("hour")?).or_default() += events;
        }
    }
    let hours: Vec<u64> = counts.into_values().collect();
    Ok(hour_max(&hours))
}
