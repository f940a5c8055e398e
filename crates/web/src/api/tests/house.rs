//! A house to test in: all rooms of the parlour over empty stores, two organizations that must
//! not see each other's things, and a clock that stands still.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use axum::{Router, response::Response};
use http_body_util::BodyExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt as _;
use watchpost_model::{
    Applied, Change, Clock, EventId, Explanation, Grouped, IssueId, Key, Organization, Project,
    ProjectId, Receipt, Role, Scope, TestClock, Timestamp, User, Vitals, WireFormat,
};
use watchpost_store::disk::RealDisk;
use watchpost_store::sqlite::{SqliteArchive, SqliteLedger};
use watchpost_store::suite::{archived, grouped};
use watchpost_store::{
    FileQuarantine, Filing, KeyLedger as _, MemberLedger as _, NewKey, NewProject, NewToken,
    NewUser, OrgLedger as _, Poison, ProjectLedger as _, QuarantineId, QuarantineQuery,
    UserLedger as _,
};

use super::parlour::{Refused, parlour};
use crate::App;

/// The token with every scope.
pub(crate) const TOKEN: &str = "sntryu_0123456789abcdef";

/// When the house is.
const NOW: &str = "2026-05-04T12:30:00Z";

/// See the file.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) org: Organization,
    pub(crate) project: Project,
    pub(crate) key: Key,
    pub(crate) user: User,
    /// Of the other organization.
    pub(crate) rival: Project,
    /// How the server is said to be.
    pub(crate) vitals: watch::Sender<Arc<Vitals>>,
    /// What clients were refused.
    pub(crate) refused: Refused,
    router: Router,
    folder: TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let archive = SqliteArchive::open(&folder.path().join("archive")).unwrap();
        let clock = Arc::new(TestClock::at(Timestamp::parse_rfc3339(NOW).unwrap()));
        let now = clock.now();
        let org = ledger.create_org("acme", "Acme Inc.", now).unwrap();
        let other = ledger.create_org("rival", "Rival", now).unwrap();
        let project = |org: &Organization, slug| {
            let new = NewProject {
                org: org.id,
                slug,
                name: slug,
                platform: Some("python"),
            };
            ledger.create_project(&new, now).unwrap()
        };
        let (web, rival) = (project(&org, "web"), project(&other, "spy"));
        let key = NewKey {
            project: web.id,
            label: "default",
            public: &"a".repeat(32),
            secret: &"b".repeat(32),
        };
        let key = ledger.create_key(&key, now).unwrap();
        let user = NewUser {
            email: "ada@example.org",
            name: "Ada",
            password_hash: "none",
        };
        let user = ledger.create_user(&user, now).unwrap();
        for org in [&org, &other] {
            ledger
                .put_member(org.id, user.id, Role::Owner, now)
                .unwrap();
        }
        let folder_of_rejects = folder.path().join("quarantine");
        let quarantine = FileQuarantine::new(folder_of_rejects, Arc::new(RealDisk));
        let vitals = watch::Sender::new(Arc::new(Vitals::default()));
        let refused = Refused::default();
        let stores = (Arc::new(ledger), Arc::new(archive), Arc::new(quarantine));
        let app = parlour(stores, &clock, vitals.subscribe(), &refused);
        let house = Self {
            router: crate::router(app.clone()),
            app,
            clock,
            org,
            project: web,
            key,
            user,
            rival,
            vitals,
            refused,
            folder,
        };
        house.add_token(TOKEN, &Scope::ALL);
        house
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Makes a token with these scopes.
    pub(crate) fn add_token(&self, token: &str, scopes: &[&str]) {
        let scopes: Vec<Scope> = scopes
            .iter()
            .map(|&scope| Scope(scope.to_owned()))
            .collect();
        let new = NewToken {
            user: self.user.id,
            label: "test",
            hash: Sha256::digest(token.as_bytes()).into(),
            last_four: "cdef",
            scopes: &scopes,
        };
        self.app
            .ledger
            .create_token(&new, self.clock.now())
            .unwrap();
    }

    /// Makes another project of the same organization.
    pub(crate) fn add_project(&self, slug: &str) -> Project {
        let new = NewProject {
            org: self.org.id,
            slug,
            name: slug,
            platform: None,
        };
        self.app
            .ledger
            .create_project(&new, self.clock.now())
            .unwrap()
    }

    /// Files an event as the digest does, and returns its issue.
    pub(crate) fn store(&self, grouped: Grouped) -> IssueId {
        let applied = self
            .app
            .ledger
            .apply(&[Filing::new(grouped.clone())], &[])
            .unwrap();
        let [Applied { issue, home, .. }] = applied[..] else {
            panic!("one event, one answer: {applied:?}");
        };
        let archived = archived(home, grouped);
        self.app.archive.append(&[archived]).unwrap();
        issue
    }

    /// Files an event as one of the spool, and does not keep it; what became of it.
    pub(crate) fn drop_one(&self, grouped: Grouped) -> Change {
        let spooled = grouped.event.received.as_secs().unsigned_abs();
        let filing = Filing {
            spooled: Some(spooled),
            ..Filing::new(grouped)
        };
        self.app.ledger.apply(&[filing], &[]).unwrap()[0].change
    }

    /// Waits until all that is being split is.
    pub(crate) async fn is_split(&self) {
        let end = Instant::now() + Duration::from_secs(30);
        while !self.app.ledger.splits().unwrap().is_empty() {
            assert!(Instant::now() < end, "still splitting");
            tokio::task::yield_now().await;
        }
    }

    /// Stores a message that is one of its kind, seen `minute` minutes after the hour.
    pub(crate) fn say(&self, project: ProjectId, text: &str, minute: i64) -> IssueId {
        self.store(message(project, text, minute))
    }

    /// Puts an event into quarantine, and returns its name there.
    pub(crate) fn reject(&self, project: ProjectId, number: u128, body: &[u8]) -> QuarantineId {
        let receipt = Receipt {
            project,
            key: self.key.id,
            event: EventId(number),
            received: self.clock.now(),
            format: WireFormat::Event,
            client_ip: Some("203.0.113.7".to_owned()),
            sdk: Some("raven-python/6.10.0".to_owned()),
            user_agent: None,
            sent_at: None,
        };
        let poison = Poison {
            receipt: &receipt,
            remarks: &[],
            body,
            stage: "group",
            reason: "panicked: <b>no</b> frame",
        };
        self.app.quarantine.keep(&poison).unwrap();
        let query = QuarantineQuery {
            limit: 100,
            ..QuarantineQuery::default()
        };
        let rows = self.app.quarantine.list(&query).unwrap().rows;
        let found = rows
            .into_iter()
            .find(|row| row.receipt.as_ref() == Some(&receipt));
        found.unwrap().id
    }

    /// Asks with the token that may do everything.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Some(TOKEN), "").await
    }

    /// Changes something with the token that may do everything.
    pub(crate) async fn put(&self, path: &str, body: &str) -> Answer {
        self.send(Method::PUT, path, Some(TOKEN), body).await
    }

    /// Any request.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> Answer {
        let bearer = token.map(|token| (header::AUTHORIZATION, format!("Bearer {token}")));
        self.send_with(method, path, bearer.as_slice(), body).await
    }

    /// A request with these headers.
    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, String)],
        body: &str,
    ) -> Answer {
        let response = self.open(method, path, headers, body).await;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A request whose answer is read by the caller.
    pub(crate) async fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, String)],
        body: &str,
    ) -> Response {
        open(&self.router, method, path, headers, body).await
    }

    /// The project of that slug, as it is now.
    pub(crate) fn project_now(&self, slug: &str) -> Project {
        let found = self.app.ledger.project(self.org.id, slug);
        found.unwrap().unwrap()
    }
}

/// A request to any router, whose answer is read by the caller.
pub(crate) async fn open(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(HeaderName, String)],
    body: &str,
) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

impl Answer {
    /// The body as JSON; the content type must say so, too.
    pub(crate) fn json(&self) -> Value {
        let kind = self
            .headers
            .get(header::CONTENT_TYPE)
            .map(|kind| kind.to_str().unwrap());
        assert_eq!(
            kind,
            Some("application/json"),
            "{} {}",
            self.status,
            self.text
        );
        serde_json::from_str(&self.text).unwrap()
    }

    /// The body of a good answer.
    pub(crate) fn good(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }

    /// Status and `detail` of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let json = self.json();
        let detail = json["detail"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", self.text));
        (self.status.as_u16(), detail.to_owned())
    }
}

/// A message that is grouped by its text.
pub(crate) fn message(project: ProjectId, text: &str, minute: i64) -> Grouped {
    let hour = Timestamp::parse_rfc3339("2026-05-04T11:00:00Z").unwrap();
    let number = Sha256::digest(format!("{project} {text} {minute}"));
    let event = u128::from_be_bytes(number[..16].try_into().unwrap());
    let secs = hour.secs_since(Timestamp::default()) + minute * 60;
    Grouped {
        explanation: Explanation::of_lines(1, vec!["by message".to_owned()]),
        ..grouped(project, event, text, secs)
    }
}
