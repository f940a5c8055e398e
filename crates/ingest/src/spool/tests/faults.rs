//! Disks that fail: full, broken, once or for a while.

use std::io::ErrorKind;
use std::sync::Arc;

use super::TempFiles;
use crate::spool::suite::{block_on, drain, ids_of, put, record};
use crate::spool::{Spool, SpoolError};
use watchpost_store::disk::faulty::{Call, FaultyDisk};

#[test]
fn a_batch_is_written_and_synced_once() {
    let disk = FaultyDisk::default();
    let place = TempFiles {
        segment_bytes: 1 << 30,
        ..TempFiles::on(Arc::new(disk.clone()))
    };
    let spool = place.file();
    let before = disk.count(Call::Sync);
    let futures: Vec<_> = (0..1000)
        .map(|number| spool.append(record(number, 100)))
        .collect();
    for future in futures {
        block_on(future).unwrap();
    }
    let syncs = disk.count(Call::Sync) - before;
    assert!(
        syncs < 200,
        "{syncs} syncs for 1000 records that came at once"
    );
}

#[test]
fn f03_a_failed_sync_stops_the_spool_and_is_never_tried_again() {
    let disk = FaultyDisk::default();
    let place = TempFiles::on(Arc::new(disk.clone()));
    let spool = place.file();
    put(&spool, 1, 10).unwrap();
    disk.fail(Call::Sync, 0, 1, ErrorKind::Other);
    for _ in 0..2 {
        let error = put(&spool, 2, 10).unwrap_err();
        assert!(matches!(error, SpoolError::Stopped { .. }), "{error}");
    }
    assert_eq!(disk.count(Call::Sync), 2, "one good, one bad");
    assert!(spool.status().stopped.is_some());
    assert_eq!(drain(&spool), [1]);
    drop(spool);
    disk.heal();
    let spool = place.file();
    put(&spool, 3, 10).unwrap();
    let ids = drain(&spool);
    assert!(ids.contains(&1) && ids.contains(&3), "{ids:?}");
}

#[test]
fn f04_a_full_disk_refuses_and_heals() {
    let disk = FaultyDisk::default();
    let place = TempFiles::on(Arc::new(disk.clone()));
    let spool = place.file();
    put(&spool, 1, 300).unwrap();
    disk.fail(Call::Write, 0, 2, ErrorKind::StorageFull);
    for number in [2, 3] {
        let error = put(&spool, number, 300).unwrap_err();
        assert!(error.is_full(), "{error}");
    }
    put(&spool, 4, 30).unwrap();
    assert_eq!(drain(&spool), [1, 4]);
    drop(spool);
    let spool = place.file();
    assert_eq!(drain(&spool), [1, 4]);
    assert_eq!(spool.status().damaged, 0);
}

#[test]
fn f04_rests_of_a_failed_write_that_cannot_be_cut_are_not_taken_for_records() {
    let disk = FaultyDisk::default();
    let place = TempFiles::on(Arc::new(disk.clone()));
    let spool = place.file();
    put(&spool, 1, 300).unwrap();
    disk.fail(Call::Write, 0, 1, ErrorKind::StorageFull);
    disk.fail(Call::SetSize, 0, 1, ErrorKind::StorageFull);
    put(&spool, 2, 900).unwrap_err();
    put(&spool, 3, 10).unwrap();
    drop(spool);
    assert_eq!(drain(&place.file()), [1, 3]);
}

#[test]
fn f03_a_segment_that_cannot_be_made_refuses_and_heals() {
    for call in [Call::Create, Call::SyncDir] {
        let disk = FaultyDisk::default();
        let place = TempFiles::on(Arc::new(disk.clone()));
        let spool = place.file();
        put(&spool, 1, 3000).unwrap();
        disk.fail(call, 0, 1, ErrorKind::StorageFull);
        let error = put(&spool, 2, 10).unwrap_err();
        assert!(error.is_full(), "{error}");
        put(&spool, 3, 10).unwrap();
        assert_eq!(drain(&spool), [1, 3]);
        drop(spool);
        assert_eq!(drain(&place.file()), [1, 3]);
    }
}

#[test]
fn f03_what_a_failed_segment_leaves_behind_is_never_taken_for_the_next_one() {
    let disk = FaultyDisk::default();
    let place = TempFiles::on(Arc::new(disk.clone()));
    let spool = place.file();
    put(&spool, 1, 3000).unwrap();
    let first = spool.read(1, 1 << 20).unwrap();
    spool.commit(first.end.unwrap()).unwrap();
    disk.fail(Call::SyncDir, 0, 1, ErrorKind::StorageFull);
    put(&spool, 2, 10).unwrap_err();
    put(&spool, 3, 10).unwrap();
    drop(spool);
    for _ in 0..2 {
        assert_eq!(
            drain(&place.file()),
            [3],
            "acknowledged, so it is there at every start"
        );
    }
}

#[test]
fn f03_nothing_is_cut_before_the_name_of_its_copy_is_durable() {
    // The folder of the spool comes first; then that of the copy, and the one above it.
    for after in 1..=2 {
        let disk = FaultyDisk::default();
        let place = TempFiles::on(Arc::new(disk.clone()));
        put(&place.file(), 1, 300).unwrap();
        let path = &place.segments()[0];
        let mut torn = std::fs::read(path).unwrap();
        torn.extend([7; 100]);
        std::fs::write(path, &torn).unwrap();
        disk.fail(Call::SyncDir, after, usize::MAX, ErrorKind::Other);
        assert!(place.try_open().is_err(), "{after}");
        assert_eq!(std::fs::read(path).unwrap(), torn, "{after}");
        disk.heal();
        assert_eq!(drain(&place.file()), [1]);
    }
}

#[test]
fn a_spool_whose_bound_was_lowered_takes_events_again_once_it_is_digested() {
    let place = TempFiles::one_segment();
    let spool = place.file();
    put(&spool, 1, 3000).unwrap();
    let batch = spool.read(1, 1 << 20).unwrap();
    spool.commit(batch.end.unwrap()).unwrap();
    drop(spool);
    let spool = super::FileSpool::open(place.options(1000)).unwrap();
    put(&spool, 2, 10).unwrap();
}

#[test]
fn f03_a_failed_read_is_told_and_tried_again() {
    let disk = FaultyDisk::default();
    let place = TempFiles::on(Arc::new(disk.clone()));
    let spool = place.file();
    put(&spool, 1, 10).unwrap();
    disk.fail(Call::Read, 0, 1, ErrorKind::Other);
    let error = spool.read(10, 1000).unwrap_err();
    assert!(!error.is_full(), "{error}");
    assert_eq!(ids_of(&spool.read(10, 1000).unwrap()), [1]);
}

#[test]
fn f03_every_call_of_a_start_may_fail_and_the_next_start_finds_all() {
    let calls = [
        Call::CreateDir,
        Call::List,
        Call::Open,
        Call::Size,
        Call::Read,
    ];
    for call in calls {
        for after in 0..3 {
            let disk = FaultyDisk::default();
            let place = TempFiles::on(Arc::new(disk.clone()));
            let spool = place.file();
            for number in 1..=8 {
                put(&spool, number, 500).unwrap();
            }
            drop(spool);
            disk.fail(call, after, 1, ErrorKind::Other);
            drop(place.try_open());
            disk.heal();
            assert_eq!(
                drain(&place.file()),
                (1..=8).collect::<Vec<_>>(),
                "{call:?}"
            );
        }
    }
}
