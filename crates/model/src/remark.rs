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

/// As much of a client's name as the path of a remark repeats: 60 characters. What may be the first
/// half of a number is left out, because nobody would recognise the secret that it was.
pub fn short_name(name: &str) -> &str {
    const CHARS_MAX: usize = 60;
    let Some((end, _)) = name.char_indices().nth(CHARS_MAX) else {
        return name;
    };
    let short = name.get(..end).unwrap_or_default();
    short.trim_end_matches(|char: char| char.is_ascii_digit() || " -".contains(char))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_before_a_number() {
        let long = "ä".repeat(60);
        assert_eq!(short_name(&long), long);
        assert_eq!(short_name(&format!("{long}b")), long);
        let digits = "4111 1111 1111 1111";
        assert_eq!(short_name(digits), digits);
        let start = "k".repeat(50);
        assert_eq!(short_name(&format!("{start} {digits}")), start);
    }
}
