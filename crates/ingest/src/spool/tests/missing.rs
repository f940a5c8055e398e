//! Records that are in no file any more are named exactly, and nothing else is taken for missing.

use std::fs;
use std::io::ErrorKind;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use super::{TempFiles, five, span};
use crate::spool::frame::HEAD_BYTES;
use crate::spool::suite::{drain, ids_of, put};
use crate::spool::{FileSpool, FileSpoolOptions, Spool};
use watchpost_store::disk::faulty::{Call, FaultyDisk};

/// Reads on to the end: what is there, and what is missing.
pub(super) fn read_all(spool: &FileSpool) -> (Vec<u128>, Vec<RangeInclusive<u64>>) {
    let (mut ids, mut lost) = (Vec::new(), Vec::new());
    loop {
        let batch = spool.read(3, 1 << 20).unwrap();
        let Some(end) = batch.end else {
            return (ids, lost);
        };
        if let Some(range) = &batch.lost {
            assert!(batch.records.is_empty() && batch.damaged.is_empty());
            assert_eq!(*range.end(), end);
        }
        ids.extend(ids_of(&batch));
        lost.extend(batch.lost);
    }
}

/// A closed spool of the records 1 to 20, four to a segment.
fn twenty() -> TempFiles {
    let place = TempFiles::new();
    let spool = place.file();
    for number in 1..=20 {
        assert_eq!(u128::from(put(&spool, number, 500).unwrap()), number);
    }
    drop(spool);
    assert_eq!(place.segments().len(), 5);
    place
}

fn without(gone: RangeInclusive<u128>) -> Vec<u128> {
    (1..=20).filter(|number| !gone.contains(number)).collect()
}

/// Records `gone` are lost by `harm`, and by nothing else, until they are committed.
fn check(what: &str, gone: RangeInclusive<u64>, harm: impl Fn(&[std::path::PathBuf])) {
    let place = twenty();
    harm(&place.segments());
    let rest = without(u128::from(*gone.start())..=u128::from(*gone.end()));
    for _ in 0..2 {
        let spool = place.file();
        let expect = (rest.clone(), vec![gone.clone()]);
        assert_eq!(read_all(&spool), expect, "{what}");
        spool.rewind();
        assert_eq!(read_all(&spool), expect, "{what}, from the start");
        assert_eq!(spool.status().damaged, 0, "{what}");
    }
    let spool = place.file();
    while spool.read(3, 1 << 20).unwrap().lost.is_none() {}
    spool.commit(*gone.end()).unwrap();
    drop(spool);
    let spool = place.file();
    let (ids, lost) = read_all(&spool);
    let behind = rest
        .iter()
        .filter(|number| **number > u128::from(*gone.end()));
    assert_eq!(ids, behind.copied().collect::<Vec<_>>(), "{what}");
    assert_eq!(lost, [], "{what}: told once");
    assert_eq!(put(&spool, 21, 10).unwrap(), 21, "{what}");
    assert_eq!(read_all(&spool), (vec![21], vec![]), "{what}");
}

fn cut(path: &Path, bytes: usize) {
    let kept = fs::read(path).unwrap();
    fs::write(path, &kept[..bytes]).unwrap();
}

#[test]
fn f08_a_missing_segment_is_told_with_the_numbers_of_its_records() {
    let remove = |path: &Path| fs::remove_file(path).unwrap();
    check("the second", 5..=8, |segments| remove(&segments[1]));
    check("two of them", 9..=16, |segments| {
        remove(&segments[2]);
        remove(&segments[3]);
    });
    check("the first", 1..=4, |segments| remove(&segments[0]));
    check("the last", 17..=20, |segments| remove(&segments[4]));
    check("all but the first", 5..=20, |segments| {
        segments[1..].iter().for_each(|path| remove(path));
    });
}

#[test]
fn f08_a_segment_that_was_cut_between_records_is_told_with_their_numbers() {
    let one = |path: &Path| fs::read(path).unwrap().len() / 4;
    check("half", 7..=8, |segments| {
        cut(&segments[1], 2 * one(&segments[1]));
    });
    check("all of it", 5..=8, |segments| cut(&segments[1], 0));
    check("the last one", 18..=20, |segments| {
        cut(&segments[4], one(&segments[4]));
    });
}

#[test]
fn f03_what_was_refused_is_not_missed() {
    for (call, kind) in [
        (Call::Write, ErrorKind::StorageFull),
        (Call::SetSize, ErrorKind::Other),
        (Call::Create, ErrorKind::StorageFull),
        (Call::SyncDir, ErrorKind::StorageFull),
    ] {
        let disk = FaultyDisk::default();
        let place = TempFiles::on(Arc::new(disk.clone()));
        let spool = place.file();
        let mut kept = Vec::new();
        for number in 1..=40 {
            if number % 3 == 0 {
                disk.fail(Call::Write, 0, 1, ErrorKind::StorageFull);
                disk.fail(call, 0, 2, kind);
            }
            if put(&spool, number, 500).is_ok() {
                kept.push(number);
            }
            disk.heal();
        }
        drop(spool);
        assert!((10..40).contains(&kept.len()), "{call:?}: {kept:?}");
        let spool = place.file();
        assert_eq!(read_all(&spool), (kept, vec![]), "{call:?}");
        assert_eq!(spool.status().damaged, 0, "{call:?}");
    }
}

#[test]
fn f02_what_the_ledger_has_filed_is_not_missed_when_the_position_is_older() {
    let place = twenty();
    fs::remove_file(&place.segments()[1]).unwrap();
    let open = |filed_to| {
        let options = place.options(1 << 30);
        FileSpool::open(FileSpoolOptions {
            filed_to,
            ..options
        })
        .unwrap()
    };
    assert_eq!(read_all(&open(7)).1, [8..=8]);
    assert_eq!(read_all(&open(8)), (without(5..=8), vec![]));
    assert_eq!(read_all(&open(21)).1, [5..=8], "of another spool");
}

#[test]
fn f03_the_numbers_behind_a_segment_that_could_not_be_read_are_not_missed() {
    let disk = FaultyDisk::default();
    let mut place = twenty();
    place.disk = Arc::new(disk.clone());
    disk.spoil(&place.segments()[4], 0..u64::MAX);
    put(&place.file(), 99, 10).unwrap();
    disk.heal();
    let expect: Vec<_> = (1..=20).chain([99]).collect();
    assert_eq!(read_all(&place.file()), (expect, vec![]));
}

/// Opens the spool again and again, as after crashes at different moments: the damage comes with
/// every read before it is committed, always under the same number, and is kept.
fn check_end(place: &TempFiles, expect: &[u128], bytes: &[u8]) {
    let damaged = u64::try_from(expect.len()).unwrap() + 1;
    for round in 0..3 {
        let spool = place.file();
        if round == 1 {
            // Somebody writes behind it.
            assert_eq!(put(&spool, 99, 10).unwrap(), 6);
        }
        let batch = spool.read(10, 1 << 20).unwrap();
        assert!(ids_of(&batch).starts_with(expect), "{batch:?}");
        assert_eq!((batch.damaged, batch.lost), (vec![damaged], None));
        assert_eq!(spool.status().damaged, 1);
        let aside = place.files("aside");
        let aside = aside
            .iter()
            .filter(|path| path.extension().unwrap() == "bin");
        let kept: Vec<_> = aside.map(|path| fs::read(path).unwrap()).collect();
        assert_eq!(kept, [bytes]);
    }
    let spool = place.file();
    drain(&spool);
    spool.commit(spool.status().appended).unwrap();
    drop(spool);
    let batch = place.file().read(10, 1 << 20).unwrap();
    assert_eq!(batch, crate::spool::Batch::default(), "told once");
}

#[test]
fn f07_the_damaged_end_of_what_was_promised_ends_like_any_damage() {
    let mut end = Vec::new();
    let place = five(|bytes| {
        let last = 4 * span(bytes);
        bytes[last + HEAD_BYTES + 7] ^= 1;
        end = bytes[last..].to_vec();
    });
    check_end(&place, &[1, 2, 3, 4], &end);
    let place = five(|bytes| {
        let last = 4 * span(bytes);
        bytes[last] ^= 1;
        end = bytes[last..].to_vec();
    });
    check_end(&place, &[1, 2, 3, 4], &end);
    let place = five(|bytes| {
        let last = 3 * span(bytes);
        bytes[last..].fill(0x33);
        end = bytes[last..].to_vec();
    });
    check_end(&place, &[1, 2, 3], &end);
}

#[test]
fn f02_what_a_power_cut_tore_behind_a_damaged_end_is_no_damage() {
    let mut end = Vec::new();
    let place = five(|bytes| {
        let last = 4 * span(bytes);
        bytes[last + HEAD_BYTES + 7] ^= 1;
        end = bytes[last..].to_vec();
        bytes.extend([7; 33]);
    });
    check_end(&place, &[1, 2, 3, 4], &end);
    let torn = place.files("aside");
    let torn = torn
        .iter()
        .filter(|path| path.extension().unwrap() == "torn");
    let torn: Vec<_> = torn.map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(torn, [[7; 33]]);
}

#[test]
fn f07_damage_where_a_write_was_torn_before_is_no_torn_write() {
    let place = five(|bytes| bytes.extend([7; 33]));
    let spool = place.file();
    put(&spool, 6, 200).unwrap();
    put(&spool, 7, 200).unwrap();
    drop(spool);
    let path = &place.segments()[0];
    let mut bytes = fs::read(path).unwrap();
    let sixth = bytes.len() / 7 * 5;
    bytes[sixth + 2] ^= 1;
    fs::write(path, bytes).unwrap();
    let found = super::check::findings(&place);
    assert_eq!(found.len(), 1, "{found:?}");
    let batch = place.file().read(10, 1 << 20).unwrap();
    assert_eq!(ids_of(&batch), [1, 2, 3, 4, 5, 7]);
    assert_eq!(batch.damaged, [6]);
}
