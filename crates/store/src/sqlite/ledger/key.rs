//! Client keys in SQLite, and the number by which gates notice a change.

use rusqlite::{Connection, Row, ToSql, params};
use watchpost_model::{Key, KeyId, ProjectId, Quota, Timestamp};

use super::SqliteLedger;
use crate::sqlite::columns::{Columns, quotas_in};
use crate::sqlite::fault::{Fault, Insert};
use crate::{KeyLedger, NewKey, StoreError};

/// Tells the gates, in this process and in others, that keys or projects changed.
pub(super) fn bump_generation(sql: &Connection) -> Result<(), Fault> {
    sql.prepare_cached("UPDATE key_generation SET generation = generation + 1")?
        .execute([])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: KeyId(row.column("id")?),
        project: ProjectId(row.column("project")?),
        label: row.column("label")?,
        public: row.column("public")?,
        secret: row.column("secret")?,
        active: row.column("active")?,
        quotas: row.quotas("quotas")?,
        created: row.moment("created")?,
    })
}

impl SqliteLedger {
    /// Changes one key, and tells the gates.
    fn change_key(
        &self,
        operation: &'static str,
        update: &str,
        values: &[&dyn ToSql],
    ) -> Result<(), StoreError> {
        self.pool.write(operation, |sql| {
            bump_generation(sql)?;
            let changed = sql.prepare_cached(update)?.execute(values)?;
            if changed == 0 {
                return Err(Fault::missing("key"));
            }
            Ok(())
        })
    }
}

impl KeyLedger for SqliteLedger {
    fn create_key(&self, new: &NewKey<'_>, now: Timestamp) -> Result<Key, StoreError> {
        let insert = Insert {
            what: "key",
            name: new.public,
            parent: "project",
        };
        self.pool.write("create a key", |sql| {
            bump_generation(sql)?;
            let created = now.as_micros();
            let row = params![new.project.0, new.label, new.public, new.secret, created];
            sql.prepare_cached(
                "INSERT INTO key (project, label, public, secret, active, created)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5) RETURNING *",
            )?
            .query_row(row, read)
            .map_err(|error| insert.refused(error))
        })
    }

    fn keys(&self, project: ProjectId) -> Result<Vec<Key>, StoreError> {
        self.pool.read("list keys", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT * FROM key WHERE project = ?1 ORDER BY id")?;
            let rows = statement.query_map([project.0], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn all_keys(&self) -> Result<Vec<Key>, StoreError> {
        self.pool.read("list keys", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM key ORDER BY id")?;
            let rows = statement.query_map([], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn set_key_active(
        &self,
        project: ProjectId,
        key: KeyId,
        active: bool,
    ) -> Result<(), StoreError> {
        self.change_key(
            "switch a key",
            "UPDATE key SET active = ?3 WHERE project = ?1 AND id = ?2",
            params![project.0, key.0, active],
        )
    }

    fn set_key_quotas(
        &self,
        project: ProjectId,
        key: KeyId,
        quotas: &[Quota],
    ) -> Result<(), StoreError> {
        self.change_key(
            "change the quotas of a key",
            "UPDATE key SET quotas = ?3 WHERE project = ?1 AND id = ?2",
            params![project.0, key.0, quotas_in(quotas)],
        )
    }

    fn delete_key(&self, project: ProjectId, key: KeyId) -> Result<(), StoreError> {
        self.change_key(
            "delete a key",
            "DELETE FROM key WHERE project = ?1 AND id = ?2",
            params![project.0, key.0],
        )
    }

    fn key_generation(&self) -> Result<u64, StoreError> {
        self.pool.read("read the key generation", |sql| {
            let mut statement = sql.prepare_cached("SELECT generation FROM key_generation")?;
            Ok(statement.query_row([], |row| row.count("generation"))?)
        })
    }
}
