//! A segment: one file of records. Its name carries the number of its first record and its salt,
//! so there is no file header that could be damaged.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::frame::{BatchNumber, HEAD_BYTES, Head};
use super::{Disk, DiskFile, SpoolError, failed};

/// An open segment. Cloning shares the file.
#[derive(Clone)]
pub(super) struct Segment {
    /// No record in it has a smaller number.
    pub(super) first_seq: u64,
    pub(super) salt: u64,
    pub(super) path: PathBuf,
    pub(super) file: Arc<dyn DiskFile>,
    /// Up to here everything is synced; what lies behind does not count.
    pub(super) size: u64,
    /// Whether it is read although parts of it cannot be.
    pub(super) is_worn: bool,
}

/// The end of a segment's name.
pub(super) const SEGMENT_EXTENSION: &str = ".spool";

/// How a scan of a segment ended.
#[derive(Default)]
pub(super) struct Tail {
    /// Where the last sound record ends.
    pub(super) end: u64,
    /// The number of that record, if there is one.
    pub(super) last_seq: Option<u64>,
    /// With which write it came.
    pub(super) batch: BatchNumber,
    /// Places before `end` that are no records. They came with that write, so its sync had perhaps
    /// not returned: a power cut tears it anywhere.
    pub(super) torn: Vec<Range<u64>>,
    /// Where the last promised record ends, if its head is sound and nothing else of it is.
    pub(super) promised_end: Option<u64>,
}

/// What a walk over a segment meets.
pub(super) enum Piece {
    /// A sound record.
    Record {
        head: Head,
        payload: Bytes,
        /// Where it ends.
        end: u64,
    },
    /// Bytes that are none, and the number of the record that they were, if its head is sound.
    Damage(Range<u64>, Option<u64>),
}

/// Bytes looked at first while searching: the next record is mostly near. Twice as many each time,
const WINDOW_BYTES_MIN: u64 = 4 * 1024;
/// up to this.
const WINDOW_BYTES_MAX: u64 = 1024 * 1024;

/// What a disk reads or fails to read at once.
const PAGE_BYTES: u64 = 4096;

/// More than the numbers of any segment.
pub(super) const SEGMENT_SEQ_SPAN_MAX: u64 = 1 << 40;

/// Whether so many numbers in a row are none that were lost: more than any disk has records. A
/// start that could not read how far a segment goes has left them out.
pub(super) fn is_leap(first_seq: u64, last_seq: u64) -> bool {
    last_seq.saturating_sub(first_seq) > SEGMENT_SEQ_SPAN_MAX / 2
}

/// How far numbers may jump within a segment, over damage: few enough that noise does not pass for
/// a head.
const SEQ_JUMP_MAX: u64 = 1 << 24;

impl Segment {
    /// Makes a new one, durably.
    pub(super) fn create(
        disk: &dyn Disk,
        dir: &Path,
        first_seq: u64,
        salt: u64,
    ) -> Result<Self, SpoolError> {
        let path = dir.join(format!("{first_seq:020}-{salt:016x}{SEGMENT_EXTENSION}"));
        let file = disk.create(&path).map_err(failed("create", &path))?;
        disk.sync_dir(dir).map_err(failed("sync", dir))?;
        Ok(Self {
            first_seq,
            salt,
            path,
            file,
            size: 0,
            is_worn: false,
        })
    }

    /// Opens all segments of a folder.
    pub(super) fn open_all(disk: &dyn Disk, dir: &Path) -> Result<Vec<Self>, SpoolError> {
        let mut segments = Vec::new();
        for name in disk.list(dir).map_err(failed("list", dir))? {
            if let Some(segment) = Self::open(disk, dir, &name).transpose()? {
                segments.push(segment);
            }
        }
        Ok(segments)
    }

    /// Puts segments in order. Apart are the files that a failed beginning of a segment left:
    /// empty, and another one begins with the same number.
    pub(super) fn sort(mut segments: Vec<Self>) -> (Vec<Self>, Vec<Self>) {
        segments.sort_by_key(|segment| (segment.first_seq, segment.size));
        let (mut sorted, mut left): (Vec<Self>, Vec<Self>) = (Vec::new(), Vec::new());
        for segment in segments {
            let is_twin = |last: &mut Self| last.size == 0 && last.first_seq == segment.first_seq;
            left.extend(sorted.pop_if(is_twin));
            sorted.push(segment);
        }
        (sorted, left)
    }

    /// Opens one; `None` when the file is none by its name.
    pub(super) fn open(
        disk: &dyn Disk,
        dir: &Path,
        name: &str,
    ) -> Option<Result<Self, SpoolError>> {
        let (first_seq, salt) = parse_name(name)?;
        let path = dir.join(name);
        let open = || {
            let file = disk.open(&path).map_err(failed("open", &path))?;
            let size = file.size().map_err(failed("measure", &path))?;
            Ok((file, size))
        };
        Some(open().map(|(file, size)| Self {
            first_seq,
            salt,
            path: path.clone(),
            file,
            size,
            is_worn: false,
        }))
    }

    /// Bytes of a range, which lies within `size`. What is not there any more, because the file was
    /// cut behind our back, is zeros, which are no record; of a worn segment, so are pages that
    /// cannot be read.
    pub(super) fn read(&self, range: Range<u64>) -> Result<Vec<u8>, SpoolError> {
        let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length];
        match self.file.read_at(range.start, &mut bytes) {
            Err(_) if self.is_worn => self.read_pages(range.start, &mut bytes),
            read => {
                read.map_err(failed("read", &self.path))?;
            }
        }
        Ok(bytes)
    }

    fn read_pages(&self, start: u64, bytes: &mut [u8]) {
        let (mut offset, mut rest) = (start, bytes);
        while !rest.is_empty() {
            let to_next = PAGE_BYTES - offset % PAGE_BYTES;
            let length = usize::try_from(to_next).unwrap_or(usize::MAX);
            let (page, behind) = rest.split_at_mut(length.min(rest.len()));
            if self.file.read_at(offset, page).is_err() {
                page.fill(0);
            }
            offset += to_next;
            rest = behind;
        }
    }

    /// Whether a head at `offset` fits: within the segment, and its number after `after_seq`.
    pub(super) fn plausible(&self, head: &Head, offset: u64, after_seq: u64) -> bool {
        let least = after_seq.max(self.first_seq.saturating_sub(1));
        head.seq > least
            && head.seq - least <= SEQ_JUMP_MAX
            && offset.saturating_add(head.span()) <= self.size
    }

    /// Where the next plausible record starts, at or after `from`. Looks at every byte, so it is
    /// only asked after damage.
    pub(super) fn resync(&self, from: u64, after_seq: u64) -> Result<Option<u64>, SpoolError> {
        let (mut offset, mut window_bytes) = (from, WINDOW_BYTES_MIN);
        while offset + HEAD_BYTES as u64 <= self.size {
            let end = self.size.min(offset + window_bytes);
            window_bytes = (window_bytes * 2).min(WINDOW_BYTES_MAX);
            let window = self.read(offset..end)?;
            let places = window.windows(HEAD_BYTES).zip(offset..);
            for (bytes, place) in places {
                let head = Head::decode(bytes, self.salt);
                if head.is_some_and(|head| self.plausible(&head, place, after_seq)) {
                    return Ok(Some(place));
                }
            }
            // The windows overlap, so that no head is cut in two.
            let step = window.len().saturating_sub(HEAD_BYTES - 1).max(1);
            offset += step as u64;
        }
        Ok(None)
    }

    /// Walks over everything, in order.
    pub(super) fn walk(&self, mut meet: impl FnMut(Piece)) -> Result<(), SpoolError> {
        let (mut offset, mut after_seq) = (0, 0);
        while offset < self.size {
            let start = offset;
            let head = self.read(start..self.size.min(start + HEAD_BYTES as u64))?;
            let head = Head::decode(&head, self.salt);
            let Some(head) = head.filter(|head| self.plausible(head, start, after_seq)) else {
                offset = self.resync(start + 1, after_seq)?.unwrap_or(self.size);
                meet(Piece::Damage(start..offset, None));
                continue;
            };
            offset += head.span();
            after_seq = head.seq;
            let payload = Bytes::from(self.read(start + HEAD_BYTES as u64..offset)?);
            meet(if crc32fast::hash(&payload) == head.payload_crc {
                let end = offset;
                Piece::Record { head, payload, end }
            } else {
                Piece::Damage(start..offset, Some(head.seq))
            });
        }
        Ok(())
    }

    /// Finds where the last sound record ends, and what its write may have left torn. Damage
    /// before that is left for the reader, which counts it and sets it aside. Up to `promised`
    /// nothing is torn.
    pub(super) fn scan(&self, promised: u64) -> Result<Tail, SpoolError> {
        let mut tail = Tail::default();
        let mut damage: Vec<Range<u64>> = Vec::new();
        // Up to here everything was synced, because a later write followed.
        let mut synced = 0;
        self.walk(|piece| match piece {
            Piece::Record { head, end, .. } => {
                if !head.batch.is_known() {
                    synced = end;
                } else if head.batch != tail.batch {
                    synced = tail.end;
                }
                tail.end = end;
                tail.last_seq = Some(head.seq);
                tail.batch = head.batch;
            }
            Piece::Damage(range, seq) => {
                if seq == Some(promised) {
                    tail.promised_end = Some(range.end);
                }
                damage.push(range);
            }
        })?;
        let is_promised = tail.last_seq.is_some_and(|last| last <= promised);
        damage.retain(|range| !is_promised && range.start >= synced && range.end <= tail.end);
        tail.torn = damage;
        Ok(tail)
    }

    /// Removes what lies behind `end`: the rest of a write that was cut short.
    pub(super) fn cut(&mut self, end: u64) -> Result<(), SpoolError> {
        let cut = self.file.set_size(end);
        cut.map_err(failed("cut", &self.path))?;
        self.file.sync().map_err(failed("sync", &self.path))?;
        self.size = end;
        Ok(())
    }

    /// Where [`Self::set_aside`] keeps what begins at `start`.
    pub(super) fn aside_path(&self, aside: &Path, start: u64, what: Aside) -> PathBuf {
        let first_seq = self.first_seq;
        aside.join(format!(
            "spool-{first_seq:020}-{start}.{}",
            what.extension()
        ))
    }

    /// Whether the start kept these very bytes as torn: nobody was promised them. Other bytes may
    /// have been torn at the same place before, and written over.
    pub(super) fn is_torn(
        &self,
        disk: &dyn Disk,
        aside: &Path,
        range: Range<u64>,
    ) -> Result<bool, SpoolError> {
        let path = self.aside_path(aside, range.start, Aside::TornTail);
        let Ok(file) = disk.open(&path) else {
            return Ok(false);
        };
        let bytes = self.read(range)?;
        let mut kept = vec![0; bytes.len() + 1];
        let count = file.read_at(0, &mut kept).map_err(failed("read", &path))?;
        Ok(kept.get(..count) == Some(bytes.as_slice()))
    }

    /// Keeps a copy of bytes that are no records in the folder `aside`, for people to look at.
    pub(super) fn set_aside(
        &self,
        disk: &dyn Disk,
        aside: &Path,
        range: Range<u64>,
        what: Aside,
    ) -> Result<(), SpoolError> {
        let bytes = self.read(range.clone())?;
        let path = self.aside_path(aside, range.start, what);
        let keep = || {
            disk.create_dir(aside)?;
            let file = disk.create(&path)?;
            file.write_at(0, &bytes)?;
            file.sync()?;
            disk.sync_dir(aside)?;
            // The folder's own name must survive a power cut, too.
            aside
                .parent()
                .map_or(Ok(()), |parent| disk.sync_dir(parent))
        };
        keep().map_err(failed("set damaged bytes aside in", &path))
    }
}

/// Why bytes are set aside; the ending of the file says it, and the quarantine reads it.
#[derive(Clone, Copy)]
pub(super) enum Aside {
    /// A write that was cut short: nothing in it was acknowledged.
    TornTail,
    /// Bytes that were records once.
    Damage,
}

impl Aside {
    fn extension(self) -> &'static str {
        match self {
            Self::TornTail => "torn",
            Self::Damage => "bin",
        }
    }
}

fn parse_name(name: &str) -> Option<(u64, u64)> {
    let (seq, salt) = name.strip_suffix(SEGMENT_EXTENSION)?.split_once('-')?;
    if seq.len() != 20 || salt.len() != 16 {
        return None;
    }
    Some((seq.parse().ok()?, u64::from_str_radix(salt, 16).ok()?))
}
