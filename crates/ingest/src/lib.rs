//! The gates: from a client's request to a stored event.
//!
//! ```text
//! gate/<door> → auth → body → accept → spool ─ 200 ─▶ client
//!                                        └─▶ digest → ledger + archive → news
//! ```
//! The binary opens an [`Ingest`], mounts its router and wraps the whole in [`fold_paths`].

mod accept;
mod config;
mod digest;
mod error;
mod gate;
mod ingest;
mod keys;
mod metrics;
mod outcome;
mod quarantine;
mod quota;
mod random;
mod read_event;
mod rejections;
mod side_door;
mod sync;
mod upkeep;
mod warden;
mod witness;

#[cfg(test)]
mod tests;

pub mod limits;
pub mod spool;

pub use config::{DiskBudget, IngestConfig};
pub use digest::{DigestStatus, MARKER_FILE};
pub use gate::fold_paths;
pub use ingest::{Ingest, IngestError, IngestParts, Pulse};
pub use metrics::Metrics;
pub use random::Random;
pub use read_event::read_event;
pub use side_door::SideDoor;
pub use upkeep::trust_clock;
pub use witness::{LossError, WITNESS_FILE, losses};
