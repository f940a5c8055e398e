//! The folder of an archive: how its files are called, who may change it, how others notice.
//!
//! ```text
//! 000003.sqlite      partition 3 while it takes events (and its -wal and -shm)
//! 000002.r1.sqlite   partition 2, sealed; each rewriting makes a new revision, never a change
//! 000002.damaged-12.sqlite   what partition 2 was sealed from, but for 12 events; people remove it
//! lock               held while files appear or go; holds the generation, a number that grows
//!                    before they do and after they did, so that other processes look again
//! chores             held by whoever seals, rewrites or forgets
//! ```
//! A new file is written under a name that ends in `.new`, synced and renamed; what a crash left
//! behind is removed at the next start.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::sqlite::copy::{io_fault, sync_folder_of};

const LOCK: &str = "lock";
const CHORES: &str = "chores";
/// Between the number of a partition and how many events could not be read, in the name of a file
/// that is kept for people.
const DAMAGED: &str = ".damaged";
/// The end of a name while the file is written.
const UNFINISHED: &str = ".new";
/// What SQLite and [`crate::sqlite::pool`] put beside a database.
const COMPANIONS: [&str; 4] = ["-wal", "-shm", "-journal", ".lock"];

/// The name of a partition's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    /// Counts up from 1; a higher one begins later.
    pub(super) number: u32,
    /// 0 while it takes events; sealed and rewritten ones count up from 1.
    pub(super) revision: u32,
}

impl Name {
    fn parse(file: &str) -> Option<Self> {
        let stem = file.strip_suffix(".sqlite")?;
        let (number, revision) = match stem.split_once(".r") {
            Some((number, revision)) => (number, revision.parse().ok()?),
            None => (stem, 0),
        };
        let number = number.parse().ok()?;
        let name = Self { number, revision };
        (name.to_string() == file).then_some(name)
    }

    /// The same partition, written anew.
    pub(super) fn next_revision(self) -> Self {
        let revision = self.revision + 1;
        Self { revision, ..self }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision {
            0 => write!(f, "{:06}.sqlite", self.number),
            revision => write!(f, "{:06}.r{revision}.sqlite", self.number),
        }
    }
}

/// What is in the folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The partitions, by number.
    pub(super) names: Vec<Name>,
    /// What a crash left: files that are superseded, unfinished, or belong to no partition.
    pub(super) leftovers: Vec<PathBuf>,
    /// Damaged files that are kept for people.
    pub(super) aside: Vec<Aside>,
}

/// A damaged file that takes part in nothing any more.
#[derive(Debug)]
pub(super) struct Aside {
    pub(super) path: PathBuf,
    words: String,
}

impl Aside {
    fn parse(folder: &Path, file: &str) -> Option<Self> {
        let (number, unread) = file.strip_suffix(".sqlite")?.split_once(DAMAGED)?;
        number.parse::<u32>().ok()?;
        let events = match unread.strip_prefix('-') {
            Some(count) => count.parse::<u64>().ok()?.to_string(),
            None => "an unknown number".to_owned(),
        };
        Some(Self {
            path: folder.join(file),
            words: format!(
                "archive/{file} is a damaged partition that was set aside: {events} of its events \
                 cannot be read"
            ),
        })
    }
}

impl fmt::Display for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// See the file.
pub(super) struct Folder {
    path: PathBuf,
    generation: File,
}

impl Folder {
    /// Opens the folder, or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || {
            fs::create_dir_all(path)?;
            sync_folder_of(path)?;
            open_lock(&path.join(LOCK))
        };
        Ok(Self {
            generation: open().map_err(|error| failed("open the archive", error))?,
            path: path.to_owned(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn path_of(&self, name: Name) -> PathBuf {
        self.path.join(name.to_string())
    }

    /// Where the file of `name` is written before it gets its name.
    pub(super) fn unfinished(&self, name: Name) -> PathBuf {
        self.path.join(format!("{name}{UNFINISHED}"))
    }

    /// A number that grows before and after files appear or go.
    pub(super) fn generation(&self) -> Result<u64, StoreError> {
        let mut bytes = [0; 8];
        match self.generation.read_exact_at(&mut bytes, 0) {
            Ok(()) => Ok(u64::from_le_bytes(bytes)),
            // New: nobody changed anything yet.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            Err(error) => Err(failed("read the archive's generation", error)),
        }
    }

    /// Waits until nobody changes what is in the folder, and keeps it so.
    pub(super) fn look(&self) -> Result<File, StoreError> {
        let lock = open_lock(&self.path.join(LOCK));
        let locked = lock.and_then(|file| file.lock_shared().map(|()| file));
        locked.map_err(|error| failed("lock the archive", error))
    }

    /// Waits until nobody else looks or changes.
    pub(super) fn change(&self) -> Result<Changing, StoreError> {
        let lock = open_lock(&self.path.join(LOCK));
        let locked = lock.and_then(|file| file.lock().map(|()| file));
        locked
            .map(Changing)
            .map_err(|error| failed("lock the archive", error))
    }

    /// Waits until nobody else seals, rewrites or forgets.
    pub(super) fn chores(&self) -> Result<File, StoreError> {
        let lock = open_lock(&self.path.join(CHORES));
        let locked = lock.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|error| failed("lock the archive", error))
    }

    /// The partitions, and what does not belong here.
    pub(super) fn list(&self) -> Result<Listing, StoreError> {
        let files = || -> io::Result<Vec<String>> {
            let entries = fs::read_dir(&self.path)?;
            let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            names.collect()
        };
        let files = files().map_err(|error| failed("list the archive", error))?;
        let mut newest = BTreeMap::new();
        for name in files.iter().filter_map(|file| Name::parse(file)) {
            let revision = newest.entry(name.number).or_insert(name.revision);
            *revision = name.revision.max(*revision);
        }
        let is_live = |name: Name| newest.get(&name.number) == Some(&name.revision);
        let is_left = |file: &str| {
            let whose = COMPANIONS
                .iter()
                .find_map(|end| file.strip_suffix(end))
                .unwrap_or(file);
            whose.strip_suffix(UNFINISHED).is_some()
                || Name::parse(whose).is_some_and(|name| !is_live(name))
        };
        let left = files.iter().filter(|file| is_left(file));
        let leftovers = left.map(|file| self.path.join(file)).collect();
        let aside = files.iter();
        let aside = aside
            .filter_map(|file| Aside::parse(&self.path, file))
            .collect();
        let names = newest.iter();
        Ok(Listing {
            names: names
                .map(|(&number, &revision)| Name { number, revision })
                .collect(),
            leftovers,
            aside,
        })
    }

    /// Removes what a crash left, unless somebody is at work on it.
    pub(super) fn tidy(&self) -> Result<(), StoreError> {
        let tidy = || -> io::Result<Option<File>> {
            let chores = open_lock(&self.path.join(CHORES))?;
            Ok(chores.try_lock().is_ok().then_some(chores))
        };
        let chores = tidy().map_err(|error| failed("lock the archive", error))?;
        if chores.is_none() {
            return Ok(());
        }
        let _changing = self.change()?;
        for path in self.list()?.leftovers {
            tracing::info!(file = %path.display(), "removing what a crash left");
            remove(&path).map_err(|error| failed("tidy the archive", error))?;
        }
        Ok(())
    }

    /// Gives the finished file of `name` its name, for good.
    pub(super) fn publish(&self, name: Name) -> Result<(), StoreError> {
        let (from, to) = (self.unfinished(name), self.path_of(name));
        let publish = || {
            File::open(&from)?.sync_all()?;
            fs::rename(&from, &to)?;
            sync_folder_of(&to)
        };
        publish().map_err(|error| failed("add a partition", error))
    }

    /// Keeps a damaged partition's file, and its log, under a name that says how many events of it
    /// could not be read. It has its own name, too, until that is removed.
    pub(super) fn set_aside(&self, name: Name, unread: Option<u64>) -> Result<(), StoreError> {
        let unread = unread.map_or_else(String::new, |count| format!("-{count}"));
        let aside = format!("{:06}{DAMAGED}{unread}.sqlite", name.number);
        let keep = || {
            // The log first: a file that is seen is whole.
            for end in ["-wal", ""] {
                let from = self.path.join(format!("{name}{end}"));
                let to = self.path.join(format!("{aside}{end}"));
                if !from.exists() {
                    continue;
                }
                remove(&to)?;
                // Not every file system has links.
                if fs::hard_link(&from, &to).is_err() {
                    fs::copy(&from, &to)?;
                    File::open(&to)?.sync_all()?;
                }
            }
            sync_folder_of(&self.path_of(name))
        };
        keep().map_err(|error| failed("set a damaged partition aside", error))
    }

    /// Removes a partition's file and what is beside it, for good.
    pub(super) fn remove(&self, name: Name) -> Result<(), StoreError> {
        let path = self.path_of(name);
        let remove = || {
            remove(&path)?;
            for end in COMPANIONS {
                remove(&self.path.join(format!("{name}{end}")))?;
            }
            sync_folder_of(&path)
        };
        remove().map_err(|error| failed("remove a partition", error))
    }
}

/// Held while files appear or go.
pub(super) struct Changing(File);

impl Changing {
    /// Makes everybody look again.
    pub(super) fn changed(&self, generation: u64) -> Result<(), StoreError> {
        let next = generation.wrapping_add(1).to_le_bytes();
        let written = self.0.write_all_at(&next, 0);
        written.map_err(|error| failed("write the archive's generation", error))
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What callers see when the file system fails.
pub(super) fn failed(operation: &'static str, error: io::Error) -> StoreError {
    io_fault(operation, error).named(operation)
}
