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
use super::{Batch, Cooked, Digest, Settled, Spooled};
use crate::gate::chain;
use crate::limits::{DIGEST_BATCH_BYTES_MAX, DIGEST_BATCH_COUNT_MAX, QUARANTINE_LOOK_PAUSE};
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
}

impl Digest {
    /// Looks after the quarantine, when it is time to.
    pub(super) fn look_after_quarantine(&self, settled: &mut Settled) -> Result<(), Halted> {
        let last = *lock(&self.look.last);
        if last.is_some_and(|last| last.elapsed() < QUARANTINE_LOOK_PAUSE) {
            return Ok(());
        }
        *lock(&self.look.last) = Some(Instant::now());
        let (usage, replayed) = match self.looked() {
            Ok(looked) => looked,
            Err(error) => {
                // Once, not twice a second.
                if !self.look.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(error = chain(&error), "failed to look into the quarantine");
                }
                return Ok(());
            }
        };
        self.look.is_failing.store(false, Ordering::Relaxed);
        self.fill.note(&usage);
        if replayed.is_empty() {
            return Ok(());
        }
        // There may be more than one batch of them.
        *lock(&self.look.last) = None;
        self.replay(replayed, settled)
    }

    fn looked(&self) -> Result<(QuarantineUsage, Vec<Replayed>), StoreError> {
        let usage = self.quarantine.usage()?;
        let replayed = match usage.marked {
            0 => Vec::new(),
            _ => self
                .quarantine
                .take(DIGEST_BATCH_COUNT_MAX, DIGEST_BATCH_BYTES_MAX)?,
        };
        Ok((usage, replayed))
    }

    fn replay(&self, replayed: Vec<Replayed>, settled: &mut Settled) -> Result<(), Halted> {
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
        let Cooked { batch, dishes } = self.cook(batch);
        self.serve(&batch, dishes, settled)?;
        let mut backoff = Backoff::new(&self.stop);
        while let Err(error) = self.quarantine.settle() {
            tracing::error!(error = chain(&error), "failed to forget replayed events");
            backoff.wait()?;
        }
        Ok(())
    }
}
