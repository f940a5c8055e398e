//! Fuzz targets: each takes any bytes and panics when a promise is broken.
//!
//! ```text
//! fuzz/corpus/<target>/*  ─▶ mutation ─▶ target(bytes)      stable:  src/bin/*, seeded
//!                                                           nightly: fuzz_targets/guided.rs
//! ```
//! There is one program for each file of targets, so that only a change of what a target reaches
//! changes its program. `cargo xtask fuzz` runs them; docs/fuzzing.md says how, and what was found.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a fuzz target tells a broken promise by a panic"
)]

mod disk;
mod mutation;
pub mod runner;
mod targets;

pub use targets::{Target, client, decode, event, search, spool, target, wire};
