//! W35: secrets in every place of an event, and none of them afterwards.

use serde_json::{Map, Value, json};
use watchpost_model::Scrubbing;

use super::{check_again, event, scrubber};

/// An event that has `secret` in every place that takes a text.
fn planted(secret: &str) -> Value {
    let s = Value::from(secret);
    let text = json!({"password": s, "k": [s]}).to_string();
    let data = json!({"k": s, "list": [s, {"k": s}], "json": text, secret: 1,
        "rows": [[s, s], [s, 1]], "row": [[s, {secret: s}]]});
    let frame = json!({"filename": s, "abs_path": s, "module": s, "function": s, "package": s,
        "context_line": s, "pre_context": [s], "post_context": [s], "raw_function": s,
        "vars": [{"name": "v", "value": data}]});
    let stack = json!({"frames": [frame], "registers": {"rip": s}});
    let mechanism = json!({"type": s, "description": s, "help_link": s, "data": data,
        "meta": data});
    let exception = json!({"type": s, "value": format!("for {secret}"), "module": s,
        "thread_id": s, "mechanism": mechanism, "stacktrace": stack});
    let headers = json!([
        ["h", s],
        ["User-Agent", s],
        ["Cookie", format!("a={secret}")]
    ]);
    let request = json!({"url": s, "method": s, "fragment": s, "cookies": [["c", s]],
        "query_string": [["q", s], [secret, "v"]], "headers": headers,
        "data": data, "env": data});
    json!({
        "logger": s, "culprit": s, "transaction": s, "server_name": s, "site": s, "release": s,
        "environment": s, "dist": s, "fingerprint": [s], "checksum": s,
        "logentry": {"formatted": format!("it failed: {secret} !"), "message": s,
            "params": [s, data]},
        "exception": {"values": [exception]},
        "threads": {"values": [{"id": s, "name": s, "stacktrace": stack}]},
        "stacktrace": stack,
        "template": {"filename": s, "abs_path": s, "context_line": s, "pre_context": [s],
            "post_context": [s]},
        "request": request,
        "user": {"id": s, "username": s, "email": s, "ip_address": s, "data": data,
            "geo": {"city": s, "k": data}},
        "tags": [{"key": "t", "value": s}],
        "modules": {"m": s, secret: "1"},
        "contexts": {"os": {"name": s, "k": data}, "trace": {"op": s, "data": data},
            "mine": data, secret: {"k": s}},
        "extra": data,
        "breadcrumbs": {"values": [{"type": s, "category": s, "message": s, "data": data}]},
        "sdk": {"name": s, "version": s},
        "seed": {"level": 40, "class_name": s, "traceback": format!("x\n{secret}\ny"),
            "message": s, "package": [s, s], "frame_names": [[s, s]]},
        "other": {"spans": [{"description": s, "data": data}], "mine": data, secret: s},
        "remarks": [{"path": format!("extra.{secret}"), "kind": "dropped", "reason": "x"},
            {"path": format!("a.0.{secret}"), "kind": "cut", "reason": "x"}],
    })
}

/// Plants `text` and looks for `secret`, which is it or a part of it.
fn check(text: &str, secret: &str) {
    let scrubber = scrubber(&Scrubbing::default());
    let planted = planted(text);
    let before = planted.to_string().matches(secret).count();
    assert!(before > 60, "{before} places of {text}");
    let left = check_again(&scrubber, event(planted));
    let left = serde_json::to_value(left).unwrap();
    let mut found = Vec::new();
    survivors(&left, secret, "", &mut found);
    assert_eq!(found, Vec::<String>::new(), "of {text}");
}

fn survivors(value: &Value, secret: &str, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains(secret) => found.push(format!("{at}: {text}")),
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                survivors(value, secret, &format!("{at}.{index}"), found);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                if key.contains(secret) {
                    found.push(format!("{at}: the name {key}"));
                }
                survivors(value, secret, &format!("{at}.{key}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn w35_patterns_survive_nowhere() {
    check("4111111111111111", "4111111111111111");
    check("3782 822463 10005", "822463");
    check("DE89370400440532013000", "0532013000");
    check("123-45-6789", "123-45-6789");
    check("postgres://app:hunter2@db/x", "hunter2");
    check("Bearer s3cr3t.t0k3n", "s3cr3t");
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----";
    check(key, "MIIEow");
}

#[test]
fn w35_values_of_secret_names_survive_nowhere() {
    let names = [
        "password",
        "Authorization",
        "api_key",
        "user[passwd]",
        "X-Auth-Token",
        "client_secret",
    ];
    for name in names {
        let secret = "c4n4ry";
        let text = json!({name: secret}).to_string();
        let data = json!({name: secret, "deep": [{name: [secret]}], "text": text,
            "form": format!("a=b&{name}={secret}"),
            "repr": format!("{{'{name}': '{secret}'}}")});
        let frame = json!({"vars": [{"name": name, "value": secret},
            {"name": "d", "value": data}]});
        let mut context = Map::new();
        context.insert(name.to_owned(), secret.into());
        let fields = json!({
            "request": {"headers": [[name, secret]], "cookies": [[name, secret]],
                "query_string": [[name, secret]], "data": data, "env": data},
            "extra": data, "user": {"id": "1", name: secret, "data": data},
            "tags": [{"key": name, "value": secret}],
            "contexts": {"mine": data, "os": context},
            "breadcrumbs": {"values": [{"data": data, "message": format!("{name}={secret}")}]},
            "logentry": {"formatted": format!("GET /x?{name}={secret}"), "params": data},
            "exception": {"values": [{"value": format!("bad {{'{name}': '{secret}'}}"),
                "mechanism": {"type": "x", "data": data}, "stacktrace": {"frames": [frame]}}]},
        });
        let left = check_again(&scrubber(&Scrubbing::default()), event(fields));
        let (left, mut found) = (serde_json::to_value(left).unwrap(), Vec::new());
        survivors(&left, secret, "", &mut found);
        assert_eq!(found, Vec::<String>::new(), "of {name}");
    }
}
