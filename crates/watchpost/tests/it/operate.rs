//! What operators and their tools see: metrics, log lines, signals, systemd.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code")]

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::http::Connection;
use crate::poll;
use crate::server::Site;

const LIMIT: Duration = Duration::from_secs(10);

/// Samples by name and labels, as printed.
fn samples(text: &str) -> HashMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(sample).collect()
}

#[test]
fn metrics_tell_what_was_taken_and_what_was_refused() {
    let site = Site::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let free = free.unwrap().to_string();
    let server = site.start_with(&[("WATCHPOST_METRICS_LISTEN", &free)]);
    let mut connection = server.connect();
    let path = site.account.store_path();
    for _ in 0..3 {
        let answer = connection.post(&path, br#"{"message": "boom"}"#).unwrap();
        assert_eq!(answer.status, 200);
    }
    assert_eq!(connection.post(&path, b"[]").unwrap().status, 400);

    let wanted = r#"watchpost_items_total{outcome="accepted",category="error",reason=""}"#;
    let found = poll::until("the events are digested", LIMIT, || {
        let answer = connection.get("/metrics", &site.account.token).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let found = samples(&answer.text());
        (found.get(wanted) == Some(&3.0)).then_some(found)
    });
    let expected = [
        (
            r#"watchpost_items_total{outcome="invalid",category="error",reason="invalid_json"}"#,
            1.0,
        ),
        ("watchpost_ack_seconds_count", 3.0),
        ("watchpost_spool_sync_events_sum", 3.0),
        ("watchpost_digested_events_total", 3.0),
        ("watchpost_log_lines_dropped_total", 0.0),
    ];
    for (name, value) in expected {
        assert_eq!(found.get(name), Some(&value), "{name}: {found:?}");
    }
    assert!(found.get("watchpost_resident_bytes").unwrap() > &1e6);

    // Not for strangers; on a listener of its own for whoever reaches that.
    assert_eq!(
        connection.get("/metrics", "sntryu_wrong").unwrap().status,
        401
    );
    let mut own = Connection::open(&free).unwrap();
    let answer = own.exchange("GET", "/metrics", "", b"").unwrap();
    assert_eq!(answer.header("content-type"), Some(OPEN_METRICS));
    assert!(answer.text().ends_with("# EOF\n"), "{}", answer.text());
    assert_eq!(own.post(&path, b"{}").unwrap().status, 404);
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[test]
fn a_line_of_the_log_leads_to_the_answer() {
    let site = Site::new();
    let log = || std::fs::read_to_string(site.path("server.log")).unwrap();
    let variables = [
        ("WATCHPOST_LOG_LEVEL", "debug"),
        ("WATCHPOST_LOG_FORMAT", "logfmt"),
    ];
    let server = site.start_with(&variables);
    let path = site.account.store_path();
    let answer = server.connect().post(&path, b"[]").unwrap();
    let id = answer.header("x-request-id").unwrap();
    let line = poll::until("the line is written", LIMIT, || {
        let log = log();
        let line = log.lines().find(|line| line.contains(id))?;
        Some(line.to_owned())
    });
    assert!(line.contains("status=400"), "{line}");
    assert!(line.contains("method=POST"), "{line}");
    assert!(!log().contains(site.account.key()), "a key in the log");
}

#[test]
fn sighup_takes_a_new_log_level_and_keeps_the_old_one_when_it_is_wrong() {
    let site = Site::new();
    let file = site.path("watchpost.toml");
    std::fs::write(&file, "log_level = 'info'").unwrap();
    let server = site.start_with(&[("WATCHPOST_CONFIG", file.to_str().unwrap())]);
    let logged = |text: &str| {
        poll::until(text, LIMIT, || {
            let log = std::fs::read_to_string(site.path("server.log")).unwrap();
            log.contains(text).then_some(())
        });
    };
    std::fs::write(&file, "log_level = 'loud'").unwrap();
    server.signal("HUP");
    logged("failed to reload, nothing changed");
    std::fs::write(&file, "log_level = 'debug'").unwrap();
    server.signal("HUP");
    logged("took log_level");
    server
        .connect()
        .exchange("GET", "/_health/", "", b"")
        .unwrap();
    logged("answered");
}

#[test]
fn systemd_hears_when_the_server_is_ready_alive_and_stopping() {
    let site = Site::new();
    let socket = site.path("notify");
    let ear = UnixDatagram::bind(&socket).unwrap();
    ear.set_read_timeout(Some(LIMIT)).unwrap();
    let hear = || {
        let mut bytes = [0; 64];
        let length = ear.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(bytes.get(..length).unwrap()).into_owned()
    };
    let server = site.start_with(&[
        ("NOTIFY_SOCKET", socket.to_str().unwrap()),
        ("WATCHDOG_USEC", "20000"),
    ]);
    assert_eq!(hear().trim(), "READY=1");
    assert_eq!(hear().trim(), "WATCHDOG=1");
    assert_eq!(hear().trim(), "WATCHDOG=1");
    server.terminate();
    while hear().trim() != "STOPPING=1" {}
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_second_signal_does_not_wait_for_a_slow_client() {
    let site = Site::new();
    let server = site.start();
    let host = server.address.trim_start_matches("http://");
    let mut slow = TcpStream::connect(host).unwrap();
    slow.set_read_timeout(Some(LIMIT)).unwrap();
    let path = site.account.store_path();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"
    );
    slow.write_all(head.as_bytes()).unwrap();
    // The server says so once it waits for the body.
    let mut go_on = [0; 12];
    slow.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100");
    server.terminate();
    poll::until("it is stopping", LIMIT, || {
        let log = std::fs::read_to_string(site.path("server.log")).unwrap();
        log.contains("stopping").then_some(())
    });
    server.terminate();
    assert_eq!(server.wait(), Some(130));
    // Somebody stopped it: the next start does not ask who it was.
    let _again = site.start();
    let log = poll::until("it says that it listens", LIMIT, || {
        let log = std::fs::read_to_string(site.path("server.log")).unwrap();
        (log.matches(" listening").count() == 2).then_some(log)
    });
    assert!(!log.contains("ended without a stop"), "{log}");
}
