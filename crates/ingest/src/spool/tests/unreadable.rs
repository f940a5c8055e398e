//! Places of a segment that cannot be read, or are not there any more.

use std::fs;
use std::sync::Arc;

use super::TempFiles;
use crate::limits::SPOOL_READ_TRIES_MAX;
use crate::spool::suite::{drain, put};
use crate::spool::{FileSpool, Spool};
use watchpost_store::disk::faulty::FaultyDisk;

const PAGE: u64 = 4096;
/// Some pages full.
const COUNT: u128 = 60;

/// A spool of many records in one segment.
fn filled() -> (FaultyDisk, TempFiles, FileSpool) {
    let disk = FaultyDisk::default();
    let place = TempFiles {
        segment_bytes: 1 << 30,
        ..TempFiles::on(Arc::new(disk.clone()))
    };
    let spool = place.file();
    for number in 1..=COUNT {
        put(&spool, number, 300).unwrap();
    }
    (disk, place, spool)
}

/// Which records touch a page.
fn records_on(page: u64, bytes: u64) -> Vec<u128> {
    let span = bytes / u64::try_from(COUNT).unwrap();
    let touches =
        |number: &u64| number * span < (page + 1) * PAGE && (number + 1) * span > page * PAGE;
    let touched = (0..bytes / span).filter(touches);
    touched.map(|number| u128::from(number) + 1).collect()
}

/// Reads as the digest does: again and again.
fn drain_with_patience(spool: &FileSpool) -> Vec<u128> {
    for _ in 0..SPOOL_READ_TRIES_MAX {
        let error = spool.read(1, 1 << 20).unwrap_err();
        assert!(!error.is_full(), "{error}");
        assert_eq!(spool.status().damaged, 0, "a disk may come back");
    }
    drain(spool)
}

fn check_spoilt(restart: bool) {
    let (disk, place, mut spool) = filled();
    let path = place.segments()[0].clone();
    let bytes = fs::metadata(&path).unwrap().len();
    disk.spoil(&path, 2 * PAGE..3 * PAGE);
    if restart {
        drop(spool);
        spool = place.file();
    }
    let gone = records_on(2, bytes);
    assert!(gone.len() > 5, "{gone:?}");
    let mut expect: Vec<u128> = (1..=COUNT)
        .filter(|number| !gone.contains(number))
        .collect();
    assert_eq!(
        drain_with_patience(&spool),
        expect,
        "the page is lost, and nothing else"
    );
    assert!(spool.status().damaged > 0);
    let aside = place.files("aside");
    assert_eq!(aside.len() as u64, spool.status().damaged);
    let kept: u64 = aside
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    let span = bytes / u64::try_from(COUNT).unwrap();
    assert_eq!(
        kept,
        gone.len() as u64 * span,
        "what of it can be read is kept"
    );
    put(&spool, 99, 10).unwrap();
    assert_eq!(drain(&spool), [99]);
    spool.commit(spool.status().appended).unwrap();
    drop(spool);
    disk.heal();
    expect.clear();
    assert_eq!(drain(&place.file()), expect);
}

#[test]
fn f03_a_page_that_cannot_be_read_is_set_aside_and_the_rest_is_served() {
    check_spoilt(false);
}

#[test]
fn f03_a_page_that_cannot_be_read_does_not_keep_a_spool_from_starting() {
    check_spoilt(true);
}

#[test]
fn f03_what_cannot_be_read_at_the_start_is_not_cut() {
    let (disk, place, spool) = filled();
    drop(spool);
    let path = place.segments()[0].clone();
    disk.spoil(&path, 0..u64::MAX);
    let spool = place.file();
    put(&spool, 99, 10).unwrap();
    drop(spool);
    disk.heal();
    let expect: Vec<u128> = (1..=COUNT).chain([99]).collect();
    assert_eq!(
        drain(&place.file()),
        expect,
        "all of it, once the disk is back"
    );
}

#[test]
fn f08_a_segment_that_was_cut_short_is_read_as_far_as_it_goes() {
    let (_disk, place, spool) = filled();
    let path = place.segments()[0].clone();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    assert_eq!(drain(&spool), (1..=COUNT / 2).collect::<Vec<_>>());
    assert_eq!(spool.status().damaged, 1);
    spool.commit(spool.status().appended).unwrap();
    put(&spool, 99, 10).unwrap();
    assert_eq!(drain(&spool), [99]);
}
