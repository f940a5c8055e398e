//! Whether a store still stands on its files: what nobody notices who only reads and writes.

use std::path::PathBuf;

/// What is wrong with the files that a store has open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footing {
    /// Files that were deleted or moved away, or whose file system was unmounted: what is written
    /// to them is lost with the process (F08).
    pub lost: Vec<PathBuf>,
    /// Databases that take no change until a restart, because the disk failed to sync them.
    pub stopped: Vec<String>,
}

impl Footing {
    /// What is wrong with both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.lost.extend(other.lost);
        self.stopped.extend(other.stopped);
        self
    }
}
