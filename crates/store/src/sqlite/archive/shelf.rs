//! The connections to sealed partitions: a few, to those that were asked last.
//!
//! Sealed files never change, so they are opened without locks; a rewritten one has another name.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

use super::folder::Name;
use crate::StoreError;
use crate::sqlite::fault::Fault;
use crate::sqlite::{functions, patience};

/// Connections at a time; more callers wait.
const CONNECTION_COUNT_MAX: usize = 8;
/// Memory that each may use for pages.
const CACHE_KIB: i64 = 1024;
/// Prepared statements that each remembers.
const STATEMENT_COUNT_MAX: usize = 32;

/// See the file.
#[derive(Default)]
pub(super) struct Shelf {
    open: Mutex<Open>,
    returned: Condvar,
}

#[derive(Default)]
struct Open {
    /// Nobody uses them; the one that was used last is last.
    idle: Vec<(Name, Connection)>,
    count: usize,
}

impl Shelf {
    /// Asks the sealed partition `name`, whose file is at `path`.
    pub(super) fn read<T>(
        &self,
        name: Name,
        path: &Path,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let run = || {
            let mut loan = self.take(name);
            if loan.connection.is_none() {
                loan.connection = Some(open_sealed(path)?);
            }
            let answer = match &loan.connection {
                Some(connection) => work(connection),
                None => Err(Fault::missing("connection")),
            };
            if answer.as_ref().is_err_and(|fault| fault.damage().is_some()) {
                // It remembers the pages. The disk may give right ones to the next.
                loan.connection = None;
            }
            answer
        };
        run().map_err(|fault: Fault| fault.named(operation))
    }

    /// Closes what nobody will ask again.
    pub(super) fn keep(&self, is_live: impl Fn(Name) -> bool) {
        let mut open = self.lock();
        let before = open.idle.len();
        open.idle.retain(|(name, _)| is_live(*name));
        open.count -= before - open.idle.len();
        self.returned.notify_all();
    }

    /// A connection to `name`, or the place for one.
    fn take(&self, name: Name) -> Loan<'_> {
        let mut open = self.lock();
        let connection = loop {
            let held = open.idle.iter().rposition(|(held, _)| *held == name);
            if let Some(place) = held {
                break Some(open.idle.remove(place).1);
            }
            if open.count < CONNECTION_COUNT_MAX {
                open.count += 1;
                break None;
            }
            if !open.idle.is_empty() {
                // In place of the one that was not asked for longest.
                open.idle.remove(0);
                break None;
            }
            let waited = self.returned.wait(open);
            open = waited.unwrap_or_else(PoisonError::into_inner);
        };
        Loan {
            shelf: self,
            name,
            connection,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan.
struct Loan<'a> {
    shelf: &'a Shelf,
    name: Name,
    connection: Option<Connection>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut open = self.shelf.lock();
        match self.connection.take() {
            Some(connection) => open.idle.push((self.name, connection)),
            None => open.count -= 1,
        }
        self.shelf.returned.notify_one();
    }
}

/// Opens a file that nobody changes.
fn open_sealed(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let mut connection = Connection::open_with_flags(immutable_uri(path), flags)?;
    functions::add(&connection)?;
    patience::watch(&mut connection)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_COUNT_MAX);
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// The name by which SQLite opens a file without locks.
pub(super) fn immutable_uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    // As in a query, but for the blank, which is no "+" in a path.
    let path = path.as_os_str().as_bytes();
    uri.extend(form_urlencoded::byte_serialize(path));
    let mut uri = uri.replace('+', "%20");
    uri.push_str("?immutable=1");
    uri
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn sealed(dir: &Path, number: u32) -> (Name, std::path::PathBuf) {
        let revision = 1;
        let name = Name { number, revision };
        let path = dir.join(format!("ö #{name}"));
        let sql = Connection::open(&path).unwrap();
        let make = format!("CREATE TABLE number (value); INSERT INTO number VALUES ({number})");
        sql.execute_batch(&make).unwrap();
        (name, path)
    }

    fn ask(shelf: &Shelf, (name, path): &(Name, std::path::PathBuf)) -> u32 {
        let question = "SELECT value FROM number";
        let asked = shelf.read(*name, path, "ask", |sql| {
            Ok(sql.query_row(question, [], |row| row.get(0))?)
        });
        asked.unwrap()
    }

    #[test]
    fn few_are_open_and_everybody_is_answered() {
        let dir = tempfile::tempdir().unwrap();
        let files: Vec<_> = (1..=20).map(|number| sealed(dir.path(), number)).collect();
        let shelf = Shelf::default();
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for file in &files {
                        assert_eq!(ask(&shelf, file), file.0.number);
                    }
                });
            }
        });
        let open = shelf.lock();
        assert!(open.count <= CONNECTION_COUNT_MAX && open.count == open.idle.len());
        drop(open);
        shelf.keep(|name| name.number == 20);
        let open = shelf.lock();
        let all_live = open.idle.iter().all(|(name, _)| name.number == 20);
        assert!(all_live && open.count == open.idle.len());
    }

    #[test]
    fn a_missing_file_is_an_error_and_takes_no_place() {
        let dir = tempfile::tempdir().unwrap();
        let (name, path) = sealed(dir.path(), 1);
        std::fs::remove_file(&path).unwrap();
        let shelf = Shelf::default();
        for _ in 0..=CONNECTION_COUNT_MAX {
            let asked = shelf.read(name, &path, "ask", |_| Ok(()));
            assert_eq!(asked.unwrap_err().to_string(), "failed to ask");
        }
        assert_eq!(shelf.lock().count, 0);
    }
}
