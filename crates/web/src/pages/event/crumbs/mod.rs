//! What happened before, oldest first, with the error itself at the end. Pure.

use watchpost_model::{Breadcrumb, Event, Level};

use super::values::{Pair, cut, pairs};
use crate::pages::format::time_of_day;

/// Breadcrumbs that are in view; the older ones fold.
const RECENT_MAX: usize = 30;
const MESSAGE_CHARS_MAX: usize = 1_000;

/// The way to the error.
pub(crate) struct Trail {
    pub(crate) older: Vec<Crumb>,
    pub(crate) recent: Vec<Crumb>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crumb {
    pub(crate) time: String,
    pub(crate) iso: String,
    pub(crate) category: String,
    pub(crate) message: String,
    pub(crate) level: Level,
    pub(crate) data: Vec<Pair>,
    pub(crate) is_error: bool,
}

impl Trail {
    /// `None` when nothing happened before.
    pub(crate) fn new(event: &Event) -> Option<Self> {
        if event.breadcrumbs.is_empty() {
            return None;
        }
        let mut crumbs: Vec<Crumb> = event.breadcrumbs.iter().map(Crumb::new).collect();
        crumbs.push(Crumb::of_event(event));
        let split = crumbs.len().saturating_sub(RECENT_MAX);
        let recent = crumbs.split_off(split);
        Some(Self {
            older: crumbs,
            recent,
        })
    }
}

impl Crumb {
    fn new(crumb: &Breadcrumb) -> Self {
        let category = crumb.category.clone().or_else(|| crumb.kind.clone());
        let message = crumb.message.clone().unwrap_or_default();
        Self {
            time: crumb.timestamp.map(time_of_day).unwrap_or_default(),
            iso: crumb
                .timestamp
                .map(|time| time.to_string())
                .unwrap_or_default(),
            category: category.unwrap_or_default(),
            message: cut(message, MESSAGE_CHARS_MAX),
            level: crumb.level.unwrap_or(Level::Info),
            data: pairs(&crumb.data),
            is_error: false,
        }
    }

    /// The error itself.
    fn of_event(event: &Event) -> Self {
        let caught = event.exceptions.last();
        let kind = caught.and_then(|caught| caught.kind.clone());
        let value = caught.and_then(|caught| caught.value.clone());
        let text = event
            .message
            .as_ref()
            .map(|message| message.formatted.clone());
        let said = [kind, value.or(text)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        Self {
            time: time_of_day(event.timestamp),
            iso: event.timestamp.to_string(),
            category: "this event".to_owned(),
            message: cut(said.join(": "), MESSAGE_CHARS_MAX),
            level: event.level,
            data: Vec::new(),
            is_error: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchpost_model::{EventId, Timestamp};

    #[test]
    fn old_steps_fold_and_the_error_is_the_last() {
        let mut event = Event::empty(EventId(1), Timestamp::from_secs(60));
        assert!(Trail::new(&event).is_none());
        event.breadcrumbs = vec![Breadcrumb::default(); 100];
        let trail = Trail::new(&event).unwrap();
        assert_eq!((trail.older.len(), trail.recent.len()), (71, 30));
        let last = trail.recent.last().unwrap();
        assert!(last.is_error);
        assert_eq!(last.time, "00:01:00");
    }
}
