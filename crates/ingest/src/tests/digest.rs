//! The digest: news, counters, and one bad event among good ones.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use watchpost_group::Grouper;
use watchpost_model::{Change, Event, EventId, Grouped, GroupingHash, Outcome, Receipt};
use watchpost_protocol::event::EventError;

use super::house::{BAD, Plan, TestHouse, event, panic_in_parse};
use crate::digest::Recipe;
use watchpost_store::disk::faulty::{Call, FaultyDisk};

#[tokio::test(flavor = "multi_thread")]
async fn news_come_after_the_event_is_stored_and_within_a_second() {
    let mut house = TestHouse::new();
    let start = Instant::now();
    house.accept(1..2).await;
    let news = house.news.recv().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!((news.event, news.change), (Some(EventId(1)), Change::New));
    assert_eq!(house.archived(), [EventId(1)]);
    house.accept(1..2).await;
    house.digested();
    assert!(house.news.try_recv().is_err(), "a duplicate is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_is_digested_in_large_batches_and_in_order() {
    let house = TestHouse::resting(Plan::default());
    house.accept(0..300).await;
    house.ingest.start().unwrap();
    house.digested();
    assert_eq!(house.archived(), (0..300).map(EventId).collect::<Vec<_>>());
    assert!(house.stores.faults().batches < 5);
}

fn refuse(receipt: &Receipt, json: &[u8]) -> Result<Event, EventError> {
    if receipt.event == EventId(BAD) {
        return Err(EventError::NotAnObject);
    }
    (Recipe::USUAL.parse)(receipt, json)
}

fn panic_in_normalize(event: Event, receipt: &Receipt) -> Event {
    assert!(receipt.event != EventId(BAD), "cannot stand {BAD}");
    (Recipe::USUAL.normalize)(event, receipt)
}

fn panic_in_group(
    grouper: &Grouper,
    event: Event,
    receipt: &Receipt,
    before: Vec<GroupingHash>,
) -> Grouped {
    assert!(receipt.event != EventId(BAD), "cannot stand {BAD}");
    (Recipe::USUAL.group)(grouper, event, receipt, before)
}

/// Digests 40 events, one of which the recipe cannot stand.
async fn check_recipe(recipe: Recipe, stage: &str, reason: &str) {
    let house = TestHouse::resting(Plan {
        recipe,
        ..Plan::default()
    });
    house.accept(0..40).await;
    house.ingest.start().unwrap();
    house.digested();
    check_quarantined(&house, stage, reason);
    assert_eq!(house.outcomes("error", Outcome::Quarantined, stage), 1);
}

fn check_quarantined(house: &TestHouse, stage: &str, reason: &str) {
    let expect: Vec<_> = (0..40).filter(|id| *id != BAD).map(EventId).collect();
    let mut archived = house.archived();
    archived.sort_unstable();
    assert_eq!(archived, expect);
    let files = house.quarantined();
    let [file] = files.as_slice() else {
        panic!("one file, not {}", files.len());
    };
    let (head, body) = file.split_at(file.iter().position(|byte| *byte == b'\n').unwrap());
    assert_eq!(&body[1..], event(BAD));
    let head: serde_json::Value = serde_json::from_slice(head).unwrap();
    assert_eq!(head["stage"], stage);
    assert!(head["reason"].as_str().unwrap().contains(reason), "{head}");
    assert_eq!(head["receipt"]["event"], EventId(BAD).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_an_event_that_cannot_be_cooked_is_kept_aside() {
    let usual = Recipe::USUAL;
    let refusing = Recipe {
        parse: refuse,
        ..usual
    };
    check_recipe(refusing, "parse", "not a JSON object").await;
    let panicking = Recipe {
        parse: panic_in_parse,
        ..usual
    };
    check_recipe(panicking, "parse", "panicked: cannot stand 13").await;
    let panicking = Recipe {
        normalize: panic_in_normalize,
        ..usual
    };
    check_recipe(panicking, "normalize", "panicked").await;
    let panicking = Recipe {
        group: panic_in_group,
        ..usual
    };
    check_recipe(panicking, "group", "panicked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_an_event_that_the_ledger_cannot_take_is_kept_aside() {
    let house = TestHouse::resting(Plan::default());
    house.stores.faults().poison.insert(EventId(BAD));
    house.accept(0..40).await;
    house.ingest.start().unwrap();
    house.digested();
    check_quarantined(&house, "ledger", "failed to write");
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "ledger"), 1);
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_an_event_that_the_archive_cannot_take_is_kept_aside() {
    let house = TestHouse::resting(Plan::default());
    house.stores.faults().archive_poison.insert(EventId(BAD));
    house.accept(0..40).await;
    house.ingest.start().unwrap();
    house.digested();
    check_quarantined(&house, "archive", "the archive chokes");
    // It was counted before, and ends in one outcome all the same.
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 39);
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "archive"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f12_a_store_that_is_ill_for_a_while_loses_nothing() {
    for failures in [1, 2, 5, 9] {
        let house = TestHouse::resting(Plan::default());
        house.accept(0..5).await;
        house.stores.faults().failing_writes = failures;
        house.ingest.start().unwrap();
        house.digested();
        assert_eq!(house.archived(), (0..5).map(EventId).collect::<Vec<_>>());
        assert!(
            house.quarantined().is_empty(),
            "{failures} failures are no event's fault"
        );
        assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 5);
        assert_eq!(house.outcomes("error", Outcome::Duplicate, ""), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f04_a_disk_that_has_room_for_the_ledger_only_puts_nothing_in_quarantine() {
    let house = TestHouse::resting(Plan::default());
    house.accept(0..5).await;
    house.stores.faults().full_appends = 7;
    house.ingest.start().unwrap();
    house.digested();
    assert_eq!(house.archived(), (0..5).map(EventId).collect::<Vec<_>>());
    assert!(house.quarantined().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantine_that_is_full_is_waited_for() {
    let disk = FaultyDisk::default();
    let house = TestHouse::resting(Plan {
        recipe: Recipe {
            parse: refuse,
            ..Recipe::USUAL
        },
        disk: Arc::new(disk.clone()),
        ..Plan::default()
    });
    house.accept(0..40).await;
    disk.fail(Call::Create, 0, 2, ErrorKind::StorageFull);
    house.ingest.start().unwrap();
    house.digested();
    check_quarantined(&house, "parse", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_are_kept_by_the_hour() {
    let house = TestHouse::new();
    house.accept(0..2).await;
    house.digested();
    house.clock.advance_secs(3600);
    house.accept(2..5).await;
    house.digested();
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 5);
    let counts = house.stores.all_outcomes();
    let mut hours: Vec<_> = counts.iter().map(|count| count.hour).collect();
    hours.dedup();
    assert_eq!(hours.len(), 2);
    assert!(hours.iter().all(|hour| hour.as_secs() % 3600 == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_that_could_not_be_written_are_written_later() {
    let house = TestHouse::resting(Plan::default());
    let answer = house.post_auth("/api/1/store/", "not JSON").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    house.stores.faults().failing_writes = 1;
    house.ingest.flush_for_test();
    assert_eq!(house.stores.all_outcomes(), []);
    house.ingest.flush_for_test();
    let counts = house.stores.all_outcomes();
    assert_eq!(counts.iter().map(|count| count.quantity).sum::<u64>(), 1);
}
