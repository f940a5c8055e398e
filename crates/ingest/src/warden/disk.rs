//! How full the disk is, and the reserve that is given up when it is full, so that an operator has
//! room to delete things (F04).

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use watchpost_model::DiskState;

use super::Closed;
use crate::config::DiskBudget;
use crate::limits::{DISK_FREE_BYTES_MIN, RESERVE_BYTES};
use crate::sync::lock;

/// The file in the data directory.
const RESERVE_FILE: &str = "reserve";

/// A budget, and how it is kept.
pub(super) struct DiskWatch {
    budget: DiskBudget,
    reserve: PathBuf,
    is_full: AtomicBool,
    state: Mutex<DiskState>,
    /// The last look failed, and that was told.
    is_blind: AtomicBool,
}

/// What one look saw, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) free: u64,
    pub(super) size: u64,
    pub(super) used: Option<u64>,
}

impl DiskWatch {
    pub(super) fn new(budget: DiskBudget) -> Self {
        Self {
            reserve: budget.dir.join(RESERVE_FILE),
            budget,
            is_full: AtomicBool::new(false),
            state: Mutex::default(),
            is_blind: AtomicBool::new(false),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    pub(super) fn state(&self) -> DiskState {
        *lock(&self.state)
    }

    /// Looks, and opens or closes the gates. A look that fails changes nothing: a disk that cannot
    /// even be asked is noticed by the first write.
    pub(super) fn tick(&self) {
        let look = match self.look() {
            Ok(look) => look,
            Err(error) => {
                if !self.is_blind.swap(true, Ordering::Relaxed) {
                    let dir = self.budget.dir.display();
                    tracing::warn!(%error, %dir, "failed to see how full the disk is");
                }
                return;
            }
        };
        self.is_blind.store(false, Ordering::Relaxed);
        let was_full = self.is_full();
        let is_full = judge(was_full, look, &self.budget);
        let free_bytes_min = free_bytes_min(&self.budget, look.size);
        let reserve_bytes = reserve_bytes(look.size);
        if is_full {
            self.release();
        } else if look.free >= free_bytes_min.saturating_add(reserve_bytes) {
            self.reserve(reserve_bytes);
        }
        self.is_full.store(is_full, Ordering::Relaxed);
        let state = DiskState {
            is_full,
            free_bytes: look.free,
            free_bytes_min,
            used_bytes: look.used,
            used_bytes_max: self.budget.used_bytes_max,
            has_reserve: self.has_reserve(reserve_bytes),
        };
        *lock(&self.state) = state;
        tell(was_full, state);
    }

    fn look(&self) -> io::Result<Look> {
        let disk = statvfs(&self.budget.dir)?;
        let used = match self.budget.used_bytes_max {
            // The reserve is no use that anybody made of the disk.
            Some(_) => Some(used_bytes(&self.budget.dir, &self.reserve)?),
            None => None,
        };
        Ok(Look {
            free: disk.f_bavail.saturating_mul(disk.f_frsize),
            size: disk.f_blocks.saturating_mul(disk.f_frsize),
            used,
        })
    }

    /// Takes the reserve, in blocks that are really there. Without one, things go on.
    fn reserve(&self, bytes: u64) {
        if self.has_reserve(bytes) {
            return;
        }
        let taken = File::create(&self.reserve)
            .and_then(|file| Ok(fallocate(file, FallocateFlags::empty(), 0, bytes)?));
        if let Err(error) = taken {
            tracing::debug!(%error, "failed to keep a reserve on the disk");
            self.release();
        }
    }

    /// Whether the blocks are there: the file alone may be what a kill left.
    fn has_reserve(&self, bytes: u64) -> bool {
        let meta = fs::symlink_metadata(&self.reserve);
        meta.is_ok_and(|meta| bytes_on_disk(&meta) >= bytes)
    }

    fn release(&self) {
        match fs::remove_file(&self.reserve) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "failed to give up the reserve on the disk");
            }
            _ => {}
        }
    }
}

/// Whether the disk counts as full. It heals only when there is room for the reserve and half as
/// much again, so that the gates do not open and close with every event; for the bound on our own
/// bytes, when a fiftieth of it is free.
pub(super) fn judge(was_full: bool, look: Look, budget: &DiskBudget) -> bool {
    let reserve_bytes = reserve_bytes(look.size);
    let free_bytes_min = free_bytes_min(budget, look.size);
    let margin = if was_full {
        reserve_bytes + reserve_bytes / 2
    } else {
        0
    };
    let is_short = free_bytes_min > 0 && look.free < free_bytes_min.saturating_add(margin);
    let over = look
        .used
        .zip(budget.used_bytes_max)
        .is_some_and(|(used, max)| {
            let bound = if was_full { max - max / 50 } else { max };
            used > bound
        });
    is_short || over
}

/// The usual reserve; on a small disk a twentieth of it.
fn reserve_bytes(size_bytes: u64) -> u64 {
    RESERVE_BYTES.min(size_bytes / 20)
}

fn free_bytes_min(budget: &DiskBudget, size_bytes: u64) -> u64 {
    let usual = DISK_FREE_BYTES_MIN.min(size_bytes / 20);
    budget.free_bytes_min.unwrap_or(usual)
}

fn bytes_on_disk(meta: &Metadata) -> u64 {
    const BLOCK_BYTES: u64 = 512;
    meta.blocks().saturating_mul(BLOCK_BYTES)
}

/// Bytes on disk of everything below `dir`, without `except`. Files may go while it looks.
fn used_bytes(dir: &Path, except: &Path) -> io::Result<u64> {
    let mut sum = 0_u64;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let Ok(meta) = fs::symlink_metadata(&path) else {
            continue;
        };
        if meta.is_dir() {
            sum = sum.saturating_add(used_bytes(&path, except).unwrap_or(0));
        } else if path != except {
            sum = sum.saturating_add(bytes_on_disk(&meta));
        }
    }
    Ok(sum)
}

fn tell(was_full: bool, state: DiskState) {
    let DiskState {
        is_full,
        free_bytes,
        free_bytes_min,
        used_bytes,
        used_bytes_max,
        ..
    } = state;
    if is_full && !was_full {
        let advice = Closed::DiskFull.advice();
        tracing::error!(
            free_bytes,
            free_bytes_min,
            used_bytes,
            used_bytes_max,
            "closing the gates: {advice}"
        );
    } else if was_full && !is_full {
        tracing::info!(
            free_bytes,
            used_bytes,
            "opening the gates: the disk has room again"
        );
    }
}
