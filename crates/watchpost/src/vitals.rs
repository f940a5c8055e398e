//! Measures how this installation is, once a second, for the status page and for metrics.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use watchpost_ingest::Ingest;
use watchpost_model::{
    DiskVitals, QuarantineVitals, SpoolVitals, Timestamp, UNCLEAN_NEWS_SECS, UncleanEnd, Vitals,
    chain,
};
use watchpost_store::{Archive, Ledger, Quarantine};

use crate::recent::Recent;
use crate::wiring::House;

/// How often.
const PAUSE: Duration = Duration::from_secs(1);
/// Measurements that are remembered for the rate: a minute.
const SAMPLE_COUNT: usize = 60;

/// Takes the measurements.
pub(crate) struct Nurse {
    house: Arc<House>,
    ingest: Arc<Ingest>,
    recent: Recent,
    spool_bytes_max: u64,
    started: Timestamp,
    /// How the run before this one ended, if it was not stopped.
    unclean: Option<UncleanEnd>,
    /// How much was digested at each of the last measurements, the oldest first.
    samples: VecDeque<u64>,
    /// How far the spool was digested when that changed last, and when.
    moved: (u64, Timestamp),
    /// What was measured last, for when that fails.
    quarantine: QuarantineVitals,
    /// Free and whole bytes of the disk, likewise.
    space: (u64, u64),
    /// What could not be measured last time.
    unmeasured: Vec<String>,
}

impl Nurse {
    pub(crate) fn new(
        house: Arc<House>,
        ingest: Arc<Ingest>,
        recent: Recent,
        spool_bytes_max: u64,
        unclean: Option<UncleanEnd>,
    ) -> Self {
        let started = house.now();
        Self {
            house,
            ingest,
            recent,
            spool_bytes_max,
            started,
            unclean,
            samples: VecDeque::new(),
            moved: (0, started),
            quarantine: QuarantineVitals::default(),
            space: (0, 0),
            unmeasured: Vec::new(),
        }
    }

    /// Measures until the server stops.
    pub(crate) async fn watch(
        mut self,
        told: watch::Sender<Arc<Vitals>>,
        mut stopped: watch::Receiver<bool>,
    ) {
        loop {
            let measured = tokio::task::spawn_blocking(move || {
                let vitals = self.measure();
                (self, vitals)
            });
            let Ok((nurse, vitals)) = measured.await else {
                tracing::error!("failed to measure how the server is; restart it to measure again");
                let failed = "everything: measuring failed and ended; restart Watchpost";
                told.send_modify(|vitals| {
                    Arc::make_mut(vitals).unmeasured.push(failed.to_owned());
                });
                return;
            };
            self = nurse;
            told.send_replace(Arc::new(vitals));
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    /// One measurement. Blocks for moments.
    pub(crate) fn measure(&mut self) -> Vitals {
        let now = self.house.now();
        let digest = self.ingest.digest_status();
        let digested = digest.digested;
        if self.samples.len() > SAMPLE_COUNT {
            self.samples.pop_front();
        }
        self.samples.push_back(digested);
        let minute_ago = self.samples.front().copied().unwrap_or(digested);
        let ledger = Ledger::damage(&*self.house.ledger);
        let archive = Archive::damage(&*self.house.archive);
        let footing = Ledger::footing(&*self.house.ledger);
        let footing = footing.and(Archive::footing(&*self.house.archive));
        let lost = self.ingest.lost_files().into_iter().chain(footing.lost);
        let unmeasured = self.ask();
        let is_news = now.secs_since(self.started) < UNCLEAN_NEWS_SECS;
        Vitals {
            at: now,
            started: self.started,
            unclean: self.unclean.clone().filter(|_| is_news),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            intake: self.ingest.intake(),
            spool: self.spool(now),
            digested,
            digested_last_minute: digested.saturating_sub(minute_ago),
            digest_restarts: digest.restarts,
            digest_restart_reason: digest.restart_reason,
            quarantine: self.quarantine.clone(),
            disk: self.disk(),
            damaged_databases: ledger.into_iter().chain(archive).collect(),
            stopped_databases: footing.stopped,
            lost_files: lost.map(|path| path.display().to_string()).collect(),
            unmeasured,
            warnings: self.recent.warnings(),
        }
    }

    fn spool(&mut self, now: Timestamp) -> SpoolVitals {
        let status = self.ingest.status();
        if self.moved.0 != status.committed || status.committed >= status.appended {
            self.moved = (status.committed, now);
        }
        let events = status.appended.saturating_sub(status.committed);
        // A digest that does not even read cannot say how old its oldest event is.
        let oldest = self.ingest.digest_status().oldest.unwrap_or(self.moved.1);
        SpoolVitals {
            events,
            bytes: status.backlog_bytes,
            bytes_max: self.spool_bytes_max,
            oldest: (events > 0).then_some(oldest),
            damaged: status.damaged,
            failing: status.failing,
            stopped: status.stopped,
        }
    }

    /// Asks what may not answer; returns what did not. Its last values stay: zeros would say that
    /// all is well. The log hears of it once.
    fn ask(&mut self) -> Vec<String> {
        let mut failed = Vec::new();
        match self.house.quarantine.usage() {
            Ok(usage) => {
                self.quarantine = QuarantineVitals {
                    events: usage.events,
                    marked: usage.marked,
                    damaged: usage.damaged,
                    losses: usage.losses,
                    bytes: usage.bytes,
                    oldest: usage.oldest,
                };
            }
            Err(error) => failed.push(format!("the quarantine: {}", chain(&error))),
        }
        let dir = self.house.dir.path();
        match rustix::fs::statvfs(dir) {
            Ok(stat) => {
                let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
                self.space = (bytes(stat.f_bavail), bytes(stat.f_blocks));
            }
            Err(error) => failed.push(format!("free space of {}: {error}", dir.display())),
        }
        for what in failed.iter().filter(|what| !self.unmeasured.contains(what)) {
            tracing::error!(
                what,
                "failed to measure how the server is; the last values stand"
            );
        }
        self.unmeasured.clone_from(&failed);
        failed
    }

    fn disk(&self) -> DiskVitals {
        let dir = self.house.dir.path();
        let (free_bytes, total_bytes) = self.space;
        DiskVitals {
            ledger_bytes: size_of(dir, "ledger"),
            archive_bytes: size_of(dir, "archive"),
            spool_bytes: size_of(dir, "spool"),
            free_bytes,
            total_bytes,
        }
    }
}

/// Bytes of the files and folders in `dir` whose names begin so. What goes away meanwhile takes
/// nothing.
fn size_of(dir: &Path, prefix: &str) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let named = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.starts_with(prefix))
    });
    let sizes = named.map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size_of(&entry.path(), ""),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_all_files_of_that_name() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ledger.sqlite"), [0; 10]).unwrap();
        std::fs::write(dir.path().join("ledger.sqlite-wal"), [0; 5]).unwrap();
        std::fs::create_dir_all(dir.path().join("archive/2026")).unwrap();
        std::fs::write(dir.path().join("archive/2026/a.sqlite"), [0; 7]).unwrap();
        assert_eq!(size_of(dir.path(), "ledger"), 15);
        assert_eq!(size_of(dir.path(), "archive"), 7);
        assert_eq!(size_of(dir.path(), "spool"), 0);
    }
}
