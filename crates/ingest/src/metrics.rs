//! What gates, spool and digest measure as they work, in Prometheus' terms. Made by `Ingest`,
//! registered and printed by the binary. What can be asked at any time (depths, sizes) is not in
//! here but in the vitals.

use std::time::{Duration, Instant};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::outcome::{End, Word};

/// From half a millisecond, a sync of a good disk, to the patience of a client.
const SECONDS: [f64; 14] = [
    0.000_5, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 5.0, 30.0,
];
/// Events that share a sync or a batch.
const SHARES: [f64; 13] = [
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0,
];

/// The meters. Clones measure into the same ones.
#[derive(Clone, Debug)]
pub struct Metrics {
    items: Family<Labels, Counter>,
    ack: Histogram,
    sync: Histogram,
    sync_events: Histogram,
    batch: Histogram,
    batch_events: Histogram,
    digested: Counter,
    digest_restarts: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
    category: Word,
    reason: Word,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            items: Family::default(),
            ack: Histogram::new(SECONDS),
            sync: Histogram::new(SECONDS),
            sync_events: Histogram::new(SHARES),
            batch: Histogram::new(SECONDS),
            batch_events: Histogram::new(SHARES),
            digested: Counter::default(),
            digest_restarts: Counter::default(),
        }
    }
}

impl Metrics {
    /// Puts the meters into what is printed.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "items",
            "Items by how they ended, of what kind they were and why",
            self.items.clone(),
        );
        let mut times = |name, help, times: &Histogram| {
            registry.register_with_unit(name, help, Unit::Seconds, times.clone());
        };
        times(
            "ack",
            "From the head of a request to its 200, which is sent after the sync",
            &self.ack,
        );
        times("spool_sync", "Syncs of the spool", &self.sync);
        times(
            "digest_batch",
            "Batches of the digest, stores included",
            &self.batch,
        );
        let mut shares = |name, help, shares: &Histogram| {
            registry.register(name, help, shares.clone());
        };
        shares(
            "spool_sync_events",
            "Events that shared a sync",
            &self.sync_events,
        );
        shares(
            "digest_batch_events",
            "Events that shared a batch",
            &self.batch_events,
        );
        registry.register(
            "digested_events",
            "Events that left the spool: stored, found to be stored before, or in quarantine",
            self.digested.clone(),
        );
        registry.register(
            "digest_restarts",
            "How often the digest panicked and was started again",
            self.digest_restarts.clone(),
        );
    }

    /// Items ended.
    pub(crate) fn count(&self, end: &End, quantity: u64) {
        let labels = Labels {
            outcome: end.outcome.name(),
            category: end.category.clone(),
            reason: end.reason.clone(),
        };
        self.items.get_or_create(&labels).inc_by(quantity);
    }

    /// A request was answered 200.
    pub(crate) fn acknowledged(&self, since: Instant) {
        self.ack.observe(since.elapsed().as_secs_f64());
    }

    /// The spool synced.
    pub(crate) fn synced(&self, took: Duration, events: usize) {
        self.sync.observe(took.as_secs_f64());
        self.sync_events.observe(count(events));
    }

    /// The digest panicked and is started again.
    pub(crate) fn digest_restarted(&self) {
        self.digest_restarts.inc();
    }

    /// A batch left the spool.
    pub(crate) fn digested(&self, took: Duration, events: usize) {
        self.batch.observe(took.as_secs_f64());
        self.batch_events.observe(count(events));
        self.digested.inc_by(events as u64);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "thousands, which are exact in a float"
)]
fn count(events: usize) -> f64 {
    events as f64
}
