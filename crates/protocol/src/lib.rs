//! The wire: bytes to items, for every Sentry client since 2010. Pure: no I/O, no clock.
//!
//! Called by the gates of `ingest`, in this order:
//!
//! | step | call |
//! |---|---|
//! | who is it | [`auth::credentials`], [`signature::verify`], [`dsn::Dsn`] |
//! | undo `Content-Encoding` while reading | [`encoding::Decoder`] |
//! | `/store/`: a form of 2010 | [`form::seed_form`], [`form::SeedForm::record`] |
//! | `/store/`: a body | [`body::record`]; for GET [`form::query_value`] first |
//! | `/envelope/` | [`envelope::Envelope::parse`], [`client_report::parse`] |
//! | is it an event at all | [`json::check_object`] |
//! | when to come back | [`rate_limit::RateLimit`] |
//!
//! The digest calls [`event::parse`] later, on bytes that [`json::check_object`] let pass.
//! Every bound is in [`limits`].

pub mod auth;
pub mod body;
pub mod client_report;
pub mod dsn;
pub mod encoding;
pub mod envelope;
pub mod event;
pub mod form;
pub mod json;
pub mod limits;
pub mod rate_limit;
pub mod seed;
pub mod signature;

#[cfg(test)]
mod packing;
