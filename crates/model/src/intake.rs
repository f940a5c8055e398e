//! How the gates are: what pages, health checks and metrics show of them.

use crate::{ProjectId, Timestamp};

/// The state of the gates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntakeState {
    /// Why everything is refused for now, and what to do about it, in words for people.
    pub closed: Option<&'static str>,
    /// The disk, when it is watched.
    pub disk: Option<DiskState>,
    /// Age of the oldest event that is accepted and not yet digested, in seconds.
    pub lag_secs: u64,
    /// Projects that get far more events than usual.
    pub spikes: Vec<(ProjectId, SpikeState)>,
}

/// How full the disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskState {
    /// Whether it is so full that nothing more is accepted.
    pub is_full: bool,
    /// Bytes that are free on it.
    pub free_bytes: u64,
    /// Bytes that shall stay free.
    pub free_bytes_min: u64,
    /// Bytes in the data directory, when they are bounded.
    pub used_bytes: Option<u64>,
    /// Their bound.
    pub used_bytes_max: Option<u64>,
    /// Whether the reserve is there, which is given up when the disk is full.
    pub has_reserve: bool,
}

/// A spike of events under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpikeState {
    /// Since when.
    pub since: Timestamp,
    /// Events of an hour beyond which it is a spike.
    pub threshold: u64,
    /// Events of the present hour.
    pub seen: u64,
    /// Events that were refused since the spike began.
    pub refused: u64,
}
