//! Requests of clients that were refused, for people who wait for what they should have brought.

use crate::{KeyId, ProjectId, Timestamp};

/// Requests of one project's clients that were refused for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// When the last of them was.
    pub last: Timestamp,
    /// How many there were.
    pub count: u64,
    /// Why, in the words of outcomes: `project_id`, `cors`, …
    pub reason: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// What the client was told.
    pub detail: String,
    /// The key that was used, when it is one of this server.
    pub key: Option<KeyId>,
    /// The project that the address named, whether it exists or not.
    pub named: Option<ProjectId>,
    /// The page that sent it, when a browser says so.
    pub origin: Option<String>,
    /// The client's name, or that of its program.
    pub client: Option<String>,
}
