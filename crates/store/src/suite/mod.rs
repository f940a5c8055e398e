//! What every engine must do, whatever is below: a rule is added here once and binds them all.
//!
//! An engine runs a suite with one line in its tests: `ledger_suite!(sqlite, temp_ledger());`.
//! Cases have ids of the threat list. Other rooms test on [`temp_ledger`] and its sisters.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a suite is test code"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use watchpost_model::{
    Applied, Change, Event, EventId, Explanation, Grouped, GroupingHash, Issue, IssueId, KeyId,
    Message, Project, ProjectId, Request, Timestamp,
};

use crate::files::FileBlobs;
use crate::sqlite::{ArchiveOptions, SqliteArchive, SqliteLedger};
use crate::{ArchivedEvent, Cleanup, Filing, IssueQuery, Ledger, NewProject, StoreError};

pub mod archive;
pub mod belonging;
pub mod blobs;
mod cases;
pub mod counting;
pub mod exploring;
pub mod exploring_saved;
pub mod filing;
pub mod finding;
pub mod joining;
pub mod keeping;
pub mod leaving;
pub mod listing;
pub mod living;
pub mod merging;
pub mod outside;
pub mod owning;
pub mod parting;
pub mod parts;
pub mod people;
pub mod projects;
pub mod releases;
pub mod renaming;
pub mod rules;
pub mod saving;
pub mod scoping;
pub mod searching;
pub mod settling;
pub mod splitting;
mod temp;
pub mod trashing;
pub mod undoing;
pub mod upkeep;

pub use self::temp::Temp;

/// An empty ledger.
pub fn temp_ledger() -> Temp<SqliteLedger> {
    Temp::new(|dir| SqliteLedger::open(&dir.join("ledger.sqlite")))
}

/// An empty archive.
pub fn temp_archive() -> Temp<SqliteArchive> {
    Temp::new(|dir| SqliteArchive::open(&dir.join("archive")))
}

/// An empty archive whose partitions end after a few events.
pub fn temp_archive_in_parts() -> Temp<SqliteArchive> {
    let options = ArchiveOptions {
        event_count_max: 3,
        ..ArchiveOptions::default()
    };
    Temp::new(|dir| SqliteArchive::open_with(&dir.join("archive"), options))
}

/// An empty place for blobs.
pub fn temp_blobs() -> Temp<FileBlobs> {
    Temp::new(FileBlobs::open)
}

/// A moment, in seconds since the epoch.
pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

/// A new project `slug` in the organization `acme`, which is made if it is missing.
pub fn project(ledger: &dyn Ledger, slug: &str) -> Project {
    let org = ledger.org("acme").expect("a healthy ledger");
    let org = org.unwrap_or_else(|| {
        let made = ledger.create_org("acme", "Acme", at(0));
        made.expect("a new organization")
    });
    let new = NewProject {
        org: org.id,
        slug,
        name: slug,
        platform: None,
    };
    ledger.create_project(&new, at(0)).expect("a new project")
}

/// A grouping key made of any text.
pub fn hash(name: &str) -> GroupingHash {
    let digest = Sha256::digest(name.as_bytes());
    let mut half = [0; 16];
    half.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    GroupingHash {
        version: 1,
        digest: half,
    }
}

/// An event ready to be filed: its one key and its title are `name`, it happened and was received
/// at second `secs`.
pub fn grouped(project: ProjectId, event: u128, name: &str, secs: i64) -> Grouped {
    let mut body = Event::empty(EventId(event), at(secs));
    body.message = Some(Message {
        formatted: name.to_owned(),
        ..Message::default()
    });
    Grouped {
        project,
        key: KeyId(1),
        event: body,
        hashes: vec![hash(name)],
        previous: Vec::new(),
        explanation: Explanation::of_lines(0, vec![format!("message: {name}")]),
        title: name.to_owned(),
        kind: String::new(),
        value: name.to_owned(),
        culprit: String::new(),
    }
}

/// The same event, filed under `issue` and ready to be kept.
pub fn archived(issue: IssueId, grouped: Grouped) -> ArchivedEvent {
    ArchivedEvent {
        project: grouped.project,
        issue,
        event: grouped.event,
        title: grouped.title,
        explanation: grouped.explanation,
    }
}

/// Events as the next records of the spool, none of which the archive knows.
pub fn filings(batch: &[Grouped]) -> Vec<Filing> {
    static SPOOLED: AtomicU64 = AtomicU64::new(1);
    let filing = |grouped: &Grouped| Filing {
        spooled: Some(SPOOLED.fetch_add(1, Ordering::Relaxed)),
        ..Filing::new(grouped.clone())
    };
    batch.iter().map(filing).collect()
}

/// Files a batch; the answers.
pub fn apply(ledger: &dyn Ledger, batch: &[Grouped]) -> Vec<Applied> {
    let applied = ledger.apply(&filings(batch), &[]);
    applied.expect("a healthy ledger files")
}

/// Files one event; the answer.
pub fn apply_one(ledger: &dyn Ledger, grouped: Grouped) -> Applied {
    let mut applied = apply(ledger, &[grouped]);
    assert_eq!(applied.len(), 1, "one answer per event");
    applied.remove(0)
}

/// What the answers say became of the events.
fn changes(applied: &[Applied]) -> Vec<Change> {
    applied.iter().map(|applied| applied.change).collect()
}

/// What a refusal says.
fn message<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    result.expect_err("a refusal").to_string()
}

/// Forgets what a project last saw before second `before`; the forgotten issues in order.
fn forget(
    ledger: &dyn Ledger,
    project: ProjectId,
    before: i64,
    logger: Option<&str>,
) -> Vec<IssueId> {
    let what = Cleanup {
        project,
        before: at(before),
        logger,
    };
    let mut issues = ledger.cleanup(&what).expect("a healthy ledger").issues;
    issues.sort();
    issues
}

/// Gives an event a value in every field that is listed and counted, but for its user.
fn fill(event: &mut Event) {
    event.logger = Some("shop".to_owned());
    event.server_name = Some("web-1".to_owned());
    event.site = Some("shop.example".to_owned());
    event.release = Some("2.4.1".to_owned());
    event.environment = Some("production".to_owned());
    event.request = Some(Request {
        url: Some("http://shop.example/cart".to_owned()),
        ..Request::default()
    });
}

/// An issue that is there.
pub fn issue(ledger: &dyn Ledger, project: ProjectId, id: IssueId) -> Issue {
    let issue = ledger.issue(project, id).expect("a healthy ledger");
    issue.expect("the issue is there")
}

/// Up to 100 issues of a project, the latest event first.
pub fn all(ledger: &dyn Ledger, project: ProjectId) -> Vec<Issue> {
    let query = IssueQuery {
        limit: 100,
        ..IssueQuery::all(project)
    };
    ledger.find_issues(&query).expect("a healthy ledger").rows
}
