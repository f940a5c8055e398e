//! What an operator does on the command line while the server runs: projects, keys, people, test
//! events, and a look at its health.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::io::Write;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::{Browser, Form, PASSWORD};
use crate::poll;
use crate::report;
use crate::server::{Home, Server, Site, json, printed, refusal};

/// A running server notices a changed key in about a second; on a busy machine in two.
const NOTICE_LIMIT: Duration = Duration::from_secs(4);

/// Runs the binary with something on its standard input.
fn run_with(home: &Home, arguments: &[&str], input: &str) -> Output {
    let mut command = home.command(arguments);
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// Creates somebody who can sign in.
pub(crate) fn create_user(home: &Home, email: &str, password: &str) {
    let input = format!("{password}\n");
    let out = printed(&run_with(home, &["user", "create", email], &input));
    assert_eq!(out, format!("created {email}\n"));
}

fn send_event(site: &Site, server: &Server, arguments: &[&str]) -> Output {
    let listen = server.address.trim_start_matches("http://");
    let mut command = site.command(&[&["send-event", "--json"], arguments].concat());
    command.env("WATCHPOST_LISTEN", listen);
    command.output().unwrap()
}

#[test]
fn send_event_arrives_in_both_protocols() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let dsn = site.account.dsn_at(&server.address);
    let facts = [
        "--level",
        "warning",
        "--logger",
        "ops",
        "--tag",
        "job=nightly",
    ];
    for how in [&["--seed"][..], &[], &["--dsn", &dsn]] {
        let message = format!("hello {}", how.len());
        let sent = json(&send_event(
            &site,
            &server,
            &[how, &facts, &[&message]].concat(),
        ));
        let id = sent["id"].as_str().unwrap();
        let event = report::find(&site, &mut connection, id)["event"].take();
        assert_eq!(event["message"], message);
        let tags = event["tags"].as_array().unwrap();
        let has = |key: &str, value: &str| tags.contains(&json!({"key": key, "value": value}));
        assert!(has("level", "warning"), "{how:?}: {event}");
        assert!(has("logger", "ops"), "{how:?}: {event}");
        assert!(event.to_string().contains("nightly"), "{how:?}: {event}");
    }
}

#[test]
fn send_event_says_why_it_failed() {
    let site = Site::new();
    let server = site.start();
    let wrong = site.account.dsn_at(&server.address);
    let wrong = wrong.replace(site.account.key(), &"0".repeat(32));
    let why = refusal(&send_event(&site, &server, &["--dsn", &wrong]));
    assert!(why.contains("403"), "{why}");
    let why = refusal(&send_event(&site, &server, &["--dsn", "nonsense"]));
    assert!(why.contains("no http:// or https://"), "{why}");
    let why = refusal(&send_event(&site, &server, &["--level", "loud"]));
    assert!(why.contains("`loud` is no level"), "{why}");
    let why = refusal(&send_event(&site, &server, &["--tag", "x"]));
    assert!(why.contains("KEY=VALUE"), "{why}");
    let address = server.address.clone();
    server.kill_9();
    let mut command = site.command(&["send-event"]);
    command.env("WATCHPOST_LISTEN", address.trim_start_matches("http://"));
    let why = refusal(&command.output().unwrap());
    assert!(why.contains("not accepted"), "{why}");
}

#[test]
fn projects_are_created_listed_and_asked_for() {
    let site = Site::new();
    let server = site.start();
    let create = [
        "project",
        "create",
        "Mobile App",
        "--platform",
        "swift",
        "--json",
    ];
    let made = json(&site.run(&create));
    assert_eq!(made["project"], "mobile-app");
    let again = refusal(&site.run(&create));
    assert!(again.contains("mobile-app"), "{again}");
    let rows = json(&site.run(&["project", "list", "--json"]));
    let slugs = rows.as_array().unwrap().iter().map(|row| &row["project"]);
    assert_eq!(slugs.collect::<Vec<_>>(), ["app", "mobile-app"]);
    let why = refusal(&site.run(&["project", "create", " "]));
    assert!(why.contains("a name has"), "{why}");
    // Its key works on the running server, at once or within a second.
    let dsn = made["dsn"].as_str().unwrap();
    let (_, rest) = dsn.split_once("://").unwrap();
    let (key, _) = rest.split_once('@').unwrap();
    let path = format!(
        "/api/{}/store/?sentry_version=7&sentry_key={key}",
        made["project_id"]
    );
    let mut connection = server.connect();
    poll::until("the new key works", NOTICE_LIMIT, || {
        let answer = connection.post(&path, br#"{"message": "mobile"}"#).unwrap();
        (answer.status == 200).then_some(())
    });
    // With two projects one has to say which, and is told the choice.
    let why = refusal(&site.run(&["issues"]));
    assert!(why.contains("app") && why.contains("mobile-app"), "{why}");
    let issues = ["issues", "--project", "mobile-app", "--json"];
    poll::until("the event is an issue", NOTICE_LIMIT, || {
        let rows = json(&site.run(&issues));
        (rows[0]["title"] == "mobile").then_some(())
    });
    assert_eq!(
        json(&site.run(&["issues", "--project", "1", "--json"])),
        json!([])
    );
    let why = refusal(&site.run(&["issues", "--project", "web"]));
    assert!(why.contains("there is no project `web`"), "{why}");
}

#[test]
fn a_disabled_key_is_refused_by_the_running_server() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let path = site.account.store_path();
    let mut status = || {
        connection
            .post(&path, br#"{"message": "x"}"#)
            .unwrap()
            .status
    };
    assert_eq!(status(), 200);
    let made = json(&site.run(&["key", "create", "--label", "spare", "--json"]));
    assert_eq!(made[0]["label"], "spare");
    let public = site.account.key();
    for (verb, expect) in [("disable", 403), ("enable", 200)] {
        let out = printed(&site.run(&["key", verb, public]));
        assert!(out.contains(public), "{out}");
        let start = Instant::now();
        poll::until("the key is switched", NOTICE_LIMIT, || {
            (status() == expect).then_some(())
        });
        println!("key {verb} noticed after {:?}", start.elapsed());
        let rows = json(&site.run(&["key", "list", "--json"]));
        assert_eq!(rows[0]["active"], expect == 200, "{rows}");
        assert_eq!(rows[1]["active"], true, "{rows}");
    }
    let data = report::packed(br#"{"message": "y"}"#);
    let mut connection = server.connect();
    let spare = made[0]["store_key"].as_str().unwrap();
    poll::until("the spare key works", NOTICE_LIMIT, || {
        let answer = report::form(&mut connection, "/store/", spare, "json", &data);
        (answer.status == 200).then_some(())
    });
    let why = refusal(&site.run(&["key", "disable", "nonsense"]));
    assert!(why.contains("no such key"), "{why}");
}

#[test]
fn a_quota_set_on_the_command_line_is_obeyed_by_the_running_server() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let path = site.account.store_path();
    let mut send = || connection.post(&path, br#"{"message": "x"}"#).unwrap();
    assert_eq!(send().status, 200);
    let public = site.account.key();
    let out = printed(&site.run(&["key", "limit", public]));
    assert_eq!(out, "no quotas\n");
    let out = printed(&site.run(&["key", "limit", public, "0", "--window", "5m"]));
    assert_eq!(out, "at most 0 of error in 300 s\n");
    let refused = poll::until("the quota is known", NOTICE_LIMIT, || {
        let answer = send();
        (answer.status == 429).then_some(answer)
    });
    let limits = refused.header("x-sentry-rate-limits");
    assert_eq!(limits, Some("60:error;default:key:key_quota"));
    assert_eq!(refused.header("retry-after"), Some("60"));
    let removed = ["key", "limit", public, "--remove", "--window", "5m"];
    assert_eq!(printed(&site.run(&removed)), "no quotas\n");
    assert!(refusal(&site.run(&removed)).contains("no quota of this category"));
    poll::until("the quota is gone", NOTICE_LIMIT, || {
        (send().status == 200).then_some(())
    });
    let protect = ["--category", "all", "--spike-protection", "on"];
    let limit = [&["project", "limit", "app", "1000000"][..], &protect].concat();
    let out = printed(&site.run(&limit));
    let expect = "at most 1000000 of all in 3600 s\nspike protection on\n";
    assert_eq!(out, expect);
    let why = refusal(&site.run(&["project", "limit", "app", "1", "--category", "cats"]));
    assert!(why.contains("transaction"), "{why}");
}

#[test]
fn f04_a_server_whose_disk_budget_is_used_up_refuses_and_says_why() {
    let site = Site::new();
    let filler = site.data().join("filler");
    std::fs::write(&filler, vec![1; 30_000_000]).unwrap();
    let server = site.start_with(&[("WATCHPOST_DISK_BYTES_MAX", "20000000")]);
    let mut connection = server.connect();
    let path = site.account.store_path();
    let answer = connection.post(&path, br#"{"message": "x"}"#).unwrap();
    assert_eq!(answer.status, 429);
    let limits = answer.header("x-sentry-rate-limits");
    assert_eq!(limits, Some("60::organization:disk_full"));
    let health = connection.get("/_health/", "").unwrap();
    assert!(health.text().contains("disk is almost full"), "{health:?}");
    std::fs::remove_file(&filler).unwrap();
    poll::until("the disk has room", NOTICE_LIMIT, || {
        let answer = connection.post(&path, br#"{"message": "x"}"#).unwrap();
        (answer.status == 200).then_some(())
    });
}

#[test]
fn people_are_created_and_sign_in() {
    let site = Site::new();
    create_user(&site, "ada@example.org", PASSWORD);
    let server = site.start();
    let mut browser = Browser::signed_in(&server, "ada@example.org");
    let page = format!("/organizations/{}/issues/", site.account.org);
    assert_eq!(browser.get(&page).status, 200);
    let again = run_with(&site, &["user", "create", "ada@example.org"], PASSWORD);
    let why = refusal(&again);
    assert!(why.contains("ada@example.org"), "{why}");
    for (email, password) in [
        ("ada", PASSWORD),
        ("@", PASSWORD),
        ("eve @example.org", PASSWORD),
        ("bob@example.org", "short"),
    ] {
        refusal(&run_with(&site, &["user", "create", email], password));
    }
    let rows = json(&site.run(&["user", "list", "--json"]));
    let is_ada = |row: &serde_json::Value| row["email"] == "ada@example.org";
    assert!(rows.as_array().unwrap().iter().any(is_ada), "{rows}");
    // A new password ends the session; the old one is no longer right.
    let new = "another long password";
    let change = ["user", "password", "ada@example.org"];
    printed(&run_with(&site, &change, new));
    assert_eq!(browser.get(&page).status, 303, "signed out");
    let form = Form::on(&browser.get("/auth/login/").text(), "/auth/login/");
    let fields = |password| [("email", "ada@example.org"), ("password", password)];
    assert_eq!(browser.send(&form, &fields(PASSWORD)).status, 401);
    assert_eq!(browser.send(&form, &fields(new)).status, 303);
    // A token for scripts, and a link for the next person.
    let token = printed(&site.run(&["user", "token", "ada@example.org"]));
    let mut connection = server.connect();
    let answer = connection.get(&site.org_path(""), token.trim()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let link = printed(&site.run(&["user", "link"]));
    let path = format!("/setup/{}", link.trim().rsplit_once("/setup/").unwrap().1);
    let page = Browser::open(&server).get(&path);
    assert_eq!(page.status, 200, "{}", page.text());
    let why = refusal(&site.run(&["user", "token", "nobody@example.org"]));
    assert!(why.contains("no user `nobody@example.org`"), "{why}");
}

#[test]
fn doctor_tells_what_is_wrong_and_exits_with_1() {
    let site = Site::new();
    let server = site.start();
    let checks = json(&site.run(&["doctor", "--json"]));
    let checks = checks.as_array().unwrap();
    assert!(checks.iter().all(|check| check["ok"] == true), "{checks:?}");
    server.kill_9();
    // A write that a kill or a backup cut short was not acknowledged: no alarm for it.
    let segments = std::fs::read_dir(site.data().join("spool")).unwrap();
    let mut segments = segments.map(|entry| entry.unwrap().path());
    let segment = segments.find(|path| path.extension().is_some_and(|end| end == "spool"));
    let mut torn = std::fs::read(segment.as_ref().unwrap()).unwrap();
    torn.extend([0x77; 100]);
    std::fs::write(segment.unwrap(), torn).unwrap();
    site.start().kill_9();
    let checks = json(&site.run(&["doctor", "--json"]));
    let quarantine = |check: &&serde_json::Value| check["name"] == "quarantine";
    let check = checks.as_array().unwrap().iter().find(quarantine).unwrap();
    assert_eq!(check["ok"], true, "{check}");
    assert!(
        check["detail"].as_str().unwrap().contains("no loss"),
        "{check}"
    );
    let open = ["chmod", "755"];
    let status = std::process::Command::new(open[0])
        .arg(open[1])
        .arg(site.data())
        .status();
    assert!(status.unwrap().success());
    std::fs::create_dir_all(site.data().join("quarantine")).unwrap();
    std::fs::write(site.data().join("quarantine/1-1.event"), "{}").unwrap();
    let out = site.run(&["doctor"]);
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stdout).unwrap();
    for name in ["quarantine", "permissions"] {
        let line = said.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.starts_with("FAIL"), "{said}");
    }
    let errors = String::from_utf8(out.stderr).unwrap();
    assert!(errors.contains("2 of 11 checks failed"), "{errors}");
    // A damaged database is found, too.
    let ledger = site.data().join("ledger.sqlite");
    std::fs::remove_file(site.data().join("ledger.sqlite-wal")).ok();
    let mut bytes = std::fs::read(&ledger).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x55);
    std::fs::write(&ledger, bytes).unwrap();
    let out = site.run(&["doctor", "--json"]);
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    let why = refusal(&Home::new().run(&["doctor"]));
    assert!(why.contains("there is no Watchpost data"), "{why}");
}
