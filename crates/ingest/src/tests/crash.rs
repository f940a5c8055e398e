//! Crashes: what was acknowledged is digested, exactly once, whatever happened in between.

use std::fs;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use axum::http::{Request, StatusCode};
use watchpost_model::{EventId, Outcome};

use super::house::{Answer, Plan, TestHouse, event};
use watchpost_store::disk::faulty::{Call, FaultyDisk};

fn check_once(house: &TestHouse, ids: std::ops::Range<u128>) {
    let mut archived = house.archived();
    archived.sort_unstable();
    assert_eq!(archived, ids.map(EventId).collect::<Vec<_>>());
    assert_eq!(house.stores.times_seen(), archived.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_accepted_but_not_digested() {
    let house = TestHouse::resting(Plan::default());
    house.accept(0..50).await;
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    check_once(&house, 0..50);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_a_crash_in_the_middle_of_digesting() {
    let mut house = TestHouse::new();
    for round in 0..5 {
        house.accept(round * 40..(round + 1) * 40).await;
        // A client that sends the first one again.
        house.accept(0..1).await;
        house = house.crash_and_restart(Plan::default());
    }
    house.digested();
    check_once(&house, 0..200);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_stored_but_the_position_was_lost() {
    let house = TestHouse::new();
    house.accept(0..30).await;
    house.digested();
    fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
    let house = house.crash_and_restart(Plan::default());
    house.digested();
    check_once(&house, 0..30);
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_a_damaged_segment_costs_one_event_and_is_counted() {
    let house = TestHouse::resting(Plan::default());
    house.accept(0..10).await;
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
    house.accept(0..100).await;
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
    house.accept(0..3).await;
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
    house.accept(2..4).await;
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
    let log = Lines::default();
    let _collecting = log.collect();
    disk.fail(Call::Sync, 0, 1, ErrorKind::Other);
    for id in 1..4 {
        let answer = house.post_auth("/api/1/store/", event(id)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["detail"], "failed to store the event");
        assert!(answer.header("retry-after").is_some());
    }
    assert!(!house.ingest.spool_for_test().accepts());
    // The spool says so once, for all requests.
    assert_eq!(log.text(), "");
}

#[tokio::test]
async fn a_refusal_that_is_our_fault_and_told_by_nobody_else_is_in_the_log() {
    let house = TestHouse::new();
    assert!(house.ingest.shutdown(Duration::from_secs(20)));
    let log = Lines::default();
    let _collecting = log.collect();
    let answer = house.post_auth("/api/1/store/", event(1)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(log.text().matches("refused an event").count(), 1);
}

/// What this thread logs, which is what the doors log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn collect(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || writer.clone());
        tracing::subscriber::set_default(lines.with_ansi(false).finish())
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// The answer so far: the future is asked once.
async fn once<F: Future<Output = Answer> + Unpin>(answer: &mut F) -> Option<Answer> {
    poll_fn(
        |context| match std::pin::Pin::new(&mut *answer).poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => Poll::Ready(None),
        },
    )
    .await
}

/// A disk that takes long, however long: clients wait, then are refused; reading goes on.
#[tokio::test(flavor = "multi_thread")]
async fn f11_while_a_sync_stalls_nothing_is_acknowledged_and_the_queue_is_bounded() {
    let disk = FaultyDisk::default();
    let mut plan = Plan::default();
    plan.config.in_flight_bytes_max = 64 * 1024;
    plan.disk = Arc::new(disk.clone());
    let house = TestHouse::with(plan);
    house.accept(1..2).await;
    disk.stall(Call::Sync);
    let padding = "x".repeat(8_000);
    let (mut waiting, mut refused) = (Vec::new(), 0);
    for id in 2..102 {
        let event = format!(
            r#"{{"event_id": "{}", "message": "{padding}"}}"#,
            EventId(id)
        );
        let mut answer = Box::pin(house.post_auth("/api/1/store/", event));
        match once(&mut answer).await {
            None => waiting.push((id, answer)),
            Some(answer) => {
                assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
                assert!(answer.header("retry-after").is_some());
                assert!(answer.header("x-sentry-rate-limits").is_some());
                refused += 1;
            }
        }
    }
    assert!((4..=8).contains(&waiting.len()), "{} wait", waiting.len());
    assert_eq!(refused, 100 - waiting.len());
    for (_, answer) in &mut waiting {
        assert!(once(answer).await.is_none(), "acknowledged before the sync");
    }
    // What is stored can be asked for.
    let health = house.send(Request::get("/_health/").body("".into()).unwrap());
    assert_eq!(health.await.status, StatusCode::OK);
    house.stores.times_seen();
    disk.heal();
    let mut acknowledged = vec![EventId(1)];
    for (id, answer) in waiting {
        assert_eq!(answer.await.status, StatusCode::OK);
        acknowledged.push(EventId(id));
    }
    house.accept(200..201).await;
    acknowledged.push(EventId(200));
    house.digested();
    let mut archived = house.archived();
    archived.sort_unstable();
    assert_eq!(archived, acknowledged);
}
