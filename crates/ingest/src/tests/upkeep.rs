//! Forgetting by age and by bytes while events arrive, and what a wrong clock must not do.

use axum::http::StatusCode;
use serde_json::json;
use watchpost_model::{Clock, EventId, IssueId, Outcome, Project, ProjectId, Retention, Substatus};
use watchpost_store::limits::TRASH_SECS;
use watchpost_store::{
    Actor, Archive, Forget, IssueLedger, IssueQuery, Leaving, LifeLedger, ProjectLedger,
    SplitLedger, TrashLedger, UpkeepLedger,
};

use super::house::{Plan, TestHouse, event};
use crate::limits::CLOCK_HOLD_SECS;

const WEB: ProjectId = ProjectId(1);
const DAY: i64 = 24 * 3600;

async fn accept(house: &TestHouse, ids: std::ops::Range<u128>) {
    for id in ids {
        let answer = house.post_auth("/api/1/store/", event(id)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    house.digested();
}

/// An event a day, looked after every day. An archive may keep some days more than it must.
async fn live(house: &TestHouse, days: std::ops::Range<u128>) {
    for day in days {
        accept(house, day..day + 1).await;
        house.clock.advance_secs(DAY);
        pass(house);
    }
}

fn pass(house: &TestHouse) {
    house.ingest.upkeep_for_test().pass().unwrap();
}

fn keep(house: &TestHouse, retention: Retention) {
    let project = house.stores.project_by_id(WEB).unwrap().unwrap();
    let changed = Project {
        retention,
        ..project
    };
    house.stores.update_project(&changed).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_forgotten_after_ninety_days_and_their_counts_are_not() {
    let house = TestHouse::new();
    live(&house, 0..100).await;
    let stored = house.archived().len();
    assert!((90..100).contains(&stored), "{stored}");
    let issue = house.stores.find_issues(&IssueQuery::all(WEB)).unwrap();
    assert_eq!(issue.rows[0].times_seen, 100);
    // A year later nothing has a body any more; the issue is there.
    for _ in 0..365 {
        house.clock.advance_secs(DAY);
        pass(&house);
    }
    assert_eq!(house.archived(), []);
    let issue = house.stores.find_issues(&IssueQuery::all(WEB)).unwrap();
    assert_eq!(issue.rows[0].times_seen, 100);
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 0, "90 days");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_keeps_its_events_until_nobody_can_want_it_back() {
    let house = TestHouse::new();
    accept(&house, 1..3).await;
    let stores = &house.stores;
    let issue = stores.find_issues(&IssueQuery::all(WEB)).unwrap().rows[0].id;
    let by = Actor::System;
    let delete = || {
        let done = stores.trash_issues(WEB, &[issue], Forget::Delete, by, house.clock.now());
        done.unwrap().undo.unwrap()
    };
    let undo = delete();
    house.clock.advance_secs(TRASH_SECS);
    pass(&house);
    assert_eq!(house.archived().len(), 2);
    stores.undo(WEB, undo, by, house.clock.now()).unwrap();
    let undo = delete();
    house.clock.advance_secs(2 * TRASH_SECS + 1);
    pass(&house);
    assert_eq!(house.archived(), []);
    assert_eq!(stores.trashed(WEB).unwrap(), []);
    assert!(stores.undo(WEB, undo, by, house.clock.now()).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_says_how_long_and_how_much() {
    let house = TestHouse::new();
    live(&house, 0..40).await;
    keep(
        &house,
        Retention {
            days: Some(10),
            bytes: None,
        },
    );
    pass(&house);
    let stored = house.archived().len();
    assert!((10..20).contains(&stored), "{stored}");
    let bytes = house.stores.usage().unwrap()[0].bytes;
    keep(
        &house,
        Retention {
            days: None,
            bytes: Some(bytes / 2),
        },
    );
    pass(&house);
    let left = house.archived().len();
    assert!(left < stored && left > 0, "{left} of {stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_clock_that_leaps_a_year_wipes_nothing() {
    let house = TestHouse::new();
    live(&house, 0..30).await;
    house.clock.advance_secs(365 * DAY);
    // Events go on arriving, with the wrong time.
    accept(&house, 100..105).await;
    for _ in 0..48 {
        pass(&house);
        house.clock.advance_secs(3600);
    }
    assert_eq!(house.archived().len(), 35);
    let watch = house.stores.clock_watch().unwrap().unwrap();
    assert!(watch.leapt.is_some());
    // Somebody sets it right.
    house.clock.advance_secs(-365 * DAY);
    pass(&house);
    assert_eq!(house.stores.clock_watch().unwrap().unwrap().leapt, None);
    live(&house, 30..35).await;
    assert_eq!(house.archived().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_leap_over_a_restart_is_noticed_too() {
    let house = TestHouse::new();
    accept(&house, 0..10).await;
    house.ingest.upkeep_for_test().pass().unwrap();
    let mut house = house.crash_and_restart(Plan::default());
    house.clock.advance_secs(400 * DAY);
    accept(&house, 10..12).await;
    pass(&house);
    assert_eq!(house.archived().len(), 12);
    // It lasts: then it is the truth.
    for _ in 0..=CLOCK_HOLD_SECS / 3600 {
        house.clock.advance_secs(3600);
        pass(&house);
    }
    assert_eq!(house.archived().len(), 2);
    assert!(house.news.try_recv().is_ok(), "events arrived meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn f10_a_person_may_say_that_the_clock_is_right() {
    let house = TestHouse::new();
    accept(&house, 0..10).await;
    pass(&house);
    house.clock.advance_secs(365 * DAY);
    pass(&house);
    assert_eq!(house.archived().len(), 10);
    crate::trust_clock(&*house.stores, house.clock.now()).unwrap();
    pass(&house);
    assert_eq!(house.archived(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn f21_forgetting_runs_beside_intake() {
    let house = TestHouse::new();
    accept(&house, 0..200).await;
    house.clock.advance_secs(DAY);
    keep(
        &house,
        Retention {
            days: None,
            bytes: Some(1),
        },
    );
    std::thread::scope(|scope| {
        let forgetting = scope.spawn(|| (0..20).for_each(|_| pass(&house)));
        arrive(&house);
        forgetting.join().unwrap();
    });
    pass(&house);
    assert_eq!(house.stores.times_seen(), 400, "each was counted");
    assert!(house.archived().len() < 400);
}

/// Two hundred more events, from a thread that may wait.
fn arrive(house: &TestHouse) {
    let accepting = accept(house, 200..400);
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(accepting));
}

/// An error in `shop`; whether that is the application's is the client's to say.
fn raised(id: u128, is_own: bool, function: &str) -> Vec<u8> {
    let frames = json!([
        {"module": "shop", "function": function, "in_app": is_own},
        {"module": "lib", "function": "send", "in_app": false}
    ]);
    let error = json!({"type": "E", "value": "no", "stacktrace": {"frames": frames}});
    let event = json!({
        "event_id": EventId(id), "platform": "python", "exception": {"values": [error]}
    });
    event.to_string().into_bytes()
}

/// Twenty errors that are one issue, of which the key of all frames gets one of its own. Both.
async fn begin_split(house: &TestHouse, first_id: u128, function: &str) -> [IssueId; 2] {
    for id in 0..20 {
        let body = raised(first_id + id, id < 8, function);
        let answer = house.post_auth("/api/1/store/", body).await;
        assert_eq!(answer.status, StatusCode::OK);
        house.digested();
    }
    let event = |id| house.stores.event(WEB, EventId(first_id + id)).unwrap();
    let (first, last) = (event(0).unwrap(), event(19).unwrap());
    assert_eq!(
        first.issue, last.issue,
        "the stack of all frames is the same"
    );
    let whole = first.explanation.keys().nth(1).unwrap();
    let leaving = Leaving {
        parts: &[],
        keys: &[whole],
    };
    let (actor, now) = (Actor::System, house.clock.now());
    let left = house.stores.unmerge(WEB, first.issue, &leaving, actor, now);
    [first.issue, left.unwrap().leaving[0]]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_that_a_crash_cut_off_goes_on_after_the_start() {
    let house = TestHouse::new();
    let issues = begin_split(&house, 0, "pay").await;
    let house = house.crash_and_restart(Plan::default());
    crate::tests::poll(|| house.stores.splits().unwrap().is_empty());
    let counts = issues.map(|id| {
        let issue = house.stores.issue(WEB, id).unwrap().unwrap();
        (issue.times_seen, &*issue.title == "E: no")
    });
    assert_eq!(counts, [(8, true), (12, true)]);
    for (id, expect) in [(3, issues[0]), (15, issues[1])] {
        let event = house.stores.event(WEB, EventId(id)).unwrap().unwrap();
        assert_eq!(event.issue, expect);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_that_fails_holds_up_nothing_else() {
    let house = TestHouse::new();
    let [ill, _] = begin_split(&house, 0, "pay").await;
    let [well, _] = begin_split(&house, 100, "ship").await;
    house.stores.faults().unsplittable = Some(ill);
    house.clock.advance_secs(8 * DAY);
    pass(&house);
    let left = house.stores.splits().unwrap();
    let left: Vec<_> = left.iter().map(|split| split.source).collect();
    assert_eq!(left, [ill]);
    let issues = [ill, well].map(|id| house.stores.issue(WEB, id).unwrap().unwrap());
    let aged = issues.map(|issue| issue.substatus == Some(Substatus::Ongoing));
    assert_eq!(aged, [true; 2], "issues grow old beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trash_that_fails_holds_up_nothing_else() {
    let house = TestHouse::new();
    let [well, _] = begin_split(&house, 0, "pay").await;
    house.stores.faults().trash_down = true;
    house.clock.advance_secs(8 * DAY);
    let refused = house.ingest.upkeep_for_test().pass();
    assert!(refused.is_err(), "it is told");
    assert_eq!(house.stores.splits().unwrap().len(), 0);
    let issue = house.stores.issue(WEB, well).unwrap().unwrap();
    assert_eq!(issue.substatus, Some(Substatus::Ongoing));
}
