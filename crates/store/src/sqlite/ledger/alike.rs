//! Issues that look like another one: the same title, type or place, among the newest.

use rusqlite::{Connection, params};
use watchpost_model::{Issue, ProjectId};

use super::folder::MERGED;
use super::issue::read;
use crate::Alike;
use crate::limits::{ALIKE_COUNT_MAX, KIN_ISSUE_COUNT_MAX};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;

/// See [`crate::OutsideLedger::alike`].
pub(super) fn alike(
    sql: &Connection,
    project: ProjectId,
    issue: &Issue,
) -> Result<Vec<Alike>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT * FROM (
             SELECT *, title = ?3 AS is_title, kind <> '' AND kind = ?4 AS is_kind,
                 culprit <> '' AND culprit = ?5 AS is_culprit
             FROM (SELECT * FROM issue WHERE project = ?1 ORDER BY number DESC LIMIT ?6)
             WHERE id <> ?2 AND status <> ?7)
         WHERE is_title OR is_kind OR is_culprit
         ORDER BY is_title * 2 + is_culprit * 2 + is_kind DESC, number DESC LIMIT ?8",
    )?;
    let row = params![
        project.0,
        issue.id.0,
        issue.title,
        issue.kind,
        issue.culprit,
        KIN_ISSUE_COUNT_MAX,
        MERGED,
        ALIKE_COUNT_MAX,
    ];
    let rows = statement.query_map(row, |row| {
        Ok(Alike {
            issue: read(row)?,
            is_title: row.column("is_title")?,
            is_kind: row.column("is_kind")?,
            is_culprit: row.column("is_culprit")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
