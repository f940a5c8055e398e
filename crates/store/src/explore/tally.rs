//! Counting events by their values, in bounded memory. Pure.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use watchpost_model::Timestamp;

use super::{Buckets, EventGroup, EventGroups, Extent, GroupOrder, GroupQuery, Series};
use crate::limits::{GROUP_BYTES_MAX, GROUP_COUNT_MAX, GROUP_ROW_COUNT_MAX, SERIES_COUNT_MAX};

/// The same in every process: users are compared by their hashes, which costs little memory.
type Hasher = BuildHasherDefault<DefaultHasher>;

/// What a set takes for one user: the hash, and as much room that waits for others.
const USER_BYTES: usize = 16;

/// See the file.
#[derive(Default)]
pub(crate) struct Tally {
    buckets: Option<Buckets>,
    groups: HashMap<String, Group>,
    /// Bytes of the values and users of `groups`.
    bytes: usize,
    /// By values of the first field.
    over_time: HashMap<String, Vec<u64>>,
    all_over_time: Vec<u64>,
    others: u64,
    events: u64,
    /// The key of the group in hand.
    key: String,
}

struct Group {
    values: Vec<String>,
    events: u64,
    users: HashSet<u64, Hasher>,
    first: i64,
    last: i64,
}

impl Tally {
    pub(crate) fn new(query: &GroupQuery) -> Self {
        let buckets = query.buckets;
        Self {
            buckets,
            all_over_time: vec![0; buckets.map_or(0, |buckets| buckets.len())],
            ..Self::default()
        }
    }

    /// An empty one, for a part of the events.
    pub(crate) fn fresh(&self) -> Self {
        Self {
            buckets: self.buckets,
            all_over_time: vec![0; self.all_over_time.len()],
            ..Self::default()
        }
    }

    /// Counts an event, whose groups [`Self::count`] is told.
    pub(crate) fn event(&mut self, received: i64) {
        self.events += 1;
        if let Some(place) = self.place(received) {
            add_at(&mut self.all_over_time, place, 1);
        }
    }

    /// Counts an event in the group of these values.
    pub(crate) fn count(&mut self, values: &[&str], user: &str, received: i64) {
        self.key.clear();
        for value in values {
            // A length before each: no value can look like two.
            let _ = write!(self.key, "{}:{value}", value.len());
        }
        if let Some(group) = self.groups.get_mut(&self.key) {
            self.bytes += group.add(user, received);
        } else if self.groups.len() < GROUP_COUNT_MAX && self.bytes < GROUP_BYTES_MAX {
            self.bytes += self.key.len();
            let mut group = Group {
                values: values.iter().map(|value| (*value).to_owned()).collect(),
                events: 0,
                users: HashSet::default(),
                first: received,
                last: received,
            };
            self.bytes += group.add(user, received);
            self.groups.insert(self.key.clone(), group);
        } else {
            self.others += 1;
        }
        let (Some(first), Some(place)) = (values.first(), self.place(received)) else {
            return;
        };
        if let Some(counts) = self.over_time.get_mut(*first) {
            add_at(counts, place, 1);
        } else if self.over_time.len() < GROUP_COUNT_MAX {
            let mut counts = vec![0; self.all_over_time.len()];
            add_at(&mut counts, place, 1);
            self.over_time.insert((*first).to_owned(), counts);
        }
    }

    /// Counts an event as one of groups that nobody is told.
    pub(crate) fn count_beyond(&mut self) {
        self.others += 1;
    }

    fn place(&self, received: i64) -> Option<usize> {
        self.buckets?.place(received)
    }

    /// Adds what was counted in another part.
    pub(crate) fn merge(&mut self, part: Self) {
        self.events += part.events;
        self.others += part.others;
        add_all(&mut self.all_over_time, &part.all_over_time);
        for (key, group) in part.groups {
            if let Some(known) = self.groups.get_mut(&key) {
                self.bytes += known.join(group);
            } else if self.groups.len() < GROUP_COUNT_MAX && self.bytes < GROUP_BYTES_MAX {
                self.bytes += key.len() + group.users.len() * USER_BYTES;
                self.groups.insert(key, group);
            } else {
                self.others += group.events;
            }
        }
        for (value, counts) in part.over_time {
            if let Some(known) = self.over_time.get_mut(&value) {
                add_all(known, &counts);
            } else if self.over_time.len() < GROUP_COUNT_MAX {
                self.over_time.insert(value, counts);
            }
        }
    }

    /// How many there are over time.
    pub(crate) fn into_counts(self) -> Vec<u64> {
        self.all_over_time
    }

    /// What was counted.
    pub(crate) fn finish(self, query: &GroupQuery, extent: Extent) -> EventGroups {
        let series = series(self.over_time, &self.all_over_time, query);
        let group_count = self.groups.len() as u64;
        let groups = self.groups.into_values();
        let mut rows: Vec<EventGroup> = groups
            .map(|group| EventGroup {
                values: group.values,
                events: group.events,
                users: group.users.len() as u64,
                first: Timestamp::from_micros(group.first),
                last: Timestamp::from_micros(group.last),
            })
            .collect();
        arrange(&mut rows, query);
        rows.truncate(query.limit.clamp(1, GROUP_ROW_COUNT_MAX));
        EventGroups {
            rows,
            group_count,
            others: self.others,
            events: self.events,
            series,
            extent,
        }
    }
}

impl Group {
    /// By how many bytes it has grown.
    fn add(&mut self, user: &str, received: i64) -> usize {
        self.events += 1;
        self.first = self.first.min(received);
        self.last = self.last.max(received);
        let is_new = !user.is_empty() && self.users.insert(Hasher::default().hash_one(user));
        if is_new { USER_BYTES } else { 0 }
    }

    /// By how many bytes it has grown.
    fn join(&mut self, other: Self) -> usize {
        let before = self.users.len();
        self.events += other.events;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.users.extend(other.users);
        (self.users.len() - before) * USER_BYTES
    }
}

fn arrange(rows: &mut [EventGroup], query: &GroupQuery) {
    let number = |row: &EventGroup| {
        let number = match query.order {
            GroupOrder::Events => i64::try_from(row.events).unwrap_or(i64::MAX),
            GroupOrder::Users => i64::try_from(row.users).unwrap_or(i64::MAX),
            GroupOrder::First => row.first.as_micros(),
            GroupOrder::Last => row.last.as_micros(),
            GroupOrder::Values => 0,
        };
        if query.is_ascending { number } else { !number }
    };
    rows.sort_by(|a, b| {
        let by_values = a.values.cmp(&b.values);
        let is_reversed = query.order == GroupOrder::Values && !query.is_ascending;
        let by_values = if is_reversed {
            by_values.reverse()
        } else {
            by_values
        };
        number(a).cmp(&number(b)).then(by_values)
    });
}

/// The most frequent values, and what is left of all. An event with several values is in the
/// series of each of them.
fn series(over_time: HashMap<String, Vec<u64>>, all: &[u64], query: &GroupQuery) -> Vec<Series> {
    if query.buckets.is_none() {
        return Vec::new();
    }
    let all = all.to_vec();
    if query.fields.is_empty() {
        return vec![Series {
            value: None,
            counts: all,
        }];
    }
    let mut values: Vec<(String, Vec<u64>)> = over_time.into_iter().collect();
    values
        .sort_by_cached_key(|(value, counts)| (Reverse(counts.iter().sum::<u64>()), value.clone()));
    let mut left = all;
    let mut series = Vec::new();
    for (value, counts) in values.into_iter().take(SERIES_COUNT_MAX) {
        for (left, count) in left.iter_mut().zip(&counts) {
            *left = left.saturating_sub(*count);
        }
        let value = Some(value);
        series.push(Series { value, counts });
    }
    if left.iter().any(|count| *count > 0) {
        series.push(Series {
            value: None,
            counts: left,
        });
    }
    series
}

fn add_at(counts: &mut [u64], place: usize, count: u64) {
    if let Some(known) = counts.get_mut(place) {
        *known += count;
    }
}

fn add_all(counts: &mut [u64], more: &[u64]) {
    for (count, more) in counts.iter_mut().zip(more) {
        *count += more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GroupField;

    fn query(field: &str) -> GroupQuery {
        GroupQuery {
            buckets: Some(Buckets::until(Timestamp::from_secs(99), 10, 10)),
            ..GroupQuery::by(vec![GroupField::parse(field).unwrap()])
        }
    }

    fn add(tally: &mut Tally, value: &str, user: &str, secs: i64) {
        let micros = Timestamp::from_secs(secs).as_micros();
        tally.event(micros);
        tally.count(&[value], user, micros);
    }

    #[test]
    fn parts_add_up_and_users_are_counted_once() {
        let query = query("release");
        let mut whole = Tally::new(&query);
        let mut part = whole.fresh();
        add(&mut whole, "1.0", "jo", 5);
        add(&mut part, "1.0", "jo", 95);
        add(&mut part, "1.0", "", 50);
        add(&mut part, "2.0", "al", 50);
        whole.merge(part);
        let groups = whole.finish(&query, Extent::default());
        let rows: Vec<_> = groups
            .rows
            .iter()
            .map(|row| (&*row.values[0], row.events, row.users, row.first.as_secs()))
            .collect();
        assert_eq!(rows, [("1.0", 3, 1, 5), ("2.0", 1, 1, 50)]);
        assert_eq!(
            (groups.events, groups.group_count, groups.others),
            (4, 2, 0)
        );
        let series: Vec<_> = groups
            .series
            .iter()
            .map(|one| one.counts.iter().sum::<u64>())
            .collect();
        assert_eq!(series, [3, 1]);
    }

    #[test]
    fn groups_are_bounded_and_the_rest_is_told() {
        let query = query("release");
        let mut tally = Tally::new(&query);
        let count = GROUP_COUNT_MAX + 7;
        for number in 0..count {
            add(&mut tally, &number.to_string(), "", 50);
        }
        let mut whole = Tally::new(&query);
        add(&mut whole, "first", "", 50);
        whole.merge(tally);
        let groups = whole.finish(&query, Extent::default());
        assert_eq!(groups.group_count, GROUP_COUNT_MAX as u64);
        assert_eq!((groups.others, groups.events), (8, count as u64 + 1));
        assert_eq!(groups.rows.len(), GROUP_ROW_COUNT_MAX);
        assert_eq!(groups.series.len(), SERIES_COUNT_MAX + 1);
        let all: u64 = groups.series.iter().flat_map(|one| &one.counts).sum();
        assert_eq!(all, groups.events);
    }

    #[test]
    fn users_take_memory() {
        let mut tally = Tally::default();
        tally.count(&["a"], "jo", 1);
        let one = tally.bytes;
        tally.count(&["a"], "jo", 2);
        assert_eq!(tally.bytes, one);
        let mut part = tally.fresh();
        for user in 0..10 {
            part.count(&["a"], &user.to_string(), 3);
        }
        let ten = part.bytes;
        assert_eq!(ten - one, 9 * USER_BYTES);
        tally.merge(part);
        assert_eq!(tally.bytes, one + 10 * USER_BYTES);
    }

    #[test]
    fn no_value_can_look_like_two() {
        let mut tally = Tally::default();
        tally.count(&["1:a", "b"], "", 1);
        tally.count(&["1:a1:b", ""], "", 1);
        tally.count(&["", "1:a1:b"], "", 1);
        assert_eq!(tally.groups.len(), 3);
    }
}
