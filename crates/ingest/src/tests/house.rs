//! `TestHouse`: everything that a request meets, in one temporary folder.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::broadcast;
use tower::ServiceExt;
use watchpost_model::{
    Clock, Event, EventId, IssueChange, OrgId, Outcome, Project, ProjectId, Quota, Receipt,
    TestClock, Timestamp,
};
use watchpost_protocol::event::EventError;
use watchpost_store::{FileQuarantine, KeyLedger, NewKey, NewProject, OrgLedger, ProjectLedger};

use super::stores::{Faults, Stores};
use crate::digest::Recipe;
use crate::{Ingest, IngestConfig, IngestParts, fold_paths};
use watchpost_store::disk::{Disk, RealDisk};

pub(crate) const PUBLIC: &str = "a94a8fe5ccb19ba61c4c0873d391e987";
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// A key of project 2.
pub(crate) const OTHER_PUBLIC: &str = "b94a8fe5ccb19ba61c4c0873d391e987";
/// A key of project 1 that is switched off.
pub(crate) const INACTIVE_PUBLIC: &str = "c94a8fe5ccb19ba61c4c0873d391e987";
pub(crate) const INACTIVE_SECRET: &str = "c123456789abcdef0123456789abcdef";
pub(crate) const NOW: i64 = 1_800_000_000;

/// What a test may change before the house is opened.
pub(crate) struct Plan {
    pub(crate) config: IngestConfig,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) recipe: Recipe,
    /// What goes wrong in the stores from the start on.
    pub(crate) faults: Faults,
}

impl Default for Plan {
    fn default() -> Self {
        let config = IngestConfig {
            digest_threads: 2,
            body_pause_max: Duration::from_secs(10),
            ..IngestConfig::default()
        };
        Self {
            config,
            disk: Arc::new(RealDisk),
            recipe: Recipe::USUAL,
            faults: Faults::default(),
        }
    }
}

/// The event that recipes of tests choke on.
pub(crate) const BAD: u128 = 13;

pub(crate) fn panic_in_parse(receipt: &Receipt, json: &[u8]) -> Result<Event, EventError> {
    assert!(receipt.event != EventId(BAD), "cannot stand {BAD}");
    (Recipe::USUAL.parse)(receipt, json)
}

pub(crate) struct TestHouse {
    pub(crate) stores: Arc<Stores>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ingest: Ingest,
    pub(crate) quarantine: Arc<FileQuarantine>,
    pub(crate) router: Router,
    pub(crate) news: broadcast::Receiver<IssueChange>,
    pub(crate) dir: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl TestHouse {
    /// A house at work.
    pub(crate) fn new() -> Self {
        Self::with(Plan::default())
    }

    pub(crate) fn with(plan: Plan) -> Self {
        let house = Self::resting(plan);
        house.ingest.start().unwrap();
        house
    }

    /// A house whose digest is not started.
    pub(crate) fn resting(plan: Plan) -> Self {
        let dir = tempfile::tempdir().unwrap();
        furnish(&Stores::open(dir.path()));
        Self::build(dir, plan)
    }

    fn build(dir: TempDir, plan: Plan) -> Self {
        let stores = Arc::new(Stores::open(dir.path()));
        *stores.faults() = plan.faults;
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(NOW)));
        let (sender, news) = broadcast::channel(1000);
        let counter = AtomicU64::new(1);
        let draw = move || {
            let number = counter.fetch_add(1, Ordering::Relaxed);
            (u128::from(number) << 64).to_be_bytes()
        };
        let folder = dir.path().join("quarantine");
        let quarantine = Arc::new(FileQuarantine::new(folder, Arc::clone(&plan.disk)));
        let parts = IngestParts {
            ledger: stores.clone(),
            archive: stores.clone(),
            spool_dir: dir.path().join("spool"),
            quarantine: quarantine.clone(),
            quarantine_dir: dir.path().join("quarantine"),
            clock: clock.clone() as Arc<dyn Clock>,
            random: Arc::new(draw),
            news: sender,
            config: plan.config,
        };
        let ingest = Ingest::open_with(parts, plan.disk, plan.recipe).unwrap();
        let router = fold_paths(ingest.router());
        Self {
            stores,
            clock,
            ingest,
            quarantine,
            router,
            news,
            dir,
        }
    }

    /// The process dies; the files stay, and a new one starts.
    pub(crate) fn crash_and_restart(self, plan: Plan) -> Self {
        self.restart_after(plan, |_| {})
    }

    /// The same, and meanwhile something happens to the files.
    pub(crate) fn restart_after(self, plan: Plan, change: impl FnOnce(&Path)) -> Self {
        let Self {
            dir,
            ingest,
            router,
            stores,
            ..
        } = self;
        drop((router, ingest));
        // Nobody waits for the upkeep; a process that died has no thread with the files open.
        super::poll(|| Arc::strong_count(&stores) == 1);
        drop(stores);
        change(dir.path());
        let house = Self::build(dir, plan);
        house.ingest.start().unwrap();
        house
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    /// `POST` without headers.
    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(Request::post(path).body(body.into()).unwrap())
            .await
    }

    /// `POST` with the credentials of project 1.
    pub(crate) async fn post_auth(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("x-sentry-auth", auth_header());
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Has events of project 1 accepted, one after the other.
    pub(crate) async fn accept(&self, ids: Range<u128>) {
        for id in ids {
            let answer = self.post_auth("/api/1/store/", event(id)).await;
            assert_eq!(answer.status, StatusCode::OK);
        }
    }

    /// Waits until the digest has done everything.
    pub(crate) fn digested(&self) {
        let done = self.ingest.wait_digested_for_test(Duration::from_secs(20));
        assert!(done, "not digested: {:?}", self.ingest.status());
    }

    /// The ids of all archived events, in order.
    pub(crate) fn archived(&self) -> Vec<EventId> {
        self.stores.archived()
    }

    /// How many items ended so, after a flush.
    pub(crate) fn outcomes(&self, category: &str, outcome: Outcome, reason: &str) -> u64 {
        self.ingest.flush_for_test();
        let counts = self.stores.all_outcomes();
        let same = counts.iter().filter(|count| {
            count.category == category && count.outcome == outcome && count.reason == reason
        });
        same.map(|count| count.quantity).sum()
    }

    /// The files in quarantine.
    pub(crate) fn quarantined(&self) -> Vec<Vec<u8>> {
        let entries = fs::read_dir(self.dir.path().join("quarantine"));
        let paths = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path());
        paths.map(|path| fs::read(path).unwrap()).collect()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The id in the answer of a JSON door.
    pub(crate) fn id(&self) -> EventId {
        let answer = self.json();
        answer["id"].as_str().unwrap().parse().unwrap()
    }
}

/// Two projects, three keys. The numbers are those that a new ledger gives out.
fn furnish(stores: &Stores) {
    let org = stores.create_org("acme", "Acme", Timestamp::default());
    let org = org.unwrap().id;
    create_project(stores, org, 1, &["*"]);
    create_project(stores, org, 2, &["https://shop.example"]);
    create_key(stores, 1, PUBLIC, SECRET);
    create_key(stores, 2, OTHER_PUBLIC, &"f".repeat(32));
    create_key(stores, 1, INACTIVE_PUBLIC, INACTIVE_SECRET);
    switch_off(stores, 1, INACTIVE_PUBLIC);
}

fn create_project(stores: &Stores, org: OrgId, number: i64, origins: &[&str]) {
    let slug = format!("project-{number}");
    let new = NewProject {
        org,
        slug: &slug,
        name: "",
        platform: None,
    };
    let project = stores.create_project(&new, Timestamp::default()).unwrap();
    assert_eq!(project.id, ProjectId(number));
    let allowed_origins = origins.iter().map(ToString::to_string).collect();
    let changed = stores.update_project(&Project {
        allowed_origins,
        ..project
    });
    changed.unwrap();
}

pub(crate) fn create_key(stores: &Stores, project: i64, public: &str, secret: &str) {
    let new = NewKey {
        project: ProjectId(project),
        label: "default",
        public,
        secret,
    };
    stores.create_key(&new, Timestamp::default()).unwrap();
}

/// Switches a key of a project off.
pub(crate) fn switch_off(stores: &Stores, project: i64, public: &str) {
    let keys = stores.keys(ProjectId(project)).unwrap();
    let key = keys.iter().find(|key| key.public == public).unwrap();
    stores.set_key_active(key.project, key.id, false).unwrap();
}

pub(crate) fn auth_header() -> String {
    format!("Sentry sentry_version=7, sentry_client=test/1.0, sentry_key={PUBLIC}")
}

pub(crate) fn quota(category: Option<&str>, limit: u64, window_secs: u32) -> Quota {
    Quota {
        category: category.map(str::to_owned),
        limit,
        window_secs,
    }
}

/// An event with that id.
pub(crate) fn event(id: u128) -> Vec<u8> {
    let event = json!({"event_id": EventId(id), "message": "boom", "level": "error"});
    event.to_string().into_bytes()
}

/// A record of 2010 with that id.
pub(crate) fn record(id: u128) -> Vec<u8> {
    let record = json!({
        "level": 40, "message": "probe", "view": "app.f", "message_id": EventId(id),
    });
    record.to_string().into_bytes()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An urlencoded form.
pub(crate) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish().into_bytes()
}
