//! Blobs as files: `<dir>/ab/cdef…`, named by the SHA-256 of their bytes.
//!
//! A file appears under its name only when it is complete and synced, so a crash leaves at most
//! an unfinished file in `tmp/`, which opening removes once it is old.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{BlobId, Blobs, StoreError};

#[cfg(test)]
mod tests;

/// An unfinished file that nobody wrote to for so long belongs to a process that is gone.
const UNFINISHED_AGE: Duration = Duration::from_hours(24);

/// A folder of blobs.
pub struct FileBlobs {
    dir: PathBuf,
    /// Makes names of unfinished files unique within the process.
    counter: AtomicU64,
}

impl FileBlobs {
    /// Opens the folder `dir`, creates it if it is missing.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let open = || {
            let tmp = dir.join("tmp");
            fs::create_dir_all(&tmp)?;
            remove_unfinished(&tmp)
        };
        open().map_err(|error| failed("open the blobs", error))?;
        Ok(Self {
            dir: dir.to_owned(),
            counter: AtomicU64::new(0),
        })
    }

    fn path_of(&self, id: BlobId) -> PathBuf {
        let name = id.to_string();
        let (folder, rest) = name.split_at_checked(2).unwrap_or(("", &name));
        self.dir.join(folder).join(rest)
    }

    /// Writes `bytes` aside, syncs them, and moves them to `path`.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let unfinished = self.dir.join("tmp").join(name);
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)?;
        fs::rename(&unfinished, path)?;
        // First the name of the file, then the name of its folder, which may be new.
        File::open(folder)?.sync_all()?;
        File::open(&self.dir)?.sync_all()
    }
}

impl Blobs for FileBlobs {
    fn put(&self, bytes: &[u8]) -> Result<BlobId, StoreError> {
        let id = id_of(bytes);
        // A blob that is there already is written again if its bytes were damaged.
        if let Ok(Some(_)) = self.get(id) {
            return Ok(id);
        }
        self.write(&self.path_of(id), bytes)
            .map_err(|error| failed("keep a blob", error))?;
        Ok(id)
    }

    fn get(&self, id: BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = match fs::read(self.path_of(id)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read a blob", error)),
        };
        if id_of(&bytes) != id {
            let reason = format!("the bytes of {id} are not what they were");
            return Err(StoreError::Corrupt {
                what: "blob",
                reason,
            });
        }
        Ok(Some(bytes))
    }

    fn delete(&self, id: BlobId) -> Result<(), StoreError> {
        match fs::remove_file(self.path_of(id)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(failed("forget a blob", error))
            }
            _ => Ok(()),
        }
    }
}

fn id_of(bytes: &[u8]) -> BlobId {
    BlobId(Sha256::digest(bytes).into())
}

fn failed(operation: &'static str, error: io::Error) -> StoreError {
    let source = Box::new(error);
    StoreError::Engine { operation, source }
}

/// Removes files that a crash left behind. "Now" is the time of a file that is made for it, so
/// that both are of the same clock.
fn remove_unfinished(tmp: &Path) -> io::Result<()> {
    let probe = tmp.join(format!("{}-now", std::process::id()));
    File::create(&probe)?.sync_all()?;
    let now = fs::metadata(&probe)?.modified()?;
    fs::remove_file(&probe)?;
    for entry in fs::read_dir(tmp)? {
        let entry = entry?;
        let modified = entry.metadata()?.modified()?;
        let age = now.duration_since(modified).unwrap_or_default();
        if age > UNFINISHED_AGE {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
