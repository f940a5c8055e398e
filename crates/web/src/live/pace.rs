//! How fast a stream talks: a few messages a second as they come, the rest of the second as one.
//! Pure: it is told the time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use watchpost_model::{Change, IssueChange, ProjectId};

/// Messages that go out at once in every second; the summary is one more.
const AT_ONCE_COUNT: u32 = 9;

/// The span over which messages are counted.
const SPAN: Duration = Duration::from_secs(1);

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Say {
    /// One change.
    Issue(IssueChange),
    /// Many changes, by project.
    Issues(BTreeMap<ProjectId, Sum>),
    /// News was lost: look again.
    Reload,
}

/// Changes of one project that were too many to tell one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Of any kind.
    changes: u64,
    /// New issues among them.
    new: u64,
    /// Reopened issues among them.
    reopened: u64,
}

/// What was said in this span, and what waits for its end.
#[derive(Debug, Default)]
pub(super) struct Pace {
    span_end: Option<Instant>,
    said_count: u32,
    waiting: BTreeMap<ProjectId, Sum>,
}

impl Pace {
    /// When something that waits has to be said.
    pub(super) fn due(&self) -> Option<Instant> {
        self.span_end.filter(|_| !self.waiting.is_empty())
    }

    /// Takes a change: it is said now or waits.
    pub(super) fn hear(&mut self, change: IssueChange, now: Instant) -> Option<Say> {
        if self.span_end.is_none_or(|end| now >= end) && self.waiting.is_empty() {
            self.span_end = Some(now + SPAN);
            self.said_count = 0;
        }
        if self.said_count < AT_ONCE_COUNT {
            self.said_count += 1;
            return Some(Say::Issue(change));
        }
        let sum = self.waiting.entry(change.project).or_default();
        sum.changes += 1;
        match change.change {
            Change::New => sum.new += 1,
            Change::Reopened => sum.reopened += 1,
            Change::Repeated | Change::Duplicate | Change::Discarded => {}
        }
        None
    }

    /// Says what has waited long enough.
    pub(super) fn wake(&mut self, now: Instant) -> Option<Say> {
        self.due().filter(|due| now >= *due)?;
        // The summary is the first message of the next span.
        self.span_end = Some(now + SPAN);
        self.said_count = 0;
        Some(Say::Issues(std::mem::take(&mut self.waiting)))
    }
}

impl Say {
    /// The kind of message, as pages listen for it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Issue(_) => "issue",
            Self::Issues(_) => "issues",
            Self::Reload => "reload",
        }
    }

    /// What it says. Ids are texts, as in the API.
    pub(super) fn data(&self) -> Value {
        match self {
            Self::Issue(change) => json!({
                "project": change.project.to_string(),
                "issue": change.issue.to_string(),
                "event": change.event,
                "change": name(change.change),
            }),
            Self::Issues(sums) => {
                let sums = sums.iter().map(|(project, sum)| {
                    json!({
                        "project": project.to_string(),
                        "changes": sum.changes,
                        "new": sum.new,
                        "reopened": sum.reopened,
                    })
                });
                sums.collect()
            }
            Self::Reload => json!({}),
        }
    }
}

fn name(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Reopened => "reopened",
        // A duplicate changes nothing; it is not announced, and would be harmless.
        Change::Repeated | Change::Duplicate | Change::Discarded => "repeated",
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::{EventId, IssueId};

    use super::*;

    fn change(issue: i64, change: Change) -> IssueChange {
        IssueChange {
            project: ProjectId(1),
            issue: IssueId(issue),
            event: Some(EventId(7)),
            change,
        }
    }

    #[test]
    fn a_burst_is_nine_messages_and_a_sum() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let heard = (0..5000).filter_map(|issue| pace.hear(change(issue, Change::New), start));
        assert_eq!(heard.count(), 9);
        assert_eq!(pace.wake(start), None);
        let due = pace.due().unwrap();
        assert_eq!(due, start + SPAN);
        let said = pace.wake(due).unwrap();
        let expect = json!([{ "project": "1", "changes": 4991, "new": 4991, "reopened": 0 }]);
        assert_eq!((said.name(), said.data()), ("issues", expect));
        assert_eq!(pace.due(), None);
        assert_eq!(pace.wake(due + SPAN), None);
    }

    #[test]
    fn slow_news_is_told_as_it_comes() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for issue in 0..100 {
            let said = pace.hear(change(issue, Change::Reopened), now).unwrap();
            let expect = json!({
                "project": "1",
                "issue": issue.to_string(),
                "event": "00000000000000000000000000000007",
                "change": "reopened",
            });
            assert_eq!(said.data(), expect);
            now += Duration::from_millis(200);
        }
    }

    #[test]
    fn nothing_overtakes_what_waits() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for issue in 0..10 {
            pace.hear(change(issue, Change::New), start);
        }
        let late = start + SPAN * 3;
        assert_eq!(pace.hear(change(10, Change::New), late), None);
        assert!(matches!(pace.wake(late), Some(Say::Issues(_))));
        assert!(matches!(
            pace.hear(change(11, Change::New), late),
            Some(Say::Issue(_))
        ));
    }
}
