//! Which event of an issue an address names, and the one that is recommended.
//!
//! Recommended is, of the newest events that fit and are at most a week older than the newest of
//! them, the one that tells most: a stack before a request, that before a user, that before
//! breadcrumbs. Of equal ones it is the newest.

use watchpost_model::{Event, EventId, IssueId, ProjectId, Timestamp};
use watchpost_store::{ArchivedEvent, latest_of, oldest_of};

use super::narrow::Walk;
use crate::App;
use crate::pages::PageError;

/// Events that may be recommended: the newest.
const CANDIDATE_COUNT_MAX: usize = 10;
const WEEK_SECS: i64 = 7 * 24 * 3600;
/// What an event has that has everything.
const ALL: u8 = 0b1111;

/// See the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Latest,
    Oldest,
    Recommended,
    This(EventId),
}

/// The event that tells most so far.
#[derive(Default)]
struct Best {
    /// When the newest of them was received.
    newest: Option<Timestamp>,
    told: u8,
    event: Option<ArchivedEvent>,
}

impl Which {
    pub(super) fn read(text: &str) -> Result<Self, PageError> {
        match text {
            "latest" => Ok(Self::Latest),
            "oldest" => Ok(Self::Oldest),
            "recommended" => Ok(Self::Recommended),
            id => {
                let id = id.parse().map_err(|_| PageError::Missing("event"))?;
                Ok(Self::This(id))
            }
        }
    }

    /// The event, if it is one of `family`: one of another issue, even of the same project, is not
    /// here. `walk` has those that fit, when not all do. Blocks.
    pub(super) fn find(
        self,
        app: &App,
        project: ProjectId,
        family: &[IssueId],
        walk: Option<&Walk>,
    ) -> Result<Option<ArchivedEvent>, PageError> {
        let archive = &*app.archive;
        let open = |row: Option<&watchpost_store::EventSummary>| match row {
            Some(row) => archive.event(project, row.event),
            None => Ok(None),
        };
        let event = match (self, walk) {
            (Self::Latest, None) => latest_of(archive, project, family)?,
            (Self::Oldest, None) => oldest_of(archive, project, family)?,
            (Self::Recommended, None) => {
                let mut best = Best::default();
                let mut look = |event: &ArchivedEvent| best.take(event);
                archive.open_newest(project, family, CANDIDATE_COUNT_MAX, &mut look)?;
                best.event
            }
            (Self::Latest, Some(walk)) => open(walk.rows.first())?,
            (Self::Oldest, Some(walk)) => open(walk.rows.last())?,
            (Self::Recommended, Some(walk)) => {
                let mut best = Best::default();
                for row in walk.rows.iter().take(CANDIDATE_COUNT_MAX) {
                    if open(Some(row))?.is_some_and(|event| best.take(&event)) {
                        break;
                    }
                }
                best.event
            }
            (Self::This(event), _) => archive.event(project, event)?,
        };
        Ok(event.filter(|event| family.contains(&event.issue)))
    }
}

impl Best {
    /// Looks at the next older event; whether no further one is needed.
    fn take(&mut self, event: &ArchivedEvent) -> bool {
        let received = event.event.received;
        if self.newest.get_or_insert(received).secs_since(received) > WEEK_SECS {
            // Too old to stand for a newer one.
            return true;
        }
        let told = told(&event.event);
        if self.event.is_none() || told > self.told {
            (self.told, self.event) = (told, Some(event.clone()));
        }
        told == ALL
    }
}

/// How much an event tells: what people look for first weighs more than all that comes after.
fn told(event: &Event) -> u8 {
    let stacks = event.exceptions.iter();
    let mut stacks = stacks.filter_map(|exception| exception.stacktrace.as_ref());
    let has_stack = stacks.any(|stack| !stack.frames.is_empty()) || event.stacktrace.is_some();
    let parts = [
        has_stack,
        event.request.is_some(),
        event.user.is_some(),
        !event.breadcrumbs.is_empty(),
    ];
    parts.iter().fold(0, |told, has| told << 1 | u8::from(*has))
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchpost_model::{Explanation, UserContext};

    fn event(number: u128, day: i64, has_user: bool) -> ArchivedEvent {
        let mut event = Event::empty(EventId(number), Timestamp::from_secs(day * 24 * 3600));
        event.user = has_user.then(UserContext::default);
        ArchivedEvent {
            project: ProjectId(1),
            issue: IssueId(1),
            event,
            title: String::new(),
            explanation: Explanation::of_lines(0, Vec::new()),
        }
    }

    fn check(events: &[ArchivedEvent], expect: u128) {
        let mut best = Best::default();
        let _ = events.iter().any(|event| best.take(event));
        let found = best.event.map(|event| event.event.event_id);
        assert_eq!(found, Some(EventId(expect)));
    }

    #[test]
    fn what_tells_most_is_recommended_and_of_equals_the_newest() {
        check(&[event(3, 30, false), event(2, 29, false)], 3);
        check(&[event(3, 30, false), event(2, 29, true)], 2);
        check(&[event(3, 30, true), event(2, 29, true)], 3);
    }

    #[test]
    fn nothing_older_than_a_week_is_recommended() {
        check(&[event(3, 30, false), event(2, 22, true)], 3);
        check(&[event(3, 30, false), event(2, 23, true)], 2);
    }
}
