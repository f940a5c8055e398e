//! Watches disk and digest from a thread of its own, and closes the gates in time. The doors only
//! ask what it found: before a body is read, at the cost of a few loads from memory.
//!
//! ```text
//! each second:  free bytes ─┐                      ┌─ 429 disk_full
//!               used bytes ─┼─▶ closed? ─▶ doors ──┼─ 429 spool_full
//!               lag        ─┘                      └─ 429 behind
//! ```

mod disk;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use watchpost_model::{Clock, DiskState, Timestamp};

use crate::config::IngestConfig;
use crate::limits::LAG_SAMPLE_COUNT_MAX;
use crate::spool::{Spool, SpoolStatus};
use crate::sync::lock;
use disk::DiskWatch;

/// Why nothing is accepted for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The disk, or our share of it.
    DiskFull,
    /// The bytes that may wait for the digest.
    SpoolFull,
    /// Events wait too long for the digest.
    Behind,
}

impl Closed {
    /// For people: what is wrong, and what to do.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::DiskFull => {
                "the disk is almost full: delete something or shorten the retention; \
                 new events are refused until there is room"
            }
            Self::SpoolFull => "the spool is full: events come faster than they are digested",
            Self::Behind => "the digest is far behind: events come faster than they are digested",
        }
    }
}

/// The watch.
pub(crate) struct Warden {
    spool: Arc<dyn Spool>,
    clock: Arc<dyn Clock>,
    spool_secs_max: u64,
    disk: Option<DiskWatch>,
    lag: Mutex<Lag>,
    lag_secs: AtomicU64,
}

impl Warden {
    /// A watch that has looked once.
    pub(crate) fn new(config: &IngestConfig, spool: Arc<dyn Spool>, clock: Arc<dyn Clock>) -> Self {
        let warden = Self {
            spool,
            clock,
            spool_secs_max: config.spool_secs_max,
            disk: config.disk.clone().map(DiskWatch::new),
            lag: Mutex::default(),
            lag_secs: AtomicU64::new(0),
        };
        warden.tick();
        warden
    }

    /// Why nothing is accepted, if so.
    pub(crate) fn closed(&self) -> Option<Closed> {
        if self.disk.as_ref().is_some_and(DiskWatch::is_full) {
            return Some(Closed::DiskFull);
        }
        if !self.spool.has_room() {
            return Some(Closed::SpoolFull);
        }
        (self.lag_secs() >= self.spool_secs_max).then_some(Closed::Behind)
    }

    /// Age of the oldest undigested event.
    pub(crate) fn lag_secs(&self) -> u64 {
        self.lag_secs.load(Ordering::Relaxed)
    }

    /// How full the disk is.
    pub(crate) fn disk(&self) -> Option<DiskState> {
        self.disk.as_ref().map(DiskWatch::state)
    }

    /// Looks at everything. Blocks on the disk.
    pub(crate) fn tick(&self) {
        if let Some(disk) = &self.disk {
            disk.tick();
        }
        let secs = lock(&self.lag).tick(&self.spool.status(), self.clock.steady());
        let before = self.lag_secs.swap(secs, Ordering::Relaxed);
        let (was, is) = (before >= self.spool_secs_max, secs >= self.spool_secs_max);
        if is && !was {
            tracing::warn!(
                lag_secs = secs,
                "closing the gates: {}",
                Closed::Behind.advice()
            );
        } else if was && !is {
            tracing::info!(
                lag_secs = secs,
                "opening the gates: the digest has caught up"
            );
        }
    }
}

/// When the spool had grown how far: tells the age of what is not digested without a look at it.
/// What was there at the start counts as if it had come at the start.
#[derive(Default)]
struct Lag {
    samples: VecDeque<(Timestamp, u64)>,
}

impl Lag {
    /// Takes a sample. Returns the age of the oldest undigested record in seconds.
    fn tick(&mut self, spool: &SpoolStatus, now: Timestamp) -> u64 {
        while self
            .samples
            .front()
            .is_some_and(|(_, seq)| *seq <= spool.committed)
        {
            self.samples.pop_front();
        }
        let newest = self.samples.back().map_or(spool.committed, |(_, seq)| *seq);
        if spool.appended > newest && self.samples.len() < LAG_SAMPLE_COUNT_MAX {
            self.samples.push_back((now, spool.appended));
        }
        let oldest = self.samples.front();
        let secs = oldest.map_or(0, |(since, _)| now.secs_since(*since));
        u64::try_from(secs).unwrap_or(0)
    }
}
