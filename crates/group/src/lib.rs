//! Which events are the same problem, and why: a pure function of the event.
//!
//! Called by the digest after `normalize::event`, and by tools that recompute hashes. The
//! algorithm has versions, a module each: a hash keeps the number of the version that made it, so
//! that a new version never splits or joins what is already known.

mod digest;
mod frame;
mod title;
mod v1;

#[cfg(test)]
mod tests;

use watchpost_model::{Event, Grouped, GroupingHash, Receipt};

pub use self::v1::seed_checksum;

/// The version of the algorithm that makes the hashes of new events.
pub const VERSION_CURRENT: u16 = v1::VERSION;

/// What a version says about an event.
struct Keys {
    /// Most specific first, never empty.
    digests: Vec<[u8; 16]>,
    /// What contributed and why, as lines for people.
    explanation: Vec<String>,
}

/// Gives an event its grouping keys, the reasons for them, and the words of its issue.
pub fn event(event: Event, receipt: &Receipt) -> Grouped {
    let keys = v1::keys(&event);
    let words = title::words(&event);
    let hash = |digest| GroupingHash {
        version: VERSION_CURRENT,
        digest,
    };
    Grouped {
        project: receipt.project,
        key: receipt.key,
        hashes: keys.digests.into_iter().map(hash).collect(),
        explanation: keys.explanation,
        title: words.title,
        kind: words.kind,
        value: words.value,
        culprit: words.culprit,
        event,
    }
}
