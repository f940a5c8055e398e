//! When the gates close and when they open again, on a real disk.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::disk::{DiskWatch, Look, judge};
use watchpost_model::Timestamp;

use super::*;
use crate::config::DiskBudget;
use crate::spool::SpoolStatus;

const MIB: u64 = 1024 * 1024;

fn budget(dir: &std::path::Path, used: Option<u64>, free: Option<u64>) -> DiskBudget {
    DiskBudget {
        dir: dir.to_owned(),
        used_bytes_max: used,
        free_bytes_min: free,
    }
}

#[test]
fn f04_the_bound_on_free_bytes_has_a_margin() {
    let check =
        |was_full: bool, size_mib: u64, free_mib: u64, min_mib: Option<u64>, expect: bool| {
            let look = Look {
                free: free_mib * MIB,
                size: size_mib * MIB,
                used: None,
            };
            let budget = budget("/".as_ref(), None, min_mib.map(|mib| mib * MIB));
            let got = judge(was_full, look, &budget);
            assert_eq!(got, expect, "{was_full} {size_mib} {free_mib} {min_mib:?}");
        };
    let gib = 1024;
    check(false, 100 * gib, 512, None, false);
    check(false, 100 * gib, 511, None, true);
    // What the reserve gave back is no sign of health.
    check(true, 100 * gib, 511 + 64, None, true);
    check(true, 100 * gib, 512 + 96, None, false);
    // A small disk: a twentieth.
    check(false, 100, 5, None, false);
    check(false, 100, 4, None, true);
    check(true, 100, 11, None, true);
    check(true, 100, 13, None, false);
    check(false, 100, 0, Some(0), false);
    check(false, 100 * gib, 50 * gib, Some(51 * gib), true);
}

#[test]
fn f04_the_bound_on_used_bytes_closes_gives_the_reserve_up_and_heals() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("spool")).unwrap();
    let watch = DiskWatch::new(budget(dir.path(), Some(4 * MIB), Some(0)));
    watch.tick();
    assert!(!watch.is_full());
    assert!(watch.state().has_reserve, "{:?}", watch.state());
    let filler = dir.path().join("spool/segment");
    fs::write(&filler, vec![1; 5 * 1024 * 1024]).unwrap();
    watch.tick();
    let state = watch.state();
    assert!(watch.is_full() && state.is_full, "{state:?}");
    assert!(
        !state.has_reserve && state.used_bytes > Some(4 * MIB),
        "{state:?}"
    );
    fs::write(&filler, vec![1; 4 * 1024 * 1024 - 8192]).unwrap();
    watch.tick();
    assert!(watch.is_full(), "the margin");
    fs::remove_file(&filler).unwrap();
    watch.tick();
    assert!(!watch.is_full());
    assert!(watch.state().has_reserve);
}

#[test]
fn f04_a_reserve_that_was_cut_off_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let reserve = dir.path().join("reserve");
    // Killed before the blocks were there, and with a length that has none.
    for length in [0, 64 * MIB] {
        fs::File::create(&reserve)
            .and_then(|file| file.set_len(length))
            .unwrap();
        let watch = DiskWatch::new(budget(dir.path(), None, Some(0)));
        watch.tick();
        assert!(watch.state().has_reserve);
        let blocks = fs::metadata(&reserve).unwrap().blocks();
        assert!(blocks > 0, "of {length} bytes");
    }
}

#[test]
fn a_disk_that_cannot_be_asked_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let watch = DiskWatch::new(budget(dir.path(), None, Some(u64::MAX)));
    watch.tick();
    assert!(watch.is_full());
    drop(dir);
    watch.tick();
    assert!(watch.is_full());
}

#[test]
fn the_lag_is_the_age_of_the_oldest_undigested_record() {
    let mut lag = Lag::default();
    let mut check = |secs: i64, appended: u64, committed: u64, expect: u64| {
        let status = SpoolStatus {
            appended,
            committed,
            ..SpoolStatus::default()
        };
        let got = lag.tick(&status, Timestamp::from_secs(secs));
        assert_eq!(got, expect, "at {secs}: {appended} and {committed}");
    };
    check(0, 0, 0, 0);
    check(1, 10, 0, 0);
    check(2, 20, 0, 1);
    check(3, 20, 5, 2);
    check(4, 30, 10, 2);
    check(5, 30, 29, 1);
    check(6, 30, 30, 0);
    check(7, 30, 30, 0);
    check(100, 31, 30, 0);
}

/// Appended, committed and the seconds of work expected, second by second.
fn works(seconds: &[(u64, u64, u64)]) {
    let mut speed = Speed::default();
    for (second, (appended, committed, expect)) in seconds.iter().enumerate() {
        let status = SpoolStatus {
            appended: *appended,
            committed: *committed,
            ..SpoolStatus::default()
        };
        let now = Timestamp::from_secs(i64::try_from(second).unwrap());
        let got = speed.tick(&status, now);
        assert_eq!(got, *expect, "second {second}: {appended} and {committed}");
    }
}

#[test]
fn the_work_that_waits_is_told_at_the_speed_of_a_busy_digest() {
    works(&[(0, 0, 0), (500, 0, 0), (1000, 100, 9), (5000, 200, 48)]);
    works(&[
        (5000, 0, 0),
        (5000, 1000, 4),
        (5000, 3000, 1),
        (5000, 5000, 0),
    ]);
}

#[test]
fn what_fits_into_one_batch_is_no_work_that_piles_up() {
    // One event in two seconds, each sync of the disk takes 200 ms; then all others at once.
    works(&[
        (2, 0, 0),
        (41, 0, 0),
        (41, 1, 0),
        (513, 1, 0),
        (514, 1, 1026),
    ]);
}

#[test]
fn an_idle_digest_says_nothing_of_its_speed() {
    works(&[
        (0, 0, 0),
        (1, 1, 0),
        (2, 2, 0),
        (3, 3, 0),
        (90_000, 4, 0),
        (90_000, 9004, 8),
    ]);
}

#[test]
fn a_digest_that_stands_still_says_nothing_of_its_speed() {
    let (busy, still) = ([(9000, 0, 0), (9000, 1000, 8)], [(9000, 1000, 8); 6]);
    let after = [(9000, 1001, 7), (9000, 2001, 6)];
    works(&[&busy[..], &still[..], &after[..]].concat());
}

#[test]
fn a_slow_digest_whose_batches_take_seconds_is_measured_by_whole_batches() {
    let slow = |second: u64| (9000, second / 3 * 300, 0);
    let mut seconds: Vec<_> = (0..=6).map(slow).collect();
    for (second, waits) in [(3, 87), (4, 87), (5, 87), (6, 84)] {
        seconds[second].2 = waits;
    }
    works(&seconds);
}
