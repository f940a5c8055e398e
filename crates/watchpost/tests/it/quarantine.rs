//! What an operator does about events that could not be digested, with and without a server.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::time::Duration;

use serde_json::{Value, json};

use crate::poll;
use crate::report;
use crate::server::{Site, json, printed, refusal};

/// A replay is picked up within a second; on a busy machine in some.
const REPLAY_LIMIT: Duration = Duration::from_secs(10);

const GOOD: &str = "0123456789abcdef0123456789abcdef";
const BAD: &str = "fedcba9876543210fedcba9876543210";

/// Puts an event into quarantine, as the first release wrote it.
fn put(site: &Site, number: u64, event: &str, body: &str) {
    let folder = site.data().join("quarantine");
    std::fs::create_dir_all(&folder).unwrap();
    let head = json!({
        "reason": "panicked: no\u{1b}[2J more", "stage": "group", "remarks": [],
        "receipt": {
            "project": 1, "key": 1, "event": event, "received": format!("2026-05-28T20:26:40.00000{number}Z"),
            "format": "event", "client_ip": null, "sdk": null, "user_agent": null,
        },
    });
    let name = format!("{}-{number}.event", 1_780_000_000_000_000 + number);
    std::fs::write(folder.join(name), format!("{head}\n{body}")).unwrap();
}

fn list(site: &Site, more: &[&str]) -> Vec<Value> {
    let rows = json(&site.run(&[&["quarantine", "list", "--json"], more].concat()));
    rows.as_array().unwrap().clone()
}

fn fill(site: &Site) {
    put(
        site,
        1,
        GOOD,
        &json!({"event_id": GOOD, "message": "cured"}).to_string(),
    );
    put(site, 2, BAD, "[]");
}

#[test]
fn entries_are_listed_shown_replayed_and_dropped_beside_a_server() {
    let site = Site::new();
    assert_eq!(
        printed(&site.run(&["quarantine", "list"])),
        "the quarantine is empty\n"
    );
    fill(&site);
    let server = site.start();
    let mut connection = server.connect();
    let rows = list(&site, &[]);
    assert_eq!(
        (rows[0]["event"].as_str(), rows[1]["event"].as_str()),
        (Some(BAD), Some(GOOD))
    );
    assert_eq!(
        (rows[0]["stage"].as_str(), rows[0]["tries"].as_u64()),
        (Some("group"), Some(1))
    );
    assert_eq!(list(&site, &["--stage", "parse"]), [] as [Value; 0]);
    assert_eq!(list(&site, &["--project", "app"]).len(), 2);
    let id = rows[0]["id"].as_str().unwrap();
    let shown = printed(&site.run(&["quarantine", "show", id]));
    assert!(
        shown.ends_with("\n[]\n") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    let shown = json(&site.run(&["quarantine", "show", id, "--json"]));
    assert_eq!(
        (shown["raw"].as_str(), shown["receipt"]["project"].as_i64()),
        (Some("[]"), Some(1))
    );
    let done = json(&site.run(&["quarantine", "replay", "--all", "--json"]));
    assert_eq!(done, json!({"done": 2, "left": 0}));
    let found = report::find(&site, &mut connection, GOOD);
    assert_eq!(found["event"]["message"], "cured");
    let rows = poll::until("the bad one is back", REPLAY_LIMIT, || {
        let rows = list(&site, &[]);
        (rows.len() == 1 && rows[0]["marked"] == false).then_some(rows)
    });
    assert_eq!(
        (rows[0]["event"].as_str(), rows[0]["stage"].as_str()),
        (Some(BAD), Some("parse"))
    );
    assert_eq!(rows[0]["tries"], 2);
    let log = std::fs::read_to_string(site.path("server.log")).unwrap();
    assert!(log.contains("`watchpost quarantine show` has"), "{log}");
    poll::until("the alarm is raised", REPLAY_LIMIT, || {
        let metrics = connection.get("/metrics", &site.account.token).unwrap();
        let alarm = r#"watchpost_alarm{name="quarantined"} 1"#;
        metrics.text().contains(alarm).then_some(())
    });
    let id = rows[0]["id"].as_str().unwrap();
    assert_eq!(
        printed(&site.run(&["quarantine", "drop", id])),
        "1 entries dropped\n"
    );
    let why = refusal(&site.run(&["quarantine", "drop", id]));
    assert!(why.contains("cannot be dropped"), "{why}");
    let why = refusal(&site.run(&["quarantine", "show", "../lock"]));
    assert!(why.contains("is no entry"), "{why}");
    assert_eq!(list(&site, &[]), [] as [Value; 0]);
}

#[test]
fn a_mark_without_a_server_is_heeded_at_the_next_start() {
    let site = Site::new();
    fill(&site);
    let rows = list(&site, &[]);
    let id = rows[1]["id"].as_str().unwrap();
    assert_eq!(
        printed(&site.run(&["quarantine", "replay", id])),
        "1 entries marked\n"
    );
    assert_eq!(list(&site, &[])[1]["marked"], true);
    let server = site.start();
    let found = report::find(&site, &mut server.connect(), GOOD);
    assert_eq!(found["event"]["message"], "cured");
    let left = poll::until("it is gone", REPLAY_LIMIT, || {
        let rows = list(&site, &[]);
        (rows.len() == 1).then_some(rows)
    });
    assert_eq!(left[0]["event"], BAD, "the other one stays as it is");
}
