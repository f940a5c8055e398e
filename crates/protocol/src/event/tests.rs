//! What comes out of what clients send: recorded events against expected files, and tables of
//! odd fields.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use watchpost_model::{Event, EventId, KeyId, ProjectId, Receipt, Timestamp, WireFormat};

use super::*;

fn receipt(format: WireFormat, sdk: Option<&str>) -> Receipt {
    Receipt {
        project: ProjectId(1),
        key: KeyId(1),
        event: EventId(7),
        received: Timestamp::parse_rfc3339("2026-11-22T16:00:00Z").unwrap(),
        format,
        client_ip: Some("203.0.113.7".into()),
        sdk: sdk.map(str::to_owned),
        user_agent: None,
        sent_at: None,
    }
}

fn read(value: &Value) -> Event {
    let receipt = receipt(WireFormat::Event, None);
    parse(&receipt, value.to_string().as_bytes()).unwrap()
}

/// The event as it is stored, without what every event has, and `path: reason` of each remark.
fn shown(event: &Event) -> (Value, Vec<String>) {
    let mut value = serde_json::to_value(event).unwrap();
    let fields = value.as_object_mut().unwrap();
    for (name, default) in [("level", json!("error")), ("platform", json!("other"))] {
        if fields.get(name) == Some(&default) {
            fields.remove(name);
        }
    }
    if fields.get("timestamp") == fields.get("received") {
        fields.remove("timestamp");
    }
    for name in ["event_id", "received", "remarks"] {
        fields.remove(name);
    }
    let remark = |remark: &watchpost_model::Remark| format!("{}: {}", remark.path, remark.reason);
    (value, event.remarks.iter().map(remark).collect())
}

fn check(input: Value, expect: Value, remarks: &[&str]) {
    let event = read(&input);
    let (got, notes) = shown(&event);
    assert_eq!(got, expect, "{input}");
    assert_eq!(notes, remarks, "{input}");
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Compares with the file at `path`. When they differ, writes what came out beside it.
fn differs(path: &Path, got: &str) -> bool {
    let expect = fs::read_to_string(path).unwrap_or_default();
    let new = path.with_extension("json.new");
    if got == expect {
        let _ = fs::remove_file(new);
        return false;
    }
    fs::write(&new, got).unwrap();
    true
}

#[test]
fn recorded_events_of_real_clients_read_as_expected() {
    let (mut seen, mut different) = (0, Vec::new());
    for client in fs::read_dir(fixtures()).unwrap() {
        let Ok(cases) = fs::read_dir(client.unwrap().path()) else {
            continue;
        };
        for case in cases {
            let path = case.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let Ok(Value::Object(recording)) = serde_json::from_str(&text) else {
                continue;
            };
            let Some(record) = recording.get("event") else {
                continue;
            };
            let receipt = receipt(WireFormat::Event, recording["sdk"].as_str());
            let event = parse(&receipt, record.to_string().as_bytes()).unwrap();
            let got = serde_json::to_string_pretty(&event).unwrap() + "\n";
            let expect = path.with_extension("expect.json");
            if differs(&expect, &got) {
                different.push(expect);
            }
            seen += 1;
        }
    }
    assert!(seen >= 28, "only {seen} recordings found");
    let hint = "look at the file ending in .new beside each, move it there when it is right";
    assert!(different.is_empty(), "{different:#?} differ; {hint}");
}

#[test]
fn what_is_no_event_is_an_error() {
    let receipt = receipt(WireFormat::Event, None);
    for text in ["[1]", "\"x\"", "5", "null"] {
        let got = parse(&receipt, text.as_bytes());
        assert!(matches!(got, Err(EventError::NotAnObject)), "{text}");
    }
    for text in ["", "{", "{} x", &"[".repeat(1_000_000)] {
        let got = parse(&receipt, text.as_bytes());
        assert!(matches!(got, Err(EventError::Json(_))), "{text:.9}");
    }
}

#[test]
fn id_and_receipt_are_the_gates_word() {
    let event = read(&json!({"event_id": "f".repeat(32), "received": 5, "project": 9}));
    assert_eq!(event, Event::empty(EventId(7), event.received));
}

#[test]
fn i16_every_field_of_every_wrong_type_leaves_an_event() {
    let names = [
        "event_id",
        "timestamp",
        "level",
        "platform",
        "logger",
        "message",
        "logentry",
        "exception",
        "threads",
        "stacktrace",
        "template",
        "culprit",
        "transaction",
        "server_name",
        "site",
        "release",
        "environment",
        "dist",
        "request",
        "user",
        "tags",
        "modules",
        "contexts",
        "extra",
        "breadcrumbs",
        "sdk",
        "fingerprint",
        "checksum",
        "sentry.interfaces.Http",
        "_meta",
        "bogus",
        "data",
        "view",
        "url",
        "class_name",
        "traceback",
        "metadata",
    ];
    let deep = json!({"values": [{"stacktrace": {"frames": [{"vars": [[1]], "lineno": {}}]}}]});
    let values = [
        json!(null),
        json!(true),
        json!(-1.5e300),
        json!("x"),
        json!(""),
        json!([]),
        json!({}),
        json!([[], [1], [1, 2], {"key": []}]),
        json!({"values": 5}),
        json!({"a": {"b": [null]}}),
        json!({"__sentry__": {"exc": [5, {}, "x"], "frames": 5, "template": [1, "x", {}]}}),
        json!({"frames": [null, 5, {"lineno": -1, "in_app": "maybe", "pre_context": {}}]}),
        deep,
    ];
    for format in [WireFormat::Event, WireFormat::Seed] {
        for (name, value) in names
            .iter()
            .flat_map(|name| values.iter().map(move |v| (name, v)))
        {
            let text = json!({*name: value}).to_string();
            let event = parse(&receipt(format, None), text.as_bytes()).unwrap();
            // What is stored must be readable again.
            let stored = serde_json::to_string(&event).unwrap();
            assert_eq!(
                serde_json::from_str::<Event>(&stored).unwrap(),
                event,
                "{text}"
            );
        }
    }
}

#[test]
fn legacy_names_and_shapes() {
    let frames = json!([{"function": "f"}]);
    let chain = json!({"exception": {"values": [
        {"type": "E", "value": "v", "stacktrace": {"frames": [{"function": "f"}]}}]}});
    let one = json!({"type": "E", "value": "v", "stacktrace": {"frames": frames}});
    check(json!({"exception": {"values": [one]}}), chain.clone(), &[]);
    check(json!({"exception": [one]}), chain.clone(), &[]);
    check(json!({"exception": one}), chain.clone(), &[]);
    check(json!({"sentry.interfaces.Exception": one}), chain, &[]);
    check(
        json!({"sentry.interfaces.Stacktrace": {"frames": frames}}),
        json!({"stacktrace": {"frames": frames}}),
        &[],
    );
    check(
        json!({"sentry.interfaces.User": {"id": 7, "is_authenticated": true}}),
        json!({"user": {"id": "7", "data": {"is_authenticated": true}}}),
        &[],
    );
    let tags = json!({"tags": [{"key": "a", "value": "b"}, {"key": "n", "value": "5"}]});
    check(json!({"tags": {"a": "b", "n": 5}}), tags.clone(), &[]);
    check(json!({"tags": [["a", "b"], ["n", 5], null]}), tags, &[]);
    check(json!({"tags": null}), json!({}), &[]);
}

#[test]
fn messages_of_old_and_new_clients() {
    let plain = json!({"logentry": {"formatted": "hi"}});
    check(json!({"message": "hi"}), plain.clone(), &[]);
    check(json!({"logentry": "hi"}), plain.clone(), &[]);
    check(json!({"logentry": {"message": "hi"}}), plain.clone(), &[]);
    check(
        json!({"logentry": {"message": "hi", "formatted": "hi"}}),
        plain,
        &[],
    );
    let params = json!({"logentry": {"message": "hi %s", "params": ["x"], "formatted": ""}});
    check(
        json!({"logentry": {"message": "hi %s", "params": ["x"]}}),
        params.clone(),
        &[],
    );
    check(
        json!({"message": "hi %s", "logentry": {"message": "hi %s", "params": ["x"]}}),
        params,
        &[],
    );
    check(
        json!({
            "message": "hi x",
            "sentry.interfaces.Message": {"message": "hi %s", "params": ["x"]},
        }),
        json!({"logentry": {"message": "hi %s", "params": ["x"], "formatted": "hi x"}}),
        &[],
    );
    let empty = json!({"sentry.interfaces.Message": {"message": {}, "params": []}});
    check(empty, json!({}), &[]);
}

#[test]
fn requests_are_taken_apart() {
    check(
        json!({"request": {"url": "http://a/b?c=d%20e#f", "method": "post"}}),
        json!({"request": {"url": "http://a/b", "method": "POST", "fragment": "f",
            "query_string": [["c", "d e"]]}}),
        &[],
    );
    check(
        json!({"request": {"query_string": [["a", "1"], ["a", 2]], "headers": {"X": ["1", "2"]},
            "cookies": "sid=1; flag; b=c=d"}}),
        json!({"request": {"query_string": [["a", "1"], ["a", "2"]], "headers": [["X", "1, 2"]],
            "cookies": [["sid", "1"], ["", "flag"], ["b", "c=d"]]}}),
        &[],
    );
    check(
        json!({"request": {"headers": {"Cookie": "a=b"}, "data": "{\"card\": 1}"}}),
        json!({"request": {"cookies": [["a", "b"]], "data": {"card": 1}}}),
        &[],
    );
    let form = json!({"headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "data": "a=1&b=x%26y"});
    let headers = json!([["Content-Type", "application/x-www-form-urlencoded"]]);
    check(
        json!({"request": form}),
        json!({"request": {"headers": headers, "data": {"a": "1", "b": "x&y"}}}),
        &[],
    );
    let untold = json!({"request": {"data": {"a": "1", "b[]": "x&y"}}});
    check(json!({"request": {"data": "a=1&b[]=x%26y"}}), untold, &[]);
    for text in [
        "{broken",
        "x = 1",
        "a=b&c",
        "YWJj=",
        "<a b=\"c\">",
        "=",
        "a",
    ] {
        let plain = json!({"request": {"data": text}});
        check(plain.clone(), plain, &[]);
    }
}

#[test]
fn wrong_fields_are_named_by_their_path() {
    check(
        json!({"exception": {"values": [{"type": "E", "stacktrace": {"frames": [
            {"function": "f", "lineno": "x", "colno": "7"}]}}]}}),
        json!({"exception": {"values": [{"type": "E", "stacktrace": {"frames": [
            {"function": "f", "colno": 7}]}}]}}),
        &[
            "exception.values.0.stacktrace.frames.0.lineno: expected a number, found a text",
            "exception.values.0.stacktrace.frames.0.colno: expected a number, found a text",
        ],
    );
    check(json!({"level": "loud"}), json!({}), &["level: not a level"]);
    check(json!({"level": "log"}), json!({"level": "info"}), &[]);
    check(
        json!({"contexts": {"os": "linux", "x": null}}),
        json!({"contexts": {"os":
        {"value": "linux"}}}),
        &["contexts.os: expected an object, found a text"],
    );
    check(
        json!({"bogus": [1], "nothing": null}),
        json!({"other": {"bogus": [1]}}),
        &[],
    );
}

#[test]
fn i14_huge_lists_are_cut_at_the_door() {
    let frames: Vec<Value> = (0..3000).map(|n| json!({"lineno": n})).collect();
    let event = read(&json!({"stacktrace": {"frames": frames}}));
    let frames = event.stacktrace.unwrap().frames;
    assert_eq!(frames.len(), 1000);
    assert_eq!(
        (frames[0].lineno, frames[999].lineno),
        (Some(0), Some(2999))
    );
    let many: Vec<Value> = (0..10_000)
        .map(|n| json!({"type": n.to_string()}))
        .collect();
    let event = read(&json!({"exception": many}));
    assert_eq!(event.exceptions.len(), 500);
    assert_eq!(event.exceptions[499].kind.as_deref(), Some("9999"));
    let remark = &event.remarks[0];
    assert_eq!(remark.reason, "the first 9500 entries were left out");
}

#[test]
fn raven_node_0_4_lists_the_newest_frame_first() {
    let record = json!({"sentry.interfaces.Stacktrace": {"frames":
        [{"function": "inner"}, {"function": "outer"}]}});
    let first = |sdk: &str| {
        let receipt = receipt(WireFormat::Event, Some(sdk));
        let event = parse(&receipt, record.to_string().as_bytes()).unwrap();
        event.stacktrace.unwrap().frames[0]
            .function
            .clone()
            .unwrap()
    };
    assert_eq!(first("raven-node/0.4.5"), "outer");
    assert_eq!(first("raven-node/0.6.3"), "inner");
}

#[test]
fn the_fields_tell_a_record_from_an_event() {
    let is_seed = |format, value: Value| {
        let json = value.to_string();
        let arena = Bump::new();
        let Node::Object(fields) = node::read(json.as_bytes(), &arena).unwrap() else {
            unreachable!("tables hold objects");
        };
        is_seed_record(format, &fields)
    };
    let (seed, event) = (WireFormat::Seed, WireFormat::Event);
    assert!(is_seed(event, json!({"message_id": "x", "view": null})));
    assert!(is_seed(
        event,
        json!({"message": "m", "data": {"__sentry__": {}}})
    ));
    assert!(!is_seed(event, json!({"message": "m"})));
    assert!(!is_seed(event, json!({"event_id": "x", "view": "v"})));
    assert!(is_seed(seed, json!({"message": "m"})));
    assert!(is_seed(seed, json!({})));
    assert!(!is_seed(seed, json!({"event_id": "x", "exception": {}})));
}
