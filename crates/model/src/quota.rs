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

/// How long the bodies of a project's events are kept. Issues and their counters outlive them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Days since an event was accepted; `None`: the default of the installation.
    pub days: Option<u32>,
    /// Stored bytes of the project, the oldest events go first; `None`: no bound.
    pub bytes: Option<u64>,
}
