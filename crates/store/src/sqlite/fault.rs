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
        let code = error.sqlite_error_code()?;
        let is_damage = matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase);
        is_damage.then(|| error.to_string())
    }

    /// Nothing there.
    pub(super) fn missing(what: &'static str) -> Self {
        Self::Store(StoreError::Missing { what })
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
