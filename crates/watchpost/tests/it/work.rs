//! A load of events over several connections, and the books about it: what was sent, what was
//! acknowledged, and what must therefore be found.

#![expect(clippy::expect_used, reason = "a harness is test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::{Value, json};
use watchpost_model::{CATEGORY_ERROR, Outcome, Timestamp};
use watchpost_store::OutcomeLedger;
use watchpost_store::sqlite::SqliteLedger;

use crate::http::Connection;
use crate::poll;
use crate::server::{Server, Site};

/// Events fall into this many issues.
const ISSUES: usize = 7;
const CONNECTIONS: usize = 8;
/// Digesting everything a crash left behind may take this long.
const SETTLE_LIMIT: Duration = Duration::from_secs(30);

/// The id of the event with this number in this cycle: readable in a failure.
pub(crate) fn event_id(cycle: usize, number: usize) -> String {
    format!("{cycle:016x}{number:016x}")
}

/// Starts sending `count` events; the receiver gets the id of each one answered with 200.
///
/// A connection that breaks stops sending, as the server is gone. Ends when all have ended.
pub(crate) fn send(site: &Site, server: &Server, cycle: usize, count: usize) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    for first in 0..CONNECTIONS {
        let (sender, path) = (sender.clone(), site.account.store_path());
        let mut connection = server.connect();
        std::thread::spawn(move || {
            for number in (first..count).step_by(CONNECTIONS) {
                let Ok(answer) = connection.post(&path, &event(cycle, number)) else {
                    return;
                };
                if answer.status == 200 && sender.send(event_id(cycle, number)).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// Different exception types, so that every grouping tells the issues apart.
fn event(cycle: usize, number: usize) -> Vec<u8> {
    let kind = format!("Crash{}Error", number % ISSUES);
    let event = json!({
        "event_id": event_id(cycle, number),
        "platform": "other",
        "level": "error",
        "exception": {"values": [{"type": kind, "value": "the power went out"}]},
        "extra": {"number": number, "padding": "x".repeat(2000)},
    });
    event.to_string().into_bytes()
}

/// What must be in the store, whatever happened to the process.
#[derive(Default)]
pub(crate) struct Books {
    sent: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
}

impl Books {
    pub(crate) fn sent(&mut self, cycle: usize, count: usize) {
        self.sent
            .extend((0..count).map(|number| event_id(cycle, number)));
    }

    pub(crate) fn acknowledged(&mut self, id: &str) {
        assert!(
            self.acknowledged.insert(id.to_owned()),
            "{id} was acknowledged twice"
        );
    }

    /// Every acknowledged event is found, and each issue counts exactly the events it has.
    pub(crate) fn check(&self, site: &Site, server: &Server) {
        let mut connection = server.connect();
        settle(site, &mut connection);
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        let mut lost = Vec::new();
        for id in &self.sent {
            match issue_of(site, &mut connection, id) {
                Some(issue) => *found.entry(issue).or_default() += 1,
                None if self.acknowledged.contains(id) => lost.push(id),
                // Sent, but the server died before it answered: it may be there or not.
                None => {}
            }
        }
        assert!(
            lost.is_empty(),
            "{} acknowledged events are lost: {lost:?}",
            lost.len()
        );
        let mut counts = counts(site, &mut connection);
        assert_eq!(
            ended(site, Outcome::Accepted),
            counts.values().sum::<usize>() as u64,
            "the outcomes and the counts of all issues"
        );
        counts.retain(|issue, _| found.contains_key(issue));
        assert_eq!(
            counts, found,
            "the counts of the issues and the events found by id"
        );
    }
}

/// How many events ended so, as the ledger has it on disk.
pub(crate) fn ended(site: &Site, outcome: Outcome) -> u64 {
    let ledger = SqliteLedger::open(&site.data().join("ledger.sqlite")).expect("the ledger");
    let counts = ledger.outcomes(None, Timestamp::default());
    let counts = counts.expect("the counts").into_iter();
    let same = counts.filter(|count| count.outcome == outcome && count.category == CATEGORY_ERROR);
    same.map(|count| count.quantity).sum()
}

/// How many events were accepted, and did not leave the spool yet.
pub(crate) fn waiting(server: &Server) -> u64 {
    let answer = server.connect().get("/_health/?full", "");
    let report = answer.expect("an answer").json();
    let waiting = report.pointer("/spool/waiting_events");
    waiting.and_then(Value::as_u64).expect("a number")
}

/// Waits until everything accepted so far is digested: the queue is first in, first out, so it is
/// when one more event can be found.
pub(crate) fn settle(site: &Site, connection: &mut Connection) {
    // A new id each time: an old one would be found at once.
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let id = event_id(usize::MAX, NUMBER.fetch_add(1, Ordering::Relaxed));
    let body = json!({"event_id": id, "message": "the last in the queue"}).to_string();
    let answer = connection.post(&site.account.store_path(), body.as_bytes());
    assert_eq!(answer.expect("the server answers").status, 200);
    poll::until("the queue is empty", SETTLE_LIMIT, || {
        issue_of(site, connection, &id)
    });
}

/// The issue of an event; `None` when it is not found.
pub(crate) fn issue_of(site: &Site, connection: &mut Connection, id: &str) -> Option<String> {
    let org = &site.account.org;
    let path = format!("/api/0/organizations/{org}/eventids/{id}/");
    let (status, answer) = site.ask(connection, &path);
    match status {
        200 => Some(text(answer.get("groupId"))),
        404 => None,
        _ => panic!("{path}: {status} {answer}"),
    }
}

/// What the issue list says about each issue.
fn counts(site: &Site, connection: &mut Connection) -> BTreeMap<String, usize> {
    let (org, project) = (&site.account.org, &site.account.project);
    let path = format!("/api/0/projects/{org}/{project}/issues/?query=is:unresolved&limit=100");
    let (status, answer) = site.ask(connection, &path);
    assert_eq!(status, 200, "{path}: {answer}");
    let issues = answer.as_array().expect("a list of issues");
    let pairs = issues.iter().map(|issue| {
        let count = text(issue.get("count")).parse().expect("a count");
        (text(issue.get("id")), count)
    });
    pairs.collect()
}

/// Ids and counts come as numbers or as digits in a string.
pub(crate) fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => panic!("a field is missing"),
    }
}
