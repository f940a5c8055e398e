//! What the operator may decide about the gates. The binary fills it; everything has a default.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

#[cfg(debug_assertions)]
use watchpost_model::EventId;
use watchpost_model::Retention;
use watchpost_normalize::place::Atlas;

use crate::limits;

/// Settings of the gates, the spool and the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestConfig {
    /// Bound on accepted events that wait to be digested, in bytes. At the bound: 429.
    pub spool_bytes_max: u64,
    /// Size of one segment file of the spool.
    pub spool_segment_bytes: u64,
    /// Bound on the age of the oldest undigested event, in seconds. At the bound: 429.
    pub spool_secs_max: u64,
    /// Bound on the time that the digest needs for all that waits, in seconds. From half of it on a
    /// growing share of requests gets 429, at the bound all.
    pub spool_work_secs_max: u64,
    /// How much of the disk may be used; `None`: as much as there is.
    pub disk: Option<DiskBudget>,
    /// Bound on the memory that the bodies of all requests take together. At the bound: 429.
    pub in_flight_bytes_max: usize,
    /// How long a client may pause within a body.
    pub body_pause_max: Duration,
    /// How long a whole body may take.
    pub body_time_max: Duration,
    /// How many proxies of ours are in front. With 0, `X-Forwarded-For` is not believed; with 1
    /// its last address is, and so on (I28).
    pub proxy_hops: usize,
    /// Threads that read and group events.
    pub digest_threads: usize,
    /// Where addresses are. It lives as long as the process: every event asks it.
    pub atlas: Option<&'static Atlas>,
    /// How long events are kept, for projects that say nothing themselves.
    pub retention: Retention,
    /// The event that ends the process when it is digested: for tests of the whole program.
    #[cfg(debug_assertions)]
    pub deadly: Option<EventId>,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            spool_bytes_max: limits::SPOOL_BYTES_MAX,
            spool_segment_bytes: limits::SPOOL_SEGMENT_BYTES,
            spool_secs_max: limits::SPOOL_SECS_MAX,
            spool_work_secs_max: limits::SPOOL_WORK_SECS_MAX,
            disk: None,
            in_flight_bytes_max: limits::IN_FLIGHT_BYTES_MAX,
            body_pause_max: limits::BODY_PAUSE_MAX,
            body_time_max: limits::BODY_TIME_MAX,
            proxy_hops: 0,
            digest_threads: thread::available_parallelism().map_or(1, usize::from),
            atlas: None,
            retention: Retention {
                days: Some(limits::RETENTION_DAYS),
                bytes: None,
            },
            #[cfg(debug_assertions)]
            deadly: None,
        }
    }
}

/// How much of the disk may be used. Beyond: 429, until there is room again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskBudget {
    /// The directory of everything that Watchpost keeps.
    pub dir: PathBuf,
    /// Bound on the bytes in it.
    pub used_bytes_max: Option<u64>,
    /// Bytes that stay free on its disk; `None`: the usual ones.
    pub free_bytes_min: Option<u64>,
}
