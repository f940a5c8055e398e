//! The protocol of 2010: a form with the fields `data`, `key` and `format`, where `data` is
//! base64 of zlib of a JSON object.
//!
//! Only fields that the servers of that time know are sent, and none with a null: they answer
//! 200 and lose the event over either. So there is no timestamp; they take the time of arrival.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Map, Value, json};

use super::{Report, bounded, cut, put, short};
use crate::exception::Exception;
use crate::frames::Frame;
use crate::limits::MESSAGE_BYTES_MAX;

/// The column of those servers holds no more; the whole address is in the data.
const URL_BYTES_MAX: usize = 197;

/// The record, encoded: what goes into the field `data`.
pub(crate) fn data(report: &Report<'_>) -> String {
    let json = Value::Object(record(report)).to_string().into_bytes();
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let zlib = encoder.write_all(&json).and_then(|()| encoder.finish());
    // Servers take the plain JSON, too; writing into memory does not fail anyway.
    STANDARD.encode(zlib.unwrap_or(json))
}

/// The form, with its fields in the order of the first client.
pub(crate) fn form(data: &str, key: &str) -> Vec<u8> {
    format!("data={}&key={}&format=json", escape(data), escape(key)).into_bytes()
}

/// Percent-encodes everything that could mean something in a form. A bare `+` would arrive as a
/// space.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn record(report: &Report<'_>) -> Map<String, Value> {
    let (event, facts) = (report.event, report.facts);
    let mut record = Map::new();
    put(&mut record, "message_id", Some(event.id.to_string()));
    put(&mut record, "level", Some(event.level.number()));
    put(
        &mut record,
        "message",
        Some(cut(event.message(), MESSAGE_BYTES_MAX)),
    );
    put(&mut record, "logger", event.logger.as_deref().map(short));
    put(&mut record, "view", report.view().as_deref().map(short));
    put(
        &mut record,
        "url",
        event.url.as_deref().map(|url| cut(url, URL_BYTES_MAX)),
    );
    put(&mut record, "site", report.site());
    put(&mut record, "server_name", facts.server_name.as_deref());
    put(&mut record, "checksum", checksum(report));
    if let Some(exception) = event.exceptions.first() {
        put(&mut record, "class_name", Some(short(&exception.name)));
        put(
            &mut record,
            "traceback",
            Some(traceback(exception, &report.frames)),
        );
    }
    put(&mut record, "data", Some(metadata(report)));
    record
}

/// The given checksum, else one made of the fingerprint: 32 hex digits either way.
fn checksum(report: &Report<'_>) -> Option<String> {
    let event = report.event;
    let made = || {
        let is_set = !event.fingerprint.is_empty();
        is_set.then(|| format!("{:032x}", fnv_1a(&event.fingerprint)))
    };
    event.checksum.clone().or_else(made)
}

/// FNV-1a of 128 bits: the same on every machine and in every version, and not a secret.
fn fnv_1a(parts: &[String]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(BASIS, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

/// The stack as Python prints it, with a blank line between entries as the first client had it.
///
/// Those servers hash all but the last three lines, so the last three hold what varies: the
/// line of the error.
fn traceback(exception: &Exception, frames: &[Frame]) -> String {
    let mut lines = String::from("Traceback (most recent call last):\n\n");
    for frame in frames {
        let path = frame.filename().unwrap_or("?");
        let function = frame.qualified().unwrap_or_else(|| "?".to_owned());
        let line = frame.line.unwrap_or(0);
        let _ = write!(lines, "  File \"{path}\", line {line}, in {function}\n\n");
    }
    let value = exception.value.lines().next().unwrap_or_default();
    let _ = writeln!(lines, "{}: {}", exception.name, short(value));
    lines
}

/// The program's data, the facts that have no field of their own, and `__sentry__`.
fn metadata(report: &Report<'_>) -> Map<String, Value> {
    let (event, facts) = (report.event, report.facts);
    let mut data = bounded(&event.data);
    put(&mut data, "url", event.url.as_deref().map(short));
    put(&mut data, "release", facts.release.as_deref());
    put(&mut data, "environment", facts.environment.as_deref());
    if !event.tags.is_empty() {
        put(&mut data, "tags", Some(json!(event.tags)));
    }
    let causes: Vec<Value> = event
        .exceptions
        .iter()
        .skip(1)
        .map(|cause| {
            cut(
                &format!("{}: {}", cause.name, cause.value),
                MESSAGE_BYTES_MAX,
            )
            .into()
        })
        .collect();
    if !causes.is_empty() {
        put(&mut data, "causes", Some(causes));
    }
    put(&mut data, "__sentry__", Some(sentry(report)));
    data
}

fn sentry(report: &Report<'_>) -> Map<String, Value> {
    let (event, facts) = (report.event, report.facts);
    let mut sentry = Map::new();
    let mut versions = facts.modules.clone();
    if let Some((name, version)) = facts.release.as_deref().and_then(|r| r.split_once('@')) {
        versions.insert(name.to_owned(), version.to_owned());
        put(&mut sentry, "module", Some(name));
        put(&mut sentry, "version", Some(version));
    }
    put(&mut sentry, "versions", Some(json!(versions)));
    if let Some(exception) = event.exceptions.first() {
        // Servers up to 1.8 read `exc`, those from 1.10 read `exception` and `frames`.
        let module = exception.module.as_deref().unwrap_or("__builtin__");
        let args = [cut(&exception.value, MESSAGE_BYTES_MAX)];
        let frames: Vec<Value> = report.frames.iter().enumerate().map(frame).collect();
        put(&mut sentry, "exc", Some(json!([module, args, frames])));
        put(&mut sentry, "exception", Some(json!([module, args])));
        put(&mut sentry, "frames", Some(frames));
    }
    if let Some(user) = &event.user {
        let mut value = Map::new();
        put(
            &mut value,
            "is_authenticated",
            Some(user.id.is_some() || user.username.is_some()),
        );
        put(&mut value, "id", user.id.as_deref());
        put(&mut value, "username", user.username.as_deref());
        put(&mut value, "email", user.email.as_deref());
        put(&mut sentry, "user", Some(value));
    }
    sentry
}

/// A frame as the pages of 2010 show it. Of source and locals we know nothing.
fn frame((id, frame): (usize, &Frame)) -> Value {
    let line = frame.line.unwrap_or(0);
    json!({
        "id": id,
        "filename": short(frame.filename().unwrap_or("?")),
        "module": frame.module.as_deref().map(short),
        "function": short(frame.function.as_deref().unwrap_or("?")),
        "lineno": line,
        "context_line": "",
        "pre_context": [],
        "post_context": [],
        "pre_context_lineno": line,
        "vars": [],
        "in_app": frame.in_app,
    })
}
