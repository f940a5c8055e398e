//! Watches disk and digest from a thread of its own, and closes the gates in time. The doors only
//! ask what it found: before a body is read, at the cost of a few loads from memory.
//!
//! ```text
//! each second:      free bytes ─┐                      ┌─ 429 disk_full
//!                   used bytes ─┼─▶ closed? ─▶ doors ──┼─ 429 spool_full
//!         age, work that waits ─┘                      └─ 429 behind
//! ```

mod disk;
mod lag;
#[cfg(test)]
mod tests;
mod valve;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use watchpost_model::{Clock, DiskState};

use crate::config::IngestConfig;
use crate::spool::Spool;
use crate::sync::lock;
use disk::DiskWatch;
use lag::{Lag, Speed};
use valve::Valve;

/// Why nothing is accepted for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The disk, or our share of it.
    DiskFull,
    /// The bytes that may wait for the digest.
    SpoolFull,
    /// Events wait too long for the digest, or too many of them.
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
    spool_work_secs_max: u64,
    disk: Option<DiskWatch>,
    lag: Mutex<(Lag, Speed)>,
    lag_secs: AtomicU64,
    valve: Valve,
}

impl Warden {
    /// A watch that has looked once.
    pub(crate) fn new(config: &IngestConfig, spool: Arc<dyn Spool>, clock: Arc<dyn Clock>) -> Self {
        let warden = Self {
            spool,
            clock,
            spool_secs_max: config.spool_secs_max,
            spool_work_secs_max: config.spool_work_secs_max,
            disk: config.disk.clone().map(DiskWatch::new),
            lag: Mutex::default(),
            lag_secs: AtomicU64::new(0),
            valve: Valve::default(),
        };
        warden.tick();
        warden
    }

    /// Why this request is refused, if so. Asked once for each.
    pub(crate) fn refuses(&self) -> Option<Closed> {
        match self.closed() {
            Some(Closed::Behind) if self.valve.lets_in() => None,
            closed => closed,
        }
    }

    /// Why requests are refused, if so: all of them, or for [`Closed::Behind`] so many that the
    /// digest can do the others.
    pub(crate) fn closed(&self) -> Option<Closed> {
        if self.disk.as_ref().is_some_and(DiskWatch::is_full) {
            return Some(Closed::DiskFull);
        }
        if !self.spool.has_room() {
            return Some(Closed::SpoolFull);
        }
        (!self.valve.is_open()).then_some(Closed::Behind)
    }

    /// Why every request is refused, if so.
    pub(crate) fn shut(&self) -> Option<Closed> {
        let closed = self.closed();
        closed.filter(|closed| *closed != Closed::Behind || self.valve.is_shut())
    }

    /// Age of the oldest undigested event.
    pub(crate) fn lag_secs(&self) -> u64 {
        self.lag_secs.load(Ordering::Relaxed)
    }

    /// How full the disk is.
    pub(crate) fn disk(&self) -> Option<DiskState> {
        self.disk.as_ref().map(DiskWatch::state)
    }

    /// As when work waits for three quarters of its bound: every second request is refused.
    #[cfg(test)]
    pub(crate) fn narrow_for_test(&self) {
        self.valve.set(3, 4);
    }

    /// Looks at everything. Blocks on the disk.
    pub(crate) fn tick(&self) {
        if let Some(disk) = &self.disk {
            disk.tick();
        }
        let (age_secs, work_secs) = {
            let (status, now) = (self.spool.status(), self.clock.steady());
            let mut lag = lock(&self.lag);
            (lag.0.tick(&status, now), lag.1.tick(&status, now))
        };
        self.lag_secs.store(age_secs, Ordering::Relaxed);
        // Where work piles up, the digest makes more of the processor than syncs do.
        self.spool.share_syncs(work_secs > 0);
        let was = !self.valve.is_open();
        if age_secs >= self.spool_secs_max {
            self.valve.shut();
        } else {
            self.valve.set(work_secs, self.spool_work_secs_max);
        }
        let is = !self.valve.is_open();
        if is && !was {
            tracing::warn!(
                age_secs,
                work_secs,
                "closing the gates: {}",
                Closed::Behind.advice()
            );
        } else if was && !is {
            tracing::info!(
                age_secs,
                work_secs,
                "opening the gates: the digest has caught up"
            );
        }
    }
}
