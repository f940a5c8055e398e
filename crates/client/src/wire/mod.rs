//! Writes an event down in the two protocols. Pure; `worker` calls it once per protocol in use.

pub(crate) mod modern;
pub(crate) mod seed;

use serde_json::{Map, Value};

use crate::event::{Event, Origin};
use crate::frames::{self, Frame, InApp};
use crate::limits::{DATA_DEPTH_MAX, DATA_WIDTH_MAX, KEY_COUNT_MAX, TEXT_BYTES_MAX};
use crate::options::Facts;

/// The name that this client goes by.
pub(crate) const CLIENT_NAME: &str = concat!("watchpost-client/", env!("CARGO_PKG_VERSION"));

/// An event that is ready to be written down: its stack is known.
pub(crate) struct Report<'a> {
    event: &'a Event,
    /// Oldest call first.
    frames: Vec<Frame>,
    facts: &'a Facts,
}

impl<'a> Report<'a> {
    /// Finds names and lines of the event's backtrace, which takes milliseconds.
    pub(crate) fn new(event: &'a Event, facts: &'a Facts, in_app: &InApp) -> Self {
        let mut frames = match &event.backtrace {
            Some(backtrace) => frames::of(&format!("{backtrace:#}"), in_app),
            None => Vec::new(),
        };
        let is_seen = frames.iter().any(|frame| frame.in_app);
        // Stripped programs have no names; the place of the call is compiled in.
        if let (false, true, Some(place)) = (is_seen, event.wants_stack(), event.place) {
            frames.push(Frame::at(place.file(), place.line()));
        }
        Self {
            event,
            frames,
            facts,
        }
    }

    /// The given view, else the innermost function of the program.
    fn view(&self) -> Option<String> {
        let innermost = || {
            let ours = self.frames.iter().rev().find(|frame| frame.in_app)?;
            ours.qualified()
        };
        self.event.view.clone().or_else(innermost)
    }

    fn site(&self) -> Option<&str> {
        self.event.site.as_deref().or(self.facts.site.as_deref())
    }
}

impl Event {
    fn wants_stack(&self) -> bool {
        !self.exceptions.is_empty() || self.origin == Origin::Panic || self.backtrace.is_some()
    }
}

/// Sets a field unless there is nothing to say: the first servers lose events over a null.
fn put(object: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

/// At most `bytes_max` bytes of a text, cut between characters and marked with `...`.
fn cut(text: &str, bytes_max: usize) -> String {
    match text.get(..text.floor_char_boundary(bytes_max)) {
        Some(head) if head.len() < text.len() => format!("{head}..."),
        _ => text.to_owned(),
    }
}

fn short(text: &str) -> String {
    cut(text, TEXT_BYTES_MAX)
}

/// The data with all bounds applied.
fn bounded(data: &Map<String, Value>) -> Map<String, Value> {
    data.iter()
        .take(KEY_COUNT_MAX)
        .map(|(key, value)| (short(key), bounded_value(value, DATA_DEPTH_MAX)))
        .collect()
}

fn bounded_value(value: &Value, depth: usize) -> Value {
    match value {
        Value::String(text) => short(text).into(),
        Value::Array(_) | Value::Object(_) if depth == 0 => "...".into(),
        Value::Array(list) => list
            .iter()
            .take(DATA_WIDTH_MAX)
            .map(|value| bounded_value(value, depth - 1))
            .collect(),
        Value::Object(object) => object
            .iter()
            .take(DATA_WIDTH_MAX)
            .map(|(key, value)| (short(key), bounded_value(value, depth - 1)))
            .collect::<Map<String, Value>>()
            .into(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests;
