//! A few numbers in a small file of two slots, written in turn. A torn write hits one slot only, so
//! the numbers before it survive.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Disk, DiskFile, SpoolError, failed};

/// Slots lie in sectors of their own.
const SLOT_STRIDE_BYTES: u64 = 512;

/// The open file. The first number must grow with each write: it says which slot is newer.
pub(crate) struct Slots<const N: usize> {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    name: &'static str,
    /// The slot to write next: 0 or 1.
    slot: u64,
}

impl<const N: usize> Slots<N> {
    /// Opens or makes the file; `None` when nothing is in it, or nothing that can be read.
    pub(crate) fn open(
        disk: &dyn Disk,
        dir: &Path,
        name: &'static str,
    ) -> Result<(Self, Option<[u64; N]>), SpoolError> {
        let path = dir.join(name);
        let names = disk.list(dir).map_err(failed("list", dir))?;
        let exists = names.iter().any(|found| found == name);
        let opened = if exists {
            disk.open(&path)
        } else {
            disk.create(&path)
        };
        let file = opened.map_err(failed("open", &path))?;
        let [first, second] = read(&*file, &path, name)?;
        let slots = Self {
            file,
            path,
            name,
            slot: u64::from(first > second),
        };
        Ok((slots, first.max(second)))
    }

    /// What is in the file, which is left as it is: zeros when it is missing or empty, `None` when
    /// it cannot be read.
    pub(crate) fn peek(
        disk: &dyn Disk,
        dir: &Path,
        name: &'static str,
    ) -> Result<Option<[u64; N]>, SpoolError> {
        let path = dir.join(name);
        let file = match disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some([0; N])),
            Err(error) => return Err(failed("open", &path)(error)),
        };
        if file.size().map_err(failed("measure", &path))? == 0 {
            return Ok(Some([0; N]));
        }
        let [first, second] = read(&*file, &path, name)?;
        Ok(first.max(second))
    }

    /// Notes numbers in place of the older ones. Not synced.
    pub(crate) fn write(&mut self, numbers: [u64; N]) -> Result<(), SpoolError> {
        let offset = self.slot * SLOT_STRIDE_BYTES;
        let written = self.file.write_at(offset, &encode(numbers, self.name));
        written.map_err(failed("write", &self.path))?;
        self.slot = 1 - self.slot;
        Ok(())
    }
}

fn read<const N: usize>(
    file: &dyn DiskFile,
    path: &Path,
    name: &str,
) -> Result<[Option<[u64; N]>; 2], SpoolError> {
    let mut slots = [None; 2];
    for (slot, index) in slots.iter_mut().zip(0..) {
        let mut bytes = vec![0; 8 * N + 4];
        let read = file.read_at(index * SLOT_STRIDE_BYTES, &mut bytes);
        let count = read.map_err(failed("read", path))?;
        let is_whole = count == bytes.len();
        *slot = is_whole.then(|| decode(&bytes, name)).flatten();
    }
    Ok(slots)
}

fn encode<const N: usize>(numbers: [u64; N], name: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
    let sum = crc(&bytes, name);
    bytes.extend(sum.to_le_bytes());
    bytes
}

fn decode<const N: usize>(bytes: &[u8], name: &str) -> Option<[u64; N]> {
    let (numbers, sum) = bytes.split_at_checked(8 * N)?;
    let sum = u32::from_le_bytes(sum.try_into().ok()?);
    if crc(numbers, name) != sum {
        return None;
    }
    let mut decoded = [0; N];
    let (chunks, _) = numbers.as_chunks();
    for (number, bytes) in decoded.iter_mut().zip(chunks) {
        *number = u64::from_le_bytes(*bytes);
    }
    Some(decoded)
}

/// Not the plain CRC, of which zeros in a slot of zeros could be a match.
fn crc(numbers: &[u8], name: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(format!("watchpost {name} 1").as_bytes());
    hasher.update(numbers);
    hasher.finalize()
}
