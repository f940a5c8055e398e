//! Counters per hour and per tag value: added up over a batch, then written in key order.
//!
//! Both dimensions of tags are bounded (I32): the first [`TAG_KEY_COUNT_MAX`] keys of an issue or
//! a project and the first [`TAG_VALUE_COUNT_MAX`] values of each key are counted by name,
//! everything later under [`OTHER`]. So no stream of events can make the ledger grow without end.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use rusqlite::{Connection, OptionalExtension, Statement, params};
use watchpost_model::{
    CATEGORY_ERROR, Event, Grouped, IssueId, KeyId, Outcome, OutcomeCount, ProjectId, Timestamp,
};

use super::release::Releases;
use super::users::Users;
use super::{outcome, tombstone};
use crate::archive::user_of;
use crate::limits::{TAG_KEY_COUNT_MAX, TAG_VALUE_COUNT_MAX};
use crate::sqlite::columns::{Columns, count_in, hour_in};
use crate::sqlite::fault::Fault;

/// What everything above these bounds is counted under.
pub(super) const OTHER: &str = "(other)";

/// Fields of events that are counted like tags. They always have room.
pub(super) const FIELDS: [&str; 10] = [
    "level",
    "logger",
    "server_name",
    "site",
    "release",
    "environment",
    "url",
    USER,
    "user.id",
    "transaction",
];
/// Who was using the application.
pub(super) const USER: &str = "user";

/// See the file.
#[derive(Default)]
pub(super) struct Tally<'a> {
    pub(super) hours: HashMap<(i64, i64), u64>,
    /// By issue, one for each time: sorting those of an issue costs less than hashing each.
    issue_tags: BTreeMap<i64, Vec<(Tag<'a>, Seen)>>,
    /// Of the issues in `issue_tags`.
    projects: HashMap<i64, ProjectId>,
    ends: HashMap<(ProjectId, KeyId, Outcome, &'static str, Timestamp), u64>,
    releases: Releases<'a>,
    /// Events that were thrown away, by what their key leads to.
    pub(super) discarded: HashMap<i64, Seen>,
}

/// A value of a tag of an issue or a project.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Tag<'a> {
    pub(super) owner: i64,
    pub(super) key: &'a str,
    pub(super) value: &'a str,
}

/// How often, and when last.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) times: u64,
    pub(super) last: Timestamp,
}

impl Seen {
    pub(super) fn add(&mut self, times: u64, last: Timestamp) {
        // Moments before 1970 exist, so the first one counts whatever it is.
        self.last = if self.times == 0 {
            last
        } else {
            self.last.max(last)
        };
        self.times += times;
    }
}

impl<'a> Tally<'a> {
    /// Counts one event.
    pub(super) fn count(&mut self, issue: IssueId, grouped: &'a Grouped) {
        self.projects.insert(issue.0, grouped.project);
        self.count_again(issue, &grouped.event);
        self.releases.see(grouped);
    }

    /// Counts an event by issue only: its project knows it.
    pub(super) fn count_again(&mut self, issue: IssueId, event: &'a Event) {
        let (moment, owner) = (event.timestamp, issue.0);
        *self.hours.entry((owner, hour_in(moment))).or_default() += 1;
        let seen = Seen {
            times: 1,
            last: moment,
        };
        let tags = tags_of(event).map(|(key, value)| (Tag { owner, key, value }, seen));
        self.issue_tags.entry(owner).or_default().extend(tags);
    }

    /// The tags of each issue, in key order, each once.
    pub(super) fn issue_tags(&self) -> Vec<(Tag<'a>, Seen)> {
        let of_issues = self.issue_tags.values();
        of_issues.cloned().flat_map(added_up).collect()
    }

    /// Counts how an event ended and why, in the hour of its receipt.
    pub(super) fn end(&mut self, outcome: Outcome, reason: &'static str, grouped: &Grouped) {
        let hour = grouped.event.received.floor_to_hour();
        let end = (grouped.project, grouped.key, outcome, reason, hour);
        *self.ends.entry(end).or_default() += 1;
    }

    /// Adds the counts to the stored ones; by how many users each issue has more now.
    pub(super) fn write(self, sql: &Connection) -> Result<Vec<(IssueId, u64)>, Fault> {
        let mut statement = sql.prepare_cached(
            "INSERT INTO issue_hour (issue, hour, times_seen) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET times_seen = times_seen + excluded.times_seen",
        )?;
        for ((issue, hour), times) in sorted(self.hours) {
            statement.execute(params![issue, hour, count_in(times)])?;
        }
        let mut users = Users::default();
        let issue_tags = self.issue_tags.into_values();
        let issue_tags: Vec<_> = issue_tags.flat_map(added_up).collect();
        ISSUE_TAGS.write(sql, &issue_tags, &mut users)?;
        // Those of the project are counted issue by issue.
        let project_tags = added_up(together(&issue_tags, &self.projects));
        PROJECT_TAGS.write(sql, &project_tags, &mut Users::default())?;
        self.releases.write(sql)?;
        for (owner, thrown) in sorted(self.discarded) {
            tombstone::count(sql, owner, thrown)?;
        }
        for (end, quantity) in sorted(self.ends) {
            let (project, key, outcome, reason, hour) = end;
            let count = OutcomeCount {
                project: Some(project),
                key: Some(key),
                category: CATEGORY_ERROR.to_owned(),
                outcome,
                reason: reason.to_owned(),
                hour,
                quantity,
            };
            outcome::add(sql, &count)?;
        }
        users.write(sql)
    }
}

/// What the projects of issues have seen.
fn together<'a>(
    issue_tags: &[(Tag<'a>, Seen)],
    projects: &HashMap<i64, ProjectId>,
) -> Vec<(Tag<'a>, Seen)> {
    let tags = issue_tags.iter().filter_map(|(tag, seen)| {
        let owner = projects.get(&tag.owner)?.0;
        Some((Tag { owner, ..*tag }, *seen))
    });
    tags.collect()
}

/// In the order of the table's key, so that neighbours are written together, each once.
fn added_up(mut tags: Vec<(Tag<'_>, Seen)>) -> Vec<(Tag<'_>, Seen)> {
    tags.sort_unstable_by_key(|(tag, _)| *tag);
    tags.dedup_by(|(tag, more), (kept, seen)| {
        let is_same = tag == kept;
        if is_same {
            seen.add(more.times, more.last);
        }
        is_same
    });
    tags
}

/// In the order of the table's key, so that neighbours are written together.
fn sorted<K: Ord + Hash, V>(counts: HashMap<K, V>) -> Vec<(K, V)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    counts
}

/// The user's id when the word for the user is another one: searches look for both.
fn user_id_beside(event: &Event) -> Option<&str> {
    let id = event.user.as_ref()?.id.as_deref();
    id.filter(|_| id != user_of(event))
}

/// What an event is counted by: its own fields first, then its tags but those that only repeat a
/// field. Empty keys and values are not counted.
fn tags_of(event: &Event) -> impl Iterator<Item = (&str, &str)> {
    let request = event.request.as_ref();
    let values = [
        Some(event.level.name()),
        event.logger.as_deref(),
        event.server_name.as_deref(),
        event.site.as_deref(),
        event.release.as_deref(),
        event.environment.as_deref(),
        request.and_then(|request| request.url.as_deref()),
        user_of(event),
        user_id_beside(event),
        event.transaction.as_deref(),
    ];
    let tags = event.tags.iter();
    let tags = tags.map(|tag| (tag.key.as_str(), tag.value.as_str()));
    let repeats = move |key: &str| {
        FIELDS
            .iter()
            .zip(values)
            .any(|(name, value)| *name == key && value.is_some())
    };
    let tags = tags.filter(move |(key, _)| !repeats(key));
    let fields = FIELDS.into_iter().zip(values);
    fields
        .filter_map(|(key, value)| Some((key, value?)))
        .chain(tags)
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
}

/// The statements for one table of tag counts.
///
/// Beside the counts the table counts itself, in rows that lie next to what they are about: the
/// value "" of a key says how many values the key has, that of the key "" how many keys there are.
struct TagTable {
    times: &'static str,
    bump: &'static str,
    upsert: &'static str,
}

const ISSUE_TAGS: TagTable = TagTable {
    times: "SELECT times_seen FROM issue_tag WHERE issue = ?1 AND key = ?2 AND value = ?3",
    bump: "UPDATE issue_tag
           SET times_seen = times_seen + ?4, last_seen = max(last_seen, ?5)
           WHERE issue = ?1 AND key = ?2 AND value = ?3",
    upsert: "INSERT INTO issue_tag (issue, key, value, times_seen, last_seen, first_seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO UPDATE
             SET times_seen = times_seen + excluded.times_seen,
                 last_seen = max(last_seen, excluded.last_seen)",
};

const PROJECT_TAGS: TagTable = TagTable {
    times: "SELECT times_seen FROM project_tag WHERE project = ?1 AND key = ?2 AND value = ?3",
    bump: "UPDATE project_tag
           SET times_seen = times_seen + ?4, last_seen = max(last_seen, ?5)
           WHERE project = ?1 AND key = ?2 AND value = ?3",
    upsert: "INSERT INTO project_tag (project, key, value, times_seen, last_seen, first_seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT DO UPDATE
             SET times_seen = times_seen + excluded.times_seen,
                 last_seen = max(last_seen, excluded.last_seen)",
};

/// Names that are bounded in number: the keys of an owner, or the values of a key.
#[derive(Default)]
struct Names {
    /// How many are stored; `None` until somebody looked, and of a key that is new.
    stored: Option<u64>,
    /// Names that this batch brought.
    added: Seen,
    /// What found no room under its name.
    others: Seen,
}

impl Names {
    fn has_room(&self, max: u64) -> bool {
        self.stored.unwrap_or(0) + self.added.times < max
    }
}

/// What every batch runs, for a test that guards the keys.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 6] = [
    ISSUE_TAGS.times,
    ISSUE_TAGS.bump,
    ISSUE_TAGS.upsert,
    PROJECT_TAGS.times,
    PROJECT_TAGS.bump,
    PROJECT_TAGS.upsert,
];

impl TagTable {
    /// Adds to the counts of tags, which are in key order.
    fn write(
        &self,
        sql: &Connection,
        tags: &[(Tag<'_>, Seen)],
        users: &mut Users,
    ) -> Result<(), Fault> {
        let mut bump = sql.prepare_cached(self.bump)?;
        for of_owner in tags.chunk_by(|(left, _), (right, _)| left.owner == right.owner) {
            let mut keys = Names::default();
            for of_key in of_owner.chunk_by(|(left, _), (right, _)| left.key == right.key) {
                self.write_key((sql, &mut bump), &mut keys, of_key, users)?;
            }
            let owner = of_owner.first().map_or(0, |(tag, _)| tag.owner);
            self.note(sql, owner, ["", OTHER], &keys)?;
        }
        Ok(())
    }

    /// Adds to the counts of one key's values, each under its name or under [`OTHER`].
    fn write_key(
        &self,
        (sql, bump): (&Connection, &mut Statement<'_>),
        keys: &mut Names,
        tags: &[(Tag<'_>, Seen)],
        users: &mut Users,
    ) -> Result<(), Fault> {
        let mut values = Names::default();
        for (tag, seen) in tags {
            if run(bump, *tag, *seen)? > 0 {
                continue;
            }
            if values.stored.is_none() {
                values.stored = self.values_of(sql, keys, tag, seen)?;
            }
            if values.stored.is_none() {
                keys.others.add(seen.times, seen.last);
            } else if values.has_room(TAG_VALUE_COUNT_MAX) {
                run(&mut *sql.prepare_cached(self.upsert)?, *tag, *seen)?;
                values.added.add(1, seen.last);
            } else {
                values.others.add(seen.times, seen.last);
                if tag.key == USER {
                    users.beyond(tag.owner, tag.value);
                }
            }
        }
        let Some((tag, _)) = tags.first() else {
            return Ok(());
        };
        if tag.key == USER && values.added.times > 0 {
            users.named(tag.owner, values.added.times);
        }
        self.note(sql, tag.owner, [tag.key; 2], &values)
    }

    /// How many values the key of `tag` has; 0 for a new key, `None` when there is no room for it.
    fn values_of(
        &self,
        sql: &Connection,
        keys: &mut Names,
        tag: &Tag<'_>,
        seen: &Seen,
    ) -> Result<Option<u64>, Fault> {
        let counter = Tag { value: "", ..*tag };
        let stored = self.times(sql, counter)?;
        if stored.is_some() {
            return Ok(stored);
        }
        if keys.stored.is_none() {
            keys.stored = Some(self.times(sql, Tag { key: "", ..counter })?.unwrap_or(0));
        }
        // Filters by these must work whatever names a client invents.
        let is_field = FIELDS.contains(&tag.key);
        if !is_field && !keys.has_room(TAG_KEY_COUNT_MAX) {
            return Ok(None);
        }
        keys.added.add(1, seen.last);
        Ok(Some(0))
    }

    /// Writes how many names there are now, and what found no room: under the first and the second
    /// of `keys`.
    fn note(
        &self,
        sql: &Connection,
        owner: i64,
        keys: [&str; 2],
        names: &Names,
    ) -> Result<(), Fault> {
        let [of_counter, of_others] = keys;
        for (key, value, seen) in [
            (of_counter, "", names.added),
            (of_others, OTHER, names.others),
        ] {
            if seen.times > 0 {
                let tag = Tag { owner, key, value };
                run(&mut *sql.prepare_cached(self.upsert)?, tag, seen)?;
            }
        }
        Ok(())
    }

    fn times(&self, sql: &Connection, tag: Tag<'_>) -> Result<Option<u64>, Fault> {
        let mut statement = sql.prepare_cached(self.times)?;
        let row = statement.query_row(params![tag.owner, tag.key, tag.value], |row| {
            row.count("times_seen")
        });
        Ok(row.optional()?)
    }
}

fn run(statement: &mut Statement<'_>, tag: Tag<'_>, seen: Seen) -> Result<usize, Fault> {
    let (times, last) = (count_in(seen.times), seen.last.as_micros());
    Ok(statement.execute(params![tag.owner, tag.key, tag.value, times, last])?)
}
