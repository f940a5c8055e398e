//! The cheap look at an event before its 200: is it one JSON object, and what is its id?
//! Called by the gates. What passes here parses later, without an error.

use serde_json::Value;
use watchpost_model::{EventId, Remark};

use notes::Notes;
use scan::Scanner;

mod notes;
mod number;
mod place;
mod scan;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use text::unit;

/// One JSON object, and what the gates need to know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedObject {
    /// The object as valid JSON: as it came, or repaired.
    pub json: Vec<u8>,
    /// The field `event_id`.
    pub event_id: IdField,
    /// The field `message_id`: the id in the first protocol.
    pub message_id: IdField,
    /// The field `type`, when it is a text: `transaction`, `error`, …
    pub kind: Option<String>,
    /// The field `project`, which old clients fill: a number or a text.
    pub project: Option<String>,
    /// Whether there is an exception, in the new or the old place.
    pub has_exception: bool,
    /// What was repaired.
    pub remarks: Vec<Remark>,
}

/// An id in a field that may be missing or hold nonsense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdField {
    /// Missing, null or empty: the gate draws one.
    #[default]
    Absent,
    /// An id, however it was spelled.
    Given(EventId),
    /// Something that is no id.
    Malformed,
}

/// Why bytes cannot be an event (400). The text goes to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Nothing there, or only blanks.
    #[error("the body is empty")]
    Empty,
    /// JSON, but not an object.
    #[error("the body must be a JSON object, not {found}")]
    NotAnObject {
        /// What it is: `a list`, `a string`, `a number`, `a boolean`, `null`.
        found: &'static str,
    },
    /// Not JSON, and beyond repair.
    #[error("the body is not valid JSON: {reason} at line {line} column {column}")]
    Syntax {
        /// What is wrong.
        reason: &'static str,
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
    },
}

/// Checks that `bytes` are one JSON object, and repairs what real clients get wrong: invalid
/// UTF-8, lone surrogates, `NaN`, numbers out of range, raw control characters, a byte order mark,
/// UTF-16, and nesting without end. Each repair leaves a remark.
///
/// What passes is read by `serde_json::from_slice::<serde_json::Value>` without an error. Cost:
/// one pass; a body that needs no repair is not copied.
///
/// # Errors
///
/// [`JsonError`] for everything else, with the place.
pub fn check_object(bytes: Vec<u8>) -> Result<CheckedObject, JsonError> {
    let mut notes = Notes::default();
    let text = text::to_utf8(bytes, &mut notes);
    let start = text.len() - without_mark(&text).len();
    match without_mark(&text).first() {
        None => return Err(JsonError::Empty),
        Some(b'{') => {}
        Some(first) => return Err(other_than_object(*first, &text, start)),
    }
    let scanned = Scanner::new(&text, start, notes).run();
    let scanned = scanned.map_err(|broken| syntax(broken.reason, &text, broken.offset))?;
    let json = match scanned.repaired {
        Some(repaired) => repaired,
        None => cut(text, start, scanned.end),
    };
    let mut object = CheckedObject {
        json: Vec::new(),
        event_id: IdField::Absent,
        message_id: IdField::Absent,
        kind: None,
        project: None,
        has_exception: false,
        remarks: scanned.notes.into_remarks(),
    };
    for field in scanned.fields {
        let key = json.get(field.key).unwrap_or_default();
        let value = json.get(field.value).unwrap_or_default();
        object.take(key, value);
    }
    object.json = json;
    Ok(object)
}

impl CheckedObject {
    /// Takes one field of the object; of two with one name the last counts.
    fn take(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"event_id" => self.event_id = IdField::from_json(value),
            b"message_id" => self.message_id = IdField::from_json(value),
            b"type" => self.kind = short_text(value),
            b"project" => self.project = short_text(value),
            b"exception" | b"sentry.interfaces.Exception" => self.has_exception = holds(value),
            _ => {}
        }
    }
}

impl IdField {
    /// Reads the JSON of one value.
    fn from_json(value: &[u8]) -> Self {
        if value == b"null" {
            return Self::Absent;
        }
        let text = serde_json::from_slice::<String>(value);
        text.map_or(Self::Malformed, |text| Self::from_text(&text))
    }

    /// Reads a text, in any spelling of an id.
    pub(crate) fn from_text(text: &str) -> Self {
        match text.trim() {
            "" => Self::Absent,
            text => text.parse().map_or(Self::Malformed, Self::Given),
        }
    }
}

/// A text or a number that is short enough to be a name.
fn short_text(value: &[u8]) -> Option<String> {
    const BYTES_MAX: usize = 64;
    if value.len() > BYTES_MAX {
        return None;
    }
    match serde_json::from_slice(value).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a value has something in it, be it a list or an object with `values`.
fn holds(value: &[u8]) -> bool {
    const NOTHING: [&[u8]; 6] = [
        b"null",
        b"[]",
        b"{}",
        b"\"\"",
        b"{\"values\":[]}",
        b"{\"values\":null}",
    ];
    let solid = value.iter().filter(|byte| !byte.is_ascii_whitespace());
    let start: Vec<u8> = solid.take(20).copied().collect();
    !NOTHING.contains(&start.as_slice())
}

/// What follows blanks and a byte order mark.
fn without_mark(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.trim_ascii_start()
}

/// The answer for a text that does not begin with `{`.
fn other_than_object(first: u8, text: &[u8], start: usize) -> JsonError {
    let word = text.get(start..).unwrap_or_default().trim_ascii_end();
    let found = match (first, word) {
        (b'[', _) => "a list",
        (b'"', _) => "a string",
        (b'0'..=b'9', _) | (b'-', [_, b'0'..=b'9', ..]) => "a number",
        (_, b"true" | b"false") => "a boolean",
        (_, b"null") => "null",
        _ => return syntax("expected {", text, start),
    };
    JsonError::NotAnObject { found }
}

fn syntax(reason: &'static str, text: &[u8], offset: usize) -> JsonError {
    let before = text.get(..offset).unwrap_or(text);
    let lines = before.split(|byte| *byte == b'\n');
    let last = lines.clone().next_back().unwrap_or_default();
    JsonError::Syntax {
        reason,
        line: lines.count(),
        column: last.len() + 1,
    }
}

fn cut(mut text: Vec<u8>, start: usize, end: usize) -> Vec<u8> {
    text.truncate(end);
    if start > 0 {
        text.drain(..start);
    }
    text
}
