//! Copies of a file that is in use, and making names durable.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use rusqlite::Connection;

use super::fault::Fault;
use crate::StoreError;

/// Copies what `connection` sees to `dest`, which must not exist. The copy appears under its name
/// only when it is complete and synced; an unfinished one of an earlier try is replaced.
pub(super) fn copy_to(connection: &Connection, dest: &Path) -> Result<(), Fault> {
    if dest.exists() {
        let (what, name) = ("file", dest.display().to_string());
        return Err(StoreError::Exists { what, name }.into());
    }
    let partial = dest.with_added_extension("partial");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(io_fault("replace an unfinished copy", error));
        }
        _ => {}
    }
    let name = partial.to_str().ok_or_else(|| {
        let error = io::Error::new(ErrorKind::InvalidInput, "the path is not UTF-8");
        io_fault("copy a database", error)
    })?;
    connection.execute("VACUUM INTO ?1", [name])?;
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&partial, dest))
        .and_then(|()| sync_folder_of(dest))
        .map_err(|error| io_fault("copy a database", error))
}

/// Makes the names in the folder of `path` durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A failure of the file system while `operation` was being done.
pub(super) fn io_fault(operation: &'static str, error: io::Error) -> Fault {
    let source = Box::new(error);
    StoreError::Engine { operation, source }.into()
}
