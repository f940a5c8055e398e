//! Whatever a client sends, the answer is no 5xx; and whatever was accepted can be looked at.

#![expect(clippy::indexing_slicing, reason = "helpers of tests are test code")]

mod bodies;
mod requests;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::browser::{Browser, PASSWORD};
use crate::chores::create_user;
use crate::report;
use crate::server::{Server, Site};
use crate::work;

/// One request, byte by byte, and what it is called in a failure.
#[derive(Clone)]
struct Case {
    name: String,
    bytes: Vec<u8>,
    end: End,
}

/// What the client does after the last byte.
#[derive(Clone, Copy)]
enum End {
    /// It waits for the answer.
    Wait,
    /// It goes away: what it sent is incomplete, and no server would answer.
    Leave,
}

/// Sends every request on a connection of its own; the ids of the events that were accepted.
fn send_all(site: &Site, server: &Server) -> BTreeSet<String> {
    let cases = [requests::all(&site.account), bodies::all(&site.account)].concat();
    let mut accepted = BTreeSet::new();
    for case in &cases {
        // A connection that is closed without an answer is no 5xx; the server must live, though.
        let mut connection = server.connect();
        let answer = match case.end {
            End::Wait => connection.raw(&case.bytes),
            End::Leave => connection.raw_and_end(&case.bytes),
        };
        let Ok(answer) = answer else {
            assert_eq!(health(server), 200, "after {}", case.name);
            continue;
        };
        let text = answer.text();
        assert!(
            answer.status < 500,
            "{}: {} {text}",
            case.name,
            answer.status
        );
        if let (200, Some(id)) = (answer.status, answer.json()["id"].as_str()) {
            accepted.insert(id.to_owned());
        }
    }
    accepted
}

fn health(server: &Server) -> u16 {
    let answer = server.connect().get("/_health/", "");
    answer.map_or(0, |answer| answer.status)
}

#[test]
fn no_request_gives_a_5xx_and_every_accepted_event_can_be_looked_at() {
    let site = Site::new();
    create_user(&site, "ada@example.org", PASSWORD);
    let server = site.start();
    let accepted = send_all(&site, &server);
    println!("{} events were accepted", accepted.len());
    assert!(accepted.len() > 30, "{}", accepted.len());
    let mut connection = server.connect();
    work::settle(&site, &mut connection);
    let quarantine = std::fs::read_dir(site.data().join("quarantine"));
    assert_eq!(quarantine.map_or(0, Iterator::count), 0, "in quarantine");

    let mut browser = Browser::signed_in(&server, "ada@example.org");
    let mut look = |path: &str| {
        let answer = browser.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    };
    let org = &site.account.org;
    for id in &accepted {
        let found = report::find(&site, &mut connection, id);
        let issue = found["groupId"].as_str().unwrap();
        let page = format!("/organizations/{org}/issues/{issue}/");
        look(&page);
        look(&format!("{page}events/"));
        look(&format!("{page}events/{id}/"));
        look(&format!("{page}events/{id}/?frames=all"));
        let json = look(&format!("{page}events/{id}/json/"));
        let json: Value = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(json["event_id"], id.as_str());
        for path in ["", "events/", "events/?full=1", "events/latest/", "tags/"] {
            site.tell(
                &mut connection,
                &site.org_path(&format!("issues/{issue}/{path}")),
            );
        }
    }
    look(&format!("/organizations/{org}/issues/"));
    for path in ["issues/?limit=100", "events/?full=1"] {
        site.tell(&mut connection, &site.project_path(path));
    }
    for file in ["messages.xml", "messages.atom", "summaries.xml"] {
        let feed = look(&format!("/feeds/{}/{file}", site.account.store_key));
        roxmltree::Document::parse(&feed).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    assert_eq!(health(&server), 200);
}
