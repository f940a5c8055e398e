//! `GET /metrics`: the server's own numbers for Prometheus, for whoever has a token.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::caller::Caller;
use super::error::{ApiError, ask};
use crate::App;

/// The text that [`crate::App::metrics`] prints.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
) -> Result<impl IntoResponse, ApiError> {
    let orgs = ask(&app, move |app| Ok(caller.orgs(&*app.ledger)?)).await?;
    if orgs.is_empty() {
        // Somebody who left, or whose role lets them see none.
        return Err(ApiError::Forbidden);
    }
    // It asks the disk.
    let text = tokio::task::spawn_blocking(move || (app.metrics)()).await;
    Ok((
        [(header::CONTENT_TYPE, METRICS_CONTENT_TYPE)],
        text.unwrap_or_default(),
    ))
}

/// `OpenMetrics`, which Prometheus reads.
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
