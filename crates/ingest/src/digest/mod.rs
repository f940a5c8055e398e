//! The digest: takes accepted events from the spool and makes issues of them.
//!
//! ```text
//! read ─▶ cook (parse, normalize, group; pure) ─▶ file (ledger, archive) ─▶ tell ─▶ commit
//!             └─ failed: quarantine                   └─ not now: try again
//! ```
//! One worker thread, started by `Ingest`. Everything may happen twice after a crash: the stores
//! know an event by its id.

mod progress;
mod recipe;
mod replay;
mod shelf;
mod stop;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::broadcast;
use watchpost_model::{Applied, Change, Grouped, IssueChange, IssueId, Outcome};
use watchpost_store::{Archive, ArchivedEvent, Ledger, Poison, Quarantine, StoreError};

use crate::gate::chain;
use crate::limits::{DIGEST_BATCH_BYTES_MAX, DIGEST_BATCH_COUNT_MAX, QUARANTINE_LOOK_PAUSE};
use crate::outcome::{ERROR, End, Outcomes, Owner};
use crate::quarantine::{Failure, Fill};
use crate::spool::{Batch, Spool, Spooled};

pub use progress::DigestStatus;
pub(crate) use progress::Progress;
pub(crate) use recipe::Recipe;
use recipe::cook_all;
pub(crate) use replay::Look;
use shelf::{Backoff, Halted, Shelf, put_all};
pub(crate) use stop::{Phase, Stop};

/// What the worker works with.
pub(crate) struct Digest {
    pub(crate) spool: Arc<dyn Spool>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) quarantine: Arc<dyn Quarantine>,
    pub(crate) fill: Arc<Fill>,
    pub(crate) look: Look,
    pub(crate) progress: Arc<Progress>,
    pub(crate) outcomes: Arc<Outcomes>,
    pub(crate) news: broadcast::Sender<IssueChange>,
    pub(crate) recipe: Recipe,
    pub(crate) threads: usize,
    pub(crate) stop: Arc<Stop>,
}

/// An event on its way through a batch.
struct Plate<'a> {
    spooled: &'a Spooled,
    grouped: Grouped,
}

impl Digest {
    /// Starts the worker. It ends when told to stop.
    pub(crate) fn start(self) -> io::Result<JoinHandle<()>> {
        let builder = thread::Builder::new().name("digest".to_owned());
        builder.spawn(move || while let Ok(Turn::Again) = self.turn() {})
    }

    /// Digests one batch, or waits for one.
    fn turn(&self) -> Result<Turn, Halted> {
        let phase = self.stop.phase();
        if phase == Phase::Halt {
            return Err(Halted);
        }
        if phase == Phase::Run {
            self.look_after_quarantine()?;
        }
        let batch = self.read()?;
        if batch.records.is_empty() && batch.damaged == 0 && batch.end.is_none() {
            if phase == Phase::Drain {
                return Ok(Turn::Done);
            }
            // It rings at once; what is marked in the quarantine does not.
            self.spool.wait(QUARANTINE_LOOK_PAUSE);
            return Ok(Turn::Again);
        }
        self.progress.begin(&batch);
        self.digest(&batch)?;
        self.progress.end(&batch);
        Ok(Turn::Again)
    }

    fn read(&self) -> Result<Batch, Halted> {
        let mut backoff = Backoff::new(&self.stop);
        loop {
            match self
                .spool
                .read(DIGEST_BATCH_COUNT_MAX, DIGEST_BATCH_BYTES_MAX)
            {
                Ok(batch) => return Ok(batch),
                Err(error) => tracing::error!(error = chain(&error), "failed to read the spool"),
            }
            backoff.wait()?;
        }
    }

    /// The way of a batch.
    fn digest(&self, batch: &Batch) -> Result<(), Halted> {
        let plates = self.cook(&batch.records)?;
        let applied = self.file(plates)?;
        // Before the commit: after a crash in between the events come back as duplicates, which
        // are told to nobody. The other way round, news could be lost.
        self.tell(&applied);
        self.count_damaged(batch.damaged);
        self.commit(batch)
    }

    /// The pure half. What cannot be cooked goes to quarantine.
    fn cook<'a>(&self, records: &'a [Spooled]) -> Result<Vec<Plate<'a>>, Halted> {
        let cooked = cook_all(self.recipe, records, self.threads);
        let mut plates = Vec::with_capacity(records.len());
        for (spooled, cooked) in records.iter().zip(cooked) {
            match cooked {
                Ok(grouped) => plates.push(Plate { spooled, grouped }),
                Err(failure) => self.quarantine(spooled, &failure)?,
            }
        }
        Ok(plates)
    }

    /// Files a batch: first the issues, which say where each event belongs, then the events.
    fn file(&self, plates: Vec<Plate<'_>>) -> Result<Vec<(Owner, Applied)>, Halted> {
        let (spooled, grouped): (Vec<_>, Vec<_>) = plates
            .into_iter()
            .map(|plate| (plate.spooled, plate.grouped))
            .unzip();
        let shelved = put_all(&LedgerShelf(self), &grouped, &self.stop)?;
        let mut sources = Vec::with_capacity(grouped.len());
        let mut applied = Vec::with_capacity(grouped.len());
        let mut events = Vec::with_capacity(grouped.len());
        for ((spooled, grouped), result) in spooled.into_iter().zip(grouped).zip(shelved) {
            match result {
                Ok(done) => {
                    sources.push(spooled);
                    applied.push((owner_of(spooled), done.clone()));
                    events.push(archived(grouped, done.issue));
                }
                Err(failure) => self.quarantine(spooled, &failure)?,
            }
        }
        let kept = put_all(&ArchiveShelf(self), &events, &self.stop)?;
        for (spooled, result) in sources.iter().zip(kept) {
            if let Err(failure) = result {
                self.quarantine(spooled, &failure)?;
            }
        }
        Ok(applied)
    }

    /// Keeps an event that cannot be digested.
    fn quarantine(&self, spooled: &Spooled, failure: &Failure) -> Result<(), Halted> {
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
        tracing::error!(stage, error = reason, %event, tries, "put an event in quarantine");
        // Counted when it came here first; a replay that failed changes nothing.
        if tries == 1 {
            let end = End::new(ERROR, Outcome::Quarantined, stage);
            self.outcomes.count(owner_of(spooled), end, 1);
        }
        Ok(())
    }

    fn commit(&self, batch: &Batch) -> Result<(), Halted> {
        let mut backoff = Backoff::new(&self.stop);
        let Some(end) = batch.end else { return Ok(()) };
        while let Err(error) = self.spool.commit(end) {
            tracing::error!(
                error = chain(&error),
                "failed to note the position in the spool"
            );
            backoff.wait()?;
        }
        Ok(())
    }

    /// Tells who watches, and counts.
    fn tell(&self, applied: &[(Owner, Applied)]) {
        for (owner, done) in applied {
            if done.change == Change::Duplicate {
                let end = End::new(ERROR, Outcome::Duplicate, "");
                self.outcomes.count(*owner, end, 1);
                continue;
            }
            self.outcomes
                .count(*owner, End::new(ERROR, Outcome::Accepted, ""), 1);
            // Nobody may be watching.
            let _ = self.news.send(IssueChange {
                project: done.project,
                issue: done.issue,
                event: Some(done.event),
                change: done.change,
            });
        }
    }

    /// Damaged bytes of the spool: whose they were can no longer be read.
    fn count_damaged(&self, damaged: u64) {
        if damaged > 0 {
            let end = End::new(ERROR, Outcome::Quarantined, "spool_damaged");
            self.outcomes.count(Owner::default(), end, damaged);
        }
    }
}

/// Whether the worker goes on.
enum Turn {
    Again,
    Done,
}

fn owner_of(spooled: &Spooled) -> Owner {
    let receipt = &spooled.record.receipt;
    Owner {
        project: Some(receipt.project),
        key: Some(receipt.key),
    }
}

fn archived(grouped: Grouped, issue: IssueId) -> ArchivedEvent {
    ArchivedEvent {
        project: grouped.project,
        issue,
        event: grouped.event,
        title: grouped.title,
        explanation: grouped.explanation,
    }
}

struct LedgerShelf<'a>(&'a Digest);

impl Shelf<Grouped, Applied> for LedgerShelf<'_> {
    const STAGE: &'static str = "ledger";

    fn put(&self, items: &[Grouped]) -> Result<Vec<Applied>, StoreError> {
        self.0.ledger.apply(items)
    }

    fn is_well(&self) -> bool {
        self.0.takes_writes()
    }
}

struct ArchiveShelf<'a>(&'a Digest);

impl Shelf<ArchivedEvent, ()> for ArchiveShelf<'_> {
    const STAGE: &'static str = "archive";

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

impl Digest {
    /// Whether the ledger can be written to, found out by writing: a count of this very trouble.
    fn takes_writes(&self) -> bool {
        let end = End::new("internal", Outcome::Invalid, "store_retry");
        let row = self.outcomes.row_now(Owner::default(), end);
        self.ledger.add_outcomes(&[row]).is_ok()
    }
}
