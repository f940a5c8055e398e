//! Where the cases fight: a server with two projects. One is attacked, the other must not notice.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a harness is test code"
)]

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::{Case, End, crawl};
use crate::browser::PASSWORD;
use crate::chores::create_user;
use crate::http::Connection;
use crate::server::{Account, Server, Site, json};
use crate::{report, work};

/// Every request of the catalogue is answered within this.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Who looks at the pages.
pub(super) const EMAIL: &str = "ada@example.org";
/// Connections that attack at the same time.
const ATTACKERS: usize = 4;
/// The other project reports once in so many cases.
const CANARY_EVERY: usize = 16;
/// What the whole process may have at its worst: far below what a single unbounded body would take.
const RESIDENT_KIB_MAX: u64 = 256 * 1024;

/// A server under attack.
pub(super) struct Arena {
    pub(super) site: Site,
    pub(super) server: Server,
    /// The door of the project that must not notice.
    pub(super) canary: String,
}

impl Arena {
    pub(super) fn new() -> Self {
        Self::with(|site| site.start())
    }

    /// With a server that is started in another way.
    pub(super) fn with(start: impl FnOnce(&Site) -> Server) -> Self {
        let site = Site::new();
        create_user(&site, EMAIL, PASSWORD);
        let made = json(&site.run(&["project", "create", "Canary", "--json"]));
        let text = |name: &str| made.get(name).map(ToString::to_string);
        let canary = Account {
            dsn: text("dsn").expect("a DSN").trim_matches('"').to_owned(),
            project_id: made.get("project_id").expect("an id").clone(),
            ..site.account.clone()
        };
        let server = start(&site);
        Self {
            canary: canary.store_path(),
            site,
            server,
        }
    }

    /// A connection on which no answer takes longer than the limit.
    pub(super) fn connect(&self) -> Connection {
        let connection = self.server.connect();
        connection.limit(ANSWER_LIMIT).expect("a live socket");
        connection
    }

    /// The other project reports, and is heard.
    pub(super) fn canary(&self) {
        let body = json!({"message": "all is well here"}).to_string();
        let answer = self.connect().post(&self.canary, body.as_bytes());
        let answer = answer.expect("the server answers the other project");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Sends every case on a connection of its own; the ids of the events that were accepted.
    pub(super) fn attack(&self, cases: &[Case]) -> BTreeSet<String> {
        let accepted = Mutex::new(BTreeSet::new());
        parallel(ATTACKERS, cases, |number, case| {
            if number % CANARY_EVERY == 0 {
                self.canary();
            }
            if let Some(id) = self.one(case) {
                accepted.lock().expect("no panic").insert(id);
            }
        });
        self.canary();
        accepted.into_inner().expect("no panic")
    }

    /// Sends one case; the id of the event when one was accepted.
    fn one(&self, case: &Case) -> Option<String> {
        let mut connection = self.connect();
        let answer = match case.end {
            End::Wait => connection.raw(&case.bytes),
            End::Leave => connection.raw_and_end(&case.bytes),
        };
        let (status, id) = match answer {
            Ok(answer) => {
                let id = answer
                    .json()
                    .get("id")
                    .and_then(|id| id.as_str().map(str::to_owned));
                (answer.status, id)
            }
            Err(error) => {
                let late = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                assert!(!late, "{}: no answer within {ANSWER_LIMIT:?}", case.name);
                (CLOSED, None)
            }
        };
        let expected = if case.expect.is_empty() {
            status < 500
        } else {
            case.expect.contains(&status)
        };
        assert!(expected, "{}: {status}, not {:?}", case.name, case.expect);
        id.filter(|_| status == 200)
    }

    /// After the attack: nothing in quarantine, no panic in the log, memory within bounds, every
    /// accepted event on every page, and the other project as well as ever.
    pub(super) fn survey(&self, accepted: &BTreeSet<String>) {
        let mut connection = self.connect();
        work::settle(&self.site, &mut connection);
        let quarantine = std::fs::read_dir(self.site.data().join("quarantine"));
        assert_eq!(quarantine.map_or(0, Iterator::count), 0, "in quarantine");
        crawl::look_at_all(self, accepted);
        self.canary();
        self.is_sound();
    }

    /// No panic in the log, and memory within bounds.
    pub(super) fn is_sound(&self) {
        let log = std::fs::read_to_string(self.site.path("server.log"));
        let log = log.expect("a log");
        let panics: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("panicked"))
            .collect();
        assert!(panics.is_empty(), "{panics:?}");
        let peak_kib = memory_kib(&self.server, "VmHWM");
        assert!(peak_kib < RESIDENT_KIB_MAX, "{peak_kib} KiB at the worst");
    }

    /// Waits for an event: what the API says about it.
    pub(super) fn event(&self, id: &str) -> serde_json::Value {
        report::find(&self.site, &mut self.connect(), id)["event"].take()
    }
}

/// The status of a connection that was closed without an answer.
pub(super) const CLOSED: u16 = 0;

/// Attacks with the cases of one row of the catalogue, and looks at what came of it.
pub(super) fn row(cases: impl FnOnce(&Account) -> Vec<Case>) {
    let arena = Arena::new();
    let accepted = arena.attack(&cases(&arena.site.account));
    arena.survey(&accepted);
}

/// Calls `work` with every item and its number, on several threads.
pub(super) fn parallel<T: Sync>(threads: usize, items: &[T], work: impl Fn(usize, &T) + Sync) {
    std::thread::scope(|scope| {
        for first in 0..threads {
            let work = &work;
            scope.spawn(move || {
                let mine = items.iter().enumerate().skip(first).step_by(threads);
                mine.for_each(|(number, item)| work(number, item));
            });
        }
    });
}

/// A line of `/proc/<pid>/status`, in KiB.
pub(super) fn memory_kib(server: &Server, name: &str) -> u64 {
    let path = format!("/proc/{}/status", server.pid());
    let text = std::fs::read_to_string(path).expect("the server lives");
    let line = text.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    let number = number.and_then(|number| number.parse().ok());
    number.expect("a number of KiB")
}

impl Drop for Arena {
    /// What the server complained of, when a test fails: its folder is gone afterwards.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.site.path("server.log")).unwrap_or_default();
            let lines = log.lines().filter(|line| !line.contains(" INFO "));
            let lines: Vec<&str> = lines.take(20).collect();
            println!("the server's first complaints: {lines:#?}");
        }
    }
}
