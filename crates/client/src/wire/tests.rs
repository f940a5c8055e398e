//! What the two protocols make of one event. The bytes are decoded again as a server would.

use std::io::Read;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::exception::Exception;
use crate::{Level, User};

fn exception(name: &str, module: Option<&str>, value: &str) -> Exception {
    Exception {
        name: name.to_owned(),
        module: module.map(str::to_owned),
        value: value.to_owned(),
    }
}

fn failed_payment() -> Event {
    let mut event = Event::text("")
        .with_view("shop::pay")
        .with_url("https://shop.example/pay?id=3")
        .with_tag("currency", "EUR")
        .with_data("items", json!([1, 2]))
        .with_user(User {
            id: Some("7".into()),
            ..User::default()
        });
    // A number that survives being printed and read, whatever the reader's rounding.
    event.time = Duration::from_millis(1_795_354_935_500);
    event.exceptions = vec![
        exception("PayError", Some("shop"), "card declined\nask again"),
        exception("io::Error", None, "timed out"),
    ];
    event
}

fn facts() -> Facts {
    Facts {
        release: Some("shop@2.4.1".into()),
        environment: Some("test".into()),
        server_name: Some("web-3".into()),
        site: Some("north".into()),
        ..Facts::default()
    }
}

fn frames() -> Vec<Frame> {
    let lib = Frame {
        function: Some("poll".into()),
        module: Some("tokio".into()),
        path: None,
        line: None,
        column: None,
        in_app: false,
    };
    let ours = Frame {
        function: Some("pay".into()),
        module: Some("shop".into()),
        ..Frame::at("./src/main.rs", 12)
    };
    vec![lib, ours]
}

fn report<'a>(event: &'a Event, facts: &'a Facts) -> Report<'a> {
    Report {
        event,
        frames: frames(),
        facts,
    }
}

/// The JSON inside the field `data`.
fn decoded(data: &str) -> Value {
    let zlib = STANDARD.decode(data).unwrap();
    assert_eq!(zlib[0], 0x78, "zlib, not gzip");
    let mut json = String::new();
    let mut decoder = flate2::read::ZlibDecoder::new(&*zlib);
    decoder.read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

#[test]
fn the_envelope_of_an_error() {
    let (event, facts) = (failed_payment(), facts());
    let bytes = modern::envelope(&report(&event, &facts), Duration::from_secs(0));
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [header, item, body] = lines.as_slice() else {
        panic!("three lines expected in {text}");
    };
    assert_eq!(header["event_id"], event.id.to_string());
    assert_eq!(header["sent_at"], "1970-01-01T00:00:00.000Z");
    let length = text.lines().nth(2).unwrap().len();
    assert_eq!(*item, json!({"type": "event", "length": length}));
    let expect = json!({
        "event_id": event.id.to_string(),
        "timestamp": 1_795_354_935.5,
        "platform": "native",
        "level": "error",
        "transaction": "shop::pay",
        "server_name": "web-3",
        "release": "shop@2.4.1",
        "environment": "test",
        "exception": {"values": [
            {
                "type": "io::Error",
                "value": "timed out",
                "mechanism": {"type": "chained", "handled": true, "source": "source",
                              "exception_id": 1, "parent_id": 0},
            },
            {
                "type": "PayError",
                "module": "shop",
                "value": "card declined\nask again",
                "mechanism": {"type": "generic", "handled": true, "exception_id": 0},
                "stacktrace": {"frames": [
                    {"function": "poll", "module": "tokio", "in_app": false},
                    {"function": "pay", "module": "shop", "filename": "src/main.rs",
                     "abs_path": "./src/main.rs", "lineno": 12, "in_app": true},
                ]},
            },
        ]},
        "tags": {"currency": "EUR", "site": "north"},
        "user": {"id": "7"},
        "request": {"url": "https://shop.example/pay?id=3"},
        "extra": {"items": [1, 2]},
        "sdk": {"name": "watchpost-client", "version": env!("CARGO_PKG_VERSION")},
    });
    assert_eq!(*body, expect);
}

#[test]
fn the_record_of_an_error_in_2010() {
    let (event, facts) = (failed_payment(), facts());
    let record = decoded(&seed::data(&report(&event, &facts)));
    let traceback = "Traceback (most recent call last):\n\n  \
                     File \"?\", line 0, in tokio::poll\n\n  \
                     File \"src/main.rs\", line 12, in shop::pay\n\nPayError: card declined\n";
    let frame = |id, path, module, function, line, in_app: bool| {
        json!({
            "id": id, "filename": path, "module": module, "function": function, "lineno": line,
            "context_line": "", "pre_context": [], "post_context": [],
            "pre_context_lineno": line, "vars": [], "in_app": in_app,
        })
    };
    let frames = json!([
        frame(0, "?", "tokio", "poll", 0, false),
        frame(1, "src/main.rs", "shop", "pay", 12, true),
    ]);
    let args = json!(["card declined\nask again"]);
    let expect = json!({
        "message_id": event.id.to_string(),
        "level": 40,
        "message": "card declined\nask again",
        "view": "shop::pay",
        "url": "https://shop.example/pay?id=3",
        "site": "north",
        "server_name": "web-3",
        "class_name": "PayError",
        "traceback": traceback,
        "data": {
            "items": [1, 2],
            "url": "https://shop.example/pay?id=3",
            "release": "shop@2.4.1",
            "environment": "test",
            "tags": {"currency": "EUR"},
            "causes": ["io::Error: timed out"],
            "__sentry__": {
                "module": "shop",
                "version": "2.4.1",
                "versions": {"shop": "2.4.1"},
                "exc": ["shop", args, frames],
                "exception": ["shop", args],
                "frames": frames,
                "user": {"is_authenticated": true, "id": "7"},
            },
        },
    });
    assert_eq!(record, expect);
}

/// Unknown fields and nulls make a server of 2010 answer 200 and lose the event.
#[test]
fn a_plain_record_has_only_what_is_known() {
    let event = Event::text("hello").with_level(Level::Warning);
    let facts = Facts::default();
    let mut report = report(&event, &facts);
    report.frames.clear();
    let record = decoded(&seed::data(&report));
    let expect = json!({
        "message_id": event.id.to_string(),
        "level": 30,
        "message": "hello",
        "data": {"__sentry__": {"versions": {}}},
    });
    assert_eq!(record, expect);
}

#[test]
fn the_view_of_2010_is_the_innermost_function_of_the_program() {
    let event = Event::text("hello");
    let facts = Facts::default();
    let record = decoded(&seed::data(&report(&event, &facts)));
    assert_eq!(record["view"], "shop::pay");
}

#[test]
fn a_fingerprint_is_a_checksum_in_2010() {
    let checksum = |event: &Event| {
        let facts = Facts::default();
        decoded(&seed::data(&report(event, &facts)))["checksum"].clone()
    };
    let parts = |parts: [&str; 2]| checksum(&Event::text("x").with_fingerprint(parts));
    assert_eq!(parts(["pay", "card"]), parts(["pay", "card"]));
    assert_ne!(parts(["pay", "card"]), parts(["paycard", ""]));
    assert_eq!(parts(["pay", "card"]).as_str().unwrap().len(), 32);
    let given = Event::text("x")
        .with_fingerprint(["a"])
        .with_checksum("c0ffee");
    assert_eq!(checksum(&given), "c0ffee");
    assert_eq!(checksum(&Event::text("x")), Value::Null);
}

#[test]
fn the_form_has_no_bare_signs() {
    let form = String::from_utf8(seed::form("a+b/c==", "k&y é")).unwrap();
    assert_eq!(form, "data=a%2Bb%2Fc%3D%3D&key=k%26y%20%C3%A9&format=json");
}

#[test]
fn data_is_cut_to_its_bounds() {
    let mut deep = json!("end");
    for _ in 0..20 {
        deep = json!([deep]);
    }
    let event = Event::text("x".repeat(100_000))
        .with_data("deep", deep)
        .with_data("wide", vec![0; 1000])
        .with_data("long", "é".repeat(10_000));
    let data = bounded(&event.data);
    assert_eq!(data["deep"].to_string(), "[[[[[[[[\"...\"]]]]]]]]");
    assert_eq!(data["wide"].as_array().unwrap().len(), DATA_WIDTH_MAX);
    let long = data["long"].as_str().unwrap();
    assert_eq!(long.len(), TEXT_BYTES_MAX + 3);
    assert!(long.ends_with("é..."));
}

#[test]
fn a_stripped_program_shows_the_place_of_the_call() {
    let facts = Facts::default();
    let mut event = failed_payment();
    event.place = Some(std::panic::Location::caller());
    let found = Report::new(&event, &facts, &InApp::default());
    assert_eq!(found.frames.len(), 1);
    assert_eq!(found.frames[0].path.as_deref(), Some(file!()));
    let mut plain = Event::text("x");
    plain.place = event.place;
    let found = Report::new(&plain, &facts, &InApp::default());
    assert_eq!(found.frames, [], "plain messages have no stack");
}
