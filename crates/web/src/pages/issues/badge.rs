//! The mark of an issue's status, in lists and above its page. Pure.

use watchpost_model::{Condition, Fix, Issue, Status, Substatus, Timestamp, Until};

use crate::pages::format::{When, plural};

/// What a badge says, and how it looks.
pub(crate) struct Badge {
    pub(crate) tone: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) words: String,
}

impl Badge {
    /// Of an issue; none of one that is open and known.
    pub(crate) fn of(issue: &Issue, now: Timestamp) -> Option<Self> {
        let badge = |tone, icon, words: &str| {
            let words = words.to_owned();
            Some(Self { tone, icon, words })
        };
        match (issue.status, issue.substatus) {
            (Status::Resolved, _) => badge("good", "resolved", &resolved(issue, now)),
            (Status::Archived, _) => badge("", "archive", &archived(issue, now)),
            (Status::Unresolved, Some(Substatus::New)) => badge("accent", "start", "New"),
            (Status::Unresolved, Some(Substatus::Regressed)) => badge("bad", "undo", "Regressed"),
            (Status::Unresolved, Some(Substatus::Escalating)) => {
                badge("bad", "stats", "Escalating")
            }
            (Status::Unresolved, _) => None,
        }
    }
}

fn resolved(issue: &Issue, now: Timestamp) -> String {
    let resolution = issue.condition.as_ref().and_then(Condition::resolution);
    match resolution.map(|resolution| &resolution.fix) {
        Some(Fix::InRelease(release)) => format!("Resolved in {release}"),
        Some(Fix::AfterRelease(Some(after))) => format!("Resolved after {after}"),
        Some(Fix::InCommit { commit, .. }) => {
            let short: String = commit.chars().take(12).collect();
            format!("Resolved in commit {short}")
        }
        Some(Fix::Now | Fix::AfterRelease(None)) | None => match issue.resolved_at {
            Some(at) => format!("Resolved {}", When::new(at, now).relative),
            None => "Resolved".to_owned(),
        },
    }
}

fn archived(issue: &Issue, now: Timestamp) -> String {
    let archiving = issue.condition.as_ref().and_then(Condition::archiving);
    match archiving.map(|archiving| &archiving.until) {
        Some(Until::Escalating) => "Archived until it escalates".to_owned(),
        Some(Until::Met {
            time,
            events,
            users,
        }) => {
            let time = time.map(|time| When::new(time, now).absolute);
            let events = events.map(|bound| plural(bound.count, "event"));
            let users = users.map(|bound| plural(bound.count, "user"));
            let parts: Vec<String> = [time, events, users].into_iter().flatten().collect();
            format!("Archived until {}", parts.join(" or "))
        }
        Some(Until::Forever) | None => "Archived".to_owned(),
    }
}
