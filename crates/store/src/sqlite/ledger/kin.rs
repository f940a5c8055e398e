//! Issues that were opened after a merge and look like what was merged: another variant of the
//! same problem. They are offered, never joined by themselves.

use rusqlite::{Connection, params};
use watchpost_model::{Deed, IssueId, ProjectId};

use super::folder::MERGED;
use crate::Kin;
use crate::limits::{KIN_COUNT_MAX, KIN_ISSUE_COUNT_MAX};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;

/// What was merged into an issue. Most are nothing but themselves, and no issue of the project has
/// to be looked at for those.
pub(super) const PARTS: &str = "SELECT 1 FROM issue WHERE merged_into = ?1";

/// See [`crate::LifeLedger::kin`]. Numbers of issues grow, so a greater one is later.
pub(super) fn kin(sql: &Connection, project: ProjectId, issue: IssueId) -> Result<Vec<Kin>, Fault> {
    if !sql.prepare_cached(PARTS)?.exists([issue.0])? {
        return Ok(Vec::new());
    }
    let mut statement = sql.prepare_cached(
        "WITH known AS (
             SELECT id, number, title, kind, culprit FROM issue WHERE id = ?2
             UNION ALL
             SELECT id, number, title, kind, culprit FROM issue WHERE merged_into = ?2),
         late AS (
             SELECT id, number, title, kind, culprit, times_seen, status FROM issue
             WHERE project = ?1 AND number > (SELECT max(number) FROM known)
             ORDER BY number DESC LIMIT ?3)
         SELECT late.id, late.title, late.times_seen, min(known.id) AS of,
             max(late.title = known.title) AS is_title
         FROM late JOIN known ON late.title = known.title
             OR (late.kind <> '' AND late.culprit <> ''
                 AND late.kind = known.kind AND late.culprit = known.culprit)
         WHERE late.status <> ?4 AND NOT EXISTS (
             SELECT 1 FROM activity WHERE activity.issue = late.id AND deed = ?5
                 AND data ->> '$.source' = CAST(?2 AS TEXT))
         GROUP BY late.id ORDER BY late.number DESC LIMIT ?6",
    )?;
    let row = params![
        project.0,
        issue.0,
        KIN_ISSUE_COUNT_MAX,
        MERGED,
        Deed::UnmergeDestination.name(),
        KIN_COUNT_MAX,
    ];
    let rows = statement.query_map(row, |row| {
        Ok(Kin {
            issue: IssueId(row.column("id")?),
            title: row.column("title")?,
            times_seen: row.count("times_seen")?,
            like: IssueId(row.column("of")?),
            is_title: row.column("is_title")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
