//! Commits and deploys of releases, in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::{ProjectId, Timestamp};

use super::SqliteLedger;
use crate::limits::{
    COMMIT_COUNT_MAX, COMMIT_MESSAGE_BYTES_MAX, DEPLOY_COUNT_MAX, DEPLOY_URL_BYTES_MAX,
    NAME_BYTES_MAX,
};
use crate::sqlite::columns::{Columns, limit_in};
use crate::sqlite::fault::Fault;
use crate::{Commit, Deploy, DeployLedger, StoreError};

/// The id of a release that is there.
fn id_of(sql: &Connection, project: ProjectId, version: &str) -> Result<i64, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT id FROM release WHERE project = ?1 AND version = ?2")?;
    let found = statement.query_row(params![project.0, version], |row| row.column("id"));
    found.optional()?.ok_or(Fault::missing("release"))
}

/// The start of a text that fits.
fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max))
        .unwrap_or_default()
}

fn cut_if_any(text: Option<&String>, bytes_max: usize) -> Option<&str> {
    text.map(|text| cut(text, bytes_max))
}

fn insert(sql: &Connection, release: i64, commits: &[Commit]) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO release_commit
             (release, place, hash, repository, author_name, author_email, at, message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (place, commit) in (0_i64..).zip(commits.iter().take(COMMIT_COUNT_MAX)) {
        statement.execute(params![
            release,
            place,
            cut(&commit.id, NAME_BYTES_MAX),
            cut_if_any(commit.repository.as_ref(), NAME_BYTES_MAX),
            cut_if_any(commit.author_name.as_ref(), NAME_BYTES_MAX),
            cut_if_any(commit.author_email.as_ref(), NAME_BYTES_MAX),
            commit.at.map(Timestamp::as_micros),
            cut(&commit.message, COMMIT_MESSAGE_BYTES_MAX),
        ])?;
    }
    Ok(())
}

fn read_commit(row: &Row<'_>) -> rusqlite::Result<Commit> {
    Ok(Commit {
        id: row.column("hash")?,
        repository: row.column("repository")?,
        author_name: row.column("author_name")?,
        author_email: row.column("author_email")?,
        at: row.moment_if_any("at")?,
        message: row.column("message")?,
    })
}

fn read_deploy(row: &Row<'_>) -> rusqlite::Result<Deploy> {
    Ok(Deploy {
        id: row.column("id")?,
        environment: row.column("environment")?,
        name: row.column("name")?,
        url: row.column("url")?,
        started: row.moment_if_any("started")?,
        finished: row.moment("finished")?,
    })
}

/// The newest commit of the release of that id.
pub(super) fn last_commit_of(sql: &Connection, release: i64) -> Result<Option<Commit>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT * FROM release_commit WHERE release = ?1 AND place = 0")?;
    Ok(statement.query_row([release], read_commit).optional()?)
}

/// The deploys of the release of that id, the latest first.
pub(super) fn deploys_of(
    sql: &Connection,
    release: i64,
    limit: usize,
) -> Result<Vec<Deploy>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT * FROM deploy WHERE release = ?1 ORDER BY finished DESC, id DESC LIMIT ?2",
    )?;
    let limit = limit_in(limit, DEPLOY_COUNT_MAX);
    let rows = statement.query_map([release, limit], read_deploy)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl DeployLedger for SqliteLedger {
    fn put_commits(
        &self,
        project: ProjectId,
        version: &str,
        commits: &[Commit],
    ) -> Result<(), StoreError> {
        self.pool.write("keep commits", |sql| {
            let release = id_of(sql, project, version)?;
            sql.prepare_cached("DELETE FROM release_commit WHERE release = ?1")?
                .execute([release])?;
            insert(sql, release, commits)
        })
    }

    fn commits(&self, project: ProjectId, version: &str) -> Result<Vec<Commit>, StoreError> {
        self.pool.read("list commits", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT release_commit.* FROM release
                     JOIN release_commit ON release_commit.release = release.id
                 WHERE project = ?1 AND version = ?2 ORDER BY place",
            )?;
            let rows = statement.query_map(params![project.0, version], read_commit)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn before_with_commits(
        &self,
        project: ProjectId,
        version: &str,
    ) -> Result<Option<(String, Commit)>, StoreError> {
        self.pool.read("find a release with commits", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT older.version AS older_version, release_commit.*
                 FROM release AS older JOIN release_commit ON release_commit.release = older.id
                     LEFT JOIN release AS own ON own.project = ?1 AND own.version = ?2
                 WHERE older.project = ?1 AND older.version <> ?2 AND place = 0 AND (own.id IS NULL
                     OR (coalesce(older.released, older.first_seen), older.id)
                         < (coalesce(own.released, own.first_seen), own.id))
                 ORDER BY coalesce(older.released, older.first_seen) DESC, older.id DESC LIMIT 1",
            )?;
            let found = statement.query_row(params![project.0, version], |row| {
                Ok((row.column("older_version")?, read_commit(row)?))
            });
            Ok(found.optional()?)
        })
    }

    fn add_deploy(
        &self,
        project: ProjectId,
        version: &str,
        deploy: &Deploy,
    ) -> Result<Deploy, StoreError> {
        self.pool.write("keep a deploy", |sql| {
            let release = id_of(sql, project, version)?;
            let kept = sql
                .prepare_cached(
                    "INSERT INTO deploy (release, environment, name, url, started, finished)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING *",
                )?
                .query_row(
                    params![
                        release,
                        cut(&deploy.environment, NAME_BYTES_MAX),
                        cut_if_any(deploy.name.as_ref(), NAME_BYTES_MAX),
                        cut_if_any(deploy.url.as_ref(), DEPLOY_URL_BYTES_MAX),
                        deploy.started.map(Timestamp::as_micros),
                        deploy.finished.as_micros(),
                    ],
                    read_deploy,
                )?;
            sql.prepare_cached(
                "DELETE FROM deploy WHERE id IN (
                     SELECT id FROM deploy WHERE release = ?1
                     ORDER BY finished DESC, id DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute([release, limit_in(DEPLOY_COUNT_MAX, DEPLOY_COUNT_MAX)])?;
            Ok(kept)
        })
    }

    fn deploys(&self, project: ProjectId, version: &str) -> Result<Vec<Deploy>, StoreError> {
        self.pool
            .read("list deploys", |sql| match id_of(sql, project, version) {
                Ok(release) => deploys_of(sql, release, DEPLOY_COUNT_MAX),
                Err(Fault::Store(StoreError::Missing { .. })) => Ok(Vec::new()),
                Err(fault) => Err(fault),
            })
    }
}
