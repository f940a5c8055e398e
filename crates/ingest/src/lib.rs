//! The gates: from a client's request to a stored event.
//!
//! ```text
//! gate/<door> → auth → body → accept → spool ─ 200 ─▶ client
//!                                        └─▶ digest → ledger + archive → news
//! ```

mod random;
mod sync;

pub mod limits;
pub mod spool;

pub use random::Random;
