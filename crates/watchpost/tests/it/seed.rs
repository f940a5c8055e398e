//! The records of 2010, field by field: what was sent is what the API tells.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use serde_json::{Value, json};

use crate::http::Connection;
use crate::query::resolve;
use crate::report;
use crate::server::{Server, Site};
use crate::work::text;

/// A running site whose records get ids of their own.
struct Desk {
    site: Site,
    server: Server,
    connection: Connection,
    sent: u32,
}

impl Desk {
    fn new() -> Self {
        let site = Site::new();
        let server = site.start();
        Self {
            connection: server.connect(),
            site,
            server,
            sent: 0,
        }
    }

    /// Reports a record; its event as the API tells it.
    fn event(&mut self, mut record: Value) -> Value {
        self.sent += 1;
        let id = format!("{:032x}", 0xfeed_0000 + self.sent);
        record["message_id"] = json!(id);
        let mut found = report::seed_and_find(&self.site, &self.server, &record);
        found["event"].take()
    }

    /// What the API says about the issue of an event.
    fn issue(&mut self, event: &Value) -> Value {
        let path = format!("issues/{}/", event["groupID"].as_str().unwrap());
        let path = self.site.org_path(&path);
        self.site.tell(&mut self.connection, &path)
    }

    /// How many issues a search finds.
    fn count(&mut self, query: &str) -> usize {
        let query = report::percent(query.as_bytes());
        let path = self.site.project_path(&format!("issues/?query={query}"));
        let found = self.site.tell(&mut self.connection, &path);
        found.as_array().unwrap().len()
    }
}

/// The value of a tag of an event.
fn tag<'a>(event: &'a Value, key: &str) -> Option<&'a str> {
    let mut tags = event["tags"].as_array().unwrap().iter();
    let tag = tags.find(|tag| tag["key"] == key)?;
    tag["value"].as_str()
}

/// The data of the entry of that type.
fn entry<'a>(event: &'a Value, kind: &str) -> &'a Value {
    let mut entries = event["entries"].as_array().unwrap().iter();
    let entry = entries.find(|entry| entry["type"] == kind);
    &entry.unwrap_or_else(|| panic!("no {kind}: {event}"))["data"]
}

#[test]
fn levels_as_numbers_and_names() {
    let mut desk = Desk::new();
    for (level, expect) in [
        (json!(10), "debug"),
        (json!(20), "info"),
        (json!(30), "warning"),
        (json!(40), "error"),
        (json!(50), "fatal"),
        (json!("warning"), "warning"),
        (json!("FATAL"), "fatal"),
        (json!("critical"), "fatal"),
        (json!("20"), "info"),
        (json!(null), "error"),
        (json!({"no": "level"}), "error"),
    ] {
        let message = format!("level {level}");
        let event = desk.event(json!({ "message": message, "level": level }));
        assert_eq!(tag(&event, "level"), Some(expect), "{level}");
        assert_eq!(desk.issue(&event)["level"], expect, "{level}");
    }
    let event = desk.event(json!({"message": "no level at all"}));
    assert_eq!(tag(&event, "level"), Some("error"));
    // Numbers in between are kept as near as there are names.
    for level in [35, 0, -1, 1000] {
        let event = desk.event(json!({"message": "custom", "level": level}));
        assert!(tag(&event, "level").is_some(), "{level}");
    }
}

#[test]
fn the_message_is_kept_whole_and_the_view_is_the_culprit() {
    let mut desk = Desk::new();
    let long = format!(
        "Größe überschritten ☃ 𝒳\n\tline two\n\n{}end",
        "x".repeat(50_000)
    );
    let event = desk.event(json!({"message": long, "view": "shop.views.pay"}));
    assert_eq!(event["message"], long);
    assert_eq!(entry(&event, "message")["formatted"], long);
    assert_eq!(event["title"], "Größe überschritten ☃ 𝒳");
    assert_eq!(event["culprit"], "shop.views.pay");
    let issue = desk.issue(&event);
    assert_eq!(issue["title"], "Größe überschritten ☃ 𝒳");
    assert_eq!(issue["culprit"], "shop.views.pay");
    // The view tells issues apart, and so does having none.
    let same = |view: Value| json!({"message": "same", "view": view});
    let a = desk.event(same(json!("a")));
    let b = desk.event(same(json!("b")));
    let none = desk.event(same(json!(null)));
    let again = desk.event(same(json!("a")));
    assert_eq!(a["groupID"], again["groupID"]);
    assert_ne!(a["groupID"], b["groupID"]);
    assert_ne!(a["groupID"], none["groupID"]);
    assert_eq!(desk.issue(&a)["count"], "2");
}

#[test]
fn the_message_id_makes_a_record_count_once() {
    let mut desk = Desk::new();
    let id = "0123456789abcdef0123456789abcdef";
    let dashed = "01234567-89AB-CDEF-0123-456789ABCDEF";
    for id in [id, id, dashed] {
        let record = json!({"message": "sent again", "message_id": id});
        let answer = report::seed(&desk.site, &mut desk.connection, &record);
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    }
    let last = desk.event(json!({"message": "another"}));
    assert_ne!(last["id"], id);
    let found = report::find(&desk.site, &mut desk.connection, id);
    assert_eq!(found["eventId"], id);
    assert_eq!(desk.issue(&found["event"])["count"], "1");
    let by_dashes = report::find(&desk.site, &mut desk.connection, dashed);
    assert_eq!(by_dashes["eventId"], id);
    for name in [id, dashed] {
        assert_eq!(desk.count(name), 1, "search finds {name}");
    }
    // Without an id the server makes one.
    let before = desk.count("");
    let record = json!({"message": "without an id"});
    assert_eq!(
        report::seed(&desk.site, &mut desk.connection, &record).status,
        200
    );
    desk.event(json!({"message": "another"}));
    assert_eq!(desk.count(""), before + 1);
    // One that is none is replaced: a bad field never costs the event.
    let record = json!({"message": "odd", "message_id": "order 66"});
    let answer = report::seed(&desk.site, &mut desk.connection, &record);
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    desk.event(json!({"message": "another"}));
    assert_eq!(desk.count(""), before + 2);
}

#[test]
fn a_record_without_a_logger_belongs_to_root() {
    let mut desk = Desk::new();
    let mut issues = Vec::new();
    for logger in [
        None,
        Some(json!(null)),
        Some(json!("")),
        Some(json!("root")),
    ] {
        let mut record = json!({"message": "who said that?"});
        if let Some(logger) = logger {
            record["logger"] = logger;
        }
        let event = desk.event(record);
        assert_eq!(tag(&event, "logger"), Some("root"));
        issues.push(event["groupID"].clone());
    }
    issues.dedup();
    assert_eq!(issues.len(), 1, "{issues:?}");
    desk.event(json!({"message": "who said that?", "logger": "shop"}));
    assert_eq!(desk.count("logger:root"), 1);
    assert_eq!(desk.count("logger:shop"), 1);
}

#[test]
fn server_site_and_url_are_filters_and_are_counted() {
    let mut desk = Desk::new();
    let send = |desk: &mut Desk, server: Value, site: Value, url: Value| {
        desk.event(json!({"message": "where?", "server_name": server, "site": site, "url": url}))
    };
    let shop = "http://shop.example/pay?a=b";
    let event = send(&mut desk, json!("web-1"), json!("shop"), json!(shop));
    send(&mut desk, json!("web-1"), json!("shop"), json!(null));
    send(
        &mut desk,
        json!("web-2"),
        json!("blog"),
        json!("http://blog.example/"),
    );
    send(&mut desk, json!(null), json!(null), json!(null));
    assert_eq!(tag(&event, "server_name"), Some("web-1"));
    assert_eq!(tag(&event, "site"), Some("shop"));
    assert_eq!(entry(&event, "request")["url"], "http://shop.example/pay");
    assert_eq!(desk.count("server:web-1"), 1);
    assert_eq!(desk.count("site:blog"), 1);
    assert_eq!(desk.count("server:web-3"), 0);
    let issue = event["groupID"].as_str().unwrap();
    for (key, expect) in [
        ("server_name", vec![("web-1", 2), ("web-2", 1)]),
        ("site", vec![("shop", 2), ("blog", 1)]),
    ] {
        let path = desk
            .site
            .org_path(&format!("issues/{issue}/tags/{key}/values/"));
        let values = desk.site.tell(&mut desk.connection, &path);
        let values = values.as_array().unwrap().iter();
        let counts: Vec<_> = values
            .map(|value| (text(value.get("value")), value["count"].as_u64().unwrap()))
            .collect();
        let expect = expect
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        assert_eq!(counts, expect.collect::<Vec<_>>(), "{key}");
    }
    let path = desk.site.org_path(&format!("issues/{issue}/tags/url/"));
    let urls = desk.site.tell(&mut desk.connection, &path);
    assert_eq!(urls["uniqueValues"], 2, "{urls}");
    // They may have moved to the metadata, as the page of 2011 announced.
    let event = desk.event(json!({"message": "moved", "metadata": {
        "server_name": "web-9", "site": "wiki", "url": "http://wiki.example/x"}}));
    assert_eq!(tag(&event, "server_name"), Some("web-9"));
    assert_eq!(tag(&event, "site"), Some("wiki"));
    assert_eq!(entry(&event, "request")["url"], "http://wiki.example/x");
}

/// An exception as the Django client of 1.7.1 sends it.
fn exception_data() -> Value {
    json!({
        "order": "4711", "_hidden": "x",
        "url": "http://shop.example/pay?a=b&a=c",
        "META": {"REQUEST_METHOD": "POST", "HTTP_USER_AGENT": "period/1.0", "SERVER_PORT": "80"},
        "GET": {"a": "b"}, "POST": {"amount": "5"}, "COOKIES": {"theme": "dark"},
        "__sentry__": {
            "versions": {"django": "1.3.7", "shop": "2.4.1"},
            "module": "shop", "version": "2.4.1",
            "user": {"is_authenticated": true, "id": 7, "username": "ann", "email": "a@x.org"},
            "template": ["<p>1</p>\n{% bad %}\n<p>3</p>\n", 9, 18, "shop/pay.html"],
            "exc": ["__builtin__", ["division by zero"], [
                {"filename": "/srv/shop/views.py", "function": "pay", "lineno": 42, "id": 1,
                 "context_line": "    rate(0)", "pre_context": ["def pay():"], "post_context": [],
                 "pre_context_lineno": 41, "vars": [["amount", "5"], ["items", [1, 2]]]},
                {"filename": "/srv/shop/rates.py", "function": "rate", "lineno": 7, "id": 2,
                 "context_line": "    return 1 / x", "vars": [["x", 0]]},
            ]],
        },
    })
}

#[test]
fn the_metadata_becomes_frames_request_modules_user_and_template() {
    let mut desk = Desk::new();
    for alias in ["data", "metadata"] {
        let mut record = json!({
            "message": "division by zero", "class_name": "ZeroDivisionError", "level": 40,
            "view": "shop.views.pay", "logger": "root", "url": "http://shop.example/pay",
            "traceback": "Traceback (most recent call last):\n\n  File \"x\", line 1, in pay\n",
        });
        record[alias] = exception_data();
        let event = desk.event(record);
        check_exception(&event);
        assert_eq!(event["context"], json!({"order": "4711"}), "{alias}");
        assert_eq!(
            event["packages"],
            json!({"django": "1.3.7", "shop": "2.4.1"})
        );
        assert_eq!(event["user"]["username"], "ann");
        assert_eq!(event["user"]["id"], "7");
        let request = entry(&event, "request");
        assert_eq!(request["method"], "POST");
        assert_eq!(request["data"], json!({"amount": "5"}));
        assert_eq!(request["headers"], json!([["User-Agent", "period/1.0"]]));
        assert_eq!(request["cookies"], json!([["theme", "dark"]]));
        assert_eq!(request["env"]["SERVER_PORT"], "80");
        let template = entry(&event, "template");
        assert_eq!(template["filename"], "shop/pay.html");
        assert_eq!(template["context"][1], json!([2, "{% bad %}"]));
    }
}

fn check_exception(event: &Value) {
    assert_eq!(event["title"], "ZeroDivisionError: division by zero");
    let exception = &entry(event, "exception")["values"][0];
    assert_eq!(exception["type"], "ZeroDivisionError");
    assert_eq!(exception["value"], "division by zero");
    let frames = exception["stacktrace"]["frames"].as_array().unwrap();
    assert_eq!(frames.len(), 2, "{frames:?}");
    assert_eq!(frames[0]["function"], "pay");
    assert_eq!(frames[0]["lineNo"], 42);
    let context = json!([[41, "def pay():"], [42, "    rate(0)"]]);
    assert_eq!(frames[0]["context"], context);
    assert_eq!(frames[0]["vars"], json!({"amount": "5", "items": [1, 2]}));
    assert_eq!(frames[1]["vars"], json!({"x": 0}));
}

#[test]
fn timestamps_are_honoured_within_bounds() {
    let mut desk = Desk::new();
    let now = desk.event(json!({"message": "now"}));
    assert_eq!(now["dateCreated"], now["dateReceived"]);
    let received = now["dateReceived"].as_str().unwrap().to_owned();
    let today = received.split('T').next().unwrap().to_owned();
    for odd in [
        json!("yesterday"),
        json!(null),
        json!([]),
        json!(1e300),
        json!(-1e300),
        json!("1999-12-31T23:59:59"),
        json!("9999-12-31T23:59:59Z"),
    ] {
        let event = desk.event(json!({"message": "odd time", "timestamp": odd}));
        assert_eq!(event["dateCreated"], event["dateReceived"], "{odd}");
    }
    // Ten minutes and a bit ago: no zone differs by that.
    let received = watchpost_model::Timestamp::parse_rfc3339(&received).unwrap();
    let ago = received.plus_secs(-640);
    let written = ago.to_string();
    let naive = written.trim_end_matches('Z').to_owned();
    for given in [json!(written), json!(naive), json!(ago.as_secs())] {
        let event = desk.event(json!({"message": "earlier", "timestamp": given}));
        let got = event["dateCreated"].as_str().unwrap();
        let got = watchpost_model::Timestamp::parse_rfc3339(got).unwrap();
        assert_eq!(got.as_secs(), ago.as_secs(), "{given}, today {today}");
    }
}

#[test]
fn a_resolved_issue_comes_back_with_its_next_event() {
    let mut desk = Desk::new();
    let first = desk.event(json!({"message": "flaky", "view": "v"}));
    let issue = first["groupID"].as_str().unwrap().to_owned();
    resolve(&desk.site, &mut desk.connection, &issue);
    assert_eq!(desk.count("is:unresolved"), 0);
    let again = desk.event(json!({"message": "flaky", "view": "v"}));
    assert_eq!(again["groupID"], issue.as_str());
    let now = desk.issue(&again);
    assert_eq!(now["status"], "unresolved");
    assert_eq!(now["count"], "2");
    // The same record once more is no new event: it does not bring the issue back.
    resolve(&desk.site, &mut desk.connection, &issue);
    let record = json!({"message": "flaky", "view": "v", "message_id": again["id"]});
    assert_eq!(
        report::seed(&desk.site, &mut desk.connection, &record).status,
        200
    );
    desk.event(json!({"message": "something else"}));
    assert_eq!(desk.issue(&again)["status"], "resolved");
}
