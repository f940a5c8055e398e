//! The smaller parts of an event: message, user, tags, breadcrumbs, client.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use watchpost_model::{Breadcrumb, Level, Message, Sdk, Tag, UserContext};

use super::node::{Field, Node, kept};
use super::read::{
    Notes, Path, entries, facts, keep, label, list, moment, object, pairs, prose, text,
};

/// More breadcrumbs or tags than this are not even looked at; `normalize` keeps fewer still.
const ENTRIES_READ_MAX: usize = 2000;

/// A message: a text, or `{"message", "params", "formatted"}`. `formatted` stays empty when only
/// a template with arguments is known; `normalize` fills it in.
pub(super) fn message(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Message> {
    let mut message = Message::default();
    let mut formatted = None;
    match value {
        Node::Object(fields) => {
            for (key, value) in fields {
                let at = &at.key(key);
                match key {
                    "message" => message.template = prose(value, at, notes),
                    "formatted" => formatted = prose(value, at, notes),
                    "params" => message.params = params(value.into()),
                    _ if value.is_null() => {}
                    _ => notes.dropped(at, "not a field of a message"),
                }
            }
        }
        other => formatted = prose(other, at, notes),
    }
    if message.template == formatted || message.params.is_none() {
        formatted = formatted.or(message.template.take());
    }
    if message.template == formatted {
        message.template = None;
    }
    message.formatted = formatted.unwrap_or_default();
    (message != Message::default()).then_some(message)
}

fn params(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(list) => (!list.is_empty()).then_some(Value::Array(list)),
        Value::Object(map) => (!map.is_empty()).then_some(Value::Object(map)),
        scalar => Some(Value::Array(vec![scalar])),
    }
}

/// A level by name or number; one that is neither is an error, the default.
pub(super) fn level(value: &Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Level> {
    let found = match value {
        Node::Null => return None,
        Node::Number(number) => number.as_i64().map(Level::from_number),
        Node::String(name) => name.parse().ok(),
        Node::Bool(_) | Node::Array(_) | Node::Object(_) => None,
    };
    if found.is_none() {
        notes.dropped(at, "not a level");
    }
    found
}

/// The user; what is no known field is among their data.
pub(crate) fn user(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<UserContext> {
    let mut user = UserContext::default();
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "id" => user.id = label(value, at, notes),
            "username" => user.username = label(value, at, notes),
            "email" => user.email = label(value, at, notes),
            "ip_address" => user.ip_address = text(value, at, notes),
            "geo" => user.geo = kept(facts(value, "city", at, notes)),
            "data" => add(&mut user.data, facts(value, "data", at, notes)),
            _ => keep(&mut user.data, key, value),
        }
    }
    (user != UserContext::default()).then_some(user)
}

/// Tags: an object, pairs, or `{"key", "value"}` entries.
pub(super) fn tags(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut found = pairs(value, at, notes);
    if found.len() > ENTRIES_READ_MAX {
        let surplus = found.len() - ENTRIES_READ_MAX;
        notes.cut(at, format!("{surplus} tags were left out"));
        found.truncate(ENTRIES_READ_MAX);
    }
    for (key, value) in found {
        let at = &at.key(&key);
        if let Some(value) = label(value, at, notes) {
            tags.push(Tag {
                key: key.into_owned(),
                value,
            });
        }
    }
    tags
}

/// Adds facts to those that are there.
fn add<'a>(data: &mut Map<String, Value>, facts: impl Iterator<Item = Field<'a>>) {
    if data.is_empty() {
        // Sized at once, and each name hashed once.
        *data = kept(facts);
    } else {
        data.extend(kept(facts));
    }
}

/// What happened before, oldest first.
pub(super) fn breadcrumbs(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<Breadcrumb> {
    let mut found = entries(value, at, notes);
    if found.len() > ENTRIES_READ_MAX {
        let surplus = found.len() - ENTRIES_READ_MAX;
        found.drain(..surplus);
        notes.cut(
            at,
            format!("the oldest {surplus} breadcrumbs were left out"),
        );
    }
    let at = &at.key("values");
    let read = |(index, value)| breadcrumb(value, &at.index(index), notes);
    found.into_iter().enumerate().filter_map(read).collect()
}

fn breadcrumb(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Breadcrumb> {
    let mut crumb = Breadcrumb::default();
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "timestamp" => crumb.timestamp = moment(&value, at, notes),
            "type" => crumb.kind = text(value, at, notes),
            "category" => crumb.category = text(value, at, notes),
            "message" => crumb.message = prose(value, at, notes),
            "level" => crumb.level = level(&value, at, notes),
            "data" => add(&mut crumb.data, facts(value, "data", at, notes)),
            _ => keep(&mut crumb.data, key, value),
        }
    }
    Some(crumb)
}

/// The client, and those of its settings that later stages ask for.
pub(super) fn sdk<'a>(
    value: Node<'a>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> (Option<Sdk>, Option<Node<'a>>) {
    let Some(fields) = object(value, at, notes) else {
        return (None, None);
    };
    let (mut sdk, mut settings) = (Sdk::default(), None);
    for (key, value) in fields {
        let at = &at.key(key);
        match key {
            "name" => sdk.name = text(value, at, notes).unwrap_or_default(),
            "version" => sdk.version = label(value, at, notes).unwrap_or_default(),
            "settings" => settings = object(value, at, notes).map(Node::Object),
            // How the client was put together; no page shows it.
            _ => {}
        }
    }
    ((sdk != Sdk::default()).then_some(sdk), settings)
}

/// Installed packages: an object, pairs, or `{"name", "version"}` entries.
pub(crate) fn modules(
    value: Node<'_>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    for (name, version) in pairs(value, at, notes) {
        let version = label(version, &at.key(&name), notes);
        modules.insert(name.into_owned(), version.unwrap_or_default());
    }
    modules
}

/// Named groups of facts, each an object.
pub(super) fn contexts(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Map<String, Value> {
    let mut contexts = Map::new();
    for (name, value) in object(value, at, notes).unwrap_or_default() {
        let facts = kept(facts(value, "value", &at.key(name), notes));
        if !facts.is_empty() {
            contexts.insert(name.to_owned(), Value::Object(facts));
        }
    }
    contexts
}

/// The parts of a fingerprint; a text alone is one part.
pub(super) fn fingerprint(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<String> {
    let parts = match value {
        Node::String(_) => std::slice::from_ref(&value),
        other => list(other, at, notes),
    };
    let part = |(index, value): (usize, &_)| label(*value, &at.index(index), notes);
    parts.iter().enumerate().filter_map(part).collect()
}
