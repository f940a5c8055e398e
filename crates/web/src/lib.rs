//! The parlour: pages for people, an API for programs, feeds for readers, one live stream.
//!
//! Every room asks the same questions of the store; none of them writes SQL or knows how events
//! arrive. [`router`] is mounted by the binary beside the gates.

mod api;
mod app;
mod feed;
mod live;
mod pages;
pub mod secret;
mod session;

pub use app::{App, WebConfig};
pub use live::Closing;

/// All routes of the parlour.
pub fn router(app: App) -> axum::Router {
    axum::Router::new()
        .merge(api::routes())
        .merge(feed::routes())
        .merge(live::routes())
        .merge(pages::routes())
        .with_state(app)
}
