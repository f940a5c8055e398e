//! Fuzz targets: each takes any bytes and panics when a promise is broken.
//!
//! ```text
//! fuzz/corpus/<target>/*  ─▶ mutation ─▶ target(bytes)      stable:  src/main.rs, seeded
//!                                                           nightly: fuzz_targets/guided.rs
//! ```
//! `cargo xtask fuzz` runs them; docs/fuzzing.md says how, and what was found.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a fuzz target tells a broken promise by a panic"
)]

mod disk;
pub mod mutation;
mod targets;

pub use targets::{TARGETS, Target, target};
