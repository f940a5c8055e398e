//! Every field of an event, replaced by every kind of wrong value; then several at once, drawn by a
//! seed. All of it is JSON, so all of it is accepted or refused with a reason, and can be shown.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use serde_json::{Value, json};

use super::arena::Arena;
use super::bodies;
use super::{Case, End};
use crate::server::Account;

/// The issue asks for this many inputs.
const INPUTS_MIN: usize = 2000;
/// Events with several wrong fields at once.
const DRAWN: u64 = 250;
const SEED: u64 = 0x5eed_2026;

/// An event with every field that the schema knows.
fn full_event() -> Value {
    let frame = json!({
        "function": "checkout", "raw_function": "checkout(int)", "module": "shop.cart",
        "filename": "cart.py", "abs_path": "/srv/app/cart.py", "lineno": 7, "colno": 3,
        "in_app": true, "package": "shop", "context_line": "  total / 0",
        "pre_context": ["def checkout():"], "post_context": ["return"], "vars": {"total": "1"},
    });
    json!({
        "event_id": "0", "type": "error", "timestamp": "2026-11-22T16:00:00Z", "level": "error",
        "platform": "python", "logger": "shop", "culprit": "cart", "transaction": "/cart",
        "server_name": "web-1", "site": "shop", "release": "shop@1.2.3", "environment": "prod",
        "dist": "7", "checksum": "abc", "time_spent": 5, "project": 1,
        "fingerprint": ["{{ default }}", "cart"],
        "message": "plain",
        "logentry": {"message": "%s items", "params": ["7"], "formatted": "7 items"},
        "exception": {"values": [{
            "type": "ZeroDivisionError", "value": "by zero", "module": "builtins", "thread_id": 1,
            "mechanism": {"type": "chained", "handled": false, "exception_id": 0, "parent_id": 1,
                "data": {"a": "b"}, "meta": {"signal": {"number": 11}}},
            "stacktrace": {"frames": [frame], "registers": {"rip": "0x1"}},
        }]},
        "threads": {"values": [{"id": 1, "name": "main", "crashed": true, "current": true,
            "stacktrace": {"frames": [{"function": "f"}]}}]},
        "breadcrumbs": {"values": [{"timestamp": 1_763_800_000, "type": "http",
            "category": "xhr", "message": "GET /", "level": "info", "data": {"status": 200}}]},
        "request": {"url": "https://shop.example.org/cart?a=b", "method": "POST",
            "query_string": [["a", "b"]], "cookies": {"c": "d"}, "headers": [["Host", "x"]],
            "env": {"REMOTE_ADDR": "203.0.113.7"}, "data": {"x": "y"}, "fragment": "top"},
        "user": {"id": "7", "email": "a@example.org", "username": "ada", "name": "Ada",
            "ip_address": "203.0.113.7", "geo": {"city": "X"}, "data": {"plan": "free"}},
        "tags": {"color": "red"}, "extra": {"cart": {"items": [1, 2]}},
        "contexts": {"os": {"name": "Linux", "version": "6"}, "browser": {"name": "Firefox"},
            "trace": {"trace_id": "0123456789abcdef0123456789abcdef", "span_id": "0123456789abcdef"},
            "shop": {"type": "custom", "size": 1}},
        "modules": {"django": "5.0"},
        "sdk": {"name": "sentry.python", "version": "2.75", "integrations": ["django"],
            "packages": [{"name": "pypi:sentry-sdk", "version": "2.75"}]},
        "template": {"filename": "cart.html", "lineno": 3, "context_line": "{% x %}",
            "pre_context": ["a"], "post_context": ["b"]},
        "debug_meta": {"images": [{"type": "elf", "code_file": "/lib/x.so", "debug_id": "1"}]},
        "errors": [{"type": "invalid_data", "name": "a", "value": 1}],
        "spans": [{"op": "db", "span_id": "1"}], "_meta": {"message": {"": {"len": 1}}},
    })
}

/// A record of the first protocol with everything in it.
fn full_record() -> Value {
    json!({
        "message_id": "0", "message": "record", "level": 40, "logger": "root", "view": "shop.cart",
        "class_name": "KeyError", "server_name": "web-1", "site": "shop", "checksum": "abc",
        "url": "http://shop.example.org/", "timestamp": "2026-11-22T16:00:00",
        "traceback": "Traceback:\n  File \"a.py\", line 1, in f\nKeyError: 1",
        "data": {"META": {"REMOTE_ADDR": "203.0.113.7"}, "GET": {"a": "b"}, "POST": {"c": "d"},
            "COOKIES": {"e": "f"}, "__sentry__": {
                "versions": {"django": "1.3"}, "user": {"id": 7, "username": "ada"},
                "template": ["<html>", 1, 2, "t.html"],
                "exc": ["builtins", "KeyError", [{"filename": "a.py", "function": "f",
                    "lineno": 1, "vars": [["a", "b"]], "context_line": "x",
                    "pre_context": ["a"], "post_context": ["b"], "module": "m"}]],
                "frames": [{"filename": "b.py", "function": "g", "lineno": 2}]}},
    })
}

/// What no field expects. Whether it is wrong depends on the field.
fn wrong_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("<b onclick='x'>\"&</script>\u{0}\u{202e}\u{200b}\r\n"),
        json!("long ".repeat(3000)),
        json!([]),
        json!({}),
        json!([null, [], {}, 1, "x"]),
        json!({"values": [null, 7, {"a": [{"b": null}]}], "": 1, "__proto__": {}}),
        (0..40).fold(json!("deep"), |inner, _| json!([{"a": inner}])),
        json!("9999-12-31T23:59:59.999999999Z"),
    ]
}

/// The paths of all fields of a value, outer ones first.
fn places(value: &Value, path: &str, out: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(list) => (list.iter().enumerate())
            .map(|(number, value)| (number.to_string(), value))
            .collect(),
        _ => return,
    };
    for (key, value) in inner {
        let path = format!("{path}/{key}");
        places(value, &path, out);
        out.push(path);
    }
}

/// `whole` with a value put in each of these places; `None` when an outer one took the inner away.
fn with(whole: &Value, changes: &[(&str, &Value)]) -> Option<Value> {
    let mut event = whole.clone();
    for (place, value) in changes {
        *event.pointer_mut(place)? = (*value).clone();
    }
    Some(event)
}

/// Draws numbers from a seed.
fn draw(state: &mut u64, bound: usize) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).expect("31 bits") % bound
}

fn mutations(whole: &Value, id_field: &str) -> Vec<Value> {
    let (mut all, mut fields) = (Vec::new(), Vec::new());
    places(whole, "", &mut fields);
    let values = wrong_values();
    let pairs = fields
        .iter()
        .flat_map(|place| values.iter().map(move |value| (place, value)));
    for (place, value) in pairs {
        all.extend(with(whole, &[(place, value)]));
    }
    let mut state = SEED;
    for _ in 0..DRAWN {
        let mut pick = || {
            let place = fields[draw(&mut state, fields.len())].as_str();
            (place, &values[draw(&mut state, values.len())])
        };
        all.extend(with(whole, &[pick(), pick(), pick()]));
    }
    // An id of its own for each, unless the id is what was changed.
    for (number, event) in all.iter_mut().enumerate() {
        if event[id_field] == "0" {
            event[id_field] = json!(format!("{number:016x}{:016x}", id_field.len()));
        }
    }
    all
}

fn cases(account: &Account) -> Vec<Case> {
    let path = account.store_path();
    let mut events = mutations(&full_event(), "event_id");
    events.extend(mutations(&full_record(), "message_id"));
    let case = |event: &Value| Case {
        name: event.to_string(),
        bytes: bodies::request(&path, &event.to_string()),
        end: End::Wait,
        // 400: an id that is none.
        expect: &[200, 400],
    };
    events.iter().map(case).collect()
}

#[test]
fn i16_every_field_with_every_wrong_value_is_shown_on_every_page() {
    println!("seed {SEED:#x}");
    let arena = Arena::new();
    let cases = cases(&arena.site.account);
    assert!(cases.len() >= INPUTS_MIN, "{} inputs", cases.len());
    let accepted = arena.attack(&cases);
    println!("{} inputs, {} events accepted", cases.len(), accepted.len());
    // What is refused is a wrong id; a repeated id is one event.
    assert!(
        accepted.len() * 100 > cases.len() * 97,
        "{}",
        accepted.len()
    );
    arena.survey(&accepted);
}
