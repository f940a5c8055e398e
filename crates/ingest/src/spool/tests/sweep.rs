//! The failure point is advanced one call at a time over a day of a spool (F03): every call to the
//! disk fails once, and from it on for ever, as broken and as full.

use std::io::ErrorKind;
use std::sync::Arc;

use super::TempFiles;
use super::missing::read_all;
use crate::spool::Spool;
use crate::spool::suite::{drain, put};
use watchpost_store::disk::faulty::FaultyDisk;

/// A day: records of several segments, read and committed in between, and a restart. Steps may
/// fail; what was acknowledged is returned.
fn day(place: &TempFiles) -> Vec<u128> {
    let mut acknowledged = Vec::new();
    for half in [0, 10] {
        let Ok(spool) = place.try_open() else {
            continue;
        };
        for number in half + 1..=half + 10 {
            if put(&spool, number, 700).is_ok() {
                acknowledged.push(number);
            }
            // Some are digested at once, the rest waits for the end.
            if number % 4 == 0
                && let Ok(batch) = spool.read(2, 1 << 20)
                && let Some(end) = batch.end
            {
                // As the digest does: what was read counts as seen, committed or not.
                let _ = spool.commit(end);
            }
        }
    }
    acknowledged
}

/// Every acknowledged record is seen: in the day, or in a last start on a good disk.
fn check(fail: impl Fn(&FaultyDisk)) -> usize {
    let disk = FaultyDisk::default();
    let mut place = TempFiles::on(Arc::new(disk.clone()));
    // In memory where the system has that: the syncs of so many days would take minutes.
    if let Ok(dir) = tempfile::tempdir_in("/dev/shm") {
        place.dir = dir;
    }
    fail(&disk);
    let acknowledged = day(&place);
    let calls = disk.calls();
    disk.heal();
    let spool = place.file();
    let (left, lost) = read_all(&spool);
    assert_eq!(lost, [], "nothing was deleted");
    // What is gone was committed, in order: never one behind one that is left.
    let first_left = left.first().copied().unwrap_or(u128::MAX);
    for number in acknowledged {
        assert!(
            left.contains(&number) || number < first_left,
            "{number} is lost, {left:?} are left"
        );
    }
    put(&spool, 99, 10).unwrap();
    assert_eq!(drain(&spool), [99], "life goes on");
    drop(spool);
    calls
}

#[test]
fn f03_every_call_of_a_day_fails_once_and_for_ever() {
    let calls = check(|_| {});
    assert!(calls > 60, "only {calls} calls");
    for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
        for number in 0..calls + 5 {
            check(|disk| disk.fail_any(number, 1, kind));
            check(|disk| disk.fail_any(number, usize::MAX, kind));
        }
    }
}
