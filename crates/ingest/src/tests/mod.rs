//! House tests: the router in process, real files, stores in memory, a clock that tests turn.

mod crash;
mod digest;
mod doors;
pub(crate) mod double;
mod double_users;
mod envelopes;
mod house;
mod real_stores;
mod refusals;
mod seed_probes;
