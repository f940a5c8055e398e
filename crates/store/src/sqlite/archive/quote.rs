//! What an explanation says in the words of its event is stored as the place of these words there:
//! most of an explanation are names and lines of frames. Keeping and reading an event call it.
//!
//! ```text
//! "raise Boom()"  ──▶  "\u{7f}5": text 5 of the event       "\u{7f}…"  ──▶  "\u{7f}\u{7f}…"
//! ```

use std::cell::Cell;

use serde_json::Value;
use watchpost_model::{Event, Stacktrace};

/// What a place begins with, and what a text that begins with it is marked by.
pub(super) const MARK: char = '\u{7f}';
/// Shorter texts are stored as they are.
const TEXT_BYTES_MIN: usize = 6;
/// So many texts of an event can be quoted.
const TEXT_COUNT_MAX: usize = 512;
/// Most events have no more.
const TEXT_COUNT_USUAL: usize = 32;

/// The texts of an event that can be quoted.
pub(super) struct Quotes<'a> {
    texts: Vec<&'a str>,
    /// A bit for each length that one of them has, modulo 64: most texts are ruled out by it.
    lengths: u64,
    /// Behind the last one that was quoted: explanations follow their events.
    next: Cell<usize>,
}

/// How a text is stored.
pub(super) enum Stored {
    AsItIs,
    /// With [`MARK`] before it.
    Marked,
    /// [`MARK`] and the place of its words.
    Place(usize),
}

impl<'a> Quotes<'a> {
    /// The order of texts is stored: never change it.
    pub(super) fn of(event: &'a Event) -> Self {
        let mut quotes = Self {
            texts: Vec::with_capacity(TEXT_COUNT_USUAL),
            lengths: 0,
            next: Cell::new(0),
        };
        for exception in &event.exceptions {
            quotes.add(exception.kind.as_deref());
            quotes.add(exception.value.as_deref());
            quotes.add_stack(exception.stacktrace.as_ref());
        }
        quotes.add_stack(event.stacktrace.as_ref());
        for thread in &event.threads {
            quotes.add_stack(thread.stacktrace.as_ref());
        }
        let message = event.message.as_ref();
        quotes.add(message.map(|message| message.formatted.as_str()));
        quotes
    }

    fn add_stack(&mut self, stack: Option<&'a Stacktrace>) {
        for frame in stack.map_or(&[] as &[_], |stack| &stack.frames) {
            self.add(frame.module.as_deref());
            self.add(frame.function.as_deref());
            self.add(frame.context_line.as_deref().map(str::trim_ascii));
            self.add(frame.filename.as_deref());
        }
    }

    fn add(&mut self, text: Option<&'a str>) {
        if let Some(text) = text
            && self.texts.len() < TEXT_COUNT_MAX
        {
            self.texts.push(text);
            self.lengths |= length_bit(text);
        }
    }

    /// How `text` is stored.
    pub(super) fn stored(&self, text: &str) -> Stored {
        match self.place_of(text) {
            Some(place) => Stored::Place(place),
            None if text.starts_with(MARK) => Stored::Marked,
            None => Stored::AsItIs,
        }
    }

    fn place_of(&self, text: &str) -> Option<usize> {
        if text.len() < TEXT_BYTES_MIN || self.lengths & length_bit(text) == 0 {
            return None;
        }
        let (before, after) = self.texts.split_at_checked(self.next.get())?;
        let ahead = after.iter().position(|known| *known == text);
        let place = match ahead {
            Some(place) => before.len() + place,
            None => before.iter().position(|known| *known == text)?,
        };
        self.next.set(place + 1);
        Some(place)
    }

    /// Puts the words back in all texts of `value`; `None` when one of them is not there.
    pub(super) fn fill_in(&self, value: &mut Value) -> Option<()> {
        match value {
            Value::String(text) => {
                if let Some(place) = text.strip_prefix(MARK) {
                    *text = self.words_at(place)?.to_owned();
                }
                Some(())
            }
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.fill_in(item)),
            Value::Object(fields) => fields.values_mut().try_for_each(|item| self.fill_in(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => Some(()),
        }
    }

    fn words_at<'b>(&'b self, place: &'b str) -> Option<&'b str> {
        if place.starts_with(MARK) {
            return Some(place);
        }
        self.texts.get(place.parse::<usize>().ok()?).copied()
    }
}

fn length_bit(text: &str) -> u64 {
    1 << (text.len() % 64)
}
