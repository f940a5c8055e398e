//! JSON of an event while it is read: texts are borrowed from the spool's bytes and objects are
//! lists, so that nothing is hashed and only what is kept is copied. Half the cost of parsing was
//! the building of `serde_json::Value`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A value of JSON, of any type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Node<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text; owned only when it had escapes.
    String(Cow<'a, str>),
    /// A list.
    Array(Vec<Node<'a>>),
    /// An object.
    Object(Fields<'a>),
}

/// The fields of an object in their order, each name once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

/// Reads one value, which must be all of `json`.
pub(crate) fn read(json: &[u8]) -> Result<Node<'_>, serde_json::Error> {
    match std::str::from_utf8(json) {
        // Checked once here, and not once more for each text in it.
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(json),
    }
}

impl Node<'_> {
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
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The field of that name, if it is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(name),
            _ => None,
        }
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|other| other == name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node<'a>> {
        let mut fields = self.0.iter();
        let field = fields.find(|(other, _)| other == name);
        field.map(|(_, value)| value)
    }

    /// Takes a field out, as if it had not been there.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Node<'a>> {
        let place = self.names().position(|other| other == name)?;
        Some(self.0.remove(place).1)
    }

    /// Of fields with one name the first keeps its place and the last its value.
    fn unique(fields: Vec<(Cow<'a, str>, Node<'a>)>) -> Self {
        if !has_duplicates(&fields) {
            return Self(fields);
        }
        let mut places = HashMap::new();
        let mut kept: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        for (name, value) in fields {
            let place = *places.entry(name.clone()).or_insert(kept.len());
            match kept.get_mut(place) {
                Some((_, earlier)) => *earlier = value,
                None => kept.push((name, value)),
            }
        }
        Self(kept)
    }
}

/// Up to so many names are compared each with each, which is quicker than hashing them.
const COMPARED_MAX: usize = 24;

fn has_duplicates(fields: &[(Cow<'_, str>, Node<'_>)]) -> bool {
    if fields.len() > COMPARED_MAX {
        let names = fields.iter().map(|(name, _)| &**name);
        return names.collect::<std::collections::HashSet<_>>().len() < fields.len();
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
    type Item = (Cow<'a, str>, Node<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Node<'a>)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Node<'a>)>>(fields: I) -> Self {
        Self::unique(fields.into_iter().collect())
    }
}

impl From<Fields<'_>> for Map<String, Value> {
    fn from(fields: Fields<'_>) -> Self {
        let fields = fields.into_iter();
        fields
            .map(|(name, value)| (name.into_owned(), value.into()))
            .collect()
    }
}

impl From<Node<'_>> for Value {
    fn from(node: Node<'_>) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Bool(truth) => Self::Bool(truth),
            Node::Number(number) => Self::Number(number),
            Node::String(text) => Self::String(text.into_owned()),
            Node::Array(list) => list.into_iter().map(Self::from).collect(),
            Node::Object(fields) => Self::Object(fields.into()),
        }
    }
}

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::from(self.clone()).fmt(f)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

/// Room for the fields of most objects; a frame has some more.
const OBJECT_CAPACITY: usize = 8;

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node<'de>, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Node<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Node::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node<'de>, A::Error> {
        let mut fields = Vec::with_capacity(OBJECT_CAPACITY);
        while let Some((Name(name), value)) = entries.next_entry()? {
            fields.push((name, value));
        }
        Ok(Node::Object(Fields::unique(fields)))
    }
}

/// The name of a field, borrowed when it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `serde_json` makes of the same bytes.
    fn check(json: &str) {
        let expect: Value = serde_json::from_str(json).unwrap();
        let got = Value::from(read(json.as_bytes()).unwrap());
        // As text, because the order of the fields counts too.
        assert_eq!(got.to_string(), expect.to_string(), "{json}");
    }

    #[test]
    fn it_reads_what_serde_json_reads() {
        check(r#"{"a": [null, true, -1, 18446744073709551615, 1.5e3, "ä\n\u00e9"], "\n": {}}"#);
        check(&format!("[{}]", "9".repeat(300)));
        assert!(read(&[b'"', 0xff, b'"']).is_err());
        assert!(read("[".repeat(1000).as_bytes()).is_err());
        assert!(read(b"{} x").is_err());
    }

    #[test]
    fn i16_the_first_of_two_fields_keeps_its_place_the_last_its_value() {
        check(r#"{"a": 1, "b": 2, "a": {"b": 1, "b": 2}, "\u0062": 3}"#);
        let many: Vec<_> = (0..100).map(|n| format!("\"k{}\": {n}", n % 70)).collect();
        check(&format!("{{{}}}", many.join(", ")));
    }
}
