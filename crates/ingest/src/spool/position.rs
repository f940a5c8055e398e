//! Up to where the spool is digested.
//!
//! The file is not synced at each commit. An old position after a power cut means that some
//! records are digested again, which changes nothing: applying is idempotent by event id.

use std::path::Path;

use super::slots::Slots;
use super::{Disk, SpoolError};

/// The name of the file in the spool's folder. A copy of a spool is taken without it: it may be
/// newer than the copied segments, and without it they are all digested again.
pub const POSITION_FILE: &str = "position";

/// The open file.
pub(super) struct PositionFile(Slots<1>);

impl PositionFile {
    /// Opens or makes the file; the number is 0 when nothing was committed or nothing is readable.
    pub(super) fn open(disk: &dyn Disk, dir: &Path) -> Result<(Self, u64), SpoolError> {
        let (slots, found) = Slots::open(disk, dir, POSITION_FILE)?;
        let [committed] = found.unwrap_or_default();
        Ok((Self(slots), committed))
    }

    /// Notes that everything up to `seq` is digested.
    pub(super) fn write(&mut self, seq: u64) -> Result<(), SpoolError> {
        self.0.write([seq])
    }
}
