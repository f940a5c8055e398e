//! Reading the counters of issues and projects: events per hour, values of tags.

use rusqlite::{Connection, Row, params};
use watchpost_model::{IssueId, ProjectId, Timestamp, Trend};

use crate::TagCount;
use crate::sqlite::columns::{Columns, hour_in, hour_out, limit_in};
use crate::sqlite::fault::Fault;

/// More values of one tag are not kept, see `tally`.
const VALUE_COUNT_MAX: usize = 1001;

/// Events per hour, issue by issue in the order asked for, each with its oldest hour first.
pub(super) fn hourly(
    sql: &Connection,
    project: ProjectId,
    issues: &[IssueId],
    since: Timestamp,
) -> Result<Vec<(IssueId, Timestamp, u64)>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT hour, sum(times_seen) AS times_seen FROM issue_hour
         WHERE issue IN (SELECT id FROM issue WHERE id = ?1 AND project = ?2
                 UNION ALL SELECT id FROM issue WHERE merged_into = ?1 AND project = ?2)
             AND hour >= ?3
         GROUP BY hour ORDER BY hour",
    )?;
    let mut bars = Vec::new();
    for issue in issues {
        let mut rows = statement.query(params![issue.0, project.0, hour_in(since)])?;
        while let Some(row) = rows.next()? {
            let hour = hour_out(row.column("hour")?);
            bars.push((*issue, hour, row.count("times_seen")?));
        }
    }
    Ok(bars)
}

/// How much happens these days, of the events that are counted for an issue itself.
pub(super) fn trend(sql: &Connection, issue: IssueId) -> Result<Trend, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT trend(hour, times_seen) AS trend FROM issue_hour WHERE issue = ?1",
    )?;
    Ok(Trend(
        statement.query_row([issue.0], |row| row.column("trend"))?,
    ))
}

/// See [`crate::IssueLedger::issue_tags`].
pub(super) fn issue_tags(
    sql: &Connection,
    project: ProjectId,
    issue: IssueId,
    limit: usize,
) -> Result<Vec<TagCount>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT key, value, times_seen, last_seen FROM (
             SELECT key, value, sum(times_seen) AS times_seen, max(last_seen) AS last_seen,
                 row_number() OVER (
                     PARTITION BY key ORDER BY sum(times_seen) DESC, value) AS place
             FROM issue_tag
             WHERE issue IN (SELECT id FROM issue WHERE id = ?1 AND project = ?2
                     UNION ALL SELECT id FROM issue WHERE merged_into = ?1 AND project = ?2)
                 AND value <> ''
             GROUP BY key, value)
         WHERE place <= ?3 ORDER BY key, place",
    )?;
    let limit = limit_in(limit, VALUE_COUNT_MAX);
    let rows = statement.query_map(params![issue.0, project.0, limit], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See [`crate::IssueLedger::value_counts`]. The number of values is kept beside them, so this
/// costs one look per issue, however many values there are; values of merged issues are compared.
pub(super) fn value_counts(
    sql: &Connection,
    project: ProjectId,
    issues: &[IssueId],
    key: &str,
) -> Result<Vec<(IssueId, u64)>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT tag.times_seen AS value_count
         FROM issue JOIN issue_tag AS tag ON tag.issue = issue.id
         WHERE issue.id = ?1 AND issue.project = ?2 AND tag.key = ?3 AND tag.value = ''
             AND NOT EXISTS (SELECT 1 FROM issue AS part WHERE part.merged_into = ?1)
         UNION ALL
         SELECT count(DISTINCT value) AS value_count FROM issue_tag
         WHERE EXISTS (SELECT 1 FROM issue AS part WHERE part.merged_into = ?1)
             AND issue IN (SELECT id FROM issue WHERE id = ?1 AND project = ?2
                 UNION ALL SELECT id FROM issue WHERE merged_into = ?1 AND project = ?2)
             AND key = ?3 AND value <> ''
         HAVING value_count > 0",
    )?;
    let mut counts = Vec::new();
    for issue in issues {
        let mut rows = statement.query(params![issue.0, project.0, key])?;
        while let Some(row) = rows.next()? {
            counts.push((*issue, row.count("value_count")?));
        }
    }
    Ok(counts)
}

/// See [`crate::IssueLedger::tag_values`].
pub(super) fn tag_values(
    sql: &Connection,
    project: ProjectId,
    key: &str,
    limit: usize,
) -> Result<Vec<TagCount>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT key, value, times_seen, last_seen FROM project_tag
         WHERE project = ?1 AND key = ?2 AND value <> '' AND times_seen > 0
         ORDER BY times_seen DESC, value LIMIT ?3",
    )?;
    let limit = limit_in(limit, VALUE_COUNT_MAX);
    let rows = statement.query_map(params![project.0, key, limit], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See [`crate::IssueLedger::tag_keys`].
pub(super) fn tag_keys(sql: &Connection, project: ProjectId) -> Result<Vec<TagCount>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT key, '' AS value, sum(times_seen) AS times_seen, max(last_seen) AS last_seen
         FROM project_tag
         WHERE project = ?1 AND key <> '' AND value <> '' AND times_seen > 0 GROUP BY key",
    )?;
    let rows = statement.query_map([project.0], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<TagCount> {
    Ok(TagCount {
        key: row.column("key")?,
        value: row.column("value")?,
        times_seen: row.count("times_seen")?,
        last_seen: row.moment("last_seen")?,
    })
}
