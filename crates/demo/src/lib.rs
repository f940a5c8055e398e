//! A month in the life of an invented company, made of a seed: its programs, people and releases,
//! what goes wrong in them, and what people do about it.
//!
//! Pure: no clock, no chance but the seed, no I/O. [`Plan::new`] says what happens when, and
//! [`Plan::request`] what a client sends then; `watchpost demo` lets it happen. Benchmarks share
//! [`dice`] and [`words`]. Nothing here is anybody's: programs, names and texts are made up.

mod calendar;
mod cast;
mod code;
mod crumbs;
pub mod dice;
mod event;
mod fault;
mod faults;
mod plan;
mod record;
mod story;
mod text;
mod wire;
pub mod words;

#[cfg(test)]
mod tests;

pub use cast::{CAST, Cast, PEOPLE, PROGRAMS, Person, Program, ProgramFacts, TEAMS, TeamFacts};
pub use plan::{Act, Deed, Month, Plan, Planned, Sending, Step};
pub use story::Ending;
pub use wire::{Door, Request};

/// The fewest events that tell every story.
pub const EVENT_COUNT_MIN: u64 = 300;
/// More would not make a better demo.
pub const EVENT_COUNT_MAX: u64 = 200_000;
/// As many as a month of a small company has.
pub const EVENT_COUNT_USUAL: u64 = 9_000;
