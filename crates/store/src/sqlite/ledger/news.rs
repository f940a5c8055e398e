//! Values of tags within an issue: all of one tag, and those that the project did not know before.

use rusqlite::{Connection, params};
use watchpost_model::{IssueId, ProjectId, Timestamp};

use crate::limits::{NEWCOMER_COUNT_MAX, TAG_VALUE_COUNT_MAX};
use crate::sqlite::columns::{Columns, limit_in};
use crate::sqlite::fault::Fault;
use crate::{IssueValue, Newcomer};

/// Values of merged issues add up; of each there are not more than are counted by name.
const VALUES_MAX: usize = 100_000;

/// See [`crate::OutsideLedger::issue_tag_values`].
pub(super) fn values(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
    key: &str,
    (skip, limit): (usize, usize),
) -> Result<(Vec<IssueValue>, u64), Fault> {
    // The first time is not known when one of them does not know it.
    let mut statement = sql.prepare_cached(
        "SELECT value, sum(times_seen) AS times_seen, max(last_seen) AS last_seen,
             CASE WHEN count(first_seen) = count(*) THEN min(first_seen) END AS first_seen,
             count(*) OVER () AS value_count
         FROM issue_tag
         WHERE issue IN (SELECT id FROM issue WHERE id = ?1 AND project = ?2
                 UNION ALL SELECT id FROM issue WHERE merged_into = ?1 AND project = ?2)
             AND key = ?3 AND value <> ''
         GROUP BY value ORDER BY times_seen DESC, value LIMIT ?4 OFFSET ?5",
    )?;
    let max = usize::try_from(TAG_VALUE_COUNT_MAX).unwrap_or(VALUES_MAX) + 1;
    let (limit, skip) = (limit_in(limit, max), limit_in(skip, VALUES_MAX));
    let mut rows = statement.query(params![issue.0, project.0, key, limit, skip])?;
    let (mut values, mut count) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        count = row.count("value_count")?;
        values.push(IssueValue {
            value: row.column("value")?,
            times_seen: row.count("times_seen")?,
            first_seen: row.moment_if_any("first_seen")?,
            last_seen: row.moment("last_seen")?,
        });
    }
    Ok((values, count))
}

/// See [`crate::OutsideLedger::newcomers`].
pub(super) fn newcomers(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
    keys: &[&str],
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Newcomer>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT tag.value, known.first_seen FROM issue_tag AS tag
         JOIN project_tag AS known
             ON known.project = ?2 AND known.key = tag.key AND known.value = tag.value
         WHERE tag.issue IN (SELECT id FROM issue WHERE id = ?1 AND project = ?2
                 UNION ALL SELECT id FROM issue WHERE merged_into = ?1 AND project = ?2)
             AND tag.key = ?3 AND tag.value NOT IN ('', '(other)')
             AND known.first_seen BETWEEN ?4 AND ?5
         GROUP BY tag.value ORDER BY known.first_seen, tag.value LIMIT ?6",
    )?;
    let mut newcomers = Vec::new();
    for key in keys {
        let row = params![
            issue.0,
            project.0,
            key,
            from.as_micros(),
            to.as_micros(),
            NEWCOMER_COUNT_MAX,
        ];
        let rows = statement.query_map(row, |row| {
            Ok(Newcomer {
                key: (*key).to_owned(),
                value: row.column("value")?,
                first_seen: row.moment("first_seen")?,
            })
        })?;
        for row in rows {
            newcomers.push(row?);
        }
    }
    newcomers.truncate(usize::try_from(NEWCOMER_COUNT_MAX).unwrap_or(usize::MAX));
    Ok(newcomers)
}
