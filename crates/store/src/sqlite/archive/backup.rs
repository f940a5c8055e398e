//! Copying the archive while others read and write.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::files::Files;
use super::folder::failed;
use super::part::Part;
use crate::StoreError;

/// Copies every partition into the new folder `dest`: sealed ones as they are, the one that takes
/// events last.
pub(super) fn backup(files: &Files, dest: &Path) -> Result<(), StoreError> {
    fs::create_dir(dest).map_err(|error| failed("copy the archive", error))?;
    let mut copied = BTreeSet::new();
    loop {
        let state = files.state()?;
        let mut lost = None;
        for part in &state.parts {
            let number = part.name.number;
            if copied.contains(&number) {
                continue;
            }
            if copy(part, &dest.join(part.name.to_string()))? {
                copied.insert(number);
            } else {
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
