//! Bodies: envelopes, `/store/`, the form of 2010, and the look at JSON before the 200.

use watchpost_model::ProjectId;
use watchpost_protocol::body;
use watchpost_protocol::client_report;
use watchpost_protocol::encoding::DecodeLimits;
use watchpost_protocol::envelope::{Envelope, EnvelopeLimits};
use watchpost_protocol::form;
use watchpost_protocol::json::{self, CheckedObject};
use watchpost_protocol::limits::JSON_DEPTH_MAX;

use super::{Target, at, split};

/// The targets of this file.
pub const TARGETS: &[Target] = &[
    at("envelope", envelope),
    at("store_body", store_body),
    at("seed_form", seed_form),
    at("json", json),
];

const LIMITS: DecodeLimits = DecodeLimits::bytes(1024 * 1024);

/// Payloads lie within the body; no item is invented.
fn envelope(bytes: &[u8]) {
    let limits = EnvelopeLimits {
        item_count_max: 50,
        ..EnvelopeLimits::USUAL
    };
    let Ok(envelope) = Envelope::parse(bytes, &limits) else {
        return;
    };
    let _ = envelope
        .header
        .agrees_with(ProjectId(7), "0123456789abcdef0123456789abcdef");
    assert!(envelope.items.len() <= limits.item_count_max);
    let payload_bytes: usize = envelope.items.iter().map(|item| item.payload.len()).sum();
    assert!(payload_bytes <= bytes.len());
    for item in &envelope.items {
        let _ = client_report::parse(item.payload);
        if item.item_type.creates_event() {
            checked(item.payload);
        }
    }
}

/// The many bodies of `/store/`.
fn store_body(bytes: &[u8]) {
    if let Ok(found) = body::record(bytes.to_vec(), LIMITS) {
        assert!(found.len() <= LIMITS.output_bytes_max);
        checked(&found);
    }
}

/// The first line is the content type, the rest the body.
fn seed_form(bytes: &[u8]) {
    let (content_type, body) = split(bytes, b'\n');
    let content_type = String::from_utf8_lossy(content_type);
    let Ok(Some(form)) = form::seed_form(Some(&content_type), body) else {
        return;
    };
    // What goes to a log is the same for any key.
    let mut other = form.clone();
    other.key = Some("another".to_owned());
    assert_eq!(format!("{other:?}"), format!("{form:?}"));
    if let Ok(found) = form.record(LIMITS) {
        checked(&found);
    }
}

/// What passes is an object that `serde_json` reads, and passes again as it is.
fn json(bytes: &[u8]) {
    checked(bytes);
}

/// Checks an object as a gate does.
pub(super) fn checked(bytes: &[u8]) -> Option<CheckedObject> {
    let checked = json::check_object(bytes.to_vec()).ok()?;
    let value: serde_json::Value =
        serde_json::from_slice(&checked.json).expect("what was checked can be read");
    assert!(value.is_object(), "{value} is no object");
    let again = json::check_object(checked.json.clone()).expect("it passed before");
    assert_eq!(again.json, checked.json, "repaired twice");
    assert!(again.remarks.is_empty(), "{:?}", again.remarks);
    assert!(depth(&value) <= JSON_DEPTH_MAX);
    Some(checked)
}

fn depth(value: &serde_json::Value) -> usize {
    let inner = match value {
        serde_json::Value::Array(list) => list.iter().map(depth).max(),
        serde_json::Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}
