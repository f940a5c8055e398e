//! JSON of an event while it is read: texts are borrowed from the spool's bytes, lists and objects
//! lie in one arena. So nothing is hashed, only what is kept is copied, and the rest is given back
//! at once.

use std::collections::{HashMap, HashSet};
use std::fmt;

use bumpalo::Bump;
use serde_json::{Map, Number, Value};

use super::tree::Tree;

/// A value of JSON, of any type.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Node<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(&'a Number),
    /// A text; in the arena only when it had escapes.
    String(&'a str),
    /// A list.
    Array(&'a [Node<'a>]),
    /// An object.
    Object(Fields<'a>),
}

/// A name and its value.
pub(crate) type Field<'a> = (&'a str, Node<'a>);

/// The fields of an object in their order, each name once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fields<'a>(&'a [Field<'a>]);

/// Reads one value, which must be all of `json`; what it needs room for is put into `arena`.
pub(crate) fn read<'a>(json: &'a [u8], arena: &'a Bump) -> Result<Node<'a>, serde_json::Error> {
    let text = std::str::from_utf8(json).ok();
    if let Some(node) = text.and_then(|text| Tree::new(text, arena).read()) {
        return Ok(node);
    }
    Ok(Node::of(&serde_json::from_slice(json)?, arena))
}

impl<'a> Node<'a> {
    /// The same as a value of `serde_json`.
    fn of(value: &Value, arena: &'a Bump) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(arena.alloc(number.clone())),
            Value::String(text) => Self::String(arena.alloc_str(text)),
            Value::Array(list) => {
                let list: Vec<_> = list.iter().map(|value| Self::of(value, arena)).collect();
                Self::Array(arena.alloc_slice_copy(&list))
            }
            Value::Object(map) => {
                let field = |(name, value): (&String, _)| {
                    let name: &str = arena.alloc_str(name);
                    (name, Self::of(value, arena))
                };
                let fields: Vec<_> = map.iter().map(field).collect();
                Self::Object(Fields::of(&fields, arena))
            }
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(crate) fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self, Self::Array(_))
    }

    /// The text, if it is one.
    pub(crate) fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The field of that name, if it is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<Self> {
        match self {
            Self::Object(fields) => fields.get(name),
            _ => None,
        }
    }
}

impl<'a> Fields<'a> {
    /// A copy in the arena. Of fields with one name the first keeps its place and the last its
    /// value.
    pub(super) fn of(fields: &[Field<'a>], arena: &'a Bump) -> Self {
        if !has_duplicates(fields) {
            return Self(arena.alloc_slice_copy(fields));
        }
        let mut places = HashMap::new();
        let mut kept: Vec<Field<'a>> = Vec::new();
        for (name, value) in fields {
            let place = *places.entry(*name).or_insert(kept.len());
            match kept.get_mut(place) {
                Some((_, earlier)) => *earlier = *value,
                None => kept.push((name, *value)),
            }
        }
        Self(arena.alloc_slice_copy(&kept))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(name, _)| *name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|other| other == name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Node<'a>> {
        let field = self.0.iter().find(|(other, _)| *other == name);
        field.map(|(_, value)| *value)
    }
}

/// Up to so many names are compared each with each, which is quicker than hashing them.
const COMPARED_MAX: usize = 24;

fn has_duplicates(fields: &[Field<'_>]) -> bool {
    if fields.len() > COMPARED_MAX {
        let names = fields.iter().map(|(name, _)| *name);
        return names.collect::<HashSet<_>>().len() < fields.len();
    }
    let mut rest = fields;
    while let [(name, _), later @ ..] = rest {
        if later.iter().any(|(other, _)| other == name) {
            return true;
        }
        rest = later;
    }
    false
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = Field<'a>;
    type IntoIter = std::iter::Copied<std::slice::Iter<'a, Field<'a>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().copied()
    }
}

/// Fields as they are kept.
pub(crate) fn kept<'a>(fields: impl IntoIterator<Item = Field<'a>>) -> Map<String, Value> {
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

impl From<Node<'_>> for Value {
    fn from(node: Node<'_>) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Bool(truth) => Self::Bool(truth),
            Node::Number(number) => Self::Number(number.clone()),
            Node::String(text) => Self::String(text.to_owned()),
            Node::Array(list) => list.iter().copied().map(Self::from).collect(),
            Node::Object(fields) => Self::Object(kept(fields)),
        }
    }
}

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::from(*self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `serde_json` makes of the same bytes; as text, because the order of the fields counts.
    #[track_caller]
    fn check(json: &[u8]) {
        let expect = serde_json::from_slice::<Value>(json);
        let expect = expect.map(|value| value.to_string());
        let got = read(json, &Bump::new()).map(|node| node.to_string());
        let told = |result: Result<String, serde_json::Error>| result.map_err(|e| e.to_string());
        let shown = String::from_utf8_lossy(json);
        assert_eq!(told(got), told(expect), "{shown}");
    }

    const EVERYTHING: &str = r#" {"a": [null, true, false,-1, 0, -0, 18446744073709551615,
        999999999999999999, 1000000000000000000, 1.5e3, 1E-7, "\u00e4\uD83d\uDCa5", "\"\\\/\b",
        "\f\n\r\t", "größe 💥", "", [], {}, [[{"b" :{"": "\u0000"}}]]],
        "\n": {} , "long enough for more than one word of eight bytes": "the same \n twice"} "#;

    #[test]
    fn it_reads_what_serde_json_reads() {
        check(EVERYTHING.as_bytes());
        assert!(Tree::new(EVERYTHING, &Bump::new()).read().is_some());
        check(format!("[{}]", "9".repeat(300)).as_bytes());
        for depth in [127, 128] {
            check(format!("{}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
        }
        for text in [
            "",
            " ",
            "nul",
            "nulls",
            "{} x",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{1:2}",
            "01",
            "-",
            "+1",
            "1.",
            ".5",
            "1e",
            "1e999",
            "--1",
            "0x1",
            "\"a",
            "\"\\",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\\u+123\"",
            "\"\n\"",
            "[",
            "{",
            "]",
            "\u{a0}1",
            "1 2",
            "\u{feff}{}",
            "tru e",
            "{\"a\":}",
            "[1 2]",
            "{\"a\":1]",
            "[1}",
        ] {
            check(text.as_bytes());
        }
        check(&[b'"', 0xff, b'"']);
    }

    #[test]
    fn it_refuses_what_serde_json_refuses() {
        let json = EVERYTHING.as_bytes();
        for place in 0..json.len() {
            check(&json[..place]);
            for byte in *b"\"\\{}[],:0-+.e u\0\xff\n" {
                let mut changed = json.to_vec();
                changed[place] = byte;
                check(&changed);
            }
        }
    }

    #[test]
    fn i16_the_first_of_two_fields_keeps_its_place_the_last_its_value() {
        check(br#"{"a": 1, "b": 2, "a": {"b": 1, "b": 2}, "\u0062": 3}"#);
        let many: Vec<_> = (0..100).map(|n| format!("\"k{}\": {n}", n % 70)).collect();
        check(format!("{{{}}}", many.join(", ")).as_bytes());
    }
}
