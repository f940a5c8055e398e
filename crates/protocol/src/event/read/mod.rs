//! Taking values out of JSON that may be of any type, with a remark when they had to be bent.
//! Used by every reader of event fields, seed records included.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};
use watchpost_model::{Remark, RemarkKind, Timestamp, short_name};

use super::node::{Field, Fields, Node};

/// More remarks than this are counted, not kept: a hostile event could ask for one per byte.
const REMARKS_MAX: usize = 100;

/// Where in the event a value stands. Costs nothing until a remark prints it.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    /// The event itself.
    Root,
    /// A field of an object.
    Key(&'a Path<'a>, &'a str),
    /// An entry of a list.
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    /// The field `key` of the object at this path.
    pub(crate) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }

    /// The entry `index` of the list at this path.
    pub(crate) fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = match self {
            Path::Root => return Ok(()),
            Path::Key(parent, _) | Path::Index(parent, _) => parent,
        };
        parent.fmt(f)?;
        if !matches!(parent, Path::Root) {
            f.write_str(".")?;
        }
        match self {
            Path::Root => Ok(()),
            Path::Key(_, key) => {
                let shown = |char: char| if char.is_control() { '\u{fffd}' } else { char };
                let short = short_name(key).chars().map(shown);
                f.write_str(&short.collect::<String>())
            }
            Path::Index(_, index) => index.fmt(f),
        }
    }
}

/// The remarks of one event while it is read.
#[derive(Default)]
pub(crate) struct Notes {
    remarks: Vec<Remark>,
    left_out: usize,
}

impl Notes {
    /// The value at `at` is gone, because of `reason`.
    pub(crate) fn dropped(&mut self, at: &Path<'_>, reason: impl Into<String>) {
        self.add(at, RemarkKind::Dropped, reason.into());
    }

    /// The value at `at` was turned into something close.
    pub(crate) fn corrected(&mut self, at: &Path<'_>, reason: impl Into<String>) {
        self.add(at, RemarkKind::Corrected, reason.into());
    }

    /// Part of the value at `at` is gone, because there was too much of it.
    pub(crate) fn cut(&mut self, at: &Path<'_>, reason: impl Into<String>) {
        self.add(at, RemarkKind::Cut, reason.into());
    }

    fn add(&mut self, at: &Path<'_>, kind: RemarkKind, reason: String) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(Remark::new(at.to_string(), kind, reason));
        } else {
            self.left_out += 1;
        }
    }

    /// All remarks, the last of which says how many more there would have been.
    pub(crate) fn finish(mut self) -> Vec<Remark> {
        if self.left_out > 0 {
            let reason = format!("{} more remarks are not listed", self.left_out);
            self.remarks
                .push(Remark::new("", RemarkKind::Dropped, reason));
        }
        self.remarks
    }
}

fn name_of(value: &Node<'_>) -> &'static str {
    match value {
        Node::Null => "null",
        Node::Bool(_) => "true or false",
        Node::Number(_) => "a number",
        Node::String(_) => "a text",
        Node::Array(_) => "a list",
        Node::Object(_) => "an object",
    }
}

fn wrong(expected: &str, value: &Node<'_>) -> String {
    format!("expected {expected}, found {}", name_of(value))
}

/// Clients print "nothing" as null, `{}` or `[]`; none of them is worth a remark.
fn is_nothing(value: &Node<'_>) -> bool {
    match value {
        Node::Null => true,
        Node::Array(list) => list.is_empty(),
        Node::Object(map) => map.is_empty(),
        Node::Bool(_) | Node::Number(_) | Node::String(_) => false,
    }
}

/// A text; other scalars are printed, with a remark.
pub(crate) fn text(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<String> {
    if matches!(value, Node::Bool(_) | Node::Number(_)) {
        notes.corrected(at, wrong("a text", &value));
    }
    label(value, at, notes)
}

/// A text where numbers are as good: ids, versions, tag values.
pub(crate) fn label(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<String> {
    match value {
        Node::String(text) => Some(text.to_owned()),
        Node::Number(number) => Some(number.to_string()),
        Node::Bool(truth) => Some(truth.to_string()),
        nothing if is_nothing(&nothing) => None,
        container => {
            notes.dropped(at, wrong("a text", &container));
            None
        }
    }
}

/// A text for people: a list or an object is shown as the JSON that it is.
pub(crate) fn prose(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<String> {
    match value {
        Node::String(text) => Some(text.to_owned()),
        nothing if is_nothing(&nothing) => None,
        container @ (Node::Array(_) | Node::Object(_)) => {
            notes.corrected(at, wrong("a text", &container));
            Some(container.to_string())
        }
        scalar => label(scalar, at, notes),
    }
}

/// A text of a list of lines; null is an empty line.
pub(crate) fn lines(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<String> {
    let list = match value {
        Node::String(line) => return vec![line.to_owned()],
        other => list(other, at, notes),
    };
    let line =
        |(index, value): (usize, &_)| label(*value, &at.index(index), notes).unwrap_or_default();
    list.iter().enumerate().map(line).collect()
}

/// A whole number from 0; a numeric text will do.
pub(crate) fn count(value: &Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<u64> {
    let number = match value {
        Node::Null => return None,
        Node::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Node::String(text) => text.trim().parse().ok(),
        Node::Bool(_) | Node::Array(_) | Node::Object(_) => None,
    };
    match number {
        Some(_) if value.is_string() => notes.corrected(at, wrong("a number", value)),
        Some(_) => {}
        None if value.is_number() => notes.dropped(at, "expected a whole number, not negative"),
        None => notes.dropped(at, wrong("a number", value)),
    }
    number
}

fn whole(number: f64) -> Option<u64> {
    let fits = (0.0..9e15).contains(&number) && number.fract() == 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was just checked"
    )]
    fits.then_some(number as u64)
}

/// True or false; 0, 1 and the words will do.
pub(crate) fn truth(value: &Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<bool> {
    let found = match value {
        Node::Null => return None,
        Node::Bool(truth) => return Some(*truth),
        Node::Number(number) if number.as_u64() == Some(0) => Some(false),
        Node::Number(number) if number.as_u64() == Some(1) => Some(true),
        Node::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        Node::Number(_) | Node::Array(_) | Node::Object(_) => None,
    };
    let reason = wrong("true or false", value);
    match found {
        Some(_) => notes.corrected(at, reason),
        None => notes.dropped(at, reason),
    }
    found
}

/// An object.
pub(crate) fn object<'a>(value: Node<'a>, at: &Path<'_>, notes: &mut Notes) -> Option<Fields<'a>> {
    match value {
        Node::Object(fields) => Some(fields),
        nothing if is_nothing(&nothing) => None,
        other => {
            notes.dropped(at, wrong("an object", &other));
            None
        }
    }
}

/// The fields of an object of facts; anything else is the one of that `name`.
pub(crate) fn facts<'a>(
    value: Node<'a>,
    name: &'static str,
    at: &Path<'_>,
    notes: &mut Notes,
) -> impl Iterator<Item = Field<'a>> + use<'a> {
    let (fields, other) = match value {
        Node::Object(fields) => (fields, None),
        nothing if is_nothing(&nothing) => (Fields::default(), None),
        other => {
            notes.corrected(at, wrong("an object", &other));
            (Fields::default(), Some((name, other)))
        }
    };
    fields.into_iter().chain(other)
}

/// A list; empty when it is something else.
pub(crate) fn list<'a>(value: Node<'a>, at: &Path<'_>, notes: &mut Notes) -> &'a [Node<'a>] {
    match value {
        Node::Array(list) => list,
        nothing if is_nothing(&nothing) => &[],
        other => {
            notes.dropped(at, wrong("a list", &other));
            &[]
        }
    }
}

/// The entries of `{"values": […]}`, of a bare list, or the one entry that stands alone.
pub(crate) fn entries<'a>(value: Node<'a>, at: &Path<'_>, notes: &mut Notes) -> Vec<Node<'a>> {
    match value {
        Node::Object(fields) if fields.has("values") => {
            let values = fields.get("values").unwrap_or_default();
            list(values, &at.key("values"), notes).to_vec()
        }
        Node::Object(fields) if !fields.is_empty() => vec![value],
        other => list(other, at, notes).to_vec(),
    }
}

/// The entries of an object, a list of pairs or a list of `{"key", "value"}`, in order.
pub(crate) fn pairs<'a>(
    value: Node<'a>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Vec<(Cow<'a, str>, Node<'a>)> {
    let entries = match value {
        Node::Object(fields) => {
            let fields = fields.into_iter();
            return fields.map(|(name, value)| (name.into(), value)).collect();
        }
        other => list(other, at, notes),
    };
    let mut pairs = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let at = &at.index(index);
        match pair(*entry) {
            Ok(Some((key, value))) => {
                pairs.extend(label(key, at, notes).map(|key| (key.into(), value)));
            }
            Ok(None) => {}
            Err(()) => notes.dropped(at, wrong("a pair of key and value", entry)),
        }
    }
    pairs
}

fn pair(entry: Node<'_>) -> Result<Option<(Node<'_>, Node<'_>)>, ()> {
    match entry {
        nothing if is_nothing(&nothing) => Ok(None),
        Node::Array([key, value]) => Ok(Some((*key, *value))),
        Node::Object(fields) => {
            let key = fields.get("key").or_else(|| fields.get("name"));
            let value = fields.get("value").or_else(|| fields.get("version"));
            Ok(Some((key.ok_or(())?, value.unwrap_or_default())))
        }
        _ => Err(()),
    }
}

/// A moment: seconds since 1970 as number or text, or RFC 3339 with or without a zone.
pub(crate) fn moment(value: &Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Timestamp> {
    let found = match value {
        Node::Null => return None,
        Node::Number(number) => number.as_f64().and_then(|secs| epoch(secs, at, notes)),
        Node::String(text) => match text.trim().parse() {
            Ok(secs) => epoch(secs, at, notes),
            Err(_) => Timestamp::parse_rfc3339(text),
        },
        Node::Bool(_) | Node::Array(_) | Node::Object(_) => None,
    };
    if found.is_none() {
        notes.dropped(at, "not a moment in time");
    }
    found
}

/// No clock of today counts seconds that high (year 5138): these are milli-, micro- or nanoseconds.
const EPOCH_SECS_MAX: f64 = 1e11;

fn epoch(secs: f64, at: &Path<'_>, notes: &mut Notes) -> Option<Timestamp> {
    let scale = [1.0, 1e3, 1e6, 1e9].into_iter();
    let divisor = scale
        .into_iter()
        .find(|divisor| (secs / divisor).abs() < EPOCH_SECS_MAX)?;
    if divisor > 1.0 {
        notes.corrected(at, "expected seconds since 1970, found a finer unit");
    }
    Timestamp::from_secs_f64(secs / divisor)
}

/// Puts a field that nobody knows where it is shown as it came, unless it says nothing.
pub(crate) fn keep(other: &mut Map<String, Value>, key: &str, value: Node<'_>) {
    if !is_nothing(&value) {
        other.insert(key.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests;
