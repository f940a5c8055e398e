//! What searches for events must find, in columns and bodies alike.

use serde_json::json;
use watchpost_model::{
    Event, Exception, Frame, IssueId, Level, Mechanism, Request, Stacktrace, UserContext,
};

use super::super::archive::{API, BANG, BOOM, WEB, append, event, ids, page};
use super::super::{at, fill};
use super::tag;
use crate::{Archive, Asker, EventFilter, Search};

/// The same for archives: `event_search_suite!(searching, temp_archive());`.
#[macro_export]
macro_rules! event_search_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, searching:
                events_by_every_key,
                events_by_text,
                pages_of_a_search_go_on,
            );
        }
    };
}

fn filter(text: &str, issue: Option<IssueId>) -> EventFilter {
    let search = Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    search.check_events().expect("keys of events");
    EventFilter {
        issue,
        search,
        asker: Asker::at(at(100_000)),
        ..EventFilter::default()
    }
}

fn check_events(archive: &dyn Archive, text: &str, expect: &[u128]) {
    let found = page(archive, WEB, &filter(text, None), None, 100);
    assert_eq!(ids(&found), expect, "{text}");
    assert_eq!(found.next, None, "{text}");
}

/// Event 3 has everything, 2 a little, 1 nothing; 4 is of another issue.
fn events(archive: &dyn Archive) {
    let mut full = event(WEB, BOOM, 3, 90_000);
    full.title = "ValueError: größe".into();
    fill_all(&mut full.event);
    let mut some = event(WEB, BOOM, 2, 50_000);
    some.event.level = Level::Info;
    some.event.tags = vec![tag("browser.name", "Chrome")];
    let (bare, other) = (event(WEB, BOOM, 1, 1_000), event(WEB, BANG, 4, 95_000));
    append(archive, &[bare, some, full, other]);
}

/// Gives an event a value under every key.
pub(super) fn fill_all(body: &mut Event) {
    fill(body);
    body.release = Some("shop@2.1-rc2+7".to_owned());
    body.dist = Some("42".to_owned());
    body.transaction = Some("/cart".to_owned());
    body.tags = vec![tag("browser.name", "Firefox"), tag("project", "x")];
    body.user = Some(UserContext {
        id: Some("7".to_owned()),
        email: Some("jo@example.org".to_owned()),
        ip_address: Some("10.0.0.1".to_owned()),
        username: Some("jo".to_owned()),
        ..UserContext::default()
    });
    body.request = Some(Request {
        method: Some("POST".to_owned()),
        headers: vec![("REFERER".to_owned(), "http://a.example/".to_owned())],
        ..Request::default()
    });
    let frame = Frame {
        filename: Some("shop/cart.py".to_owned()),
        function: Some("add".to_owned()),
        ..Frame::default()
    };
    body.exceptions = vec![Exception {
        kind: Some("ValueError".to_owned()),
        value: Some("größe".to_owned()),
        mechanism: Some(Mechanism {
            kind: "excepthook".to_owned(),
            handled: Some(false),
            ..Mechanism::default()
        }),
        stacktrace: Some(Stacktrace {
            frames: vec![frame],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    }];
    for (name, value) in [
        ("trace", json!({"trace_id": "abc"})),
        ("response", json!({"status_code": 503})),
        (
            "flags",
            json!({"values": [{"flag": "new cart", "result": true}]}),
        ),
    ] {
        body.contexts.insert(name.to_owned(), value);
    }
}

/// Columns and bodies alike.
pub fn events_by_every_key(archive: &dyn Archive) {
    events(archive);
    for text in [
        "browser.name:Firefox",
        "browser.name:fire*",
        "tags[project]:x",
        "tags[environment]:production",
        "flags[\"new cart\"]:true",
        "logger:shop",
        "server:web-1 site:shop.example",
        "release:>=2.0",
        "release.stage:rc2 release.build:7 release.package:shop",
        "dist:42",
        "environment:prod*",
        "transaction:/cart",
        "user:jo@example.org user.id:7 user.ip:10.0.0.1",
        "user.email:*@EXAMPLE.org",
        "http.method:[GET, POST]",
        "http.referer:http://a.example/",
        "http.status_code:>=500",
        "error.type:ValueError error.value:größe",
        "error.unhandled:true",
        "error.mechanism:excepthook",
        "stack.filename:shop/* stack.function:add",
        "trace:abc",
        "event.type:error",
        "id:00000000000000000000000000000003",
        "title:\"ValueError: größe\"",
        "has:release",
        "!release:\"\" has:dist",
        "(release:x OR transaction:/cart) !browser.name:Chrome",
    ] {
        check_events(archive, text, &[3]);
    }
    check_events(archive, "level:info", &[2]);
    check_events(archive, "level:<warning OR dist:42", &[3, 2]);
    check_events(archive, "!has:dist", &[4, 2, 1]);
    check_events(archive, "timestamp:-3h", &[4, 3]);
    check_events(archive, "timestamp:+1d", &[1]);
    check_events(archive, "error.handled:true", &[4, 2, 1]);
    let of_issue = page(archive, WEB, &filter("!has:dist", Some(BANG)), None, 100);
    assert_eq!(ids(&of_issue), [4]);
    let elsewhere = page(archive, API, &filter("dist:42", None), None, 100);
    assert_eq!(ids(&elsewhere), []);
}

/// Title, message, exceptions and places, upper or lower case.
pub fn events_by_text(archive: &dyn Archive) {
    events(archive);
    check_events(archive, "GRÖßE", &[3]);
    check_events(archive, "event", &[4, 3, 2, 1]);
    check_events(archive, "\"event 2\"", &[2]);
    check_events(archive, "ev*4", &[4]);
    check_events(archive, "message:VALUE", &[3]);
    check_events(archive, "event !level:info valueerror", &[3]);
    check_events(archive, "nowhere", &[]);
    check_events(archive, "'; DROP TABLE event; --", &[]);
}

/// However few fit, and however many are looked at.
pub fn pages_of_a_search_go_on(archive: &dyn Archive) {
    let count = 2 * crate::limits::SEARCH_EVENT_COUNT_MAX as u128 + 500;
    let batch: Vec<_> = (1..=count)
        .map(|id| {
            let mut archived = event(WEB, BOOM, id, i64::try_from(id / 3).unwrap_or(0));
            if id % 1000 == 7 {
                archived.event.tags = vec![tag("rare", "yes")];
            }
            archived
        })
        .collect();
    append(archive, &batch);
    let (mut found, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = page(archive, WEB, &filter("rare:yes", None), cursor.as_ref(), 2);
        assert!(page.rows.len() <= 2);
        found.extend(ids(&page));
        cursor = page.next;
        pages += 1;
        if cursor.is_none() {
            break;
        }
        assert!(pages < 20, "it never ends");
    }
    let expect: Vec<_> = (1..=count).rev().filter(|id| id % 1000 == 7).collect();
    assert_eq!(found, expect);
    assert!(pages > 2, "each page is bounded");
}
