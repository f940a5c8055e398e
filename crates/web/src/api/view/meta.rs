//! `_meta` of an event: what was corrected or cut, at the place where the API shows the value.
//! A mirror of the payload whose leaves have the name "", as Sentry writes it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use watchpost_model::{ClockFault, Event, Remark, RemarkDetail, RemarkKind};

/// Names inside each other that a path is taken apart into. Keys come from clients, so that a
/// path may have any number of dots.
const DEPTH_MAX: usize = 16;

/// A value, and the values in it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Meta {
    #[serde(rename = "", skip_serializing_if = "Option::is_none")]
    own: Option<Leaf>,
    #[serde(flatten)]
    inner: BTreeMap<String, Meta>,
}

/// What was done to one value.
#[derive(Debug, Default, Serialize)]
struct Leaf {
    /// Rules that took something away, and how.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rem: Vec<(&'static str, &'static str)>,
    /// What was wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    err: Vec<(&'static str, Map<String, Value>)>,
    /// How long it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    len: Option<u64>,
}

impl Meta {
    /// The remarks of an event, whose parts are shown as entries of these types, in order, and
    /// whose tags have these keys.
    pub(super) fn of(event: &Event, entries: &[&str], tags: &[&str]) -> Self {
        let mut root = Self::default();
        for remark in &event.remarks {
            let mut place = &mut root;
            for step in steps(&remark.path, event, entries, tags) {
                place = place.inner.entry(step).or_default();
            }
            place.own.get_or_insert_default().add(remark);
        }
        root
    }
}

impl Leaf {
    fn add(&mut self, remark: &Remark) {
        match remark.kind {
            RemarkKind::Cut => self.rem.push(("!limit", "s")),
            RemarkKind::Scrubbed => self.rem.push(("@scrubbing", "s")),
            RemarkKind::Dropped | RemarkKind::Corrected => {
                self.err.push((kind(remark), facts(remark)));
            }
        }
        if let Some(RemarkDetail::Length(length)) = remark.detail {
            self.len = Some(length);
        }
    }
}

/// What Sentry calls such a fault.
pub(super) fn kind(remark: &Remark) -> &'static str {
    match (remark.detail, remark.kind) {
        (Some(RemarkDetail::Moved { fault, .. }), _) => match fault {
            ClockFault::Drift => "clock_drift",
            ClockFault::Future => "future_timestamp",
            ClockFault::Past => "past_timestamp",
        },
        (_, RemarkKind::Dropped) => "invalid_data",
        (_, RemarkKind::Corrected) => "value_corrected",
        (_, RemarkKind::Cut) => "value_too_long",
        (_, RemarkKind::Scrubbed) => "scrubbed",
    }
}

/// What a program may want to know about it.
pub(super) fn facts(remark: &Remark) -> Map<String, Value> {
    let mut facts = Map::new();
    facts.insert("reason".to_owned(), remark.reason.as_str().into());
    if let Some(RemarkDetail::Moved { client, server, .. }) = remark.detail {
        facts.insert("sdk_time".to_owned(), json!(client));
        facts.insert("server_time".to_owned(), json!(server));
    }
    facts
}

/// The names that lead to a value in the API's event.
fn steps(path: &str, event: &Event, entries: &[&str], tags: &[&str]) -> Vec<String> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let entry = entry_type(first);
    let mut steps = Vec::new();
    if path.is_empty() {
        return steps;
    }
    if let Some(place) = entries.iter().position(|kind| Some(*kind) == entry) {
        steps.extend(["entries".to_owned(), place.to_string(), "data".to_owned()]);
    } else {
        steps.push(
            match first {
                "extra" => "context",
                "modules" => "packages",
                other => other,
            }
            .to_owned(),
        );
    }
    match first {
        "tags" => match tags.iter().position(|key| *key == rest) {
            Some(place) => steps.extend([place.to_string(), "value".to_owned()]),
            None => steps.extend((!rest.is_empty()).then(|| rest.to_owned())),
        },
        // Names of facts have dots of their own.
        "extra" if event.extra.contains_key(rest) => steps.push(rest.to_owned()),
        _ => {
            let rest = rest.splitn(DEPTH_MAX, '.').filter(|step| !step.is_empty());
            steps.extend(rest.map(str::to_owned));
        }
    }
    if entry == Some("request") {
        rename(&mut steps, "query_string", "query");
    }
    steps
}

fn rename(steps: &mut [String], from: &str, to: &str) {
    if let Some(step) = steps.iter_mut().find(|step| *step == from) {
        to.clone_into(step);
    }
}

/// The type of the entry that shows a field.
fn entry_type(field: &str) -> Option<&str> {
    match field {
        "logentry" => Some("message"),
        "exception" | "stacktrace" | "template" | "request" | "breadcrumbs" | "threads" => {
            Some(field)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::{EventId, Timestamp};

    use super::*;

    fn check(path: &str, kind: RemarkKind, detail: Option<RemarkDetail>, expect: &Value) {
        let mut event = Event::empty(EventId(1), Timestamp::from_secs(0));
        event.extra.insert("sys.argv".to_owned(), json!([]));
        let remark = Remark::new(path, kind, "why");
        event.remarks.push(Remark { detail, ..remark });
        let meta = Meta::of(&event, &["exception", "message", "request"], &["a", "b.c"]);
        assert_eq!(serde_json::to_value(meta).unwrap(), *expect, "{path}");
    }

    #[test]
    fn remarks_are_where_the_api_shows_the_value() {
        let cut = RemarkKind::Cut;
        let long = Some(RemarkDetail::Length(9000));
        let leaf = json!({"": {"rem": [["!limit", "s"]], "len": 9000}});
        let at =
            |place: usize, data: Value| json!({"entries": {place.to_string(): {"data": data}}});
        check(
            "logentry.formatted",
            cut,
            long,
            &at(1, json!({"formatted": leaf})),
        );
        let value = json!({"values": {"0": {"value": leaf}}});
        check("exception.values.0.value", cut, long, &at(0, value));
        check(
            "request.query_string",
            cut,
            long,
            &at(2, json!({"query": leaf})),
        );
        check(
            "extra.sys.argv",
            cut,
            long,
            &json!({"context": {"sys.argv": leaf}}),
        );
        check("modules", cut, long, &json!({"packages": leaf}));
        check(
            "tags.b.c",
            cut,
            long,
            &json!({"tags": {"1": {"value": leaf}}}),
        );
        check("tags.x.y", cut, long, &json!({"tags": {"x.y": leaf}}));
        check(
            "threads.values",
            cut,
            long,
            &json!({"threads": {"values": leaf}}),
        );
        check("", cut, long, &leaf);
    }

    #[test]
    fn errors_say_why() {
        let error = json!({"": {"err": [["invalid_data", {"reason": "why"}]]}});
        check(
            "release",
            RemarkKind::Dropped,
            None,
            &json!({"release": error}),
        );
        let moved = RemarkDetail::Moved {
            fault: ClockFault::Drift,
            client: Timestamp::from_secs(0),
            server: Timestamp::from_secs(7200),
        };
        let times = json!({"reason": "why", "sdk_time": "1970-01-01T00:00:00Z",
                           "server_time": "1970-01-01T02:00:00Z"});
        let drift = json!({"timestamp": {"": {"err": [["clock_drift", times]]}}});
        check("timestamp", RemarkKind::Corrected, Some(moved), &drift);
    }

    #[test]
    fn a_path_of_many_dots_is_not_followed() {
        let mut event = Event::empty(EventId(1), Timestamp::from_secs(0));
        let path = format!("contexts{}", ".a".repeat(10_000));
        event
            .remarks
            .push(Remark::new(path, RemarkKind::Cut, "why"));
        let meta = serde_json::to_value(Meta::of(&event, &[], &[])).unwrap();
        let mut depth = 0;
        let mut value = &meta;
        while let Some(inner) = value.as_object().and_then(|map| map.values().next()) {
            value = inner;
            depth += 1;
        }
        assert!(depth < 20, "{depth}");
    }
}
