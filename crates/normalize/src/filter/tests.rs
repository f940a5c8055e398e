//! Events and the filters that they meet.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

use serde_json::{Value, json};
use watchpost_model::{Filters, Receipt};

use super::{FILTER_NAMES, Filter, glimpse};
use crate::tests::{event, receipt};

/// Which filter takes an event, and what of it matched.
fn check(filters: Filters, fields: Value, expect: Option<(&str, &str)>) {
    let (filter, faults) = Filter::new(&filters);
    assert_eq!(faults, [], "{filters:?}");
    let found = filter.check(&event(fields.clone()), &receipt());
    let found = found.map(|reason| (reason.name, reason.pattern));
    let found = found.as_ref().map(|(name, pattern)| (*name, &**pattern));
    assert_eq!(found, expect, "{fields}");
    assert!(found.is_none_or(|(name, _)| FILTER_NAMES.contains(&name)));
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn exception(kind: &str, value: &str) -> Value {
    json!({"exception": {"values": [{"type": kind, "value": value}]}})
}

#[test]
fn messages_and_exceptions_by_pattern() {
    let rules = || Filters {
        error_messages: texts(&["ConnectionError: *timed out", "*chunk failed*"]),
        ..Filters::default()
    };
    let expect = Some(("error-message", "ConnectionError: *timed out"));
    check(
        rules(),
        exception("ConnectionError", "read timed out"),
        expect,
    );
    check(
        rules(),
        exception("OtherConnectionError", "read timed out"),
        None,
    );
    let expect = Some(("error-message", "*chunk failed*"));
    let message = json!({"logentry": {"formatted": "Loading CHUNK failed.\nagain"}});
    check(rules(), message, expect);
    check(rules(), json!({"logentry": {"formatted": "fine"}}), None);
    check(rules(), json!({}), None);
    let chain = json!({"exception": {"values": [
        {"type": "ConnectionError", "value": "timed out"}, {"type": "ViewError", "value": "x"}
    ]}});
    check(
        rules(),
        chain,
        Some(("error-message", "ConnectionError: *timed out")),
    );
}

#[test]
fn releases_by_pattern() {
    let rules = || Filters {
        releases: texts(&["*-dev", "shop@1.*"]),
        ..Filters::default()
    };
    check(
        rules(),
        json!({"release": "2.0-DEV"}),
        Some(("release-version", "*-dev")),
    );
    check(
        rules(),
        json!({"release": "shop@1.4"}),
        Some(("release-version", "shop@1.*")),
    );
    check(rules(), json!({"release": "shop@2.4"}), None);
    check(rules(), json!({}), None);
}

/// The last letter of a Greek word has a form of its own, which is not of its case.
#[test]
fn greek_texts_by_pattern() {
    let rules = || Filters {
        error_messages: texts(&["*\u{39b}\u{3ac}\u{3b8}\u{3bf}\u{3c2}*"]),
        releases: texts(&["\u{3a6}\u{3a9}\u{3a3}"]),
        ..Filters::default()
    };
    let message = "\u{39b}\u{3ac}\u{3b8}\u{3bf}\u{3c2} \u{3c3}\u{3cd}\u{3bd}\u{3b4}\u{3b5}\u{3c3}\u{3b7}\u{3c2}";
    let (filter, _) = Filter::new(&rules());
    for text in [
        message,
        &message.to_uppercase(),
        "42 \u{3bb}\u{3ac}\u{3b8}\u{3bf}\u{3c2}",
    ] {
        let of_message = event(json!({"logentry": {"formatted": text}}));
        assert!(filter.check(&of_message, &receipt()).is_some(), "{text}");
    }
    for text in ["\u{3a6}\u{3a9}\u{3a3}", "\u{3c6}\u{3c9}\u{3c2}"] {
        let of_release = event(json!({"release": text}));
        assert!(filter.check(&of_release, &receipt()).is_some(), "{text}");
    }
}

#[test]
fn addresses_of_client_and_user() {
    let rules = |range: &str| Filters {
        ip_addresses: texts(&[range]),
        ..Filters::default()
    };
    check(
        rules("203.0.113.0/24"),
        json!({}),
        Some(("ip-address", "203.0.113.0/24")),
    );
    check(rules("198.51.100.7"), json!({}), None);
    let user = json!({"user": {"ip_address": "198.51.100.7"}});
    check(
        rules("198.51.100.7"),
        user,
        Some(("ip-address", "198.51.100.7")),
    );
    check(
        rules("198.51.100.7"),
        json!({"user": {"ip_address": "x"}}),
        None,
    );
}

#[test]
fn somebodys_own_machine() {
    let rules = || Filters {
        localhost: true,
        ..Filters::default()
    };
    let hit = |found| Some(("localhost", found));
    let url = |url: &str| json!({"request": {"url": url}});
    check(rules(), url("http://localhost:3000/x"), hit("localhost"));
    check(
        rules(),
        url("http://me@app.localhost/"),
        hit("app.localhost"),
    );
    check(rules(), url("http://127.0.0.1/x"), hit("127.0.0.1"));
    check(rules(), url("http://[::1]:8000/"), hit("::1"));
    check(rules(), url("http://localhost.example/"), None);
    check(rules(), url("/localhost"), None);
    check(
        rules(),
        json!({"user": {"ip_address": "127.0.0.1"}}),
        hit("127.0.0.1"),
    );
    check(
        rules(),
        json!({"user": {"ip_address": "::ffff:127.0.0.1"}}),
        hit("::ffff:127.0.0.1"),
    );
    let env = json!({"request": {"env": {"REMOTE_ADDR": "::1"}}});
    check(rules(), env.clone(), hit("::1"));
    check(Filters::default(), env, None);
}

fn browser_error(value: &str, frames: Value) -> Value {
    json!({"platform": "javascript", "exception": {"values": [
        {"type": "TypeError", "value": value, "stacktrace": {"frames": frames}}
    ]}})
}

#[test]
fn extensions_of_browsers() {
    let rules = || Filters {
        browser_extensions: true,
        ..Filters::default()
    };
    let hit = |found| Some(("browser-extensions", found));
    let own = json!({"abs_path": "https://shop.example/app.js"});
    let foreign = json!({"abs_path": "chrome-extension://abc/inject.js"});
    let nowhere = json!({"abs_path": "<anonymous>"});
    check(
        rules(),
        browser_error("x", json!([own, foreign])),
        hit("chrome-extension://"),
    );
    check(
        rules(),
        browser_error("x", json!([foreign, nowhere])),
        hit("chrome-extension://"),
    );
    check(rules(), browser_error("x", json!([foreign, own])), None);
    let said = browser_error("atomicFindClose is not defined", json!([own]));
    check(rules(), said.clone(), hit("atomicFindClose"));
    check(Filters::default(), said, None);
    check(rules(), exception("TypeError", "atomicFindClose"), None);
}

#[test]
fn crawlers_and_old_browsers_by_user_agent() {
    let rules = || Filters {
        web_crawlers: true,
        legacy_browsers: texts(&["ie"]),
        ..Filters::default()
    };
    let agent = |agent: &str| json!({"request": {"headers": [["user-AGENT", agent]]}});
    check(
        rules(),
        agent("x Googlebot/2.1"),
        Some(("web-crawlers", "googlebot")),
    );
    check(
        rules(),
        agent("Mozilla (MSIE 9.0)"),
        Some(("legacy-browsers", "ie 9")),
    );
    check(rules(), agent("Firefox/140"), None);
    check(Filters::default(), agent("x Googlebot/2.1"), None);
    // A browser's own request names the browser; a server's request names the client.
    let (filter, _) = Filter::new(&rules());
    let from = Receipt {
        user_agent: Some("bingbot/2.0".to_owned()),
        ..receipt()
    };
    let of = |platform: &str| filter.check(&event(json!({"platform": platform})), &from);
    assert!(of("javascript").is_some() && of("python").is_none());
}

#[test]
fn the_mark_of_the_first_protocol_is_honoured_without_asking() {
    let hit = |found| Some(("skip-sentry", found));
    let none = Filters::default;
    check(
        none(),
        json!({"extra": {"skip_sentry": true}}),
        hit("extra.skip_sentry"),
    );
    check(
        none(),
        json!({"extra": {"skip_sentry": "Yes"}}),
        hit("extra.skip_sentry"),
    );
    check(none(), json!({"extra": {"skip_sentry": false}}), None);
    check(none(), json!({"extra": {"skip_sentry": "no"}}), None);
    let tag = json!({"tags": [{"key": "skip_sentry", "value": "1"}]});
    check(none(), tag, hit("tag skip_sentry"));
    let marked = json!({"exception": {"values": [{"type": "Http404", "mechanism": {
        "type": "generic", "data": {"skip_sentry": true}
    }}]}});
    check(none(), marked, hit("skip_sentry of the exception"));
}

#[test]
fn faults_name_their_place_and_leave_the_rest_in_force() {
    let (filter, faults) = Filter::new(&Filters {
        error_messages: texts(&["[a", "*good*"]),
        ip_addresses: texts(&["10.0.0.0/8", "10.0.0.0/99"]),
        legacy_browsers: texts(&["netscape"]),
        ..Filters::default()
    });
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3);
    assert!(
        told[0].starts_with("line 1: `[a`: this `[` is never closed"),
        "{told:?}"
    );
    assert!(told[1].starts_with("line 2: `10.0.0.0/99`"), "{told:?}");
    assert!(told[2].contains("`netscape`"), "{told:?}");
    let found = filter.check(&event(exception("E", "so good")), &receipt());
    assert_eq!(found.unwrap().pattern, "*good*");
}

#[test]
fn a_glimpse_is_short_and_has_what_people_judge_by() {
    let seen = glimpse(&event(json!({
        "exception": {"values": [{"type": "E", "value": "x".repeat(5000)}]},
        "transaction": "/cart", "release": "1.0", "environment": "live",
        "request": {"url": "http://shop.example/", "headers": [["User-Agent", "curl/8"]]},
        "user": {"ip_address": "198.51.100.7"},
    })));
    assert!(seen.title.starts_with("E: xxx") && seen.title.len() == 300);
    let rest = [
        seen.transaction,
        seen.release,
        seen.environment,
        seen.url,
        seen.user_agent,
    ];
    let rest: Vec<_> = rest.iter().flatten().map(String::as_str).collect();
    assert_eq!(
        rest,
        ["/cart", "1.0", "live", "http://shop.example/", "curl/8"]
    );
    assert_eq!(seen.address.as_deref(), Some("198.51.100.7"));
    assert_eq!(glimpse(&event(json!({}))).title, "(no message)");
}

/// Rules that were saved when more was allowed go on, and the next change is refused.
#[test]
fn i30_patterns_that_cost_too_much_are_told_and_stay_in_force() {
    let fault = |filters: &Filters| {
        let (_, faults) = Filter::new(filters);
        faults
            .first()
            .map(|fault| (fault.line, fault.message.clone()))
    };
    let of = |patterns: Vec<String>| Filters {
        error_messages: patterns.clone(),
        releases: patterns,
        ..Filters::default()
    };
    let wild = |count: usize| (0..count).map(|number| format!("?{number}")).collect();
    assert_eq!(fault(&of(wild(31))), None);
    assert_eq!(fault(&of(vec!["*a*b*".to_owned(); 200])), None);
    let filters = of(wild(32));
    let (line, message) = fault(&filters).unwrap();
    let expect =
        "from here on the patterns are too costly: together they cost 512, and at most 500";
    assert!(
        line == 32 && message.starts_with(expect),
        "{line} {message}"
    );
    let (filter, faults) = Filter::new(&filters);
    assert_eq!(faults.len(), 2);
    assert_eq!(filter.messages.len(), 32);
}
