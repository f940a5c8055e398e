//! Questions about many events at once: how many there are over time, and how many of which kind.
//! Bounded in rows, bodies, groups and time; every answer says how much was looked at.

mod field;
mod tally;

use std::fmt;
use std::time::Duration;

use watchpost_model::{IssueId, ProjectId, Timestamp};

pub use self::field::GroupField;
pub(crate) use self::tally::Tally;
use crate::EventFilter;
use crate::limits::{
    BUCKET_COUNT_MAX, EXPLORE_BODY_COUNT_MAX, EXPLORE_ROW_COUNT_MAX, GROUP_ROW_COUNT_MAX,
    SEARCH_TIME_MAX,
};

/// Which events a question is about, and how much it may cost.
#[derive(Clone, Debug)]
pub struct EventsAsked<'a> {
    /// Of these projects.
    pub projects: &'a [ProjectId],
    /// Of these, which fit. Without `since` all that are stored.
    pub filter: EventFilter,
    /// Events that are looked at, the newest; at most [`EXPLORE_ROW_COUNT_MAX`].
    pub row_count_max: u64,
    /// Of these, events that are opened; at most [`EXPLORE_BODY_COUNT_MAX`].
    pub body_count_max: usize,
    /// How long it may take; at most [`SEARCH_TIME_MAX`].
    pub time_max: Duration,
}

impl<'a> EventsAsked<'a> {
    /// As much as a question may cost.
    pub fn new(projects: &'a [ProjectId], filter: EventFilter) -> Self {
        Self {
            projects,
            filter,
            row_count_max: EXPLORE_ROW_COUNT_MAX,
            body_count_max: EXPLORE_BODY_COUNT_MAX,
            time_max: SEARCH_TIME_MAX,
        }
    }
}

/// Equal pieces of time. Events are in the piece in which they were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Where the first begins.
    pub since: Timestamp,
    /// How long each is; at least one second.
    pub secs: i64,
    /// How many; at most [`BUCKET_COUNT_MAX`].
    pub count: usize,
}

impl Buckets {
    /// So many pieces of a length, the last of which contains `now`; they begin at whole multiples
    /// of the length.
    pub fn until(now: Timestamp, secs: i64, count: usize) -> Self {
        let secs = secs.max(1);
        let count = count.clamp(1, BUCKET_COUNT_MAX);
        let last = now.as_secs().div_euclid(secs).saturating_mul(secs);
        let before = i64::try_from(count).unwrap_or(i64::MAX).saturating_sub(1);
        let since = last.saturating_sub(before.saturating_mul(secs));
        let since = Timestamp::from_secs(since);
        Self { since, secs, count }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count.clamp(1, BUCKET_COUNT_MAX)
    }

    /// There is always one.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Where one begins; behind the last one, where that ends.
    pub fn start(&self, place: usize) -> Timestamp {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        self.since.plus_secs(place.saturating_mul(self.secs.max(1)))
    }

    /// Where the last one ends.
    pub fn end(&self) -> Timestamp {
        self.start(self.len())
    }

    /// Which one a moment is in.
    pub(crate) fn place(&self, micros: i64) -> Option<usize> {
        let width = self.secs.max(1).saturating_mul(1_000_000);
        let place = micros
            .checked_sub(self.since.as_micros())?
            .div_euclid(width);
        usize::try_from(place)
            .ok()
            .filter(|place| *place < self.len())
    }
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Events, whether they fit or not.
    pub events: u64,
    /// Of these, events that were opened.
    pub opened: u64,
    /// Of older events nothing was looked at, although they were asked for.
    pub cut: Option<Timestamp>,
}

/// That something was left out, for people.
impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, how) = match self.opened {
            0 => (self.events, "looked at"),
            opened => (opened, "opened"),
        };
        if self.cut.is_none() {
            return write!(f, "{count} events were {how}.");
        }
        write!(
            f,
            "Only the newest {count} events were {how}, as many as one question may. A shorter \
             period or another filter narrows it."
        )
    }
}

/// How many events there are over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// One count for each bucket.
    pub counts: Vec<u64>,
    /// How much was looked at.
    pub extent: Extent,
}

/// What groups are ordered by. Equal ones are ordered by their values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupOrder {
    /// How many events.
    #[default]
    Events,
    /// How many users.
    Users,
    /// When the first event was received.
    First,
    /// When the last one was.
    Last,
    /// The values.
    Values,
}

/// How events are put into groups.
#[derive(Clone, Debug, Default)]
pub struct GroupQuery {
    /// What those of a group have in common, at most [`crate::limits::GROUP_FIELD_COUNT_MAX`];
    /// without any, all events are one group.
    pub fields: Vec<GroupField>,
    /// The order of the groups.
    pub order: GroupOrder,
    /// The smallest first.
    pub is_ascending: bool,
    /// Groups that are told; at most [`GROUP_ROW_COUNT_MAX`].
    pub limit: usize,
    /// Also how many there are over time.
    pub buckets: Option<Buckets>,
    /// Issues that another one shows, each with that one.
    pub merged: Vec<(IssueId, IssueId)>,
}

impl GroupQuery {
    /// By these fields, the most frequent first.
    pub fn by(fields: Vec<GroupField>) -> Self {
        Self {
            fields,
            limit: GROUP_ROW_COUNT_MAX,
            ..Self::default()
        }
    }
}

/// Events that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventGroup {
    /// What they have in common, one value for each field; empty where they have none.
    pub values: Vec<String>,
    /// How many.
    pub events: u64,
    /// Different users among them, exactly.
    pub users: u64,
    /// When the first of those that were looked at was received.
    pub first: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
}

/// The events of one value of the first field, over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The value; `None` for all others together.
    pub value: Option<String>,
    /// One count for each bucket.
    pub counts: Vec<u64>,
}

/// What there is of which kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventGroups {
    /// The groups, in the order that was asked for.
    pub rows: Vec<EventGroup>,
    /// How many groups there are.
    pub group_count: u64,
    /// Events of further groups, which were met when there were
    /// [`crate::limits::GROUP_COUNT_MAX`] already, or of more groups than one event may be in.
    pub others: u64,
    /// Events that fit.
    pub events: u64,
    /// The most frequent values of the first field over time, and the others together; without
    /// fields one of all.
    pub series: Vec<Series>,
    /// How much was looked at.
    pub extent: Extent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_whole_and_the_last_contains_now() {
        let hour = 3600;
        let buckets = Buckets::until(Timestamp::from_secs(100 * hour + 59), hour, 24);
        assert_eq!(buckets.since, Timestamp::from_secs(77 * hour));
        assert_eq!(buckets.end(), Timestamp::from_secs(101 * hour));
        let place = |secs: i64| buckets.place(Timestamp::from_secs(secs).as_micros());
        assert_eq!(place(77 * hour - 1), None);
        assert_eq!(place(77 * hour), Some(0));
        assert_eq!(place(100 * hour + 3599), Some(23));
        assert_eq!(place(101 * hour), None);
        assert_eq!(buckets.place(i64::MIN), None);
        let odd = Buckets::until(Timestamp::from_secs(-1), 0, usize::MAX);
        assert_eq!((odd.secs, odd.len()), (1, BUCKET_COUNT_MAX));
        assert!(!odd.is_empty());
    }

    #[test]
    fn what_was_left_out_is_said() {
        let mut extent = Extent {
            events: 12,
            ..Extent::default()
        };
        assert_eq!(extent.to_string(), "12 events were looked at.");
        extent.opened = 7;
        extent.cut = Some(Timestamp::from_secs(1));
        let told = extent.to_string();
        assert!(
            told.starts_with("Only the newest 7 events were opened"),
            "{told}"
        );
    }
}
