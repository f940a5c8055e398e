//! The ledger in SQLite: `ledger.sqlite`. One file per noun; [`apply`] files events.

mod absent;
mod act;
mod activity;
mod age;
mod alike;
mod apply;
mod audit;
mod chart;
mod cleanup;
mod counted;
mod dashboard;
mod filtered;
mod find;
mod folder;
mod issue;
mod joined;
mod judge;
mod key;
mod kin;
mod life;
mod member;
mod mention;
mod merge;
mod news;
mod opening;
mod org;
mod outcome;
mod outcome_sum;
mod outside;
mod overflow;
mod owned;
mod person;
mod place;
mod project;
mod release;
mod rules;
mod saved;
mod session;
mod split;
mod tabs;
mod tally;
mod team;
mod tombstone;
mod trash;
mod two_factor;
mod undo;
mod unmerge;
mod untally;
mod upkeep;
mod user;
mod users;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod walks;

use std::path::Path;

use super::pool::Pool;
use super::schema::{BeforeMigrating, Schema};
use crate::limits::NEW_ISSUES_PER_HOUR_MAX;
use crate::{Footing, Ledger, StoreError};

/// The file `ledger.sqlite`.
const SCHEMA: Schema = Schema {
    name: "ledger",
    // "WPLE"
    application_id: 0x5750_4c45,
    // Rows are small and spread: larger pages would write more per change.
    page_bytes: 4096,
    writer_cache_kib: 16 * 1024,
    reader_cache_kib: 2 * 1024,
    migrations: &[
        include_str!("migrations/0001_first.sql"),
        include_str!("migrations/0002_quotas.sql"),
        include_str!("migrations/0003_flat.sql"),
        include_str!("migrations/0004_outcome_days.sql"),
        include_str!("migrations/0005_set_aside.sql"),
        include_str!("migrations/0006_unkept.sql"),
        include_str!("migrations/0007_rules.sql"),
        include_str!("migrations/0008_life.sql"),
        include_str!("migrations/0009_others.sql"),
        include_str!("migrations/0010_mended.sql"),
        include_str!("migrations/0011_split.sql"),
        include_str!("migrations/0012_teams.sql"),
        include_str!("migrations/0013_searches.sql"),
        include_str!("migrations/0014_orders.sql"),
        include_str!("migrations/0015_trash.sql"),
        include_str!("migrations/0019_members.sql"),
        include_str!("migrations/0020_audit.sql"),
        include_str!("migrations/0017_queries.sql"),
        include_str!("migrations/0016_issue_page.sql"),
    ],
    before_migrating: BeforeMigrating::Copy,
};

/// The ledger in one SQLite file.
pub struct SqliteLedger {
    pool: Pool,
    new_issues_max: u64,
}

impl SqliteLedger {
    /// Opens the file at `path`, creates it if it is missing, brings it to the newest version.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooNew`] when a newer Watchpost wrote it, [`StoreError::Corrupt`] when it is
    /// some other file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let pool = Pool::open(path, SCHEMA)?;
        Ok(Self {
            pool,
            new_issues_max: NEW_ISSUES_PER_HOUR_MAX,
        })
    }

    /// Bounds how many issues a project may open within an hour.
    #[must_use]
    pub fn with_new_issues_per_hour(mut self, max: u64) -> Self {
        self.new_issues_max = max;
        self
    }

    /// Does something while nobody, in this process or another, writes to the ledger. The digest
    /// waits, clients do not.
    pub fn hold<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.pool
            .write("hold the ledger", |_| work().map_err(Into::into))
    }

    /// Copies the ledger as it is now to `dest`, which must not exist. Others read and write
    /// meanwhile. The copy is one complete file, synced.
    pub fn backup_to(&self, dest: &Path) -> Result<(), StoreError> {
        self.pool.backup_to(dest)
    }
}

impl Ledger for SqliteLedger {
    fn check(&self) -> Result<Vec<String>, StoreError> {
        self.pool.check()
    }

    fn probe(&self) -> Result<(), StoreError> {
        // SQLite writes the page of this number even when it stays as it is.
        self.pool.write("try to write", |sql| {
            let version: i64 = sql.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(sql.pragma_update(None, "user_version", version)?)
        })
    }

    fn damage(&self) -> Option<String> {
        self.pool.damage()
    }

    fn footing(&self) -> Footing {
        self.pool.footing()
    }
}
