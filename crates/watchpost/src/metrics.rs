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
use watchpost_ingest::Ingest;
use watchpost_web::METRICS_CONTENT_TYPE;

use crate::logging;

/// Prints the numbers as they are when it is called. Blocks for moments.
pub(crate) type Print = Arc<dyn Fn() -> String + Send + Sync>;

/// Collects everything that is measured.
pub(crate) fn print(ingest: &Ingest) -> Print {
    let mut registry = Registry::with_prefix("watchpost");
    let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "Which Watchpost this is", version);
    ingest.metrics().register(&mut registry);
    registry.register_collector(Box::new(Process));
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
        if let Some(bytes) = resident_bytes() {
            let help = "Memory of the process that is in RAM";
            let metric =
                encoder.encode_descriptor("resident_bytes", help, None, MetricType::Gauge)?;
            ConstGauge::new(bytes).encode(metric)?;
        }
        Ok(())
    }
}

/// Resident memory, where the system tells.
fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(i64::try_from(rustix::param::page_size()).ok()?)
}
