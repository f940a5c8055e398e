//! The parlour: pages for people, an API for programs, feeds for readers, one live stream.
//!
//! Every room asks the same questions of the store; none of them writes SQL or knows how events
//! arrive. [`router`] is mounted by the binary beside the gates.

mod api;
mod app;
mod assets;
pub mod audit;
mod feed;
mod headers;
mod issue_keys;
mod live;
pub mod naming;
mod of_issues;
mod ownership;
mod pages;
mod period;
mod rights;
pub mod rules;
pub mod secret;
mod session;
mod suggest;

use axum::middleware::from_fn_with_state;
use tower_http::compression::{CompressionLayer, CompressionLevel};

pub use api::METRICS_CONTENT_TYPE;
pub use app::{App, HandIn, ReadEvent, Rejections, WebConfig};
pub use live::Closing;

/// Fast enough to do for every page: higher levels cost more than they save.
const COMPRESSION: CompressionLevel = CompressionLevel::Precise(4);

/// All routes of the parlour.
pub fn router(app: App) -> axum::Router {
    axum::Router::new()
        .merge(api::routes())
        .merge(feed::routes())
        .merge(live::routes())
        .merge(pages::routes())
        .fallback(pages::not_found)
        .layer(from_fn_with_state(app.clone(), audit::watch))
        .layer(CompressionLayer::new().quality(COMPRESSION))
        .layer(from_fn_with_state(app.clone(), pages::dress))
        .layer(from_fn_with_state(app.clone(), headers::add))
        .with_state(app)
}
