//! Envelopes: one header line, then items of a header line and counted bytes each.
//! Called by the envelope gate with the decoded body. Copies nothing but the headers.

use serde_json::{Map, Value};
use watchpost_model::{ProjectId, Timestamp};

use crate::dsn::Dsn;
use crate::json::IdField;
use crate::limits;

mod frame;
mod item;
mod tally;
#[cfg(test)]
mod tests;

pub use item::ItemType;
use tally::{Place, Tally};

/// An envelope, borrowed from the body.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Its first line.
    pub header: EnvelopeHeader,
    /// What it carries, in order, unknown kinds included.
    pub items: Vec<Item<'a>>,
    /// What was left out because there were too many items of its kind.
    pub surplus: Vec<ItemType>,
}

/// The first line of an envelope.
#[derive(Clone, Debug, Default)]
pub struct EnvelopeHeader {
    /// The id of the event inside; it wins over the one in the event.
    pub event_id: IdField,
    /// The credentials of a client that sends through a tunnel.
    pub dsn: Option<Dsn>,
    /// The client: `sentry.python/2.75.0`.
    pub sdk: Option<String>,
    /// When it was sent, by the client's clock.
    pub sent_at: Option<Timestamp>,
    /// Everything but id and DSN, as it came: `trace`, and `sdk` with its packages.
    pub other: Map<String, Value>,
}

/// One item of an envelope.
#[derive(Debug)]
pub struct Item<'a> {
    /// What it is.
    pub item_type: ItemType,
    /// Its header, `type` and `length` included.
    pub header: Map<String, Value>,
    /// Its bytes.
    pub payload: &'a [u8],
}

/// Bounds of one envelope that a gate may lower; the others are constants in [`limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnvelopeLimits {
    /// Bytes of the whole.
    pub bytes_max: usize,
    /// Items.
    pub item_count_max: usize,
    /// Bytes of an event and its relatives.
    pub event_bytes_max: usize,
    /// Bytes of one attachment, and of all.
    pub attachment_bytes_max: usize,
}

impl EnvelopeLimits {
    /// What current clients may expect.
    pub const USUAL: Self = Self {
        bytes_max: limits::ENVELOPE_BYTES_MAX,
        item_count_max: limits::ITEM_COUNT_MAX,
        event_bytes_max: limits::EVENT_BYTES_MAX,
        attachment_bytes_max: limits::ATTACHMENT_BYTES_MAX,
    };
}

/// Why an envelope is refused as a whole. The text goes to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Nothing there (400).
    #[error("the envelope is empty")]
    Empty,
    /// The first line (400).
    #[error("invalid envelope header: {reason}")]
    Header {
        /// What is wrong.
        reason: String,
    },
    /// An item (400).
    #[error("invalid item {number} of the envelope: {reason}")]
    Item {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong.
        reason: String,
    },
    /// More items than an envelope may have (400).
    #[error("the envelope has more than {count_max} items")]
    TooManyItems {
        /// How many are allowed.
        count_max: usize,
    },
    /// Too many bytes, in all or of one kind (413).
    #[error("the envelope exceeds the size limit for {what}: {limit_bytes} bytes")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// What is allowed.
        limit_bytes: usize,
    },
}

impl<'a> Envelope<'a> {
    /// Reads the envelope in `body`.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] when the whole is refused. Items of unknown kinds are no error; what is
    /// inside the payloads is not looked at.
    pub fn parse(body: &'a [u8], limits: &EnvelopeLimits) -> Result<Self, EnvelopeError> {
        if body.len() > limits.bytes_max {
            return Err(EnvelopeError::TooLarge {
                what: "envelope",
                limit_bytes: limits.bytes_max,
            });
        }
        if body.trim_ascii().is_empty() {
            return Err(EnvelopeError::Empty);
        }
        let header = |reason| EnvelopeError::Header { reason };
        let (fields, mut rest) = frame::header(body).map_err(header)?;
        let header = EnvelopeHeader::read(fields).map_err(header)?;
        let (mut items, mut surplus) = (Vec::new(), Vec::new());
        let mut tally = Tally::new(limits);
        // Blank lines at the end are a habit of editors, not an item. Only the start is looked at,
        // so that megabytes of blanks are not walked once per item.
        while !rest.trim_ascii_start().is_empty() {
            let number = items.len() + surplus.len() + 1;
            if number > limits.item_count_max {
                let count_max = limits.item_count_max;
                return Err(EnvelopeError::TooManyItems { count_max });
            }
            let (item, tail) =
                Item::read(rest).map_err(|reason| EnvelopeError::Item { number, reason })?;
            match tally.count(&item)? {
                Place::Free => items.push(item),
                Place::Taken => surplus.push(item.item_type),
            }
            rest = tail;
        }
        Ok(Self {
            header,
            items,
            surplus,
        })
    }
}

impl EnvelopeHeader {
    /// Reads the header alone, from the first [`limits::HEADER_BYTES_MAX`] bytes of an envelope or
    /// from all of a shorter one.
    ///
    /// # Errors
    ///
    /// As [`Envelope::parse`].
    pub fn parse(start: &[u8]) -> Result<Self, EnvelopeError> {
        if start.trim_ascii().is_empty() {
            return Err(EnvelopeError::Empty);
        }
        let header = |reason| EnvelopeError::Header { reason };
        let (fields, _) = frame::header(start).map_err(header)?;
        Self::read(fields).map_err(header)
    }

    /// Whether the DSN in here, if any, names the same project and key as the request did.
    pub fn agrees_with(&self, project: ProjectId, public_key: &str) -> bool {
        self.dsn.as_ref().is_none_or(|dsn| {
            dsn.project == project && dsn.public_key.eq_ignore_ascii_case(public_key)
        })
    }

    fn read(mut other: Map<String, Value>) -> Result<Self, String> {
        let event_id = match other.remove("event_id") {
            None | Some(Value::Null) => IdField::Absent,
            Some(Value::String(text)) => IdField::from_text(&text),
            Some(_) => IdField::Malformed,
        };
        if event_id == IdField::Malformed {
            return Err("event_id is no UUID".to_owned());
        }
        let dsn = match other.remove("dsn") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => {
                Some(text.parse::<Dsn>().map_err(|error| error.to_string())?)
            }
            Some(_) => return Err("dsn is no text".to_owned()),
        };
        let sent_at = other.get("sent_at").and_then(Value::as_str);
        Ok(Self {
            event_id,
            dsn,
            sdk: other.get("sdk").and_then(sdk_name),
            sent_at: sent_at.and_then(Timestamp::parse_rfc3339),
            other,
        })
    }
}

/// `{"name": "sentry.python", "version": "2.75.0"}` as `sentry.python/2.75.0`.
fn sdk_name(sdk: &Value) -> Option<String> {
    const CHARS_MAX: usize = 200;
    let name = sdk.get("name")?.as_str().filter(|name| !name.is_empty())?;
    let text = match sdk.get("version").and_then(Value::as_str) {
        Some(version) => format!("{name}/{version}"),
        None => name.to_owned(),
    };
    Some(text.chars().take(CHARS_MAX).collect())
}

impl<'a> Item<'a> {
    /// Reads the item at the start of `text`; also gives what follows it.
    fn read(text: &'a [u8]) -> Result<(Self, &'a [u8]), String> {
        let (header, rest) = frame::header(text)?;
        let Some(Value::String(name)) = header.get("type") else {
            return Err("its header has no type".to_owned());
        };
        let item_type = ItemType::from_name(name);
        if item_type == ItemType::Internal {
            return Err("only servers send this type to each other".to_owned());
        }
        let length = match header.get("length") {
            None | Some(Value::Null) => None,
            Some(length) => {
                let length = length
                    .as_u64()
                    .and_then(|length| usize::try_from(length).ok());
                Some(length.ok_or("its length is not a number of bytes")?)
            }
        };
        let (payload, rest) = frame::payload(rest, length)?;
        let item = Self {
            item_type,
            header,
            payload,
        };
        Ok((item, rest))
    }

    /// Whether the payload is a container of many records, as logs and current spans are.
    fn is_container(&self) -> bool {
        let content_type = self.header.get("content_type").and_then(Value::as_str);
        content_type.is_some_and(|text| text.starts_with("application/vnd.sentry.items."))
    }
}
