//! What a target is, and the few things they share.

pub mod client;
pub mod decode;
pub mod event;
pub mod search;
pub mod spool;
pub mod wire;

use watchpost_model::{EventId, KeyId, ProjectId, Receipt, Timestamp, WireFormat};

/// Something that reads what strangers send.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line, and the folder of its corpus.
    pub name: &'static str,
    /// Takes any bytes; panics when a promise is broken.
    pub run: fn(&[u8]),
}

const fn at(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// The target of that name, wherever it is.
pub fn target(name: &str) -> Option<Target> {
    let all = [
        client::TARGETS,
        decode::TARGETS,
        wire::TARGETS,
        event::TARGETS,
        spool::TARGETS,
        search::TARGETS,
    ];
    let mut all = all.into_iter().flatten().copied();
    all.find(|target| target.name == name)
}

/// The circumstances of an event, always the same, so that an input always does the same.
fn receipt(format: WireFormat) -> Receipt {
    Receipt {
        project: ProjectId(7),
        key: KeyId(3),
        event: EventId(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
        received: Timestamp::from_micros(1_763_800_000_000_000),
        format,
        client_ip: Some("203.0.113.7".to_owned()),
        sdk: Some("raven-python/6.10.0".to_owned()),
        user_agent: Some("fuzz/1.0".to_owned()),
        sent_at: None,
    }
}

/// The bytes before and behind the first `mark`; all of them and nothing without one.
fn split(bytes: &[u8], mark: u8) -> (&[u8], &[u8]) {
    let place = bytes.iter().position(|byte| *byte == mark);
    let (first, rest) = bytes.split_at(place.unwrap_or(bytes.len()));
    (first, rest.get(1..).unwrap_or_default())
}
