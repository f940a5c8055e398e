//! Organizations in SQLite.

use rusqlite::{OptionalExtension, Row, params};
use watchpost_model::{OrgId, Organization, Timestamp};

use super::SqliteLedger;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::{Fault, Insert};
use crate::{OrgLedger, StoreError};

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Organization> {
    Ok(Organization {
        id: OrgId(row.column("id")?),
        slug: row.column("slug")?,
        name: row.column("name")?,
        created: row.moment("created")?,
    })
}

impl OrgLedger for SqliteLedger {
    fn create_org(
        &self,
        slug: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<Organization, StoreError> {
        let insert = Insert {
            what: "organization",
            name: slug,
            parent: "installation",
        };
        self.pool.write("create an organization", |sql| {
            let created = now.as_micros();
            sql.prepare_cached(
                "INSERT INTO org (slug, name, created) VALUES (?1, ?2, ?3) RETURNING *",
            )?
            .query_row(params![slug, name, created], read)
            .map_err(|error| insert.refused(error))
        })
    }

    fn orgs(&self) -> Result<Vec<Organization>, StoreError> {
        self.pool.read("list organizations", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM org ORDER BY id")?;
            let rows = statement.query_map([], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn update_org(&self, org: &Organization) -> Result<(), StoreError> {
        let insert = Insert {
            what: "organization",
            name: &org.slug,
            parent: "installation",
        };
        self.pool.write("change an organization", |sql| {
            let changed = sql
                .prepare_cached("UPDATE org SET slug = ?2, name = ?3 WHERE id = ?1")?
                .execute(params![org.id.0, org.slug, org.name])
                .map_err(|error| insert.refused(error))?;
            if changed == 0 {
                return Err(Fault::missing("organization"));
            }
            Ok(())
        })
    }

    fn org(&self, slug: &str) -> Result<Option<Organization>, StoreError> {
        self.pool.read("find an organization", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM org WHERE slug = ?1")?;
            Ok(statement.query_row([slug], read).optional()?)
        })
    }
}
