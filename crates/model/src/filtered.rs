//! An event that a project does not want, as far as people need it to judge their filters.

use serde::{Deserialize, Serialize};

use crate::{EventId, KeyId, Level, ProjectId, Timestamp};

/// Why an event is not wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterReason {
    /// The filter, in the words of outcomes: `web-crawlers`, `error-message`, …
    pub name: &'static str,
    /// What of it matched: the pattern, the browser, the address.
    pub pattern: String,
}

/// An event on its way to being counted as filtered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwanted {
    /// The project that does not want it.
    pub project: ProjectId,
    /// The key it was sent with.
    pub key: KeyId,
    /// Its id.
    pub event: EventId,
    /// When it was accepted.
    pub received: Timestamp,
    /// Why.
    pub reason: FilterReason,
    /// What people may see of it.
    pub glimpse: Glimpse,
}

/// What is kept of a filtered event for a day. Scrubbed like every event that is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Glimpse {
    /// `Type: value` of what was caught last, or the message.
    pub title: String,
    /// How bad.
    pub level: Level,
    /// One of the known platforms, or `other`.
    pub platform: String,
    /// The route, task, page or view.
    pub transaction: Option<String>,
    /// The version of the application.
    pub release: Option<String>,
    /// Where it runs.
    pub environment: Option<String>,
    /// The page or address that was asked for.
    pub url: Option<String>,
    /// What the browser said it is.
    pub user_agent: Option<String>,
    /// Where the user came from.
    pub address: Option<String>,
}

/// One filtered event of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilteredEvent {
    /// Its id. The event itself is not stored.
    pub event: EventId,
    /// When it was accepted.
    pub received: Timestamp,
    /// The filter.
    pub reason: String,
    /// What of it matched.
    pub pattern: String,
    /// What is kept of it.
    pub glimpse: Glimpse,
}
