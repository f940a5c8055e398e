//! `GET /metrics`: the server's own numbers for Prometheus, for whoever has a token.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::caller::Caller;
use crate::App;

/// The text that [`crate::App::metrics`] prints.
pub(super) async fn show(State(app): State<App>, _caller: Caller) -> impl IntoResponse {
    // It asks the disk.
    let text = tokio::task::spawn_blocking(move || (app.metrics)()).await;
    (
        [(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)],
        text.unwrap_or_default(),
    )
}

/// `OpenMetrics`, which Prometheus reads.
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
