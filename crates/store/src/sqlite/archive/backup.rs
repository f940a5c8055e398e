//! Copying the archive while others read and write.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::files::Files;
use super::folder::failed;
use super::part::Part;
use crate::StoreError;

/// Which partitions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Copies {
    /// Those that never change.
    Sealed,
    /// Everything: what was not copied before, the one that takes events last.
    All,
}

/// Copies partitions into the folder `dest`.
pub(super) fn backup(files: &Files, dest: &Path, which: Copies) -> Result<(), StoreError> {
    fs::create_dir_all(dest).map_err(|error| failed("copy the archive", error))?;
    loop {
        let state = files.state()?;
        if which == Copies::All {
            forget_replaced(&state.parts, dest)?;
        }
        let mut lost = None;
        for part in &state.parts {
            let target = dest.join(part.name.to_string());
            let is_wanted = which == Copies::All || part.sealed().is_some();
            if is_wanted && !target.exists() && !copy(part, &target)? {
                lost = Some(part);
            }
        }
        match lost {
            None => return Ok(()),
            // Sealed, written anew or deleted meanwhile: look again.
            Some(_) if !files.state()?.is_of(&state) => {}
            Some(part) => {
                let (what, reason) = ("archive", format!("{} is missing", part.name));
                return Err(StoreError::Corrupt { what, reason });
            }
        }
    }
}

/// Removes copies of files that were written anew or deleted since.
fn forget_replaced(parts: &[Arc<Part>], dest: &Path) -> Result<(), StoreError> {
    let names: BTreeSet<_> = parts.iter().map(|part| part.name.to_string()).collect();
    let forget = || {
        for entry in fs::read_dir(dest)? {
            let entry = entry?;
            let name = entry.file_name();
            if !name.to_str().is_some_and(|name| names.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    };
    forget().map_err(|error| failed("copy the archive", error))
}

/// Copies a partition; `false` when its file is gone.
fn copy(part: &Part, dest: &Path) -> Result<bool, StoreError> {
    let Some(pool) = part.pool() else {
        // Nobody changes it, so the bytes are one state of it.
        return match fs::copy(&part.path, dest) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::remove_file(dest).ok();
                Ok(false)
            }
            Err(error) => Err(failed("copy the archive", error)),
        };
    };
    match pool.backup_to(dest) {
        Ok(()) => Ok(true),
        Err(_) if !part.is_in_place() => Ok(false),
        Err(error) => Err(error),
    }
}
