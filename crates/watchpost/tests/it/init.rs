//! The first start: `init` for scripts, `serve` on an empty folder for people.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use serde_json::{Value, json};

use crate::browser::{Browser, Form, PASSWORD};
use crate::report;
use crate::server::{Home, Site, json, printed, refusal};

#[test]
fn init_prints_one_object_with_everything_that_a_script_needs() {
    let home = Home::new();
    let out = printed(&home.run(&["init", "--json"]));
    assert_eq!(out.lines().count(), 1, "{out}");
    let made: Value = serde_json::from_str(&out).unwrap();
    for name in ["org", "project", "dsn", "store_path", "store_key", "token"] {
        let value = made[name].as_str().unwrap_or_default();
        assert!(!value.is_empty(), "{name}: {made}");
    }
    assert!(made["project_id"].as_i64().unwrap() > 0, "{made}");
    assert_eq!(made["store_path"], "/store/");
    let dsn = made["dsn"].as_str().unwrap();
    let end = format!("@127.0.0.1:9000/{}", made["project_id"]);
    assert!(dsn.starts_with("http://") && dsn.ends_with(&end), "{dsn}");
}

#[test]
fn what_init_prints_works() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let record = json!({"message": "hello", "message_id": "0".repeat(31) + "1"});
    report::seed_and_find(&site, &server, &record);
    // One question per kind of scope that there is a door for today.
    for path in [
        "/api/0/auth/".to_owned(),
        site.org_path(""),
        site.org_path("issues/"),
        site.project_path(""),
        site.project_path("keys/"),
    ] {
        site.tell(&mut connection, &path);
    }
    let stranger = connection.get(&site.org_path(""), "wpt_nobody").unwrap();
    assert_eq!(stranger.status, 401, "{}", stranger.text());
}

#[test]
fn init_takes_names_and_is_refused_the_second_time() {
    let home = Home::new();
    let why = refusal(&home.run(&["init", "--project", ""]));
    assert!(why.contains("a name has"), "{why}");
    let names = ["--org", "Acme & Söhne", "--project", "Web Shop"];
    let made = json(&home.run(&[&["init", "--json"], &names[..]].concat()));
    assert_eq!(made["project"], "web-shop");
    assert_eq!(made["org"], "acme-s-hne");
    let again = refusal(&home.run(&["init", "--json"]));
    assert!(again.contains("initialised already"), "{again}");
    let server = home.start();
    let mut connection = server.connect();
    let path = "/api/0/projects/acme-s-hne/web-shop/";
    let answer = connection.get(path, made["token"].as_str().unwrap());
    let project = answer.unwrap().json();
    assert_eq!(project["name"], "Web Shop", "{project}");
    assert_eq!(project["organization"]["name"], "Acme & Söhne", "{project}");
}

/// What stands behind `label` in the greeting.
fn after<'a>(greeting: &'a [String], label: &str) -> &'a str {
    let line = greeting.iter().find_map(|line| line.split_once(label));
    let (_, rest) = line.unwrap_or_else(|| panic!("no {label}: {greeting:#?}"));
    rest.trim().trim_matches('\'')
}

#[test]
fn an_empty_folder_is_greeted_with_all_that_a_newcomer_needs() {
    let home = Home::new();
    let (server, first) = home.serve(&["--listen", "127.0.0.1:0"]);
    let mut greeting = vec![first];
    while !greeting.iter().any(|line| line.contains("works once")) {
        greeting.push(server.line().unwrap_or_else(|| panic!("{greeting:#?}")));
    }
    let address = after(&greeting, "ready at").to_owned();
    let mut server = server;
    server.address.clone_from(&address);
    let host = address.trim_start_matches("http://");
    let dsn = after(&greeting, "DSN for Sentry SDKs");
    assert!(dsn.contains(&format!("@{host}/")), "{dsn} at {address}");
    let remote = after(&greeting, "SENTRY_REMOTE_URL = ");
    assert_eq!(remote, format!("{address}/store/"));
    let key = after(&greeting, "SENTRY_KEY = ").to_owned();
    let data = report::packed(br#"{"message": "the first"}"#);
    let answer = report::form(&mut server.connect(), "/store/", &key, "json", &data);
    assert_eq!(answer.status, 200, "{}", answer.text());

    let link = after(&greeting, "Create the first user").to_owned();
    let path = link.strip_prefix(&address).unwrap().to_owned();
    one_person_comes_in(&server, &path);
    // Somebody is there now: no new link, and no new account either.
    server.terminate();
    assert_eq!(server.wait(), Some(0));
    let (server, first) = home.serve(&["--listen", "127.0.0.1:0"]);
    assert!(first.contains("ready at"), "{first}");
    server.terminate();
    assert_eq!(server.line(), None, "nothing more to say");
}

fn one_person_comes_in(server: &crate::server::Server, path: &str) {
    let mut browser = Browser::open(server);
    let form = Form::on(&browser.get(path).text(), "/setup/");
    let short = [
        ("name", "Ada"),
        ("email", "ada@example.org"),
        ("password", "short"),
    ];
    let answer = browser.send(&form, &short);
    assert_eq!(answer.status, 422, "{}", answer.text());
    let form = Form::on(&answer.text(), "/setup/");
    let filled = [("password", PASSWORD)];
    let answer = browser.send(&form, &filled);
    assert_eq!(
        answer.status,
        303,
        "what was typed is kept: {}",
        answer.text()
    );
    let home = browser.get(answer.header("location").unwrap());
    assert!(matches!(home.status, 200 | 303), "{}", home.text());
    // The link is spent, for looking and for sending.
    let mut stranger = Browser::open(server);
    assert_eq!(stranger.get(path).status, 404);
    let again = [
        ("name", "Eve"),
        ("email", "eve@example.org"),
        ("password", PASSWORD),
    ];
    assert_eq!(stranger.send(&form, &again).status, 404);
    // The account works.
    Browser::signed_in(server, "ada@example.org");
}

#[test]
fn serve_json_prints_the_address_first_and_nothing_else() {
    let home = Home::new();
    let (mut server, line) = home.serve(&["--json", "--listen", "127.0.0.1:0"]);
    let said: Value = serde_json::from_str(&line).unwrap();
    let address = said["listening"].as_str().unwrap();
    assert_eq!(said, json!({ "listening": address }));
    address.clone_into(&mut server.address);
    // It answers by then.
    let health = server.connect().get("/_health/", "").unwrap();
    assert_eq!(health.status, 200, "{}", health.text());
    assert_eq!(server.more_lines(), Vec::<String>::new());
}
