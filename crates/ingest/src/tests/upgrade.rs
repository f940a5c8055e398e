//! A new version of grouping over everything that real clients were recorded to send.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use serde_json::{Value, json};
use watchpost_group::{Grouper, VERSION_CURRENT, VERSION_FIRST};
use watchpost_model::{
    Change, EventId, Grouped, Grouping, IssueId, KeyId, ProjectId, Receipt, Rules, Timestamp,
    WireFormat,
};
use watchpost_protocol::event;
use watchpost_store::sqlite::SqliteLedger;
use watchpost_store::suite::{Temp, apply, project, temp_ledger};

use crate::digest::{Book, Recipe};
use crate::spool::Record;

/// Real clients' events, and some whose first key is made of what is hidden since.
fn recordings() -> Vec<Value> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let folders = fs::read_dir(fixtures).unwrap();
    let mut paths: Vec<_> = folders
        .filter_map(|folder| fs::read_dir(folder.unwrap().path()).ok())
        .flatten()
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    let files = paths.iter().filter_map(|path| {
        let recording: Value = serde_json::from_slice(&fs::read(path).unwrap()).ok()?;
        recording.get("event").is_some().then_some(recording)
    });
    let secret = "no room for 4111 1111 1111 1111";
    let secrets = [
        json!({"event": {"message": secret}}),
        json!({"event": {"message": secret, "fingerprint": ["{{ tags.os.name }}", secret],
            "contexts": {"os": {"name": "Linux"}}}}),
        json!({"format": "seed", "event": {"level": 40, "message": secret, "view": "a"}}),
    ];
    files.chain(secrets).collect()
}

/// The recordings as accepted events, with ids from `first_id`.
fn records(project: ProjectId, first_id: u128) -> Vec<Record> {
    let records = recordings().into_iter().zip(first_id..);
    let records = records.map(|(recording, id)| Record {
        receipt: Receipt {
            project,
            key: KeyId(1),
            event: EventId(id),
            received: Timestamp::from_secs(1_763_800_000),
            format: match recording["format"].as_str() {
                Some("seed") => WireFormat::Seed,
                _ => WireFormat::Event,
            },
            client_ip: None,
            sdk: recording["sdk"].as_str().map(str::to_owned),
            user_agent: None,
            sent_at: None,
        },
        body: Bytes::from(recording["event"].to_string()),
        remarks: Vec::new(),
    });
    records.collect()
}

/// A project, whose events are filed by several versions.
struct Transition {
    ledger: Temp<SqliteLedger>,
    project: ProjectId,
    next_id: u128,
}

impl Transition {
    fn new() -> Self {
        let ledger = temp_ledger();
        let project = project(&*ledger, "web").id;
        Self {
            ledger,
            project,
            next_id: 1_000,
        }
    }

    /// Files all recordings as `cook` makes them. How many issues are new, and where each went.
    fn file(&mut self, cook: impl Fn(&Record) -> Grouped) -> (usize, Vec<IssueId>) {
        let records = records(self.project, self.next_id);
        self.next_id += 1_000;
        let cooked = records.iter().map(|record| {
            let mut grouped = cook(record);
            // Recordings repeat ids.
            grouped.event.event_id = record.receipt.event;
            grouped
        });
        let applied = apply(&*self.ledger, &cooked.collect::<Vec<_>>());
        let new = applied.iter().filter(|it| it.change == Change::New).count();
        (new, applied.iter().map(|it| it.issue).collect())
    }

    /// As this build files them.
    fn file_by(&mut self, version: u16, previous: u16) -> (usize, Vec<IssueId>) {
        let rules = Rules {
            grouping: Grouping {
                version: Some(version),
                previous: Some(previous),
                ..Grouping::default()
            },
            ..Rules::default()
        };
        let book = Book::of_all(rules);
        self.file(|record| *Recipe::USUAL.cook_anyway(record, &book).unwrap())
    }
}

/// The first release hid nothing.
fn as_in_first_release(record: &Record) -> Grouped {
    let grouping = Grouping {
        version: Some(VERSION_FIRST),
        ..Grouping::default()
    };
    let grouper = Grouper::new(&grouping).0.without_previous();
    let receipt = &record.receipt;
    let parsed = event::parse(receipt, &record.body).unwrap();
    let whole = watchpost_normalize::tag(watchpost_normalize::event(parsed, receipt));
    grouper.event(whole, receipt)
}

#[test]
fn an_upgrade_of_grouping_opens_no_issue_for_what_is_known() {
    let mut web = Transition::new();
    let (new, before) = web.file(as_in_first_release);
    assert!(new > 20, "only {new} issues recorded");
    let (new, after) = web.file_by(VERSION_CURRENT, VERSION_FIRST);
    assert_eq!(new, 0);
    let moved = before
        .iter()
        .zip(&after)
        .filter(|(one, other)| one != other);
    // What version 1 split may go on in one of the halves.
    assert!(moved.count() <= 3, "{before:?}\n{after:?}");
    // From here on the keys of version 1 are not needed.
    let again = web.file_by(VERSION_CURRENT, VERSION_CURRENT);
    assert_eq!(again, (0, after));
}

/// Who stays with the first version has the keys that the first release gave.
#[test]
fn a_project_that_is_kept_at_version_1_goes_on() {
    let mut web = Transition::new();
    let (_, before) = web.file(as_in_first_release);
    let kept = web.file_by(VERSION_FIRST, VERSION_FIRST);
    assert_eq!(kept, (0, before));
    let (new, _) = web.file_by(VERSION_CURRENT, VERSION_FIRST);
    assert_eq!(new, 0, "it may still be upgraded");
}

#[test]
fn who_goes_back_to_version_1_keeps_the_issues_of_version_2() {
    let mut web = Transition::new();
    let (new, before) = web.file_by(VERSION_CURRENT, VERSION_CURRENT);
    assert!(new > 20, "only {new} issues recorded");
    let (new, _) = web.file_by(VERSION_FIRST, VERSION_CURRENT);
    assert_eq!(new, 0);
    let (new, again) = web.file_by(VERSION_CURRENT, VERSION_FIRST);
    assert_eq!((new, again), (0, before));
}

#[test]
fn without_the_keys_of_before_all_of_it_would_be_new() {
    let mut web = Transition::new();
    web.file(as_in_first_release);
    let (new, _) = web.file_by(VERSION_CURRENT, VERSION_CURRENT);
    assert!(new > 10, "only {new} issues are new");
}

/// The keys are made of it; what people read is not.
#[test]
fn the_reasons_of_version_1_say_nothing_that_is_hidden() {
    let rules = Rules {
        grouping: Grouping {
            version: Some(VERSION_FIRST),
            ..Grouping::default()
        },
        ..Rules::default()
    };
    let book = Book::of_all(rules);
    for record in records(ProjectId(1), 1) {
        let grouped = Recipe::USUAL.cook_anyway(&record, &book).unwrap();
        let told = format!("{:?} {}", grouped.explanation, grouped.title);
        assert!(!told.contains("4111"), "{told}");
        let named: Vec<_> = grouped.explanation.keys().collect();
        assert_eq!(named, grouped.hashes);
    }
}
