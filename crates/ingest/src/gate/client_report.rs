//! What a client says that it threw away, counted under the client's own reasons.
//! Called by the envelope door; a report that cannot be read is counted, never refused.

use watchpost_model::Outcome;
use watchpost_protocol::client_report;

use super::Gate;
use crate::keys::Access;
use crate::limits::CLIENT_REPORT_QUANTITY_MAX;
use crate::outcome::{End, word_of_client};

/// Counts a report.
pub(crate) fn count(gate: &Gate, access: &Access, payload: &[u8]) {
    let Some(discarded) = client_report::parse(payload) else {
        let end = End::new("client_report", Outcome::Invalid, "invalid_json");
        gate.outcomes.count(access.owner(), end, 1);
        return;
    };
    for entry in discarded {
        let end = End {
            category: word_of_client(&entry.category),
            outcome: Outcome::ClientDiscarded,
            reason: word_of_client(&entry.reason),
        };
        let quantity = entry.quantity.min(CLIENT_REPORT_QUANTITY_MAX);
        gate.outcomes.count(access.owner(), end, quantity);
    }
}
