//! How an event leaves its program: an envelope, or the form of 2010.

use serde_json::{Value, json};
use watchpost_model::{EventId, ProjectId, Timestamp};

/// Where a program reports to.
#[derive(Clone, Debug)]
pub struct Door {
    /// The project.
    pub project: ProjectId,
    /// The public half of its key.
    pub public: String,
    /// The secret half.
    pub secret: String,
}

/// A `POST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub path: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub body: Vec<u8>,
}

/// An envelope with one event in it.
pub(crate) fn envelope(door: &Door, id: EventId, at: Timestamp, event: &Value) -> Request {
    let event = event.to_string();
    let head = json!({"event_id": id.to_string(), "sent_at": at.to_string()});
    let item = json!({"type": "event", "length": event.len()});
    envelope_of(door, &format!("{head}\n{item}\n{event}\n"))
}

/// An envelope that tells what a client threw away itself.
pub(crate) fn client_report(door: &Door, at: Timestamp, count: usize) -> Request {
    let report = json!({
        "timestamp": at.to_string(),
        "discarded_events": [
            {"reason": "sample_rate", "category": "error", "quantity": count},
        ],
    });
    let item = json!({"type": "client_report"});
    envelope_of(door, &format!("{{}}\n{item}\n{report}\n"))
}

fn envelope_of(door: &Door, body: &str) -> Request {
    let auth = format!(
        "Sentry sentry_version=7, sentry_client=demo/1.0, sentry_key={}",
        door.public
    );
    Request {
        path: format!("/api/{}/envelope/", door.project),
        headers: vec![
            ("x-sentry-auth", auth),
            ("content-type", "application/x-sentry-envelope".to_owned()),
        ],
        body: body.as_bytes().to_vec(),
    }
}

/// The form of 2010: a key, a format, and the record.
pub(crate) fn form(door: &Door, record: &Value) -> Request {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("key", &door.secret);
    form.append_pair("format", "json");
    form.append_pair("data", &record.to_string());
    Request {
        path: "/store/".to_owned(),
        headers: vec![(
            "content-type",
            "application/x-www-form-urlencoded".to_owned(),
        )],
        body: form.finish().into_bytes(),
    }
}
