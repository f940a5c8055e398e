//! What a client says that it threw away, counted under the client's own reasons.
//! Called by the envelope door; a report that cannot be read is counted, never refused.

use serde::Deserialize;
use watchpost_model::Outcome;

use super::Gate;
use crate::keys::Access;
use crate::limits::CLIENT_REPORT_ENTRY_COUNT_MAX;
use crate::outcome::{End, Word, word_of_client};

/// The lists of a report. They differ in who decided; for us the client discarded it all.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Report {
    #[serde(rename = "discarded_events")]
    discarded: Vec<Entry>,
    #[serde(rename = "rate_limited_events")]
    rate_limited: Vec<Entry>,
    #[serde(rename = "filtered_events")]
    filtered: Vec<Entry>,
    #[serde(rename = "filtered_sampling_events")]
    sampled: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    category: String,
    quantity: u64,
}

/// Counts a report.
pub(crate) fn count(gate: &Gate, access: &Access, payload: &[u8]) {
    let Ok(report) = serde_json::from_slice::<Report>(payload) else {
        let end = End::new("client_report", Outcome::Invalid, "invalid_json");
        gate.outcomes.count(access.owner(), end, 1);
        return;
    };
    let entries = (report.discarded.into_iter())
        .chain(report.rate_limited)
        .chain(report.filtered)
        .chain(report.sampled);
    for entry in entries.take(CLIENT_REPORT_ENTRY_COUNT_MAX) {
        let end = End {
            category: category(&entry.category),
            outcome: Outcome::ClientDiscarded,
            reason: word_of_client(&entry.reason),
        };
        gate.outcomes.count(access.owner(), end, entry.quantity);
    }
}

/// Clients of before 2019 call messages `default`; they are counted with errors.
fn category(text: &str) -> Word {
    match text {
        "default" => Word::Borrowed(crate::outcome::ERROR),
        other => word_of_client(other),
    }
}
