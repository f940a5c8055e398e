//! A digest that panics where nobody expects it (F23): it starts again at the same events, skips
//! none, counts none twice, and sets aside what it cannot get past.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use watchpost_model::{Event, EventId, Outcome, Receipt};
use watchpost_protocol::event::EventError;
use watchpost_store::disk::faulty::{Call, FaultyDisk};
use watchpost_store::{Quarantine, QuarantineQuery};

use super::house::{Plan, TestHouse};
use super::poll;
use crate::digest::{MARKER_FILE, Recipe};
use crate::limits::DIGEST_TRIES_MAX;

/// The event that something chokes on.
const BAD: u128 = 13;
const TRIES: usize = DIGEST_TRIES_MAX as usize;

/// A house with 40 accepted events, whose digest is not started.
async fn waiting(recipe: Recipe) -> (TestHouse, FaultyDisk) {
    let disk = FaultyDisk::default();
    let house = TestHouse::resting(Plan {
        disk: Arc::new(disk.clone()),
        recipe,
        ..Plan::default()
    });
    house.accept(0..40).await;
    (house, disk)
}

/// All 40 but those of `missing` are filed and counted once.
fn check_filed(house: &TestHouse, missing: &[u128]) {
    let mut archived = house.archived();
    archived.sort_unstable();
    let rest = (0..40).filter(|id| !missing.contains(id));
    assert_eq!(archived, rest.map(EventId).collect::<Vec<_>>());
    assert_eq!(house.stores.times_seen(), archived.len() as u64);
    let (filed, gone) = (archived.len() as u64, missing.len() as u64);
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), filed);
    assert_eq!(house.outcomes("error", Outcome::Duplicate, ""), 0);
    assert_eq!(house.quarantine.usage().unwrap().events, gone);
}

fn stage_and_reason(house: &TestHouse) -> (String, String) {
    let query = QuarantineQuery {
        limit: 1,
        ..QuarantineQuery::default()
    };
    let entry = house.quarantine.list(&query).unwrap().rows.remove(0);
    assert_eq!(entry.event(), Some(EventId(BAD)));
    (entry.stage, entry.reason)
}

fn refuse(receipt: &Receipt, json: &[u8]) -> Result<Event, EventError> {
    if receipt.event == EventId(BAD) {
        return Err(EventError::NotAnObject);
    }
    (Recipe::USUAL.parse)(receipt, json)
}

const REFUSING: Recipe = Recipe {
    parse: refuse,
    ..Recipe::USUAL
};

#[tokio::test(flavor = "multi_thread")]
async fn f23_a_panic_in_any_call_to_the_disk_costs_nothing() {
    for after in 0.. {
        let (house, disk) = waiting(REFUSING).await;
        disk.panic_any(after, 1);
        house.ingest.start().unwrap();
        house.digested();
        let restarts = house.ingest.digest_status().restarts;
        // It looks at the quarantine for ever, so the last one is met sooner or later.
        disk.heal();
        check_filed(&house, &[BAD]);
        assert_eq!(house.outcomes("error", Outcome::Quarantined, "parse"), 1);
        let parts = (stage_and_reason(&house).0, restarts);
        assert_eq!(parts, ("parse".to_owned(), restarts.min(1)), "call {after}");
        if restarts == 0 {
            assert!(after > 5, "only {after} calls were tried");
            return;
        }
        let reason = house.ingest.digest_status().restart_reason.unwrap();
        assert!(reason.starts_with("the disk panics in "), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_a_panic_of_the_thread_that_cooks_ahead_skips_nothing() {
    for after in 0..50 {
        let disk = FaultyDisk::default();
        let house = TestHouse::resting(Plan {
            disk: Arc::new(disk.clone()),
            ..Plan::default()
        });
        let body = |id: u128| {
            let message = "long".repeat(200_000);
            serde_json::json!({"event_id": EventId(id), "message": message}).to_string()
        };
        for id in 0..24 {
            let answer = house.post_auth("/api/1/store/", body(id)).await;
            assert_eq!(answer.status, StatusCode::OK);
        }
        disk.panic(Call::Read, after, 1);
        house.ingest.start().unwrap();
        house.digested();
        assert_eq!(house.archived(), (0..24).map(EventId).collect::<Vec<_>>());
        assert_eq!(house.stores.times_seen(), 24, "call {after}");
        assert!(house.stores.faults().batches > 1, "nothing is cooked ahead");
        if house.ingest.digest_status().restarts == 0 {
            assert!(after > 2, "only {after} calls were tried");
            return;
        }
    }
    panic!("it reads more often than expected");
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_an_event_that_panics_wherever_it_goes_ends_in_quarantine() {
    let (house, disk) = waiting(REFUSING).await;
    // With the others, with some, alone, and then no more: what is set aside for its panics.
    disk.panic(Call::Create, 0, 3 * TRIES);
    house.ingest.start().unwrap();
    house.digested();
    check_filed(&house, &[BAD]);
    let (stage, reason) = stage_and_reason(&house);
    assert_eq!(stage, "digest");
    assert_eq!(reason, "panicked: the disk panics in Create");
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "digest"), 1);
    let status = house.ingest.digest_status();
    assert_eq!(status.restarts, 3 * u64::from(DIGEST_TRIES_MAX));
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_a_store_that_panics_for_a_while_costs_nothing() {
    for panics in [1, 2, TRIES + 2] {
        let (house, _) = waiting(Recipe::USUAL).await;
        house.stores.faults().panicking_looks = panics;
        house.ingest.start().unwrap();
        house.digested();
        check_filed(&house, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_an_event_that_the_archive_cannot_look_for_is_kept_aside() {
    let (house, _) = waiting(Recipe::USUAL).await;
    house.stores.faults().unsought.insert(EventId(BAD));
    house.ingest.start().unwrap();
    house.digested();
    check_filed(&house, &[BAD]);
    let (stage, reason) = stage_and_reason(&house);
    assert_eq!(stage, "look");
    assert!(reason.contains("a broken index"), "{reason}");
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "look"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_after_a_kill_what_was_in_hand_takes_few_transactions() {
    let house = TestHouse::resting(Plan::default());
    house.accept(0..600).await;
    house.stores.faults().archive_down = true;
    house.ingest.start().unwrap();
    poll(|| house.stores.times_seen() == 512);
    let note = Path::new("spool").join(MARKER_FILE);
    let noted = fs::read(house.dir.path().join(&note)).unwrap();
    // Its own end says that nothing was in hand.
    let house = house.restart_after(Plan::default(), |dir| {
        fs::write(dir.join(&note), noted).unwrap();
    });
    house.digested();
    assert_eq!(house.archived(), (0..600).map(EventId).collect::<Vec<_>>());
    assert_eq!(house.stores.times_seen(), 600);
    // Each is a transaction with a sync of its own.
    let faults = house.stores.faults();
    let transactions = (faults.batches, faults.appends);
    let is_few = |count| (5..24).contains(&count);
    let all_few = is_few(faults.batches) && is_few(faults.appends);
    assert!(all_few, "{transactions:?} for 600 events");
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_an_event_that_one_store_refuses_costs_few_transactions() {
    let house = TestHouse::resting(Plan::default());
    house.accept(0..320).await;
    house.stores.faults().poison.insert(EventId(BAD));
    house.ingest.start().unwrap();
    house.digested();
    assert_eq!(house.archived().len(), 319);
    // Those of its part, and the other parts.
    let batches = house.stores.faults().batches;
    assert!(batches < 44, "{batches} batches for 320 events");
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_a_panic_while_events_are_replayed_loses_none_of_them() {
    // While they are taken out, the third time in parts; while the last are forgotten.
    let panics = [
        (Call::Open, 20, TRIES),
        (Call::Remove, 0, TRIES + 1),
        (Call::Remove, 30, 1),
    ];
    for (call, after, times) in panics {
        let (house, disk) = waiting(Recipe {
            parse: |_, _| Err(EventError::NotAnObject),
            ..Recipe::USUAL
        })
        .await;
        house.ingest.start().unwrap();
        assert!(house.ingest.shutdown(Duration::from_secs(20)));
        let query = QuarantineQuery {
            limit: 100,
            ..QuarantineQuery::default()
        };
        for entry in house.quarantine.list(&query).unwrap().rows {
            assert!(house.quarantine.replay(&entry.id).unwrap());
        }
        assert_eq!(house.quarantine.usage().unwrap().marked, 40);
        disk.panic(call, after, times);
        let house = house.crash_and_restart(Plan {
            disk: Arc::new(disk.clone()),
            ..Plan::default()
        });
        poll(|| house.stores.times_seen() == 40);
        poll(|| {
            house
                .quarantine
                .usage()
                .is_ok_and(|usage| usage.events == 0)
        });
        check_filed(&house, &[]);
        let restarts = house.ingest.digest_status().restarts;
        assert_eq!(restarts, times as u64, "{call:?}");
    }
}
