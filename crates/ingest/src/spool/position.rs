//! Up to where the spool is digested: a small file of two slots, written in turn. A torn write
//! hits one slot only, so the position before it survives.
//!
//! The file is not synced at each commit. An old position after a power cut means that some
//! records are digested again, which changes nothing: applying is idempotent by event id.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Disk, DiskFile, SpoolError, failed};

/// Slots lie in sectors of their own.
const SLOT_STRIDE_BYTES: u64 = 512;

/// The name of the file in the spool's folder. A copy of a spool is taken without it: it may be
/// newer than the copied segments, and without it they are all digested again.
pub const POSITION_FILE: &str = "position";

/// The open file.
pub(super) struct PositionFile {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    /// The slot to write next: 0 or 1.
    slot: u64,
}

impl PositionFile {
    /// Opens or makes the file; the number is 0 when nothing was committed or nothing is readable.
    pub(super) fn open(disk: &dyn Disk, dir: &Path) -> Result<(Self, u64), SpoolError> {
        let path = dir.join(POSITION_FILE);
        let names = disk.list(dir).map_err(failed("list", dir))?;
        let exists = names.iter().any(|name| name == POSITION_FILE);
        let opened = if exists {
            disk.open(&path)
        } else {
            disk.create(&path)
        };
        let file = opened.map_err(failed("open", &path))?;
        let [first, second] = slots(&*file, &path)?;
        let slot = u64::from(first > second);
        let committed = first.max(second).unwrap_or(0);
        Ok((Self { file, path, slot }, committed))
    }

    /// Notes that everything up to `seq` is digested.
    pub(super) fn write(&mut self, seq: u64) -> Result<(), SpoolError> {
        let offset = self.slot * SLOT_STRIDE_BYTES;
        let written = self.file.write_at(offset, &encode(seq));
        written.map_err(failed("write", &self.path))?;
        self.slot = 1 - self.slot;
        Ok(())
    }
}

/// The position in the file `path`, and whether it could be read. Without a file nothing was
/// committed.
pub(super) fn read(disk: &dyn Disk, path: &Path) -> Result<(u64, bool), SpoolError> {
    let file = match disk.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, true)),
        Err(error) => return Err(failed("open", path)(error)),
    };
    let [first, second] = slots(&*file, path)?;
    let is_empty = file.size().map_err(failed("measure", path))? == 0;
    let committed = first.max(second);
    Ok((committed.unwrap_or(0), committed.is_some() || is_empty))
}

fn slots(file: &dyn DiskFile, path: &Path) -> Result<[Option<u64>; 2], SpoolError> {
    let mut slots = [None; 2];
    for (slot, index) in slots.iter_mut().zip(0..) {
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
