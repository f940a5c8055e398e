//! I22 to I28, I35 and I37: who sends, and to which door.

#![expect(clippy::format_collect, reason = "a harness is test code")]

use serde_json::json;

use super::Case;
use super::arena::{Arena, row};
use super::requests::{case, post};
use crate::report::percent;
use crate::server::Account;

const EVENT: &str = r#"{"message": "well-formed"}"#;

pub(super) fn envelope(
    account: &Account,
    name: &str,
    body: impl AsRef<[u8]>,
    expect: &'static [u16],
) -> Case {
    Case {
        expect,
        ..case(name, post(&account.envelope_path(), "", body))
    }
}

#[test]
fn i22_credentials_that_disagree() {
    let arena = Arena::new();
    let account = &arena.site.account;
    let (key, other) = (account.key(), "f".repeat(32));
    let bare = "/api/1/store/";
    let header = |key: &str, version: &str| {
        format!("X-Sentry-Auth: Sentry sentry_version={version}, sentry_key={key}\r\n")
    };
    let one = |name: &str, bytes, expect| Case {
        expect,
        ..case(name, bytes)
    };
    let dsn = |dsn: &str| format!("{{\"dsn\":\"{dsn}\"}}\n{{\"type\":\"event\"}}\n{EVENT}\n");
    let mut cases = vec![
        one("no credentials", post(bare, "", EVENT), &[401]),
        one(
            "an unknown key",
            post(bare, &header(&other, "7"), EVENT),
            &[403],
        ),
        one(
            "a key that is none",
            post(bare, &header("x", "7"), EVENT),
            &[400, 401, 403],
        ),
        one(
            "two places",
            post(&account.store_path(), &header(key, "7"), EVENT),
            &[401],
        ),
        one(
            "two headers",
            post(bare, &header(key, "7").repeat(2), EVENT),
            &[401],
        ),
        one(
            "the key of another project",
            post("/api/2/store/", &header(key, "7"), EVENT),
            &[403],
        ),
        one("version 99", post(bare, &header(key, "99"), EVENT), &[400]),
        one("version x", post(bare, &header(key, "x"), EVENT), &[400]),
        envelope(
            account,
            "another DSN",
            dsn("http://x@y/1"),
            &[400, 401, 403],
        ),
        envelope(
            account,
            "another project",
            dsn(&account.dsn.replace("/1", "/2")),
            &[400, 403],
        ),
    ];
    let versions = ["2.0", "3", "5", "6", "7"];
    cases.extend(
        versions.map(|version| one(version, post(bare, &header(key, version), EVENT), &[200])),
    );
    let accepted = arena.attack(&cases);
    arena.survey(&accepted);
    // One answer for an unknown key, an unknown project and another project's key; no key in it.
    let answer = |path: &str, key: &str| {
        let answer = arena.connect().raw(&post(path, &header(key, "7"), EVENT));
        let answer = answer.unwrap_or_else(|error| panic!("{error}"));
        (answer.status, answer.text())
    };
    let unknown = answer(bare, &other);
    assert_eq!(answer("/api/2/store/", key), unknown);
    assert_eq!(answer("/api/99/store/", key), unknown);
    assert!(!unknown.1.contains(&other), "{unknown:?}");
}

#[test]
fn i24_projects_that_are_none() {
    row(|account| {
        let key = account.key();
        let projects = [
            "0",
            "-1",
            "1180591620717411303424",
            "1/../2",
            "%2e%2e",
            "app",
            "1%00",
            "+1",
            "01x",
            "%31%2f",
        ];
        let mut cases: Vec<Case> = (projects.iter())
            .map(|project| {
                let path = format!("/api/{project}/store/?sentry_key={key}");
                Case {
                    expect: &[403, 404],
                    ..case(*project, post(&path, "", EVENT))
                }
            })
            .collect();
        for form in ["/api/1/store", "/api/1/store/", "//api//1//store/"] {
            let path = format!("{form}?sentry_key={key}");
            cases.push(Case {
                expect: &[200],
                ..case(form, post(&path, "", EVENT))
            });
        }
        cases
    });
}

#[test]
fn i25_preflights_from_anywhere_carry_no_credentials() {
    let arena = Arena::new();
    for origin in [
        "null",
        "https://evil.example",
        "https://evil-example.com",
        "x",
        "http://[::1",
    ] {
        let text = format!(
            "OPTIONS {} HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n\
            Access-Control-Request-Method: POST\r\n\r\n",
            arena.site.account.store_path()
        );
        let answer = arena.connect().raw(text.as_bytes());
        let answer = answer.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(answer.status, 200, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    arena.is_sound();
}

#[test]
fn i26_methods_and_content_types() {
    row(|account| {
        let path = account.store_path();
        let mut cases = Vec::new();
        for method in ["PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
            let text = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            cases.push(Case {
                expect: &[405],
                ..case(method, text)
            });
        }
        for kind in [
            "text/plain",
            "application/xml",
            "x",
            "multipart/form-data; boundary=x",
            "\u{1}",
        ] {
            let header = format!("Content-Type: {kind}\r\n");
            let expect: &[u16] = &[200, 400];
            cases.push(Case {
                expect,
                ..case(kind, post(&path, &header, EVENT))
            });
            cases.push(Case {
                expect,
                ..case(kind, post(&account.envelope_path(), &header, "{}\n"))
            });
        }
        cases
    });
}

#[test]
fn i27_forms_of_2010() {
    row(|account| {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let key = &account.store_key;
        let form = |name: &str, body: String, expect| Case {
            expect,
            ..case(name, post("/store/", kind, body))
        };
        let plain = percent(EVENT.as_bytes());
        // `>>>` and `???` are what base64 writes with `+` and `/`.
        let packed = "eyJtZXNzYWdlIjogIj4+Pj8/Pz4+In0=";
        let fields: String = (0..200).map(|n| format!("a{n}=b&")).collect();
        let pickle = "format=pickle&data=KGRwMApTJ2Nvcw==";
        vec![
            form(
                "plain",
                format!("key={key}&format=json&data={plain}"),
                &[200],
            ),
            form(
                "a space for a plus",
                format!("key={key}&format=json&data={packed}"),
                &[200],
            ),
            form("pickle", format!("key={key}&{pickle}"), &[400]),
            form(
                "pickle without a format",
                format!("key={key}&data=KGRwMApTJ2Nvcw=="),
                &[400],
            ),
            form(
                "no base64",
                format!("key={key}&format=json&data=%00%ff"),
                &[400],
            ),
            form("no data", format!("key={key}&format=json"), &[400]),
            form(
                "200 fields",
                format!("{fields}key={key}&data={plain}"),
                &[400, 403],
            ),
            form(
                "a wrong key",
                format!("key={}&format=json&data={plain}", "0".repeat(32)),
                &[403],
            ),
            form("no key", format!("format=json&data={plain}"), &[403]),
        ]
    });
}

#[test]
fn i28_a_forged_address_is_not_believed() {
    let arena = Arena::new();
    let id = format!("{:032x}", 28);
    let body =
        json!({"event_id": id, "message": "x", "user": {"ip_address": "{{auto}}"}}).to_string();
    let forged = "X-Forwarded-For: 198.51.100.66\r\nForwarded: for=198.51.100.66\r\nX-Real-IP: 198.51.100.66\r\n";
    let bytes = post(&arena.site.account.store_path(), forged, body);
    let accepted = arena.attack(&[Case {
        expect: &[200],
        ..case("forged", bytes)
    }]);
    arena.survey(&accepted);
    let told = arena.event(&id).to_string();
    assert!(
        told.contains("127.0.0.1") && !told.contains("198.51.100.66"),
        "{told}"
    );
}

#[test]
fn i35_reports_of_browsers() {
    row(|account| {
        let key = account.key();
        let long = "x".repeat(30 * 1024 * 1024);
        let above = "x".repeat(64 * 1024 + 1);
        let list = format!("[{}1]", "{},".repeat(10_000));
        let doors = ["security", "csp-report", "nel"];
        let bodies = [
            ("30 MB", long.as_str(), 413),
            ("a byte above 64 KiB", &above, 413),
            ("64 KiB", &above[1..], 200),
            ("10,000", &list, 200),
            ("no JSON", "x", 200),
            ("nothing", "", 200),
        ];
        let one = |door: &str, (name, body, status): (&str, &str, u16)| {
            let path = format!("/api/1/{door}/?sentry_key={key}");
            let kind = "Content-Type: application/csp-report\r\n";
            Case {
                expect: if status == 413 { &[413] } else { &[200] },
                ..case(format!("{door} {name}"), post(&path, kind, body))
            }
        };
        let cases = doors
            .iter()
            .flat_map(|door| bodies.map(|body| one(door, body)));
        let beacon = case("a beacon", post("/api/1/envelope/", "", "{}\n"));
        cases
            .chain([Case {
                expect: &[401],
                ..beacon
            }])
            .collect()
    });
}

#[test]
fn i37_sessions_with_counts_beyond_reason() {
    row(|account| {
        let counts = ["9223372036854775808", "-1", "1e300", "\"x\""];
        let one = |count: &str| {
            let session =
                format!(r#"{{"sid":"x","errors":{count},"duration":{count},"seq":{count}}}"#);
            let sums = format!(r#"{{"aggregates":[{{"exited":{count},"errored":{count}}}]}}"#);
            let body = format!(
                "{{}}\n{{\"type\":\"session\"}}\n{session}\n{{\"type\":\"sessions\"}}\n{sums}\n"
            );
            envelope(account, count, body, &[200])
        };
        counts.map(one).to_vec()
    });
}
