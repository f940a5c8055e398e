//! The data directory: which file is where, and that only one server works on it.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use watchpost_model::Timestamp;

/// The paths inside a data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Projects, keys, issues, people.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.0.join("ledger.sqlite")
    }

    /// Events.
    pub(crate) fn archive(&self) -> PathBuf {
        self.0.join("archive")
    }

    /// Where the first release kept them; the archive takes them over from there.
    fn old_archive(&self) -> PathBuf {
        self.0.join("archive.sqlite")
    }

    /// Accepted, not yet digested.
    pub(crate) fn spool(&self) -> PathBuf {
        self.0.join("spool")
    }

    /// Accepted, but could not be digested.
    pub(crate) fn quarantine(&self) -> PathBuf {
        self.0.join("quarantine")
    }

    fn lock_file(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Refuses a directory that has lost its ledger: an empty one beside the events of somebody
    /// would look like a first start (F08).
    pub(crate) fn refuse_orphans(&self) -> Result<()> {
        if self.ledger().exists() {
            return Ok(());
        }
        // The ledger is made first and its name synced before anything else is there.
        for rest in [self.archive(), self.old_archive(), self.spool()] {
            if rest.exists() {
                bail!(
                    "{} is missing, but {} is there: restore a backup, or put what is left \
                     elsewhere to begin anew",
                    self.ledger().display(),
                    rest.display()
                );
            }
        }
        Ok(())
    }

    /// Refuses a directory that has lost its events: `stored` says whether there were any.
    pub(crate) fn refuse_lost_archive(&self, stored: impl FnOnce() -> Result<bool>) -> Result<()> {
        // Since the first batch a partition is always there, also when all events were forgotten.
        let partitions = std::fs::read_dir(self.archive()).into_iter().flatten();
        let mut names = partitions.flatten().map(|entry| entry.file_name());
        let is_partition = |name: std::ffi::OsString| name.to_string_lossy().ends_with(".sqlite");
        if !names.any(is_partition) && !self.old_archive().exists() && stored()? {
            bail!(
                "{} has no events, but the ledger counts events: restore a backup",
                self.archive().display()
            );
        }
        Ok(())
    }

    /// Whether somebody has started here before.
    pub(crate) fn is_initialised(&self) -> bool {
        self.ledger().exists()
    }

    /// Makes the directory, readable by its owner only: it holds secrets and people's data.
    pub(crate) fn create(&self) -> Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0);
        made.with_context(|| format!("failed to create {}", self.0.display()))?;
        // The directory's own name must survive a power cut, too.
        let parent = self
            .0
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or_else(|| Path::new("."));
        File::open(parent)
            .and_then(|parent| parent.sync_all())
            .with_context(|| format!("failed to sync {}", parent.display()))
    }

    /// Takes the directory for one server. The lock ends with the process, however it ends.
    pub(crate) fn lock(&self) -> Result<DirLock> {
        let path = self.lock_file();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("failed to open {}", path.display()))?;
        let is_held = file.try_lock().is_err();
        let mut noted = String::new();
        file.read_to_string(&mut noted).ok();
        if is_held {
            bail!(
                "{} is in use by the process {}: stop it first, or choose another data directory",
                self.0.display(),
                noted.lines().next().unwrap_or_default()
            );
        }
        let note = Mutex::new(Note {
            address: None,
            running: running_since(&noted),
        });
        let lock = DirLock { file, note };
        lock.change(|_| {});
        Ok(lock)
    }

    /// Who works on the directory at the moment, in words.
    pub(crate) fn holder(&self) -> Option<String> {
        let file = File::open(self.lock_file()).ok()?;
        // Shared, so that two who ask do not take each other for a server.
        if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            return None;
        }
        let noted = std::fs::read_to_string(self.lock_file()).unwrap_or_default();
        let pid = noted.lines().next().unwrap_or_default();
        Some(format!("the server with the process id {pid}"))
    }

    /// Where the server of this directory listens, or did when it ran last.
    pub(crate) fn served_at(&self) -> Option<SocketAddr> {
        let text = std::fs::read_to_string(self.lock_file()).ok()?;
        text.lines().nth(1)?.parse().ok()
    }
}

/// Held as long as a server works on the directory. Its file has three lines: the process id, where
/// it listens, and, as long as it serves, since when. The third is what a kill leaves behind. It is
/// in this file and not in one of its own, so that there is one file which is no data: backups
/// leave it out, and losing it costs nothing.
pub(crate) struct DirLock {
    file: File,
    note: Mutex<Note>,
}

/// What the file says besides the process id.
#[derive(Clone, Copy)]
struct Note {
    address: Option<SocketAddr>,
    running: Option<Timestamp>,
}

/// The third line, if there is one.
fn running_since(noted: &str) -> Option<Timestamp> {
    let micros = noted.lines().nth(2)?.parse().ok()?;
    Some(Timestamp::from_micros(micros))
}

impl DirLock {
    /// Notes where the server listens, for the verbs that want to reach it or name it.
    pub(crate) fn note_address(&self, address: SocketAddr) {
        self.change(|note| note.address = Some(address));
    }

    /// When the last run was started, if it ended without a stop. Before [`Self::note_start`].
    pub(crate) fn unclean(&self) -> Option<Timestamp> {
        let note = self.note.lock().unwrap_or_else(PoisonError::into_inner);
        note.running
    }

    /// Notes that the server serves. A start that fails before leaves what was noted of the run
    /// before it.
    pub(crate) fn note_start(&self, now: Timestamp) {
        self.change(|note| note.running = Some(now));
    }

    /// Notes that the server was stopped.
    pub(crate) fn note_stop(&self) {
        self.change(|note| note.running = None);
    }

    /// What is noted is a help, and the lock holds without it: a full disk stops no start.
    fn change(&self, change: impl FnOnce(&mut Note)) {
        let mut note = self.note.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut note);
        if let Err(error) = self.write(*note) {
            tracing::warn!(%error, "failed to note who holds the data directory");
        }
    }

    fn write(&self, note: Note) -> std::io::Result<()> {
        let address = note.address.map_or_else(String::new, |at| at.to_string());
        let running = note.running.map(|since| since.as_micros().to_string());
        let running = running.unwrap_or_default();
        let text = format!("{}\n{address}\n{running}\n", std::process::id());
        // In this order the lines of before are never gone; a full disk takes it, too.
        self.file.write_all_at(text.as_bytes(), 0)?;
        self.file.set_len(text.len() as u64)?;
        // For the case that the power goes.
        self.file.sync_data()
    }
}

/// A staging folder beside `path`, on the same disk, readable by its owner only.
pub(crate) fn staging_beside(path: &Path) -> Result<tempfile::TempDir> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(parent)
        .with_context(|| format!("failed to create {}", parent.display()))?;
    tempfile::Builder::new()
        .prefix(".watchpost-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(parent)
        .with_context(|| format!("failed to make a folder in {}", parent.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f09_the_second_server_is_refused_and_told_the_pid() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::at(temp.path());
        assert_eq!(dir.holder(), None);
        let first = dir.lock().unwrap();
        let holder = dir.holder().unwrap();
        assert!(holder.contains(&std::process::id().to_string()), "{holder}");
        let error = dir.lock().map(drop).unwrap_err().to_string();
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(first);
        assert_eq!(dir.holder(), None);
        assert!(dir.lock().is_ok());
    }

    #[test]
    fn f08_lost_databases_are_told_from_a_first_start() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::at(temp.path());
        dir.refuse_orphans().unwrap();
        dir.refuse_lost_archive(|| Ok(false)).unwrap();
        std::fs::create_dir(dir.archive()).unwrap();
        let said = dir.refuse_orphans().unwrap_err().to_string();
        assert!(said.contains("ledger.sqlite is missing"), "{said}");
        let said = dir
            .refuse_lost_archive(|| Ok(true))
            .unwrap_err()
            .to_string();
        assert!(said.contains("archive has no events"), "{said}");
        std::fs::write(dir.archive().join("000001.sqlite"), "").unwrap();
        dir.refuse_lost_archive(|| Ok(true)).unwrap();
        std::fs::remove_dir_all(dir.archive()).unwrap();
        std::fs::write(dir.old_archive(), "").unwrap();
        dir.refuse_lost_archive(|| Ok(true)).unwrap();
    }

    #[test]
    fn the_address_of_the_server_is_known_beside_it() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::at(temp.path());
        assert_eq!(dir.served_at(), None);
        let lock = dir.lock().unwrap();
        assert_eq!(dir.served_at(), None);
        let address = SocketAddr::from(([127, 0, 0, 1], 9311));
        lock.note_address(address);
        assert_eq!(dir.served_at(), Some(address));
    }

    #[test]
    fn f01_a_run_that_nobody_stopped_is_known_until_the_next_serves() {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::at(temp.path());
        let (first, second) = (Timestamp::from_secs(1_000), Timestamp::from_secs(2_000));
        let lock = dir.lock().unwrap();
        assert_eq!(lock.unclean(), None, "the first start of all");
        lock.note_address(SocketAddr::from(([127, 0, 0, 1], 9311)));
        lock.note_start(first);
        drop(lock);
        let failed = dir.lock().unwrap();
        assert_eq!(failed.unclean(), Some(first));
        drop(failed);
        let lock = dir.lock().unwrap();
        assert_eq!(lock.unclean(), Some(first), "a failed start hides nothing");
        lock.note_start(second);
        drop(lock);
        let lock = dir.lock().unwrap();
        assert_eq!(lock.unclean(), Some(second));
        lock.note_stop();
        drop(lock);
        assert_eq!(dir.lock().unwrap().unclean(), None, "it was stopped");
        std::fs::write(dir.lock_file(), "4711\n127.0.0.1:9000\n").unwrap();
        assert_eq!(dir.lock().unwrap().unclean(), None, "of an older version");
    }
}
