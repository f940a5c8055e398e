//! Takes counts back: those of a forgotten issue out of its project's, so that the choices of a
//! filter shrink with what can be found; those of events that left an issue out of that issue's.
//!
//! Counts may hold a value under another name than those that are taken: by name or under
//! [`OTHER`], whoever came first. What is not found by name is taken from there.

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{IssueId, ProjectId, Timestamp};

use super::tally::{OTHER, Tag, Tally, USER};
use super::users::Users;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;

/// The statements for one table of tag counts; see `tally.rs`.
struct TagTable {
    /// Whether users of its owners are counted; see `users.rs`.
    has_users: bool,
    times: &'static str,
    lower: &'static str,
    delete: &'static str,
    lower_count: &'static str,
    delete_key: &'static str,
    delete_keys: &'static str,
}

macro_rules! tag_table {
    ($table:literal, $owner:literal, $has_users:literal) => {
        TagTable {
            has_users: $has_users,
            times: concat!(
                "SELECT times_seen FROM ",
                $table,
                " WHERE ",
                $owner,
                " = ?1 AND key = ?2 AND value = ?3"
            ),
            // When its last event left, an earlier moment stands until somebody looks.
            lower: concat!(
                "UPDATE ",
                $table,
                " SET times_seen = times_seen - ?4,
                     last_seen = CASE WHEN last_seen <= ?5 THEN min(last_seen, ?6)
                         ELSE last_seen END
                 WHERE ",
                $owner,
                " = ?1 AND key = ?2 AND value = ?3"
            ),
            delete: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $owner,
                " = ?1 AND key = ?2 AND value = ?3"
            ),
            lower_count: concat!(
                "UPDATE ",
                $table,
                " SET times_seen = times_seen - 1
                 WHERE ",
                $owner,
                " = ?1 AND key = ?2 AND value = '' AND times_seen > 0"
            ),
            delete_key: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ",
                $owner,
                " = ?1 AND key = ?2 AND value = ''
                 AND NOT EXISTS (SELECT 1 FROM ",
                $table,
                "
                     WHERE ",
                $owner,
                " = ?1 AND key = ?2 AND value > '' AND times_seen > 0)"
            ),
            delete_keys: concat!(
                "DELETE FROM ",
                $table,
                "
                 WHERE ",
                $owner,
                " = ?1 AND key = '' AND value = '' AND times_seen = 0"
            ),
        }
    };
}

const PROJECT_TAGS: TagTable = tag_table!("project_tag", "project", false);
const ISSUE_TAGS: TagTable = tag_table!("issue_tag", "issue", true);

/// The last event of what is taken, and what is said of a value whose last event that was.
type Moments = (Timestamp, Timestamp);

/// No moment changes.
const NEVER: i64 = i64::MIN;

/// Deletes the tags of an issue; how many rows there were.
pub(super) fn forget_tags(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
) -> Result<usize, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT key, value, times_seen FROM issue_tag WHERE issue = ?1 AND value <> ''",
    )?;
    let tags = statement.query_map([issue.0], |row| {
        let (key, value): (String, String) = (row.column("key")?, row.column("value")?);
        Ok((key, value, row.count("times_seen")?))
    })?;
    let never = (Timestamp::from_micros(NEVER), Timestamp::from_micros(NEVER));
    for tag in tags {
        let (key, value, times) = tag?;
        let tag = Tag {
            owner: project.0,
            key: &key,
            value: &value,
        };
        PROJECT_TAGS.take(sql, tag, (times, never))?;
    }
    let forgotten = sql
        .prepare_cached("DELETE FROM issue_tag WHERE issue = ?1")?
        .execute([issue.0])?;
    Ok(forgotten)
}

/// Takes the events of `left` out of the hours and tags of their issue. What their values were
/// seen by last is not known then: `first`, until [`review`].
pub(super) fn take_back(sql: &Connection, left: &Tally<'_>, first: Timestamp) -> Result<(), Fault> {
    let mut lower = sql.prepare_cached(
        "UPDATE issue_hour SET times_seen = times_seen - ?3 WHERE issue = ?1 AND hour = ?2",
    )?;
    let mut delete = sql.prepare_cached(
        "DELETE FROM issue_hour WHERE issue = ?1 AND hour = ?2 AND times_seen <= 0",
    )?;
    for ((issue, hour), times) in &left.hours {
        lower.execute(params![issue, hour, count_in(*times)])?;
        delete.execute([issue, hour])?;
    }
    for (tag, seen) in left.issue_tags() {
        ISSUE_TAGS.take(sql, tag, (seen.times, (seen.last, first)))?;
    }
    Ok(())
}

/// Says of the values of events that stayed when they were seen last, and counts the users that
/// are not counted by name.
pub(super) fn review(sql: &Connection, stayed: &Tally<'_>) -> Result<(), Fault> {
    let mut raise = sql.prepare_cached(
        "UPDATE issue_tag SET last_seen = max(last_seen, ?4)
         WHERE issue = ?1 AND key = ?2 AND value = ?3",
    )?;
    let mut users = Users::default();
    for (tag, seen) in stayed.issue_tags() {
        for (key, value) in tag.names() {
            let row = params![tag.owner, key, value, seen.last.as_micros()];
            if raise.execute(row)? > 0 {
                break;
            }
            if tag.key == USER {
                users.beyond(tag.owner, tag.value);
            }
        }
    }
    users.write(sql)?;
    Ok(())
}

impl<'a> Tag<'a> {
    /// Under what it may be counted: by name, or with others.
    fn names(&self) -> [(&'a str, &'a str); 3] {
        [(self.key, self.value), (self.key, OTHER), (OTHER, OTHER)]
    }
}

impl TagTable {
    /// Takes so many from the counts of a value, under whatever name they are.
    fn take(
        &self,
        sql: &Connection,
        tag: Tag<'_>,
        (mut times, moments): (u64, Moments),
    ) -> Result<(), Fault> {
        for (key, value) in tag.names() {
            let named = Tag { key, value, ..tag };
            times = self.take_named(sql, named, (times, moments))?;
        }
        Ok(())
    }

    /// Takes up to `times` from a count; what could not be taken.
    fn take_named(
        &self,
        sql: &Connection,
        Tag { owner, key, value }: Tag<'_>,
        (times, (last, first)): (u64, Moments),
    ) -> Result<u64, Fault> {
        if times == 0 {
            return Ok(0);
        }
        let stored: Option<u64> = sql
            .prepare_cached(self.times)?
            .query_row(params![owner, key, value], |row| row.count("times_seen"))
            .optional()?;
        let Some(stored) = stored else {
            return Ok(times);
        };
        // The others of a project stay: who asks what there is must know that there are more.
        let stays = value == OTHER && !self.has_users;
        if stored > times || stays {
            let (last, first) = (last.as_micros(), first.as_micros());
            let row = params![owner, key, value, count_in(times.min(stored)), last, first];
            sql.prepare_cached(self.lower)?.execute(row)?;
            return Ok(times.saturating_sub(stored));
        }
        sql.prepare_cached(self.delete)?
            .execute(params![owner, key, value])?;
        if value != OTHER {
            self.lose_value(sql, owner, key)?;
        }
        Ok(times - stored)
    }

    /// A key has one value less; without any, the key goes too.
    fn lose_value(&self, sql: &Connection, owner: i64, key: &str) -> Result<(), Fault> {
        if self.has_users && key == USER && users_are_many(sql, owner)? {
            // Somebody else would take the place, who may be counted already.
            return Ok(());
        }
        sql.prepare_cached(self.lower_count)?
            .execute(params![owner, key])?;
        let gone = sql
            .prepare_cached(self.delete_key)?
            .execute(params![owner, key])?;
        if gone > 0 {
            sql.prepare_cached(self.lower_count)?
                .execute(params![owner, ""])?;
            sql.prepare_cached(self.delete_keys)?.execute([owner])?;
        }
        Ok(())
    }
}

/// Whether an issue has users that are not counted by name.
fn users_are_many(sql: &Connection, issue: i64) -> Result<bool, Fault> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM user_sketch WHERE issue = ?1")?;
    Ok(statement.exists([issue])?)
}
