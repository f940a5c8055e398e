//! The digest's side of the files: reads on from a cursor, sets damage aside, deletes segments
//! once they are digested.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::file::{Log, Shared};
use super::frame::{HEAD_BYTES, Head, decode_payload};
use super::position::SeqFile;
use super::segment::{Aside, Segment, is_leap};
use super::{Batch, SpoolError, Spooled};
use crate::limits::SPOOL_READ_TRIES_MAX;
use crate::sync::lock;

/// A place: before the record at `offset` of the segment that starts with number `segment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    segment: u64,
    offset: u64,
}

/// The place behind record `seq`.
#[derive(Clone, Copy)]
struct Mark {
    seq: u64,
    behind: Cursor,
    /// Damaged places met up to here.
    damaged: u64,
}

/// Guarded by the spool; one read or commit at a time.
pub(super) struct Reader {
    cursor: Cursor,
    /// The number of the last record met.
    met: u64,
    /// Read, but not committed.
    marks: VecDeque<Mark>,
    /// Behind the last commit.
    start: Mark,
    /// Damaged places met.
    damaged: u64,
    /// The last thing met was damage: nobody knows how many records it was.
    is_blurred: bool,
    position: SeqFile,
    committed: u64,
    /// Up to here the ledger had filed records at the start.
    filed_to: u64,
    /// Reads that failed, one after the other.
    failures: u32,
}

/// A read in progress: what it has, and what it may still take.
struct Taking {
    batch: Batch,
    records_left: usize,
    bytes_left: usize,
}

/// Where reading goes on.
enum Next {
    In(Segment),
    /// Between two segments, where records are in no file.
    Missing(RangeInclusive<u64>),
    End,
}

impl Taking {
    fn has_room(&self) -> bool {
        self.records_left > 0 && self.bytes_left > 0
    }
}

impl Reader {
    /// A reader that goes on after `committed`.
    pub(super) fn new(position: SeqFile, committed: u64, filed_to: u64) -> Self {
        let cursor = Cursor {
            segment: 0,
            offset: 0,
        };
        Self {
            cursor,
            met: 0,
            marks: VecDeque::new(),
            start: Mark {
                seq: 0,
                behind: cursor,
                damaged: 0,
            },
            damaged: 0,
            is_blurred: false,
            position,
            committed,
            filed_to,
            failures: 0,
        }
    }

    /// See [`super::Spool::read`].
    pub(super) fn read(
        &mut self,
        shared: &Shared,
        records_max: usize,
        bytes_max: usize,
    ) -> Result<Batch, SpoolError> {
        let mut taking = Taking {
            batch: Batch::default(),
            records_left: records_max,
            bytes_left: bytes_max,
        };
        while taking.has_room() {
            let mut segment = match self.segment(shared) {
                Next::In(segment) => segment,
                Next::Missing(lost) => {
                    if taking.batch.is_empty() {
                        self.met = *lost.end();
                        taking.batch.lost = Some(lost);
                    }
                    break;
                }
                Next::End => break,
            };
            // A disk may come back; a place that is lost must not hold up all that is behind it.
            // That the disk is well otherwise is seen when the damage is set aside, synced.
            segment.is_worn = self.failures >= SPOOL_READ_TRIES_MAX;
            let read = self.read_some(shared, &segment, &mut taking);
            self.failures = read
                .as_ref()
                .map_or(self.failures.saturating_add(1), |()| 0);
            if let Err(error) = read {
                if taking.batch.is_empty() {
                    return Err(error);
                }
                // What was read is good; the error comes back with the next read.
                break;
            }
        }
        let mut batch = taking.batch;
        let covered = self.met;
        if covered > lock(&shared.log).read.max(self.committed) {
            lock(&shared.log).read = covered;
            self.mark(covered);
            batch.end = Some(covered);
        }
        Ok(batch)
    }

    /// See [`super::Spool::rewind`].
    pub(super) fn rewind(&mut self, shared: &Shared) -> u64 {
        let mut log = lock(&shared.log);
        // What is damaged behind the start is met, set aside and counted anew.
        log.damaged -= self.damaged - self.start.damaged;
        let read = std::mem::replace(&mut log.read, self.committed);
        drop(log);
        self.damaged = self.start.damaged;
        self.cursor = self.start.behind;
        self.met = self.start.seq;
        self.is_blurred = false;
        self.marks.clear();
        read
    }

    /// The segment that the cursor is in, moving on to the next one at the end of one that will
    /// not grow any more.
    fn segment(&mut self, shared: &Shared) -> Next {
        let log = lock(&shared.log);
        loop {
            let at = self.cursor.segment;
            let mut rest = (log.segments.iter()).skip_while(|segment| segment.first_seq < at);
            let Some(segment) = rest.next() else {
                return Next::End;
            };
            let next = if segment.first_seq > at {
                segment
            } else if self.cursor.offset < segment.size {
                return Next::In(segment.clone());
            } else if let Some(next) = rest.next() {
                next
            } else {
                // Also past numbers that damage has made unreadable.
                self.met = self.met.max(log.appended);
                return Next::End;
            };
            let known = self.met.max(self.committed).max(self.filed_to);
            let last = next.first_seq.saturating_sub(1);
            let is_missing = last > known && !self.is_blurred && !is_leap(known, last);
            if is_missing {
                return Next::Missing(known + 1..=last);
            }
            self.met = self.met.max(last);
            self.is_blurred = false;
            self.cursor.segment = next.first_seq;
            self.cursor.offset = 0;
        }
    }

    /// Reads one chunk of a segment and takes the whole records in it; at least one step forward.
    fn read_some(
        &mut self,
        shared: &Shared,
        segment: &Segment,
        taking: &mut Taking,
    ) -> Result<(), SpoolError> {
        let rest = segment.size - self.cursor.offset;
        let want = rest.min((taking.bytes_left as u64).max(HEAD_BYTES as u64));
        let start = self.cursor.offset;
        let mut chunk = Bytes::from(segment.read(start..start + want)?);
        let mut first = true;
        while taking.has_room() {
            let bytes = chunk.get(usize_of(self.cursor.offset - start)..);
            let bytes = bytes.filter(|bytes| !bytes.is_empty());
            let Some(bytes) = bytes else { break };
            let head = Head::decode(bytes, segment.salt)
                .filter(|head| segment.plausible(head, self.cursor.offset, self.met));
            let missing = match head {
                Some(head) => head.span() > bytes.len() as u64,
                None => bytes.len() < HEAD_BYTES && (bytes.len() as u64) < rest,
            };
            if missing && !first {
                break;
            }
            match head {
                Some(head) => {
                    if missing {
                        chunk = Bytes::from(segment.read(start..start + head.span())?);
                    }
                    let from = usize_of(self.cursor.offset - start) + HEAD_BYTES;
                    let to = (from + head.length as usize).min(chunk.len());
                    let payload = chunk.slice(from.min(to)..to);
                    self.take(shared, segment, &head, &payload, taking)?;
                }
                None => self.skip_unknown(shared, segment, taking)?,
            }
            first = false;
        }
        Ok(())
    }

    /// Takes the record at the cursor, or sets it aside when it is damaged.
    fn take(
        &mut self,
        shared: &Shared,
        segment: &Segment,
        head: &Head,
        payload: &Bytes,
        taking: &mut Taking,
    ) -> Result<(), SpoolError> {
        let end = self.cursor.offset + head.span();
        if head.seq > self.committed {
            let sound = crc32fast::hash(payload) == head.payload_crc;
            match sound.then(|| decode_payload(payload)).flatten() {
                Some(record) => {
                    taking.records_left -= 1;
                    let bytes = record.body.len().max(1);
                    taking.bytes_left = taking.bytes_left.saturating_sub(bytes);
                    let seq = head.seq;
                    taking.batch.records.push(Spooled { seq, record });
                }
                None => self.set_aside(shared, segment, end, head.seq, taking)?,
            }
        }
        self.cursor.offset = end;
        self.met = head.seq;
        self.is_blurred = false;
        if head.seq > self.committed {
            self.mark(head.seq);
        }
        Ok(())
    }

    /// Skips from the cursor, where no head is, to the next record or the end of the segment.
    fn skip_unknown(
        &mut self,
        shared: &Shared,
        segment: &Segment,
        taking: &mut Taking,
    ) -> Result<(), SpoolError> {
        let next = segment.resync(self.cursor.offset + 1, self.met)?;
        let end = next.unwrap_or(segment.size);
        let first_seq = segment.first_seq.max(self.met.saturating_add(1));
        self.set_aside(shared, segment, end, first_seq, taking)?;
        self.cursor.offset = end;
        self.is_blurred = true;
        Ok(())
    }

    fn set_aside(
        &mut self,
        shared: &Shared,
        segment: &Segment,
        end: u64,
        first_seq: u64,
        taking: &mut Taking,
    ) -> Result<(), SpoolError> {
        let options = &shared.options;
        let start = self.cursor.offset;
        let path = segment.path.display();
        if segment.is_torn(&*options.disk, &options.aside, start..end)? {
            return Ok(());
        }
        segment.set_aside(&*options.disk, &options.aside, start..end, Aside::Damage)?;
        tracing::error!(segment = %path, start, end, "set damaged bytes of the spool aside");
        lock(&shared.log).damaged += 1;
        self.damaged += 1;
        taking.batch.damaged.push(first_seq);
        Ok(())
    }

    fn mark(&mut self, seq: u64) {
        let mark = Mark {
            seq,
            behind: self.cursor,
            damaged: self.damaged,
        };
        if self.marks.back().is_some_and(|mark| mark.seq == seq) {
            self.marks.pop_back();
        }
        self.marks.push_back(mark);
    }

    /// See [`super::Spool::commit`].
    pub(super) fn commit(&mut self, shared: &Shared, seq: u64) -> Result<(), SpoolError> {
        if seq <= self.committed {
            return Ok(());
        }
        self.position.write(seq)?;
        self.committed = seq;
        let mut behind = None;
        while let Some(mark) = self.marks.front().filter(|mark| mark.seq <= seq) {
            behind = Some(mark.behind);
            self.start = *mark;
            self.marks.pop_front();
        }
        let mut log = lock(&shared.log);
        log.committed = seq;
        let mut digested = Vec::new();
        if let Some(behind) = behind {
            let backlog;
            (digested, backlog) = split_off(&mut log, behind);
            shared.backlog_bytes.store(backlog, Ordering::Relaxed);
        }
        drop(log);
        shared.grown.notify_all();
        for segment in digested {
            // One that stays is found and removed by the next start.
            if let Err(error) = shared.options.disk.remove(&segment.path) {
                let path = segment.path.display();
                tracing::warn!(%error, segment = %path, "failed to remove a digested segment");
            }
        }
        Ok(())
    }
}

/// Takes the segments before `behind` off the log; returns them, and the bytes behind it.
fn split_off(log: &mut Log, behind: Cursor) -> (Vec<Segment>, u64) {
    let mut digested = Vec::new();
    let mut done = 0;
    while let Some(oldest) = log.segments.front() {
        let passed = oldest.first_seq < behind.segment
            || (oldest.first_seq == behind.segment && behind.offset >= oldest.size);
        if !passed || log.segments.len() == 1 {
            if oldest.first_seq == behind.segment {
                done = behind.offset;
            }
            break;
        }
        digested.extend(log.segments.pop_front());
    }
    let held: u64 = log.segments.iter().map(|segment| segment.size).sum();
    (digested, held.saturating_sub(done))
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
