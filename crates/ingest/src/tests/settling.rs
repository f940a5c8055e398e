//! Counting exactly once, through crashes between ledger, archive and spool.

use std::fs;

use axum::http::StatusCode;
use watchpost_model::{EventId, Outcome, ProjectId, Timestamp};
use watchpost_store::{Archive, Cleanup, IssueLedger, IssueQuery, UpkeepLedger};

use super::house::{OTHER_PUBLIC, Plan, TestHouse, event};

const WEB: ProjectId = ProjectId(1);

async fn accept(house: &TestHouse, ids: impl IntoIterator<Item = u128>) {
    for id in ids {
        let answer = house.post_auth("/api/1/store/", event(id)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

/// What the ledger itself says, without the counters that wait in memory.
fn counted(house: &TestHouse) -> (u64, u64) {
    let counts = house.stores.all_outcomes();
    let of = |outcome| -> u64 {
        let same = counts.iter().filter(|count| count.outcome == outcome);
        same.map(|count| count.quantity).sum()
    };
    (of(Outcome::Accepted), of(Outcome::Duplicate))
}

fn unsettled(house: &TestHouse) -> Vec<(ProjectId, EventId)> {
    house.stores.unsettled(None, 10_000).unwrap()
}

fn check_once(house: &TestHouse, ids: impl Iterator<Item = u128>) {
    let mut archived = house.archived();
    archived.sort_unstable();
    assert_eq!(archived, ids.map(EventId).collect::<Vec<_>>());
    assert_eq!(house.stores.times_seen(), archived.len() as u64);
}

/// Loses what the spool knows of its digestion, as a power cut may.
fn forget_position(house: &TestHouse) {
    fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i18_duplicates_within_a_batch_across_batches_and_after_a_restart() {
    let house = TestHouse::resting(Plan::default());
    accept(&house, (0..20).chain(0..5)).await;
    house.ingest.start().unwrap();
    house.digested();
    assert_eq!(counted(&house), (20, 5));
    accept(&house, 0..3).await;
    house.digested();
    assert_eq!(counted(&house), (20, 8));
    let house = house.crash_and_restart(Plan::default());
    accept(&house, 10..12).await;
    house.digested();
    assert_eq!(counted(&house), (20, 10));
    check_once(&house, 0..20);
    let path = format!("/api/2/store/?sentry_key={OTHER_PUBLIC}&sentry_version=7");
    let request = axum::http::Request::post(&path).header("origin", "https://shop.example");
    let answer = house.send(request.body(event(3).into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    house.digested();
    assert_eq!(counted(&house), (21, 10), "an id is its project's own");
    assert_eq!(house.archived().len(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_counted_but_not_kept_when_the_process_died() {
    let house = TestHouse::resting(Plan::default());
    accept(&house, (0..30).chain(0..5)).await;
    house.stores.faults().archive_down = true;
    house.ingest.start().unwrap();
    crate::tests::poll(|| house.stores.times_seen() == 30);
    assert_eq!(house.archived(), []);
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    check_once(&house, 0..30);
    assert_eq!(counted(&house), (30, 5), "a replay is no second delivery");
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_a_position_that_was_lost_counts_nothing_again() {
    let house = TestHouse::new();
    for round in 0..4 {
        accept(&house, round * 10..(round + 1) * 10).await;
        accept(&house, 0..2).await;
        house.digested();
    }
    assert_eq!(counted(&house), (40, 8));
    forget_position(&house);
    let house = house.crash_and_restart(Plan::default());
    // While the past comes again, a client sends one more time.
    accept(&house, 5..6).await;
    house.digested();
    check_once(&house, 0..40);
    assert_eq!(counted(&house), (40, 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_forgets_ids_that_the_archive_has() {
    let house = TestHouse::new();
    for id in 0..50 {
        accept(&house, [id]).await;
        house.digested();
    }
    assert_eq!(unsettled(&house).len(), 1, "those of the last batch only");
    let house = house.crash_and_restart(Plan::default());
    crate::tests::poll(|| unsettled(&house).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_quarantine_is_counted_once_when_it_gets_out() {
    let house = TestHouse::new();
    house.stores.faults().archive_poison.insert(EventId(13));
    accept(&house, 10..15).await;
    house.digested();
    assert_eq!(house.quarantined().len(), 1);
    let house = house.crash_and_restart(Plan::default());
    accept(&house, 20..22).await;
    house.digested();
    house.ingest.upkeep_for_test().settle_leftovers().unwrap();
    let waiting = unsettled(&house);
    assert!(waiting.contains(&(WEB, EventId(13))), "{waiting:?}");
    assert!(!house.archived().contains(&EventId(13)));
    accept(&house, [13]).await;
    house.digested();
    assert!(house.archived().contains(&EventId(13)));
    assert_eq!(counted(&house), (7, 1));
    assert_eq!(house.stores.times_seen(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_forgotten_issue_is_kept_where_people_find_it() {
    let house = TestHouse::new();
    accept(&house, 0..3).await;
    house.digested();
    // A clean-up that was cut off: the issue is gone, its events are not.
    let what = Cleanup {
        project: WEB,
        before: Timestamp::from_secs(super::house::NOW + 1),
        logger: None,
    };
    assert_eq!(house.stores.cleanup(&what).unwrap().issues.len(), 1);
    accept(&house, [1]).await;
    // Another program is busy with sealed files, and will be for minutes.
    let chores = fs::File::create(house.dir.path().join("archive/chores")).unwrap();
    chores.lock().unwrap();
    house.digested();
    drop(chores);
    let issues = house
        .stores
        .find_issues(&IssueQuery::all(WEB))
        .unwrap()
        .rows;
    assert_eq!((issues.len(), issues[0].times_seen), (1, 1));
    let found = house.stores.event(WEB, EventId(1)).unwrap().unwrap();
    assert_eq!(found.issue, issues[0].id);
    assert_eq!(house.archived().len(), 3, "nothing is forgotten here");
}

#[tokio::test(flavor = "multi_thread")]
async fn i31_a_flood_of_new_kinds_ends_in_one_issue_that_says_why() {
    let house = TestHouse::resting(Plan::default());
    for number in 0..1010_u128 {
        let event = serde_json::json!({
            "event_id": EventId(number), "message": "boom", "fingerprint": [number.to_string()],
        });
        let answer = house.post_auth("/api/1/store/", event.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    house.ingest.start().unwrap();
    house.digested();
    let last = house.stores.event(WEB, EventId(1009)).unwrap().unwrap();
    let issue = house.stores.issue(WEB, last.issue).unwrap().unwrap();
    assert!(issue.title.starts_with("Too many new issues"), "{issue:?}");
    assert_eq!(issue.times_seen, 10);
    let why = last.explanation.notes.last().unwrap();
    assert!(why.contains("1000 new issues in the hour from 20"), "{why}");
    let first = house.stores.event(WEB, EventId(0)).unwrap().unwrap();
    assert!(!first.explanation.notes.contains(why));
}
