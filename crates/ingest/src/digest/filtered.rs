//! Events that a project does not want: counted once, whatever crashes, and stored nowhere.
//!
//! They are counted before the rest of their batch is filed. The ledger remembers them until the
//! spool has let go of them, so a replay finds them counted, even when the rules have changed in
//! between; and what was filed before a crash stays filed.

use watchpost_model::{Outcome, Unwanted};
use watchpost_store::{FilteredUnsettled, Shown};

use super::replay::REPLAYED;
use super::shelf::Halted;
use super::supervise::Desk;
use super::{Digest, Plate};
use crate::metrics::Metrics;
use crate::outcome::{ERROR, End};
use crate::spool::Spooled;

impl Digest {
    /// Learns which records were counted as filtered before a crash.
    pub(super) fn recall_filtered(&self, desk: &mut Desk) -> Result<(), Halted> {
        let counted = self.insist("read filtered events", || self.ledger.filtered_unsettled())?;
        desk.filtered = counted.into_iter().collect();
        desk.filed_to = self.insist("read where the spool is", || self.ledger.filed_to())?;
        Ok(())
    }

    /// Whether this very record was counted as filtered before a crash.
    pub(super) fn was_filtered(spooled: &Spooled, desk: &Desk) -> bool {
        let receipt = &spooled.record.receipt;
        let record = (spooled.seq, receipt.project, receipt.event);
        desk.filtered.contains(&record)
    }

    /// Counts unwanted events. Returns those that were filed before a crash, under other rules.
    pub(super) fn count_filtered<'a>(
        &self,
        unwanted: Vec<(&'a Spooled, Box<Unwanted>)>,
        desk: &mut Desk,
    ) -> Result<Vec<Plate<'a>>, Halted> {
        if unwanted.is_empty() {
            return Ok(Vec::new());
        }
        let (sources, unwanted): (Vec<_>, Vec<_>) = unwanted.into_iter().unzip();
        let mut shown = Vec::with_capacity(unwanted.len());
        for (spooled, unwanted) in sources.iter().zip(unwanted) {
            let is_replay = spooled.seq == REPLAYED || spooled.seq <= desk.filed_to;
            let id = [(unwanted.project, unwanted.event)];
            let known = if is_replay {
                let known = self.insist("look for an event", || self.archive.known(&id))?;
                known.into_iter().next().flatten()
            } else {
                None
            };
            if spooled.seq == REPLAYED {
                desk.filtered
                    .insert((REPLAYED, unwanted.project, unwanted.event));
            }
            shown.push(FilteredUnsettled {
                unwanted: *unwanted,
                spooled: (spooled.seq != REPLAYED).then_some(spooled.seq),
                known,
            });
        }
        let committed = self.spool.status().committed;
        let answers = self.insist("count filtered events", || {
            self.ledger.count_filtered(&shown, committed)
        })?;
        let book = self.treatments.fresh(&*self.ledger);
        let mut plates = Vec::new();
        for ((spooled, shown), answer) in sources.into_iter().zip(shown).zip(answers) {
            match answer {
                Shown::Filtered => tell(&self.metrics, &shown.unwanted),
                Shown::Filed => match self.recipe.cook_anyway(&spooled.record, &book) {
                    Ok(grouped) => plates.push(Plate { spooled, grouped }),
                    Err(failure) => self.set_aside(spooled, &failure, desk)?,
                },
            }
        }
        Ok(plates)
    }

    /// The quarantine has let go of what was replayed: the ledger need not remember it.
    pub(super) fn settle_filtered_replays(&self, desk: &mut Desk) -> Result<(), Halted> {
        if desk.filtered.iter().all(|(seq, ..)| *seq != REPLAYED) {
            return Ok(());
        }
        self.insist("forget replayed events", || {
            self.ledger.settle_filtered_replays()
        })?;
        desk.filtered.retain(|(seq, ..)| *seq != REPLAYED);
        Ok(())
    }
}

fn tell(metrics: &Metrics, unwanted: &Unwanted) {
    let end = End::new(ERROR, Outcome::Filtered, unwanted.reason.name);
    metrics.count(&end, 1);
}
