//! Filtered events: answered 200, counted once, stored nowhere, whatever crashes, whoever changes
//! the rules meanwhile.

use std::fs;
use std::ops::Range;

use axum::http::StatusCode;
use serde_json::json;
use watchpost_model::{EventId, Outcome, ProjectId, Rules, Timestamp};
use watchpost_store::{Actor, Quarantine, QuarantineQuery, RulesLedger};

use super::house::{BAD, Plan, TestHouse, panic_in_parse};
use super::poll;
use crate::digest::Recipe;

const WEB: ProjectId = ProjectId(1);

fn change(house: &TestHouse, change: &dyn Fn(&mut Rules)) {
    let now = Timestamp::from_secs(1);
    let changed = house.stores.change_rules(WEB, change, Actor::System, now);
    changed.unwrap();
}

/// From now on the project does not want messages like this.
fn filter(house: &TestHouse, patterns: &[&str]) {
    change(house, &|rules| {
        rules.filters.error_messages = patterns.iter().map(ToString::to_string).collect();
    });
}

async fn accept(house: &TestHouse, ids: Range<u128>, message: &str) {
    for id in ids {
        let event = json!({"event_id": EventId(id), "message": message});
        let answer = house.post_auth("/api/1/store/", event.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

/// How many events were filtered, accepted and sent twice, as the ledger has it.
fn ends(house: &TestHouse) -> [u64; 3] {
    let of = |outcome, reason| house.outcomes("error", outcome, reason);
    [
        of(Outcome::Filtered, "error-message"),
        of(Outcome::Accepted, ""),
        of(Outcome::Duplicate, ""),
    ]
}

fn lose_position(house: &TestHouse) {
    fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_event_is_counted_and_seen_but_not_stored() {
    let mut house = TestHouse::new();
    accept(&house, 0..1, "noise before the rule").await;
    house.digested();
    filter(&house, &["*noise*"]);
    accept(&house, 1..4, "noise").await;
    accept(&house, 4..6, "signal").await;
    // A client that sends it again is filtered again.
    accept(&house, 3..4, "noise").await;
    house.digested();
    assert_eq!(ends(&house), [4, 3, 0]);
    let archived = house.archived();
    assert_eq!(archived, [0, 4, 5].map(EventId));
    assert_eq!(house.stores.times_seen(), 3);
    let sample = house.stores.filtered_events(WEB, Timestamp::default());
    let sample = sample.unwrap();
    assert_eq!(sample.len(), 4);
    assert_eq!(sample[0].glimpse.title, "noise");
    assert_eq!(sample[0].pattern, "*noise*");
    let news: Vec<_> = std::iter::from_fn(|| house.news.try_recv().ok()).collect();
    assert_eq!(news.len(), 3, "nobody hears of what is filtered");
    // The rule goes, and the next event is stored.
    filter(&house, &[]);
    accept(&house, 6..7, "noise").await;
    house.digested();
    assert_eq!(ends(&house), [4, 4, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_of_one_project_leave_others_alone() {
    let house = TestHouse::new();
    filter(&house, &["*noise*"]);
    let url = format!("/api/2/store/?sentry_key={}", super::house::OTHER_PUBLIC);
    let event = json!({"event_id": EventId(1), "message": "noise"});
    let request = axum::http::Request::post(url).header("origin", "https://shop.example");
    let answer = house.send(request.body(event.to_string().into()).unwrap());
    assert_eq!(answer.await.status, StatusCode::OK);
    house.digested();
    assert_eq!(ends(&house), [0, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_filtered_events_are_counted_once_through_crashes() {
    let mut house = TestHouse::new();
    filter(&house, &["*noise*"]);
    for round in 0..4 {
        accept(&house, round * 20..round * 20 + 10, "noise").await;
        accept(&house, round * 20 + 10..(round + 1) * 20, "signal").await;
        if round % 2 == 0 {
            house.digested();
            lose_position(&house);
        }
        house = house.crash_and_restart(Plan::default());
    }
    house.digested();
    assert_eq!(ends(&house), [40, 40, 0]);
    assert_eq!(house.archived().len(), 40);
}

/// Counted and filed, but the archive was down: the whole batch comes again, under other rules.
#[tokio::test(flavor = "multi_thread")]
async fn f01_rules_that_change_between_a_crash_and_its_replay_change_nothing() {
    let house = TestHouse::resting(Plan::default());
    filter(&house, &["*noise*"]);
    accept(&house, 0..5, "noise").await;
    accept(&house, 5..10, "signal").await;
    house.stores.faults().archive_down = true;
    house.ingest.start().unwrap();
    poll(|| house.stores.times_seen() == 5);
    filter(&house, &["*signal*"]);
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    assert_eq!(ends(&house), [5, 5, 0]);
    let archived = house.archived();
    assert_eq!(archived, (5..10).map(EventId).collect::<Vec<_>>());
    // What comes later is judged by the rules of today.
    accept(&house, 10..12, "signal").await;
    accept(&house, 12..13, "noise").await;
    house.digested();
    assert_eq!(ends(&house), [7, 6, 0]);
}

/// Counted, but the ledger could not file the rest of the batch.
#[tokio::test(flavor = "multi_thread")]
async fn f01_a_crash_between_counting_and_filing() {
    let house = TestHouse::resting(Plan::default());
    filter(&house, &["*noise*"]);
    accept(&house, 0..5, "noise").await;
    accept(&house, 5..10, "signal").await;
    // So many that it is still at it.
    house.stores.faults().poison.insert(EventId(7));
    house.ingest.start().unwrap();
    poll(|| house.outcomes("error", Outcome::Filtered, "error-message") == 5);
    filter(&house, &[]);
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    assert_eq!(ends(&house), [5, 5, 0]);
}

fn choking() -> Plan {
    Plan {
        recipe: Recipe {
            parse: panic_in_parse,
            ..Recipe::USUAL
        },
        ..Plan::default()
    }
}

fn entries(house: &TestHouse) -> Vec<watchpost_store::QuarantineEntry> {
    let query = QuarantineQuery {
        limit: 100,
        ..QuarantineQuery::default()
    };
    house.quarantine.list(&query).unwrap().rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_the_quarantine_meets_the_rules_of_today() {
    let house = TestHouse::with(choking());
    accept(&house, BAD..BAD + 1, "noise").await;
    house.digested();
    filter(&house, &["*noise*"]);
    for entry in entries(&house) {
        assert!(house.quarantine.replay(&entry.id).unwrap());
    }
    let house = house.crash_and_restart(Plan::default());
    poll(|| entries(&house).is_empty());
    poll(|| house.stores.filtered_unsettled().unwrap().is_empty());
    assert_eq!(ends(&house), [1, 0, 0]);
    assert!(house.archived().is_empty());
}

/// They may say what has to be hidden, so no event is stored without them.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_project_whose_rules_cannot_be_read_wait_in_quarantine() {
    let house = TestHouse::resting(Plan::default());
    house.stores.faults().damaged_rules = true;
    accept(&house, 0..3, "secret").await;
    house.ingest.start().unwrap();
    house.digested();
    assert_eq!(house.outcomes("error", Outcome::Quarantined, "rules"), 3);
    assert!(house.archived().is_empty());
    house.stores.faults().damaged_rules = false;
    filter(&house, &["*noise*"]);
    for entry in entries(&house) {
        assert!(house.quarantine.replay(&entry.id).unwrap());
    }
    poll(|| house.archived().len() == 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn glimpses_are_forgotten_after_a_day() {
    let house = TestHouse::new();
    filter(&house, &["*noise*"]);
    accept(&house, 0..1, "noise").await;
    house.digested();
    let kept = || {
        house.ingest.upkeep_for_test().pass().unwrap();
        let sample = house.stores.filtered_events(WEB, Timestamp::default());
        sample.unwrap().len()
    };
    house.clock.advance_secs(23 * 3600);
    assert_eq!(kept(), 1);
    house.clock.advance_secs(2 * 3600);
    assert_eq!(kept(), 0);
    assert_eq!(ends(&house), [1, 0, 0], "the count stays");
}
