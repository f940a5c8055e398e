//! Reads an event that nobody sent: what a person pastes to try rules on.

use watchpost_model::{Event, EventId, KeyId, ProjectId, Receipt, Timestamp, WireFormat};
use watchpost_protocol::json::check_object;

use crate::gate::chain;

/// Makes of a client's JSON what the digest would make of it, before filters, scrubbing and
/// grouping. The error is for the person who pasted it.
pub fn read_event(json: &[u8], now: Timestamp) -> Result<Event, String> {
    let object = check_object(json.to_vec()).map_err(|error| chain(&error))?;
    let receipt = Receipt {
        project: ProjectId(0),
        key: KeyId(0),
        event: EventId(0),
        received: now,
        sent_at: None,
        format: WireFormat::Event,
        client_ip: None,
        sdk: None,
        user_agent: None,
    };
    let parsed = watchpost_protocol::event::parse(&receipt, &object.json);
    let event = parsed.map_err(|error| chain(&error))?;
    Ok(watchpost_normalize::event(event, &receipt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_would_send_is_read_and_anything_else_refused() {
        let now = Timestamp::from_secs(1_800_000_000);
        let event = read_event(br#"{"message":"boom","tags":{"a":"b"}}"#, now).unwrap();
        assert_eq!(event.message.unwrap().formatted, "boom");
        assert_eq!((&*event.tags[0].value, event.received), ("b", now));
        for wrong in ["", "[1]", "{", "\u{0}", &"[".repeat(100_000)] {
            assert!(!read_event(wrong.as_bytes(), now).unwrap_err().is_empty());
        }
    }
}
