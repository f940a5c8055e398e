//! Releases as the pages show them: with the issues that came, came back and went in each.

use std::collections::HashMap;

use rusqlite::{Connection, Row, ToSql, params, params_from_iter};
use serde_json::json;
use watchpost_model::regression::Releases;
use watchpost_model::{Issue, ProjectId};

use super::{deploy, issue, release};
use crate::sqlite::columns::{Columns, limit_in};
use crate::sqlite::fault::Fault;
use crate::{Cursor, InRelease, Page, ReleaseQuery, ReleaseRow};

/// Rows of one page.
const ROW_COUNT_MAX: usize = 100;

const DATE: &str = "coalesce(released, first_seen)";

/// Issues that came back in the release `version` of `project`; those that were merged are one.
/// What somebody says by hand is not asked: the log knows which release it was.
const REGRESSED: &str = "SELECT DISTINCT coalesce(issue.merged_into, issue.id) AS issue
    FROM activity JOIN issue ON issue.id = activity.issue
    WHERE json_extract(activity.data, '$.version') = {version}
        AND deed = 'set_regression' AND issue.project = {project}";

/// Issues that are resolved in it, or in whatever came after the one before.
const RESOLVED: &str = "SELECT issue.id AS issue
    FROM activity JOIN issue ON issue.id = activity.issue
    WHERE json_extract(activity.data, '$.version') = {version}
        AND deed = 'set_resolved_in_release' AND issue.project = {project} AND issue.status = 1
        AND json_extract(issue.condition, '$.resolved.fix.in_release') = {version}
    UNION
    SELECT issue.id AS issue
    FROM activity JOIN issue ON issue.id = activity.issue
    WHERE json_extract(activity.data, '$.current_release_version') = {before}
        AND deed = 'set_resolved_in_release' AND issue.project = {project} AND issue.status = 1
        AND json_extract(issue.condition, '$.resolved.fix.after_release') = {before}";

/// A question about issues of a release: `?1` is its project, `?2` its name, `?3` the one before.
fn of_release(question: &str) -> String {
    question
        .replace("{project}", "?1")
        .replace("{version}", "?2")
        .replace("{before}", "?3")
}

/// See [`crate::SurveyLedger::release_rows`].
pub(super) fn rows(sql: &Connection, query: &ReleaseQuery) -> Result<Page<ReleaseRow>, Fault> {
    let limit = query.limit.clamp(1, ROW_COUNT_MAX);
    let start = match &query.cursor {
        Some(cursor) => Some(place_of(cursor).ok_or(Fault::missing("page"))?),
        None => None,
    };
    let among = query.among.as_ref().map(|among| {
        let pairs = among.iter().map(|(project, version)| (project.0, version));
        json!(pairs.collect::<Vec<_>>()).to_string()
    });
    let from = match among {
        // Looked up one by one.
        Some(_) => {
            "json_each(?5) AS pick CROSS JOIN release
                 ON release.project = pick.value ->> 0 AND release.version = pick.value ->> 1"
        }
        None => "release",
    };
    let projects: Vec<i64> = query.projects.iter().map(|project| project.0).collect();
    let new_issues = release::NEW_ISSUES;
    let mut statement = sql.prepare_cached(&format!(
        "WITH found AS MATERIALIZED (
             SELECT release.*, {DATE} AS date FROM {from}
             WHERE release.project IN (SELECT value FROM json_each(?1))
                 AND (?2 IS NULL OR version LIKE ?2 ESCAPE '!')
                 AND (?3 IS NULL OR ({DATE}, release.id) < (?3, ?4))
                 AND (?5 IS NULL OR ?5 <> '')
             ORDER BY date DESC, release.id DESC LIMIT ?6)
         SELECT found.*, {new_issues} FROM found ORDER BY date DESC, id DESC"
    ))?;
    let question = params![
        json!(projects).to_string(),
        query.contains.as_deref().map(release::anywhere),
        start.map(|(date, _)| date),
        start.map(|(_, id)| id),
        among,
        limit_in(limit + 1, ROW_COUNT_MAX + 1),
    ];
    let found = statement.query_map(question, |row| {
        Ok((release::read(row)?, row.column::<i64>("date")?))
    })?;
    let mut found: Vec<_> = found.collect::<Result<_, _>>()?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more);
    let next = last.map(|(release, date)| Cursor(format!("{date}:{}", release.id)));
    let releases = found.into_iter().map(|(release, _)| release).collect();
    let rows = with_issues(sql, releases)?;
    Ok(Page { rows, next })
}

fn place_of(cursor: &Cursor) -> Option<(i64, i64)> {
    let (date, id) = cursor.0.split_once(':')?;
    Some((date.parse().ok()?, id.parse().ok()?))
}

/// Adds to each what happened in it.
pub(super) fn with_issues(
    sql: &Connection,
    releases: Vec<crate::Release>,
) -> Result<Vec<ReleaseRow>, Fault> {
    let before = before_each(sql, &releases)?;
    let mut rows = Vec::with_capacity(releases.len());
    for (release, before) in releases.into_iter().zip(before) {
        let of: [&dyn ToSql; 3] = [&release.project.0, &release.version, &before];
        let count = |question: &str| -> Result<u64, Fault> {
            let text = format!("SELECT count(*) AS count FROM ({question})");
            let mut statement = sql.prepare_cached(&of_release(&text))?;
            // Not each of them asks for the release before.
            let of = of.iter().take(statement.parameter_count());
            Ok(statement.query_row(params_from_iter(of), |row| row.count("count"))?)
        };
        let told = |table: &str| -> Result<u64, Fault> {
            let text = format!("SELECT count(*) AS count FROM {table} WHERE release = ?1");
            let mut statement = sql.prepare_cached(&text)?;
            Ok(statement.query_row([release.id], |row| row.count("count"))?)
        };
        rows.push(ReleaseRow {
            regressed: count(REGRESSED)?,
            resolved: count(RESOLVED)?,
            commits: told("release_commit")?,
            deploys: told("deploy")?,
            last_commit: deploy::last_commit_of(sql, release.id)?,
            last_deploy: deploy::deploys_of(sql, release.id, 1)?.pop(),
            before,
            release,
        });
    }
    Ok(rows)
}

/// The release before each of several, of the same package.
fn before_each(
    sql: &Connection,
    releases: &[crate::Release],
) -> Result<Vec<Option<String>>, Fault> {
    let mut names: HashMap<ProjectId, Vec<&str>> = HashMap::new();
    for release in releases {
        names
            .entry(release.project)
            .or_default()
            .push(&release.version);
    }
    let mut found: HashMap<(ProjectId, &str), Option<String>> = HashMap::new();
    for (project, names) in names {
        let all = Releases::of(release::facts(sql, project)?);
        for (name, before) in names.iter().zip(all.before_each(&names)) {
            found.insert((project, name), before.map(|facts| facts.version.clone()));
        }
    }
    let of = |release: &crate::Release| {
        let before = found.get(&(release.project, release.version.as_str()));
        before.cloned().flatten()
    };
    Ok(releases.iter().map(of).collect())
}

/// See [`crate::SurveyLedger::issues_of_release`].
pub(super) fn issues(
    sql: &Connection,
    row: &ReleaseRow,
    what: InRelease,
    limit: usize,
) -> Result<Vec<Issue>, Fault> {
    let which = match what {
        InRelease::New => {
            "SELECT id AS issue FROM issue WHERE project = {project} AND first_release = {version}
                 AND status <> 3"
        }
        InRelease::Regressed => REGRESSED,
        InRelease::Resolved => RESOLVED,
    };
    let text = format!(
        "SELECT issue.* FROM ({which}) AS found JOIN issue ON issue.id = found.issue
         WHERE issue.status <> 3 ORDER BY last_seen DESC, id DESC LIMIT {}",
        limit_in(limit, ROW_COUNT_MAX)
    );
    let mut statement = sql.prepare_cached(&of_release(&text))?;
    let release = &row.release;
    let of: [&dyn ToSql; 3] = [&release.project.0, &release.version, &row.before];
    let of = of.into_iter().take(statement.parameter_count());
    let rows = statement.query_map(params_from_iter(of), |row: &Row<'_>| issue::read(row))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::temp_ledger;

    #[test]
    fn what_happened_in_a_release_is_looked_up() {
        let ledger = temp_ledger();
        for (question, indexes) in [
            (REGRESSED, vec!["activity_regressed"]),
            (
                RESOLVED,
                vec!["activity_resolved", "activity_resolved_next"],
            ),
        ] {
            let plan = ledger.pool.read("explain", |sql| {
                let text = format!("EXPLAIN QUERY PLAN {}", of_release(question));
                let mut statement = sql.prepare(&text)?;
                let none = vec![""; statement.parameter_count()];
                let lines = statement
                    .query_map(params_from_iter(none), |row| row.get::<_, String>("detail"))?;
                Ok(lines.collect::<Result<Vec<_>, _>>()?)
            });
            let plan = plan.unwrap().join("\n");
            for index in indexes {
                let wanted = format!("SEARCH activity USING INDEX {index} (<expr>=?)");
                assert!(plan.contains(&wanted), "{plan}");
            }
        }
    }
}
