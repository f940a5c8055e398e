//! Records of the first protocol (2010 to 2011), and of the signed clients after it, to
//! [`Event`]. Called by `event::parse`.
//!
//! ```text
//! {"message_id", "level": 40, "message", "view", "class_name", "traceback", …,
//!  "data": {<the application's own>, "META": {…}, "GET": {…}, "__sentry__": {"exc": […], …}}}
//! ```

mod metadata;
mod moment;
mod platform;
mod stack;
mod traceback;

#[cfg(test)]
mod tests;

use watchpost_model::{Event, Level, Message, Receipt, SeedRecord};

use self::metadata::Metadata;
use crate::event::finish_request;
use crate::event::node::{Fields, Node};
use crate::event::read::{Notes, Path, keep, label, prose, text};

/// What a record without a logger belongs to.
const ROOT_LOGGER: &str = "root";

/// The level of a record that names none: error.
const LEVEL_DEFAULT: i64 = 40;

/// The fields of a record that do not go straight into the event.
#[derive(Default)]
struct Draft {
    seed: SeedRecord,
    url: Option<String>,
    metadata: Metadata,
}

/// Reads a record: an object of the first protocol, whatever its fields are.
pub(crate) fn record(receipt: &Receipt, fields: Fields<'_>, notes: &mut Notes) -> Event {
    let mut event = Event::empty(receipt.event, receipt.received);
    let mut draft = Draft::default();
    draft.seed.level = LEVEL_DEFAULT;
    for (key, value) in fields {
        let at = &Path::Root.key(key);
        if let Some(value) = field(&mut event, &mut draft, key, value, at, notes) {
            keep(&mut event.other, key, value);
        }
    }
    assemble(&mut event, draft);
    event
}

/// Reads one field. Gives the value back when it is not one of the protocol.
fn field<'a>(
    event: &mut Event,
    draft: &mut Draft,
    key: &str,
    value: Node<'a>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<Node<'a>> {
    match key {
        "level" => draft.seed.level = level(&value, at, notes),
        "message" => draft.seed.message = prose(value, at, notes).unwrap_or_default(),
        "class_name" => draft.seed.class_name = text(value, at, notes),
        "traceback" => draft.seed.traceback = text(value, at, notes),
        "url" => draft.url = text(value, at, notes),
        "view" => event.culprit = text(value, at, notes),
        "logger" => event.logger = text(value, at, notes),
        "checksum" => event.checksum = label(value, at, notes),
        "server_name" => event.server_name = label(value, at, notes),
        "site" => event.site = label(value, at, notes),
        "timestamp" => event.timestamp = moment::read(&value, event.received, at, notes),
        "data" | "metadata" => draft.metadata.read(value, at, notes),
        // The gate made the event's id of it.
        "message_id" => {}
        _ => return Some(value),
    }
    None
}

/// The level as a number; a name becomes its number, nonsense becomes the default.
fn level(value: &Node<'_>, at: &Path<'_>, notes: &mut Notes) -> i64 {
    let found = match value {
        Node::Null => return LEVEL_DEFAULT,
        Node::Number(number) => number.as_i64(),
        Node::String(text) => {
            let number = text.trim().parse().ok();
            number.or_else(|| text.parse::<Level>().ok().map(Level::number))
        }
        Node::Bool(_) | Node::Array(_) | Node::Object(_) => None,
    };
    found.unwrap_or_else(|| {
        notes.dropped(at, "not a level");
        LEVEL_DEFAULT
    })
}

/// Puts the parts together once all fields are known, whatever order they came in.
fn assemble(event: &mut Event, draft: Draft) {
    let Draft {
        mut seed,
        url,
        metadata,
    } = draft;
    let Metadata {
        mut request,
        mut sentry,
        ..
    } = metadata;
    event.level = Level::from_number(seed.level);
    let logger = event.logger.take().filter(|logger| !logger.is_empty());
    event.logger = Some(logger.unwrap_or_else(|| ROOT_LOGGER.to_owned()));
    event.extra = metadata.extra;
    let elsewhere = [
        ("server_name", &mut event.server_name, metadata.server_name),
        ("site", &mut event.site, metadata.site),
    ];
    for (name, field, found) in elsewhere {
        match (field.is_some(), found) {
            (false, found) => *field = found,
            (true, Some(found)) => {
                event.extra.insert(name.to_owned(), found.into());
            }
            (true, None) => {}
        }
    }
    event.other.extend(metadata.hidden);
    if !seed.message.is_empty() {
        event.message = Some(Message {
            formatted: seed.message.clone(),
            ..Message::default()
        });
    }
    // The one in the metadata is whole; the other was cut to 200 characters by some servers.
    request.url = request.url.or(url);
    let request = finish_request(request);
    event.request = (request != watchpost_model::Request::default()).then_some(request);
    seed.package = sentry.package();
    seed.frame_names = sentry.frame_names();
    event.user = sentry.user;
    event.modules = sentry.versions;
    event.template = sentry.template;
    stack::assemble(event, &seed, sentry.exception, sentry.frames);
    let printed = seed.traceback.as_deref().unwrap_or_default();
    platform::of(event, printed).clone_into(&mut event.platform);
    event.seed = Some(seed);
}
