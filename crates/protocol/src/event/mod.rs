//! JSON of an event to [`Event`]: what every client of Sentry 2.0 and later sends, the oldest
//! spellings included. Called by the digest for each spool record.
//!
//! A field that cannot be understood is dropped or turned into something close, and a remark says
//! so; only what is no event at all is an error.

mod exception;
pub(crate) mod node;
mod parts;
pub(crate) mod read;
mod request;
mod stack;
mod tree;

#[cfg(test)]
mod tests;

use bumpalo::Bump;
use watchpost_model::{Event, Message, Receipt, Sdk, WireFormat};

use self::node::{Fields, Node};
use self::read::{Notes, Path, facts, keep, label, moment, text};

pub(crate) use self::parts::{modules, user};
pub(crate) use self::request::{cookies_of, finish as finish_request, query_of, text_pairs};
pub(crate) use self::stack::frames;

/// Why bytes cannot be an event.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Not JSON, or JSON that is nested too deep to be read.
    #[error("failed to read the event as JSON")]
    Json(#[source] serde_json::Error),
    /// JSON, but a list, a text, a number or null.
    #[error("the event is not a JSON object")]
    NotAnObject,
}

/// Reads the event in `json`, which was accepted under `receipt`.
///
/// Id and received time are the receipt's. The bytes are expected to have passed the gate: one
/// object, bounded in size and depth.
///
/// # Errors
///
/// [`EventError`] when the bytes are not one JSON object.
pub fn parse(receipt: &Receipt, json: &[u8]) -> Result<Event, EventError> {
    let arena = Bump::with_capacity(json.len());
    let Node::Object(fields) = node::read(json, &arena).map_err(EventError::Json)? else {
        return Err(EventError::NotAnObject);
    };
    let mut notes = Notes::default();
    let mut event = if is_seed_record(receipt.format, &fields) {
        crate::seed::record(receipt, fields, &mut notes)
    } else {
        modern(receipt, fields, &mut notes)
    };
    event.remarks = notes.finish();
    Ok(event)
}

/// Signed clients of 2011 post records of the first protocol where events are expected, and
/// somebody may post an event with the form of 2010: the fields decide, the door breaks the tie.
fn is_seed_record(format: WireFormat, fields: &Fields<'_>) -> bool {
    const EVENT: [&str; 5] = ["event_id", "exception", "logentry", "threads", "contexts"];
    const SEED: [&str; 4] = ["message_id", "view", "class_name", "traceback"];
    let named = |names: &[&str]| names.iter().any(|name| fields.has(name));
    let interfaces = || fields.names().any(|key| key.starts_with(INTERFACES));
    let magic = ["data", "metadata"].iter().any(|name| {
        let data = fields.get(name);
        data.is_some_and(|data| data.get("__sentry__").is_some())
    });
    let (event, seed) = (named(&EVENT) || interfaces(), named(&SEED) || magic);
    match format {
        WireFormat::Seed => seed || !event,
        WireFormat::Event => seed && !event,
    }
}

/// How clients of Sentry 2.0 began the names of structured fields.
const INTERFACES: &str = "sentry.interfaces.";

fn modern(receipt: &Receipt, fields: Fields<'_>, notes: &mut Notes) -> Event {
    let mut event = Event::empty(receipt.event, receipt.received);
    let mut plain = None;
    for (key, value) in fields {
        let name = current_name(key);
        let at = &Path::Root.key(key);
        if name == "message" {
            plain = parts::message(value, at, notes);
        } else if let Some(value) = interface(&mut event, name, value, at, notes)
            && let Some(value) = attribute(&mut event, name, value, at, notes)
        {
            keep(&mut event.other, key, value);
        }
    }
    event.message = joined(event.message.take(), plain);
    if writes_newest_frame_first(event.sdk.as_ref(), receipt) {
        reverse_stacks(&mut event);
    }
    event
}

/// The name of a field today.
fn current_name(key: &str) -> &str {
    match key.strip_prefix(INTERFACES) {
        Some("Message") => "logentry",
        Some("Exception") => "exception",
        Some("Stacktrace") => "stacktrace",
        Some("Template") => "template",
        Some("Http") => "request",
        Some("User") => "user",
        Some("Breadcrumbs") => "breadcrumbs",
        Some("Contexts") => "contexts",
        Some("Threads") => "threads",
        Some(_) | None => key,
    }
}

/// Reads the fields that have a structure. Gives the value back when it is not one of them.
fn interface<'a>(
    event: &mut Event,
    name: &str,
    value: Node<'a>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<Node<'a>> {
    match name {
        "logentry" => event.message = parts::message(value, at, notes),
        "exception" => event.exceptions = exception::exceptions(value, at, notes),
        "threads" => event.threads = exception::threads(value, at, notes),
        "stacktrace" => event.stacktrace = stack::stacktrace(value, at, notes),
        "template" => event.template = stack::template(value, at, notes),
        "request" => event.request = request::request(value, at, notes),
        "user" => event.user = user(value, at, notes),
        "tags" => event.tags = parts::tags(value, at, notes),
        "modules" => event.modules = modules(value, at, notes),
        "contexts" => event.contexts = parts::contexts(value, at, notes),
        "extra" => event.extra = node::kept(facts(value, "extra", at, notes)),
        "breadcrumbs" => event.breadcrumbs = parts::breadcrumbs(value, at, notes),
        "fingerprint" => event.fingerprint = parts::fingerprint(value, at, notes),
        "sdk" => {
            let (sdk, settings) = parts::sdk(value, at, notes);
            event.sdk = sdk;
            keep(
                &mut event.other,
                "sdk_settings",
                settings.unwrap_or_default(),
            );
        }
        _ => return Some(value),
    }
    None
}

/// Reads the fields that are a text, a number or a moment. Gives the value back as above.
fn attribute<'a>(
    event: &mut Event,
    name: &str,
    value: Node<'a>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<Node<'a>> {
    match name {
        "timestamp" => {
            event.timestamp = moment(&value, at, notes).unwrap_or(event.received);
        }
        "level" => event.level = parts::level(&value, at, notes).unwrap_or_default(),
        "platform" => event.platform = text(value, at, notes).unwrap_or_default(),
        "logger" => event.logger = text(value, at, notes),
        "culprit" => event.culprit = text(value, at, notes),
        "transaction" => event.transaction = text(value, at, notes),
        "server_name" => event.server_name = label(value, at, notes),
        "site" => event.site = label(value, at, notes),
        "release" => event.release = label(value, at, notes),
        "environment" => event.environment = label(value, at, notes),
        "dist" => event.dist = label(value, at, notes),
        "checksum" => event.checksum = label(value, at, notes),
        // Id, project and time of receipt are the gate's word, not the client's; the others
        // belong to servers of the past.
        "event_id" | "project" | "received" | "version" | "repos" => {}
        "type" if matches!(value.as_str(), Some("event" | "error" | "default")) => {}
        _ => return Some(value),
    }
    None
}

/// One message of the structured and the plain one: old clients send the template in the one and
/// what came of it in the other.
fn joined(entry: Option<Message>, plain: Option<Message>) -> Option<Message> {
    let (mut entry, plain) = match (entry, plain) {
        (Some(entry), Some(plain)) => (entry, plain),
        (entry, plain) => return entry.or(plain),
    };
    if entry.formatted.is_empty() && entry.template.as_ref() != Some(&plain.formatted) {
        entry.formatted = plain.formatted;
    }
    Some(entry)
}

/// raven-node up to 0.4 lists the innermost call first; everybody else lists it last.
fn writes_newest_frame_first(sdk: Option<&Sdk>, receipt: &Receipt) -> bool {
    let old = [
        "raven-node/0.1",
        "raven-node/0.2",
        "raven-node/0.3",
        "raven-node/0.4",
    ];
    let header = receipt.sdk.as_deref();
    let is_old = |name: &str| old.iter().any(|old| name.starts_with(old));
    sdk.is_none() && header.is_some_and(is_old)
}

fn reverse_stacks(event: &mut Event) {
    let of_exceptions = event.exceptions.iter_mut();
    let stacks = of_exceptions.filter_map(|exception| exception.stacktrace.as_mut());
    for stack in stacks.chain(event.stacktrace.as_mut()) {
        stack.frames.reverse();
    }
}
