//! The server's own numbers as a text for Prometheus: what the ground floor measures, and the
//! process as the system sees it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::http::header;
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;
use watchpost_ingest::Ingest;
use watchpost_model::{Alarm, Vitals};
use watchpost_web::METRICS_CONTENT_TYPE;

use crate::logging;

/// Prints the numbers as they are when it is called. Blocks for moments.
pub(crate) type Print = Arc<dyn Fn() -> String + Send + Sync>;

/// Collects everything that is measured.
pub(crate) fn print(ingest: &Ingest, vitals: watch::Receiver<Arc<Vitals>>) -> Print {
    let mut registry = Registry::with_prefix("watchpost");
    let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "Which Watchpost this is", version);
    ingest.metrics().register(&mut registry);
    registry.register_collector(Box::new(Process));
    registry.register_collector(Box::new(House(vitals)));
    Arc::new(move || {
        let mut text = String::new();
        // Writing into a text fails for nobody but the meters, which only count.
        let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
        text
    })
}

/// A listener of its own, without a token: for addresses that only the operator reaches.
pub(crate) async fn listener(address: SocketAddr, print: Print) -> Result<(TcpListener, Router)> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address} for metrics"))?;
    let show = move || {
        let print = Arc::clone(&print);
        async move {
            // It asks the disk.
            let text = tokio::task::spawn_blocking(move || print()).await;
            let headers = [(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)];
            (headers, text.unwrap_or_default())
        }
    };
    Ok((listener, Router::new().route("/metrics", get(show))))
}

/// What the system says of this process.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let dropped = ConstCounter::new(logging::lines_dropped());
        let help = "Log lines that were dropped because nobody read them";
        let metric =
            encoder.encode_descriptor("log_lines_dropped", help, None, MetricType::Counter)?;
        dropped.encode(metric)?;
        match resident_bytes() {
            Some(bytes) => gauge(
                &mut encoder,
                ("resident_bytes", "Memory of the process that is in RAM"),
                bytes,
            ),
            None => Ok(()),
        }
    }
}

/// What the status page shows, as of the last second.
#[derive(Debug)]
struct House(watch::Receiver<Arc<Vitals>>);

/// Name, help and value of a gauge.
type Gauge = (&'static str, &'static str, u64);

impl House {
    /// Of what comes in and waits.
    fn waiting(vitals: &Vitals) -> [Gauge; 12] {
        let (spool, quarantine) = (&vitals.spool, &vitals.quarantine);
        let open = vitals.intake.closed.is_none() && spool.failing.is_none();
        let age = |oldest| u64::try_from(vitals.at.secs_since(oldest)).unwrap_or(0);
        let oldest = spool.oldest.map_or(0, age);
        let spikes = vitals.intake.spikes.len() as u64;
        let (events, bytes) = (spool.events, spool.bytes);
        let last_minute = vitals.digested_last_minute;
        [
            (
                "intake_open",
                "1 while events are accepted",
                u64::from(open),
            ),
            (
                "spikes",
                "Projects that get far more events than usual",
                spikes,
            ),
            ("spool_events", "Events that wait to be digested", events),
            ("spool_bytes", "Their bytes", bytes),
            ("spool_bytes_max", "The bound on them", spool.bytes_max),
            (
                "spool_oldest_age_seconds",
                "How long the oldest waits",
                oldest,
            ),
            (
                "spool_damaged",
                "Damaged places met since the start",
                spool.damaged,
            ),
            (
                "digested_last_minute",
                "Events digested in the last minute",
                last_minute,
            ),
            (
                "quarantine_events",
                "Events that could not be digested",
                quarantine.events,
            ),
            ("quarantine_bytes", "Bytes in quarantine", quarantine.bytes),
            (
                "quarantine_damaged",
                "Damaged parts of the spool kept",
                quarantine.damaged,
            ),
            (
                "quarantine_losses",
                "Notes that a database or the spool has lost events",
                quarantine.losses,
            ),
        ]
    }

    /// Of what is on the disk.
    fn stored(vitals: &Vitals) -> [Gauge; 9] {
        let disk = &vitals.disk;
        let damaged = vitals.damaged_databases.len() as u64;
        [
            (
                "unclean_start",
                "1 for a day after a run that ended without a stop: killed, crashed, no power",
                u64::from(vitals.unclean.is_some()),
            ),
            (
                "damaged_databases",
                "Databases in which damage was met",
                damaged,
            ),
            (
                "stopped_databases",
                "Databases that take no change until a restart",
                vitals.stopped_databases.len() as u64,
            ),
            (
                "lost_files",
                "Open files that were deleted or moved away",
                vitals.lost_files.len() as u64,
            ),
            (
                "ledger_bytes",
                "Projects, issues and counters",
                disk.ledger_bytes,
            ),
            ("archive_bytes", "Events", disk.archive_bytes),
            ("disk_spool_bytes", "The spool's files", disk.spool_bytes),
            (
                "disk_free_bytes",
                "Free space of the data directory's disk",
                disk.free_bytes,
            ),
            (
                "disk_total_bytes",
                "Size of the data directory's disk",
                disk.total_bytes,
            ),
        ]
    }
}

impl Collector for House {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let vitals = Arc::clone(&self.0.borrow());
        let gauges = Self::waiting(&vitals).into_iter();
        for (name, help, value) in gauges.chain(Self::stored(&vitals)) {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            gauge(&mut encoder, (name, help), value)?;
        }
        let raised = vitals.alarms();
        let help = "1 while something needs a person; the status page says what to do";
        let mut metric = encoder.encode_descriptor("alarm", help, None, MetricType::Gauge)?;
        for alarm in Alarm::ALL {
            let is_raised = i64::from(raised.contains(&alarm));
            let labels = [("name", alarm.name())];
            ConstGauge::new(is_raised).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    value: i64,
) -> fmt::Result {
    let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(metric)
}

/// Resident memory, where the system tells.
fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(i64::try_from(rustix::param::page_size()).ok()?)
}
