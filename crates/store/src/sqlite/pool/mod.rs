//! The connections to one file: one that writes, a few that read.
//!
//! [`Pool::write`] and [`Pool::read`] are the only ways to SQL. A write is one transaction that
//! takes the file's write lock at its start, so two processes wait for each other instead of
//! failing half-way; a read sees one state of the file from start to end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::disk::Identity;
use crate::sqlite::copy::{copy_to, io_fault, sync_folder_of};
use crate::sqlite::fault::Fault;
use crate::sqlite::schema::Schema;
use crate::sqlite::{functions, patience};
use crate::{Footing, StoreError};

/// Readers at a time; more callers wait. Pages and API need few, each costs a cache.
const READER_COUNT_MAX: usize = 4;
/// How long a write waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Prepared statements that a connection remembers: more than an engine has.
const STATEMENT_COUNT_MAX: usize = 128;
/// The write-ahead log grows to about this before its pages go to the file. A page that changes in
/// every batch goes there once per log instead of once per megabyte (measured: a quarter fewer
/// bytes written); a start after a crash reads at most this much again.
const WAL_BYTES: u32 = 32 * 1024 * 1024;

#[cfg(test)]
mod tests;

/// See the file.
pub(in crate::sqlite) struct Pool {
    path: PathBuf,
    schema: Schema,
    writer: Mutex<Connection>,
    readers: Mutex<Readers>,
    returned: Condvar,
    /// The first damage that a question or a change met.
    damage: OnceLock<String>,
    /// Set for good when a sync failed.
    stopped: OnceLock<String>,
    /// The open files, which their names must lead to.
    names: Vec<(PathBuf, Identity)>,
}

#[derive(Default)]
struct Readers {
    idle: Vec<Connection>,
    open_count: usize,
}

impl Pool {
    /// Opens a file, creates it if it is missing, and brings it to the newest version.
    pub(in crate::sqlite) fn open(path: &Path, schema: Schema) -> Result<Self, StoreError> {
        let writer = open_writer(path, &schema).map_err(|fault| fault.named("open a database"))?;
        let wal = path.with_file_name(wal_name(path));
        let mut names = Vec::new();
        for name in [path.to_owned(), wal] {
            let identity = Identity::at(&name);
            let identity = identity.map_err(|error| io_fault("open a database", error));
            let identity = identity.map_err(|fault| fault.named("open a database"))?;
            names.extend(identity.map(|identity| (name, identity)));
        }
        Ok(Self {
            path: path.to_owned(),
            names,
            stopped: OnceLock::new(),
            schema,
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            returned: Condvar::new(),
            damage: OnceLock::new(),
        })
    }

    /// Changes something in one transaction, synced when this returns. `operation` names it in
    /// errors.
    pub(in crate::sqlite) fn write<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        // A poisoned lock is fine: the panic that poisoned it rolled its transaction back.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = self.stopped.get() {
            let (database, reason) = (self.schema.name, reason.clone());
            return Err(StoreError::Stopped { database, reason });
        }
        let run = || {
            let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|fault: Fault| self.named(fault, operation))
    }

    /// Asks something; everything that `work` reads is of the same moment.
    pub(in crate::sqlite) fn read<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let run = || {
            let mut reader = self.reader()?;
            let answer = reader.ask(work);
            if answer.as_ref().is_err_and(|fault| fault.damage().is_some()) {
                // It remembers the pages. The disk may give right ones to the next.
                reader.connection = None;
            }
            answer
        };
        run().map_err(|fault: Fault| self.named(fault, operation))
    }

    /// Copies the file as it is now, while others read and write: see [`copy_to`].
    pub(in crate::sqlite) fn backup_to(&self, dest: &Path) -> Result<(), StoreError> {
        let connection = connect(&self.path, &self.schema, OpenFlags::empty());
        let copied = connection.and_then(|connection| copy_to(&connection, dest));
        copied.map_err(|fault| fault.named("copy a database"))
    }

    /// Names a fault, and remembers it when it is damage or a failed sync.
    fn named(&self, fault: Fault, operation: &'static str) -> StoreError {
        if let Some(reason) = fault.failed_sync()
            && self.stopped.set(reason.clone()).is_ok()
        {
            let name = self.schema.name;
            tracing::error!(
                database = name,
                reason,
                "a sync failed; no change until a restart"
            );
        }
        if let Some(damage) = fault.damage() {
            let name = self.schema.name;
            // Only the first is kept and told: the others are of the same damage, mostly.
            if self.damage.set(format!("{name}: {damage}")).is_ok() {
                tracing::error!(database = name, damage, "a database is damaged");
            }
        }
        fault.named(operation)
    }

    /// The first damage that was met since the file was opened, without looking for more.
    pub(in crate::sqlite) fn damage(&self) -> Option<String> {
        self.damage.get().cloned()
    }

    /// What became of the file since it was opened.
    pub(in crate::sqlite) fn footing(&self) -> Footing {
        let is_lost = |(path, open): &&(PathBuf, Identity)| {
            // Who cannot even look has lost it, too.
            Identity::at(path).ok().flatten() != Some(*open)
        };
        let lost = self.names.iter().filter(is_lost);
        let stopped = self.stopped.get().map(|reason| {
            let name = self.schema.name;
            format!("{name}: no change is taken since the disk failed to sync: {reason}")
        });
        Footing {
            lost: lost.map(|(path, _)| path.clone()).collect(),
            stopped: stopped.into_iter().collect(),
        }
    }

    /// Every damage that the engine finds.
    pub(in crate::sqlite) fn check(&self) -> Result<Vec<String>, StoreError> {
        self.read("check a database", |connection| {
            damage_of(connection, self.schema.name)
        })
    }

    /// Takes a reader, waiting until one is free.
    fn reader(&self) -> Result<Reader<'_>, Fault> {
        let mut readers = self.lock_readers();
        loop {
            if let Some(connection) = readers.idle.pop() {
                let (pool, connection) = (self, Some(connection));
                return Ok(Reader { pool, connection });
            }
            if readers.open_count < READER_COUNT_MAX {
                break;
            }
            let waited = self.returned.wait(readers);
            readers = waited.unwrap_or_else(PoisonError::into_inner);
        }
        readers.open_count += 1;
        drop(readers);
        // From here on the guard gives the place back, also when opening fails.
        let mut reader = Reader {
            pool: self,
            connection: None,
        };
        reader.connection = Some(open_reader(&self.path, &self.schema)?);
        Ok(reader)
    }

    fn lock_readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every damage that the engine finds in a file, which messages call `name`.
pub(in crate::sqlite) fn damage_of(
    connection: &Connection,
    name: &str,
) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            found.push(format!("{name}: {line}"));
        }
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        found.push(format!("{name}: a row of {table} misses its {parent}"));
    }
    Ok(found)
}

/// A connection on loan.
struct Reader<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Reader<'_> {
    fn ask<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let transaction = self.unchecked_transaction()?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    fn unchecked_transaction(&self) -> Result<Transaction<'_>, Fault> {
        match &self.connection {
            Some(connection) => Ok(connection.unchecked_transaction()?),
            None => Err(Fault::missing("connection")),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut readers = self.pool.lock_readers();
        match self.connection.take() {
            Some(connection) => readers.idle.push(connection),
            None => readers.open_count -= 1,
        }
        self.pool.returned.notify_one();
    }
}

fn connect(path: &Path, schema: &Schema, more: OpenFlags) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_COUNT_MAX);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A plan that depends on values is made anew for each of them, and every statement about a
    // table with a partial index does: that took a third of filing a batch.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    functions::add(&connection)?;
    patience::watch(&mut connection)?;
    cache(&connection, schema.reader_cache_kib)?;
    Ok(connection)
}

fn open_reader(path: &Path, schema: &Schema) -> Result<Connection, Fault> {
    let connection = connect(path, schema, OpenFlags::empty())?;
    // A question that would change something fails, whatever text made it.
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn open_writer(path: &Path, schema: &Schema) -> Result<Connection, Fault> {
    // Two processes that create the same file at once would meet in the switch to WAL, which
    // does not wait; so opening is serialised by a lock beside the file.
    let opening = File::create(path.with_added_extension("lock"))
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|error| io_fault("lock a database", error))?;
    // Only SQLite itself may open the file: closing any other handle of it would drop the locks
    // that this process holds.
    let mut connection = connect(path, schema, OpenFlags::SQLITE_OPEN_CREATE)?;
    // Before anything is changed: a foreign or newer file stays as it is.
    schema.version(&connection)?;
    // Only heeded while the file is empty.
    connection.pragma_update(None, "page_size", schema.page_bytes)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        let reason = "the file system does not allow a write-ahead log".to_owned();
        let what = schema.name;
        return Err(StoreError::Corrupt { what, reason }.into());
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", WAL_BYTES / schema.page_bytes)?;
    // What a long reader made it grow beyond that is given back.
    connection.pragma_update(None, "journal_size_limit", 2 * WAL_BYTES)?;
    cache(&connection, schema.writer_cache_kib)?;
    settle(&connection)?;
    schema.migrate(&mut connection, path)?;
    sync_folder_of(path).map_err(|error| io_fault("create a database", error))?;
    drop(opening);
    Ok(connection)
}

/// Brings what the log of an earlier process holds to the file. A commit whose sync failed may be
/// in that log, and be read from memory only: what is written anew and synced is there for sure
/// (decision 0012).
fn settle(connection: &Connection) -> Result<(), Fault> {
    let settled: rusqlite::Result<i64> =
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(0));
    let Err(error) = settled else { return Ok(()) };
    let fault = Fault::Sql(error);
    if fault.failed_sync().is_some() || fault.damage().is_some() {
        return Err(fault);
    }
    // A full disk, mostly: pages can still be shown, and the log stays as it is.
    tracing::warn!(error = ?fault, "failed to move a database's log into its file");
    Ok(())
}

/// The name of the log beside a database.
fn wal_name(path: &Path) -> std::ffi::OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-wal");
    name
}

fn cache(connection: &Connection, kib: u32) -> Result<(), Fault> {
    // Negative means KiB, positive would mean pages.
    connection.pragma_update(None, "cache_size", -i64::from(kib))?;
    Ok(())
}
