//! A few issues as a table, where they are not what the page is about. Pure.

use watchpost_model::{Issue, Level, Project, Timestamp};

use crate::pages::Links;
use crate::pages::format::{Count, When};
use crate::pages::issues::{Badge, headline};

/// A row.
pub(super) struct IssueLine {
    pub(super) href: String,
    pub(super) level: Level,
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) short_id: String,
    pub(super) badge: Option<Badge>,
    pub(super) events: Count,
    pub(super) users: Count,
    pub(super) last: When,
}

impl IssueLine {
    pub(super) fn new(
        issue: &Issue,
        (at, org, project): (&Links, &str, &Project),
        now: Timestamp,
    ) -> Self {
        let (kind, text) = headline(issue);
        Self {
            href: at.issue(org, issue.id),
            level: issue.level,
            kind,
            text,
            short_id: issue.short_id(&project.slug).to_string(),
            badge: Badge::of(issue, now),
            events: Count::new(issue.times_seen),
            users: Count::new(issue.user_count),
            last: When::new(issue.last_seen, now),
        }
    }
}
