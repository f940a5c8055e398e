//! Crashes: what was acknowledged is digested, exactly once, whatever happened in between.

use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use watchpost_model::{EventId, Outcome};

use super::house::{Plan, TestHouse, event};
use watchpost_store::disk::faulty::{Call, FaultyDisk};

async fn accept(house: &TestHouse, ids: std::ops::Range<u128>) {
    for id in ids {
        let answer = house.post_auth("/api/1/store/", event(id)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

fn check_once(house: &TestHouse, ids: std::ops::Range<u128>) {
    let mut archived = house.archived();
    archived.sort_unstable();
    assert_eq!(archived, ids.map(EventId).collect::<Vec<_>>());
    assert_eq!(house.stores.times_seen(), archived.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_accepted_but_not_digested() {
    let house = TestHouse::resting(Plan::default());
    accept(&house, 0..50).await;
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    check_once(&house, 0..50);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_a_crash_in_the_middle_of_digesting() {
    let mut house = TestHouse::new();
    for round in 0..5 {
        accept(&house, round * 40..(round + 1) * 40).await;
        // A client that sends the first one again.
        accept(&house, 0..1).await;
        house = house.crash_and_restart(Plan::default());
    }
    house.digested();
    check_once(&house, 0..200);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_stored_but_the_position_was_lost() {
    let house = TestHouse::new();
    accept(&house, 0..30).await;
    house.digested();
    fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    check_once(&house, 0..30);
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_a_damaged_segment_costs_one_event_and_is_counted() {
    let house = TestHouse::resting(Plan::default());
    accept(&house, 0..10).await;
    let dir = house.dir.path().join("spool");
    let segment = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let segment = segment
        .into_iter()
        .find(|path| path.extension().is_some())
        .unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    fs::write(&segment, bytes).unwrap();
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    let check = |house: &TestHouse| {
        assert_eq!(house.archived().len(), 9);
        let damaged = house.outcomes("error", Outcome::Quarantined, "spool_damaged");
        assert_eq!(damaged, 1);
        assert_eq!(house.quarantined().len(), 1);
    };
    check(&house);
    fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    check(&house);
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_shutdown_digests_what_is_there_and_writes_the_counters() {
    let house = TestHouse::new();
    accept(&house, 0..100).await;
    assert!(house.ingest.shutdown(Duration::from_secs(20)));
    check_once(&house, 0..100);
    let counts = house.stores.all_outcomes();
    let accepted = counts
        .iter()
        .filter(|count| count.outcome == Outcome::Accepted);
    assert_eq!(accepted.map(|count| count.quantity).sum::<u64>(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn f14_shutdown_is_bounded_when_the_store_is_ill() {
    let house = TestHouse::new();
    house.stores.faults().failing_writes = usize::MAX;
    accept(&house, 0..3).await;
    assert!(!house.ingest.shutdown(Duration::from_millis(200)));
    house.stores.faults().failing_writes = 0;
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    check_once(&house, 0..3);
}

#[tokio::test]
async fn f04_a_full_disk_is_429_and_heals() {
    let disk = FaultyDisk::default();
    let house = TestHouse::with(Plan {
        disk: Arc::new(disk.clone()),
        ..Plan::default()
    });
    disk.fail(Call::Write, 0, usize::MAX, ErrorKind::StorageFull);
    let answer = house.post_auth("/api/1/store/", event(1)).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("retry-after"), Some("60"));
    let failing = house.ingest.status().failing.unwrap();
    assert!(failing.contains("failed to write"), "{failing}");
    disk.heal();
    accept(&house, 2..4).await;
    house.digested();
    assert_eq!(house.ingest.status().failing, None);
    assert_eq!(house.ingest.digest_status().digested, 2);
    check_once(&house, 2..4);
}

#[tokio::test]
async fn f03_after_a_failed_sync_nothing_is_acknowledged() {
    let disk = FaultyDisk::default();
    let house = TestHouse::with(Plan {
        disk: Arc::new(disk.clone()),
        ..Plan::default()
    });
    disk.fail(Call::Sync, 0, 1, ErrorKind::Other);
    for id in 1..4 {
        let answer = house.post_auth("/api/1/store/", event(id)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["detail"], "failed to store the event");
        assert!(answer.header("retry-after").is_some());
    }
    assert!(!house.ingest.spool_for_test().accepts());
}
