//! Projects in SQLite.

use rusqlite::{OptionalExtension, Row, params};
use watchpost_model::{OrgId, Project, ProjectId, Retention, Timestamp};

use super::SqliteLedger;
use super::key::bump_generation;
use crate::sqlite::columns::{Columns, count_in, quotas_in, texts_in};
use crate::sqlite::fault::{Fault, Insert};
use crate::{NewProject, ProjectLedger, StoreError};

fn read(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: ProjectId(row.column("id")?),
        org: OrgId(row.column("org")?),
        slug: row.column("slug")?,
        name: row.column("name")?,
        platform: row.column("platform")?,
        allowed_origins: row.texts("allowed_origins")?,
        quotas: row.quotas("quotas")?,
        spike_protection: row.column("spike_protection")?,
        retention: Retention {
            days: row.column("retention_days")?,
            bytes: row.count_if_any("retention_bytes")?,
        },
        created: row.moment("created")?,
        first_event: row.moment_if_any("first_event")?,
    })
}

impl ProjectLedger for SqliteLedger {
    fn create_project(&self, new: &NewProject<'_>, now: Timestamp) -> Result<Project, StoreError> {
        let insert = Insert {
            what: "project",
            name: new.slug,
            parent: "organization",
        };
        let origins = texts_in(&["*".to_owned()]);
        self.pool.write("create a project", |sql| {
            bump_generation(sql)?;
            let row = params![
                new.org.0,
                new.slug,
                new.name,
                new.platform,
                origins,
                now.as_micros()
            ];
            sql.prepare_cached(
                "INSERT INTO project (org, slug, name, platform, allowed_origins, created)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING *",
            )?
            .query_row(row, read)
            .map_err(|error| insert.refused(error))
        })
    }

    fn projects(&self, org: OrgId) -> Result<Vec<Project>, StoreError> {
        self.pool.read("list projects", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT * FROM project WHERE org = ?1 ORDER BY slug")?;
            let rows = statement.query_map([org.0], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn project(&self, org: OrgId, slug: &str) -> Result<Option<Project>, StoreError> {
        self.pool.read("find a project", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT * FROM project WHERE org = ?1 AND slug = ?2")?;
            let row = statement.query_row(params![org.0, slug], read);
            Ok(row.optional()?)
        })
    }

    fn project_by_id(&self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        self.pool.read("find a project", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM project WHERE id = ?1")?;
            Ok(statement.query_row([id.0], read).optional()?)
        })
    }

    fn update_project(&self, project: &Project) -> Result<(), StoreError> {
        let origins = texts_in(&project.allowed_origins);
        let update = Insert {
            what: "project",
            name: &project.slug,
            parent: "organization",
        };
        self.pool.write("change a project", |sql| {
            bump_generation(sql)?;
            let changed = sql
                .prepare_cached(
                    "UPDATE project SET name = ?3, platform = ?4, allowed_origins = ?5,
                         quotas = ?6, spike_protection = ?7, retention_days = ?8,
                         retention_bytes = ?9, slug = ?10
                     WHERE id = ?1 AND org = ?2",
                )?
                .execute(params![
                    project.id.0,
                    project.org.0,
                    project.name,
                    project.platform,
                    origins,
                    quotas_in(&project.quotas),
                    project.spike_protection,
                    project.retention.days,
                    project.retention.bytes.map(count_in),
                    project.slug,
                ])
                .map_err(|error| update.refused(error))?;
            if changed == 0 {
                return Err(Fault::missing("project"));
            }
            Ok(())
        })
    }
}
