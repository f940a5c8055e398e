//! The embedded engine: SQLite, one file for the ledger and one for the archive.
//!
//! SQL stays in this folder. Every change is one `BEGIN IMMEDIATE` transaction with
//! `synchronous=FULL`, so what was answered is on disk; several processes (the server and the
//! command line) may have the same files open.

mod archive;
mod columns;
mod condition;
mod copy;
mod fault;
mod functions;
mod ledger;
mod patience;
mod pool;
mod schema;

#[cfg(test)]
mod tests;

pub use archive::{ArchiveOptions, SqliteArchive};
pub use ledger::SqliteLedger;
