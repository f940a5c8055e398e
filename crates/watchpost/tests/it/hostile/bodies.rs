//! Events that are wrong inside: odd types in every place, depth, width, numbers, texts.

#![expect(clippy::indexing_slicing, reason = "helpers of tests are test code")]

use serde_json::{Value, json};

use super::{Case, End};
use crate::server::Account;

/// A string that JSON allows and Unicode does not.
const LONE: &str = r#"{"message": "half \ud800 a pair \udfff", "extra": {"\ud83d": "\udc00"}}"#;

pub(super) fn all(account: &Account) -> Vec<Case> {
    let path = account.store_path();
    let mut bodies: Vec<(String, String)> = texts();
    for event in events() {
        let name = event.to_string().chars().take(80).collect();
        bodies.push((name, event.to_string()));
    }
    // Each place of an event with a value of every wrong type.
    for field in FIELDS {
        for value in [
            "null",
            "true",
            "-1",
            "\"text\"",
            "[]",
            "{}",
            "[null, [], {}, 1, \"x\"]",
        ] {
            let body = format!(r#"{{"message": "{field} is odd", "{field}": {value}}}"#);
            bodies.push((body.clone(), body));
        }
    }
    let case = |(name, body): (String, String)| Case {
        name,
        bytes: request(&path, &body),
        end: End::Wait,
        expect: &[],
    };
    let mut cases: Vec<Case> = bodies.into_iter().map(case).collect();
    cases.extend(seed(account));
    cases
}

const FIELDS: [&str; 22] = [
    "exception",
    "sentry.interfaces.Exception",
    "stacktrace",
    "threads",
    "breadcrumbs",
    "request",
    "user",
    "tags",
    "extra",
    "contexts",
    "modules",
    "sdk",
    "level",
    "timestamp",
    "logentry",
    "fingerprint",
    "release",
    "platform",
    "transaction",
    "template",
    "debug_meta",
    "errors",
];

pub(super) fn request(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// Bodies that no JSON library would write.
fn texts() -> Vec<(String, String)> {
    let long = "é".repeat(400_000);
    let texts = [
        (
            "NaN",
            r#"{"message": "x", "extra": {"a": NaN, "b": Infinity}}"#,
        ),
        ("-Infinity", r#"{"message": "x", "timestamp": -Infinity}"#),
        ("lone surrogates", LONE),
        (
            "NUL",
            r#"{"message": "a\u0000b", "tags": {"k\u0000": "v\u0000"}}"#,
        ),
        ("a time of 1e300", r#"{"message": "x", "timestamp": 1e300}"#),
        ("a time of 1e999", r#"{"message": "x", "timestamp": 1e999}"#),
        ("a long message", &format!(r#"{{"message": "{long}"}}"#)),
        ("a long key", &format!(r#"{{"message": "x", "{long}": 1}}"#)),
        (
            "a key twice",
            r#"{"message": "a", "message": "b", "tags": {"a": 1, "a": 2}}"#,
        ),
        ("nothing", "{}"),
        ("an empty body", ""),
        ("only spaces", "   "),
        ("a byte order mark", "\u{feff}{\"message\": \"bom\"}"),
        ("two objects", "{}{}"),
        ("a comma too many", r#"{"message": "x",}"#),
        ("a number", "7"),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
    [texts.to_vec(), large()].concat()
}

/// Deep, wide, many.
fn large() -> Vec<(String, String)> {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let tags: Vec<_> = (0..10_000).map(|n| format!("\"t{n}\":\"{n}\"")).collect();
    let tags = tags.join(",");
    let pairs: Vec<_> = (0..10_000).map(|n| format!("[\"t{n}\",\"{n}\"]")).collect();
    let pairs = pairs.join(",");
    let frames = vec![r#"{"function": "f", "lineno": 1}"#; 10_000].join(",");
    let wide = "null,".repeat(100_000);
    let extra = |value: &str| format!(r#"{{"message": "x", "extra": {{"a": {value}}}}}"#);
    let texts = [
        (
            "a line of 1e300",
            stack(r#"{"lineno": 1e300, "colno": -1e300}"#),
        ),
        (
            "odd frames",
            stack(r#"null, {"lineno": "x"}, [], 7, {"vars": [1, ["a"]]}"#),
        ),
        (
            "odd context",
            stack(r#"{"pre_context": 1, "context_line": [], "post_context": [{}]}"#),
        ),
        (
            "huge lines",
            stack(r#"{"lineno": 18446744073709551615, "pre_context": ["a", "b"]}"#),
        ),
        ("10,000 frames", stack(&frames)),
        (
            "10,000 tags",
            format!(r#"{{"message": "x", "tags": {{{tags}}}}}"#),
        ),
        (
            "10,000 pairs",
            format!(r#"{{"message": "x", "tags": [{pairs}]}}"#),
        ),
        ("deep extra", extra(&deep(120))),
        ("too deep", extra(&deep(100_000))),
        ("wide", extra(&format!("[{wide}1]"))),
        ("never closed", "[".repeat(100_000)),
        ("deep objects", objects),
    ];
    texts.map(|(name, text)| (name.to_owned(), text)).to_vec()
}

fn stack(frames: &str) -> String {
    format!(r#"{{"exception": [{{"type": "E", "stacktrace": {{"frames": [{frames}]}}}}]}}"#)
}

/// Events that are JSON, but not what a field should be.
fn events() -> Vec<Value> {
    let link = |id: u32, parent: u32| {
        json!({"type": format!("E{id}"), "value": "v", "mechanism": {
            "type": "chained", "exception_id": id, "parent_id": parent}})
    };
    let html = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let times = [
        json!("9999-12-31T23:59:59.999999Z"),
        json!("0000-00-00T00:00:00"),
        json!("+292277026596-12-04T15:30:08Z"),
        json!(-62_135_596_801_i64),
        json!(u64::MAX),
        json!(1e18),
    ];
    let mut events: Vec<Value> = times
        .iter()
        .map(|time| {
            json!({"message": "odd time", "timestamp": time, "breadcrumbs":
            {"values": [{"timestamp": time, "message": "crumb"}]}})
        })
        .collect();
    events.extend([
        json!({"exception": {"values": [link(0, 1), link(1, 0), link(2, 2)]}}),
        json!({"exception": {"values": (0..2_000).map(|id| link(id, id + 1)).collect::<Vec<_>>()}}),
        json!({"exception": [null, [], {"type": null, "value": {"a": [1]}}, "text"]}),
        json!({"exception": {"type": html, "value": html, "module": html}, "culprit": html}),
        json!({"message": html, "transaction": html, "logger": html, "release": html,
            "server_name": html, "tags": {html: html}, "extra": {html: html},
            "user": {"email": html, "id": html}, "environment": html}),
        json!({"message": "x", "request": {"url": "javascript:alert(1)", "method": [],
            "headers": [["a"], 1, {"b": 2}], "query_string": {"a": [[]]}, "cookies": 7,
            "data": "\u{0}", "env": []}}),
        json!({"message": "x", "user": {"id": [1], "geo": 7, "ip_address": "999.0.0.1"}}),
        json!({"message": "x", "breadcrumbs": {"values": [null, 1, {"data": [], "level": {},
            "type": [], "category": 1}]}}),
        json!({"message": "x", "contexts": {"os": 1, "a": null, "trace": {"trace_id": "zz"},
            "browser": {"name": [], "type": 7}}}),
        json!({"message": "x", "threads": {"values": [{"id": {}, "stacktrace": {"frames": null}},
            null, {"crashed": "maybe"}]}}),
        json!({"message": "x", "debug_meta": {"images": [null, {"type": 1}]}}),
        json!({"message": "%s %d %(a)s {0} {} %", "params": [1, [], {}]}),
        json!({"logentry": {"message": "%s".repeat(1000), "params": "x"}}),
        json!({"message": "x", "fingerprint": ["{{ default }}", "{{ nonsense", null, [], 7]}),
        json!({"message": "x", "fingerprint": (0..5_000).collect::<Vec<_>>()}),
        json!({"message": "x", "modules": {"a": {"b": 1}, "": ""}, "sdk": {"name": 7}}),
        json!({"message": "x", "level": "loud", "platform": "x".repeat(5_000)}),
        json!({"event_id": "00000000000000000000000000000000", "message": "no id"}),
        json!({"event_id": "zz", "message": "bad id"}),
        json!({"event_id": 7, "message": "a number as id"}),
        json!({"type": "transaction", "spans": [], "transaction": "t"}),
        json!({"type": 7, "message": "x", "project": {}, "server_name": [], "dist": {}}),
        json!({"message": "\u{202e}txet lanoitceridib\u{2066}\u{200b}\u{feff}"}),
        json!({"message": "\r\n\t\u{8}\u{1b}[31mred\u{1b}[0m"}),
        json!({"message": ["a", "b"], "culprit": {}, "checksum": "\u{0}".repeat(100)}),
    ]);
    events
}

/// Records of the first protocol.
fn seed(account: &Account) -> Vec<Case> {
    let lines = "File \"\", line 99999999999999999999, in \n";
    let records = [
        json!({"message": 7, "level": [], "view": {}, "data": [1]}),
        json!({"message": "x", "data": {"__sentry__": 7, "META": [], "GET": 1, "POST": [1]}}),
        json!({"message": "x", "data": {"__sentry__": {"exc": [], "frames": {}, "versions": []}}}),
        json!({"message": "x", "data": {"__sentry__": {"exc": [1, 2, [null, {"vars": [[1], 2]}]],
            "template": [1, -5, "x"], "user": []}}}),
        json!({"message": "x", "data": {"__sentry__": {"template": ["é", 1, 99, "t.html"]}}}),
        json!({"message": "x", "traceback": lines.repeat(5_000)}),
        json!({"message": "x", "level": 1e300, "timestamp": "25:61", "checksum": 7}),
        json!({"level": i64::MIN, "logger": [], "site": {}, "url": 1, "server_name": true}),
    ];
    let case = |record: &Value| {
        let path = "/api/store/";
        let auth = format!(
            "X-Sentry-Auth: Sentry sentry_version=2.0, sentry_key={}\r\n",
            account.key()
        );
        let mut record = record.clone();
        // With such an id it is a record of the first protocol, whatever the door.
        record["message_id"] = json!(format!("{:032x}", record.to_string().len()));
        let body = record.to_string();
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{auth}\
             Content-Length: {length}\r\n\r\n"
        );
        Case {
            name: body.chars().take(80).collect(),
            bytes: [head.as_bytes(), body.as_bytes()].concat(),
            end: End::Wait,
            expect: &[],
        }
    };
    records.iter().map(case).collect()
}
