//! The question of 2010, "the last ten unresolved": the same answer from the Rust call, from HTTP
//! and from the command line.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use watchpost_model::{Issue, ProjectId, Timestamp};
use watchpost_store::sqlite::SqliteLedger;
use watchpost_store::{Asker, IssueLedger, IssueQuery, Issues, Sort};

use crate::http::Connection;
use crate::report;
use crate::server::{Server, Site, json};

/// Issue `n` has so many events; they come in this order, one after the other.
const EVENTS: [usize; 15] = [0, 1, 2, 3, 4, 5, 1, 6, 7, 8, 9, 3, 10, 11, 0];
const RESOLVED: [usize; 2] = [2, 7];

/// The time of this machine, in seconds.
fn now() -> f64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "clients have clocks of their own"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.as_ref().map_or(0.0, Duration::as_secs_f64)
}

/// Fifteen events of twelve issues, two of which are resolved.
fn fill(site: &Site, server: &Server) {
    let mut connection = server.connect();
    let start = now() - 1000.0;
    for (place, issue) in EVENTS.into_iter().enumerate() {
        let record = json!({
            "message": format!("failure of part {issue}"),
            "message_id": format!("{place:032x}"),
            "view": format!("shop.part{issue}"),
            "checksum": format!("{issue:032x}"),
            "timestamp": start + 10.0 * f64::from(u32::try_from(place).unwrap()),
            "level": if issue % 3 == 0 { 50 } else { 40 },
            "logger": if issue % 2 == 0 { "shop.orders" } else { "" },
            "server_name": format!("web-{}", issue % 4),
            "site": format!("site {}", issue % 2),
        });
        assert_eq!(report::seed(site, &mut connection, &record).status, 200);
    }
    for place in 0..EVENTS.len() {
        report::find(site, &mut connection, &format!("{place:032x}"));
    }
    for issue in RESOLVED {
        let place = EVENTS.iter().position(|event| *event == issue).unwrap();
        let found = report::find(site, &mut connection, &format!("{place:032x}"));
        resolve(site, &mut connection, found["groupId"].as_str().unwrap());
    }
}

/// Resolves an issue through the API.
pub(crate) fn resolve(site: &Site, connection: &mut Connection, issue: &str) {
    let headers = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
        site.account.token
    );
    let path = site.org_path(&format!("issues/{issue}/"));
    let answer = connection.exchange("PUT", &path, &headers, br#"{"status":"resolved"}"#);
    let answer = answer.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["status"], "resolved");
}

fn ids(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().unwrap_or_else(|| panic!("a list: {rows}"));
    let ids = rows
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned());
    ids.collect()
}

fn ids_of(rows: &[Issue]) -> Vec<String> {
    rows.iter().map(|issue| issue.id.to_string()).collect()
}

/// Asks over HTTP and on the command line; the ids, which must be the same.
fn ask(site: &Site, server: &Server, query: &str, sort: &str, limit: usize) -> Vec<String> {
    let encoded = report::percent(query.as_bytes());
    let path = format!("issues/?query={encoded}&sort={sort}&limit={limit}");
    let http = site.tell(&mut server.connect(), &site.project_path(&path));
    let limit = limit.to_string();
    let line = [
        "--query", query, "--sort", sort, "--limit", &limit, "--json",
    ];
    let cli = json(&site.run(&[&["issues"], &line[..]].concat()));
    assert_eq!(ids(&http), ids(&cli), "{query} by {sort}");
    let facts = |rows: &Value, name: &str| {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row[name].clone()).collect::<Vec<_>>()
    };
    for name in ["shortId", "title", "count", "level", "status", "lastSeen"] {
        assert_eq!(facts(&http, name), facts(&cli, name), "{name}");
    }
    ids(&http)
}

#[test]
fn the_last_ten_unresolved_are_the_same_from_everywhere() {
    let site = Site::new();
    let server = site.start();
    fill(&site, &server);
    let ledger = SqliteLedger::open(&site.data().join("ledger.sqlite")).unwrap();
    let project = ProjectId(site.account.project_id.as_i64().unwrap());
    let call = Issues::of(&ledger, project);
    let call = call.unresolved().newest_first().limit(10).rows().unwrap();
    let titles: Vec<_> = call.iter().map(|issue| issue.title.as_str()).collect();
    let expect = [0, 11, 10, 3, 9, 8, 6, 1, 5, 4].map(|part| format!("failure of part {part}"));
    assert_eq!(titles, expect);

    let line = ["issues", "--unresolved", "--limit", "10", "--json"];
    let cli = json(&site.run(&line));
    let path = site.project_path("issues/?query=is:unresolved&sort=date&limit=10");
    let http = site.tell(&mut server.connect(), &path);
    assert_eq!(ids(&cli), ids_of(&call));
    assert_eq!(ids(&http), ids_of(&call));

    every_order_agrees(&site, &server, &ledger, project);
    every_filter_agrees(&site, &server);
}

fn every_order_agrees(site: &Site, server: &Server, ledger: &SqliteLedger, project: ProjectId) {
    for sort in Sort::ALL {
        let query = IssueQuery::parse(project, "is:unresolved", sort, Asker::default()).unwrap();
        let rows = ledger.find_issues(&query).unwrap().rows;
        let asked = ask(site, server, "is:unresolved", sort.name(), 100);
        assert_eq!(asked, ids_of(&rows), "{}", sort.name());
        let key = |issue: &Issue| match sort {
            Sort::Priority => formula(issue.times_seen, issue.last_seen),
            Sort::LastSeen => issue.last_seen.as_micros(),
            Sort::FirstSeen => issue.first_seen.as_micros(),
            Sort::Frequency => i64::try_from(issue.times_seen).unwrap(),
            Sort::Users => i64::try_from(issue.user_count).unwrap(),
            Sort::Trends => issue.trend.0,
        };
        let keys: Vec<_> = rows.iter().map(key).collect();
        assert!(keys.is_sorted_by(|a, b| a >= b), "{} {keys:?}", sort.name());
    }
    let twice = ask(site, server, "is:unresolved", "priority", 3);
    let rows = ledger.find_issues(&IssueQuery::all(project)).unwrap().rows;
    for id in twice {
        let issue = rows.iter().find(|issue| issue.id.to_string() == id);
        assert_eq!(issue.unwrap().times_seen, 2, "ln 2 is worth 415 seconds");
    }
}

/// `int(ln(times_seen) * 600 + unix(last_seen))`, as 1.7.1 wrote it.
fn formula(times_seen: u64, last_seen: Timestamp) -> i64 {
    let times = f64::from(u32::try_from(times_seen).unwrap());
    #[expect(clippy::cast_possible_truncation, reason = "the formula truncates")]
    let weight = (times.ln() * 600.0) as i64;
    weight + last_seen.as_secs()
}

fn every_filter_agrees(site: &Site, server: &Server) {
    for (query, count) in [
        ("", 12),
        ("is:resolved", 2),
        ("is:unresolved", 10),
        ("level:fatal", 4),
        ("level:error is:unresolved", 6),
        ("logger:shop.orders", 6),
        ("logger:root", 6),
        ("server:web-3", 3),
        ("server_name:web-0 level:fatal", 1),
        ("site:\"site 1\"", 6),
        ("part11", 1),
        ("server:web-9", 0),
        ("event.type:default level:fatal", 4),
        ("event.type:error OR is:resolved", 2),
        ("!event.type:default", 0),
    ] {
        let found = ask(site, server, query, "date", 100);
        assert_eq!(found.len(), count, "{query}");
    }
    for limit in ["0", "101", "many"] {
        let out = site.run(&["issues", "--limit", limit]);
        assert_eq!(out.status.code(), Some(2), "usage: {out:?}");
    }
    let out = site.run(&["issues", "--query", "error.typ:boom"]);
    let cli = crate::server::refusal(&out);
    let path = site.project_path("issues/?query=error.typ:boom");
    let (status, http) = site.ask(&mut server.connect(), &path);
    assert_eq!(status, 400, "{http}");
    for said in [cli, http.to_string()] {
        assert!(
            said.contains("error.type"),
            "and what would be right? {said}"
        );
    }
}
