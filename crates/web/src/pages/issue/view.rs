//! The head and the side of an issue's pages, made of what the store answered. Pure.

use watchpost_model::{Event, EventId, Issue, Level, Project, Status, Substatus, Timestamp};
use watchpost_store::{EventSummary, Neighbours, TagCount};

use crate::pages::format::{Count, When, grouped};
use crate::pages::issues::{Badge, headline};
use crate::pages::links::encode;
use crate::pages::{Links, chart::Period};

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
    Period::ALL.into_iter().find(seen).unwrap_or(Period::Month)
}

/// One tag of an issue with its most frequent values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TagView {
    pub(crate) key: String,
    pub(crate) values: Vec<TagValue>,
}

/// One value, and which share of the issue's events has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TagValue {
    pub(crate) value: String,
    pub(crate) percent: u64,
    pub(crate) exact: String,
    /// The list of issues with this value, for the keys that a list can be narrowed by.
    pub(crate) href: Option<String>,
}

/// The tags of an issue. The store's rows are in order: keys together, frequent values first.
pub(crate) fn tags(counts: Vec<TagCount>, issue: &Issue, at: &Links, org: &str) -> Vec<TagView> {
    let mut tags: Vec<TagView> = Vec::new();
    let named = counts.into_iter().filter(|count| !count.value.is_empty());
    for count in named {
        let value = TagValue {
            percent: percent(count.times_seen, issue.times_seen),
            exact: grouped(count.times_seen),
            href: list_of(&count, &at.issues(org, issue.project)),
            value: count.value,
        };
        match tags.last_mut().filter(|tag| tag.key == count.key) {
            Some(tag) => tag.values.push(value),
            None => tags.push(TagView {
                key: count.key,
                values: vec![value],
            }),
        }
    }
    tags
}

fn list_of(count: &TagCount, issues: &str) -> Option<String> {
    let name = match count.key.as_str() {
        "logger" => "logger",
        "server_name" => "server",
        "site" => "site",
        _ => return None,
    };
    Some(format!("{issues}&query=&{name}={}", encode(&count.value)))
}

/// At least 1 for anything that was seen at all, at most 100.
fn percent(part: u64, whole: u64) -> u64 {
    if part == 0 {
        return 0;
    }
    let exact = u128::from(part) * 100 / u128::from(whole.max(1));
    u64::try_from(exact).unwrap_or(100).clamp(1, 100)
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
    pub(crate) fn new(
        around: &Neighbours,
        event: &Event,
        times_seen: u64,
        link: impl Fn(EventId) -> String,
    ) -> Self {
        let other = |id: Option<EventId>| id.filter(|id| *id != event.event_id).map(&link);
        let (position, stored) = (grouped(around.position), grouped(around.stored));
        Self {
            kept: (around.stored < times_seen).then(|| {
                format!(
                    "{stored} of {} counted events are stored",
                    grouped(times_seen)
                )
            }),
            words: format!("{position} of {stored}"),
            oldest: other(around.oldest),
            previous: other(around.previous),
            next: other(around.next),
            latest: other(around.latest),
        }
    }
}

/// One row of the table of all events.
pub(crate) struct EventRow {
    pub(crate) href: String,
    pub(crate) id: String,
    pub(crate) short_id: String,
    pub(crate) title: String,
    pub(crate) level: Level,
    pub(crate) happened: When,
    /// By which the rows are in order.
    pub(crate) received: When,
    pub(crate) user: String,
    pub(crate) release: String,
    pub(crate) environment: String,
    pub(crate) server: String,
    pub(crate) url: String,
}

impl EventRow {
    pub(crate) fn new(event: EventSummary, href: String, now: Timestamp) -> Self {
        Self {
            href,
            id: event.event.to_string(),
            short_id: event.event.to_string().chars().take(8).collect(),
            title: event.title,
            level: event.level,
            happened: When::new(event.timestamp, now),
            received: When::new(event.received, now),
            user: event.user,
            release: event.release,
            environment: event.environment,
            server: event.server_name,
            url: event.url,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_zero_nor_above_all() {
        let check = |part, whole, expect| assert_eq!(percent(part, whole), expect);
        check(0, 10, 0);
        check(1, 1_000_000, 1);
        check(5, 10, 50);
        check(20, 10, 100);
        check(u64::MAX, 0, 100);
    }

    #[test]
    fn steps_lead_to_other_events_only() {
        let event = Event::empty(EventId(2), Timestamp::default());
        let around = Neighbours {
            oldest: Some(EventId(1)),
            previous: Some(EventId(1)),
            next: None,
            latest: Some(EventId(2)),
            position: 1_200,
            stored: 1_200,
        };
        let steps = Steps::new(&around, &event, 1_200, |id| id.0.to_string());
        assert_eq!(steps.words, "1,200 of 1,200");
        assert_eq!(steps.kept, None);
        assert_eq!(steps.oldest.as_deref(), Some("1"));
        assert_eq!((steps.next, steps.latest), (None, None));
    }
}
