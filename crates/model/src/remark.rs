//! A note that a field was corrected, cut or dropped. Stored with the event and shown.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What was done to one field of an event, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Where: a dotted path into the event, such as `exception.values.0.type`.
    pub path: String,
    /// What was done.
    pub kind: RemarkKind,
    /// Why, as a sentence for the person who reads the event. No secrets: the old value may be one.
    pub reason: String,
    /// What a program can use of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<RemarkDetail>,
}

impl Remark {
    /// A remark about the field at `path`.
    pub fn new(path: impl Into<String>, kind: RemarkKind, reason: impl Into<String>) -> Self {
        let (path, reason) = (path.into(), reason.into());
        Self {
            path,
            kind,
            reason,
            detail: None,
        }
    }
}

/// What a program can use of a remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkDetail {
    /// How long the value was before it was cut: characters of a text, entries of a list.
    Length(u64),
    /// All times of the event were moved.
    Moved {
        /// Why.
        fault: ClockFault,
        /// The time that the client gave.
        client: Timestamp,
        /// The time by our clock that takes its place.
        server: Timestamp,
    },
}

/// What was wrong with a client's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockFault {
    /// The client's time of sending is far from ours.
    Drift,
    /// The event is in the future.
    Future,
    /// The event is older than what is kept.
    Past,
}

/// What a remark says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// The value could not be understood and is gone.
    Dropped,
    /// The value was turned into one that is allowed.
    Corrected,
    /// The value was too long and its end (or middle) is gone.
    Cut,
    /// The value, or a part of it, was a secret and is hidden.
    Scrubbed,
}
