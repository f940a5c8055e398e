//! Feeds for news readers: well-formed, with the events in them, and not for strangers.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use roxmltree::Document;
use serde_json::json;

use crate::http::Connection;
use crate::query::resolve;
use crate::report;
use crate::server::Site;

/// The titles in a feed, first to last.
fn titles(connection: &mut Connection, path: &str, kind: &str, item: &str) -> Vec<String> {
    let answer = connection.exchange("GET", path, "", b"").unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let told = answer.header("content-type").unwrap_or_default();
    assert!(told.starts_with(kind), "{path}: {told}");
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let feed = Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let items = feed
        .descendants()
        .filter(|node| node.has_tag_name(item) || { node.tag_name().name() == item });
    let title = |node: roxmltree::Node<'_, '_>| {
        let mut children = node.children();
        let title = children.find(|child| child.tag_name().name() == "title");
        title.and_then(|title| title.text()).unwrap().to_owned()
    };
    items.map(title).collect()
}

#[test]
fn messages_and_unresolved_issues_as_rss_and_atom() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let hostile = "]]> <script>alert(1)</script> & \u{0} \u{b} \u{fffe} ☃";
    for (number, message) in [(1, "first"), (2, hostile), (3, "done"), (4, "first")] {
        let record = json!({
            "message": message, "message_id": format!("{number:032x}"), "logger": "shop",
            "level": 10 * number, "checksum": message,
        });
        let found = report::seed_and_find(&site, &server, &record);
        if message == "done" {
            resolve(&site, &mut connection, found["groupId"].as_str().unwrap());
        }
    }
    let key = &site.account.store_key;
    for (ending, kind, item) in [
        ("xml", "application/rss+xml", "item"),
        ("atom", "application/atom+xml", "entry"),
    ] {
        let path = format!("/feeds/{key}/messages.{ending}");
        let found = titles(&mut connection, &path, kind, item);
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!((&*found[0], &*found[1]), ("first", "done"));
        assert!(found[2].contains("<script>alert(1)</script>"), "{found:?}");
        let bad = titles(&mut connection, &format!("{path}?level=30"), kind, item);
        assert_eq!(bad, ["first", "done"]);
        let path = format!("/feeds/{key}/summaries.{ending}");
        let found = titles(&mut connection, &path, kind, item);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0], "(2) first");
    }
    for wrong in ["nonsense", site.account.key(), "1"] {
        let path = format!("/feeds/{wrong}/messages.xml");
        let answer = connection.exchange("GET", &path, "", b"").unwrap();
        assert_eq!(answer.status, 404, "{wrong}");
    }
}
