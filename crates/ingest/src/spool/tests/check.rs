//! What a look at a spool finds, and what is no finding: damage is told from what a power cut tore.

use std::fs;
use std::ops::Range;

use watchpost_model::Timestamp;
use watchpost_store::disk::RealDisk;
use watchpost_store::disk::faulty::{Call, FaultyDisk};

use super::super::check::{Finding, Report, check};
use super::super::suite::{block_on, drain, put, record};
use super::*;

fn look(place: &TempFiles) -> Report {
    let (spool, aside) = (
        place.dir.path().join("spool"),
        place.dir.path().join("aside"),
    );
    check(&RealDisk, &spool, &aside, 0).unwrap()
}

pub(super) fn findings(place: &TempFiles) -> Vec<Finding> {
    look(place).findings
}

/// One segment of two writes, the second of three records; what of the file is whose.
fn two_writes() -> (TempFiles, Vec<Range<usize>>) {
    let place = TempFiles::one_segment();
    let spool = place.file();
    put(&spool, 1, 200).unwrap();
    // Taken together: the writer is busy with none of them before all are there.
    let three = spool.append_together([2, 3, 4].map(|number| record(number, 700)));
    for future in three {
        block_on(future).unwrap();
    }
    drop(spool);
    let size = fs::read(&place.segments()[0]).unwrap().len();
    // But for 500 bytes more, all records are of one size.
    let first = (size - 3 * 500) / 4;
    let one = first + 500;
    let places = (0..3).map(|n| first + n * one..first + (n + 1) * one);
    let all = std::iter::once(0..first).chain(places).collect();
    (place, all)
}

fn harm(place: &TempFiles, range: Range<usize>) {
    let path = &place.segments()[0];
    let mut bytes = fs::read(path).unwrap();
    bytes[range].fill(0x55);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_sound_spool_has_no_findings_and_is_counted() {
    let place = TempFiles::new();
    let nowhere = place.dir.path().join("spool");
    assert!(check(&RealDisk, &nowhere, place.dir.path(), 0).is_err());
    let spool = place.file();
    for number in 1..=20 {
        put(&spool, number, 500).unwrap();
    }
    spool.read(8, 1 << 20).unwrap();
    spool.commit(8).unwrap();
    // Also while somebody works on it.
    let report = look(&place);
    assert_eq!(report.findings, []);
    assert_eq!(report.segments, place.segments().len());
    assert!(
        report.records >= report.waiting && report.waiting == 12,
        "{report:?}"
    );
    assert_eq!(report.newest, Some(Timestamp::from_secs(1_700_000_000)));
}

#[test]
fn f02_what_a_power_cut_tore_is_no_finding_before_and_after_a_start() {
    let (_, places) = two_writes();
    let middle = places[2].start + 30..places[2].end;
    for torn in [places[1].clone(), middle, places[3].clone()] {
        let (place, _) = two_writes();
        harm(&place, torn.clone());
        place.unpromise();
        assert_eq!(findings(&place), [], "{torn:?}");
        let spool = place.file();
        put(&spool, 5, 100).unwrap();
        assert_eq!(findings(&place), [], "after a start: {torn:?}");
        let read = drain(&spool);
        assert_eq!(
            (read.len(), spool.status().damaged),
            (4, 0),
            "{torn:?}: {read:?}"
        );
        drop(spool);
        assert!(
            place
                .files("aside")
                .iter()
                .all(|path| path.extension().unwrap() == "torn")
        );
    }
}

#[test]
fn f07_damage_in_what_was_synced_is_found_and_named() {
    let (place, places) = two_writes();
    let spool = place.file();
    put(&spool, 5, 100).unwrap();
    put(&spool, 6, 100).unwrap();
    drop(spool);
    harm(&place, places[0].clone());
    harm(&place, places[3].clone());
    let found = findings(&place);
    let [first, second] = found.as_slice() else {
        panic!("{found:?}")
    };
    for (finding, place) in [(first, &places[0]), (second, &places[3])] {
        let Finding::Damaged {
            bytes, is_digested, ..
        } = finding
        else {
            panic!("{finding:?}")
        };
        assert_eq!(*bytes, place.start as u64..place.end as u64);
        assert!(!is_digested && finding.is_loss());
    }
    let spool = place.file();
    assert_eq!(drain(&spool), [2, 3, 5, 6]);
    assert_eq!(spool.status().damaged, 2);
    assert_eq!(findings(&place), [], "the quarantine tells of it");
}

#[test]
fn f07_damage_in_the_last_promised_write_is_no_torn_write() {
    for last in [2, 3] {
        let (place, places) = two_writes();
        harm(&place, places[last].clone());
        let found = findings(&place);
        assert!(matches!(found[..], [Finding::Damaged { .. }]), "{found:?}");
        assert!(found[0].is_loss());
        let spool = place.file();
        assert_eq!(drain(&spool).len(), 3);
        assert_eq!(spool.status().damaged, 1);
        assert!(put(&spool, 9, 10).unwrap() > 4, "no number is used twice");
    }
    let (place, places) = two_writes();
    let path = &place.segments()[0];
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..places[2].end]).unwrap();
    let found = findings(&place);
    assert_eq!(found, [Finding::CutOff { first: 4, last: 4 }]);
    assert!(found[0].is_loss());
    let batch = place.file().read(10, 1 << 20).unwrap();
    assert_eq!(batch.end, Some(3));
    let (ids, lost) = missing::read_all(&place.file());
    assert_eq!((ids.len(), lost), (3, vec![4..=4]));
}

#[test]
fn damage_in_what_is_digested_is_a_warning() {
    let (place, places) = two_writes();
    let spool = place.file();
    put(&spool, 5, 100).unwrap();
    drain(&spool);
    spool.commit(5).unwrap();
    drop(spool);
    harm(&place, places[2].clone());
    let found = findings(&place);
    assert_eq!(found.len(), 1);
    assert!(!found[0].is_loss() && found[0].to_string().contains("all digested before"));
}

#[test]
fn f08_missing_strange_and_doubled_files_are_found() {
    let place = TempFiles::new();
    let spool = place.file();
    for number in 1..=20 {
        put(&spool, number, 500).unwrap();
    }
    drop(spool);
    let segments = place.segments();
    let stranger = place.dir.path().join("spool/7.spool");
    fs::write(&stranger, "").unwrap();
    assert_eq!(
        findings(&place),
        [Finding::Misnamed {
            file: stranger.clone()
        }]
    );
    fs::remove_file(stranger).unwrap();

    let second = fs::read(&segments[1]).unwrap();
    fs::remove_file(&segments[1]).unwrap();
    let found = findings(&place);
    assert!(matches!(found[..], [Finding::Gap { .. }]), "{found:?}");
    assert!(found[0].is_loss() && found[0].to_string().contains("are in no file"));
    fs::write(&segments[1], second).unwrap();

    let last = segments.last().unwrap();
    let salt = last
        .to_str()
        .unwrap()
        .rsplit_once('-')
        .unwrap()
        .1
        .to_owned();
    let double = place.dir.path().join(format!("spool/{:020}-{salt}", 2));
    fs::copy(&segments[0], double).unwrap();
    let found = findings(&place);
    assert!(
        found.iter().any(|it| matches!(it, Finding::Overlap { .. })),
        "{found:?}"
    );
}

#[test]
fn a_position_that_cannot_be_read_is_a_warning_and_one_without_files_is_not() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    put(&spool, 1, 100).unwrap();
    drain(&spool);
    spool.commit(1).unwrap();
    drop(spool);
    let position = place.dir.path().join("spool/position");
    let sound = fs::read(&position).unwrap();
    fs::write(&position, [0x11; 1024]).unwrap();
    let found = findings(&place);
    assert_eq!(found, [Finding::NoPosition]);
    assert!(!found[0].is_loss());
    fs::write(&position, sound).unwrap();
    fs::remove_file(&place.segments()[0]).unwrap();
    let found = findings(&place);
    assert_eq!(found, [Finding::Gone { committed: 1 }]);
    assert!(found[0].is_loss());
}

#[test]
fn f08_nothing_is_promised_in_a_file_without_a_name() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    put(&spool, 1, 100).unwrap();
    let (there, away) = (
        place.dir.path().join("spool"),
        place.dir.path().join("away"),
    );
    fs::rename(&there, &away).unwrap();
    for number in [2, 3] {
        let error = put(&spool, number, 100).unwrap_err();
        assert!(matches!(error, SpoolError::Unnamed { .. }), "{error}");
        assert!(spool.status().failing.is_some());
    }
    assert_eq!(spool.lost_files().len(), 1);
    // Another folder of that name is not the one.
    fs::create_dir(&there).unwrap();
    put(&spool, 4, 100).unwrap_err();
    fs::remove_dir(&there).unwrap();
    fs::rename(&away, &there).unwrap();
    put(&spool, 5, 100).unwrap();
    assert_eq!(spool.lost_files(), [] as [PathBuf; 0]);
    fs::remove_file(&place.segments()[0]).unwrap();
    put(&spool, 6, 100).unwrap_err();
    assert_eq!(drain(&spool), [1, 5], "what was promised is still digested");
}

#[test]
fn f06_a_disk_that_became_read_only_is_told_and_heals() {
    let disk = FaultyDisk::default();
    let place = TempFiles::on(Arc::new(disk.clone()));
    let spool = place.file();
    disk.fail(Call::Write, 0, 1, std::io::ErrorKind::ReadOnlyFilesystem);
    let error = put(&spool, 1, 100).unwrap_err();
    assert!(error.is_unwritable() && !error.is_full(), "{error}");
    let verdict = crate::error::GateError::from(error).verdict();
    assert_eq!(
        (verdict.status.as_u16(), verdict.reason),
        (429, "unwritable")
    );
    put(&spool, 2, 100).unwrap();
}
