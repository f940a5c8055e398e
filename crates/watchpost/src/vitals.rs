//! Measures how this installation is, once a second, for the status page and for metrics.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use watchpost_ingest::Ingest;
use watchpost_model::{DiskVitals, QuarantineVitals, SpoolVitals, Timestamp, Vitals};
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
    /// How much was digested at each of the last measurements, the oldest first.
    samples: VecDeque<u64>,
    /// How far the spool was digested when that changed last, and when.
    moved: (u64, Timestamp),
}

impl Nurse {
    pub(crate) fn new(
        house: Arc<House>,
        ingest: Arc<Ingest>,
        recent: Recent,
        spool_bytes_max: u64,
    ) -> Self {
        let started = house.now();
        Self {
            house,
            ingest,
            recent,
            spool_bytes_max,
            started,
            samples: VecDeque::new(),
            moved: (0, started),
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
                tracing::error!("failed to measure how the server is");
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
        Vitals {
            at: now,
            started: self.started,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            intake: self.ingest.intake(),
            spool: self.spool(now),
            digested,
            digested_last_minute: digested.saturating_sub(minute_ago),
            digest_restarts: digest.restarts,
            digest_restart_reason: digest.restart_reason,
            quarantine: self.quarantine(),
            disk: self.disk(),
            damaged_databases: ledger.into_iter().chain(archive).collect(),
            stopped_databases: footing.stopped,
            lost_files: lost.map(|path| path.display().to_string()).collect(),
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

    fn quarantine(&self) -> QuarantineVitals {
        match self.house.quarantine.usage() {
            Ok(usage) => QuarantineVitals {
                events: usage.events,
                marked: usage.marked,
                damaged: usage.damaged,
                losses: usage.losses,
                bytes: usage.bytes,
                oldest: usage.oldest,
            },
            // The digest says so in the log, too.
            Err(_) => QuarantineVitals::default(),
        }
    }

    fn disk(&self) -> DiskVitals {
        let dir = self.house.dir.path();
        let (free_bytes, total_bytes) = match rustix::fs::statvfs(dir) {
            Ok(stat) => (
                stat.f_bavail.saturating_mul(stat.f_frsize),
                stat.f_blocks.saturating_mul(stat.f_frsize),
            ),
            Err(_) => (0, 0),
        };
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
