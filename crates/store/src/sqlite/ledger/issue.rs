//! Issues in SQLite: reading one, setting its status. Longer stories have files of their own.

use rusqlite::{OptionalExtension, Row};
use watchpost_model::{
    Applied, Assignee, EventId, Issue, IssueId, Priority, ProjectId, Status, Substatus, Timestamp,
    Trend, Until,
};

use super::{SqliteLedger, apply, chart, cleanup, counted, find, tabs};
use crate::search::ast::Expr;
use crate::sqlite::columns::{Columns, json_if_any};
use crate::sqlite::patience::Patience;
use crate::{
    Action, Actor, Candidate, Cleanup, CleanupReport, Filing, IssueLedger, IssueQuery, LifeLedger,
    Owners, Page, Resolve, StatusCounts, StoreError, TabCounts, TagCount, Unkept,
};

/// Reads a row of the table `issue`.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Issue> {
    let assignee: Option<String> = row.column("assignee")?;
    Ok(Issue {
        id: IssueId(row.column("id")?),
        project: ProjectId(row.column("project")?),
        number: row.count("number")?,
        title: row.column("title")?,
        kind: row.column("kind")?,
        value: row.column("value")?,
        culprit: row.column("culprit")?,
        level: row.level("level")?,
        logger: row.column("logger")?,
        platform: row.column("platform")?,
        status: Status::from_number(row.column("status")?),
        first_seen: row.moment("first_seen")?,
        last_seen: row.moment("last_seen")?,
        times_seen: row.count("times_seen")?,
        score: row.column("score")?,
        trend: Trend(row.column("trend")?),
        resolved_at: row.moment_if_any("resolved_at")?,
        substatus: Substatus::from_number(row.column("substatus")?),
        condition: json_if_any(row.column("condition")?)?,
        is_reviewed: row.column("reviewed")?,
        priority: Priority::from_number(row.column("priority")?),
        assignee: assignee.as_deref().and_then(Assignee::parse),
        user_count: row.count("user_count")?,
        first_release: row.column("first_release")?,
        last_release: row.column("last_release")?,
    })
}

impl IssueLedger for SqliteLedger {
    fn apply_owned(
        &self,
        filings: &[Filing],
        settled: &[(ProjectId, EventId)],
        owners: &dyn Owners,
    ) -> Result<Vec<Applied>, StoreError> {
        if filings.is_empty() {
            return Ok(Vec::new());
        }
        self.pool.write("file events", |sql| {
            counted::settle(sql, settled)?;
            apply::apply(sql, filings, (self.new_issues_max, owners))
        })
    }

    fn count_unkept(&self, unkept: &[Unkept]) -> Result<(), StoreError> {
        self.pool
            .write("count what the archive cannot take", |sql| {
                counted::set_aside(sql, unkept)
            })
    }

    fn projects_of_version(&self, version: u16) -> Result<Vec<ProjectId>, StoreError> {
        self.pool.read("find projects by version", |sql| {
            // One look into the index for each project.
            let mut statement = sql.prepare_cached(
                "SELECT id FROM project WHERE EXISTS (
                     SELECT 1 FROM issue_hash AS hash
                     WHERE hash.project = project.id AND hash.version = ?1)
                 ORDER BY id",
            )?;
            let rows = statement.query_map([version], |row| row.column("id").map(ProjectId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn find_issues(&self, query: &IssueQuery) -> Result<Page<Issue>, StoreError> {
        let patience = Patience::new();
        self.pool
            .read("find issues", |sql| patience.ask(|| find::find(sql, query)))
    }

    fn candidates(
        &self,
        query: &IssueQuery,
        asked: &[Expr],
    ) -> Result<Page<Candidate>, StoreError> {
        let patience = Patience::new();
        self.pool.read("find issues", |sql| {
            patience.ask(|| find::candidates(sql, query, asked))
        })
    }

    fn count_tabs(&self, query: &IssueQuery) -> Result<TabCounts, StoreError> {
        let patience = Patience::new();
        self.pool.read("count issues", |sql| {
            patience.ask(|| tabs::count(sql, query))
        })
    }

    fn issue(&self, project: ProjectId, id: IssueId) -> Result<Option<Issue>, StoreError> {
        self.pool.read("find an issue", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT * FROM issue WHERE project = ?2 AND id = (
                     SELECT coalesce(merged_into, id) FROM issue WHERE id = ?1 AND project = ?2)",
            )?;
            let row = statement.query_row([id.0, project.0], read);
            Ok(row.optional()?)
        })
    }

    fn issue_by_number(
        &self,
        project: ProjectId,
        number: u64,
    ) -> Result<Option<Issue>, StoreError> {
        let Ok(number) = i64::try_from(number) else {
            return Ok(None);
        };
        self.pool.read("find an issue", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT * FROM issue WHERE project = ?1 AND id = (
                     SELECT coalesce(merged_into, id) FROM issue
                     WHERE project = ?1 AND number = ?2)",
            )?;
            let row = statement.query_row([project.0, number], read);
            Ok(row.optional()?)
        })
    }

    fn issue_project(
        &self,
        projects: &[ProjectId],
        id: IssueId,
    ) -> Result<Option<ProjectId>, StoreError> {
        self.pool.read("find an issue", |sql| {
            let mut statement = sql.prepare_cached("SELECT project FROM issue WHERE id = ?1")?;
            let found: Option<i64> = statement
                .query_row([id.0], |row| row.column("project"))
                .optional()?;
            let found = found.map(ProjectId);
            Ok(found.filter(|project| projects.contains(project)))
        })
    }

    fn set_status(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        status: Status,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError> {
        let action = match status {
            Status::Unresolved => Action::Open,
            Status::Resolved => Action::Resolve(Resolve::Now),
            Status::Archived => Action::Archive(Until::Escalating),
        };
        Ok(self.act(project, issues, &action, actor, now)?.changed)
    }

    fn status_counts(&self, project: ProjectId) -> Result<StatusCounts, StoreError> {
        self.pool.read("count issues", |sql| {
            let mut counts = StatusCounts::default();
            let mut statement = sql.prepare_cached(
                "SELECT status, count(*) AS issues FROM issue
                 WHERE project = ?1 AND status <> 3 GROUP BY status",
            )?;
            let mut rows = statement.query([project.0])?;
            while let Some(row) = rows.next()? {
                match Status::from_number(row.column("status")?) {
                    Status::Unresolved => counts.unresolved = row.count("issues")?,
                    Status::Resolved => counts.resolved = row.count("issues")?,
                    Status::Archived => counts.archived = row.count("issues")?,
                }
            }
            Ok(counts)
        })
    }

    fn hourly(
        &self,
        project: ProjectId,
        issue: IssueId,
        since: Timestamp,
    ) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        self.pool.read("read a chart", |sql| {
            let hours = chart::hourly(sql, project, &[issue], since)?;
            let bars = hours.into_iter().map(|(_, hour, count)| (hour, count));
            Ok(bars.collect())
        })
    }

    fn hourly_many(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        since: Timestamp,
    ) -> Result<Vec<(IssueId, Timestamp, u64)>, StoreError> {
        self.pool.read("read charts", |sql| {
            chart::hourly(sql, project, issues, since)
        })
    }

    fn issue_tags(
        &self,
        project: ProjectId,
        issue: IssueId,
        limit: usize,
    ) -> Result<Vec<TagCount>, StoreError> {
        self.pool.read("read the tags of an issue", |sql| {
            chart::issue_tags(sql, project, issue, limit)
        })
    }

    fn value_counts(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        key: &str,
    ) -> Result<Vec<(IssueId, u64)>, StoreError> {
        self.pool.read("count the values of a tag", |sql| {
            chart::value_counts(sql, project, issues, key)
        })
    }

    fn tag_keys(&self, project: ProjectId) -> Result<Vec<TagCount>, StoreError> {
        self.pool.read("read the tags of a project", |sql| {
            chart::tag_keys(sql, project)
        })
    }

    fn tag_values(
        &self,
        project: ProjectId,
        key: &str,
        limit: usize,
    ) -> Result<Vec<TagCount>, StoreError> {
        self.pool.read("read the values of a tag", |sql| {
            chart::tag_values(sql, project, key, limit)
        })
    }

    fn cleanup(&self, what: &Cleanup<'_>) -> Result<CleanupReport, StoreError> {
        cleanup::cleanup(&self.pool, what)
    }
}
