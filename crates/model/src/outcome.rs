//! In what every item ends, exactly once: the numbers behind "nothing disappears silently".

use serde::{Deserialize, Serialize};

use crate::{KeyId, ProjectId, Timestamp};

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Stored.
    Accepted,
    /// The project does not want it.
    Filtered,
    /// Refused because a limit was reached; the client was told when to come back.
    RateLimited,
    /// Refused because it cannot be understood.
    Invalid,
    /// Taken, but digesting it failed; the bytes are kept.
    Quarantined,
    /// Thrown away by the client, which said so.
    ClientDiscarded,
    /// The same event was stored before.
    Duplicate,
    /// A well-formed item of a kind that this version does not store.
    NotSupportedYet,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Filtered,
        Self::RateLimited,
        Self::Invalid,
        Self::Quarantined,
        Self::ClientDiscarded,
        Self::Duplicate,
        Self::NotSupportedYet,
    ];

    /// The name in tables, URLs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Filtered => "filtered",
            Self::RateLimited => "rate_limited",
            Self::Invalid => "invalid",
            Self::Quarantined => "quarantined",
            Self::ClientDiscarded => "client_discarded",
            Self::Duplicate => "duplicate",
            Self::NotSupportedYet => "not_supported_yet",
        }
    }

    /// The outcome of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What kind of item, in the words of rate limits: `error`, `transaction`, `session`, …
///
/// A text, because clients invent new ones; bounded by whoever reads it from the wire.
pub type Category = String;

/// The category of errors and messages: of every event that becomes part of an issue.
pub const CATEGORY_ERROR: &str = "error";

/// Why, as a short word for counting: `unknown_key`, `too_large`, `not_json`; empty when accepted.
pub type Reason = String;

/// So many items of one kind ended in one way, in the hour of `hour`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeCount {
    /// The project; `None` when the request did not name one that exists.
    pub project: Option<ProjectId>,
    /// The key that was used; `None` as above.
    pub key: Option<KeyId>,
    /// The kind of item.
    pub category: Category,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// Start of the hour.
    pub hour: Timestamp,
    /// How many.
    pub quantity: u64,
}
