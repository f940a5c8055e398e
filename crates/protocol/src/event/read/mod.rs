//! Taking values out of JSON that may be of any type, with a remark when they had to be bent.
//! Used by every reader of event fields, seed records included.

use std::fmt;

use serde_json::{Map, Value};
use watchpost_model::{Remark, RemarkKind, Timestamp};

/// More remarks than this are counted, not kept: a hostile event could ask for one per byte.
const REMARKS_MAX: usize = 100;

/// More characters of a key than this do not help to find it.
const PATH_KEY_CHARS_MAX: usize = 60;

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
                let short = key.chars().take(PATH_KEY_CHARS_MAX).map(shown);
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

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn wrong(expected: &str, value: &Value) -> String {
    format!("expected {expected}, found {}", name_of(value))
}

/// Clients print "nothing" as null, `{}` or `[]`; none of them is worth a remark.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A text; other scalars are printed, with a remark.
pub(crate) fn text(value: Value, at: &Path<'_>, notes: &mut Notes) -> Option<String> {
    if matches!(value, Value::Bool(_) | Value::Number(_)) {
        notes.corrected(at, wrong("a text", &value));
    }
    label(value, at, notes)
}

/// A text where numbers are as good: ids, versions, tag values.
pub(crate) fn label(value: Value, at: &Path<'_>, notes: &mut Notes) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        nothing if is_nothing(&nothing) => None,
        container => {
            notes.dropped(at, wrong("a text", &container));
            None
        }
    }
}

/// A text for people: a list or an object is shown as the JSON that it is.
pub(crate) fn prose(value: Value, at: &Path<'_>, notes: &mut Notes) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        nothing if is_nothing(&nothing) => None,
        container @ (Value::Array(_) | Value::Object(_)) => {
            notes.corrected(at, wrong("a text", &container));
            Some(container.to_string())
        }
        scalar => label(scalar, at, notes),
    }
}

/// A text of a list of lines; null is an empty line.
pub(crate) fn lines(value: Value, at: &Path<'_>, notes: &mut Notes) -> Vec<String> {
    let list = match value {
        Value::String(line) => return vec![line],
        other => list(other, at, notes),
    };
    let line = |(index, value)| label(value, &at.index(index), notes).unwrap_or_default();
    list.into_iter().enumerate().map(line).collect()
}

/// A whole number from 0; a numeric text will do.
pub(crate) fn count(value: &Value, at: &Path<'_>, notes: &mut Notes) -> Option<u64> {
    let number = match value {
        Value::Null => return None,
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
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
pub(crate) fn truth(value: &Value, at: &Path<'_>, notes: &mut Notes) -> Option<bool> {
    let found = match value {
        Value::Null => return None,
        Value::Bool(truth) => return Some(*truth),
        Value::Number(number) if number.as_u64() == Some(0) => Some(false),
        Value::Number(number) if number.as_u64() == Some(1) => Some(true),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let reason = wrong("true or false", value);
    match found {
        Some(_) => notes.corrected(at, reason),
        None => notes.dropped(at, reason),
    }
    found
}

/// An object.
pub(crate) fn object(value: Value, at: &Path<'_>, notes: &mut Notes) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        nothing if is_nothing(&nothing) => None,
        other => {
            notes.dropped(at, wrong("an object", &other));
            None
        }
    }
}

/// An object of facts; anything else is kept in one under `name`.
pub(crate) fn facts(
    value: Value,
    name: &str,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        nothing if is_nothing(&nothing) => Map::new(),
        other => {
            notes.corrected(at, wrong("an object", &other));
            Map::from_iter([(name.to_owned(), other)])
        }
    }
}

/// A list; empty when it is something else.
pub(crate) fn list(value: Value, at: &Path<'_>, notes: &mut Notes) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        nothing if is_nothing(&nothing) => Vec::new(),
        other => {
            notes.dropped(at, wrong("a list", &other));
            Vec::new()
        }
    }
}

/// The entries of `{"values": […]}`, of a bare list, or the one entry that stands alone.
pub(crate) fn entries(value: Value, at: &Path<'_>, notes: &mut Notes) -> Vec<Value> {
    match value {
        Value::Object(mut map) if map.contains_key("values") => {
            let values = map.remove("values").unwrap_or_default();
            list(values, &at.key("values"), notes)
        }
        Value::Object(map) if !map.is_empty() => vec![Value::Object(map)],
        other => list(other, at, notes),
    }
}

/// The entries of an object, a list of pairs or a list of `{"key", "value"}`, in order.
pub(crate) fn pairs(value: Value, at: &Path<'_>, notes: &mut Notes) -> Vec<(String, Value)> {
    let entries = match value {
        Value::Object(map) => return map.into_iter().collect(),
        other => list(other, at, notes),
    };
    let mut pairs = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let at = &at.index(index);
        match pair(entry) {
            Ok(Some((key, value))) => pairs.extend(label(key, at, notes).map(|key| (key, value))),
            Ok(None) => {}
            Err(entry) => notes.dropped(at, wrong("a pair of key and value", &entry)),
        }
    }
    pairs
}

fn pair(entry: Value) -> Result<Option<(Value, Value)>, Value> {
    match entry {
        nothing if is_nothing(&nothing) => Ok(None),
        Value::Array(list) => match <[Value; 2]>::try_from(list) {
            Ok([key, value]) => Ok(Some((key, value))),
            Err(list) => Err(Value::Array(list)),
        },
        Value::Object(mut map) => {
            let key = map.remove("key").or_else(|| map.remove("name"));
            let value = map.remove("value").or_else(|| map.remove("version"));
            let Some(key) = key else {
                return Err(Value::Object(map));
            };
            Ok(Some((key, value.unwrap_or_default())))
        }
        other => Err(other),
    }
}

/// A moment: seconds since 1970 as number or text, or RFC 3339 with or without a zone.
pub(crate) fn moment(value: &Value, at: &Path<'_>, notes: &mut Notes) -> Option<Timestamp> {
    let found = match value {
        Value::Null => return None,
        Value::Number(number) => number.as_f64().and_then(|secs| epoch(secs, at, notes)),
        Value::String(text) => match text.trim().parse() {
            Ok(secs) => epoch(secs, at, notes),
            Err(_) => Timestamp::parse_rfc3339(text),
        },
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
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
pub(crate) fn keep(other: &mut Map<String, Value>, key: String, value: Value) {
    if !is_nothing(&value) {
        other.insert(key, value);
    }
}

#[cfg(test)]
mod tests;
