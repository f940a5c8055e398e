//! Why a unit of work ended early: the engine's word or ours, until it gets a name.

use rusqlite::{ErrorCode, ffi};

use crate::StoreError;

/// An error inside a transaction. [`Fault::named`] turns it into what callers see.
#[derive(Debug)]
pub(super) enum Fault {
    /// The engine failed, or refused.
    Sql(rusqlite::Error),
    /// We refuse.
    Store(StoreError),
}

impl Fault {
    /// What callers see: `operation` says what was being done.
    pub(super) fn named(self, operation: &'static str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Sql(error) => {
                let source = Box::new(error);
                StoreError::Engine { operation, source }
            }
        }
    }

    /// What the engine says, when it met damaged pages.
    pub(super) fn damage(&self) -> Option<String> {
        let Self::Sql(error) = self else { return None };
        is_damage(*error.sqlite_error()?).then(|| error.to_string())
    }

    /// What the engine says, when a sync failed.
    pub(super) fn failed_sync(&self) -> Option<String> {
        let Self::Sql(error) = self else { return None };
        let code = error.sqlite_error()?.extended_code;
        let is_sync = matches!(code, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC);
        is_sync.then(|| error.to_string())
    }

    /// Nothing there.
    pub(super) fn missing(what: &'static str) -> Self {
        Self::Store(StoreError::Missing { what })
    }
}

/// Whether the engine met bytes that are wrong, or a place of a file that cannot be read.
pub(super) fn is_damage(error: ffi::Error) -> bool {
    match error.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
        ErrorCode::SystemIoFailure => matches!(
            error.extended_code,
            ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS
        ),
        _ => false,
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl StoreError {
    /// Whether the disk or a lock failed the change, so that it says nothing about what was to be
    /// stored, and may succeed once somebody has made room. A place of a file that cannot be read
    /// is no such failure: it may be met by one event only, again and again.
    pub fn is_of_the_disk(&self) -> bool {
        let source = match self {
            Self::Engine { source, .. } => source,
            Self::Stopped { .. } => return true,
            _ => return false,
        };
        if source.is::<std::io::Error>() {
            return true;
        }
        let error = source.downcast_ref::<rusqlite::Error>();
        let Some(error) = error.and_then(rusqlite::Error::sqlite_error) else {
            return false;
        };
        match error.code {
            ErrorCode::DiskFull
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory => true,
            ErrorCode::SystemIoFailure => !is_damage(*error),
            _ => false,
        }
    }
}

/// What to say when an insert breaks a rule of the schema.
pub(super) struct Insert<'a> {
    /// The noun that is inserted.
    pub(super) what: &'static str,
    /// Its name, which is unique.
    pub(super) name: &'a str,
    /// The noun that it belongs to, which must exist.
    pub(super) parent: &'static str,
}

impl Insert<'_> {
    /// Reads the engine's refusal: a name that is taken, a parent that is not there.
    pub(super) fn refused(&self, error: rusqlite::Error) -> Fault {
        let code = error.sqlite_error().map(|error| error.extended_code);
        match code {
            Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                let (what, name) = (self.what, self.name.to_owned());
                StoreError::Exists { what, name }.into()
            }
            Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Fault::missing(self.parent),
            _ => Fault::Sql(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f04_a_full_disk_is_told_from_a_broken_row() {
        let check = |code, expect| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let error = Fault::Sql(error).named("store");
            assert_eq!(error.is_of_the_disk(), expect, "{code}");
        };
        check(ffi::SQLITE_FULL, true);
        check(ffi::SQLITE_BUSY, true);
        check(ffi::SQLITE_READONLY, true);
        check(ffi::SQLITE_IOERR_WRITE, true);
        check(ffi::SQLITE_IOERR_FSYNC, true);
        check(ffi::SQLITE_IOERR_READ, false);
        check(ffi::SQLITE_IOERR_CORRUPTFS, false);
        check(ffi::SQLITE_CORRUPT, false);
        check(ffi::SQLITE_CONSTRAINT_UNIQUE, false);
        let (database, reason) = ("ledger", String::new());
        assert!(StoreError::Stopped { database, reason }.is_of_the_disk());
        assert!(!StoreError::Missing { what: "event" }.is_of_the_disk());
    }
}
