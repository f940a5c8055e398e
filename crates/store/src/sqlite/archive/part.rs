//! One partition: the file that takes events, or a sealed one with what memory holds of it.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rusqlite::{Connection, params};
use watchpost_model::{EventId, IssueId, ProjectId, Timestamp, chain};

use super::SCHEMA;
use super::filter::{Filter, key_of_event, key_of_issue};
use super::folder::{Folder, Name, failed};
use super::salvage::is_ill;
use super::shelf::Shelf;
use crate::StoreError;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::{self, Fault};
use crate::sqlite::pool::Pool;

/// After a single failure of the disk SQLite may call a sound file malformed, once. So many looks
/// must agree.
pub(super) const LOOK_COUNT_MAX: usize = 3;

/// See the file.
pub(super) struct Part {
    pub(super) name: Name,
    pub(super) path: PathBuf,
    kind: Kind,
    damage: OnceLock<String>,
    ill: OnceLock<()>,
}

enum Kind {
    /// Takes events, or did until a moment ago.
    Open { pool: Box<Pool>, inode: u64 },
    /// Never changes.
    Sealed(Sealed),
}

/// What memory holds of a sealed partition.
pub(super) struct Sealed {
    ids: Filter,
    issues: Filter,
    pub(super) uses: BTreeMap<ProjectId, Use>,
}

/// What a project, or an issue, has in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) oldest: Timestamp,
    pub(super) newest: Timestamp,
}

impl Part {
    /// Opens the file of `name`, which exists.
    pub(super) fn open(folder: &Folder, name: Name, shelf: &Shelf) -> Result<Self, StoreError> {
        let path = folder.path_of(name);
        let kind = if name.revision == 0 {
            let file = std::fs::metadata(&path);
            let file = file.map_err(|error| failed("open a partition", error))?;
            // SQLite would take it for a new database.
            if file.len() == 0 {
                return Err(corrupt("it is empty"));
            }
            let inode = file.ino();
            let pool = Box::new(Pool::open(&path, SCHEMA)?);
            Kind::Open { pool, inode }
        } else {
            let sealed = |sql: &_| sealed(sql, name.number);
            Kind::Sealed(shelf.read(name, &path, "open a partition", sealed)?)
        };
        Ok(Self {
            name,
            path,
            kind,
            damage: OnceLock::new(),
            ill: OnceLock::new(),
        })
    }

    /// The first damage that was met in it.
    pub(super) fn damage(&self) -> Option<String> {
        let met = self.damage.get().cloned();
        let met = met.or_else(|| self.pool().and_then(Pool::damage));
        met.map(|damage| format!("archive/{}: {damage}", self.name))
    }

    /// Whether a look through the whole file finds damage. Once found it is not looked for again.
    pub(super) fn is_ill(&self) -> bool {
        if self.ill.get().is_none() && is_ill(self) {
            self.ill.get_or_init(|| ());
        }
        self.ill.get().is_some()
    }

    /// Notes and tells damage that was met in it.
    pub(super) fn hurt(&self, error: &StoreError) {
        let cause = chain(error);
        tracing::error!(partition = %self.name, cause, "a partition is damaged");
        self.damage.get_or_init(|| cause);
    }

    /// The pool of an open one.
    pub(super) fn pool(&self) -> Option<&Pool> {
        match &self.kind {
            Kind::Open { pool, .. } => Some(pool),
            Kind::Sealed(_) => None,
        }
    }

    /// What memory holds of a sealed one.
    pub(super) fn sealed(&self) -> Option<&Sealed> {
        match &self.kind {
            Kind::Open { .. } => None,
            Kind::Sealed(sealed) => Some(sealed),
        }
    }

    /// Whether its name still leads to the file that is open: what is written to a deleted file
    /// is lost (F08).
    pub(super) fn is_in_place(&self) -> bool {
        match &self.kind {
            Kind::Open { inode, .. } => inode_of(&self.path).is_ok_and(|found| found == *inode),
            Kind::Sealed(_) => self.path.exists(),
        }
    }

    /// Asks the file.
    pub(super) fn read<T>(
        &self,
        shelf: &Shelf,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        match &self.kind {
            Kind::Open { pool, .. } => pool.read(operation, work),
            Kind::Sealed(_) => shelf.read(self.name, &self.path, operation, work),
        }
    }

    /// `false`: the event is not here.
    pub(super) fn may_have_event(&self, project: ProjectId, event: EventId) -> bool {
        let sealed = self.sealed();
        sealed.is_none_or(|sealed| sealed.ids.may_have(key_of_event(project, event)))
    }

    /// `false`: no event of the project, or of this issue of it, is here.
    pub(super) fn may_have(&self, project: ProjectId, issue: Option<IssueId>) -> bool {
        let Some(sealed) = self.sealed() else {
            return true;
        };
        let of_issue = |issue| sealed.issues.may_have(key_of_issue(project, issue));
        sealed.uses.contains_key(&project) && issue.is_none_or(of_issue)
    }

    /// When the project's oldest and newest events here were received; unbounded while it changes.
    pub(super) fn span(&self, project: ProjectId) -> (i64, i64) {
        let found = self.sealed().and_then(|sealed| sealed.uses.get(&project));
        found.map_or((i64::MIN, i64::MAX), |found| {
            (found.oldest.as_micros(), found.newest.as_micros())
        })
    }

    /// What each project has here.
    pub(super) fn uses(&self, shelf: &Shelf) -> Result<BTreeMap<ProjectId, Use>, StoreError> {
        match &self.kind {
            Kind::Open { .. } => self.read(shelf, "measure a partition", uses),
            Kind::Sealed(sealed) => Ok(sealed.uses.clone()),
        }
    }
}

fn corrupt(reason: &str) -> StoreError {
    let (what, reason) = ("partition", reason.to_owned());
    StoreError::Corrupt { what, reason }
}

fn inode_of(path: &Path) -> std::io::Result<u64> {
    Ok(std::fs::metadata(path)?.ino())
}

/// Reads what memory holds of a sealed partition.
fn sealed(sql: &Connection, number: u32) -> Result<Sealed, Fault> {
    if SCHEMA.version(sql)? == 0 {
        return Err(corrupt("it is empty").into());
    }
    let question = "SELECT number FROM partition";
    let found: u32 = sql.query_row(question, [], |row| row.column("number"))?;
    if found != number {
        return Err(corrupt(&format!("it is partition {found}")).into());
    }
    let filter = |name: &str| -> Result<Filter, Fault> {
        let question = "SELECT bytes FROM filter WHERE name = ?1";
        let bytes: Vec<u8> = sql.query_row(question, params![name], |row| row.column("bytes"))?;
        Ok(Filter::read(&bytes)?)
    };
    Ok(Sealed {
        ids: filter("ids")?,
        issues: filter("issues")?,
        uses: uses(sql)?,
    })
}

fn uses(sql: &Connection) -> Result<BTreeMap<ProjectId, Use>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT project, events, bytes, oldest, newest FROM usage")?;
    let rows = statement.query_map([], |row| {
        let found = Use {
            events: row.count("events")?,
            bytes: row.count("bytes")?,
            oldest: row.moment("oldest")?,
            newest: row.moment("newest")?,
        };
        Ok((ProjectId(row.column("project")?), found))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether the bytes of a file are at fault, not the moment: trying again will not help.
pub(super) fn is_damage(error: &StoreError) -> bool {
    match error {
        StoreError::Corrupt { .. } | StoreError::Incomplete { .. } => true,
        StoreError::Engine { source, .. } => match source.downcast_ref::<rusqlite::Error>() {
            Some(rusqlite::Error::SqliteFailure(error, _)) => fault::is_damage(*error),
            Some(
                rusqlite::Error::QueryReturnedNoRows
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..),
            ) => true,
            _ => false,
        },
        StoreError::Exists { .. }
        | StoreError::Missing { .. }
        | StoreError::TooMany { .. }
        | StoreError::LastOwner
        | StoreError::TooNew { .. }
        | StoreError::Slow { .. }
        | StoreError::Stopped { .. } => false,
    }
}

/// What a partition answered, or nothing when it is damaged or gone: the others are served (F07).
pub(super) fn tolerate<T>(
    part: &Part,
    answer: Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        // Whoever asks finds out whether something took its place.
        Err(_) if !part.is_in_place() => {
            tracing::debug!(partition = %part.name, "the file of a partition is gone");
            Ok(None)
        }
        Err(error) if is_damage(&error) => {
            part.hurt(&error);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
