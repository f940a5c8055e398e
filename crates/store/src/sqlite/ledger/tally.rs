//! Counters per hour and per tag value: added up over a batch, then written in key order.
//!
//! Both dimensions of tags are bounded (I32): the first [`KEY_COUNT_MAX`] keys of an issue or a
//! project and the first [`VALUE_COUNT_MAX`] values of each key are counted by name, everything
//! later under [`OTHER`]. So no stream of events can make the ledger grow without end.

use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{Event, Grouped, IssueId, Timestamp};

use crate::archive::user_of;
use crate::sqlite::columns::{Columns, count_in, hour_in};
use crate::sqlite::fault::Fault;

/// Tag keys of an issue or a project that are counted by name.
const KEY_COUNT_MAX: u64 = 200;
/// Values of one key that are counted by name.
const VALUE_COUNT_MAX: u64 = 1000;
/// What everything above these bounds is counted under.
const OTHER: &str = "(other)";

/// See the file.
#[derive(Default)]
pub(super) struct Tally<'a> {
    hours: HashMap<(i64, i64), u64>,
    issue_tags: HashMap<Tag<'a>, Seen>,
    project_tags: HashMap<Tag<'a>, Seen>,
}

/// A value of a tag of an issue or a project.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Tag<'a> {
    owner: i64,
    key: &'a str,
    value: &'a str,
}

/// How often, and when last.
#[derive(Clone, Copy, Default)]
struct Seen {
    times: u64,
    last: Timestamp,
}

impl<'a> Tally<'a> {
    /// Counts one event.
    pub(super) fn count(&mut self, issue: IssueId, grouped: &'a Grouped) {
        let moment = grouped.event.timestamp;
        *self.hours.entry((issue.0, hour_in(moment))).or_default() += 1;
        for (key, value) in tags_of(&grouped.event) {
            let owner = issue.0;
            see(&mut self.issue_tags, Tag { owner, key, value }, moment);
            let owner = grouped.project.0;
            see(&mut self.project_tags, Tag { owner, key, value }, moment);
        }
    }

    /// Adds the counts to the stored ones.
    pub(super) fn write(self, sql: &Connection) -> Result<(), Fault> {
        let mut statement = sql.prepare_cached(
            "INSERT INTO issue_hour (issue, hour, times_seen) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET times_seen = times_seen + excluded.times_seen",
        )?;
        for ((issue, hour), times) in sorted(self.hours) {
            statement.execute(params![issue, hour, count_in(times)])?;
        }
        for (tag, seen) in sorted(self.issue_tags) {
            ISSUE_TAGS.add(sql, tag, seen)?;
        }
        for (tag, seen) in sorted(self.project_tags) {
            PROJECT_TAGS.add(sql, tag, seen)?;
        }
        Ok(())
    }
}

fn see<'a>(tags: &mut HashMap<Tag<'a>, Seen>, tag: Tag<'a>, moment: Timestamp) {
    let seen = tags.entry(tag).or_insert(Seen {
        times: 0,
        last: moment,
    });
    seen.times += 1;
    seen.last = seen.last.max(moment);
}

/// In the order of the table's key, so that neighbours are written together.
fn sorted<K: Ord + Hash, V>(counts: HashMap<K, V>) -> Vec<(K, V)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    counts
}

/// What an event is counted by: its own fields first, then its tags but those that only repeat a
/// field. Empty keys and values are not counted.
fn tags_of(event: &Event) -> impl Iterator<Item = (&str, &str)> {
    let request = event.request.as_ref();
    let fields = [
        ("level", Some(event.level.name())),
        ("logger", event.logger.as_deref()),
        ("server_name", event.server_name.as_deref()),
        ("site", event.site.as_deref()),
        ("release", event.release.as_deref()),
        ("environment", event.environment.as_deref()),
        ("url", request.and_then(|request| request.url.as_deref())),
        ("user", user_of(event)),
    ];
    let tags = event.tags.iter();
    let tags = tags.map(|tag| (tag.key.as_str(), tag.value.as_str()));
    let repeats = move |key: &str| {
        fields
            .iter()
            .any(|(name, value)| *name == key && value.is_some())
    };
    let tags = tags.filter(move |(key, _)| !repeats(key));
    let fields = fields.into_iter();
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
    upsert: "INSERT INTO issue_tag (issue, key, value, times_seen, last_seen)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
             SET times_seen = times_seen + excluded.times_seen,
                 last_seen = max(last_seen, excluded.last_seen)",
};

const PROJECT_TAGS: TagTable = TagTable {
    times: "SELECT times_seen FROM project_tag WHERE project = ?1 AND key = ?2 AND value = ?3",
    bump: "UPDATE project_tag
           SET times_seen = times_seen + ?4, last_seen = max(last_seen, ?5)
           WHERE project = ?1 AND key = ?2 AND value = ?3",
    upsert: "INSERT INTO project_tag (project, key, value, times_seen, last_seen)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
             SET times_seen = times_seen + excluded.times_seen,
                 last_seen = max(last_seen, excluded.last_seen)",
};

impl TagTable {
    /// Adds to the count of a value, under its name or under [`OTHER`].
    fn add(&self, sql: &Connection, tag: Tag<'_>, seen: Seen) -> Result<(), Fault> {
        let Tag { owner, key, value } = tag;
        if run(sql, self.bump, tag, seen)? > 0 {
            return Ok(());
        }
        let one = Seen { times: 1, ..seen };
        let keys = Tag {
            owner,
            key: "",
            value: "",
        };
        let values = Tag {
            owner,
            key,
            value: "",
        };
        let counted = match self.times(sql, values)? {
            Some(count) if count < VALUE_COUNT_MAX => {
                run(sql, self.upsert, values, one)?;
                tag
            }
            Some(_) => Tag {
                owner,
                key,
                value: OTHER,
            },
            None if self.times(sql, keys)?.unwrap_or(0) < KEY_COUNT_MAX => {
                run(sql, self.upsert, keys, one)?;
                run(sql, self.upsert, values, one)?;
                tag
            }
            None => Tag {
                owner,
                key: OTHER,
                value: OTHER,
            },
        };
        debug_assert!(!value.is_empty(), "`tags_of` leaves empty values out");
        run(sql, self.upsert, counted, seen)?;
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

fn run(sql: &Connection, statement: &str, tag: Tag<'_>, seen: Seen) -> Result<usize, Fault> {
    let (times, last) = (count_in(seen.times), seen.last.as_micros());
    let changed = sql
        .prepare_cached(statement)?
        .execute(params![tag.owner, tag.key, tag.value, times, last])?;
    Ok(changed)
}
