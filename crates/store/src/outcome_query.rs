//! Counts of how items ended, and their sums, as pages and API ask for them: which counts, over
//! which time, told apart by what.

use watchpost_model::{KeyId, Outcome, OutcomeCount, ProjectId, Timestamp};

use crate::StoreError;

/// By what sums are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeField {
    /// The hour or day: see [`Grain`].
    Time,
    /// The project.
    Project,
    /// The key.
    Key,
    /// The kind of item.
    Category,
    /// How it ended.
    Outcome,
    /// Why.
    Reason,
}

/// The steps of time in which counts are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// By the hour.
    Hour,
    /// By the day, UTC: for months.
    Day,
}

impl Grain {
    /// Its length.
    pub fn secs(self) -> i64 {
        match self {
            Self::Hour => 3600,
            Self::Day => 24 * 3600,
        }
    }
}

/// Rows in one answer; of more the greatest, or the first in time.
pub const OUTCOME_SUM_COUNT_MAX: usize = 10_000;

/// Which sums.
#[derive(Clone, Debug)]
pub struct OutcomeQuery {
    /// Of these projects.
    pub projects: Vec<ProjectId>,
    /// From the step of time that holds this.
    pub since: Timestamp,
    /// To the step that holds this, which is in.
    pub until: Timestamp,
    /// The steps.
    pub grain: Grain,
    /// Told apart by these.
    pub by: Vec<OutcomeField>,
    /// Only these kinds of items; `None` means all.
    pub categories: Option<Vec<String>>,
    /// Only these outcomes; `None` means all.
    pub outcomes: Option<Vec<Outcome>>,
    /// Only these reasons; `None` means all.
    pub reasons: Option<Vec<String>>,
    /// How many rows at most; never more than [`OUTCOME_SUM_COUNT_MAX`].
    pub limit: usize,
}

/// Stands for the items of no known project in a query. Real ids start at 1.
pub const NO_PROJECT: ProjectId = ProjectId(0);

impl OutcomeQuery {
    /// Everything of these projects since then, in one sum.
    pub fn new(projects: Vec<ProjectId>, since: Timestamp, until: Timestamp) -> Self {
        Self {
            projects,
            since,
            until,
            grain: Grain::Hour,
            by: Vec::new(),
            categories: None,
            outcomes: None,
            reasons: None,
            limit: OUTCOME_SUM_COUNT_MAX,
        }
    }
}

/// One sum. What was not asked for is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutcomeSum {
    /// Start of the hour or day.
    pub time: Option<Timestamp>,
    /// The project.
    pub project: Option<ProjectId>,
    /// The key; also `None` for items that came with none.
    pub key: Option<KeyId>,
    /// The kind of item.
    pub category: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Why.
    pub reason: Option<String>,
    /// How many.
    pub quantity: u64,
}

/// Counts of how items ended.
pub trait OutcomeLedger: Send + Sync {
    /// Adds counts, in one transaction. How many words of clients an hour may name is bounded;
    /// what is beyond counts as `other`.
    fn add_outcomes(&self, counts: &[OutcomeCount]) -> Result<(), StoreError>;

    /// Counts records of the spool that were set aside instead of filed, each by its number, in one
    /// transaction. Numbers up to the greatest of an earlier call are not counted again: their
    /// batch is replayed after a crash.
    fn count_set_aside(&self, ends: &[(u64, OutcomeCount)]) -> Result<(), StoreError>;

    /// Sums of counts, added up by the engine: by time when that is asked for, else the greatest
    /// first.
    fn outcome_sums(&self, query: &OutcomeQuery) -> Result<Vec<OutcomeSum>, StoreError>;

    /// Counts since `since`, for one project or (None) for everything, by hour.
    fn outcomes(
        &self,
        project: Option<ProjectId>,
        since: Timestamp,
    ) -> Result<Vec<OutcomeCount>, StoreError>;
}
