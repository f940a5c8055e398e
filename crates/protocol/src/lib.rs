//! The wire: bytes to items, for every Sentry client since 2010. Pure: no I/O, no clock.

pub mod event;
pub mod seed;
