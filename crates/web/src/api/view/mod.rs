//! The JSON of the API: Sentry's names and types, made from our nouns.
//!
//! Tools decode these strictly, so a field never changes its type to null, ids are strings, times
//! end in `Z`. Nothing in here asks a store.

pub(super) mod activity;
pub(super) mod deploy;
mod entry;
pub(super) mod event;
pub(super) mod event_row;
mod frame;
pub(super) mod grouping;
pub(super) mod issue;
pub(super) mod key;
mod meta;
pub(super) mod organization;
pub(super) mod project;
pub(super) mod release;
mod status;
pub(super) mod team;
pub(super) mod user;
