//! Accepted but not yet digested: where an event waits between its 200 and the stores.
//!
//! ```text
//! gates ── append ──▶ [ spool ] ── read ──▶ digest ── commit ──▶ forgotten
//!          (future ready once on disk)
//! ```
//! `accept` appends, `digest` reads and commits. The default engine is [`FileSpool`]; whatever
//! engine is below, `suite.rs` says what it must do.

pub mod check;
mod file;
mod frame;
mod position;
mod reader;
mod segment;
mod slots;
mod trouble;
mod writer;

#[cfg(test)]
pub(crate) mod suite;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use watchpost_model::{Receipt, Remark};
// Who opens a spool says on which disk.
pub use watchpost_store::disk::{Disk, DiskFile};

pub use file::{FileSpool, FileSpoolOptions};
pub use position::{POSITION_FILE, PROMISE_FILE};
pub(crate) use slots::Slots;

/// One accepted event: what the gate knows, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The circumstances.
    pub receipt: Receipt,
    /// What the gate repaired in it.
    pub remarks: Vec<Remark>,
    /// The event, JSON, as decoded at the gate.
    pub body: Bytes,
}

/// A record read back, with its place in the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooled {
    /// Its number: later records have greater ones.
    pub seq: u64,
    /// What was appended.
    pub record: Record,
}

/// What one read gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The records, in the order in which they were appended.
    pub records: Vec<Spooled>,
    /// The damaged places that were met and set aside on the way, each with the number of the first
    /// record that may have been there. A place that is met again has the same number again, or
    /// one that is smaller.
    pub damaged: Vec<u64>,
    /// Records that are in no file any more, by the first and the last of their numbers. They come
    /// alone: what was before them is in an earlier batch, what is behind them in a later one.
    pub lost: Option<RangeInclusive<u64>>,
    /// Everything up to here is covered by this batch and the ones before it: what to commit once
    /// the batch is digested. `None` when the batch covers nothing new.
    pub end: Option<u64>,
}

impl Batch {
    /// Whether nothing was met on the way.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.damaged.is_empty() && self.lost.is_none()
    }
}

/// The state of a spool, for health checks and for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpoolStatus {
    /// The greatest number that is on disk.
    pub appended: u64,
    /// The greatest number that is digested.
    pub committed: u64,
    /// Bytes that wait to be digested.
    pub backlog_bytes: u64,
    /// Damaged places met since the start.
    pub damaged: u64,
    /// Why the last write failed, if it did: a full disk, mostly. The next one may succeed.
    pub failing: Option<String>,
    /// Why nothing can be appended any more, if so.
    pub stopped: Option<String>,
}

/// Ready when the record is on disk and synced, or when it is sure that it is not. Dropping the
/// future does not take the record back.
pub type AppendFuture = Pin<Box<dyn Future<Output = Result<u64, SpoolError>> + Send>>;

/// Keeps records in order until they are committed. All methods may be called from any thread;
/// `read` and `commit` are meant for one digest.
pub trait Spool: Send + Sync {
    /// Takes a record. It is safe once the future says so, and only then.
    fn append(&self, record: Record) -> AppendFuture;

    /// The next records: at least one if there is any, at most `records_max`, and no further one
    /// once `bytes_max` bytes of bodies are reached. Goes on after the last read, not after the
    /// last commit; blocks on the disk, but never waits for records.
    fn read(&self, records_max: usize, bytes_max: usize) -> Result<Batch, SpoolError>;

    /// Reads on after the last commit again: whoever read further has lost it. Returns up to where
    /// it had been read.
    fn rewind(&self) -> u64;

    /// Waits until there is something to read, the spool is closed, or `longest` has passed.
    fn wait(&self, longest: Duration);

    /// Forgets all records up to `seq`. A spool opened after a crash begins after the last commit
    /// that survived; it may be an earlier one, never a later one.
    fn commit(&self, seq: u64) -> Result<(), SpoolError>;

    /// Whether a write should wait a moment for others, to share its sync with them: worth it when
    /// the processor is short, not when clients wait for nothing else.
    fn share_syncs(&self, is_worth_it: bool);

    /// Takes no more records. What was taken is still written, and can be read.
    fn close(&self);

    /// Whether it takes records at all. Cheap: asked by health checks.
    fn accepts(&self) -> bool;

    /// Whether there is room for one more record of usual size. Cheap: asked by every door.
    fn has_room(&self) -> bool;

    /// How it is.
    fn status(&self) -> SpoolStatus;

    /// Its files that were deleted or moved away while they are open. Asks the disk.
    fn lost_files(&self) -> Vec<PathBuf>;

    /// What [`Self::share_syncs`] said last.
    #[cfg(test)]
    fn shares_syncs(&self) -> bool;

    /// Waits until everything that is on disk is committed. `false` after `longest`.
    #[cfg(test)]
    fn wait_committed(&self, longest: Duration) -> bool;
}

/// Why a record was not taken, or could not be read back.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SpoolError {
    /// The bound on undigested bytes is reached.
    #[error("the spool holds {bytes_max} bytes, which is its bound")]
    Full {
        /// The bound.
        bytes_max: u64,
    },
    /// The record alone is larger than the spool takes.
    #[error("the record is larger than {bytes_max} bytes")]
    TooLarge {
        /// The bound.
        bytes_max: u64,
    },
    /// A call to the disk failed; the next one may succeed.
    #[error("failed to {operation} {}", path.display())]
    Disk {
        /// What was being done.
        operation: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: Arc<io::Error>,
    },
    /// The file that is written to has lost its name: it was deleted or moved, or its file system
    /// unmounted. Once it is back, records are taken again.
    #[error("{} was deleted or moved away while it was open", path.display())]
    Unnamed {
        /// Where it was.
        path: PathBuf,
    },
    /// A sync failed. What the disk holds is unknown from then on, so nothing more is taken until
    /// the spool is opened anew.
    #[error("the spool stopped, because a sync of {} failed", path.display())]
    Stopped {
        /// The file that could not be synced.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: Arc<io::Error>,
    },
    /// The spool is shutting down.
    #[error("the spool is closed")]
    Closed,
}

impl SpoolError {
    /// Whether the disk has to be put back, or be made writable, before a retry makes sense.
    pub fn is_unwritable(&self) -> bool {
        match self {
            Self::Unnamed { .. } => true,
            Self::Disk { source, .. } => source.kind() == io::ErrorKind::ReadOnlyFilesystem,
            _ => false,
        }
    }

    /// Whether space has to be made before a retry makes sense: by digesting, or on the disk.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Disk { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            ),
            Self::TooLarge { .. } | Self::Unnamed { .. } | Self::Stopped { .. } | Self::Closed => {
                false
            }
        }
    }
}

/// Names the operation and the file of a failed call.
pub(crate) fn failed(
    operation: &'static str,
    path: &std::path::Path,
) -> impl FnOnce(io::Error) -> SpoolError + use<> {
    let path = path.to_owned();
    move |source| SpoolError::Disk {
        operation,
        path,
        source: Arc::new(source),
    }
}
