//! From a checked event to a 200: drawn up, appended to the spool, synced.
//! Called by the doors; what happens later is the digest's work.

use axum::http::request::Parts;
use bytes::Bytes;
use watchpost_model::{EventId, Receipt, Timestamp, WireFormat};
use watchpost_protocol::json::CheckedObject;

use crate::error::GateError;
use crate::gate::{Gate, client};
use crate::keys::Access;
use crate::quota::Charge;
use crate::spool::Record;

/// An event that may be accepted.
pub(crate) struct Candidate {
    /// Its bytes, and what was repaired.
    pub(crate) object: CheckedObject,
    /// The client's id; one is drawn when there is none.
    pub(crate) id: Option<EventId>,
    /// Which language it is written in.
    pub(crate) format: WireFormat,
    /// The client's name, from its credentials or the envelope.
    pub(crate) sdk: Option<String>,
    /// When its envelope was sent, by the client's clock.
    pub(crate) sent_at: Option<Timestamp>,
}

/// Accepts an event that `prepare` makes of its bytes, if the quotas have room for it. Returns
/// after it is synced. What is refused in the end is not charged.
pub(crate) async fn accept(
    gate: &Gate,
    head: &Parts,
    access: &Access,
    prepare: impl FnOnce() -> Result<Candidate, GateError>,
) -> Result<EventId, GateError> {
    let then = gate.clock.steady();
    access
        .take(Charge::ERROR, then)
        .map_err(GateError::Limited)?;
    let appended = match prepare() {
        Ok(candidate) => append(gate, head, access, candidate).await,
        Err(error) => Err(error),
    };
    if appended.is_err() {
        access.give_back(Charge::ERROR, then);
    }
    appended
}

async fn append(
    gate: &Gate,
    head: &Parts,
    access: &Access,
    candidate: Candidate,
) -> Result<EventId, GateError> {
    if gate.fill.refuses(access.project) {
        return Err(GateError::QuarantineFull);
    }
    let event = candidate
        .id
        .unwrap_or_else(|| EventId::from_random(gate.random.draw()));
    let receipt = Receipt {
        project: access.project,
        key: access.key,
        event,
        received: gate.clock.now(),
        format: candidate.format,
        client_ip: client::address(head, gate.config.proxy_hops).map(|ip| ip.to_string()),
        sdk: candidate.sdk.as_deref().map(client::cut),
        user_agent: client::user_agent(head),
        sent_at: candidate.sent_at,
    };
    let record = Record {
        receipt,
        remarks: candidate.object.remarks,
        body: Bytes::from(candidate.object.json),
    };
    gate.spool.append(record).await?;
    Ok(event)
}
