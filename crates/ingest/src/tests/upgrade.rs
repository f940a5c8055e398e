//! A new version of grouping over everything that real clients were recorded to send.

use std::fs;
use std::path::Path;

use serde_json::Value;
use watchpost_group::Grouper;
use watchpost_model::{
    Change, EventId, Grouped, Grouping, KeyId, ProjectId, Receipt, Timestamp, WireFormat,
};
use watchpost_protocol::event;
use watchpost_store::suite::{apply, project, temp_ledger};

/// The recorded events as a grouper sees them, with ids from `first_id`.
fn recorded(grouper: &Grouper, project: ProjectId, first_id: u128) -> Vec<Grouped> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let folders = fs::read_dir(fixtures).unwrap();
    let mut paths: Vec<_> = folders
        .filter_map(|folder| fs::read_dir(folder.unwrap().path()).ok())
        .flatten()
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    let recordings = paths.iter().filter_map(|path| {
        let recording: Value = serde_json::from_slice(&fs::read(path).unwrap()).ok()?;
        recording.get("event").map(|_| recording.clone())
    });
    let events = recordings.zip(first_id..).map(|(recording, id)| {
        let receipt = Receipt {
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
        };
        let json = recording["event"].to_string();
        let parsed = event::parse(&receipt, json.as_bytes()).unwrap();
        let mut grouped = grouper.event(watchpost_normalize::event(parsed, &receipt), &receipt);
        // Recordings repeat ids.
        grouped.event.event_id = EventId(id);
        grouped
    });
    events.collect()
}

fn version(version: u16) -> Grouper {
    let grouping = Grouping {
        version: Some(version),
        ..Grouping::default()
    };
    Grouper::new(&grouping).0
}

#[test]
fn an_upgrade_of_grouping_opens_no_issue_for_what_is_known() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    let file = |grouper: &Grouper, first_id| {
        let applied = apply(&*ledger, &recorded(grouper, web, first_id));
        let new = applied.iter().filter(|it| it.change == Change::New).count();
        let issues: Vec<_> = applied.iter().map(|it| it.issue).collect();
        (new, issues)
    };
    let (new, before) = file(&version(1), 1_000);
    assert!(new > 20, "only {new} issues recorded");
    let (new, after) = file(&version(2), 2_000);
    assert_eq!(new, 0);
    let moved = before
        .iter()
        .zip(&after)
        .filter(|(one, other)| one != other);
    // What version 1 split may go on in one of the halves.
    assert!(moved.count() <= 3, "{before:?}\n{after:?}");
    // From here on the keys of version 1 are not needed.
    let (new, again) = file(&version(2).without_previous(), 3_000);
    assert_eq!((new, again), (0, after));
}

#[test]
fn without_the_keys_of_before_all_of_it_would_be_new() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    apply(&*ledger, &recorded(&version(1), web, 1_000));
    let applied = apply(
        &*ledger,
        &recorded(&version(2).without_previous(), web, 2_000),
    );
    let new = applied.iter().filter(|it| it.change == Change::New).count();
    assert!(new > 10, "only {new} issues are new");
}
