//! Whole events through all steps.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

use serde_json::{Value, json};
use watchpost_model::{
    Event, EventId, Exception, Frame, KeyId, ProjectId, Receipt, RemarkKind, Stacktrace, Thread,
    Timestamp, WireFormat,
};

pub(crate) fn receipt() -> Receipt {
    Receipt {
        project: ProjectId(1),
        key: KeyId(1),
        event: EventId(7),
        received: Timestamp::from_secs(1_700_000_000),
        format: WireFormat::Event,
        client_ip: Some("203.0.113.7".into()),
        sdk: None,
        user_agent: None,
        sent_at: None,
    }
}

/// An event with these fields, in the form in which it is stored.
pub(crate) fn event(fields: Value) -> Event {
    let empty = Event::empty(EventId(7), receipt().received);
    let mut stored = serde_json::to_value(empty).unwrap();
    let stored_fields = stored.as_object_mut().unwrap();
    stored_fields.extend(fields.as_object().unwrap().clone());
    serde_json::from_value(stored).unwrap()
}

fn check(fields: Value, pointer: &str, expect: Value, remarks: usize) {
    let got = crate::event(event(fields.clone()), &receipt());
    let stored = serde_json::to_value(&got).unwrap();
    let found = stored.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(found, expect, "{pointer} of {fields}");
    assert_eq!(got.remarks.len(), remarks, "{:?}", got.remarks);
    let again = crate::event(got.clone(), &receipt());
    assert!(
        again == got,
        "a second time, {:?} after {:?}",
        again.remarks,
        got.remarks
    );
}

#[test]
fn messages_are_filled_in() {
    let template = json!({"message": "hi %s", "params": ["x"], "formatted": ""});
    check(
        json!({"logentry": template}),
        "/logentry/formatted",
        json!("hi x"),
        0,
    );
    let plain = json!({"message": "hi", "formatted": "hi"});
    check(
        json!({"logentry": plain}),
        "/logentry",
        json!({"formatted": "hi"}),
        0,
    );
    check(
        json!({"logentry": {"formatted": " "}}),
        "/logentry",
        json!(null),
        0,
    );
    let long = "m".repeat(9000);
    let cut = "m".repeat(8189) + "...";
    check(
        json!({"logentry": {"formatted": long}}),
        "/logentry/formatted",
        json!(cut),
        1,
    );
    let seed = json!({"level": 40, "message": long});
    let whole = json!({"logentry": {"formatted": long}, "seed": seed});
    check(whole, "/logentry/formatted", json!(long), 0);
}

#[test]
fn types_are_found_in_values() {
    let chain = |exceptions: Value| json!({"exception": {"values": exceptions}});
    for (value, kind, rest) in [
        ("KeyError: 'x'", json!("KeyError"), "'x'"),
        ("java.lang.Error: a: b", json!("java.lang.Error"), "a: b"),
        ("http://shop is down", json!(null), "http://shop is down"),
        ("12:30", json!(null), "12:30"),
        ("two words: x", json!(null), "two words: x"),
    ] {
        let fields = chain(json!([{"value": value}]));
        check(fields.clone(), "/exception/values/0/type", kind, 0);
        check(fields, "/exception/values/0/value", json!(rest), 0);
    }
    let synthetic = json!([{"value": "Note: x", "mechanism": {"type": "g", "synthetic": true}}]);
    check(
        chain(synthetic),
        "/exception/values/0/value",
        json!("Note: x"),
        0,
    );
    check(
        chain(json!([{"type": " "}, {"type": "E"}])),
        "/exception/values/0/type",
        json!("E"),
        1,
    );
}

#[test]
fn the_only_exception_takes_the_stack_beside_it() {
    let stack = json!({"frames": [{"function": "f", "in_app": true}]});
    let beside = json!({"exception": {"values": [{"type": "E"}]}, "stacktrace": stack});
    check(beside.clone(), "/exception/values/0/stacktrace", stack, 0);
    check(beside, "/stacktrace", json!(null), 0);
}

#[test]
fn names_of_frames_fall_back_to_each_other() {
    let of = |frame: Value| json!({"stacktrace": {"frames": [frame]}});
    let frame = |name: &str| format!("/stacktrace/frames/0/{name}");
    check(
        of(json!({"filename": "a.py"})),
        &frame("abs_path"),
        json!("a.py"),
        0,
    );
    check(
        of(json!({"abs_path": "/a.py"})),
        &frame("filename"),
        json!("/a.py"),
        0,
    );
    let url = json!({"filename": "https://shop.example/static/app.js?v=1"});
    check(
        of(url.clone()),
        &frame("filename"),
        json!("/static/app.js"),
        0,
    );
    check(
        of(url),
        &frame("abs_path"),
        json!("https://shop.example/static/app.js?v=1"),
        0,
    );
    check(
        of(json!({"function": "?", "module": "m"})),
        &frame("function"),
        json!(null),
        0,
    );
    check(
        of(json!({"function": "f"})),
        &frame("in_app"),
        json!(true),
        0,
    );
    check(
        of(json!({"function": "f", "in_app": false})),
        &frame("in_app"),
        json!(false),
        0,
    );
}

#[test]
fn i14_long_stacks_keep_both_ends() {
    let mut long = Event::empty(EventId(7), receipt().received);
    let frame = |line| Frame {
        lineno: Some(line),
        pre_context: vec!["x".into()],
        in_app: Some(line % 2 == 0),
        ..Frame::default()
    };
    long.stacktrace = Some(Stacktrace {
        frames: (0..1000).map(frame).collect(),
        ..Stacktrace::default()
    });
    let frames = crate::event(long, &receipt()).stacktrace.unwrap().frames;
    let lines: Vec<u64> = frames.iter().filter_map(|frame| frame.lineno).collect();
    assert_eq!(lines, (0..50).chain(800..1000).collect::<Vec<_>>());
    let detailed = frames.iter().filter(|frame| !frame.pre_context.is_empty());
    let detailed: Vec<u64> = detailed.filter_map(|frame| frame.lineno).collect();
    assert_eq!(detailed, (900..1000).step_by(2).collect::<Vec<_>>());
}

#[test]
fn i14_long_chains_many_threads_and_breadcrumbs() {
    let mut long = Event::empty(EventId(7), receipt().received);
    long.exceptions = (0..10_000)
        .map(|number| Exception {
            kind: Some(format!("E{number}")),
            ..Exception::default()
        })
        .collect();
    long.threads = (0..1000)
        .map(|number| Thread {
            crashed: number == 999,
            ..Thread::default()
        })
        .collect();
    long.breadcrumbs = (0..10_000)
        .map(|_| watchpost_model::Breadcrumb::default())
        .collect();
    let got = crate::event(long, &receipt());
    let kinds: Vec<&str> = got
        .exceptions
        .iter()
        .filter_map(|e| e.kind.as_deref())
        .collect();
    assert_eq!((kinds.len(), kinds[9], kinds[10]), (50, "E9", "E9960"));
    assert_eq!(got.threads.len(), 100);
    assert!(got.threads[0].crashed);
    assert_eq!(got.breadcrumbs.len(), 100);
    assert!(
        got.remarks
            .iter()
            .all(|remark| remark.kind == RemarkKind::Cut)
    );
    assert_eq!(got.remarks.len(), 3);
}

#[test]
fn big_values_are_cut_with_a_remark() {
    let big = "x".repeat(20_000);
    let cut = json!("x".repeat(16 * 1024 - 3) + "...");
    check(json!({"extra": {"a": big}}), "/extra/a", cut, 1);
    let vars = json!([{"name": "a", "value": big}, {"name": "b", "value": 1}]);
    let frames = json!([{"function": "f", "vars": vars}]);
    let cut = json!("x".repeat(2 * 1024 - 3) + "...");
    check(
        json!({"stacktrace": {"frames": frames}}),
        "/stacktrace/frames/0/vars/0/value",
        cut,
        2,
    );
}
