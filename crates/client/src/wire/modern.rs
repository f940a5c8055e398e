//! The protocol of today: an envelope with one event in it.
//!
//! ```text
//! {"event_id":"9ec7…","sent_at":"…"}\n
//! {"type":"event","length":N}\n
//! {…the event, N bytes…}\n
//! ```

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{CLIENT_NAME, Report, bounded, cut, put, short};
use crate::clock::rfc3339;
use crate::event::{Origin, User};
use crate::exception::Exception;
use crate::frames::Frame;
use crate::limits::{KEY_COUNT_MAX, MESSAGE_BYTES_MAX};

/// The envelope, not compressed. `now` tells the server how wrong our clock is.
pub(crate) fn envelope(report: &Report<'_>, now: Duration) -> Vec<u8> {
    let event = Value::Object(event(report)).to_string();
    let header = json!({"event_id": report.event.id.to_string(), "sent_at": rfc3339(now)});
    let item = json!({"type": "event", "length": event.len()});
    format!("{header}\n{item}\n{event}\n").into_bytes()
}

/// The header that says who we are.
pub(crate) fn auth(public_key: &str, secret_key: Option<&str>) -> String {
    let secret = secret_key.map_or_else(String::new, |key| format!(", sentry_secret={key}"));
    format!("Sentry sentry_version=7, sentry_client={CLIENT_NAME}, sentry_key={public_key}{secret}")
}

fn event(report: &Report<'_>) -> Map<String, Value> {
    let (event, facts) = (report.event, report.facts);
    let mut body = Map::new();
    put(&mut body, "event_id", Some(event.id.to_string()));
    put(&mut body, "timestamp", Some(event.time.as_secs_f64()));
    put(&mut body, "platform", Some("native"));
    put(&mut body, "level", Some(event.level.name()));
    put(&mut body, "logger", event.logger.as_deref().map(short));
    put(&mut body, "transaction", event.view.as_deref().map(short));
    put(&mut body, "server_name", facts.server_name.as_deref());
    put(&mut body, "release", facts.release.as_deref());
    put(&mut body, "environment", facts.environment.as_deref());
    if !event.message.is_empty() {
        put(
            &mut body,
            "message",
            Some(cut(&event.message, MESSAGE_BYTES_MAX)),
        );
    }
    stack(report, &mut body);
    put(&mut body, "tags", tags(report));
    put(&mut body, "user", event.user.as_ref().map(user));
    let request = event.url.as_deref().map(|url| json!({"url": short(url)}));
    put(&mut body, "request", request);
    if !event.data.is_empty() {
        put(&mut body, "extra", Some(bounded(&event.data)));
    }
    if !event.fingerprint.is_empty() {
        put(&mut body, "fingerprint", Some(event.fingerprint.clone()));
    }
    put(&mut body, "checksum", event.checksum.as_deref());
    if !facts.modules.is_empty() {
        put(&mut body, "modules", Some(json!(facts.modules)));
    }
    let sdk = CLIENT_NAME.split_once('/');
    let sdk = sdk.map(|(name, version)| json!({"name": name, "version": version}));
    put(&mut body, "sdk", sdk);
    body
}

/// The exceptions, cause first, with the stack at the outermost; or the stack alone.
fn stack(report: &Report<'_>, body: &mut Map<String, Value>) {
    let frames = || (!report.frames.is_empty()).then(|| stacktrace(&report.frames));
    let exceptions = &report.event.exceptions;
    if exceptions.is_empty() {
        put(body, "stacktrace", frames());
        return;
    }
    let mut values: Vec<Value> = Vec::new();
    for (id, exception) in exceptions.iter().enumerate() {
        let mut value = one(exception, mechanism(report.event.origin, id));
        if id == 0 {
            put(&mut value, "stacktrace", frames());
        }
        values.push(value.into());
    }
    values.reverse();
    put(body, "exception", Some(json!({"values": values})));
}

fn one(exception: &Exception, mechanism: Value) -> Map<String, Value> {
    let mut value = Map::new();
    put(&mut value, "type", Some(short(&exception.name)));
    put(&mut value, "module", exception.module.as_deref());
    put(
        &mut value,
        "value",
        Some(cut(&exception.value, MESSAGE_BYTES_MAX)),
    );
    put(&mut value, "mechanism", Some(mechanism));
    value
}

/// How the exception was met, and which one it caused.
fn mechanism(origin: Origin, id: usize) -> Value {
    let handled = origin == Origin::Handled;
    let kind = if handled { "generic" } else { "panic" };
    match id.checked_sub(1) {
        None => json!({"type": kind, "handled": handled, "exception_id": id}),
        Some(parent) => json!({
            "type": "chained",
            "handled": handled,
            "source": "source",
            "exception_id": id,
            "parent_id": parent,
        }),
    }
}

fn stacktrace(frames: &[Frame]) -> Value {
    let frame = |frame: &Frame| {
        let mut value = Map::new();
        put(&mut value, "function", frame.function.as_deref().map(short));
        put(&mut value, "module", frame.module.as_deref().map(short));
        put(&mut value, "filename", frame.filename().map(short));
        put(&mut value, "abs_path", frame.path.as_deref().map(short));
        put(&mut value, "lineno", frame.line);
        put(&mut value, "colno", frame.column);
        put(&mut value, "in_app", Some(frame.in_app));
        Value::Object(value)
    };
    json!({"frames": frames.iter().map(frame).collect::<Vec<_>>()})
}

fn tags(report: &Report<'_>) -> Option<Map<String, Value>> {
    let tags = report.event.tags.iter().take(KEY_COUNT_MAX);
    let mut tags: Map<String, Value> = tags
        .map(|(key, value)| (short(key), short(value).into()))
        .collect();
    put(&mut tags, "site", report.site());
    (!tags.is_empty()).then_some(tags)
}

fn user(user: &User) -> Map<String, Value> {
    let mut value = Map::new();
    put(&mut value, "id", user.id.as_deref());
    put(&mut value, "username", user.username.as_deref());
    put(&mut value, "email", user.email.as_deref());
    put(&mut value, "ip_address", user.ip_address.as_deref());
    value
}
