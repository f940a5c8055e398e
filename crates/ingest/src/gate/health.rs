//! Whether the server is well, for load balancers, for people, and under the names that other
//! trackers and SDK test suites know.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::Gate;
use crate::warden::Closed;

/// Percent of the spool's bound at which a load balancer should send events elsewhere.
const SPOOL_PERCENT_MAX: u64 = 95;

/// The answer under the names of other trackers.
#[derive(Serialize)]
struct Health {
    is_healthy: bool,
}

/// The answer to `?full`.
#[derive(Serialize)]
struct Report {
    healthy: bool,
    /// Empty, or why events should go elsewhere, or why a part of them is refused.
    problems: Vec<&'static str>,
    spool: Depth,
}

/// How much is accepted and not yet digested.
#[derive(Serialize)]
struct Depth {
    waiting_events: u64,
    waiting_bytes: u64,
    bytes_max: u64,
    /// Damaged places met since the start.
    damaged: u64,
    /// Age of the oldest waiting event.
    lag_secs: u64,
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Gate>> {
    Router::new()
        .route("/_health", get(plain))
        .route("/_health/", get(plain))
        .route("/health/ready", get(ready))
        .route("/health/ready/", get(ready))
        .route("/.well-known/healthz", get(ready))
        .route("/api/relay/healthcheck/ready/", get(ready))
        .route("/api/relay/healthcheck/live/", get(live))
}

/// The process answers.
async fn live() -> impl IntoResponse {
    Json(Health { is_healthy: true })
}

/// Events can be accepted.
async fn ready(State(gate): State<Arc<Gate>>) -> impl IntoResponse {
    let problem = problem(&gate);
    let is_healthy = problem.is_none();
    (status_of(problem), Json(Health { is_healthy }))
}

/// `ok`, perhaps with a warning, or why not; with `?full` how it is in numbers.
async fn plain(State(gate): State<Arc<Gate>>, RawQuery(query): RawQuery) -> Response {
    let problem = problem(&gate);
    let strain = problem.or_else(|| gate.warden.closed().map(Closed::advice));
    let status = status_of(problem);
    let query = query.unwrap_or_default();
    let mut names = query.split('&').map(|pair| pair.split('=').next());
    if !names.any(|name| name == Some("full")) {
        let text = match (problem, strain) {
            (Some(problem), _) => problem.into(),
            // A load balancer that took us out now would refuse the rest, too.
            (None, Some(strain)) => format!("ok, but a part of the events is refused: {strain}"),
            (None, None) => "ok".into(),
        };
        return (status, text).into_response();
    }
    let report = Report {
        healthy: problem.is_none(),
        problems: strain.into_iter().collect(),
        spool: depth(&gate),
    };
    (status, Json(report)).into_response()
}

fn status_of(problem: Option<&'static str>) -> StatusCode {
    match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Why events should go elsewhere. Anybody may ask, so no paths and no causes.
fn problem(gate: &Gate) -> Option<&'static str> {
    let status = gate.spool.status();
    if status.stopped.is_some() {
        return Some("the disk failed to keep an event: see the log, then restart");
    }
    if !gate.spool.accepts() {
        return Some("stopping");
    }
    if let Some(closed) = gate.warden.shut() {
        return Some(closed.advice());
    }
    let full = u128::from(gate.config.spool_bytes_max) * u128::from(SPOOL_PERCENT_MAX);
    let held = u128::from(status.backlog_bytes) * 100;
    (held >= full).then_some("the spool is almost full: events come faster than they are digested")
}

fn depth(gate: &Gate) -> Depth {
    let status = gate.spool.status();
    Depth {
        waiting_events: status.appended.saturating_sub(status.committed),
        waiting_bytes: status.backlog_bytes,
        bytes_max: gate.config.spool_bytes_max,
        damaged: status.damaged,
        lag_secs: gate.warden.lag_secs(),
    }
}
