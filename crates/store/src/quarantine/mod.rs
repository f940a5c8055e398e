//! What was accepted but could not be digested: kept as it came, listed, replayed, dropped.
//!
//! ```text
//! digest ── keep ─▶ [ kept ] ── replay ─▶ [ marked ] ── take ─▶ digest ── settle ─▶ gone
//!                      ▲ └─ drop ─▶ gone        (again: keep, with one more try) ──┘
//! ```
//! The digest keeps, takes and settles; pages, API and command line list, mark and drop. A mark is
//! all that a replay needs, so the command line works with and without a running server.

mod files;
mod head;
mod name;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use watchpost_model::{EventId, ProjectId, Receipt, Remark, Timestamp};

use crate::StoreError;

pub use files::FileQuarantine;
pub use name::{QuarantineId, quarantine_twin};

/// An event that could not be digested, on its way in.
#[derive(Clone, Copy, Debug)]
pub struct Poison<'a> {
    /// The circumstances under which it was accepted.
    pub receipt: &'a Receipt,
    /// What the gate repaired in it.
    pub remarks: &'a [Remark],
    /// Its bytes.
    pub body: &'a [u8],
    /// Where it failed: one word.
    pub stage: &'a str,
    /// What happened, with all causes.
    pub reason: &'a str,
}

/// What a database or the spool has lost: it had taken more than it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Which one.
    pub store: LostFrom,
    /// How far it had come, by its own count. Of the spool: the last record that is gone.
    pub had: u64,
    /// How far it is now. Of the spool: the last record before those that are gone.
    pub has: u64,
}

/// What can lose something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostFrom {
    /// Issues and counters.
    Ledger,
    /// Events.
    Archive,
    /// Accepted events that wait to be digested.
    Spool,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.had.saturating_sub(self.has);
        match self.store {
            LostFrom::Ledger => write!(
                f,
                "the ledger has lost what it counted of the last {events} events, and whatever was \
                 changed meanwhile: its write-ahead log was damaged or deleted"
            ),
            LostFrom::Archive => write!(
                f,
                "the archive has lost the last {events} events that it kept: its write-ahead log \
                 was damaged or deleted"
            ),
            LostFrom::Spool => write!(
                f,
                "the spool has lost {events} accepted events, records {} to {}: a file of it was \
                 deleted or cut short",
                self.has.saturating_add(1),
                self.had
            ),
        }
    }
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineKind {
    /// An event that was accepted and could not be digested.
    Event,
    /// Bytes of the spool that were records once: events may be lost in them.
    Damage,
    /// The rest of a write that was cut short. It was never acknowledged, so it is no loss.
    Torn,
    /// A note that a database or the spool has lost what it had taken.
    Loss,
}

/// One thing in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineEntry {
    /// Its name.
    pub id: QuarantineId,
    /// What it is.
    pub kind: QuarantineKind,
    /// Whose event it is; `None` when that cannot be read any more, and for parts of the spool.
    pub project: Option<ProjectId>,
    /// Where it failed; empty for parts of the spool.
    pub stage: String,
    /// What happened.
    pub reason: String,
    /// Its size.
    pub bytes: u64,
    /// How often digesting it failed.
    pub tries: u32,
    /// Whether it waits to be digested again.
    pub is_marked: bool,
    /// The circumstances under which it was accepted, if they can still be read.
    pub receipt: Option<Receipt>,
    /// What the gate repaired in it.
    pub remarks: Vec<Remark>,
}

impl QuarantineEntry {
    /// When it was accepted.
    pub fn received(&self) -> Option<Timestamp> {
        self.receipt.as_ref().map(|receipt| receipt.received)
    }

    /// The event's id.
    pub fn event(&self) -> Option<EventId> {
        self.receipt.as_ref().map(|receipt| receipt.event)
    }

    /// Whether digesting it again makes sense: it is an event, whole, and not marked already.
    pub fn is_replayable(&self) -> bool {
        self.kind == QuarantineKind::Event && self.receipt.is_some() && !self.is_marked
    }
}

/// Which entries; everything unset means all.
#[derive(Clone, Debug, Default)]
pub struct QuarantineQuery {
    /// Of these projects; `None` among them stands for what belongs to no project.
    pub projects: Option<Vec<Option<ProjectId>>>,
    /// That failed at this stage.
    pub stage: Option<String>,
    /// Those after this one.
    pub after: Option<QuarantineId>,
    /// How many at most; a page has no more than [`QUARANTINE_PAGE_COUNT_MAX`].
    pub limit: usize,
}

/// Entries in one answer.
pub const QUARANTINE_PAGE_COUNT_MAX: usize = 100;

/// A page of entries, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuarantinePage {
    /// The entries.
    pub rows: Vec<QuarantineEntry>,
    /// The last of them, when there are more: see [`QuarantineQuery::after`].
    pub next: Option<QuarantineId>,
}

/// How much is in quarantine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuarantineUsage {
    /// Events, per project; `None` is unknown.
    pub projects: Vec<(Option<ProjectId>, u64, u64)>,
    /// Events in all.
    pub events: u64,
    /// Events that wait to be digested again.
    pub marked: u64,
    /// Damaged parts of the spool.
    pub damaged: u64,
    /// Notes that a database or the spool has lost what it had taken.
    pub losses: u64,
    /// Rests of writes that were cut short.
    pub torn: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// When the oldest event was accepted.
    pub oldest: Option<Timestamp>,
}

/// An event taken out to be digested again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The circumstances under which it was accepted.
    pub receipt: Receipt,
    /// What the gate repaired in it.
    pub remarks: Vec<Remark>,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Keeps what cannot be digested. Methods block.
pub trait Quarantine: Send + Sync {
    /// Keeps an event, synced before it returns. Returns how often it failed: more than once only
    /// for an event that was taken out by [`Quarantine::take`]. Keeping the same event again after
    /// a crash replaces it.
    fn keep(&self, poison: &Poison<'_>) -> Result<u32, StoreError>;

    /// Keeps a note of a loss, synced before it returns. The same loss is noted once.
    fn note_loss(&self, loss: &Loss) -> Result<(), StoreError>;

    /// Entries, the newest first, damaged parts of the spool last.
    fn list(&self, query: &QuarantineQuery) -> Result<QuarantinePage, StoreError>;

    /// One entry with its bytes, at most `bytes_max` of them.
    fn entry(
        &self,
        id: &QuarantineId,
        bytes_max: usize,
    ) -> Result<Option<(QuarantineEntry, Vec<u8>)>, StoreError>;

    /// Marks an entry to be digested again. `false`: there is none, or it cannot be.
    fn replay(&self, id: &QuarantineId) -> Result<bool, StoreError>;

    /// Forgets an entry for good. `false`: there is none.
    fn drop_entry(&self, id: &QuarantineId) -> Result<bool, StoreError>;

    /// How much there is. Cheap: the digest asks twice a second.
    fn usage(&self) -> Result<QuarantineUsage, StoreError>;

    /// Up to `count_max` marked events with about `bytes_max` bytes, the oldest first. They stay
    /// until [`Quarantine::settle`], so that a crash loses nothing; for one digest.
    fn take(&self, count_max: usize, bytes_max: usize) -> Result<Vec<Replayed>, StoreError>;

    /// Forgets what was taken and did not come back.
    fn settle(&self) -> Result<(), StoreError>;
}
