//! Whole events: what is hidden, what stays, and what the remarks say.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

mod config;
mod planted;
mod project;

use serde_json::{Value, json};
use watchpost_model::{Event, Remark, RemarkKind, Scrubbing};

use super::{Scrubber, preview};
use crate::tests::event;

fn scrubber(scrubbing: &Scrubbing) -> Scrubber {
    let (scrubber, faults) = Scrubber::new(scrubbing);
    assert_eq!(faults, []);
    scrubber
}

/// What the event with these fields becomes, and its remarks as `path: reason`.
fn scrub(scrubbing: &Scrubbing, fields: Value) -> (Value, Vec<String>) {
    let (left, remarks) = preview(&scrubber(scrubbing), event(fields));
    let told = remarks.iter().map(|remark| {
        assert_eq!(remark.kind, RemarkKind::Scrubbed);
        format!("{}: {}", remark.path, remark.reason)
    });
    (serde_json::to_value(left).unwrap(), told.collect())
}

/// What the default rules make of the value at `pointer`, and how many remarks.
fn check(fields: Value, pointer: &str, expect: Value, remarks: usize) {
    check_with(&Scrubbing::default(), fields, pointer, expect, remarks);
}

fn check_with(scrubbing: &Scrubbing, fields: Value, pointer: &str, expect: Value, remarks: usize) {
    let (left, told) = scrub(scrubbing, fields.clone());
    let found = left.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(found, expect, "{pointer} of {fields}");
    assert_eq!(told.len(), remarks, "{told:?}");
}

fn check_extra(value: Value, expect: Value) {
    let remarks = usize::from(value != expect);
    check(json!({"extra": {"x": value}}), "/extra/x", expect, remarks);
}

#[test]
fn names_hide_their_values() {
    for name in [
        "password",
        "X-Api-Key",
        "accessToken",
        "client_secret",
        "otp",
        "Authorization",
    ] {
        let filtered = json!("[Filtered]");
        check(
            json!({"extra": {name: "v"}}),
            &format!("/extra/{name}"),
            filtered,
            1,
        );
        check(
            json!({"extra": {name: {"a": 1}}}),
            &format!("/extra/{name}"),
            Value::Null,
            1,
        );
        check(
            json!({"extra": {name: true}}),
            &format!("/extra/{name}"),
            json!(true),
            0,
        );
    }
    check(
        json!({"extra": {"laptop": "v"}}),
        "/extra/laptop",
        json!("v"),
        0,
    );
    let headers = json!([["authorization", "Basic eA=="], ["accept", "*/*"]]);
    let expect = json!([["authorization", "[Filtered]"], ["accept", "*/*"]]);
    check(
        json!({"request": {"headers": headers}}),
        "/request/headers",
        expect,
        1,
    );
    let tags = json!([{"key": "session_token", "value": "v"}]);
    check(
        json!({"tags": tags}),
        "/tags/0/value",
        json!("[Filtered]"),
        1,
    );
}

#[test]
fn words_hide_texts_and_patterns_parts() {
    check_extra(json!("my password is x"), json!("[Filtered]"));
    check_extra(
        json!("pay 4111 1111 1111 1111 now"),
        json!("pay [Filtered] now"),
    );
    check_extra(json!(4_111_111_111_111_111_u64), json!("[Filtered]"));
    check_extra(
        json!(1_511_111_111_111_111_u64),
        json!(1_511_111_111_111_111_u64),
    );
    check_extra(json!("at /home/jane/x.py"), json!("at /home/[user]/x.py"));
    check_extra(json!("amqp://u:p@h/v"), json!("amqp://u:[Filtered]@h/v"));
    check_extra(json!("Bearer abc"), json!("[Filtered]"));
    check_extra(json!("jane@example.com"), json!("jane@example.com"));
    check_extra(json!("null"), json!("null"));
}

#[test]
fn json_and_forms_in_texts_lose_only_their_secrets() {
    check(
        json!({"extra": {"x": r#"{"password":"x","a":[{"token":1}]}"#}}),
        "/extra/x",
        json!(r#"{"password":"[Filtered]","a":[{"token":null}]}"#),
        2,
    );
    check_extra(json!("{'password': 1"), json!("[Filtered]"));
}

#[test]
fn pairs_in_texts_lose_only_their_secrets() {
    check_extra(json!("a=1&password=x"), json!("a=1&password=[Filtered]"));
    check_extra(
        json!("https://h/oauth/token?code=1&access_token=x"),
        json!("https://h/oauth/token?code=1&access_token=[Filtered]"),
    );
    check_extra(json!("/auth/login"), json!("/auth/login"));
}

#[test]
fn rows_of_a_table_are_data_from_the_first_cell_on() {
    let rows = json!([
        ["4111 1111 1111 1111", "jane"],
        ["Bearer abc", 1],
        ["my password is x", 1],
        ["token=x", {"n": 4_111_111_111_111_111_u64}],
        ["4111111111111111", "4111111111111111"],
        ["X-Api-Key", "v"],
        ["a name", "v"]
    ]);
    let (left, told) = scrub(&Scrubbing::default(), json!({"extra": {"rows": rows}}));
    let expect = json!([
        ["[Filtered]", "jane"],
        ["[Filtered]", 1],
        ["[Filtered]", null],
        ["token=[Filtered]", null],
        ["[Filtered]", "[Filtered]"],
        ["X-Api-Key", "[Filtered]"],
        ["a name", "v"]
    ]);
    assert_eq!(left["extra"]["rows"], expect);
    let told = told.join("\n");
    assert!(
        !told.contains("4111") && !told.contains("token=x"),
        "{told}"
    );
    check_again(
        &scrubber(&Scrubbing::default()),
        event(json!({"extra": {"rows": rows}})),
    );
}

#[test]
fn paths_of_earlier_remarks_lose_their_secrets() {
    let long = "x".repeat(20_000);
    let fields = json!({"extra": {"4111111111111111": long, "Bearer s3cr3t.t0k3n": long}});
    let mut whole = crate::event(event(fields), &crate::tests::receipt());
    let told = "not a field of an exception";
    for path in ["exception.values.0.4111111111111111", "a.b.c"] {
        let remark = Remark::new(path, RemarkKind::Dropped, told);
        whole.remarks.push(remark);
    }
    let clean = check_again(&scrubber(&Scrubbing::default()), whole);
    let paths = clean.remarks.iter().map(|remark| remark.path.as_str());
    assert_eq!(
        paths.collect::<Vec<_>>(),
        [
            "extra.[Filtered]",
            "extra.[Filtered]",
            "exception.values.0.[Filtered]",
            "a.b.c",
            "extra",
            "extra"
        ]
    );
}

#[test]
fn cookies_that_sign_in_are_hidden() {
    let cookies = json!([["sessionid", "v"], ["theme", "dark"], ["csrftoken", "v"]]);
    let expect = json!([
        ["sessionid", "[Filtered]"],
        ["theme", "dark"],
        ["csrftoken", "[Filtered]"]
    ]);
    check(
        json!({"request": {"cookies": cookies}}),
        "/request/cookies",
        expect,
        2,
    );
    let headers = json!([["Set-Cookie", "PHPSESSID=v; path=/"]]);
    let expect = json!([["Set-Cookie", "PHPSESSID=[Filtered]; path=/"]]);
    check(
        json!({"request": {"headers": headers}}),
        "/request/headers",
        expect,
        1,
    );
    let env = json!({"HTTP_COOKIE": "a=b; sid=v"});
    check(
        json!({"request": {"env": env}}),
        "/request/env/HTTP_COOKIE",
        json!("a=b; sid=[Filtered]"),
        1,
    );
    let response = json!({"response": {"cookies": {"session": "v"}}});
    check(
        json!({"contexts": response}),
        "/contexts/response/cookies/session",
        json!("[Filtered]"),
        1,
    );
}

#[test]
fn titles_lose_only_the_secret_itself() {
    let exception = |value: &str| json!({"exception": {"values": [{"value": value}]}});
    let at = "/exception/values/0/value";
    let kept = "invalid token for user: no password";
    check(exception(kept), at, json!(kept), 0);
    check(
        exception("a@b.cc paid with 4111111111111111, Bearer abc"),
        at,
        json!("[email] paid with [creditcard], Bearer [token]"),
        1,
    );
    check(
        exception("GET /x?token=abc failed for 123-45-6789"),
        at,
        json!("GET /x?token=[Filtered] failed for [us-ssn]"),
        1,
    );
    let message = json!({"logentry": {"formatted": "DE89370400440532013000 from a@b.cc"}});
    check(
        message,
        "/logentry/formatted",
        json!("[iban] from [email]"),
        1,
    );
}

#[test]
fn code_files_and_user_agents_stay() {
    let frame = json!({"filename": "/home/jane/auth/token.py",
        "abs_path": "/home/jane/auth/token.py",
        "function": "check_password", "context_line": "password = request.POST['password']"});
    let fields = json!({"exception": {"values": [{"stacktrace": {"frames": [frame]}}]},
        "request": {"headers": [["User-Agent", "author-bot (token)"]]},
        "transaction": "/auth/token", "tags": [{"key": "page", "value": "password reset"}],
        "debug_meta": {"images": [
            {"code_file": "/home/jane/auth", "debug_id": "4111111111111111"}]}});
    let (_, told) = scrub(&Scrubbing::default(), fields);
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn remarks_say_which_rule_and_where_but_not_what() {
    let fields = json!({"extra": {"note": "é 4111111111111111 by Bearer s3cr3t", "pin_token": 7},
        "request": {"data": {"body": "{\"password\":\"hunter2\"}"}}});
    let (_, told) = scrub(&Scrubbing::default(), fields);
    assert_eq!(
        told,
        [
            "request.data.body.password: hidden by @password:filter",
            "extra.note: hidden by @creditcard:filter, characters 2 to 12; by @bearer:filter, \
             characters 16 to 26",
            "extra.pin_token: removed by @password:filter",
        ]
    );
}

#[test]
fn addresses_are_hidden_when_asked_for() {
    let fields = json!({
        "user": {"ip_address": "203.0.113.7", "id": "203.0.113.7"},
        "request": {"env": {"REMOTE_ADDR": "203.0.113.7"},
            "headers": [["X-Forwarded-For", "203.0.113.7, 2001:db8::7"]]},
        "extra": {"note": "from 203.0.113.7:80"},
        "contexts": {"browser": {"version": "120.0.0.0"}},
        "logentry": {"formatted": "no route to 203.0.113.7"},
    });
    let (kept, told) = scrub(&Scrubbing::default(), fields.clone());
    assert_eq!(
        (kept.pointer("/user/ip_address"), told.len()),
        (Some(&json!("203.0.113.7")), 0)
    );
    let scrubbing = Scrubbing {
        ip_addresses: true,
        ..Scrubbing::default()
    };
    let (left, told) = scrub(&scrubbing, fields);
    let text = left.to_string();
    assert!(
        !text.contains("203.0.113.7") && !text.contains("2001:db8"),
        "{text}"
    );
    assert!(
        text.contains("120.0.0.0") && text.contains("[ip], [ip]"),
        "{text}"
    );
    assert!(text.contains("from [ip]:80"), "{text}");
    assert_eq!(told.len(), 6, "{told:?}");
}

#[test]
fn nothing_is_hidden_when_it_is_turned_off() {
    let off = Scrubbing {
        enabled: false,
        ip_addresses: true,
        sensitive_fields: vec!["x".to_owned()],
        advanced: r#"{"applications": {"**": ["@anything"]}}"#.to_owned(),
        ..Scrubbing::default()
    };
    let fields = json!({"extra": {"x": "1.2.3.4", "password": "v"}});
    check_with(&off, fields.clone(), "/extra", fields["extra"].clone(), 0);
}

/// An event that is scrubbed again stays as it is.
fn check_again(scrubber: &Scrubber, event: Event) -> Event {
    let once = scrubber.event(event);
    let again = scrubber.event(once.clone());
    assert_eq!(again.remarks, once.remarks);
    assert!(again == once, "a second time");
    once
}
