//! Requests that are wrong before anybody looks at the event: methods, paths, heads, framing,
//! encodings.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::{Case, End};
use crate::report::percent;
use crate::server::Account;

/// Unpacks to so much: far beyond every bound.
const BOMB_BYTES: usize = 64 * 1024 * 1024;

const EVENT: &str = r#"{"message": "well-formed"}"#;

pub(super) fn case(name: impl Into<String>, text: impl AsRef<[u8]>) -> Case {
    Case {
        name: name.into(),
        bytes: text.as_ref().to_vec(),
        end: End::Wait,
        expect: &[],
    }
}

/// A request that is not complete.
pub(super) fn cut(name: &str, text: impl AsRef<[u8]>) -> Case {
    Case {
        end: End::Leave,
        ..case(name, text)
    }
}

pub(super) fn post(path: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(super) fn all(account: &Account) -> Vec<Case> {
    let path = account.store_path();
    let mut cases = methods_and_paths(&path, account);
    cases.extend(heads(&path));
    cases.extend(framing(&path));
    cases.extend(encodings(&path));
    cases.extend(envelopes(account));
    cases.extend(forms(account));
    cases
}

fn methods_and_paths(path: &str, account: &Account) -> Vec<Case> {
    let mut cases = Vec::new();
    for verb in [
        "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW",
    ] {
        for path in [path, "/store/", "/api/0/", "/auth/login/"] {
            let text = format!("{verb} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            cases.push(case(format!("{verb} {path}"), text));
        }
    }
    for path in [
        "/api/99999999999999999999/store/",
        "/api/-1/store/",
        "/api/%00/store/",
        "/api/%ff%fe/envelope/",
        "/api/0/organizations/%ff/",
        "/api/0/organizations/main/issues/?cursor=%00",
        "/api/0/organizations/main/issues/?limit=-1",
        "/api/0/organizations/main/eventids/%F0%9F%92%A9/",
        "/feeds/%ff/messages.xml",
        "/organizations/../../etc/passwd/issues/",
        "/organizations/%2e%2e/live/",
        "/setup/%00/",
        "/static/..%2f..%2fetc%2fpasswd",
        "/search?q=%ff%00",
        "//////",
        "/group/99999999999999999999/",
    ] {
        let head = "Host: x\r\nConnection: close";
        let token = format!("Authorization: Bearer {}", account.token);
        let text = format!("GET {path} HTTP/1.1\r\n{head}\r\n{token}\r\n\r\n");
        cases.push(case(format!("GET {path}"), text));
        cases.push(case(format!("POST {path}"), post(path, "", EVENT)));
    }
    cases
}

fn heads(path: &str) -> Vec<Case> {
    let long = "x".repeat(100_000);
    let many: Vec<String> = (0..500).map(|n| format!("X-{n}: y\r\n")).collect();
    vec![
        case(
            "a huge header",
            post(path, &format!("X-Long: {long}\r\n"), EVENT),
        ),
        case("many headers", post(path, &many.concat(), EVENT)),
        case("a huge path", post(&format!("/{long}"), "", EVENT)),
        case("a huge query", post(&format!("{path}&x={long}"), "", EVENT)),
        case(
            "a huge key",
            post(
                &format!("/api/1/store/?sentry_key={}", "k".repeat(50_000)),
                "",
                EVENT,
            ),
        ),
        case("bytes in a header", {
            let mut bytes = post(path, "User-Agent: ####\r\n", EVENT);
            let place = bytes.windows(4).position(|four| four == b"####").unwrap();
            bytes[place..place + 4].copy_from_slice(b"\xff\xfe\x80\xc3");
            bytes
        }),
        case(
            "auth that is none",
            post(path, "X-Sentry-Auth: Sentry ,,=,==\r\n", EVENT),
        ),
        case(
            "auth twice",
            post(
                path,
                "X-Sentry-Auth: a\r\nX-Sentry-Auth: Sentry b=c\r\n",
                EVENT,
            ),
        ),
        case(
            "bearer nothing",
            post("/api/1/store/", "Authorization: Bearer\r\n", EVENT),
        ),
        case(
            "a type that is none",
            post(path, "Content-Type: ;;;=\"\r\n", EVENT),
        ),
        case(
            "multipart without boundary",
            post(path, "Content-Type: multipart/form-data\r\n", EVENT),
        ),
        case(
            "an odd origin",
            post(path, "Origin: null\r\nReferer: \u{1f4a9}\r\n", EVENT),
        ),
        case(
            "an odd forwarded-for",
            post(path, "X-Forwarded-For: ,,,::,1.2.3\r\n", EVENT),
        ),
        cut("no request", "\r\n\r\n\r\n"),
        cut("half a request", "POST /store/ HT"),
        cut("another protocol", "SSH-2.0-OpenSSH_9.6\r\n"),
        case("HTTP/2 by force", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        case("HTTP/9", format!("GET {path} HTTP/9.9\r\n\r\n")),
    ]
}

fn framing(path: &str) -> Vec<Case> {
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    let with = |rest: &str| [chunked.as_str(), rest].concat();
    vec![
        case("a chunk without size", with("zz\r\n{}\r\n0\r\n\r\n")),
        case(
            "a chunk of 2^64",
            with("ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ),
        case("a negative chunk", with("-1\r\n{}\r\n0\r\n\r\n")),
        cut("a chunk that ends early", with("ff\r\n{}")),
        cut("no last chunk", with("2\r\n{}\r\n")),
        case(
            "two lengths",
            format!("{head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
        ),
        cut(
            "a length of 2^70",
            format!("{head}Content-Length: 1180591620717411303424\r\n\r\n{{}}"),
        ),
        case(
            "a negative length",
            format!("{head}Content-Length: -2\r\n\r\n{{}}"),
        ),
        cut(
            "a body that ends early",
            format!("{head}Content-Length: 2000\r\n\r\n{{}}"),
        ),
        case("length and chunks", {
            format!(
                "{head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n\
                 2\r\n{{}}\r\n0\r\n\r\n"
            )
        }),
        case(
            "an unknown coding",
            format!("{head}Transfer-Encoding: rot13\r\n\r\n{{}}"),
        ),
        case("no length, no chunks", format!("{head}\r\n{EVENT}")),
    ]
}

fn encodings(path: &str) -> Vec<Case> {
    let zeros = vec![b' '; BOMB_BYTES];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&zeros).unwrap();
    let bomb = gzip.finish().unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(&zeros).unwrap();
    let zlib_bomb = zlib.finish().unwrap();
    let mut twice = GzEncoder::new(Vec::new(), Compression::fast());
    twice.write_all(&bomb).unwrap();
    let twice = twice.finish().unwrap();
    let named = |coding: &str| format!("Content-Encoding: {coding}\r\n");
    vec![
        case("a gzip bomb", post(path, &named("gzip"), &bomb)),
        case(
            "a gzip bomb in gzip",
            post(path, &named("gzip, gzip"), &twice),
        ),
        case("a deflate bomb", post(path, &named("deflate"), &zlib_bomb)),
        case("a bomb by its first bytes", post(path, "", &zlib_bomb)),
        case(
            "ten codings",
            post(path, &named(&["gzip"; 10].join(",")), EVENT),
        ),
        case("a cut gzip", post(path, &named("gzip"), &bomb[..50])),
        case("no gzip", post(path, &named("gzip"), EVENT)),
        case(
            "no zstd",
            post(path, &named("zstd"), b"\x28\xb5\x2f\xfd\xff\xff\xff\xff"),
        ),
        case("no brotli", post(path, &named("br"), b"\xff\xff\xff\xff")),
        case("an unknown encoding", post(path, &named("lzma"), EVENT)),
    ]
}

fn envelopes(account: &Account) -> Vec<Case> {
    let path = format!(
        "/api/{}/envelope/?sentry_key={}",
        account.project_id,
        account.key()
    );
    let mut cases = Vec::new();
    for (name, body) in [
        ("empty", String::new()),
        ("a header that is none", "not json\n".to_owned()),
        ("only line ends", "\n".repeat(10_000)),
        (
            "a huge length",
            "{}\n{\"type\":\"event\",\"length\":18446744073709551615}\n{}".to_owned(),
        ),
        (
            "a negative length",
            "{}\n{\"type\":\"event\",\"length\":-1}\n{}\n".to_owned(),
        ),
        (
            "a type that is a number",
            "{}\n{\"type\":7}\n{}\n".to_owned(),
        ),
        (
            "an unknown type",
            "{}\n{\"type\":\"poem\"}\n{}\n".to_owned(),
        ),
        ("no type", "{}\n{}\n{}\n".to_owned()),
        (
            "many items",
            format!("{{}}\n{}", "{\"type\":\"event\"}\n{}\n".repeat(5_000)),
        ),
        (
            "two events",
            "{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"event\"}\n{}\n".to_owned(),
        ),
        (
            "a bad id",
            "{\"event_id\":\"zz\"}\n{\"type\":\"event\"}\n{}\n".to_owned(),
        ),
        (
            "a list as event",
            "{}\n{\"type\":\"event\"}\n[]\n".to_owned(),
        ),
        (
            "another dsn",
            "{\"dsn\":\"nonsense\"}\n{\"type\":\"event\"}\n{}\n".to_owned(),
        ),
    ] {
        cases.push(case(format!("envelope: {name}"), post(&path, "", body)));
    }
    cases
}

fn forms(account: &Account) -> Vec<Case> {
    let mut cases = Vec::new();
    let forms = [
        "key",
        "data=%",
        "data=%ff%fe&key=%00",
        "data=&data=&key=&key=&format=json",
    ];
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for body in forms {
        cases.push(case(format!("form: {body}"), post("/store/", form, body)));
    }
    for data in ["AAAA", "////", "=", "eJw=", "H4sI", "KGRwMApTJ2Nvcw=="] {
        let body = format!(
            "format=json&key={}&data={}",
            account.store_key,
            percent(data.as_bytes())
        );
        cases.push(case(
            format!("form with data {data}"),
            post("/store/", form, body),
        ));
    }
    cases
}
