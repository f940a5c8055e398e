//! What cannot be digested: kept in the quarantine, noted, and counted once.

use std::ops::RangeInclusive;

use watchpost_model::{Outcome, OutcomeCount};
use watchpost_store::{Loss, LostFrom, Poison};

use super::Digest;
use super::replay::REPLAYED;
use super::shelf::{Backoff, Halted};
use super::supervise::Desk;
use crate::gate::chain;
use crate::outcome::{ERROR, End, Owner};
use crate::quarantine::Failure;
use crate::spool::Spooled;

impl Digest {
    /// Keeps an event that cannot be digested. That it ended so counts when it came from the spool:
    /// a replay that failed changes nothing.
    pub(super) fn set_aside(
        &self,
        spooled: &Spooled,
        failure: &Failure,
        desk: &mut Desk,
    ) -> Result<(), Halted> {
        self.quarantine(spooled, failure)?;
        if spooled.seq != REPLAYED {
            self.end(spooled.seq, owner_of(spooled), failure.stage, desk);
        }
        Ok(())
    }

    /// Keeps a note of records that are in no file any more, and counts them (F08). Whose they were
    /// nobody knows.
    pub(super) fn miss(&self, lost: &RangeInclusive<u64>, desk: &mut Desk) -> Result<(), Halted> {
        let (had, has) = (*lost.end(), lost.start().saturating_sub(1));
        let store = LostFrom::Spool;
        let loss = Loss { store, had, has };
        tracing::error!(%loss, "events are lost: check the disk, and put the file back");
        self.insist("note a loss", || self.quarantine.note_loss(&loss))?;
        let (end, quantity) = (End::new(ERROR, Outcome::Invalid, "spool_lost"), had - has);
        self.metrics.count(&end, quantity);
        let row = self.outcomes.row_now(Owner::default(), end);
        // The last number is the same whenever they are missed again; the first may be another.
        desk.ends.push((had, OutcomeCount { quantity, ..row }));
        Ok(())
    }

    /// Notes how a record of the spool ended.
    pub(super) fn end(&self, seq: u64, owner: Owner, reason: &'static str, desk: &mut Desk) {
        let end = End::new(ERROR, Outcome::Quarantined, reason);
        self.metrics.count(&end, 1);
        desk.ends.push((seq, self.outcomes.row_now(owner, end)));
    }

    /// Keeps the bytes of an event.
    pub(super) fn quarantine(&self, spooled: &Spooled, failure: &Failure) -> Result<(), Halted> {
        // In a directory that is gone, the quarantine would be made anew and be lost with it.
        self.stand_firm()?;
        let mut backoff = Backoff::new(&self.stop);
        let Failure { stage, reason } = failure;
        let record = &spooled.record;
        let poison = Poison {
            receipt: &record.receipt,
            remarks: &record.remarks,
            body: &record.body,
            stage,
            reason,
        };
        let tries = loop {
            match self.quarantine.keep(&poison) {
                Ok(tries) => break tries,
                Err(error) => {
                    let error = chain(&error);
                    tracing::error!(error, "failed to keep an event in quarantine");
                }
            }
            backoff.wait()?;
        };
        let event = record.receipt.event;
        tracing::error!(
            stage,
            error = reason,
            %event,
            tries,
            "put an event in quarantine: `watchpost quarantine show` has its bytes and the reason; \
             replay it when an update of Watchpost, or whatever the reason names, has mended it"
        );
        Ok(())
    }
}

fn owner_of(spooled: &Spooled) -> Owner {
    let receipt = &spooled.record.receipt;
    Owner {
        project: Some(receipt.project),
        key: Some(receipt.key),
    }
}
