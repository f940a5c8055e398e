//! The quarantine at work: replays that succeed and that fail, and the refusal of whom it is full.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use watchpost_model::{EventId, Outcome};
use watchpost_store::{Quarantine, QuarantineEntry, QuarantineQuery};

use super::house::{BAD, OTHER_PUBLIC, Plan, TestHouse, event, panic_in_parse};
use super::poll;
use super::stores::Faults;
use crate::digest::Recipe;
use crate::limits::QUARANTINE_PROJECT_COUNT_MAX;

fn choking() -> Plan {
    Plan {
        recipe: Recipe {
            parse: panic_in_parse,
            ..Recipe::USUAL
        },
        ..Plan::default()
    }
}

fn entries(house: &TestHouse) -> Vec<QuarantineEntry> {
    let query = QuarantineQuery {
        limit: 100,
        ..QuarantineQuery::default()
    };
    house.quarantine.list(&query).unwrap().rows
}

fn replay_all(house: &TestHouse) {
    for entry in entries(house) {
        assert!(house.quarantine.replay(&entry.id).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_after_the_cause_is_gone_stores_the_event_and_counts_it_accepted() {
    let house = TestHouse::with(choking());
    house.accept(10..15).await;
    house.digested();
    assert_eq!(entries(&house).len(), 1);
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "parse"), 1);
    replay_all(&house);
    // A version that can read it: marked before the start, digested at the start.
    let mut house = house.crash_and_restart(Plan::default());
    poll(|| entries(&house).is_empty());
    let mut archived = house.archived();
    archived.sort_unstable();
    assert_eq!(archived, (10..15).map(EventId).collect::<Vec<_>>());
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 5);
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "parse"), 1);
    assert_eq!(house.news.try_recv().unwrap().event, Some(EventId(BAD)));
    assert!(house.quarantined().is_empty(), "no file stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_fails_is_back_with_one_more_try_and_counted_once() {
    let house = TestHouse::with(choking());
    house.accept(10..15).await;
    house.digested();
    for tries in 2..4 {
        replay_all(&house);
        let is_back = || entries(&house).iter().all(|entry| !entry.is_marked);
        poll(is_back);
        let [entry] = entries(&house).try_into().unwrap();
        assert_eq!((entry.tries, entry.event()), (tries, Some(EventId(BAD))));
    }
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "parse"), 1);
    // Others are digested as before.
    house.accept(20..22).await;
    house.digested();
    assert_eq!(house.archived().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_an_event_kept_before_a_crash_is_counted_before_it_and_once() {
    let mut house = TestHouse::with(choking());
    house.accept(10..15).await;
    for _ in 0..2 {
        house.digested();
        // As the ledger has it: what is only in memory is gone with a kill.
        let counts = house.stores.all_outcomes().into_iter();
        let quarantined = counts.filter(|count| count.outcome == Outcome::Quarantined);
        assert_eq!(quarantined.map(|count| count.quantity).sum::<u64>(), 1);
        assert_eq!(entries(&house).len(), 1);
        // As if the crash had come before the position was noted.
        std::fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
        house = house.crash_and_restart(choking());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_a_replay_that_was_stored_but_not_settled_is_stored_once() {
    let house = TestHouse::with(choking());
    house.accept(BAD..BAD + 1).await;
    house.digested();
    replay_all(&house);
    let folder = house.dir.path().join("quarantine");
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = std::fs::read(&file).unwrap();
    let house = house.crash_and_restart(Plan::default());
    poll(|| entries(&house).is_empty());
    // As if the crash had come between the stores and the removal.
    std::fs::write(&file, bytes).unwrap();
    poll(|| entries(&house).is_empty());
    assert_eq!(house.archived(), [EventId(BAD)]);
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 1);
}

/// A house whose archive cannot take one event.
fn refusing(faults: Faults) -> Plan {
    Plan {
        faults: Faults {
            archive_poison: [EventId(BAD)].into(),
            ..faults
        },
        ..Plan::default()
    }
}

/// Five events, of which the archive has four, and the quarantine one.
async fn refused() -> TestHouse {
    let house = TestHouse::with(refusing(Faults::default()));
    house.accept(10..15).await;
    house.digested();
    assert_eq!(entries(&house)[0].stage, "archive");
    assert_eq!(ends(&house), [4, 1, 0]);
    house
}

/// How many were accepted, quarantined and duplicates, as the ledger has it: what is only in memory
/// is gone with a kill.
fn ends(house: &TestHouse) -> [u64; 3] {
    let counts = house.stores.all_outcomes();
    [Outcome::Accepted, Outcome::Quarantined, Outcome::Duplicate].map(|outcome| {
        let same = counts.iter().filter(|count| count.outcome == outcome);
        same.map(|count| count.quantity).sum()
    })
}

fn forget_position(house: &TestHouse) {
    std::fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_what_the_archive_could_not_take_is_accepted_after_a_replay() {
    let house = refused().await;
    replay_all(&house);
    poll(|| entries(&house)[0].tries == 2);
    assert_eq!(ends(&house), [4, 1, 0], "in vain");
    house.stores.faults().archive_poison.clear();
    replay_all(&house);
    poll(|| entries(&house).is_empty());
    assert!(house.archived().contains(&EventId(BAD)));
    assert_eq!(ends(&house), [5, 1, 0]);
    assert_eq!(house.stores.times_seen(), 5);
    let mut registry = Registry::default();
    house.ingest.metrics().register(&mut registry);
    let mut measured = String::new();
    encode(&mut measured, &registry).unwrap();
    for (end, times) in [
        (r#"outcome="accepted",category="error",reason="""#, 5),
        (
            r#"outcome="quarantined",category="error",reason="archive""#,
            1,
        ),
    ] {
        let line = format!("items_total{{{end}}} {times}\n");
        assert!(measured.contains(&line), "no {line} in {measured}");
    }
    assert!(!measured.contains("duplicate"), "{measured}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f23_what_the_archive_could_not_take_is_accepted_when_a_client_sends_it_again() {
    let house = refused().await;
    let [entry] = entries(&house).try_into().unwrap();
    assert!(house.quarantine.drop_entry(&entry.id).unwrap());
    house.accept(BAD..BAD + 1).await;
    house.digested();
    assert_eq!(ends(&house), [4, 1, 1], "in vain");
    house.stores.faults().archive_poison.clear();
    house.accept(BAD..BAD + 1).await;
    house.digested();
    assert_eq!(ends(&house), [5, 1, 2]);
    assert_eq!(house.stores.times_seen(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_a_crash_before_and_after_what_the_archive_refused_is_counted() {
    let house = TestHouse::resting(refusing(Faults {
        unkept_down: true,
        ..Faults::default()
    }));
    house.accept(10..15).await;
    // All in one batch: there is no other behind it.
    house.ingest.start().unwrap();
    poll(|| !entries(&house).is_empty());
    assert_eq!(ends(&house), [5, 0, 0]);
    let mut house = house.crash_and_restart(refusing(Faults::default()));
    for _ in 0..2 {
        house.digested();
        assert_eq!((ends(&house), entries(&house).len()), ([4, 1, 0], 1));
        forget_position(&house);
        house = house.crash_and_restart(refusing(Faults::default()));
    }
    // And once more, when the archive takes it.
    house.digested();
    forget_position(&house);
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    for _ in 0..2 {
        assert_eq!(ends(&house), [5, 1, 0]);
        assert_eq!((house.archived().len(), house.stores.times_seen()), (5, 5));
        replay_all(&house);
        poll(|| entries(&house).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_a_replay_that_was_kept_but_not_settled_is_accepted_once() {
    let house = refused().await;
    replay_all(&house);
    let house = house.crash_and_restart(Plan {
        faults: Faults {
            settling_down: true,
            ..Faults::default()
        },
        ..Plan::default()
    });
    poll(|| house.archived().len() == 5);
    assert_eq!(ends(&house), [4, 1, 0]);
    let house = house.crash_and_restart(Plan::default());
    poll(|| entries(&house).is_empty());
    assert_eq!(ends(&house), [5, 1, 0]);
    assert_eq!(house.stores.times_seen(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_fills_the_quarantine_is_refused_until_entries_are_dropped() {
    let house = TestHouse::with(choking());
    let folder = house.dir.path().join("quarantine");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..QUARANTINE_PROJECT_COUNT_MAX {
        let name = format!("{number}-1-10-{number:016x}.event");
        std::fs::write(folder.join(name), b"").unwrap();
    }
    let status = async || house.post_auth("/api/1/store/", event(1)).await;
    let end = Instant::now() + Duration::from_secs(20);
    let answer = loop {
        let answer = status().await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        assert!(Instant::now() < end, "project 1 is not refused");
    };
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert!(answer.text().contains("in quarantine"), "{answer:?}");
    assert!(house.outcomes("error", Outcome::RateLimited, "quarantine_full") > 0);
    let other = format!("/api/2/store/?sentry_version=7&sentry_key={OTHER_PUBLIC}");
    let answer = house.post(&other, event(2)).await;
    assert_eq!(answer.status, StatusCode::OK, "others are not to suffer");
    for entry in entries(&house) {
        assert!(house.quarantine.drop_entry(&entry.id).unwrap());
    }
    while status().await.status != StatusCode::OK {
        assert!(Instant::now() < end, "project 1 is refused for ever");
    }
}
