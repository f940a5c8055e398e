//! The ground floor as one thing: opened, started and shut down by the binary.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use tokio::sync::broadcast;
use watchpost_model::{Clock, IntakeState, IssueChange};
use watchpost_store::{Archive, Ledger, Quarantine, StoreError};

use crate::config::IngestConfig;
use crate::digest::{
    Digest, DigestStatus, Look, Marker, Phase, Progress, Recipe, Stop, Treatments,
};
use crate::gate::budget::Budget;
use crate::gate::{self, Gate, chain};
use crate::keys::Keys;
use crate::limits::{HOUSEKEEPING_PAUSE, WATCH_PAUSE};
use crate::metrics::Metrics;
use crate::outcome::Outcomes;
use crate::quarantine::Fill;
use crate::quota::SpikeWatch;
use crate::random::Random;
use crate::rejections::Rejections;
use crate::side_door::SideDoor;
use crate::spool::{FileSpool, FileSpoolOptions, Spool, SpoolError, SpoolStatus};
use crate::sync::lock;
use crate::upkeep::Upkeep;
use crate::warden::{Closed, Warden};
use crate::witness::Witness;
use watchpost_store::disk::{Disk, RealDisk};

/// What the ground floor stands on.
pub struct IngestParts {
    /// Projects, keys, issues.
    pub ledger: Arc<dyn Ledger>,
    /// Events.
    pub archive: Arc<dyn Archive>,
    /// The folder of accepted events that wait.
    pub spool_dir: PathBuf,
    /// Accepted events that could not be digested.
    pub quarantine: Arc<dyn Quarantine>,
    /// Its folder, where damaged parts of the spool are put beside them.
    pub quarantine_dir: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance: event ids and salts.
    pub random: Arc<dyn Random>,
    /// Where changes of issues are told.
    pub news: broadcast::Sender<IssueChange>,
    /// What the operator decided.
    pub config: IngestConfig,
}

/// Why the ground floor could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The folder of the spool.
    #[error("failed to open the spool")]
    Spool(#[from] SpoolError),
    /// The keys.
    #[error("failed to read the keys")]
    Keys(#[from] StoreError),
    /// A thread.
    #[error("failed to start a worker")]
    Worker(#[from] std::io::Error),
}

/// The gates, the spool and the digest.
pub struct Ingest {
    gate: Arc<Gate>,
    ledger: Arc<dyn Ledger>,
    outcomes: Arc<Outcomes>,
    progress: Arc<Progress>,
    spikes: Arc<Mutex<SpikeWatch>>,
    stop: Arc<Stop>,
    /// Made at the opening, used up by the start.
    digest: Mutex<Option<Digest>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    upkeep: Arc<Upkeep>,
}

impl Ingest {
    /// Opens the spool and reads the keys. Blocks for moments. Nothing is digested before
    /// [`Ingest::start`]; what is accepted meanwhile waits safely.
    pub fn open(parts: IngestParts) -> Result<Self, IngestError> {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        Self::open_with(parts, disk, Recipe::USUAL)
    }

    /// As [`Ingest::open`], with the seams that tests use.
    pub(crate) fn open_with(
        parts: IngestParts,
        disk: Arc<dyn Disk>,
        recipe: Recipe,
    ) -> Result<Self, IngestError> {
        let witness = open_witness(&parts, &*disk)?;
        let marker = Marker::open(&*disk, &parts.spool_dir)?;
        let config = parts.config;
        let metrics = Metrics::default();
        // A ledger that cannot be asked keeps the gates from opening, further down.
        let filed_to = parts.ledger.filed_to().unwrap_or(0);
        let spool: Arc<dyn Spool> = Arc::new(FileSpool::open(FileSpoolOptions {
            dir: parts.spool_dir,
            aside: parts.quarantine_dir,
            bytes_max: config.spool_bytes_max,
            segment_bytes: config.spool_segment_bytes,
            filed_to,
            disk,
            random: Arc::clone(&parts.random),
            metrics: metrics.clone(),
        })?);
        let outcomes = Arc::new(Outcomes::new(Arc::clone(&parts.clock), metrics.clone()));
        let stop = Arc::new(Stop::new());
        let upkeep = Arc::new(Upkeep {
            ledger: Arc::clone(&parts.ledger),
            archive: Arc::clone(&parts.archive),
            clock: Arc::clone(&parts.clock),
            retention: config.retention,
            stop: Arc::clone(&stop),
        });
        let (fill, progress) = (Arc::new(Fill::default()), Arc::new(Progress::default()));
        let digest = Digest {
            spool: Arc::clone(&spool),
            ledger: Arc::clone(&parts.ledger),
            archive: parts.archive,
            quarantine: parts.quarantine,
            fill: Arc::clone(&fill),
            look: Look::default(),
            witness: Mutex::new(witness),
            marker: Mutex::new(marker),
            progress: Arc::clone(&progress),
            outcomes: Arc::clone(&outcomes),
            metrics: metrics.clone(),
            news: parts.news,
            recipe: recipe.with(config.atlas),
            treatments: Treatments::default(),
            threads: config.digest_threads,
            stop: Arc::clone(&stop),
            #[cfg(debug_assertions)]
            deadly: config.deadly,
        };
        let warden = Warden::new(&config, Arc::clone(&spool), Arc::clone(&parts.clock));
        let gate = Arc::new(Gate {
            warden,
            keys: Arc::new(Keys::load(Arc::clone(&parts.ledger))?),
            spool,
            fill,
            outcomes: Arc::clone(&outcomes),
            rejections: Rejections::default(),
            clock: parts.clock,
            random: parts.random,
            budget: Budget::new(config.in_flight_bytes_max),
            metrics,
            config,
        });
        Ok(Self {
            gate,
            ledger: parts.ledger,
            outcomes,
            progress,
            spikes: Arc::default(),
            stop,
            digest: Mutex::new(Some(digest)),
            workers: Mutex::default(),
            upkeep,
        })
    }

    /// Starts the digest, the housekeeper and the upkeep. Starting again does nothing.
    pub fn start(&self) -> Result<(), IngestError> {
        let Some(digest) = lock(&self.digest).take() else {
            return Ok(());
        };
        let mut workers = lock(&self.workers);
        workers.push(digest.start()?);
        workers.push(self.start_housekeeper()?);
        workers.push(self.start_warden()?);
        // Nobody waits for its end: it may be in the middle of forgetting much, and goes on where
        // it was after the next start.
        drop(Arc::clone(&self.upkeep).start()?);
        Ok(())
    }

    /// The doors, at their canonical paths. Wrap the whole program's router in
    /// [`crate::fold_paths`], so that every other spelling leads here too. The service should be
    /// made with connect info, or no event has an address.
    pub fn router(&self) -> Router {
        gate::router(Arc::clone(&self.gate))
    }

    /// The door for the server's own pages.
    pub fn side_door(&self) -> SideDoor {
        SideDoor(Arc::clone(&self.gate))
    }

    /// What is measured meanwhile.
    pub fn metrics(&self) -> &Metrics {
        &self.gate.metrics
    }

    /// Tells as long as it lives whether the digest works.
    pub fn pulse(&self) -> Pulse {
        Pulse(Arc::clone(&self.stop))
    }

    /// Files of the spool that were deleted or moved away while they are open. Asks the disk.
    pub fn lost_files(&self) -> Vec<PathBuf> {
        self.gate.spool.lost_files()
    }

    /// How the spool is: for pages, health checks and tests.
    pub fn status(&self) -> SpoolStatus {
        self.gate.spool.status()
    }

    /// How the digest is.
    pub fn digest_status(&self) -> DigestStatus {
        self.progress.status()
    }

    /// How the gates are: whether they accept, and what they hold back.
    pub fn intake(&self) -> IntakeState {
        IntakeState {
            closed: self.gate.warden.closed().map(Closed::advice),
            disk: self.gate.warden.disk(),
            lag_secs: self.gate.warden.lag_secs(),
            spikes: lock(&self.spikes).spikes(),
        }
    }

    /// Takes nothing more, digests what was accepted, writes the counters. After `longest` it
    /// stops digesting; the rest is safe in the spool and digested after the next start. Blocks:
    /// call it from a thread that may. Returns whether everything was digested.
    pub fn shutdown(&self, longest: Duration) -> bool {
        // In this order, so that the drain sees the last event that was acknowledged.
        self.gate.spool.close();
        self.stop.advance(Phase::Drain);
        let watch = self.halt_after(longest);
        self.join();
        self.stop.advance(Phase::Halt);
        if let Some(watch) = watch {
            // It has nothing to say.
            let _ = watch.join();
        }
        self.flush();
        let status = self.status();
        status.committed >= status.appended
    }

    #[cfg(test)]
    pub(crate) fn flush_for_test(&self) {
        self.flush();
    }

    /// What the workers do once a second, now.
    #[cfg(test)]
    pub(crate) fn second_for_test(&self) {
        keep_house(&self.gate, &*self.ledger, &self.spikes);
        self.gate.warden.tick();
    }

    #[cfg(test)]
    pub(crate) fn upkeep_for_test(&self) -> &Upkeep {
        &self.upkeep
    }

    #[cfg(test)]
    pub(crate) fn wait_digested_for_test(&self, longest: Duration) -> bool {
        self.gate.spool.wait_committed(longest)
    }

    #[cfg(test)]
    pub(crate) fn warden_for_test(&self) -> &Warden {
        &self.gate.warden
    }

    #[cfg(test)]
    pub(crate) fn spool_for_test(&self) -> &dyn Spool {
        &*self.gate.spool
    }

    /// A thread that ends the draining when it takes too long.
    fn halt_after(&self, longest: Duration) -> Option<JoinHandle<()>> {
        let stop = Arc::clone(&self.stop);
        let builder = thread::Builder::new().name("shutdown-watch".to_owned());
        let watch = builder.spawn(move || {
            stop.pause(longest, Phase::Halt);
            stop.advance(Phase::Halt);
        });
        if let Err(error) = &watch {
            tracing::error!(%error, "failed to watch the shutdown; stopping at once");
            self.stop.advance(Phase::Halt);
        }
        watch.ok()
    }

    /// Waits for the workers.
    fn join(&self) {
        let workers = std::mem::take(&mut *lock(&self.workers));
        for worker in workers {
            if worker.join().is_err() {
                tracing::error!("a worker panicked");
            }
        }
    }

    fn flush(&self) {
        if let Err(error) = self.outcomes.flush(&*self.ledger) {
            tracing::error!(error = chain(&error), "failed to write the counters");
        }
    }

    /// Does the small things that have to be done once a second.
    fn start_housekeeper(&self) -> Result<JoinHandle<()>, std::io::Error> {
        let (gate, stop) = (Arc::clone(&self.gate), Arc::clone(&self.stop));
        let ledger = Arc::clone(&self.ledger);
        let spikes = Arc::clone(&self.spikes);
        let builder = thread::Builder::new().name("housekeeper".to_owned());
        builder.spawn(move || {
            while stop.phase() == Phase::Run {
                stop.pause(HOUSEKEEPING_PAUSE, Phase::Drain);
                keep_house(&gate, &*ledger, &spikes);
            }
        })
    }

    /// Looks at disk and digest once a second. Not the housekeeper's work: its writes wait for a
    /// disk that is full.
    fn start_warden(&self) -> Result<JoinHandle<()>, std::io::Error> {
        let (gate, stop) = (Arc::clone(&self.gate), Arc::clone(&self.stop));
        let builder = thread::Builder::new().name("warden".to_owned());
        builder.spawn(move || {
            while stop.phase() == Phase::Run {
                stop.pause(WATCH_PAUSE, Phase::Drain);
                gate.warden.tick();
            }
        })
    }
}

/// Opens the note of what the databases had, and tells what they have lost since.
fn open_witness(parts: &IngestParts, disk: &dyn Disk) -> Result<Witness, SpoolError> {
    let mut witness = Witness::open(disk, &parts.spool_dir)?;
    let losses = witness.question(&*parts.ledger, &*parts.archive, &*parts.quarantine);
    if let Err(error) = losses {
        // They are asked again with the first batch, and what they lost by the next start.
        tracing::error!(error = chain(&error), "failed to look for lost events");
    }
    Ok(witness)
}

/// Writes counters, follows changes of keys and watches for spikes.
fn keep_house(gate: &Gate, ledger: &dyn Ledger, spikes: &Mutex<SpikeWatch>) {
    if let Err(error) = gate.outcomes.flush(ledger) {
        tracing::warn!(error = chain(&error), "failed to write the counters");
    }
    if let Err(error) = gate.keys.refresh() {
        tracing::warn!(error = chain(&error), "failed to read the keys");
    }
    if let Err(error) = lock(spikes).tick(&gate.keys, ledger, &*gate.clock) {
        tracing::warn!(error = chain(&error), "failed to watch for spikes");
    }
}

/// Whether accepted events are digested, for a watchdog.
pub struct Pulse(Arc<Stop>);

impl Pulse {
    /// False once it has been silent for longer than any batch takes.
    pub fn beats(&self) -> bool {
        self.0.beats()
    }
}

/// As after a crash: what is not digested stays in the spool.
impl Drop for Ingest {
    fn drop(&mut self) {
        self.stop.advance(Phase::Halt);
        self.gate.spool.close();
        self.join();
    }
}
