//! How much a project or a key may send, and how long its events are kept.

use serde::{Deserialize, Serialize};

use crate::Category;

/// At most `limit` items within each window of time. All quotas that match an item must have room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Of this kind of item only; `None` counts all kinds together.
    pub category: Option<Category>,
    /// How many; 0 refuses all.
    pub limit: u64,
    /// The length of the window. Windows are fixed: they begin at multiples of it.
    pub window_secs: u32,
}

impl Quota {
    /// The longest window: a week.
    pub const WINDOW_SECS_MAX: u32 = 7 * 24 * 3600;
    /// Quotas of one key or project.
    pub const COUNT_MAX: usize = 10;

    /// The kinds of items that may have a quota of their own, in the words of rate limits, with
    /// their names for people. An attachment counts twice: its bytes, and as one item.
    pub const CATEGORIES: [(&'static str, &'static str); 14] = [
        ("error", "errors and messages"),
        ("transaction", "transactions"),
        ("span", "spans"),
        ("session", "sessions"),
        ("attachment", "attachments, in bytes"),
        ("attachment_item", "attachments"),
        ("feedback", "feedback"),
        ("monitor", "check-ins"),
        ("log_item", "log records"),
        ("trace_metric", "metrics"),
        ("profile", "profiles"),
        ("profile_chunk", "profile chunks"),
        ("replay", "replays"),
        ("security", "security reports"),
    ];

    /// What is wrong with a set of quotas, in words for people.
    pub fn fault_of(quotas: &[Self]) -> Option<&'static str> {
        let known = |quota: &Self| {
            let category = quota.category.as_deref();
            category.is_none_or(|name| Self::CATEGORIES.iter().any(|(known, _)| *known == name))
        };
        let window = |quota: &Self| (1..=Self::WINDOW_SECS_MAX).contains(&quota.window_secs);
        let same = |(place, quota): (usize, &Self)| {
            let counted = |other: &&Self| {
                (&other.category, other.window_secs) == (&quota.category, quota.window_secs)
            };
            quotas.iter().take(place).any(|other| counted(&other))
        };
        if quotas.len() > Self::COUNT_MAX {
            Some("There may be at most 10 quotas.")
        } else if !quotas.iter().all(known) {
            Some("A quota is for a kind of item that does not exist.")
        } else if !quotas.iter().all(window) {
            Some("The window of a quota is 1 second to 7 days long.")
        } else if quotas.iter().enumerate().any(same) {
            Some("Two quotas are for the same kind and the same window.")
        } else {
            None
        }
    }
}

/// How long the bodies of a project's events are kept. Issues and their counters outlive them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days since an event was accepted; `None`: the default of the installation.
    pub days: Option<u32>,
    /// Stored bytes of the project, the oldest events go first; `None`: no bound.
    pub bytes: Option<u64>,
}
