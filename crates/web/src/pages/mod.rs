//! The pages for people: server-rendered, complete without JavaScript.

mod error;
mod links;

use axum::Router;

pub(crate) use error::PageError;
pub(crate) use links::Links;

use crate::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
}
