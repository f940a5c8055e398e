//! Whether the server is well, for load balancers and for SDK test suites.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::Gate;

#[derive(Serialize)]
struct Health {
    is_healthy: bool,
}

/// The routes.
pub(crate) fn routes() -> Router<Arc<Gate>> {
    Router::new()
        .route("/_health", get(ready))
        .route("/_health/", get(ready))
        .route("/api/relay/healthcheck/ready/", get(ready))
        .route("/api/relay/healthcheck/live/", get(live))
}

/// The process answers.
async fn live() -> impl IntoResponse {
    Json(Health { is_healthy: true })
}

/// Events can be accepted.
async fn ready(State(gate): State<Arc<Gate>>) -> impl IntoResponse {
    let is_healthy = gate.spool.accepts();
    let status = if is_healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Health { is_healthy }))
}
