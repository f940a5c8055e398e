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

/// Each late issue is looked up among the parts, by its title and by its place: there may be
/// thousands of either. Only those that are offered are compared with each part.
const KIN: &str = "WITH known AS MATERIALIZED (
         SELECT id, number, title, kind, culprit FROM issue WHERE id = ?2
         UNION ALL
         SELECT id, number, title, kind, culprit FROM issue WHERE merged_into = ?2),
     late AS (
         SELECT id, number, title, kind, culprit, times_seen, status FROM issue
         WHERE project = ?1 AND number > (SELECT max(number) FROM known)
         ORDER BY number DESC LIMIT ?3),
     alike AS MATERIALIZED (
         SELECT * FROM late
         WHERE status <> ?4
             AND (title IN (SELECT title FROM known)
                 OR (kind <> '' AND culprit <> ''
                     AND (kind, culprit) IN (SELECT kind, culprit FROM known)))
             AND NOT EXISTS (
                 SELECT 1 FROM activity WHERE activity.issue = late.id AND deed = ?5
                     AND data ->> '$.source' = CAST(?2 AS TEXT))
         ORDER BY number DESC LIMIT ?6)
     SELECT alike.id, alike.title, alike.times_seen, min(known.id) AS of,
         max(alike.title = known.title) AS is_title
     FROM alike JOIN known ON alike.title = known.title
         OR (alike.kind <> '' AND alike.culprit <> ''
             AND alike.kind = known.kind AND alike.culprit = known.culprit)
     GROUP BY alike.id ORDER BY alike.number DESC";

/// See [`crate::LifeLedger::kin`]. Numbers of issues grow, so a greater one is later.
pub(super) fn kin(sql: &Connection, project: ProjectId, issue: IssueId) -> Result<Vec<Kin>, Fault> {
    if !sql.prepare_cached(PARTS)?.exists([issue.0])? {
        return Ok(Vec::new());
    }
    let mut statement = sql.prepare_cached(KIN)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::tests::plan;
    use crate::suite::temp_ledger;

    #[test]
    fn what_is_alike_is_looked_up_and_not_compared_with_each() {
        let ledger = temp_ledger();
        let plan = ledger.pool.read("explain", |sql| Ok(plan(sql, KIN)));
        let plan = plan.unwrap();
        let (before, after) = plan.split_once("MATERIALIZE alike").unwrap();
        let lists = after.matches("LIST SUBQUERY").count();
        assert_eq!((before.contains("SCAN known"), lists), (false, 2), "{plan}");
    }
}
