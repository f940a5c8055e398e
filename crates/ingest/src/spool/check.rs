//! Looks at a spool without opening it as one: for `doctor`, also while a server works on it.
//!
//! Nothing is changed. What a power cut tears off the last write was promised to nobody and is no
//! finding; a record that is damaged in what was synced before is one.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use watchpost_model::Timestamp;

use super::frame::decode_payload;
use super::position::{POSITION_FILE, PROMISE_FILE, SeqFile};
use super::segment::{Aside, Piece, SEGMENT_EXTENSION, Segment, is_leap};
use super::{Disk, SpoolError, failed};

/// What is in a spool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files of records.
    pub segments: usize,
    /// Sound records in them, digested ones that are not deleted yet included.
    pub records: u64,
    /// How many of them wait to be digested.
    pub waiting: u64,
    /// When the newest of them was accepted.
    pub newest: Option<Timestamp>,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Bytes between synced records are no record.
    Damaged {
        /// The file.
        segment: PathBuf,
        /// Where in it.
        bytes: Range<u64>,
        /// Everything that was there is digested, so nothing is lost.
        is_digested: bool,
    },
    /// A sound record of a version that this program does not know.
    Unknown {
        /// The file.
        segment: PathBuf,
        /// The number of the record.
        seq: u64,
    },
    /// A file repeats numbers of the one before it: its records are not read.
    Overlap {
        /// The file.
        segment: PathBuf,
    },
    /// Numbers that were not digested are in no file.
    Gap {
        /// The first and the last of them.
        first: u64,
        /// See `first`.
        last: u64,
    },
    /// The last file ends before records that were accepted.
    CutOff {
        /// The first and the last of them.
        first: u64,
        /// See `first`.
        last: u64,
    },
    /// A file has the extension of a segment, but no name of one: it is not read.
    Misnamed {
        /// The file.
        file: PathBuf,
    },
    /// All files are gone, though there were some.
    Gone {
        /// Up to here records were digested.
        committed: u64,
    },
    /// Both copies of the position are damaged: everything is digested again, which changes
    /// nothing.
    NoPosition,
}

impl Finding {
    /// Whether accepted events are lost or not read; otherwise it is a warning.
    pub fn is_loss(&self) -> bool {
        match self {
            Self::Damaged { is_digested, .. } => !is_digested,
            Self::Unknown { .. }
            | Self::Overlap { .. }
            | Self::Gap { .. }
            | Self::CutOff { .. }
            | Self::Misnamed { .. }
            | Self::Gone { .. } => true,
            Self::NoPosition => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged {
                segment,
                bytes,
                is_digested,
            } => {
                let Range { start, end } = bytes;
                let digested = if *is_digested {
                    ", all digested before"
                } else {
                    ""
                };
                write!(
                    f,
                    "bytes {start} to {end} of {} are damaged{digested}",
                    segment.display()
                )
            }
            Self::Unknown { segment, seq } => {
                let segment = segment.display();
                write!(f, "record {seq} of {segment} is of a newer version")
            }
            Self::Overlap { segment } => {
                write!(
                    f,
                    "{} repeats numbers of the file before it",
                    segment.display()
                )
            }
            Self::Gap { first, last } => {
                write!(
                    f,
                    "records {first} to {last} are in no file: one was deleted or cut short"
                )
            }
            Self::CutOff { first, last } => {
                write!(f, "records {first} to {last} were accepted and are cut off")
            }
            Self::Misnamed { file } => {
                write!(
                    f,
                    "{} is named like no segment and is not read",
                    file.display()
                )
            }
            Self::Gone { committed } => {
                write!(
                    f,
                    "all files are gone, though {committed} records were digested"
                )
            }
            Self::NoPosition => f.write_str("the position is damaged: all is digested again"),
        }
    }
}

/// Looks at the spool in the folder `dir`, whose damaged bytes are kept in `aside`. The ledger has
/// filed the records up to `filed_to`.
///
/// # Errors
///
/// When the folder or a file in it cannot be read.
pub fn check(
    disk: &dyn Disk,
    dir: &Path,
    aside: &Path,
    filed_to: u64,
) -> Result<Report, SpoolError> {
    // Read first: what is promised later is perhaps not in the files as they were opened.
    let promised = SeqFile::peek(disk, dir, PROMISE_FILE)?.unwrap_or(0);
    let names = disk.list(dir).map_err(failed("list", dir))?;
    let mut look = Look {
        disk,
        aside,
        report: Report::default(),
        sound: Vec::new(),
        holes: Vec::new(),
        spans: Vec::new(),
    };
    let mut segments = look.segments(dir, &names)?;
    while let Some(segment) = segments.pop_front() {
        look.at(&segment, segments.front(), promised)?;
    }
    // Read last: what a server digested meanwhile is not missed.
    let committed = SeqFile::peek(disk, dir, POSITION_FILE)?;
    if committed.is_none() {
        look.report.findings.push(Finding::NoPosition);
    }
    Ok(look.judged(committed.unwrap_or(0), promised, filed_to))
}

/// A look in progress.
struct Look<'a> {
    disk: &'a dyn Disk,
    aside: &'a Path,
    report: Report,
    /// The numbers of all sound records.
    sound: Vec<u64>,
    /// Damage, and the greatest number that may have been in it.
    holes: Vec<(PathBuf, Range<u64>, u64)>,
    /// The least and the greatest number of each file, as far as they can be known.
    spans: Vec<(u64, u64)>,
}

impl Look<'_> {
    fn segments(&mut self, dir: &Path, names: &[String]) -> Result<VecDeque<Segment>, SpoolError> {
        let mut segments = Vec::new();
        for name in names {
            match Segment::open(self.disk, dir, name) {
                Some(Ok(segment)) => segments.push(segment),
                // Digested and deleted meanwhile.
                Some(Err(error)) if error.is_missing() => {}
                Some(Err(error)) => return Err(error),
                None if name.ends_with(SEGMENT_EXTENSION) => {
                    let file = dir.join(name);
                    self.report.findings.push(Finding::Misnamed { file });
                }
                None => {}
            }
        }
        let (segments, _) = Segment::sort(segments);
        self.report.segments = segments.len();
        Ok(segments.into())
    }

    fn at(
        &mut self,
        segment: &Segment,
        next: Option<&Segment>,
        promised: u64,
    ) -> Result<(), SpoolError> {
        let before = self.spans.last().map(|span| span.1);
        if before.is_some_and(|last| segment.first_seq <= last) {
            let segment = segment.path.clone();
            self.report.findings.push(Finding::Overlap { segment });
        }
        // Before the last file everything was synced; in it, all but the last write.
        let torn = match next {
            Some(_) => Vec::new(),
            None => segment.scan(promised)?.torn,
        };
        let (mut last, mut open) = (segment.first_seq.saturating_sub(1), Vec::new());
        let mut unknown = Vec::new();
        segment.walk(|piece| match piece {
            Piece::Record { head, payload, .. } => {
                let passed = open.drain(..);
                self.holes
                    .extend(passed.map(|hole| (segment.path.clone(), hole, head.seq - 1)));
                last = head.seq;
                self.sound.push(head.seq);
                match decode_payload(&payload) {
                    Some(record) => {
                        let received = Some(record.receipt.received);
                        self.report.newest = self.report.newest.max(received);
                    }
                    None => unknown.push(head.seq),
                }
            }
            Piece::Damage(range, _) => {
                if !torn.contains(&range) && !self.is_told(segment, &range) {
                    open.push(range);
                }
            }
        })?;
        // Behind what is promised, the end of the last file is a write that was cut short, or one
        // that is not finished.
        let greatest = next.map_or(promised, |next| next.first_seq.saturating_sub(1));
        if !open.is_empty() && greatest > last {
            last = greatest;
            let rest = open.into_iter();
            let rest = rest.map(|hole| (segment.path.clone(), hole, last));
            self.holes.extend(rest);
        }
        self.spans.push((segment.first_seq, last));
        let segment = &segment.path;
        self.report.findings.extend(unknown.into_iter().map(|seq| {
            let segment = segment.clone();
            Finding::Unknown { segment, seq }
        }));
        Ok(())
    }

    /// Whether the damage is in the quarantine already, which tells of it.
    fn is_told(&self, segment: &Segment, range: &Range<u64>) -> bool {
        let kept = segment.aside_path(self.aside, range.start, Aside::Damage);
        let is_torn = segment.is_torn(self.disk, self.aside, range.clone());
        is_torn.unwrap_or(false) || self.disk.open(&kept).is_ok()
    }

    fn judged(mut self, committed: u64, promised: u64, filed_to: u64) -> Report {
        let findings = &mut self.report.findings;
        for (segment, bytes, greatest) in self.holes {
            let is_digested = greatest <= committed;
            findings.push(Finding::Damaged {
                segment,
                bytes,
                is_digested,
            });
        }
        // What is deleted was digested, also when a power cut has put the position back.
        let reached = self.spans.last().map_or(0, |span| span.1).max(promised);
        let filed_to = if filed_to <= reached { filed_to } else { 0 };
        let mut expected = committed.max(filed_to).saturating_add(1);
        for (first_seq, last) in &self.spans {
            if *first_seq > expected && !is_leap(expected, *first_seq) {
                let (first, last) = (expected, first_seq - 1);
                findings.push(Finding::Gap { first, last });
            }
            expected = expected.max(last.saturating_add(1));
        }
        if self.spans.is_empty() && committed.max(promised) > 0 {
            findings.push(Finding::Gone { committed });
        } else if promised >= expected {
            let (first, last) = (expected, promised);
            findings.push(Finding::CutOff { first, last });
        }
        self.report.records = self.sound.len() as u64;
        let waiting = self.sound.iter().filter(|seq| **seq > committed);
        self.report.waiting = waiting.count() as u64;
        self.report
    }
}

impl SpoolError {
    fn is_missing(&self) -> bool {
        matches!(self, Self::Disk { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
