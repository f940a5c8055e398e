//! Envelopes: one header line, then items of a header line and counted bytes each.
//! Called by the envelope gate with the decoded body. Copies nothing but the headers.

use serde_json::{Map, Value};
use watchpost_model::Timestamp;

use crate::dsn::Dsn;
use crate::json::IdField;
use crate::limits;

mod item;
#[cfg(test)]
mod tests;

pub use item::ItemType;

/// An envelope, borrowed from the body.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Its first line.
    pub header: EnvelopeHeader,
    /// What it carries, in order, unknown kinds included.
    pub items: Vec<Item<'a>>,
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
    /// Everything else, `trace` included.
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
    /// Too many items of one kind (413).
    #[error("the envelope exceeds the count limit for {what}: {count_max} items")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        count_max: usize,
    },
}

impl<'a> Envelope<'a> {
    /// Reads the envelope in `body`.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] when the whole is refused. Items of unknown kinds are no error; what is
    /// inside the payloads is not looked at.
    pub fn parse(_body: &'a [u8], _limits: &EnvelopeLimits) -> Result<Self, EnvelopeError> {
        Err(EnvelopeError::Empty)
    }
}
