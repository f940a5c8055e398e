//! `watchpost cleanup`: forgetting by age and logger, while the server runs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use serde_json::{Value, json};
use watchpost_model::{
    Event, EventId, Explanation, Grouped, GroupingHash, KeyId, Message, ProjectId, Timestamp,
};
use watchpost_store::sqlite::{SqliteArchive, SqliteLedger};
use watchpost_store::{Archive, ArchivedEvent, ClockWatch, Filing, IssueLedger, UpkeepLedger};

use crate::report;
use crate::server::{Site, json, printed, refusal};
use crate::work::issue_of;

const DAY: i64 = 24 * 3600;

/// Files an event that was received `days` ago, as the digest did then.
fn file(site: &Site, number: u8, logger: &str, days: i64, now: Timestamp) {
    let project = ProjectId(site.account.project_id.as_i64().unwrap());
    let title = format!("issue of {logger}, {days} days ago");
    let then = now.plus_secs(-days * DAY);
    let mut event = Event::empty(EventId(u128::from(number)), then);
    event.logger = Some(logger.to_owned());
    event.message = Some(Message {
        formatted: title.clone(),
        ..Message::default()
    });
    event.extra = noise(number);
    let grouped = Grouped {
        project,
        key: KeyId(1),
        event: event.clone(),
        hashes: vec![GroupingHash {
            version: 1,
            digest: [number; 16],
        }],
        previous: Vec::new(),
        explanation: Explanation::default(),
        title: title.clone(),
        kind: String::new(),
        value: title.clone(),
        culprit: String::new(),
    };
    let ledger = SqliteLedger::open(&site.data().join("ledger.sqlite")).unwrap();
    let applied = ledger.apply(&[Filing::new(grouped)], &[]).unwrap();
    let archive = SqliteArchive::open(&site.data().join("archive")).unwrap();
    let archived = ArchivedEvent {
        project,
        issue: applied[0].issue,
        event,
        title,
        explanation: Explanation::default(),
    };
    archive.append(&[archived]).unwrap();
}

/// What cannot be compressed and fills pages, so that forgetting it makes a file smaller.
fn noise(number: u8) -> serde_json::Map<String, Value> {
    let mut state = u64::from(number) + 1;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state
    };
    let words = (0..20_000).map(|_| (draw() >> 40).to_string());
    let text = words.collect::<Vec<_>>().concat();
    [("noise".to_owned(), Value::from(text))]
        .into_iter()
        .collect()
}

fn id(number: u8) -> String {
    format!("{number:032x}")
}

#[test]
fn old_issues_are_forgotten_by_age_and_logger() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let record = json!({"message": "now", "message_id": id(100), "logger": "http404"});
    let found = report::seed_and_find(&site, &server, &record);
    let now = found["event"]["dateReceived"].as_str().unwrap();
    let now = Timestamp::parse_rfc3339(now).unwrap();
    let old = [
        (1, "http404", 40),
        (2, "http404", 20),
        (3, "shop", 40),
        (4, "shop", 100),
    ];
    for (number, logger, days) in old {
        file(&site, number, logger, days, now);
    }
    let mut left = |site: &Site| -> Vec<u8> {
        let known = |number: &u8| issue_of(site, &mut connection, &id(*number)).is_some();
        [1, 2, 3, 4, 100].into_iter().filter(known).collect()
    };
    assert_eq!(left(&site), [1, 2, 3, 4, 100]);
    let clean = |arguments: &[&str]| -> Value {
        let reports = json(&site.run(&[&["cleanup", "--json"], arguments].concat()));
        assert_eq!(
            reports.as_array().unwrap().len(),
            1,
            "one project: {reports}"
        );
        reports[0].clone()
    };
    let report = clean(&["--days", "30", "--logger", "http404"]);
    let bytes = report["bytes"].as_u64().unwrap();
    assert!(bytes > 0, "{report}");
    let expect = json!({"project": "app", "issues": 1, "events": 1, "bytes": bytes});
    assert_eq!(report, expect);
    assert_eq!(left(&site), [2, 3, 4, 100]);
    let report = clean(&[]);
    assert_eq!(report["issues"], 1, "90 days unless told otherwise");
    assert_eq!(left(&site), [2, 3, 100]);
    let report = clean(&["--days", "30"]);
    assert_eq!(report["events"], 1);
    assert!(report["bytes"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(left(&site), [2, 100]);
    let report = clean(&["--days", "30"]);
    assert_eq!(
        (&report["events"], &report["bytes"]),
        (&json!(0), &json!(0))
    );
    // A project's own retention is what `cleanup` goes by.
    printed(&site.run(&["project", "set", "app", "--retention-days", "15"]));
    let said = printed(&site.run(&["cleanup"]));
    assert!(
        said.starts_with("app: forgot 1 issues and 1 events, "),
        "{said}"
    );
    assert_eq!(left(&site), [100]);
    let issues = site.tell(&mut server.connect(), &site.project_path("issues/"));
    assert_eq!(issues.as_array().unwrap().len(), 1, "{issues}");
    let why = refusal(&site.run(&["cleanup", "--days", "0"]));
    assert!(why.contains("would forget everything"), "{why}");
    // What was forgotten may come back as new.
    let record = json!({"message": "again", "message_id": id(4)});
    report::seed_and_find(&site, &server, &record);
}

#[test]
fn a_project_is_told_how_long_to_keep_its_events() {
    let site = Site::new();
    drop(site.start());
    let set = |arguments: &[&str]| {
        json(&site.run(&[&["project", "set", "app", "--json"], arguments].concat()))
    };
    let kept = |days: u32, bytes: Option<u64>| {
        json!({
            "project": "app", "retention_days": days, "retention_bytes": bytes,
            "scrub_data": true, "scrub_ip_addresses": false, "filter_localhost": false,
            "filter_web_crawlers": false, "filter_browser_extensions": false,
        })
    };
    assert_eq!(set(&[]), kept(90, None));
    let both = ["--retention-days", "30", "--retention-bytes", "10GB"];
    assert_eq!(set(&both), kept(30, Some(10_000_000_000)));
    assert_eq!(set(&[]), kept(30, Some(10_000_000_000)), "it is remembered");
    assert_eq!(
        set(&["--retention-days", "default"]),
        kept(90, Some(10_000_000_000))
    );
    assert_eq!(set(&["--retention-bytes", "default"]), kept(90, None));
    let why = refusal(&site.run(&["project", "set", "app", "--retention-days", "0"]));
    assert!(why.contains("choose 1 or more"), "{why}");
    let why = refusal(&site.run(&["project", "set", "app", "--retention-bytes", "much"]));
    assert!(why.contains("such as 10GB"), "{why}");
    let why = refusal(&site.run(&["project", "set", "none", "--retention-days", "3"]));
    assert!(why.contains("there is no project `none`"), "{why}");
}

#[test]
fn a_clean_up_tells_the_server_that_the_clock_is_right() {
    let site = Site::new();
    drop(site.start());
    let ledger = SqliteLedger::open(&site.data().join("ledger.sqlite")).unwrap();
    let (then, leapt) = (Timestamp::from_secs(0), Some(Timestamp::from_secs(1)));
    let held = ClockWatch {
        trusted: then,
        seen: then,
        leapt,
    };
    ledger.set_clock_watch(&held).unwrap();
    let checks = site.run(&["doctor"]);
    let said = String::from_utf8(checks.stdout).unwrap();
    assert!(
        said.contains("FAIL clock") && said.contains("watchpost cleanup"),
        "{said}"
    );
    site.run(&["cleanup", "--logger", "shop"]);
    assert_eq!(
        ledger.clock_watch().unwrap(),
        Some(held),
        "that was about one logger"
    );
    site.run(&["cleanup"]);
    let watch = ledger.clock_watch().unwrap().unwrap();
    assert_eq!(watch.leapt, None);
    assert!(watch.trusted > Timestamp::from_secs(1_700_000_000));
}
