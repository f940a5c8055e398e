//! The one thread that writes: takes all that wait, writes them at once, syncs once, wakes them.
//! The busier the gates, the more share a sync.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tokio::sync::oneshot;

use super::file::Shared;
use super::frame::{BatchNumber, Payload};
use super::position::SeqFile;
use super::segment::Segment;
use super::trouble::Trouble;
use super::{SpoolError, failed};
use crate::gate::chain;
use crate::limits::{SPOOL_SHARE_PAUSE, SPOOL_WRITE_BYTES_MAX, SPOOL_WRITE_COUNT_MAX};
use crate::sync::lock;

/// What the caller of `append` gets: the record's number.
pub(super) type Answer = Result<u64, SpoolError>;

/// A record in the queue.
pub(super) struct Waiting {
    pub(super) payload: Payload,
    pub(super) done: oneshot::Sender<Answer>,
}

/// What waits to be written.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<Waiting>,
    /// Bytes of those that wait or are being written.
    pub(super) bytes: u64,
    pub(super) closed: bool,
    /// Why the last write failed; forgotten with the next one that does not.
    pub(super) failing: Option<String>,
    /// Set for good when a sync failed.
    pub(super) stopped: Option<SpoolError>,
}

/// Where to go on.
pub(super) struct Place {
    pub(super) segment: Segment,
    pub(super) next_seq: u64,
    /// The last write to it.
    pub(super) batch: BatchNumber,
}

/// The thread's own state.
pub(super) struct Writer {
    shared: Arc<Shared>,
    segment: Segment,
    next_seq: u64,
    /// The last write.
    batch: BatchNumber,
    promised: SeqFile,
    buffer: Vec<u8>,
    /// Rests of a failed write may lie behind what is written.
    is_ragged: bool,
    /// The last write went to a file without a name, and that was told.
    is_unnamed: bool,
}

/// Starts the thread. It ends after the queue is closed and empty.
pub(super) fn start(mut writer: Writer) -> io::Result<JoinHandle<()>> {
    let builder = thread::Builder::new().name("spool-writer".to_owned());
    builder.spawn(move || {
        let mut trouble = Trouble::default();
        while let Some((batch, bytes)) = take(&writer.shared) {
            let written = writer.write(&batch);
            finish(&writer.shared, bytes, written.as_ref().err());
            trouble.tell(written.as_ref().err());
            answer(batch, &written);
        }
        lock(&writer.shared.log).ended = true;
        writer.shared.grown.notify_all();
    })
}

/// Waits until there are records, or no more will come.
fn wait(shared: &Shared) -> MutexGuard<'_, Queue> {
    let idle = |queue: &mut Queue| queue.waiting.is_empty() && !queue.closed;
    let waited = shared.queued.wait_while(lock(&shared.queue), idle);
    waited.unwrap_or_else(PoisonError::into_inner)
}

/// Waits for records and takes as many as one write may hold; `None` at the end.
#[expect(
    clippy::disallowed_methods,
    reason = "the pause is for whoever comes meanwhile; ringing would cost what it saves"
)]
fn take(shared: &Shared) -> Option<(Vec<Waiting>, u64)> {
    let mut queue = wait(shared);
    if shared.shares_syncs.load(Ordering::Relaxed) && !queue.closed {
        drop(queue);
        thread::sleep(SPOOL_SHARE_PAUSE);
        queue = lock(&shared.queue);
    }
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < SPOOL_WRITE_COUNT_MAX {
        let next = queue.waiting.front().map(|waiting| waiting.payload.span());
        if next.is_none_or(|span| bytes > 0 && bytes + span > SPOOL_WRITE_BYTES_MAX) {
            break;
        }
        bytes += next.unwrap_or(0);
        batch.extend(queue.waiting.pop_front());
    }
    (!batch.is_empty()).then_some((batch, bytes))
}

/// Gives the room in the queue back, and closes it for good after a failed sync.
fn finish(shared: &Shared, bytes: u64, error: Option<&SpoolError>) {
    let mut queue = lock(&shared.queue);
    queue.bytes = queue.bytes.saturating_sub(bytes);
    queue.failing = error.map(|error| chain(error));
    if let Some(stopped @ SpoolError::Stopped { .. }) = error {
        queue.stopped = Some(stopped.clone());
        queue.bytes = 0;
        for waiting in queue.waiting.drain(..) {
            // Who does not wait any more needs no answer.
            let _ = waiting.done.send(Err(stopped.clone()));
        }
    }
}

fn answer(batch: Vec<Waiting>, written: &Answer) {
    for (waiting, place) in batch.into_iter().zip(0..) {
        let answer = written.clone().map(|first| first + place);
        // Who does not wait any more needs no answer.
        let _ = waiting.done.send(answer);
    }
}

impl Writer {
    /// A writer that goes on at `place`.
    pub(super) fn new(shared: &Arc<Shared>, place: Place, promised: SeqFile) -> Self {
        let Place {
            segment,
            next_seq,
            batch,
        } = place;
        Self {
            shared: Arc::clone(shared),
            segment,
            next_seq,
            batch,
            promised,
            buffer: Vec::new(),
            is_ragged: false,
            is_unnamed: false,
        }
    }

    /// Writes and syncs a batch. Returns the number of its first record. A batch that fails uses up
    /// no numbers: one that is missing later is lost, and nothing else.
    fn write(&mut self, batch: &[Waiting]) -> Answer {
        if self.is_ragged {
            // Before anything goes there, or behind it: rests must never be taken for records.
            self.trim()?;
        }
        if self.segment.size >= self.shared.options.segment_bytes {
            self.roll()?;
        }
        self.buffer.clear();
        self.buffer.shrink_to(SPOOL_WRITE_BYTES_MAX_USIZE);
        let (first, salt) = (self.next_seq, self.segment.salt);
        self.batch = self.batch.next();
        for (waiting, seq) in batch.iter().zip(first..) {
            let written = (waiting.payload).write(self.batch, seq, salt, &mut self.buffer);
            // `append` has refused records that are too long for the format.
            debug_assert!(written.is_some(), "a record exceeds the format");
        }
        let safe = self.put(batch.len()).and_then(|()| self.check_name());
        if let Err(error) = safe {
            self.is_ragged = true;
            // Perhaps the disk is full: give back what was written of it. Whoever is refused sends
            // again. A file that cannot be synced is left alone.
            if !matches!(error, SpoolError::Stopped { .. })
                && let Err(error) = self.trim()
            {
                tracing::warn!(error = chain(&error), "failed to cut the spool");
            }
            return Err(error);
        }
        self.next_seq += batch.len() as u64;
        if let Err(error) = self.promised.write(self.next_seq - 1) {
            // It only helps to tell damage from a power cut.
            tracing::debug!(%error, "failed to note what is promised");
        }
        let mut log = lock(&self.shared.log);
        self.segment.size += self.buffer.len() as u64;
        if let Some(last) = log.segments.back_mut() {
            last.size = self.segment.size;
        }
        log.appended = self.next_seq - 1;
        let backlog = &self.shared.backlog_bytes;
        backlog.fetch_add(self.buffer.len() as u64, Ordering::Relaxed);
        drop(log);
        self.shared.grown.notify_all();
        Ok(first)
    }

    /// The two calls to the disk that everybody waits for.
    fn put(&mut self, events: usize) -> Result<(), SpoolError> {
        let Segment {
            file, path, size, ..
        } = &self.segment;
        let written = file.write_at(*size, &self.buffer);
        written.map_err(failed("write", path))?;
        // Never tried again: after a failed sync the kernel may have dropped the data and report
        // success the next time.
        let since = Instant::now();
        file.sync().map_err(|source| SpoolError::Stopped {
            path: path.clone(),
            source: Arc::new(source),
        })?;
        let metrics = &self.shared.options.metrics;
        metrics.synced(since.elapsed(), events);
        Ok(())
    }

    /// What is synced into a file that was deleted or moved away is not safe: nobody finds it
    /// after a restart (F08). Once the name is back, so is the intake.
    fn check_name(&mut self) -> Result<(), SpoolError> {
        let Segment { file, path, .. } = &self.segment;
        let is_named = file.is_at(path).map_err(failed("look up", path))?;
        let was_unnamed = std::mem::replace(&mut self.is_unnamed, !is_named);
        if is_named {
            return Ok(());
        }
        if !was_unnamed {
            tracing::error!(segment = %path.display(), "the spool's file is gone; refusing events");
        }
        Err(SpoolError::Unnamed { path: path.clone() })
    }

    /// Cuts what a failed write left.
    fn trim(&mut self) -> Result<(), SpoolError> {
        let Segment {
            file, path, size, ..
        } = &self.segment;
        file.set_size(*size).map_err(failed("cut", path))?;
        self.is_ragged = false;
        Ok(())
    }

    /// Begins a new segment. After a failure an empty file may stay behind, which the next start
    /// tells from the one that was made in its place.
    fn roll(&mut self) -> Result<(), SpoolError> {
        let options = &self.shared.options;
        let salt = options.random.salt();
        let segment = Segment::create(&*options.disk, &options.dir, self.next_seq, salt)?;
        self.segment = segment.clone();
        lock(&self.shared.log).segments.push_back(segment);
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a few mebibytes")]
const SPOOL_WRITE_BYTES_MAX_USIZE: usize = SPOOL_WRITE_BYTES_MAX as usize;
