//! Which events are the same problem, and why: a pure function of the event.
//!
//! Called by the digest after `normalize::event`, and by tools that recompute hashes.

use watchpost_model::{Event, Grouped, GroupingHash, Receipt};

/// Gives an event its grouping keys, the reasons for them, and the words of its issue.
pub fn event(event: Event, receipt: &Receipt) -> Grouped {
    Grouped {
        project: receipt.project,
        key: receipt.key,
        event,
        hashes: vec![GroupingHash {
            version: 1,
            digest: [0; 16],
        }],
        explanation: Vec::new(),
        title: "<unlabeled event>".to_owned(),
        kind: String::new(),
        value: String::new(),
        culprit: String::new(),
    }
}

/// The checksum that the first Sentry's server computed for a record without one: 32 hex digits.
///
/// Source: django-sentry 1.7.1, behaviour given by 19 vectors of the real function.
pub fn seed_checksum(
    _level: i64,
    _class_name: Option<&str>,
    _traceback: Option<&str>,
    _message: &str,
) -> String {
    String::new()
}
