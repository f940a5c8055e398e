//! The keys about how much is taken in before clients are told to wait.

use std::path::Path;

use anyhow::{Context, ensure};
use watchpost_ingest::DiskBudget;
use watchpost_ingest::limits::{
    IN_FLIGHT_BYTES_MAX, IN_FLIGHT_BYTES_MAX_MIN, SPOOL_SECS_MAX, SPOOL_WORK_SECS_MAX,
};

use super::{Setting, bytes_of};

/// Bounds beyond which clients get 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overload {
    /// Seconds that an accepted event may wait for the digest.
    pub(crate) spool_secs_max: u64,
    /// Seconds that the digest may need for all that waits.
    pub(crate) spool_work_secs_max: u64,
    /// Bytes of memory that the bodies of all requests together may take.
    pub(crate) in_flight_bytes_max: usize,
    /// Bytes in the data directory.
    disk_bytes_max: Option<u64>,
    /// Bytes that stay free on its disk.
    disk_free_bytes_min: Option<u64>,
}

impl Overload {
    /// What may be used of the disk of a data directory.
    pub(crate) fn disk(&self, dir: &Path) -> DiskBudget {
        DiskBudget {
            dir: dir.to_owned(),
            used_bytes_max: self.disk_bytes_max,
            free_bytes_min: self.disk_free_bytes_min,
        }
    }
}

impl Default for Overload {
    fn default() -> Self {
        Self {
            spool_secs_max: SPOOL_SECS_MAX,
            spool_work_secs_max: SPOOL_WORK_SECS_MAX,
            in_flight_bytes_max: IN_FLIGHT_BYTES_MAX,
            disk_bytes_max: None,
            disk_free_bytes_min: None,
        }
    }
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "spool_secs_max",
        default: "300",
        help: "Seconds that an accepted event may wait for the digest; beyond, clients get 429.",
        set: |config, value| {
            let wanted = "expected a number of seconds";
            config.overload.spool_secs_max = value.parse().context(wanted)?;
            Ok(())
        },
    },
    Setting {
        name: "spool_work_secs_max",
        default: "30",
        help: "Seconds that the digest may need for what waits; from half of it on some get 429.",
        set: |config, value| {
            let wanted = "expected a number of seconds";
            config.overload.spool_work_secs_max = value.parse().context(wanted)?;
            Ok(())
        },
    },
    Setting {
        name: "in_flight_bytes_max",
        default: "112MiB",
        help: "Memory that the bodies of all requests may take, such as 1GiB; beyond, 429.",
        set: |config, value| {
            let bytes = usize::try_from(bytes_of(value)?)?;
            let least = IN_FLIGHT_BYTES_MAX_MIN;
            ensure!(bytes >= least, "expected at least {least} bytes");
            config.overload.in_flight_bytes_max = bytes;
            Ok(())
        },
    },
    Setting {
        name: "disk_bytes_max",
        default: "no bound",
        help: "Bytes that the data directory may hold, such as 50GB; beyond, clients get 429.",
        set: |config, value| {
            config.overload.disk_bytes_max = Some(bytes_of(value)?);
            Ok(())
        },
    },
    Setting {
        name: "disk_free_bytes_min",
        default: "512MiB, or a twentieth of a small disk",
        help: "Bytes that stay free on the disk, below which clients get 429; 0 for no bound.",
        set: |config, value| {
            let bytes = if value == "0" { 0 } else { bytes_of(value)? };
            config.overload.disk_free_bytes_min = Some(bytes);
            Ok(())
        },
    },
];
