//! The last warnings and errors of the log, kept in memory for the status page.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use watchpost_model::{Clock, Warning};

use crate::clock::SystemClock;

/// How many are kept.
const WARNING_COUNT_MAX: usize = 50;
/// What is kept of one.
const TEXT_CHARS_MAX: usize = 500;

/// A layer of the log, and what it has seen. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Recent(Arc<Mutex<VecDeque<Warning>>>);

impl Recent {
    /// The newest first.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().cloned().collect()
    }
}

impl<S: Subscriber> Layer<S> for Recent {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::WARN {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let warning = Warning {
            at: SystemClock.now(),
            is_error: level == Level::ERROR,
            text: line.text().chars().take(TEXT_CHARS_MAX).collect(),
        };
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push_front(warning);
        seen.truncate(WARNING_COUNT_MAX);
    }
}

/// An event of the log as one line: what it says, then its fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn text(&self) -> String {
        format!("{}{}", self.message, self.fields)
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, "; {name}: {value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn warnings_are_kept_newest_first_and_bounded() {
        let recent = Recent::default();
        let log = tracing_subscriber::registry().with(recent.clone());
        tracing::subscriber::with_default(log, || {
            tracing::info!("not this");
            tracing::warn!(error = "disk full", events = 3, "failed to write");
            assert_eq!(recent.warnings().len(), 1);
            tracing::error!("{}", "x".repeat(2 * TEXT_CHARS_MAX));
        });
        let [newest, oldest] = recent.warnings().try_into().unwrap();
        assert_eq!(newest.text.len(), TEXT_CHARS_MAX);
        assert_eq!((newest.is_error, oldest.is_error), (true, false));
        assert_eq!(oldest.text, "failed to write; error: disk full; events: 3");
        let log = tracing_subscriber::registry().with(recent.clone());
        tracing::subscriber::with_default(log, || {
            for number in 0..2 * WARNING_COUNT_MAX {
                tracing::warn!(number, "again");
            }
        });
        assert_eq!(recent.warnings().len(), WARNING_COUNT_MAX);
    }
}
