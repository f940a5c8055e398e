//! The doors of 2010 to 2012: spellings of the form, signed requests, pictures, prefixes, and
//! what is refused.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use serde_json::json;

use crate::http::Connection;
use crate::report::{self, percent};
use crate::server::Site;

fn record(number: u32) -> Vec<u8> {
    let id = format!("{number:032x}");
    let record = json!({"message": format!("door {number}"), "message_id": id});
    record.to_string().into_bytes()
}

fn found(site: &Site, connection: &mut Connection, number: u32) {
    let event = report::find(site, connection, &format!("{number:032x}"));
    assert_eq!(event["event"]["message"], format!("door {number}"));
}

#[test]
fn every_way_to_write_the_data_is_read() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    };
    let deflate = |bytes: &[u8]| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    };
    let wrapped = |text: String| {
        let lines: Vec<_> = text.as_bytes().chunks(76).collect();
        String::from_utf8(lines.join(&b'\n')).unwrap()
    };
    let ways = [
        report::packed(&record(1)),
        STANDARD.encode(record(2)),
        gzip(&record(3)),
        deflate(&record(4)),
        wrapped(STANDARD.encode(record(5))),
        wrapped(report::packed(&record(6))),
        URL_SAFE.encode(record(7)),
    ];
    let key = &site.account.store_key;
    for (number, data) in (1..).zip(&ways) {
        let path = ["/store/", "/sentry/store/", "/store", "/a/b/store/"][number % 4];
        let answer = report::form(&mut connection, path, key, "json", data);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, ""),
            "{number}"
        );
    }
    for number in 1..=7 {
        found(&site, &mut connection, number);
    }
    let multipart = format!(
        "--X\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{key}\r\n\
         --X\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\njson\r\n\
         --X\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{}\r\n--X--\r\n",
        report::packed(&record(8))
    );
    let kind = "Content-Type: multipart/form-data; boundary=X\r\n";
    let answer = connection.exchange("POST", "/store/", kind, multipart.as_bytes());
    assert_eq!(answer.unwrap().status, 200);
    found(&site, &mut connection, 8);
}

#[test]
fn what_is_wrong_is_refused_with_the_reason() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let key = site.account.store_key.as_str();
    let good = report::packed(&record(1));
    let b64 = |text: &str| STANDARD.encode(text);
    let (list, string, broken) = (b64("[1]"), b64("\"text\""), b64("{\"message\": "));
    let pickle = b64("(dp0\nS'message'\np1\nS'x'\np2\ns.");
    for (key, format, data, status, said) in [
        ("wrong", "json", good.as_str(), 403, "Invalid credentials"),
        ("", "json", &good, 403, "Invalid credentials"),
        (
            site.account.key(),
            "json",
            &good,
            403,
            "Invalid credentials",
        ),
        (key, "pickle", &pickle, 400, "pickle"),
        (key, "", &pickle, 400, ""),
        (key, "yaml", &good, 400, "format"),
        (key, "json", &pickle, 400, "pickle"),
        (key, "json", "", 400, "Missing data"),
        (key, "json", "!!!", 400, ""),
        (key, "json", &list, 400, "Bad data"),
        (key, "json", &string, 400, "Bad data"),
        (key, "json", &broken, 400, "Bad data"),
    ] {
        let answer = report::form(&mut connection, "/store/", key, format, data);
        let text = answer.text();
        assert_eq!(answer.status, status, "{format} {data}: {text}");
        assert!(text.contains(said), "{format} {data}: {text}");
        assert!(!text.is_empty(), "{format} {data}");
    }
    let issues = site.tell(&mut connection, &site.project_path("issues/"));
    assert_eq!(issues, json!([]), "nothing of it is kept");
    let page = connection.exchange("GET", "/store/", "", b"").unwrap();
    assert_eq!(page.status, 405);
    assert_eq!(page.header("allow"), Some("POST, OPTIONS"));
}

/// The time of this machine plus `ahead` seconds, as the clients print it.
fn clock(ahead: f64) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "clients have clocks of their own"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("{:.2}", Duration::as_secs_f64(&since) + ahead)
}

#[test]
fn signed_requests_of_2011() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let key = site.account.store_key.as_str();
    let mut send = |number: u32, key: &str, timestamp: &str| {
        let body = report::packed(&record(number));
        let headers = report::signed(key, timestamp, &body);
        let answer = connection.exchange("POST", "/store/", &headers, body.as_bytes());
        let answer = answer.unwrap();
        (answer.status, answer.text())
    };
    let expired = (410, "Message has expired".to_owned());
    let invalid = (403, "Invalid signature".to_owned());
    assert_eq!(send(1, key, &clock(0.0)), (200, String::new()));
    assert_eq!(send(2, key, &clock(-3000.0)), (200, String::new()));
    assert_eq!(send(3, key, &clock(-3700.0)), expired);
    assert_eq!(send(4, "another key", &clock(0.0)), invalid);
    let odd = (400, "Invalid timestamp".to_owned());
    assert_eq!(send(5, key, "noon"), odd);
    let body = report::packed(&record(6));
    let headers = report::signed(key, &clock(0.0), &body);
    let other = report::packed(&record(7));
    let answer = connection.exchange("POST", "/store/", &headers, other.as_bytes());
    assert_eq!(answer.unwrap().status, 403, "another body was signed");
    found(&site, &mut connection, 1);
    found(&site, &mut connection, 2);
    let issues = site.tell(&mut connection, &site.project_path("issues/"));
    assert_eq!(issues.as_array().unwrap().len(), 2, "{issues}");
}

#[test]
fn a_picture_can_carry_an_event() {
    let site = Site::new();
    let server = site.start();
    let mut connection = server.connect();
    let event = json!({"event_id": format!("{:032x}", 9), "message": "door 9"});
    let project = &site.account.project_id;
    let mut get = |key: &str, data: &str| {
        let data = percent(data.as_bytes());
        let path =
            format!("/api/{project}/store/?sentry_version=4&sentry_key={key}&sentry_data={data}");
        let headers = "Referer: http://shop.example/\r\n";
        connection.exchange("GET", &path, headers, b"").unwrap()
    };
    let answer = get(site.account.key(), &event.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("image/gif"));
    assert!(answer.body.starts_with(b"GIF89a"));
    assert_eq!(get(&"0".repeat(32), &event.to_string()).status, 403);
    assert_eq!(get(site.account.key(), "{nonsense").status, 400);
    found(&site, &mut connection, 9);
}
