//! The shape of a file and the steps that lead there: numbered SQL files, run in order.
//!
//! A step that was released never changes; a new one is added behind it. Each runs in a
//! transaction that also raises `user_version`, so a crash leaves the file at a whole step (F16).

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;
use crate::sqlite::copy::copy_to;
use crate::sqlite::fault::Fault;

#[cfg(test)]
mod tests;

/// One kind of file.
#[derive(Clone, Copy, Debug)]
pub(in crate::sqlite) struct Schema {
    /// The noun, for messages.
    pub(in crate::sqlite) name: &'static str,
    /// `application_id` of the file, so that a wrong file is refused before it is touched.
    pub(in crate::sqlite) application_id: i32,
    /// Bytes per page of a new file.
    pub(in crate::sqlite) page_bytes: u32,
    /// Memory that the writer may use for pages.
    pub(in crate::sqlite) writer_cache_kib: u32,
    /// Memory that each reader may use for pages.
    pub(in crate::sqlite) reader_cache_kib: u32,
    /// The steps.
    pub(in crate::sqlite) migrations: &'static [&'static str],
    /// Whether a copy is made before an older file is changed.
    pub(in crate::sqlite) before_migrating: BeforeMigrating,
}

/// What happens to an older file before it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sqlite) enum BeforeMigrating {
    /// It is copied to `<file>.v<version>`, for whoever wants to go back to the older program.
    Copy,
    /// Nothing: it is too large to copy, and the transaction protects it.
    Nothing,
}

impl Schema {
    /// The newest version that this program knows.
    pub(in crate::sqlite) fn known(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }

    /// Brings the file behind `connection` to the newest version. Harmless when another process
    /// does the same at the same time.
    pub(in crate::sqlite) fn migrate(
        &self,
        connection: &mut Connection,
        path: &Path,
    ) -> Result<(), Fault> {
        let found = self.version(connection)?;
        if found > 0 && found < self.known() && self.before_migrating == BeforeMigrating::Copy {
            let copy = path.with_added_extension(format!("v{found}"));
            if !copy.exists() {
                copy_to(connection, &copy)?;
            }
        }
        while self.step(connection)? {}
        Ok(())
    }

    /// Runs the next step, if there is one.
    fn step(&self, connection: &mut Connection) -> Result<bool, Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = self.version(&transaction)?;
        let next = usize::try_from(found).ok();
        let Some(sql) = next.and_then(|next| self.migrations.get(next)) else {
            return Ok(false);
        };
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "application_id", self.application_id)?;
        transaction.pragma_update(None, "user_version", found + 1)?;
        transaction.commit()?;
        tracing::debug!(file = self.name, version = found + 1, "migrated");
        Ok(true)
    }

    /// The version of the file; an error when it is newer than we know, or not ours at all.
    pub(in crate::sqlite) fn version(&self, connection: &Connection) -> Result<i64, Fault> {
        let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if id != self.application_id {
            let tables = "SELECT count(*) FROM sqlite_schema";
            let tables: i64 = connection.query_row(tables, [], |row| row.get(0))?;
            if id != 0 || found != 0 || tables != 0 {
                let reason = format!("the file is not the {} of a Watchpost", self.name);
                let what = self.name;
                return Err(StoreError::Corrupt { what, reason }.into());
            }
        }
        let known = self.known();
        if found > known {
            return Err(StoreError::TooNew { found, known }.into());
        }
        Ok(found)
    }
}
