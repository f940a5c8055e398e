//! House tests: the router in process, real files and stores, a clock that tests turn.

mod answers;
mod bodies;
mod crash;
mod digest;
mod doors;
mod envelopes;
mod filters;
pub(crate) mod house;
mod keys;
mod losses;
mod normalised;
mod owners;
mod quarantine;
mod quotas;
mod refusals;
mod rejections;
mod restarts;
mod seed_probes;
mod settling;
mod stores;
mod upgrade;
mod upkeep;

use std::time::{Duration, Instant};

/// Waits until something is so.
#[track_caller]
fn poll(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < end, "it never became so");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
