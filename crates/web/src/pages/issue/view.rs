//! The head and the side of an issue's pages, made of what the store answered. Pure.

use watchpost_model::{EventId, Issue, Level, Project, Status, Substatus, Timestamp};
use watchpost_store::Neighbours;

use super::narrow::Walk;
use crate::pages::chart::Period;
use crate::pages::format::{Count, When, grouped};
use crate::pages::issues::{Badge, headline};

/// What stands above every page of an issue.
pub(crate) struct Head {
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) culprit: String,
    pub(crate) level: Level,
    pub(crate) logger: String,
    pub(crate) short_id: String,
    /// Whether somebody still has to look at it.
    pub(crate) is_open: bool,
    pub(crate) badge: Option<Badge>,
    pub(crate) users: Count,
    pub(crate) first_release: Option<String>,
    /// The latest.
    pub(crate) release: Option<String>,
    /// In one word, for open pages to compare.
    pub(crate) status: &'static str,
    /// The same for the count of events.
    pub(crate) times_seen: u64,
    pub(crate) events: Count,
    pub(crate) first: When,
    pub(crate) last: When,
}

impl Head {
    pub(crate) fn new(issue: &Issue, project: &Project, now: Timestamp) -> Self {
        let (kind, text) = headline(issue);
        let is_reopened = issue.substatus == Some(Substatus::Regressed);
        Self {
            kind,
            text,
            culprit: issue.culprit.clone(),
            level: issue.level,
            logger: issue.logger.clone(),
            short_id: issue.short_id(&project.slug).to_string(),
            is_open: issue.status == Status::Unresolved,
            badge: Badge::of(issue, now),
            users: Count::new(issue.user_count),
            first_release: issue.first_release.clone(),
            release: issue.last_release.clone(),
            status: if is_reopened {
                "reopened"
            } else {
                issue.status.name()
            },
            times_seen: issue.times_seen,
            events: Count::new(issue.times_seen),
            first: When::new(issue.first_seen, now),
            last: When::new(issue.last_seen, now),
        }
    }

    /// What a browser's tab says.
    pub(crate) fn tab(&self) -> String {
        let title: String = format!("{} {}", self.kind, self.text)
            .chars()
            .take(60)
            .collect();
        format!("{} {}", self.short_id, title.trim())
    }
}

/// The shortest period in which the issue was seen.
pub(crate) fn fitting_period(issue: &Issue, now: Timestamp) -> Period {
    let seen = |period: &Period| issue.last_seen >= period.since(now);
    Period::ISSUE
        .into_iter()
        .find(seen)
        .unwrap_or(Period::Quarter)
}

/// The way to the events around one event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    pub(crate) words: String,
    /// Said when older events were forgotten: bodies go by age, counts stay.
    pub(crate) kept: Option<String>,
    pub(crate) oldest: Option<String>,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) latest: Option<String>,
}

impl Steps {
    /// Among all events of an issue that was seen so often.
    pub(crate) fn new(
        around: &Neighbours,
        event: EventId,
        times_seen: u64,
        link: impl Fn(EventId) -> String,
    ) -> Self {
        let (position, stored) = (grouped(around.position), grouped(around.stored));
        let kept = || {
            let all = grouped(times_seen);
            format!("{stored} of {all} counted events are stored")
        };
        Self {
            kept: (around.stored < times_seen).then(kept),
            words: format!("{position} of {stored}"),
            ..Self::around(around, event, link)
        }
    }

    /// Among the events that fit a narrowing.
    pub(crate) fn among(walk: &Walk, event: EventId, link: impl Fn(EventId) -> String) -> Self {
        let count = grouped(walk.rows.len() as u64);
        let of = if walk.is_cut { "of the newest" } else { "of" };
        let words = match walk.around(event) {
            Some(around) => format!("{} {of} {count} that match", grouped(around.position)),
            None => format!("not among the {count} that match"),
        };
        let around = walk.around(event).unwrap_or_else(|| walk.ends());
        Self {
            words,
            kept: None,
            ..Self::around(&around, event, link)
        }
    }

    fn around(around: &Neighbours, event: EventId, link: impl Fn(EventId) -> String) -> Self {
        let other = |id: Option<EventId>| id.filter(|id| *id != event).map(&link);
        Self {
            words: String::new(),
            kept: None,
            oldest: other(around.oldest),
            previous: other(around.previous),
            next: other(around.next),
            latest: other(around.latest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_to_other_events_only() {
        let around = Neighbours {
            oldest: Some(EventId(1)),
            previous: Some(EventId(1)),
            next: None,
            latest: Some(EventId(2)),
            position: 1_200,
            stored: 1_200,
        };
        let steps = Steps::new(&around, EventId(2), 1_200, |id| id.0.to_string());
        assert_eq!(steps.words, "1,200 of 1,200");
        assert_eq!(steps.kept, None);
        assert_eq!(steps.oldest.as_deref(), Some("1"));
        assert_eq!((steps.next, steps.latest), (None, None));
    }
}
