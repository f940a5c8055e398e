//! `TestHouse`: everything that a request meets, in one temporary folder.

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

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
    Clock, EventId, IssueChange, Key, KeyId, OrgId, Organization, Outcome, Project, ProjectId,
    TestClock, Timestamp,
};

use super::double::MemoryStore;
use crate::digest::Recipe;
use crate::spool::{Disk, RealDisk};
use crate::{Ingest, IngestConfig, IngestParts, fold_paths};

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
        }
    }
}

pub(crate) struct TestHouse {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) ingest: Ingest,
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
        Self::build(dir, Arc::new(store()), plan)
    }

    fn build(dir: TempDir, store: Arc<MemoryStore>, plan: Plan) -> Self {
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(NOW)));
        let (sender, news) = broadcast::channel(1000);
        let counter = AtomicU64::new(1);
        let draw = move || {
            let number = counter.fetch_add(1, Ordering::Relaxed);
            (u128::from(number) << 64).to_be_bytes()
        };
        let parts = IngestParts {
            ledger: store.clone(),
            archive: store.clone(),
            spool_dir: dir.path().join("spool"),
            quarantine_dir: dir.path().join("quarantine"),
            clock: clock.clone() as Arc<dyn Clock>,
            random: Arc::new(draw),
            news: sender,
            config: plan.config,
        };
        let ingest = Ingest::open_with(parts, plan.disk, plan.recipe).unwrap();
        let router = fold_paths(ingest.router());
        Self {
            store,
            clock,
            ingest,
            router,
            news,
            dir,
        }
    }

    /// The process dies; the files stay, and a new one starts.
    pub(crate) fn crash_and_restart(self, plan: Plan) -> Self {
        let Self {
            store,
            dir,
            ingest,
            router,
            ..
        } = self;
        drop(router);
        drop(ingest);
        let house = Self::build(dir, store, plan);
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

    /// Waits until the digest has done everything.
    pub(crate) async fn digested(&self) {
        self.until("everything is digested", || {
            let status = self.ingest.status();
            status.committed >= status.appended
        })
        .await;
    }

    /// Waits for a condition that the workers bring about.
    pub(crate) async fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "waited in vain: {what}"
            );
            // Leaves the two cores to the workers that are waited for.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The ids of all archived events, in order.
    pub(crate) fn archived(&self) -> Vec<EventId> {
        let state = self.store.lock();
        state
            .archived
            .iter()
            .map(|event| event.event.event_id)
            .collect()
    }

    /// How many items ended so, after a flush.
    pub(crate) fn outcomes(&self, category: &str, outcome: Outcome, reason: &str) -> u64 {
        self.ingest.flush_for_test();
        let state = self.store.lock();
        let same = state.outcomes.iter().filter(|count| {
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

/// Two projects, three keys.
fn store() -> MemoryStore {
    let store = MemoryStore::default();
    let mut state = store.lock();
    state.generation = 1;
    state.orgs.push(Organization {
        id: OrgId(1),
        slug: "acme".into(),
        name: "Acme".into(),
        created: Timestamp::default(),
    });
    state.projects.push(project(1, &["*"]));
    state.projects.push(project(2, &["https://shop.example"]));
    state.keys.push(key(1, 1, PUBLIC, SECRET));
    state.keys.push(key(2, 2, OTHER_PUBLIC, &"f".repeat(32)));
    state.keys.push(Key {
        active: false,
        ..key(3, 1, INACTIVE_PUBLIC, INACTIVE_SECRET)
    });
    drop(state);
    store
}

fn project(id: i64, origins: &[&str]) -> Project {
    Project {
        id: ProjectId(id),
        org: OrgId(1),
        slug: format!("project-{id}"),
        name: String::new(),
        platform: None,
        allowed_origins: origins.iter().map(ToString::to_string).collect(),
        created: Timestamp::default(),
        first_event: None,
    }
}

pub(crate) fn key(id: i64, project: i64, public: &str, secret: &str) -> Key {
    Key {
        id: KeyId(id),
        project: ProjectId(project),
        label: "default".into(),
        public: public.into(),
        secret: secret.into(),
        active: true,
        created: Timestamp::default(),
    }
}

pub(crate) fn auth_header() -> String {
    format!("Sentry sentry_version=7, sentry_client=test/1.0, sentry_key={PUBLIC}")
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
