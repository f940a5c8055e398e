//! A note that a field was corrected, cut or dropped. Stored with the event and shown.

use serde::{Deserialize, Serialize};

/// What was done to one field of an event, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Where: a dotted path into the event, such as `exception.values.0.type`.
    pub path: String,
    /// What was done.
    pub kind: RemarkKind,
    /// Why, as a sentence for the person who reads the event. No secrets: the old value may be one.
    pub reason: String,
}

impl Remark {
    /// A remark about the field at `path`.
    pub fn new(path: impl Into<String>, kind: RemarkKind, reason: impl Into<String>) -> Self {
        let (path, reason) = (path.into(), reason.into());
        Self { path, kind, reason }
    }
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
