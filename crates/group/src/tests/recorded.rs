//! Recorded events of real clients, all the way: parse, normalize, group.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use watchpost_model::{Component, Grouped, Grouping, WireFormat};

use super::{receipt, version};
use crate::Grouper;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

fn read<T: for<'de> Deserialize<'de>>(path: &str) -> T {
    let text = fs::read_to_string(fixtures().join(path)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A seed record from its door to its group.
fn digest_seed(record: &Value) -> Grouped {
    digest(&json!({"format": "seed"}), record)
}

/// `record`, received as `recording` was, from its door to its group.
pub(super) fn digest(recording: &Value, record: &Value) -> Grouped {
    digest_by(&Grouper::new(&Grouping::default()).0, recording, record)
}

/// The same by other rules.
pub(super) fn digest_by(grouper: &Grouper, recording: &Value, record: &Value) -> Grouped {
    let mut receipt = receipt(match recording["format"].as_str() {
        Some("seed") => WireFormat::Seed,
        _ => WireFormat::Event,
    });
    receipt.sdk = recording["sdk"].as_str().map(str::to_owned);
    let json = record.to_string();
    let event = watchpost_protocol::event::parse(&receipt, json.as_bytes()).unwrap();
    grouper.event(watchpost_normalize::event(event, &receipt), &receipt)
}

#[derive(Deserialize)]
struct Request {
    case: String,
    record: Value,
}

#[derive(Deserialize)]
struct Expected {
    groups: Vec<Value>,
    messages: Vec<ExpectedMessage>,
}

#[derive(Deserialize)]
struct ExpectedMessage {
    group: usize,
    view: Option<String>,
    level: i64,
    logger: String,
    message: String,
}

#[test]
fn events_of_django_sentry_1_7_1_are_grouped_as_its_server_did() {
    let requests: Vec<Request> = read("django-sentry-1.7.1/requests.json");
    let expected: Expected = read("django-sentry-1.7.1/expected.json");
    assert_eq!((requests.len(), expected.messages.len()), (25, 25));
    let mut issues: BTreeMap<usize, BTreeSet<_>> = BTreeMap::new();
    for (request, expect) in requests.iter().zip(&expected.messages) {
        let got = digest_seed(&request.record);
        let seed = got.event.seed.as_ref().unwrap();
        let found = (seed.level, &*seed.message, got.event.logger.as_deref());
        let wanted = (expect.level, &*expect.message, Some(&*expect.logger));
        assert_eq!(found, wanted, "{}", request.case);
        assert_eq!(got.event.culprit, expect.view, "{}", request.case);
        assert_eq!(got.event.remarks, [], "{}", request.case);
        issues.entry(expect.group).or_default().insert(got.hashes);
    }
    for (group, hashes) in &issues {
        assert_eq!(hashes.len(), 1, "group {group} is one issue");
    }
    let all: BTreeSet<_> = issues.values().flatten().collect();
    assert_eq!(all.len(), expected.groups.len(), "and no two groups are");
}

#[test]
fn checksums_are_those_of_the_original_server() {
    #[derive(Deserialize)]
    struct Vector {
        checksum: String,
        r#in: Value,
    }
    let requests: Vec<Request> = read("django-sentry-1.7.1/requests.json");
    let expected: Value = read("django-sentry-1.7.1/expected.json");
    for (request, expect) in requests
        .iter()
        .zip(expected["messages"].as_array().unwrap())
    {
        let record = &request.record;
        let checksum = record["checksum"]
            .as_str()
            .map_or_else(|| checksum_of(record), Into::into);
        assert_eq!(
            Some(&*checksum),
            expect["checksum"].as_str(),
            "{}",
            request.case
        );
    }
    let vectors: Vec<Vector> = read("seed/checksum-vectors.json");
    assert_eq!(vectors.len(), 19);
    for vector in vectors {
        assert_eq!(
            checksum_of(&vector.r#in),
            vector.checksum,
            "{}",
            vector.r#in
        );
    }
}

/// As a server computes it: the record is read first.
fn checksum_of(record: &Value) -> String {
    let event = digest_seed(record).event;
    let seed = event.seed.unwrap();
    let (class, traceback) = (seed.class_name.as_deref(), seed.traceback.as_deref());
    crate::seed_checksum(seed.level, class, traceback, &seed.message)
}

/// The recorded events by `client/case`, each with the circumstances of its arrival.
pub(super) fn recordings() -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for client in fs::read_dir(fixtures()).unwrap() {
        let Ok(cases) = fs::read_dir(client.unwrap().path()) else {
            continue;
        };
        for path in cases.map(|case| case.unwrap().path()) {
            let bytes = fs::read(&path).unwrap();
            let Ok(recording) = serde_json::from_slice::<Value>(&bytes) else {
                continue;
            };
            if recording.get("event").is_some() {
                let name = path.strip_prefix(fixtures()).unwrap().with_extension("");
                found.insert(name.to_string_lossy().into_owned(), recording);
            }
        }
    }
    found
}

/// Title, place and explanation of every recording, in one file that people can read.
#[test]
fn recorded_events_of_real_clients_are_called_and_grouped_as_expected() {
    compare("grouped.expect.txt", &version(2));
}

#[test]
fn version_1_groups_what_was_recorded_as_it_always_did() {
    compare("grouped-v1.expect.txt", &version(1));
}

fn compare(file: &str, grouper: &Grouper) {
    let mut text = String::new();
    for (name, recording) in recordings() {
        let got = digest_by(grouper, &recording, &recording["event"]);
        writeln!(text, "{name}\n  {} | {}", got.title, got.culprit).unwrap();
        let why = &got.explanation;
        let named: Vec<_> = why.keys().collect();
        assert_eq!(
            named, got.hashes,
            "{name}: it can leave its issue by any key"
        );
        // Those of version 1 have lines only.
        for variant in why.variants.iter().filter(|_| !why.strategy.is_empty()) {
            writeln!(text, "    {}, {}:", why.strategy, variant.name).unwrap();
            list(&variant.components, 3, &mut text);
        }
        for line in &why.notes {
            writeln!(text, "    {line}").unwrap();
        }
        // What is stored: were one to change, the issues that own it would get no more events.
        for hash in &got.hashes {
            writeln!(text, "    = {}:{}", hash.version, hash.hex()).unwrap();
        }
        for remark in &got.event.remarks {
            writeln!(text, "  ! {}: {}", remark.path, remark.reason).unwrap();
        }
    }
    let path = fixtures().join(file);
    let new = fixtures().join(format!("{file}.new"));
    if fs::read_to_string(&path).unwrap_or_default() == text {
        let _ = fs::remove_file(new);
        return;
    }
    fs::write(&new, text).unwrap();
    panic!(
        "{} differs; look at {} and move it there",
        path.display(),
        new.display()
    );
}

fn list(components: &[Component], depth: usize, text: &mut String) {
    for part in components {
        let mark = if part.contributes { "+" } else { "-" };
        let values = part.values.join(" | ");
        let hint = part.hint.as_ref().map(|hint| format!(" ({hint})"));
        let (name, hint) = (&part.name, hint.unwrap_or_default());
        writeln!(text, "{:1$}{mark} {name}: {values}{hint}", "", depth * 2).unwrap();
        list(&part.components, depth + 1, text);
    }
}
