//! The default spool: segment files in one folder.
//!
//! ```text
//! append ─▶ queue ─▶ writer thread: one write, one sync ─▶ segment ─▶ segment ─▶ segment
//!             │        (wakes all who waited)               ▲ deleted     ▲ reader
//!             └ bounded                                     └ commit      └ cursor
//! ```
//! The folder must be used by one process only; the binary holds its lock.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::frame::{BatchNumber, Payload};
use super::position::{POSITION_FILE, PROMISE_FILE, SeqFile};
use super::reader::Reader;
use super::segment::{Aside, SEGMENT_SEQ_SPAN_MAX, Segment};
use super::writer::{self, Place, Queue, Waiting, Writer};
use super::{AppendFuture, Batch, Disk, Record, Spool, SpoolError, SpoolStatus, failed};
use crate::gate::chain;
use crate::limits::{SPOOL_QUEUE_BYTES_MAX, SPOOL_RECORD_BYTES_MAX};
use crate::metrics::Metrics;
use crate::random::Random;
use crate::sync::lock;

/// Where and how large.
#[derive(Clone)]
pub struct FileSpoolOptions {
    /// The folder of the segments.
    pub dir: PathBuf,
    /// The folder for damaged bytes.
    pub aside: PathBuf,
    /// Bound on undigested bytes; on disk there may be one segment more.
    pub bytes_max: u64,
    /// A segment that is larger gets a successor.
    pub segment_bytes: u64,
    /// Up to here the ledger has filed records, whatever the position says: what of them is in no
    /// file was deleted for good reason.
    pub filed_to: u64,
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// Draws the salts of the segments.
    pub random: Arc<dyn Random>,
    /// Measures the syncs.
    pub metrics: Metrics,
}

/// What the threads of the gates, the writer and the digest share.
pub(super) struct Shared {
    pub(super) options: FileSpoolOptions,
    /// What waits to be written. Held for moments only.
    pub(super) queue: Mutex<Queue>,
    /// Rings when the queue got something, or was closed.
    pub(super) queued: Condvar,
    /// What is written. Held for moments only, never during a call to the disk.
    pub(super) log: Mutex<Log>,
    /// Rings when the log grew, was digested further, or will not grow any more.
    pub(super) grown: Condvar,
    /// Undigested bytes on disk, for the bound.
    pub(super) backlog_bytes: AtomicU64,
    /// Whether a write waits a moment for others.
    pub(super) shares_syncs: AtomicBool,
}

/// The segments, and how far they are written and read.
pub(super) struct Log {
    /// Oldest first; the last one is written to. Never empty.
    pub(super) segments: VecDeque<Segment>,
    /// The greatest number on disk.
    pub(super) appended: u64,
    /// Up to here everything was given to the digest.
    pub(super) read: u64,
    /// Up to here everything is digested.
    pub(super) committed: u64,
    /// Damaged places met since the start.
    pub(super) damaged: u64,
    /// Whether the writer has ended.
    pub(super) ended: bool,
}

/// A spool in files.
pub struct FileSpool {
    shared: Arc<Shared>,
    reader: Mutex<Reader>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl FileSpool {
    /// Opens the spool of a folder, or makes it. The tail of a write that was cut short is
    /// removed; what was acknowledged is all there.
    pub fn open(options: FileSpoolOptions) -> Result<Self, SpoolError> {
        let disk = &*options.disk;
        let dir = &options.dir;
        disk.create_dir(dir).map_err(failed("create", dir))?;
        // The folder's own name must survive a power cut, too.
        if let Some(parent) = dir.parent() {
            disk.sync_dir(parent).map_err(failed("sync", parent))?;
        }
        let (position, committed) = SeqFile::open(disk, dir, POSITION_FILE)?;
        let (promises, promised) = SeqFile::open(disk, dir, PROMISE_FILE)?;
        let mut segments = open_segments(disk, dir)?;
        let end = repair_last(&options, &mut segments, promised)?;
        let appended = end.last_seq.max(committed).max(promised);
        drop_digested(disk, &mut segments, committed)?;
        // The last segment is never deleted by us, not even when it is digested.
        let is_robbed = segments.is_empty() && committed.max(promised) > 0;
        if is_robbed {
            tracing::error!(
                spool = %dir.display(),
                "the segments of the spool are missing; accepted events may be lost with them"
            );
        }
        if segments.is_empty() || appended > end.last_seq {
            // Within a segment no number is missing.
            let salt = options.random.salt();
            segments.push_back(Segment::create(disk, dir, appended + 1, salt)?);
        }
        // Digested bytes wait for nobody, also while the last segment still holds them.
        let backlog = if appended > committed {
            segments.iter().map(|segment| segment.size).sum()
        } else {
            0
        };
        let writer_segment = segments.back().cloned();
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::default()),
            queued: Condvar::new(),
            log: Mutex::new(Log {
                segments,
                appended,
                read: committed,
                committed,
                damaged: u64::from(is_robbed),
                ended: false,
            }),
            grown: Condvar::new(),
            backlog_bytes: AtomicU64::new(backlog),
            shares_syncs: AtomicBool::new(false),
            options,
        });
        let writer = writer_segment.map(|segment| {
            let place = Place {
                segment,
                next_seq: appended + 1,
                batch: end.batch,
            };
            Writer::new(&shared, place, promises)
        });
        let writer = writer.map(writer::start).transpose();
        let dir = &shared.options.dir;
        let writer = writer.map_err(failed("start the writer of", dir))?;
        // A ledger that is farther than the spool is of another one.
        let filed_to = Some(shared.options.filed_to).filter(|filed_to| *filed_to <= appended);
        Ok(Self {
            reader: Mutex::new(Reader::new(position, committed, filed_to.unwrap_or(0))),
            writer: Mutex::new(writer),
            shared,
        })
    }

    /// Appends records with one write.
    #[cfg(test)]
    pub(super) fn append_together<const N: usize>(
        &self,
        records: [Record; N],
    ) -> [AppendFuture; N] {
        let mut queue = lock(&self.shared.queue);
        let futures = records.map(|record| -> AppendFuture {
            let (done, answer) = oneshot::channel();
            let payload = Payload::of(record);
            queue.bytes += payload.span();
            queue.waiting.push_back(Waiting { payload, done });
            Box::pin(async move { answer.await.unwrap_or(Err(SpoolError::Closed)) })
        });
        drop(queue);
        self.shared.queued.notify_one();
        futures
    }

    /// Puts a record in the queue, if there is room.
    fn enqueue(&self, payload: Payload) -> Result<oneshot::Receiver<writer::Answer>, SpoolError> {
        let bytes_max = self.shared.options.bytes_max;
        let span = payload.span();
        if span > SPOOL_RECORD_BYTES_MAX {
            let bytes_max = SPOOL_RECORD_BYTES_MAX;
            return Err(SpoolError::TooLarge { bytes_max });
        }
        let (done, answer) = oneshot::channel();
        let mut queue = lock(&self.shared.queue);
        if let Some(stopped) = &queue.stopped {
            return Err(stopped.clone());
        }
        if queue.closed {
            return Err(SpoolError::Closed);
        }
        let held = self.shared.backlog_bytes.load(Ordering::Relaxed) + queue.bytes;
        if held.saturating_add(span) > bytes_max {
            return Err(SpoolError::Full { bytes_max });
        }
        // The bound above is the disk's. A disk that stalls must not fill the memory (F11).
        if queue.bytes > 0 && queue.bytes.saturating_add(span) > SPOOL_QUEUE_BYTES_MAX {
            let bytes_max = SPOOL_QUEUE_BYTES_MAX;
            return Err(SpoolError::Full { bytes_max });
        }
        queue.bytes += span;
        queue.waiting.push_back(Waiting { payload, done });
        drop(queue);
        self.shared.queued.notify_one();
        Ok(answer)
    }
}

impl Spool for FileSpool {
    fn append(&self, record: Record) -> AppendFuture {
        let answer = self.enqueue(Payload::of(record));
        Box::pin(async move { answer?.await.unwrap_or(Err(SpoolError::Closed)) })
    }

    fn read(&self, records_max: usize, bytes_max: usize) -> Result<Batch, SpoolError> {
        lock(&self.reader).read(&self.shared, records_max, bytes_max)
    }

    fn rewind(&self) -> u64 {
        lock(&self.reader).rewind(&self.shared)
    }

    fn wait(&self, longest: Duration) {
        let log = lock(&self.shared.log);
        let nothing = |log: &mut Log| log.appended <= log.read && !log.ended;
        let waited = self.shared.grown.wait_timeout_while(log, longest, nothing);
        drop(waited);
    }

    fn commit(&self, seq: u64) -> Result<(), SpoolError> {
        lock(&self.reader).commit(&self.shared, seq)
    }

    fn share_syncs(&self, is_worth_it: bool) {
        let shares = &self.shared.shares_syncs;
        shares.store(is_worth_it, Ordering::Relaxed);
    }

    fn close(&self) {
        lock(&self.shared.queue).closed = true;
        self.shared.queued.notify_one();
        let writer = lock(&self.writer).take();
        if let Some(Err(_)) = writer.map(JoinHandle::join) {
            tracing::error!("the spool's writer panicked");
        }
    }

    fn accepts(&self) -> bool {
        let queue = lock(&self.shared.queue);
        queue.stopped.is_none() && !queue.closed
    }

    fn has_room(&self) -> bool {
        self.shared.backlog_bytes.load(Ordering::Relaxed) < self.shared.options.bytes_max
    }

    fn status(&self) -> SpoolStatus {
        // Not from the reader: it may be busy with the disk, and a health check must not wait.
        let log = lock(&self.shared.log);
        let (appended, committed, damaged) = (log.appended, log.committed, log.damaged);
        drop(log);
        let queue = lock(&self.shared.queue);
        SpoolStatus {
            appended,
            committed,
            backlog_bytes: self.shared.backlog_bytes.load(Ordering::Relaxed),
            damaged,
            failing: queue.failing.clone(),
            stopped: queue.stopped.as_ref().map(ToString::to_string),
        }
    }

    fn lost_files(&self) -> Vec<PathBuf> {
        let look = |log: &Log| Vec::from(log.segments.clone());
        let is_lost = |segment: &Segment| !segment.file.is_at(&segment.path).unwrap_or(false);
        let segments = look(&lock(&self.shared.log));
        if !segments.iter().any(is_lost) {
            return Vec::new();
        }
        // Once more: the digest may have deleted some meanwhile.
        let lost = look(&lock(&self.shared.log)).into_iter().filter(is_lost);
        lost.map(|segment| segment.path).collect()
    }

    #[cfg(test)]
    fn shares_syncs(&self) -> bool {
        self.shared.shares_syncs.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    fn wait_committed(&self, longest: Duration) -> bool {
        let log = lock(&self.shared.log);
        let behind = |log: &mut Log| log.committed < log.appended;
        let waited = self.shared.grown.wait_timeout_while(log, longest, behind);
        waited.is_ok_and(|(_, result)| !result.timed_out())
    }
}

impl Drop for FileSpool {
    fn drop(&mut self) {
        self.close();
    }
}

/// How the last segment ended.
#[derive(Default)]
struct End {
    /// The greatest number that may have been used in it.
    last_seq: u64,
    batch: BatchNumber,
}

/// Opens the segments of a folder, in order.
fn open_segments(disk: &dyn Disk, dir: &Path) -> Result<VecDeque<Segment>, SpoolError> {
    let (segments, left) = Segment::sort(Segment::open_all(disk, dir)?);
    for Segment { path, .. } in left {
        // One that stays is in nobody's way.
        if let Err(error) = disk.remove(&path) {
            tracing::warn!(%error, segment = %path.display(), "failed to remove an empty segment");
        }
    }
    Ok(segments.into())
}

/// Cuts what lies behind the last sound record of the last segment, after keeping a copy of it and
/// of what else a power cut tore. Up to `promised` it is no power cut, but damage: it stays where
/// it is, for the reader. Begins a new one when it cannot be read.
fn repair_last(
    options: &FileSpoolOptions,
    segments: &mut VecDeque<Segment>,
    promised: u64,
) -> Result<End, SpoolError> {
    let Some(last) = segments.back_mut() else {
        return Ok(End::default());
    };
    let disk = &*options.disk;
    let tail = match last.scan(promised) {
        Ok(tail) => tail,
        Err(error) => {
            // Nothing is cut that cannot be read. The reader has time to wait for the disk.
            let (error, path) = (chain(&error), last.path.display());
            tracing::error!(error, segment = %path, "left a segment that cannot be read as it is");
            let last_seq = last.first_seq.saturating_add(SEGMENT_SEQ_SPAN_MAX);
            let (disk, dir, salt) = (&*options.disk, &options.dir, options.random.salt());
            segments.push_back(Segment::create(disk, dir, last_seq + 1, salt)?);
            return Ok(End {
                last_seq,
                ..End::default()
            });
        }
    };
    for range in tail.torn {
        let (start, end, path) = (range.start, range.end, last.path.display());
        tracing::warn!(start, end, segment = %path, "a write to the spool was torn; no loss");
        last.set_aside(disk, &options.aside, range, Aside::TornTail)?;
    }
    let last_seq = tail.last_seq.unwrap_or(last.first_seq.saturating_sub(1));
    let path = last.path.display();
    let cut = if promised > last_seq {
        tracing::error!(segment = %path, promised, last_seq, "accepted events are cut off the spool");
        tail.promised_end.unwrap_or(last.size)
    } else {
        tail.end
    };
    if cut < last.size {
        let bytes = last.size - cut;
        tracing::warn!(bytes, segment = %path, "cut a torn tail of the spool");
        last.set_aside(disk, &options.aside, cut..last.size, Aside::TornTail)?;
        last.cut(cut)?;
    }
    let batch = tail.batch;
    Ok(End { last_seq, batch })
}

/// Deletes segments that have nothing after `committed`: all before the one that may hold it.
fn drop_digested(
    disk: &dyn Disk,
    segments: &mut VecDeque<Segment>,
    committed: u64,
) -> Result<(), SpoolError> {
    while let (Some(oldest), Some(next)) = (segments.front(), segments.get(1)) {
        if next.first_seq > committed.saturating_add(1) {
            break;
        }
        let removed = disk.remove(&oldest.path);
        removed.map_err(failed("remove", &oldest.path))?;
        segments.pop_front();
    }
    Ok(())
}
