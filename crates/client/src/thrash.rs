//! Thrashing protection: an error in a tight loop is sent a few times, then only counted.
//! `client` asks it before queueing. Time is passed in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::EventId;
use crate::limits::THRASH_KEY_COUNT_MAX;

/// Lets `limit` events of one key pass per `period`.
pub(crate) struct Thrash {
    limit: u32,
    period: Duration,
    seen: Mutex<HashMap<u64, Seen>>,
}

struct Seen {
    since: Instant,
    count: u32,
    last: EventId,
}

impl Thrash {
    pub(crate) fn new(limit: u32, period: Duration) -> Self {
        Self {
            limit,
            period,
            seen: Mutex::default(),
        }
    }

    /// `Err` holds the id of the last event that did pass: the one to look up instead.
    pub(crate) fn admit(&self, key: u64, id: EventId, now: Instant) -> Result<(), EventId> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |seen: &Seen| now.saturating_duration_since(seen.since) >= self.period;
        if seen.len() >= THRASH_KEY_COUNT_MAX && !seen.contains_key(&key) {
            seen.retain(|_, seen| !over(seen));
            // A thousand different errors within one period are no loop: let them pass.
            if seen.len() >= THRASH_KEY_COUNT_MAX {
                return Ok(());
            }
        }
        let first = Seen {
            since: now,
            count: 0,
            last: id,
        };
        let entry = seen.entry(key).or_insert(first);
        if over(entry) {
            (entry.since, entry.count) = (now, 0);
        }
        if entry.count >= self.limit {
            return Err(entry.last);
        }
        entry.count += 1;
        entry.last = id;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_per_minute_pass_and_the_rest_get_the_tenth_id() {
        let thrash = Thrash::new(10, Duration::from_mins(1));
        let start = Instant::now();
        let ids: Vec<EventId> = (0..12).map(|_| EventId::random()).collect();
        for id in &ids[..10] {
            assert_eq!(thrash.admit(1, *id, start), Ok(()));
        }
        assert_eq!(thrash.admit(1, ids[10], start), Err(ids[9]));
        let almost = start + Duration::from_secs(59);
        assert_eq!(thrash.admit(1, ids[10], almost), Err(ids[9]));
        assert_eq!(thrash.admit(2, ids[10], start), Ok(()), "another key");
        let later = start + Duration::from_mins(1);
        assert_eq!(thrash.admit(1, ids[11], later), Ok(()), "a new minute");
    }

    #[test]
    fn memory_is_bounded() {
        let thrash = Thrash::new(1, Duration::from_mins(1));
        let start = Instant::now();
        for key in 0..5000 {
            assert_eq!(thrash.admit(key, EventId::NIL, start), Ok(()));
        }
        assert_eq!(thrash.seen.lock().unwrap().len(), THRASH_KEY_COUNT_MAX);
        let later = start + Duration::from_mins(1);
        assert_eq!(thrash.admit(9999, EventId::NIL, later), Ok(()));
        assert_eq!(thrash.seen.lock().unwrap().len(), 1, "old keys go first");
    }
}
