//! The whole way with the stores that people have: `SQLite` files, crashes in between.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use tokio::sync::broadcast;
use tower::ServiceExt;
use watchpost_model::{EventId, Outcome, ProjectId, TestClock, Timestamp};
use watchpost_store::sqlite::{SqliteArchive, SqliteLedger};
use watchpost_store::{
    Archive, EventFilter, IssueLedger, IssueQuery, KeyLedger, NewKey, NewProject, OrgLedger,
    OutcomeLedger, ProjectLedger,
};

use super::house::{NOW, PUBLIC, SECRET, auth_header, base64, event, form, record, zlib};
use crate::{Ingest, IngestConfig, IngestParts, fold_paths};

struct Process {
    ledger: Arc<SqliteLedger>,
    archive: Arc<SqliteArchive>,
    ingest: Ingest,
    router: Router,
}

const NOW_STAMP: fn() -> Timestamp = || Timestamp::from_secs(NOW);

/// A process on a data folder; the first one makes a project and its key.
fn start(dir: &Path) -> (Process, ProjectId) {
    let ledger = Arc::new(SqliteLedger::open(&dir.join("ledger.db")).unwrap());
    let archive = Arc::new(SqliteArchive::open(&dir.join("archive.db")).unwrap());
    let project = project(&ledger);
    let (news, _) = broadcast::channel(10);
    let ingest = Ingest::open(IngestParts {
        ledger: ledger.clone(),
        archive: archive.clone(),
        spool_dir: dir.join("spool"),
        quarantine_dir: dir.join("quarantine"),
        clock: Arc::new(TestClock::at(NOW_STAMP())),
        random: Arc::new(|| [7; 16]),
        news,
        config: IngestConfig::default(),
    });
    let ingest = ingest.unwrap();
    let router = fold_paths(ingest.router());
    let process = Process {
        ledger,
        archive,
        ingest,
        router,
    };
    (process, project)
}

fn project(ledger: &SqliteLedger) -> ProjectId {
    if let Some(org) = ledger.orgs().unwrap().first() {
        return ledger.projects(org.id).unwrap()[0].id;
    }
    let org = ledger.create_org("acme", "Acme", NOW_STAMP()).unwrap();
    let new = NewProject {
        org: org.id,
        slug: "web",
        name: "Web",
        platform: None,
    };
    let project = ledger.create_project(&new, NOW_STAMP()).unwrap().id;
    let new = NewKey {
        project,
        label: "default",
        public: PUBLIC,
        secret: SECRET,
    };
    ledger.create_key(&new, NOW_STAMP()).unwrap();
    project
}

async fn post(process: &Process, path: &str, body: Vec<u8>) {
    let request = Request::post(path).header("x-sentry-auth", auth_header());
    let request = request.body(Body::from(body)).unwrap();
    let response = process.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

fn wait_until_digested(process: &Process) {
    let start = Instant::now();
    let behind = |status: crate::spool::SpoolStatus| status.committed < status.appended;
    while behind(process.ingest.status()) {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "still not digested"
        );
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_every_acknowledged_event_is_in_both_stores_once() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..4_u128 {
        let (process, project) = start(dir.path());
        // In every other round the crash comes before anything is digested.
        if round % 2 == 1 {
            process.ingest.start().unwrap();
        }
        for id in round * 25..(round + 1) * 25 {
            post(&process, &format!("/api/{project}/store/"), event(id)).await;
        }
        // A repeated delivery from the round before.
        post(&process, &format!("/api/{project}/store/"), event(0)).await;
        drop(process);
    }
    let (process, project) = start(dir.path());
    process.ingest.start().unwrap();
    wait_until_digested(&process);
    assert_eq!(process.archive.count().unwrap(), 100);
    let issues = process
        .ledger
        .find_issues(&IssueQuery::all(project))
        .unwrap()
        .rows;
    assert_eq!(
        issues.iter().map(|issue| issue.times_seen).sum::<u64>(),
        100
    );
    for id in 0..100 {
        let found = process.archive.event(project, EventId(id)).unwrap();
        assert!(found.is_some(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_protocol_and_todays_meet_in_the_same_stores() {
    let dir = tempfile::tempdir().unwrap();
    let (process, project) = start(dir.path());
    process.ingest.start().unwrap();
    let data = base64(&zlib(&record(1)));
    let fields = form(&[("key", SECRET), ("format", "json"), ("data", &data)]);
    let request = Request::post("/sentry/store/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(fields));
    let response = process
        .router
        .clone()
        .oneshot(request.unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let envelope = [b"{}\n{\"type\":\"event\"}\n".as_slice(), &event(2)].concat();
    post(&process, &format!("/api/{project}/envelope/"), envelope).await;
    assert!(process.ingest.shutdown(Duration::from_secs(30)));
    let seed = process.archive.event(project, EventId(1)).unwrap().unwrap();
    assert_eq!(seed.event.culprit.as_deref(), Some("app.f"));
    let page = process
        .archive
        .events(project, &EventFilter::default(), None, 10)
        .unwrap();
    assert_eq!(page.rows.len(), 2);
    let outcomes = process
        .ledger
        .outcomes(Some(project), NOW_STAMP().plus_secs(-7200))
        .unwrap();
    let accepted = outcomes
        .iter()
        .filter(|count| count.outcome == Outcome::Accepted);
    assert_eq!(accepted.map(|count| count.quantity).sum::<u64>(), 2);
}
