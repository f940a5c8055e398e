//! The id of an event, made here so that the program has it before anything is sent.
//! `client` makes one for each event; the wire encoders print it.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names one event, on this side and on the server: 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u128);

impl EventId {
    /// What capturing answers when nothing will be sent: the event is skipped, or no server is set.
    pub const NIL: Self = Self(0);

    /// Whether this is [`EventId::NIL`], that is, whether there is nothing to look up.
    pub fn is_nil(self) -> bool {
        self == Self::NIL
    }

    /// A fresh version 4 UUID.
    ///
    /// The hash keys come from the operating system's random source, the counter tells calls of
    /// one process apart, and the process id tells a forked child from its parent.
    pub(crate) fn random() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let call = (COUNT.fetch_add(1, Ordering::Relaxed), std::process::id());
        let high = u128::from(RandomState::new().hash_one(call));
        let low = u128::from(RandomState::new().hash_one(call));
        let bits = (high << 64) | low;
        let version = bits & !(0xf << 76) | (0x4 << 76);
        Self(version & !(0x3 << 62) | (0x2 << 62))
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_version_4_uuids_and_differ() {
        let ids: HashSet<String> = (0..1000).map(|_| EventId::random().to_string()).collect();
        assert_eq!(ids.len(), 1000);
        for id in ids {
            assert_eq!(id.len(), 32, "{id}");
            assert_eq!(id.as_bytes()[12], b'4', "{id}");
            assert!(b"89ab".contains(&id.as_bytes()[16]), "{id}");
        }
        assert!(EventId::NIL.is_nil());
    }
}
