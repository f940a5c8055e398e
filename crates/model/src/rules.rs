//! What people decide about the events of a project before they are stored: what is hidden, what
//! is not wanted, what belongs together, and who looks after it.
//!
//! Plain data, as it is stored and edited. The workshop compiles each part once and then runs it
//! on every event.

use serde::{Deserialize, Serialize};

/// All rules of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// What is hidden before anything is stored.
    pub scrubbing: Scrubbing,
    /// Which events are counted and thrown away.
    pub filters: Filters,
    /// Which events are one issue.
    pub grouping: Grouping,
    /// Who looks after which issues.
    pub ownership: Ownership,
    /// How events are shown.
    pub showing: Showing,
}

/// How events are shown. Nothing of it changes what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Showing {
    /// Tags, `context.key` and the usual facts by their names, that stand above an event; empty:
    /// the usual ones.
    pub highlights: Vec<String>,
    /// Where the source of a frame is: an address with `{release}`, `{path}` and `{line}` in it;
    /// empty: nobody said.
    pub source_link: String,
}

/// What is hidden before anything is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scrubbing {
    /// Whether anything is hidden at all. `scrubData` at Sentry.
    pub enabled: bool,
    /// Whether passwords, cards, keys and the like are found without being named.
    /// `scrubDefaults` at Sentry.
    pub defaults: bool,
    /// Whether addresses of users are hidden. `scrubIpAddresses` at Sentry.
    pub ip_addresses: bool,
    /// Names of fields whose values are hidden, case folded, found anywhere in a name.
    pub sensitive_fields: Vec<String>,
    /// Names of fields that stay as they are.
    pub safe_fields: Vec<String>,
    /// Rules and where they apply, in Sentry's JSON (`{"rules": …, "applications": …}`); empty:
    /// none.
    pub advanced: String,
}

impl Default for Scrubbing {
    fn default() -> Self {
        Self {
            enabled: true,
            defaults: true,
            ip_addresses: false,
            sensitive_fields: Vec::new(),
            safe_fields: Vec::new(),
            advanced: String::new(),
        }
    }
}

/// Which events are counted and thrown away. By default only those whose client said so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Errors that extensions of browsers cause.
    pub browser_extensions: bool,
    /// Old browsers, by the names of [`Filters::LEGACY_BROWSERS`].
    pub legacy_browsers: Vec<String>,
    /// Errors of somebody's own machine.
    pub localhost: bool,
    /// Errors that search engines meet.
    pub web_crawlers: bool,
    /// Globs of `Type: value` or of a message.
    pub error_messages: Vec<String>,
    /// Globs of releases.
    pub releases: Vec<String>,
    /// Addresses of clients and users: v4, v6, or a range such as `10.0.0.0/8`.
    pub ip_addresses: Vec<String>,
}

impl Filters {
    /// The browsers that [`Filters::legacy_browsers`] may name.
    pub const LEGACY_BROWSERS: [&'static str; 8] = [
        "ie",
        "safari",
        "opera",
        "opera_mini",
        "android",
        "firefox",
        "chrome",
        "edge",
    ];
}

/// Which events are one issue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grouping {
    /// The version of the algorithm; `None`: the newest.
    pub version: Option<u16>,
    /// The version before, whose issues take the events that they would have taken.
    pub previous: Option<u16>,
    /// Rules that replace fingerprints, one a line.
    pub fingerprint_rules: String,
    /// Rules about frames, one a line.
    pub stack_rules: String,
    /// Whether a fingerprint that the client sends without `{{ default }}` is ignored.
    pub ignore_client_fingerprint: bool,
    /// Whether the message splits what has the same stack.
    pub split_by_message: bool,
}

/// Who looks after which issues. A CODEOWNERS file is kept beside it: it is too large to be kept
/// with every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ownership {
    /// Rules, one a line: `path:src/pay/* #payments ada@example.org`.
    pub rules: String,
    /// Whether the owner whom the last match names first gets the issue. Others are suggested.
    pub auto_assign: bool,
    /// Whether everybody is responsible for what nobody owns. `fallthrough` at Sentry.
    pub fallthrough: bool,
    /// Kept for tools that read back what they wrote: there is nothing to follow yet.
    pub codeowners_auto_sync: bool,
}

impl Default for Ownership {
    fn default() -> Self {
        Self {
            rules: String::new(),
            auto_assign: true,
            fallthrough: true,
            codeowners_auto_sync: true,
        }
    }
}

/// A rule that cannot be understood, with the place and the way out. The others are in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct RuleFault {
    /// The line, from 1; of a list, the entry.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}
