//! The recipe up to grouping, over standard input: what would be stored of an event.

use std::io::BufRead;

use anyhow::Context;
use serde::Deserialize;
use serde_json::value::RawValue;
use watchpost_model::{Event, EventId, KeyId, ProjectId, Receipt, Timestamp, WireFormat};
use watchpost_protocol::event;

/// An event and the circumstances of its arrival, as in `fixtures/`.
#[derive(Deserialize)]
struct Arrival<'a> {
    format: WireFormat,
    received: Timestamp,
    #[serde(default)]
    sdk: Option<String>,
    #[serde(default)]
    client_ip: Option<String>,
    #[serde(borrow)]
    event: &'a RawValue,
}

/// Normalises each line.
pub(crate) fn run() -> anyhow::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let event = normalized(&line?).context("in a line of the input")?;
        println!("{}", serde_json::to_string(&event)?);
    }
    Ok(())
}

fn normalized(line: &str) -> anyhow::Result<Event> {
    let arrival: Arrival<'_> = serde_json::from_str(line)?;
    let receipt = Receipt {
        project: ProjectId(1),
        key: KeyId(1),
        event: EventId(1),
        received: arrival.received,
        format: arrival.format,
        client_ip: arrival.client_ip,
        sdk: arrival.sdk,
        user_agent: None,
        sent_at: None,
    };
    let parsed = event::parse(&receipt, arrival.event.get().as_bytes())?;
    let event = watchpost_normalize::event(parsed, &receipt);
    Ok(watchpost_normalize::tag(event))
}
