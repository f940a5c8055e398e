//! The rules of a project end to end: set from outside, in force for the next event, and nothing
//! that is hidden or filtered is in any file.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use watchpost_model::{Outcome, ProjectId, Timestamp};
use watchpost_store::RulesLedger;
use watchpost_store::sqlite::SqliteLedger;

use crate::http::{Answer, Connection};
use crate::report;
use crate::server::{Site, printed, refusal};
use crate::work;

/// A secret that only a rule of the project finds, and one that everybody hides.
const OWN_SECRET: &str = "Jabberwock4711";
const USUAL_SECRET: &str = "hunter2-Bandersnatch";

fn put(site: &Site, connection: &mut Connection, rules: &Value) -> Answer {
    let token = format!("Authorization: Bearer {}\r\n", site.account.token);
    let path = site.project_path("");
    let body = rules.to_string();
    let answer = connection.exchange("PUT", &path, &token, body.as_bytes());
    answer.unwrap()
}

fn send(site: &Site, connection: &mut Connection, event: &Value) {
    let path = site.account.store_path();
    let answer = connection
        .post(&path, event.to_string().as_bytes())
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Files below `dir` that hold `word`, but for what waits to be digested.
fn holding(dir: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("spool") {
                found.extend(holding(&path, word));
            }
            continue;
        }
        let bytes = fs::read(&path).unwrap_or_default();
        if bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// An error with both secrets in it.
fn snark(id: &str, value: &str) -> Value {
    json!({
        "event_id": id,
        "exception": {"values": [{"type": "Snark", "value": value}]},
        "extra": {"vorpal": OWN_SECRET, "password": USUAL_SECRET, "plain": "visible-marker"},
    })
}

#[test]
fn what_is_hidden_or_filtered_is_in_no_file() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let rules = json!({
        "sensitiveFields": ["vorpal"],
        "fingerprintingRules": "error.type:Snark -> boojum",
        "options": {"filters:error_messages": "*slithy*"},
    });
    let answer = put(&site, &mut connection, &rules);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (first, second, unwanted) = ("1".repeat(32), "2".repeat(32), "3".repeat(32));
    send(&site, &mut connection, &snark(&first, "one kind"));
    send(
        &site,
        &mut connection,
        &snark(&second, "visible-kind-of-its-own"),
    );
    let event = json!({
        "event_id": unwanted,
        "message": format!("slithy password={USUAL_SECRET}"),
        "extra": {"vorpal": OWN_SECRET},
    });
    send(&site, &mut connection, &event);
    let stored = report::find(&site, &mut connection, &first);
    assert_eq!(
        stored["event"]["context"]["plain"], "visible-marker",
        "{stored}"
    );
    let text = stored.to_string();
    assert!(
        !text.contains(OWN_SECRET) && !text.contains(USUAL_SECRET),
        "{text}"
    );
    let other = report::find(&site, &mut connection, &second);
    assert_eq!(
        stored["groupId"], other["groupId"],
        "the fingerprint rule joins them"
    );
    work::settle(&site, &mut connection);
    let missing = site.org_path(&format!("eventids/{unwanted}/"));
    assert_eq!(site.ask(&mut connection, &missing).0, 404);
    drop(connection);
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    assert_eq!(work::ended(&site, Outcome::Filtered), 1);
    assert_eq!(
        work::ended(&site, Outcome::Accepted),
        3,
        "with the last one"
    );
    let ledger = SqliteLedger::open(&site.data().join("ledger.sqlite")).unwrap();
    let project = ProjectId(site.account.project_id.as_i64().unwrap());
    let sample = ledger
        .filtered_events(project, Timestamp::default())
        .unwrap();
    assert_eq!((sample.len(), &*sample[0].pattern), (1, "*slithy*"));
    assert!(sample[0].glimpse.title.starts_with("slithy"));
    drop(ledger);
    assert!(
        !holding(&site.data(), "slithy").is_empty(),
        "the search can find something"
    );
    for secret in [OWN_SECRET, USUAL_SECRET] {
        assert_eq!(holding(&site.data(), secret), Vec::<String>::new());
    }
}

#[test]
fn rules_are_carried_from_one_project_to_another_as_a_file() {
    let site = Site::new();
    drop(site.start());
    printed(&site.run(&["project", "create", "other"]));
    printed(&site.run(&["project", "set", "app", "--filter-localhost", "on"]));
    let text = printed(&site.run(&["project", "rules", "export", "app"]));
    assert!(text.contains("localhost = true"), "{text}");
    let file = site.path("rules.toml");
    fs::write(&file, &text).unwrap();
    let file = file.to_str().unwrap();
    let said = printed(&site.run(&["project", "rules", "import", "other", file]));
    assert!(said.contains("next event"), "{said}");
    let said = printed(&site.run(&["project", "rules", "import", "other", file]));
    assert!(said.contains("nothing to change"), "{said}");
    let other = printed(&site.run(&["project", "rules", "export", "other"]));
    assert_eq!(other, text);
    fs::write(
        file,
        "[filters]\nreleases = [\"[\"]\nip_addresses = [\"x\"]\n",
    )
    .unwrap();
    let why = refusal(&site.run(&["project", "rules", "import", "other", file]));
    assert!(
        why.contains("Releases, line 1") && why.contains("IP addresses, line 1"),
        "{why}"
    );
    let kept = printed(&site.run(&["project", "rules", "export", "other"]));
    assert_eq!(kept, text, "nothing was changed");
    fs::write(file, "[filter]\n").unwrap();
    let why = refusal(&site.run(&["project", "rules", "import", "other", file]));
    assert!(why.contains("no rule `filter`"), "{why}");
}
