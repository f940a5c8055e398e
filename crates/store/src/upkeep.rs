//! What the house keeps in order by itself, beside intake: leftovers of crashes, old counts, and
//! what it believes about the clock.

use watchpost_model::{EventId, ProjectId, Timestamp};

use crate::StoreError;

/// What is remembered between two passes of the retention task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockWatch {
    /// The time by which events grow old.
    pub trusted: Timestamp,
    /// What the clock showed at the last pass.
    pub seen: Timestamp,
    /// Since when the clock has been further ahead than is believed; `None`: all is well.
    pub leapt: Option<Timestamp>,
}

/// What [`UpkeepLedger::trim`] forgot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trimmed {
    /// Rows of outcomes.
    pub outcomes: u64,
    /// Hours of issues' charts.
    pub hours: u64,
    /// Ids of events that were counted but never reached the archive.
    pub unsettled: u64,
}

/// The memory of the house's own tasks.
pub trait UpkeepLedger: Send + Sync {
    /// Events that were counted but are not known to be in the archive, in order, after `after`.
    fn unsettled(
        &self,
        after: Option<(ProjectId, EventId)>,
        limit: usize,
    ) -> Result<Vec<(ProjectId, EventId)>, StoreError>;

    /// Notes that the archive has these events. Returns how many of them are accepted only now: see
    /// [`crate::IssueLedger::count_unkept`].
    fn settle(&self, events: &[(ProjectId, EventId)]) -> Result<u64, StoreError>;

    /// Tells how far the numbers of the spool go. A ledger that was shown greater ones belonged
    /// to another spool, and takes no number of this one for a replay.
    fn spool_reaches(&self, appended: u64) -> Result<(), StoreError>;

    /// The greatest number of the spool that was filed or set aside: it never falls, unless
    /// [`UpkeepLedger::spool_reaches`] makes it.
    fn filed_to(&self) -> Result<u64, StoreError>;

    /// Forgets counts of the hours before `before`, those of outcomes and those of issues' charts,
    /// and events of that age that were counted but never reached the archive. Works in small
    /// transactions.
    fn trim(&self, before: Timestamp) -> Result<Trimmed, StoreError>;

    /// What was noted of the clock; `None` before the first pass.
    fn clock_watch(&self) -> Result<Option<ClockWatch>, StoreError>;

    /// Notes what the clock shows.
    fn set_clock_watch(&self, watch: &ClockWatch) -> Result<(), StoreError>;
}
