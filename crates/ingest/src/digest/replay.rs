//! Events that somebody wants to be digested again: taken out of the quarantine twice a second,
//! digested like a batch of the spool, forgotten there when all stores have them.
//!
//! A crash at any moment leaves the mark, and the stores know an event by its id, so a replay that
//! happens twice changes nothing. What fails again is back with one more try.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::Bytes;
use watchpost_store::{QuarantineUsage, Replayed, StoreError};

use super::shelf::{Backoff, Halted};
use super::supervise::{Desk, Place};
use super::{Batch, Cooked, Digest, Hands, Spooled};
use crate::gate::chain;
use crate::limits::{DIGEST_BATCH_BYTES_MAX, QUARANTINE_LOOK_PAUSE};
use crate::spool::Record;
use crate::sync::lock;

/// The number of an event that has no place in the spool: there is nothing to commit, and the
/// ledger knows it by its id alone. Those of the spool begin at 1.
pub(super) const REPLAYED: u64 = 0;

/// When the digest looked last, and whether it could.
#[derive(Default)]
pub(crate) struct Look {
    last: Mutex<Option<Instant>>,
    is_failing: AtomicBool,
    is_put_off: AtomicBool,
}

impl Look {
    /// Not before a whole pause from the next time on that somebody asks.
    pub(super) fn later(&self) {
        *lock(&self.last) = None;
        self.is_put_off.store(true, Ordering::Relaxed);
    }
}

impl Digest {
    /// Looks after the quarantine, when it is time to. Returns whether it replayed something: there
    /// may be more.
    pub(super) fn look_after_quarantine(&self, desk: &mut Desk) -> Result<bool, Halted> {
        let last = *lock(&self.look.last);
        if last.is_some_and(|last| last.elapsed() < QUARANTINE_LOOK_PAUSE) {
            return Ok(false);
        }
        *lock(&self.look.last) = Some(Instant::now());
        if self.look.is_put_off.swap(false, Ordering::Relaxed) {
            return Ok(false);
        }
        desk.is_replaying = true;
        let done = self.look(desk);
        desk.is_replaying = false;
        done
    }

    fn look(&self, desk: &mut Desk) -> Result<bool, Halted> {
        let count_max = desk.care.portion(Place::Quarantine).count_max();
        let (usage, replayed) = match self.looked(count_max) {
            Ok(looked) => looked,
            Err(error) => {
                // Once, not twice a second.
                if !self.look.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(error = chain(&error), "failed to look into the quarantine");
                }
                return Ok(false);
            }
        };
        self.look.is_failing.store(false, Ordering::Relaxed);
        self.fill.note(&usage);
        if replayed.is_empty() {
            desk.care.replayed_all();
            self.settle_filtered_replays(desk)?;
            return Ok(false);
        }
        // There may be more than one batch of them.
        *lock(&self.look.last) = None;
        self.replay(replayed, desk)?;
        lock(&self.marker).replayed();
        desk.care.passed(Place::Quarantine);
        Ok(true)
    }

    fn looked(&self, count_max: usize) -> Result<(QuarantineUsage, Vec<Replayed>), StoreError> {
        let usage = self.quarantine.usage()?;
        let replayed = match usage.marked {
            0 => Vec::new(),
            _ => self.quarantine.take(count_max, DIGEST_BATCH_BYTES_MAX)?,
        };
        Ok((usage, replayed))
    }

    fn replay(&self, replayed: Vec<Replayed>, desk: &mut Desk) -> Result<(), Halted> {
        tracing::info!(
            events = replayed.len(),
            "replaying events of the quarantine"
        );
        let records = replayed.into_iter().map(|replayed| Spooled {
            seq: REPLAYED,
            record: Record {
                receipt: replayed.receipt,
                remarks: replayed.remarks,
                body: Bytes::from(replayed.body),
            },
        });
        let batch = Batch {
            records: records.collect(),
            ..Batch::default()
        };
        let Cooked { batch, dishes } = self.cook(batch, Hands::Free);
        self.serve(&batch, dishes, desk)?;
        let mut backoff = Backoff::new(&self.stop);
        while let Err(error) = self.quarantine.settle() {
            tracing::error!(error = chain(&error), "failed to forget replayed events");
            backoff.wait()?;
        }
        self.settle_filtered_replays(desk)
    }
}
