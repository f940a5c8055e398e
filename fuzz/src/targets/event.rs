//! The whole recipe: from bytes that a gate let pass to the event that is stored.

use watchpost_model::{Event, Receipt, WireFormat};
use watchpost_protocol::event::parse;

use super::{Target, at, receipt, wire};

/// The targets of this file.
pub const TARGETS: &[Target] = &[at("event", event), at("seed_record", seed_record)];

fn event(bytes: &[u8]) {
    check(&receipt(WireFormat::Event), bytes);
}

/// What a client of the first protocol sends.
fn seed_record(bytes: &[u8]) {
    check(&receipt(WireFormat::Seed), bytes);
}

fn check(receipt: &Receipt, bytes: &[u8]) {
    let Some(checked) = wire::checked(bytes) else {
        return;
    };
    let parsed = parse(receipt, &checked.json).expect("what was checked is an event");
    let whole = watchpost_normalize::event(parsed, receipt);
    let settled = watchpost_normalize::event(whole.clone(), receipt);
    assert_eq!(bare(&settled), bare(&whole), "normalised twice");
    let grouped = watchpost_group::event(whole, receipt);
    assert!(!grouped.hashes.is_empty(), "no hash");
    let again = watchpost_group::event(grouped.event.clone(), receipt);
    assert_eq!(again.hashes, grouped.hashes);
    // As the archive keeps it.
    let stored = serde_json::to_vec(&grouped.event).expect("an event serialises");
    let read: Event = serde_json::from_slice(&stored).expect("what was stored can be read");
    assert_eq!(read, grouped.event, "stored and read");
}

/// Without its remarks, which tell of the way.
fn bare(event: &Event) -> Event {
    Event {
        remarks: Vec::new(),
        ..event.clone()
    }
}
