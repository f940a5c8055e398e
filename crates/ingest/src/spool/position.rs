//! Up to where the spool is digested, and up to where its records were promised.
//!
//! The files are not synced at each change. An old position after a power cut means that some
//! records are digested again, which changes nothing: applying is idempotent by event id.
//! What was promised is noted after the sync that the promise waits for. So damage up to there is
//! damage; behind it, it may be a write that was cut short.

use std::path::Path;

use super::slots::Slots;
use super::{Disk, SpoolError};

/// The name of the file in the spool's folder. A copy of a spool is taken without it: it may be
/// newer than the copied segments, and without it they are all digested again.
pub const POSITION_FILE: &str = "position";

/// The name of the other one, which a copy is taken without, too.
pub const PROMISE_FILE: &str = "promised";

/// One of the two files, open.
pub(super) struct SeqFile(Slots<1>);

impl SeqFile {
    /// Opens or makes the file; the number is 0 when nothing was noted or nothing is readable.
    pub(super) fn open(
        disk: &dyn Disk,
        dir: &Path,
        name: &'static str,
    ) -> Result<(Self, u64), SpoolError> {
        let (slots, found) = Slots::open(disk, dir, name)?;
        let [seq] = found.unwrap_or_default();
        Ok((Self(slots), seq))
    }

    /// Notes that everything up to `seq` is digested, or synced.
    pub(super) fn write(&mut self, seq: u64) -> Result<(), SpoolError> {
        self.0.write([seq])
    }

    /// The number, without opening the spool; `None` when it cannot be read.
    pub(super) fn peek(
        disk: &dyn Disk,
        dir: &Path,
        name: &'static str,
    ) -> Result<Option<u64>, SpoolError> {
        let found = Slots::peek(disk, dir, name)?;
        Ok(found.map(|[seq]| seq))
    }
}
