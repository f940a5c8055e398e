//! How a partition begins and ends: new files, and the one file of older versions.

use std::path::Path;

use rusqlite::{Connection, params};

use super::SCHEMA;
use super::folder::{Folder, Name, failed};
use crate::StoreError;
use crate::sqlite::copy::sync_folder_of;
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;

/// What the next partition starts with.
pub(super) struct Next<'a> {
    pub(super) number: u32,
    pub(super) first_seq: i64,
    /// The partitions that are there beside it.
    pub(super) expected: &'a [u32],
    /// Carried over; empty: none.
    pub(super) dictionary: &'a [u8],
}

const NEXT_SEQ: &str = "SELECT max(first_seq, 1 + (SELECT coalesce(max(seq), 0) FROM event))
     FROM partition";

/// Ends a partition: from here on it refuses events. The `seq` with which the next one begins.
pub(super) fn close(pool: &Pool) -> Result<i64, StoreError> {
    pool.write("end a partition", |sql| {
        sql.execute("UPDATE partition SET closed = 1", [])?;
        Ok(sql.query_row(NEXT_SEQ, [], |row| row.get(0))?)
    })
}

/// The `seq` of the next event. It never falls, also when the newest events are forgotten.
pub(super) fn next_seq(pool: &Pool) -> Result<i64, StoreError> {
    pool.read("read where the archive is", |sql| {
        let mut statement = sql.prepare_cached(NEXT_SEQ)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    })
}

/// Makes the file of the next partition.
pub(super) fn begin(folder: &Folder, next: &Next<'_>) -> Result<(), StoreError> {
    let (number, revision) = (next.number, 0);
    let name = Name { number, revision };
    let write = || -> Result<(), Fault> {
        let sql = new_file(&folder.unfinished(name), SCHEMA.page_bytes)?;
        sql.execute(
            "UPDATE partition SET number = ?1, first_seq = ?2",
            params![next.number, next.first_seq],
        )?;
        for number in next.expected {
            sql.execute("INSERT OR IGNORE INTO expected VALUES (?1)", [number])?;
        }
        if !next.dictionary.is_empty() {
            let insert = "INSERT INTO dictionary (id, trained, bytes) VALUES (1, 0, ?1)";
            sql.execute(insert, [next.dictionary])?;
        }
        Ok(())
    };
    write().map_err(|fault| fault.named("begin a partition"))?;
    folder.publish(name)
}

/// An empty archive at `path`, in place of what an earlier try left. Not durable before it is
/// synced, and not whole before it is closed: write under an unfinished name only.
pub(super) fn new_file(path: &Path, page_bytes: u32) -> Result<Connection, Fault> {
    if path.exists() {
        std::fs::remove_file(path).map_err(|error| failed("begin a partition", error))?;
    }
    let mut sql = Connection::open(path)?;
    sql.pragma_update(None, "page_size", page_bytes)?;
    sql.pragma_update(None, "journal_mode", "OFF")?;
    sql.pragma_update(None, "synchronous", "OFF")?;
    sql.pragma_update(None, "temp_store", "MEMORY")?;
    SCHEMA.migrate(&mut sql, path)?;
    Ok(sql)
}

/// Takes in `archive.sqlite` beside the folder, as versions before partitions wrote it: it
/// becomes the first partition. The caller holds the folder's lock.
pub(super) fn adopt(folder: &Folder) -> Result<(), StoreError> {
    let old = folder.path().with_extension("sqlite");
    if !old.is_file() {
        return Ok(());
    }
    if !folder.list()?.names.is_empty() {
        let what = "archive";
        let reason = format!("both {} and partitions are there", old.display());
        return Err(StoreError::Corrupt { what, reason });
    }
    settle(&old).map_err(|fault| fault.named("take in the archive of an older version"))?;
    let (number, revision) = (1, 0);
    let first = folder.path_of(Name { number, revision });
    let moved = || {
        for end in ["-shm", "-wal", ".lock"] {
            let beside = old.with_file_name(format!("{}{end}", file_name(&old)));
            if beside.exists() {
                std::fs::remove_file(beside)?;
            }
        }
        std::fs::rename(&old, &first)?;
        sync_folder_of(&first)?;
        sync_folder_of(&old)
    };
    moved().map_err(|error| failed("take in the archive of an older version", error))?;
    tracing::info!(file = %old.display(), "became the first partition of the archive");
    Ok(())
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Brings everything from the write-ahead log into the file, alone.
fn settle(path: &Path) -> Result<(), Fault> {
    let sql = Connection::open(path)?;
    SCHEMA.version(&sql)?;
    // Fails while another process has the file open, and removes the log otherwise.
    let mode: String =
        sql.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode == "delete" {
        return Ok(());
    }
    let (what, reason) = ("archive", "another process has it open".to_owned());
    Err(StoreError::Corrupt { what, reason }.into())
}
