//! The part of an issue that events change: read once per batch, written once per batch.

use rusqlite::{Connection, Row, params, params_from_iter};
use watchpost_model::{
    Condition, Event, Fix, Issue, IssueId, Level, Priority, ReleaseOrder, Resolution, Status,
    Substatus, Timestamp, Trend,
};

use super::mention::{Mention, columns, replace};
use crate::sqlite::columns::{Columns, count_in, json_if_any, json_in};
use crate::sqlite::fault::Fault;

/// The number in the column `status` of an issue that was merged into another.
pub(super) const MERGED: i64 = 3;

/// When an issue without events was first and last seen: after everything, and before.
pub(super) const NEVER: (Timestamp, Timestamp) = (Timestamp::MAX, Timestamp::MIN);

/// What an issue counts by itself: what it shows is more when others were merged into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first_seen: Timestamp,
    pub(super) last_seen: Timestamp,
    pub(super) times_seen: u64,
    pub(super) user_count: u64,
    pub(super) trend: Trend,
    pub(super) first_release: Option<Mention>,
    pub(super) last_release: Option<Mention>,
}

impl Span {
    /// Before its first event, which is at `moment`.
    pub(super) fn at(moment: Timestamp) -> Self {
        Self {
            first_seen: moment,
            last_seen: moment,
            times_seen: 0,
            user_count: 0,
            trend: Trend::NONE,
            first_release: None,
            last_release: None,
        }
    }

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            first_seen: row.moment("first_seen")?,
            last_seen: row.moment("last_seen")?,
            times_seen: row.count("times_seen")?,
            user_count: row.count("user_count")?,
            trend: Trend(row.column("trend")?),
            first_release: Mention::read(row, "first_release", "first_release_seen")?,
            last_release: Mention::read(row, "last_release", "last_release_seen")?,
        })
    }

    /// Counts one event.
    pub(super) fn add(&mut self, event: &Event) {
        let (moment, release) = (event.timestamp, event.release.as_deref());
        if let Some(release) = release.filter(|release| !release.is_empty()) {
            let first = self.first_release.as_ref();
            if first.is_none_or(|first| moment < first.at) {
                replace(&mut self.first_release, release, moment);
            }
            let last = self.last_release.as_ref();
            if last.is_none_or(|last| moment >= last.at) {
                replace(&mut self.last_release, release, moment);
            }
        }
        self.times_seen = self.times_seen.saturating_add(1);
        self.trend = self.trend.plus(Trend::of(moment, 1));
        self.first_seen = self.first_seen.min(moment);
        self.last_seen = self.last_seen.max(moment);
    }

    /// Takes the times of another for those that say [`NEVER`].
    pub(super) fn cover(&mut self, other: &Self) {
        let (never_first, never_last) = NEVER;
        if self.first_seen == never_first {
            self.first_seen = other.first_seen;
        }
        if self.last_seen == never_last {
            self.last_seen = other.last_seen;
        }
    }

    /// Adds what another issue counted; of users, who may be the same, the caller knows.
    pub(super) fn join(&mut self, other: &Self) {
        let moment = |mention: &Option<Mention>| mention.as_ref().map(|mention| mention.at);
        let (own, others) = (moment(&self.first_release), moment(&other.first_release));
        if others.is_some_and(|others| own.is_none_or(|own| others < own)) {
            self.first_release.clone_from(&other.first_release);
        }
        if moment(&other.last_release) > moment(&self.last_release) {
            self.last_release.clone_from(&other.last_release);
        }
        self.times_seen = self.times_seen.saturating_add(other.times_seen);
        self.trend = self.trend.plus(other.trend);
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
    }

    /// Writes what the row of an issue shows.
    pub(super) fn write(&self, sql: &Connection, issue: IssueId) -> Result<(), Fault> {
        let (release, at) = columns(self.first_release.as_ref());
        sql.prepare_cached(
            "UPDATE issue SET first_seen = ?2, first_release = ?3, first_release_seen = ?4
             WHERE id = ?1",
        )?
        .execute(params![issue.0, self.first_seen.as_micros(), release, at])?;
        self.write_more(sql, issue, true)
    }

    /// The same when the first event is still the first: most indexes stay as they are, that of
    /// users as well unless there are new ones.
    fn write_more(
        &self,
        sql: &Connection,
        issue: IssueId,
        has_new_users: bool,
    ) -> Result<(), Fault> {
        let (release, at) = columns(self.last_release.as_ref());
        let (last_seen, times_seen) = (self.last_seen.as_micros(), count_in(self.times_seen));
        let score = Issue::score_of(self.times_seen, self.last_seen);
        let (trend, users) = (self.trend.0, count_in(self.user_count));
        let values = params![
            issue.0, last_seen, times_seen, score, trend, release, at, users
        ];
        let (update, count) = if has_new_users {
            let all = "UPDATE issue SET last_seen = ?2, times_seen = ?3, score = ?4, trend = ?5,
                 last_release = ?6, last_release_seen = ?7, user_count = ?8 WHERE id = ?1";
            (all, 8)
        } else {
            let most = "UPDATE issue SET last_seen = ?2, times_seen = ?3, score = ?4, trend = ?5,
                 last_release = ?6, last_release_seen = ?7 WHERE id = ?1";
            (most, 7)
        };
        sql.prepare_cached(update)?
            .execute(params_from_iter(values.iter().take(count)))?;
        Ok(())
    }

    /// Writes what an issue has of its own beside what was merged into it.
    pub(super) fn write_own(&self, sql: &Connection, issue: IssueId) -> Result<(), Fault> {
        let (first, first_at) = columns(self.first_release.as_ref());
        let (last, last_at) = columns(self.last_release.as_ref());
        sql.prepare_cached(
            "INSERT OR REPLACE INTO issue_own (issue, first_seen, last_seen, times_seen,
                 user_count, first_release, last_release, first_release_seen, last_release_seen,
                 trend)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            issue.0,
            self.first_seen.as_micros(),
            self.last_seen.as_micros(),
            count_in(self.times_seen),
            count_in(self.user_count),
            first,
            last,
            first_at,
            last_at,
            self.trend.0,
        ])?;
        Ok(())
    }
}

/// Status and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) status: Status,
    pub(super) substatus: Option<Substatus>,
    /// Since when.
    pub(super) since: Timestamp,
    pub(super) condition: Option<Condition>,
    pub(super) resolved_at: Option<Timestamp>,
    pub(super) is_reviewed: bool,
    pub(super) priority: Priority,
    pub(super) is_priority_by_hand: bool,
    pub(super) level: Level,
}

impl Stand {
    /// Of an issue whose first event was just received.
    pub(super) fn new(event: &Event) -> Self {
        Self {
            status: Status::Unresolved,
            substatus: Some(Substatus::New),
            since: event.received,
            condition: None,
            resolved_at: None,
            is_reviewed: false,
            priority: Priority::of(event.level),
            is_priority_by_hand: false,
            level: event.level,
        }
    }

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            status: Status::from_number(row.column("status")?),
            substatus: Substatus::from_number(row.column("substatus")?),
            since: row.moment("since")?,
            condition: json_if_any(row.column("condition")?)?,
            resolved_at: row.moment_if_any("resolved_at")?,
            is_reviewed: row.column("reviewed")?,
            priority: Priority::from_number(row.column("priority")?),
            is_priority_by_hand: row.column("priority_by_hand")?,
            level: row.level("level")?,
        })
    }

    /// How it was resolved; one that was resolved by an older version was so at once.
    pub(super) fn resolution(&self) -> Resolution {
        let known = self.condition.as_ref().and_then(Condition::resolution);
        known.cloned().unwrap_or(Resolution {
            fix: Fix::Now,
            order: ReleaseOrder::Version,
            release_date: None,
            by: None,
        })
    }

    /// Opens it, as `substatus`.
    pub(super) fn open(&mut self, substatus: Substatus, since: Timestamp) {
        self.status = Status::Unresolved;
        self.substatus = Some(substatus);
        self.since = since;
        self.condition = None;
        // Somebody has to look at it again, unless it only grew old.
        self.is_reviewed &= substatus == Substatus::Ongoing;
        if !self.is_priority_by_hand {
            let usual = Priority::of(self.level);
            self.priority = match substatus {
                Substatus::Escalating => usual.raised(),
                _ => usual,
            };
        }
    }

    pub(super) fn write(&self, sql: &Connection, issue: IssueId) -> Result<(), Fault> {
        sql.prepare_cached(
            "UPDATE issue SET status = ?2, substatus = ?3, since = ?4, condition = ?5,
                 resolved_at = ?6, reviewed = ?7, priority = ?8, priority_by_hand = ?9
             WHERE id = ?1",
        )?
        .execute(params![
            issue.0,
            self.status.number(),
            self.substatus.map_or(0, Substatus::number),
            self.since.as_micros(),
            self.condition.as_ref().map(json_in),
            self.resolved_at.map(Timestamp::as_micros),
            self.is_reviewed,
            self.priority.number(),
            self.is_priority_by_hand,
        ])?;
        Ok(())
    }
}

/// See the file.
pub(super) struct Folder {
    pub(super) stand: Stand,
    pub(super) span: Span,
    /// The issue that it was merged into.
    pub(super) merged_into: Option<IssueId>,
    /// What it has of its own, when others were merged into it.
    pub(super) own: Option<Span>,
    /// Whether the stand has to be written.
    pub(super) is_moved: bool,
    /// By which version of the ownership rules it was judged.
    pub(super) owners_version: u64,
    stored: Stored,
}

/// What the row has already.
struct Stored {
    first_seen: Timestamp,
    first_release: Option<Timestamp>,
    times_seen: u64,
    user_count: u64,
}

impl Folder {
    /// Of an issue whose row has `span`.
    fn new(stand: Stand, span: Span) -> Self {
        Self {
            stand,
            merged_into: None,
            own: None,
            is_moved: false,
            owners_version: 0,
            stored: Stored {
                first_seen: span.first_seen,
                first_release: span.first_release.as_ref().map(|first| first.at),
                times_seen: span.times_seen,
                user_count: span.user_count,
            },
            span,
        }
    }

    /// Of an issue whose row was just inserted, with its first event and that one's user in it.
    /// Users are added up at the end of the batch, this one too.
    pub(super) fn inserted(stand: Stand, span: Span) -> Self {
        let mut folder = Self::new(stand, span);
        folder.span.user_count = 0;
        folder
    }

    pub(super) fn read(sql: &Connection, issue: IssueId) -> Result<Self, Fault> {
        let mut statement = sql.prepare_cached(
            "SELECT status, substatus, since, condition, resolved_at, reviewed, priority,
                 priority_by_hand, level, first_seen, last_seen, times_seen, user_count, trend,
                 first_release, last_release, first_release_seen, last_release_seen,
                 merged_into, owners_version,
                 EXISTS (SELECT 1 FROM issue AS part WHERE part.merged_into = issue.id) AS is_whole
             FROM issue WHERE id = ?1",
        )?;
        let (mut folder, is_whole) = statement.query_row([issue.0], |row| {
            let folder = Self::new(Stand::read(row)?, Span::read(row)?);
            let merged_into: Option<i64> = row.column("merged_into")?;
            let merged_into = merged_into.map(IssueId);
            Ok((
                Self {
                    merged_into,
                    owners_version: row.count("owners_version")?,
                    ..folder
                },
                row.column("is_whole")?,
            ))
        })?;
        if is_whole {
            folder.own = Some(own(sql, issue)?);
        }
        Ok(folder)
    }

    /// Writes what changed.
    pub(super) fn write(&self, sql: &Connection, issue: IssueId) -> Result<(), Fault> {
        let stored = &self.stored;
        let is_counted = self.span.times_seen != stored.times_seen;
        if is_counted || self.span.user_count != stored.user_count {
            let first_release = self.span.first_release.as_ref().map(|first| first.at);
            let is_same_start =
                self.span.first_seen == stored.first_seen && first_release == stored.first_release;
            if is_same_start {
                let has_new_users = self.span.user_count != stored.user_count;
                self.span.write_more(sql, issue, has_new_users)?;
            } else {
                self.span.write(sql, issue)?;
            }
            if let Some(own) = &self.own {
                own.write_own(sql, issue)?;
            }
        }
        if self.is_moved {
            self.stand.write(sql, issue)?;
        }
        Ok(())
    }
}

/// What an issue that others were merged into has of its own.
pub(super) fn own(sql: &Connection, issue: IssueId) -> Result<Span, Fault> {
    let mut statement = sql.prepare_cached("SELECT * FROM issue_own WHERE issue = ?1")?;
    Ok(statement.query_row([issue.0], Span::read)?)
}
