//! The bound on new issues (I31): what does not fit into a project's hour goes into one issue.
//!
//! The hour is that of an event's receipt, and the count is kept with the project in the same
//! transaction, so a replay decides the same.

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{Grouped, GroupingHash, ProjectId, Timestamp};

use crate::sqlite::columns::{count_in, hour_in};
use crate::sqlite::fault::Fault;

/// The one key of a project's issue for too many issues. Version 0 is nobody else's: the versions
/// of grouping begin at 1.
pub(super) const HASH: GroupingHash = GroupingHash {
    version: 0,
    digest: *b"too many issues.",
};

const KIND: &str = "Too many new issues";

/// What an issue is called.
pub(super) struct Face<'a> {
    pub(super) title: String,
    pub(super) kind: &'a str,
    pub(super) value: &'a str,
    pub(super) culprit: &'a str,
}

impl<'a> Face<'a> {
    /// After its first event.
    pub(super) fn of(grouped: &'a Grouped) -> Self {
        Self {
            title: grouped.title.clone(),
            kind: &grouped.kind,
            value: &grouped.value,
            culprit: &grouped.culprit,
        }
    }

    /// The issue for too many issues; `value` is [`value`].
    pub(super) fn of_overflow(value: &'a str) -> Self {
        Self {
            title: format!("{KIND}: {value}"),
            kind: KIND,
            value,
            culprit: "",
        }
    }
}

/// What words of a search look into.
pub(super) fn haystack(title: &str, culprit: &str) -> String {
    format!("{title}\n{culprit}").to_lowercase()
}

/// What happened, in the title of the issue.
pub(super) fn value(max: u64) -> String {
    format!("more than {max} in one hour, further kinds of events are collected here")
}

/// Why an event is in it, for the event's explanation.
pub(super) fn note(received: Timestamp, max: u64) -> String {
    let hour = received.floor_to_hour();
    format!(
        "collected here because the project opened {max} new issues in the hour from {hour}; the \
         next event of this kind after that hour can open an issue of its own"
    )
}

/// The number of a new issue; `None` when the project has opened `max` in this hour.
///
/// Events of the hour before count into the present one: they arrive mixed. An hour that is
/// earlier than that means that the clock was set back, and counting begins anew.
pub(super) fn next_number(
    sql: &Connection,
    project: ProjectId,
    received: Timestamp,
    max: u64,
) -> Result<Option<i64>, Fault> {
    let mut statement = sql.prepare_cached(
        "UPDATE project SET
             last_number = last_number + 1,
             new_issue_count =
                 CASE WHEN ?2 - new_issue_hour IN (0, -1) THEN new_issue_count + 1 ELSE 1 END,
             new_issue_hour =
                 CASE WHEN ?2 - new_issue_hour = -1 THEN new_issue_hour ELSE ?2 END
         WHERE id = ?1 AND ?3 > 0
             AND (new_issue_count < ?3 OR ?2 - new_issue_hour NOT IN (0, -1))
         RETURNING last_number",
    )?;
    let row = params![project.0, hour_in(received), count_in(max)];
    Ok(statement.query_row(row, |row| row.get(0)).optional()?)
}

/// A number beyond the bound.
pub(super) fn own_number(sql: &Connection, project: ProjectId) -> Result<i64, Fault> {
    let number: Option<i64> = sql
        .prepare_cached(
            "UPDATE project SET last_number = last_number + 1 WHERE id = ?1 RETURNING last_number",
        )?
        .query_row([project.0], |row| row.get(0))
        .optional()?;
    number.ok_or(Fault::missing("project"))
}
