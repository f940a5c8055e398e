//! Scrubs events on standard input, one a line, for comparisons with other scrubbers:
//! `{"scrubbing": {…}, "event": {…}}` becomes `{"event": {…}, "faults": […]}`. The event is in its
//! stored form. `e2e/kits/sentry-relay` runs it.

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde_json::json;
use watchpost_model::{Event, Scrubbing};
use watchpost_normalize::scrub::Scrubber;

#[derive(Deserialize)]
struct Line {
    scrubbing: Scrubbing,
    event: Option<Event>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let (scrubber, faults) = Scrubber::new(&line.scrubbing);
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let event = line.event.map(|event| scrubber.event(event));
        writeln!(out, "{}", json!({ "event": event, "faults": faults }))?;
    }
    Ok(())
}
