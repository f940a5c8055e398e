//! House tests: the router in process, real files and stores, a clock that tests turn.

mod answers;
mod crash;
mod digest;
mod doors;
mod envelopes;
mod house;
mod quarantine;
mod refusals;
mod seed_probes;
mod stores;
