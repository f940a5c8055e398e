//! What the gate knows about a request and the digest needs later: the head of a spool record.

use serde::{Deserialize, Serialize};

use crate::{EventId, KeyId, ProjectId, Timestamp};

/// The circumstances under which one event was accepted. Written to the spool before the bytes of
/// the event, so that digesting (and replaying) needs nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Where it goes.
    pub project: ProjectId,
    /// The key that was used.
    pub key: KeyId,
    /// Its id: the client's, or one drawn at the gate.
    pub event: EventId,
    /// When it was accepted. All later stages take this for "now", so that a replay gives the
    /// same result.
    pub received: Timestamp,
    /// How the bytes are to be read.
    pub format: WireFormat,
    /// Where the request came from, as far as proxies are trusted.
    pub client_ip: Option<String>,
    /// The client's own name and version, from its auth header: `raven-python/6.10.0`.
    pub sdk: Option<String>,
    /// The `User-Agent` of the request.
    pub user_agent: Option<String>,
    /// When the envelope was sent, by the client's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
}

/// The language an event is written in. Its bytes are JSON, decoded and checked to be an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireFormat {
    /// A record of the first protocol (2010 to 2011): `view`, `message_id`, `data.__sentry__`.
    Seed,
    /// An event of Sentry 2.0 and later, legacy interfaces included.
    Event,
}
