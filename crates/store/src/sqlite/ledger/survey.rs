//! What happens across issues, in SQLite: projects, tags, environments. Releases: `release_row`.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};
use watchpost_model::{Issue, ProjectId, Timestamp};

use super::tally::OTHER;
use super::{SqliteLedger, place, release_row};
use crate::limits::SURVEY_ISSUE_COUNT_MAX;
use crate::sqlite::columns::{Columns, limit_in};
use crate::sqlite::fault::Fault;
use crate::sqlite::patience::Patience;
use crate::{
    Environment, InRelease, IssuesByValue, Page, ProjectFacts, ReleaseLedger as _, ReleaseQuery,
    ReleaseRow, StoreError, SurveyLedger, TagCount, TagFacts,
};

/// Values of one key: more are not kept by name.
const TOP_COUNT_MAX: usize = 10;

fn facts(sql: &Connection, project: ProjectId, since: Timestamp) -> Result<ProjectFacts, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT
             (SELECT count(*) FROM issue WHERE project = ?1 AND status = 0) AS unresolved,
             (SELECT count(*) FROM issue
              WHERE project = ?1 AND status IN (0, 1, 2) AND first_seen >= ?2) AS new_issues,
             (SELECT count(*) FROM project_tag WHERE project = ?1 AND key = 'user'
                 AND value NOT IN ('', ?3) AND times_seen > 0 AND last_seen >= ?2) AS users,
             EXISTS (SELECT 1 FROM project_tag WHERE project = ?1 AND key = 'user'
                 AND value = ?3 AND times_seen > 0 AND last_seen >= ?2) AS has_more_users",
    )?;
    let newest_release = place::latest_release(sql, project)?;
    let row = params![project.0, since.as_micros(), OTHER];
    Ok(statement.query_row(row, |row| {
        Ok(ProjectFacts {
            project,
            new_issues: row.count("new_issues")?,
            unresolved: row.count("unresolved")?,
            users: row.count("users")?,
            has_more_users: row.column("has_more_users")?,
            newest_release,
        })
    })?)
}

fn tag_facts(sql: &Connection, project: ProjectId, top: usize) -> Result<Vec<TagFacts>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT key, sum(value <> ?2) AS value_count,
             sum(CASE WHEN value = ?2 THEN times_seen ELSE 0 END) AS others,
             sum(times_seen) AS times_seen, max(last_seen) AS last_seen
         FROM project_tag
         WHERE project = ?1 AND key <> '' AND value <> '' AND times_seen > 0 GROUP BY key",
    )?;
    let keys = statement.query_map(params![project.0, OTHER], |row| {
        Ok(TagFacts {
            key: row.column("key")?,
            values: row.count("value_count")?,
            others: row.count("others")?,
            times_seen: row.count("times_seen")?,
            last_seen: row.moment("last_seen")?,
            top: Vec::new(),
        })
    })?;
    let mut keys: Vec<TagFacts> = keys.collect::<Result<_, _>>()?;
    for facts in &mut keys {
        facts.top = top_values(sql, project, &facts.key, top)?;
    }
    Ok(keys)
}

fn top_values(
    sql: &Connection,
    project: ProjectId,
    key: &str,
    top: usize,
) -> Result<Vec<TagCount>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT value, times_seen, last_seen FROM project_tag
         WHERE project = ?1 AND key = ?2 AND value NOT IN ('', ?3) AND times_seen > 0
         ORDER BY times_seen DESC, value LIMIT ?4",
    )?;
    let row = params![project.0, key, OTHER, limit_in(top, TOP_COUNT_MAX)];
    let values = statement.query_map(row, |row| {
        Ok(TagCount {
            key: key.to_owned(),
            value: row.column("value")?,
            times_seen: row.count("times_seen")?,
            last_seen: row.moment("last_seen")?,
        })
    })?;
    Ok(values.collect::<Result<_, _>>()?)
}

/// The newest issues of a project with what was merged into each, and the values that they have.
fn issues_by_value(
    sql: &Connection,
    project: ProjectId,
    key: &str,
) -> Result<IssuesByValue, Fault> {
    let newest = "SELECT id FROM issue WHERE project = ?1 AND status IN (0, 1, 2)
         ORDER BY last_seen DESC, id DESC LIMIT ?2";
    let max = SURVEY_ISSUE_COUNT_MAX;
    let mut statement = sql.prepare_cached(&format!("SELECT count(*) AS count FROM ({newest})"))?;
    let count = statement.query_row(params![project.0, max + 1], |row| row.count("count"))?;
    // Issues may have many values that the project does not count by name: nobody asks for those.
    let known = "tag.value <> '' AND EXISTS (SELECT 1 FROM project_tag AS known
         WHERE known.project = ?1 AND known.key = ?3 AND known.value = tag.value)";
    let mut statement = sql.prepare_cached(&format!(
        "SELECT value, count(*) AS issues FROM (
             SELECT newest.id AS id, tag.value AS value
             FROM ({newest}) AS newest
                 CROSS JOIN issue_tag AS tag ON tag.issue = newest.id AND tag.key = ?3
             WHERE {known}
             UNION
             SELECT newest.id AS id, tag.value AS value
             FROM ({newest}) AS newest
                 CROSS JOIN issue AS part ON part.merged_into = newest.id
                 CROSS JOIN issue_tag AS tag ON tag.issue = part.id AND tag.key = ?3
             WHERE {known})
         GROUP BY value"
    ))?;
    let mut counts: HashMap<String, u64> = HashMap::new();
    let mut rows = statement.query(params![project.0, max, key])?;
    while let Some(row) = rows.next()? {
        counts.insert(row.column("value")?, row.count("issues")?);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    Ok(IssuesByValue {
        counts,
        looked_at: count.min(max.unsigned_abs()),
        is_cut: count > max.unsigned_abs(),
    })
}

fn read_environment(row: &Row<'_>) -> rusqlite::Result<Environment> {
    Ok(Environment {
        name: row.column("value")?,
        times_seen: row.count("times_seen")?,
        last_seen: row.moment("last_seen")?,
        is_hidden: row.column("is_hidden")?,
    })
}

impl SurveyLedger for SqliteLedger {
    fn project_facts(
        &self,
        projects: &[ProjectId],
        since: Timestamp,
    ) -> Result<Vec<ProjectFacts>, StoreError> {
        self.pool.read("survey projects", |sql| {
            let patience = Patience::new();
            let of = |project: &ProjectId| patience.ask(|| facts(sql, *project, since));
            projects.iter().map(of).collect()
        })
    }

    fn release_rows(&self, query: &ReleaseQuery) -> Result<Page<ReleaseRow>, StoreError> {
        self.pool.read("list releases", |sql| {
            Patience::new().ask(|| release_row::rows(sql, query))
        })
    }

    fn release_row(
        &self,
        project: ProjectId,
        version: &str,
    ) -> Result<Option<ReleaseRow>, StoreError> {
        let Some(found) = self.release(project, version)? else {
            return Ok(None);
        };
        self.pool.read("find a release", |sql| {
            let rows = Patience::new().ask(|| release_row::with_issues(sql, vec![found]))?;
            Ok(rows.into_iter().next())
        })
    }

    fn issues_of_release(
        &self,
        row: &ReleaseRow,
        what: InRelease,
        limit: usize,
    ) -> Result<Vec<Issue>, StoreError> {
        self.pool.read("list issues of a release", |sql| {
            Patience::new().ask(|| release_row::issues(sql, row, what, limit))
        })
    }

    fn tag_facts(&self, project: ProjectId, top: usize) -> Result<Vec<TagFacts>, StoreError> {
        self.pool.read("survey tags", |sql| {
            Patience::new().ask(|| tag_facts(sql, project, top))
        })
    }

    fn issues_by_value(&self, project: ProjectId, key: &str) -> Result<IssuesByValue, StoreError> {
        self.pool.read("count issues by a tag", |sql| {
            Patience::new().ask(|| issues_by_value(sql, project, key))
        })
    }

    fn environments(&self, project: ProjectId) -> Result<Vec<Environment>, StoreError> {
        self.pool.read("list environments", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT value, times_seen, last_seen, EXISTS (SELECT 1 FROM hidden_environment
                     WHERE project = ?1 AND name = value) AS is_hidden
                 FROM project_tag
                 WHERE project = ?1 AND key = 'environment' AND value <> '' AND times_seen > 0
                 ORDER BY times_seen DESC, value",
            )?;
            let rows = statement.query_map([project.0], read_environment)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn hide_environment(
        &self,
        project: ProjectId,
        name: &str,
        is_hidden: bool,
    ) -> Result<(), StoreError> {
        self.pool.write("hide an environment", |sql| {
            let mut known = sql.prepare_cached(
                "SELECT 1 FROM project_tag WHERE project = ?1 AND key = 'environment'
                     AND value = ?2 AND value <> ''",
            )?;
            if !known.exists(params![project.0, name])? {
                return Err(Fault::missing("environment"));
            }
            let change = if is_hidden {
                "INSERT OR IGNORE INTO hidden_environment (project, name) VALUES (?1, ?2)"
            } else {
                "DELETE FROM hidden_environment WHERE project = ?1 AND name = ?2"
            };
            sql.prepare_cached(change)?
                .execute(params![project.0, name])?;
            Ok(())
        })
    }
}
