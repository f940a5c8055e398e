//! The digest: takes accepted events from the spool and makes issues of them.
//!
//! ```text
//! read ─▶ cook (parse to group; pure) ─▶ file (ledger, archive) ─▶ tell ─▶ commit
//!             ├─ failed: quarantine             └─ not now: try again
//!             └─ unwanted: counted
//! ```
//! One worker thread, started by `Ingest`. Everything may happen twice after a crash: the stores
//! know an event by its id, and the ledger a replay by its number in the spool.

mod aside;
mod file;
mod filtered;
mod held;
mod marker;
mod owners;
mod progress;
mod recipe;
mod replay;
mod shelf;
mod stop;
mod supervise;
mod treatment;

use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tokio::sync::broadcast;
use watchpost_model::{
    Applied, Change, EventId, Grouped, IssueChange, Outcome, OutcomeCount, ProjectId,
};
use watchpost_store::{Archive, DISCARDED_REASON, Ledger, Quarantine, StoreError, UNKEPT_REASON};

use crate::gate::chain;
use crate::limits::{
    DIGEST_BATCH_BYTES_MAX, DIGEST_BATCH_COUNT_MAX, DIGEST_NICENESS, QUARANTINE_LOOK_PAUSE,
};
use crate::metrics::Metrics;
use crate::outcome::{ERROR, End, Outcomes, Owner};
use crate::quarantine::{Failure, Fill};
use crate::spool::{Batch, Spool, Spooled};
use crate::sync::lock;
use crate::witness::Witness;

use file::Filed;
use held::Hands;
pub use marker::MARKER_FILE;
pub(crate) use marker::Marker;
pub use progress::DigestStatus;
pub(crate) use progress::Progress;
use recipe::Dish;
pub(crate) use recipe::Recipe;
pub(crate) use replay::Look;
use shelf::{Backoff, Halted};
pub(crate) use stop::{Phase, Stop};
use supervise::{Desk, Portion};
pub(crate) use treatment::Treatments;

/// What the worker works with.
pub(crate) struct Digest {
    pub(crate) spool: Arc<dyn Spool>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) quarantine: Arc<dyn Quarantine>,
    pub(crate) fill: Arc<Fill>,
    pub(crate) look: Look,
    pub(crate) witness: Mutex<Witness>,
    pub(crate) marker: Mutex<Marker>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) outcomes: Arc<Outcomes>,
    pub(crate) metrics: Metrics,
    pub(crate) news: broadcast::Sender<IssueChange>,
    pub(crate) recipe: Recipe,
    pub(crate) treatments: Treatments,
    pub(crate) threads: usize,
    pub(crate) stop: Arc<Stop>,
    #[cfg(debug_assertions)]
    pub(crate) deadly: Option<EventId>,
}

/// Records of a batch that were set aside, by their numbers in the spool: the ledger counts each
/// once, whatever crashes.
type Ends = Vec<(u64, OutcomeCount)>;

/// Events that the archive has by now and the ledger does not know of.
type Settled = Vec<(ProjectId, EventId)>;

/// A batch and what the recipe made of it.
#[derive(Default)]
struct Cooked {
    batch: Batch,
    dishes: Vec<Dish>,
}

impl Cooked {
    fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.batch.end.is_none()
    }
}

/// An event on its way through a batch.
struct Plate<'a> {
    spooled: &'a Spooled,
    grouped: Box<Grouped>,
}

impl Digest {
    /// Starts the worker. It ends when told to stop.
    pub(crate) fn start(self) -> io::Result<JoinHandle<()>> {
        let builder = thread::Builder::new().name("digest".to_owned());
        builder.spawn(move || {
            give_way();
            self.supervise();
        })
    }

    /// Digests one batch, or waits for one. While the stores work on it, the next one is read and
    /// cooked, and stays on the desk as `ahead`.
    fn turn(&self, desk: &mut Desk) -> Result<Turn, Halted> {
        self.stop.beat();
        let phase = self.stop.phase();
        if phase == Phase::Halt {
            return Err(Halted);
        }
        let replayed = phase == Phase::Run && self.look_after_quarantine(desk)?;
        let place = self.place(desk);
        let portion = desk.care.portion(place);
        let cooked = match desk.ahead.take() {
            Some(cooked) => cooked,
            None => self.cook(self.read(portion.count_max())?, Hands::Free),
        };
        if cooked.is_empty() {
            if phase == Phase::Drain {
                return Ok(Turn::Done);
            }
            if !replayed {
                // It rings at once; what is marked in the quarantine does not.
                self.spool.wait(QUARANTINE_LOOK_PAUSE);
            }
            return Ok(Turn::Again);
        }
        let since = Instant::now();
        let Cooked { batch, dishes } = cooked;
        self.progress.begin(&batch);
        let next = thread::scope(|scope| {
            let cook = || Ok(self.cook(self.read(DIGEST_BATCH_COUNT_MAX)?, Hands::Full));
            let spawn = || thread::Builder::new().spawn_scoped(scope, cook).ok();
            let helper = match portion {
                Portion::Batch => spawn(),
                Portion::Part | Portion::One => None,
            };
            self.serve(&batch, dishes, desk)?;
            self.stand_firm()?;
            // Before the commit: whoever sees that the spool is empty sees what was digested.
            self.progress.end(&batch);
            self.commit(&batch)?;
            // Without a thread the next turn reads by itself. What a thread that panicked has read
            // would be skipped, so its panic is ours.
            let next =
                helper.map(|helper| helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
            next.transpose()
        })?;
        desk.ahead = next.filter(|next: &Cooked| !next.is_empty());
        desk.care.passed(place);
        self.metrics.digested(since.elapsed(), batch.records.len());
        Ok(Turn::Again)
    }

    fn read(&self, count_max: usize) -> Result<Batch, Halted> {
        let mut backoff = Backoff::new(&self.stop);
        loop {
            match self.spool.read(count_max, DIGEST_BATCH_BYTES_MAX) {
                Ok(batch) => return Ok(batch),
                Err(error) => tracing::error!(error = chain(&error), "failed to read the spool"),
            }
            backoff.wait()?;
        }
    }

    /// The other half: what was cooked goes into the stores, what could not be to quarantine.
    fn serve(&self, batch: &Batch, dishes: Vec<Dish>, desk: &mut Desk) -> Result<(), Halted> {
        self.stand_firm()?;
        let verdict = self.verdict(desk);
        let (mut plates, mut unwanted) = (Vec::with_capacity(dishes.len()), Vec::new());
        desk.ends.clear();
        if let Some(lost) = &batch.lost {
            self.miss(lost, desk)?;
        }
        for (spooled, dish) in batch.records.iter().zip(dishes) {
            if Self::was_filtered(spooled, desk) {
                continue;
            }
            match verdict.clone().map_or(dish, Dish::Failed) {
                Dish::Wanted(grouped) => plates.push(Plate { spooled, grouped }),
                Dish::Unwanted(found) => unwanted.push((spooled, found)),
                Dish::Failed(failure) => self.set_aside(spooled, &failure, desk)?,
            }
        }
        plates.extend(self.count_filtered(unwanted, desk)?);
        let filed = self.file(plates, desk)?;
        lock(&self.witness).note(&*self.ledger, &*self.archive);
        // Before the commit: after a crash in between the events come back as duplicates, which
        // are told to nobody. The other way round, news could be lost.
        self.tell(&filed, desk);
        for seq in &batch.damaged {
            // Whose they were can no longer be read.
            self.end(*seq, Owner::default(), "spool_damaged", desk);
        }
        self.insist("count what was set aside", || {
            self.ledger.count_set_aside(&desk.ends)
        })
    }

    /// Why the event that comes alone cannot be digested, if it cannot. While the ledger is ill,
    /// no panic says anything about the event.
    fn verdict(&self, desk: &Desk) -> Option<Failure> {
        let verdict = desk.care.verdict(self.place(desk))?;
        self.takes_writes().then_some(verdict)
    }

    /// Waits as long as files that the stores have open are gone: what was just filed is lost with
    /// them, and only the spool still has it (F08).
    fn stand_firm(&self) -> Result<(), Halted> {
        let mut backoff = Backoff::new(&self.stop);
        for lost in self.lost_files() {
            let file = lost.display();
            tracing::error!(%file, "an open database is gone; what is accepted waits in the spool");
        }
        while !self.lost_files().is_empty() {
            backoff.wait()?;
        }
        Ok(())
    }

    fn lost_files(&self) -> Vec<PathBuf> {
        self.ledger.footing().and(self.archive.footing()).lost
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

    /// Tells who watches and who measures. The ledger has counted already.
    fn tell(&self, filed: &Filed, desk: &Desk) {
        let Filed { applied, unkept } = filed;
        let count = |change| applied.iter().filter(|done| done.change == change).count();
        let (again, discarded) = (count(Change::Duplicate), count(Change::Discarded));
        let is_new =
            |done: &&Applied| !matches!(done.change, Change::Duplicate | Change::Discarded);
        let told = applied.len() - again - discarded;
        self.measure(Outcome::Accepted, "", told.saturating_sub(*unkept) as u64);
        // What is replayed was counted where it ended first.
        if !desk.is_replaying {
            self.measure(Outcome::Duplicate, "", again as u64);
            self.measure(Outcome::Filtered, DISCARDED_REASON, discarded as u64);
            self.measure(Outcome::Quarantined, UNKEPT_REASON, *unkept as u64);
        }
        for done in applied.iter().filter(is_new) {
            // Nobody may be watching.
            let _ = self.news.send(IssueChange {
                project: done.project,
                issue: done.issue,
                event: Some(done.event),
                change: done.change,
            });
        }
    }

    fn measure(&self, outcome: Outcome, reason: &'static str, quantity: u64) {
        if quantity > 0 {
            self.metrics
                .count(&End::new(ERROR, outcome, reason), quantity);
        }
    }

    /// Asks a store until it answers.
    fn insist<T>(
        &self,
        what: &'static str,
        ask: impl Fn() -> Result<T, StoreError>,
    ) -> Result<T, Halted> {
        let mut backoff = Backoff::new(&self.stop);
        loop {
            match ask() {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    tracing::warn!(error = chain(&error), "failed to {what}; trying again");
                }
            }
            backoff.wait()?;
        }
    }
}

/// Lets the gates go first when there is not enough processor for all: clients wait, the spool
/// does not. The threads that the digest starts inherit it.
fn give_way() {
    if let Err(error) = rustix::process::nice(DIGEST_NICENESS) {
        tracing::debug!(%error, "failed to lower the priority of the digest");
    }
}

/// Whether the worker goes on.
enum Turn {
    Again,
    Done,
}
