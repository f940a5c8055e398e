//! Up to where the spool is digested, and up to where its records were promised: a small file with
//! two slots for each, written in turn. A torn write hits one slot only, so what was noted before
//! it survives.
//!
//! What was promised is noted after the sync that the promise waits for. So damage up to there is
//! damage; behind it, it may be a write that was cut short.
//!
//! The file is not synced at each commit. An old position after a power cut means that some
//! records are digested again, which changes nothing: applying is idempotent by event id.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Disk, DiskFile, SpoolError, failed};

/// Slots lie in sectors of their own.
const SLOT_STRIDE_BYTES: u64 = 512;

/// Two slots, which are those of one number.
const SLOTS_BYTES: usize = 1024;
const _: () = assert!(2 * SLOT_STRIDE_BYTES == SLOTS_BYTES as u64);

/// The name of the file in the spool's folder. A copy of a spool is taken without it: it may be
/// newer than the copied segments, and without it they are all digested again.
pub const POSITION_FILE: &str = "position";

/// A number of the open file.
pub(super) struct Note {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    /// The first of its two slots.
    first: u64,
    /// The one to write next: 0 or 1.
    slot: u64,
}

/// What is noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    /// Up to here everything is digested.
    pub(super) committed: u64,
    /// Up to here everything was synced.
    pub(super) promised: u64,
}

const COMMITTED: u64 = 0;
const PROMISED: u64 = 2;

/// The open file: where to note what is digested and what is promised, and what was.
pub(super) struct Notes {
    pub(super) committed: Note,
    pub(super) promised: Note,
    pub(super) noted: Noted,
}

impl Notes {
    /// Opens or makes the file; a number is 0 when nothing was noted or nothing is readable.
    pub(super) fn open(disk: &dyn Disk, dir: &Path) -> Result<Self, SpoolError> {
        let path = dir.join(POSITION_FILE);
        let names = disk.list(dir).map_err(failed("list", dir))?;
        let exists = names.iter().any(|name| name == POSITION_FILE);
        let opened = if exists {
            disk.open(&path)
        } else {
            disk.create(&path)
        };
        let file = opened.map_err(failed("open", &path))?;
        let note = |first| {
            let [one, other] = slots(&*file, &path, first)?;
            let note = Note {
                file: Arc::clone(&file),
                path: path.clone(),
                first,
                slot: u64::from(one > other),
            };
            Ok((note, one.max(other).unwrap_or(0)))
        };
        let ((committed, is), (promised, was)) = (note(COMMITTED)?, note(PROMISED)?);
        let noted = Noted {
            committed: is,
            promised: was,
        };
        Ok(Self {
            committed,
            promised,
            noted,
        })
    }
}

impl Note {
    /// Notes that it is true of everything up to `seq`.
    pub(super) fn write(&mut self, seq: u64) -> Result<(), SpoolError> {
        let offset = (self.first + self.slot) * SLOT_STRIDE_BYTES;
        let written = self.file.write_at(offset, &encode(seq));
        written.map_err(failed("write", &self.path))?;
        self.slot = 1 - self.slot;
        Ok(())
    }
}

/// What is noted in the file `path`, and whether the position could be read. Without a file nothing
/// was.
pub(super) fn read(disk: &dyn Disk, path: &Path) -> Result<(Noted, bool), SpoolError> {
    let file = match disk.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((Noted::default(), true));
        }
        Err(error) => return Err(failed("open", path)(error)),
    };
    let greatest = |first| {
        let [one, other] = slots(&*file, path, first)?;
        Ok(one.max(other))
    };
    let (committed, promised) = (greatest(COMMITTED)?, greatest(PROMISED)?);
    // Before the first commit there are zeros, and so are there where only promises are noted.
    let mut bytes = [0; SLOTS_BYTES];
    file.read_at(0, &mut bytes).map_err(failed("read", path))?;
    let is_readable = committed.is_some() || bytes.iter().all(|byte| *byte == 0);
    let noted = Noted {
        committed: committed.unwrap_or(0),
        promised: promised.unwrap_or(0),
    };
    Ok((noted, is_readable))
}

fn slots(file: &dyn DiskFile, path: &Path, first: u64) -> Result<[Option<u64>; 2], SpoolError> {
    let mut slots = [None; 2];
    for (slot, index) in slots.iter_mut().zip(first..) {
        let mut bytes = [0; 12];
        let read = file.read_at(index * SLOT_STRIDE_BYTES, &mut bytes);
        let count = read.map_err(failed("read", path))?;
        *slot = (count == bytes.len()).then(|| decode(&bytes)).flatten();
    }
    Ok(slots)
}

fn encode(seq: u64) -> [u8; 12] {
    let seq = seq.to_le_bytes();
    let mut bytes = [0; 12];
    let fields = seq.into_iter().chain(crc(seq).to_le_bytes());
    for (place, byte) in bytes.iter_mut().zip(fields) {
        *place = byte;
    }
    bytes
}

fn decode(bytes: &[u8; 12]) -> Option<u64> {
    let (seq, rest) = bytes.split_first_chunk()?;
    let (stored, _) = rest.split_first_chunk()?;
    (crc(*seq) == u32::from_le_bytes(*stored)).then(|| u64::from_le_bytes(*seq))
}

/// Not the plain CRC, of which eight zeros in a slot of zeros could be a match.
fn crc(seq: [u8; 8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(b"watchpost position 1");
    hasher.update(&seq);
    hasher.finalize()
}
