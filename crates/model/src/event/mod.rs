//! One event, as it is stored: the shape that the digest makes of every client's words.
//!
//! The serialised form follows Sentry's event payload (`exception.values[].stacktrace.frames[]`),
//! so that the raw JSON on a page reads like what SDK authors know. It is the archive's format:
//! fields may be added with a default, never renamed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{EventId, Level, Remark, Timestamp};

mod request;
mod stack;

pub use request::{Request, UserContext};
pub use stack::{Exception, Frame, Mechanism, Stacktrace, TemplateSource, Thread, Variable};

/// One report of something that happened in an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, made by the client or at the gate.
    pub event_id: EventId,
    /// When it happened, by the client's clock within bounds.
    pub timestamp: Timestamp,
    /// When it was accepted, by ours.
    pub received: Timestamp,
    /// How bad.
    #[serde(default)]
    pub level: Level,
    /// One of the known platforms, or `other`.
    #[serde(default)]
    pub platform: String,
    /// Who reported it; `root` for a record of the first protocol that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logger: Option<String>,
    /// The text, when the event has one of its own.
    #[serde(default, rename = "logentry", skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// Chained exceptions, the innermost cause first, what was caught last.
    #[serde(
        default,
        rename = "exception",
        with = "values",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exceptions: Vec<Exception>,
    /// Threads at the time, when the client sent them.
    #[serde(default, with = "values", skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<Thread>,
    /// A stack that belongs to no exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacktrace: Option<Stacktrace>,
    /// A template that failed, with the lines around.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateSource>,
    /// The place, as the client named it: the view of 2010, or `culprit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub culprit: Option<String>,
    /// The route, task or page that was running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// The site of a multi-site application (first protocol).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The version of the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Where it runs: `production`, `staging`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Which build of the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dist: Option<String>,
    /// The HTTP request that was being answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// Who was using the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserContext>,
    /// Short key-value pairs to filter by, each key once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Installed packages and their versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub modules: BTreeMap<String, String>,
    /// Named groups of facts: `os`, `runtime`, `browser`, …
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub contexts: Map<String, Value>,
    /// Whatever the application added.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
    /// What happened before, oldest first.
    #[serde(default, with = "values", skip_serializing_if = "Vec::is_empty")]
    pub breadcrumbs: Vec<Breadcrumb>,
    /// The client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<Sdk>,
    /// Grouping asked for by the client; empty means the default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fingerprint: Vec<String>,
    /// Grouping asked for by a client of 2010: decides alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// What only records of the first protocol have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<SeedRecord>,
    /// Fields that no current page knows, kept as they came.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub other: Map<String, Value>,
    /// What was corrected, cut or dropped on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
}

impl Event {
    /// An event with nothing in it yet but its id and times.
    pub fn empty(event_id: EventId, received: Timestamp) -> Self {
        Self {
            event_id,
            timestamp: received,
            received,
            level: Level::default(),
            platform: "other".to_owned(),
            logger: None,
            message: None,
            exceptions: Vec::new(),
            threads: Vec::new(),
            stacktrace: None,
            template: None,
            culprit: None,
            transaction: None,
            server_name: None,
            site: None,
            release: None,
            environment: None,
            dist: None,
            request: None,
            user: None,
            tags: Vec::new(),
            modules: BTreeMap::new(),
            contexts: Map::new(),
            extra: Map::new(),
            breadcrumbs: Vec::new(),
            sdk: None,
            fingerprint: Vec::new(),
            checksum: None,
            seed: None,
            other: Map::new(),
            remarks: Vec::new(),
        }
    }

    /// The value of the tag `key`.
    pub fn tag(&self, key: &str) -> Option<&str> {
        let tag = self.tags.iter().find(|tag| tag.key == key)?;
        Some(&tag.value)
    }
}

/// The text of an event, before and after its arguments were filled in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// What people read.
    pub formatted: String,
    /// The text before formatting, when it differs: `There was some %s error`.
    #[serde(default, rename = "message", skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The arguments: a list or an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Value>,
}

/// A key-value pair to filter by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// `[a-zA-Z0-9_.:-]`, up to 200 characters.
    pub key: String,
    /// One line, up to 200 characters.
    pub value: String,
}

/// Something that happened before the event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Breadcrumb {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// `default`, `http`, `navigation`, …
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `auth`, `console`, `httplib`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Facts.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

/// The client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sdk {
    /// `sentry.python`, `raven-node`, …
    #[serde(default)]
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
}

/// What only records of the first protocol have. Grouping needs it to the letter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeedRecord {
    /// The level as a number, unrounded: the original hashed its digits.
    pub level: i64,
    /// The exception's class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_name: Option<String>,
    /// The text of the traceback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceback: Option<String>,
    /// The message as it came, which may differ from the shown one by its first line only.
    #[serde(default)]
    pub message: String,
    /// Module and version of the package that the view belongs to: the "shop 2.4.1" tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<(String, String)>,
    /// `module` and `function` of each frame, when the record is of 1.10 or later: its checksum
    /// is over these instead of the traceback.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frame_names: Vec<(String, String)>,
}

/// `{"values": […]}`, the form in which Sentry's payload carries its lists.
mod values {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    struct Owned<T> {
        #[serde(default = "Vec::new")]
        values: Vec<T>,
    }

    #[derive(Serialize)]
    struct Borrowed<'a, T> {
        values: &'a [T],
    }

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Borrowed { values }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        Ok(Owned::deserialize(deserializer)?.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back_what_was_written() {
        let mut event = Event::empty(EventId(7), Timestamp::from_secs(1_700_000_000));
        event.exceptions.push(Exception {
            kind: Some("KeyError".into()),
            stacktrace: Some(Stacktrace {
                frames: vec![Frame {
                    function: Some("f".into()),
                    vars: vec![Variable {
                        name: "x".into(),
                        value: Value::Null,
                    }],
                    ..Frame::default()
                }],
                ..Stacktrace::default()
            }),
            ..Exception::default()
        });
        let text = serde_json::to_string(&event).unwrap();
        assert!(
            text.contains(r#""exception":{"values":[{"type":"KeyError""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
}
