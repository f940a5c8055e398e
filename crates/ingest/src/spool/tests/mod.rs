//! The file spool beyond the suite: damage, torn tails, failing disks, deletion.

mod check;
mod faults;
mod missing;
mod sweep;
mod unreadable;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

use super::frame::HEAD_BYTES;
use super::position::{POSITION_FILE, SeqFile};
use super::suite::{Place, drain, put, spool_suite};
use super::{FileSpool, FileSpoolOptions, Spool, SpoolError};
use crate::metrics::Metrics;
use watchpost_store::disk::{Disk, RealDisk};

static DRAWN: AtomicU64 = AtomicU64::new(1);

/// A temporary folder with small segments.
struct TempFiles {
    dir: TempDir,
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
}

impl TempFiles {
    fn new() -> Self {
        Self::on(Arc::new(RealDisk))
    }

    fn on(disk: Arc<dyn Disk>) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            disk,
            segment_bytes: 2000,
        }
    }

    fn one_segment() -> Self {
        Self {
            segment_bytes: 1 << 30,
            ..Self::new()
        }
    }

    fn options(&self, bytes_max: u64) -> FileSpoolOptions {
        FileSpoolOptions {
            dir: self.dir.path().join("spool"),
            aside: self.dir.path().join("aside"),
            bytes_max,
            segment_bytes: self.segment_bytes,
            filed_to: 0,
            disk: Arc::clone(&self.disk),
            random: Arc::new(|| {
                // Foreseeable, and never the same twice: a salt names a segment's file.
                let drawn = DRAWN.fetch_add(1, Ordering::Relaxed);
                (u128::from(drawn) << 64 | u128::from(drawn)).to_le_bytes()
            }),
            metrics: Metrics::default(),
        }
    }

    fn try_open(&self) -> Result<FileSpool, SpoolError> {
        FileSpool::open(self.options(1 << 30))
    }

    fn file(&self) -> FileSpool {
        self.try_open().unwrap()
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.path().join(folder));
        let entries = entries.into_iter().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    /// As if the power had gone before the last write was synced: nobody was promised it.
    fn unpromise(&self) {
        fs::remove_file(self.dir.path().join("spool/promised")).unwrap();
    }

    fn segments(&self) -> Vec<PathBuf> {
        let mut paths = self.files("spool");
        paths.retain(|path| path.extension().is_some());
        paths
    }
}

impl Place for TempFiles {
    fn open(&self, bytes_max: u64) -> Arc<dyn Spool> {
        Arc::new(FileSpool::open(self.options(bytes_max)).unwrap())
    }
}

spool_suite!(file, super::TempFiles::new());

/// A spool of five records in one segment, closed; its segment's bytes can be changed.
fn five(change: impl FnOnce(&mut Vec<u8>)) -> TempFiles {
    let place = TempFiles::one_segment();
    let spool = place.file();
    for number in 1..=5 {
        put(&spool, number, 200).unwrap();
    }
    drop(spool);
    let path = &place.segments()[0];
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
    place
}

/// Bytes of one of those records.
fn span(bytes: &[u8]) -> usize {
    bytes.len() / 5
}

fn check_damage(what: &str, change: impl FnOnce(&mut Vec<u8>), expect: &[u128], damaged: u64) {
    let place = five(change);
    let spool = place.file();
    assert_eq!(drain(&spool), expect, "{what}");
    assert_eq!(spool.status().damaged, damaged, "{what}");
    // Life goes on, and what was set aside does not come back.
    put(&spool, 6, 200).unwrap();
    assert_eq!(drain(&spool), [6], "{what}");
    spool.commit(spool.status().appended).unwrap();
    drop(spool);
    assert_eq!(drain(&place.file()), [], "{what}");
}

#[test]
fn f07_a_damaged_record_is_set_aside_and_the_rest_is_served() {
    check_damage("nothing", |_| {}, &[1, 2, 3, 4, 5], 0);
    let body = |bytes: &mut Vec<u8>| {
        let at = span(bytes) + span(bytes) / 2;
        bytes[at] ^= 1;
    };
    check_damage("a bit of a body", body, &[1, 3, 4, 5], 1);
    let length = |bytes: &mut Vec<u8>| {
        let at = span(bytes);
        bytes[at] ^= 1;
    };
    check_damage("a bit of a length", length, &[1, 3, 4, 5], 1);
    let first = |bytes: &mut Vec<u8>| bytes[..HEAD_BYTES].fill(0);
    check_damage("the first head", first, &[2, 3, 4, 5], 1);
    let inserted = |bytes: &mut Vec<u8>| {
        let at = span(bytes) * 2;
        bytes.splice(at..at, [7; 33]);
    };
    check_damage("inserted bytes", inserted, &[1, 2, 3, 4, 5], 1);
    let two = |bytes: &mut Vec<u8>| {
        let (from, to) = (span(bytes) + 5, span(bytes) * 2 + 5);
        bytes[from..to].fill(0xff);
    };
    check_damage("across two records", two, &[1, 4, 5], 1);
}

#[test]
fn f02_a_torn_tail_is_cut_at_every_byte() {
    let whole = five(|_| {});
    let bytes = fs::read(&whole.segments()[0]).unwrap();
    let last = span(&bytes) * 4;
    for length in last..bytes.len() {
        let place = five(|bytes| bytes.truncate(length));
        place.unpromise();
        let spool = place.file();
        assert_eq!(drain(&spool), [1, 2, 3, 4], "cut at {length}");
        assert_eq!(
            spool.status().damaged,
            0,
            "a torn tail was never acknowledged"
        );
        put(&spool, 6, 50).unwrap();
        drop(spool);
        assert_eq!(drain(&place.file()), [1, 2, 3, 4, 6], "cut at {length}");
    }
}

#[test]
fn f02_a_tail_of_zeros_or_noise_is_cut_and_kept_aside() {
    for noise in [0, 0x5a] {
        let place = five(|bytes| bytes.extend([noise; 500]));
        let spool = place.file();
        assert_eq!(drain(&spool), [1, 2, 3, 4, 5]);
        let aside = fs::read(&place.files("aside")[0]).unwrap();
        assert_eq!(aside, [noise; 500]);
    }
}

#[test]
fn damaged_bytes_are_kept_aside_exactly() {
    let mut expect = Vec::new();
    let place = five(|bytes| {
        let size = span(bytes);
        bytes[size * 2 + 40] ^= 0x80;
        expect = bytes[size * 2..size * 3].to_vec();
    });
    drain(&place.file());
    let aside = place.files("aside");
    assert_eq!(aside.len(), 1);
    assert_eq!(fs::read(&aside[0]).unwrap(), expect);
}

#[test]
fn damage_at_the_end_of_what_is_written_does_not_spin() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    put(&spool, 1, 100).unwrap();
    let path = &place.segments()[0];
    let mut bytes = fs::read(path).unwrap();
    bytes[0] ^= 1;
    fs::write(path, bytes).unwrap();
    let batch = spool.read(10, 1000).unwrap();
    assert_eq!(
        (batch.records.len(), batch.damaged, batch.end),
        (0, vec![1], Some(1))
    );
    spool.commit(1).unwrap();
    put(&spool, 2, 100).unwrap();
    assert_eq!(drain(&spool), [2]);
}

#[test]
fn digested_segments_are_deleted() {
    let place = TempFiles::new();
    let spool = place.file();
    for number in 0..40 {
        put(&spool, number, 500).unwrap();
    }
    assert!(place.segments().len() >= 10);
    drain(&spool);
    spool.commit(20).unwrap();
    let half = place.segments().len();
    assert!((5..10).contains(&half), "{half}");
    spool.commit(spool.status().appended).unwrap();
    assert_eq!(place.segments().len(), 1);
    assert_eq!(spool.status().backlog_bytes, 0);
    drop(spool);
    assert_eq!(drain(&place.file()), []);
}

#[test]
fn f08_a_spool_whose_segments_are_gone_says_so() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    assert_eq!(spool.status().damaged, 0, "a first start");
    put(&spool, 1, 10).unwrap();
    drain(&spool);
    spool.commit(1).unwrap();
    drop(spool);
    fs::remove_file(&place.segments()[0]).unwrap();
    let spool = place.file();
    assert_eq!(spool.status().damaged, 1);
    put(&spool, 2, 10).unwrap();
    assert_eq!(drain(&spool), [2]);
    drop(spool);
    assert_eq!(place.file().status().damaged, 0, "once");
}

#[test]
fn a_lost_position_means_reading_again_not_losing() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    put(&spool, 1, 10).unwrap();
    put(&spool, 2, 10).unwrap();
    drain(&spool);
    spool.commit(2).unwrap();
    drop(spool);
    fs::write(place.dir.path().join("spool/position"), [0; 1024]).unwrap();
    assert_eq!(drain(&place.file()), [1, 2]);
}

#[test]
fn the_older_slot_of_the_position_survives_a_torn_write() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    for number in 1..=3 {
        put(&spool, number, 10).unwrap();
    }
    drain(&spool);
    spool.commit(1).unwrap();
    spool.commit(2).unwrap();
    drop(spool);
    let path = place.dir.path().join("spool/position");
    let mut bytes = fs::read(&path).unwrap();
    bytes[512] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(drain(&place.file()), [2, 3]);
}

#[test]
fn f08_a_spool_that_came_farther_than_its_files_hides_no_record() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    put(&spool, 1, 10).unwrap();
    drain(&spool);
    spool.commit(1).unwrap();
    drop(spool);
    // A spool that has come far beyond what is left in its segment.
    let (dir, used_up) = (place.options(0).dir, 1 << 25);
    let (mut position, _) = SeqFile::open(&RealDisk, &dir, POSITION_FILE).unwrap();
    position.write(used_up).unwrap();
    let spool = place.file();
    assert_eq!(put(&spool, 2, 10).unwrap(), used_up + 1);
    put(&spool, 3, 10).unwrap();
    assert_eq!(place.segments().len(), 2, "one is begun, not one per write");
    assert_eq!(drain(&spool), [2, 3]);
    assert_eq!(spool.status().damaged, 0);
    drop(spool);
    assert_eq!(drain(&place.file()), [2, 3]);
    for segment in place.segments() {
        fs::remove_file(segment).unwrap();
    }
    put(&place.file(), 4, 10).unwrap();
    assert_eq!(place.segments().len(), 1, "it begins at its number");
}

#[test]
fn a_record_beyond_the_format_is_refused_alone() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    let error = put(&spool, 1, 65 * 1024 * 1024).unwrap_err();
    assert!(matches!(error, SpoolError::TooLarge { .. }), "{error}");
    put(&spool, 2, 9 * 1024 * 1024).unwrap();
    assert_eq!(drain(&spool), [2]);
}
