//! Filing a batch: what does the archive know ─▶ the ledger counts ─▶ the archive keeps.
//!
//! A crash between any two of these is mended by the replay: the ledger remembers what it counted
//! until it is told, with the next batch, that the archive has it.

use std::sync::Arc;

use watchpost_model::{Applied, Change, EventId, Grouped, IssueId, Outcome, ProjectId};
use watchpost_store::{ArchivedEvent, Filing, StoreError, UNKEPT_REASON, Unkept};

use super::replay::REPLAYED;
use super::shelf::{Halted, Shelf, put_all};
use super::supervise::Desk;
use super::treatment::Book;
use super::{Digest, Plate, Settled};
use crate::spool::Spooled;

/// What became of the events of a batch that the ledger took.
pub(super) struct Filed {
    pub(super) applied: Vec<Applied>,
    /// How many of them the archive cannot take, duplicates aside.
    pub(super) unkept: usize,
}

/// Events that the archive lacks, and where each comes from.
struct Missing<'a> {
    events: Vec<ArchivedEvent>,
    sources: Vec<(&'a Spooled, Change)>,
}

impl Digest {
    /// Files a batch: first the issues, which say where each event belongs, then the events.
    /// `desk.settled` goes to the ledger, and comes back with what the archive has since.
    pub(super) fn file(&self, plates: Vec<Plate<'_>>, desk: &mut Desk) -> Result<Filed, Halted> {
        let (sources, filings) = self.look_up(plates, desk)?;
        let shelf = LedgerShelf {
            digest: self,
            settled: desk.settled.as_slice(),
            book: self.treatments.book(),
        };
        let shelved = put_all(&shelf, &filings, &self.stop)?;
        if shelved.iter().any(Result::is_ok) {
            desk.settled.clear();
        }
        let mut applied = Vec::with_capacity(filings.len());
        let mut missing = Missing {
            events: Vec::with_capacity(filings.len()),
            sources: Vec::with_capacity(filings.len()),
        };
        let mut late = Settled::new();
        for ((spooled, filing), result) in sources.into_iter().zip(filings).zip(shelved) {
            match result {
                Ok(done) => {
                    let is_wanted = done.change != Change::Discarded;
                    if is_wanted && filing.known != Some(done.home) {
                        // Known in another issue: that was forgotten, its events were not (a
                        // clean-up was cut off). The archive takes this one out of it.
                        missing.events.push(archived(filing.grouped, &done));
                        missing.sources.push((spooled, done.change));
                    } else if spooled.seq == REPLAYED {
                        // A crash may have come before the ledger was told.
                        late.push((done.project, done.event));
                    }
                    applied.push(done);
                }
                Err(failure) => self.set_aside(spooled, &failure, desk)?,
            }
        }
        let unkept = self.keep(missing, &mut late, desk)?;
        self.settle_late(&late)?;
        Ok(Filed { applied, unkept })
    }

    /// Asks the archive which events it has.
    fn look_up<'a>(
        &self,
        plates: Vec<Plate<'a>>,
        desk: &mut Desk,
    ) -> Result<(Vec<&'a Spooled>, Vec<Filing>), Halted> {
        let id = |plate: &Plate<'_>| (plate.grouped.project, plate.grouped.event.event_id);
        let ids: Vec<_> = plates.iter().map(id).collect();
        let known = put_all(&LookShelf(self), &ids, &self.stop)?;
        let mut filed = (Vec::new(), Vec::new());
        for (plate, known) in plates.into_iter().zip(known) {
            match known {
                Ok(known) => {
                    filed.0.push(plate.spooled);
                    filed.1.push(Filing {
                        grouped: plate.grouped,
                        known,
                        spooled: (plate.spooled.seq != REPLAYED).then_some(plate.spooled.seq),
                    });
                }
                Err(failure) => self.set_aside(plate.spooled, &failure, desk)?,
            }
        }
        Ok(filed)
    }

    /// Keeps events. One that the archive cannot take was counted accepted: now it ends in
    /// quarantine, which has its bytes, and the ledger has its id until it is replayed. Returns how
    /// many ended so. What the ledger had counted in an earlier batch and the archive has only now
    /// is `late`.
    fn keep(
        &self,
        missing: Missing<'_>,
        late: &mut Settled,
        desk: &mut Desk,
    ) -> Result<usize, Halted> {
        let Missing { events, sources } = missing;
        let kept = put_all(&ArchiveShelf(self), &events, &self.stop)?;
        let (mut unkept, mut ended) = (Vec::new(), 0);
        for (((spooled, change), event), result) in sources.into_iter().zip(&events).zip(kept) {
            let (project, event) = (event.project, event.event.event_id);
            let is_late = change == Change::Duplicate;
            let Err(failure) = result else {
                let settled = if is_late {
                    &mut *late
                } else {
                    &mut desk.settled
                };
                settled.push((project, event));
                continue;
            };
            self.quarantine(spooled, &failure)?;
            let key = spooled.record.receipt.key;
            unkept.push(Unkept {
                project,
                event,
                key,
            });
            ended += usize::from(!is_late);
        }
        if !unkept.is_empty() {
            // After a crash before this they come here again: none is counted until it is kept.
            self.insist("count what the archive cannot take", || {
                self.ledger.count_unkept(&unkept)
            })?;
        }
        Ok(ended)
    }

    /// Settles at once, not with the next batch: what was in quarantine is accepted with this.
    fn settle_late(&self, late: &Settled) -> Result<(), Halted> {
        let accepted = self.insist("settle events", || self.ledger.settle(late))?;
        self.measure(Outcome::Accepted, "", accepted);
        Ok(())
    }

    /// Whether the ledger can be written to, found out by writing.
    pub(super) fn takes_writes(&self) -> bool {
        if !self.lost_files().is_empty() {
            return false;
        }
        self.ledger.probe().is_ok()
    }
}

fn archived(grouped: Box<Grouped>, done: &Applied) -> ArchivedEvent {
    let Grouped {
        project,
        event,
        title,
        mut explanation,
        ..
    } = *grouped;
    explanation.notes.extend(done.note.clone());
    explanation.found.clone_from(&done.found);
    ArchivedEvent {
        project,
        issue: done.home,
        event,
        title,
        explanation,
    }
}

struct LedgerShelf<'a> {
    digest: &'a Digest,
    settled: &'a [(ProjectId, EventId)],
    book: Arc<Book>,
}

impl Shelf<Filing, Applied> for LedgerShelf<'_> {
    const STAGE: &'static str = "ledger";

    fn put(&self, items: &[Filing]) -> Result<Vec<Applied>, StoreError> {
        let owners = &self.book.owners;
        let ledger = &self.digest.ledger;
        ledger.apply_owned(items, self.settled, owners)
    }

    fn is_well(&self) -> bool {
        self.digest.takes_writes()
    }
}

/// Asks the archive which events it has. Nothing is put there, but one event that it cannot look
/// for must not hold up the others.
struct LookShelf<'a>(&'a Digest);

impl Shelf<(ProjectId, EventId), Option<IssueId>> for LookShelf<'_> {
    const STAGE: &'static str = "look";

    fn put(&self, items: &[(ProjectId, EventId)]) -> Result<Vec<Option<IssueId>>, StoreError> {
        self.0.archive.known(items)
    }

    fn is_well(&self) -> bool {
        self.0.takes_writes()
    }
}

struct ArchiveShelf<'a>(&'a Digest);

impl Shelf<ArchivedEvent, ()> for ArchiveShelf<'_> {
    const STAGE: &'static str = UNKEPT_REASON;

    fn put(&self, items: &[ArchivedEvent]) -> Result<Vec<()>, StoreError> {
        self.0.archive.append(items)?;
        Ok(vec![(); items.len()])
    }

    /// The archive has nothing harmless to write. It lives beside the ledger, and what fills or
    /// locks one disk shows in both.
    fn is_well(&self) -> bool {
        self.0.takes_writes()
    }
}
