//! I08 to I10, I42 and F25: the connection itself. What waits for a deadline waits for the real
//! one, all of it at the same time.

#![expect(
    clippy::format_collect,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::arena::{Arena, CLOSED, row};
use super::requests::{case, post};
use super::{Case, bombs};
use crate::poll;
use crate::server::Server;

/// Above the deadlines of ten seconds for a head and for a pause in a body.
const PATIENCE: Duration = Duration::from_secs(20);
/// Connections that do nothing, or as many as the test may open.
const IDLE: usize = 10_000;
const EVENT: &str = r#"{"message": "well-formed"}"#;

fn open(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Everything up to the end of the connection; what was sent too late may reset it.
fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the connection stays open: {error}"),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Open sockets of the server. Its files come and go with the stores' own work.
fn sockets(server: &Server) -> usize {
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let targets = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    let is_socket = |target: &std::path::PathBuf| target.to_string_lossy().starts_with("socket:");
    targets.filter(is_socket).count()
}

#[test]
fn i08_slow_clients_are_let_go_and_hold_nobody_up() {
    let arena = Arena::new();
    let path = arena.site.account.store_path();
    arena.canary();
    let before = sockets(&arena.server);
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n");
    let chunked =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{{\"a");
    let starts = [
        // Nothing at all, half a head, a head without its end, half a body, half a chunk.
        String::new(),
        "POST /api".to_owned(),
        head.clone(),
        format!("{head}\r\n{{\"message\""),
        chunked,
    ];
    let mut slow: Vec<TcpStream> = Vec::new();
    for start in starts.iter().cycle().take(100) {
        let mut stream = open(&arena.server);
        stream.write_all(start.as_bytes()).unwrap();
        slow.push(stream);
    }
    arena.canary();
    // Each is closed by the server, with or without a word, never with a 200 or a 5xx.
    for stream in &mut slow {
        let said = read_all(stream);
        let status = said.get(9..12).unwrap_or("none");
        assert!(["none", "400", "408"].contains(&status), "{said}");
    }
    drop(slow);
    poll::until("the sockets are given back", PATIENCE, || {
        (sockets(&arena.server) <= before + 2).then_some(())
    });
    arena.canary();
    arena.is_sound();
}

#[test]
fn i08_a_client_that_never_reads_holds_nobody_up() {
    let arena = Arena::new();
    let request = b"GET /auth/login/ HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let mut deaf = Vec::new();
    for _ in 0..20 {
        let mut stream = open(&arena.server);
        stream
            .set_write_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        // The server stops reading once nobody takes its answers.
        let _ = stream.write_all(&request);
        deaf.push(stream);
    }
    arena.canary();
    drop(deaf);
    arena.is_sound();
}

#[test]
fn i08_idle_connections_hold_nobody_up() {
    let arena = Arena::new();
    let text = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    let allowed: usize = line
        .split_whitespace()
        .nth(3)
        .unwrap()
        .parse()
        .unwrap_or(IDLE);
    // Other tests need some, too.
    let count = IDLE.min(allowed.saturating_sub(600) / 2);
    // The server has a bound of its own: beyond, connections wait in the kernel's queue.
    let idle: Vec<TcpStream> = (0..count.min(8000)).map(|_| open(&arena.server)).collect();
    println!("{} idle connections", idle.len());
    arena.canary();
    drop(idle);
    arena.canary();
    arena.is_sound();
}

#[test]
fn i09_heads_that_are_too_large() {
    row(|account| {
        let path = account.store_path();
        let long = "x".repeat(1024 * 1024);
        let many: String = (0..1000)
            .map(|number| format!("X-{number}: y\r\n"))
            .collect();
        // A URL too: hyper stops at the bound on the whole head, before it knows which part is long.
        let case = |name, bytes| Case {
            expect: &[431],
            ..case(name, bytes)
        };
        vec![
            case("1,000 headers", post(&path, &many, EVENT)),
            case(
                "a header of 1 MB",
                post(&path, &format!("X-Long: {long}\r\n"), EVENT),
            ),
            case(
                "a URL of 1 MB",
                post(&format!("{path}&x={long}"), "", EVENT),
            ),
            case(
                "a name of 1 MB",
                post(&path, &format!("{long}: y\r\n"), EVENT),
            ),
            case(
                "a method of 1 MB",
                format!("{long} / HTTP/1.1\r\n\r\n").into_bytes(),
            ),
        ]
    });
}

#[test]
fn i10_a_hundred_pipelined_requests_the_third_bad() {
    let arena = Arena::new();
    let path = arena.site.account.store_path();
    let one = |number: usize| {
        let body = format!(r#"{{"event_id": "{number:032x}", "message": "in a pipe"}}"#);
        let length = if number == 3 {
            "x".to_owned()
        } else {
            body.len().to_string()
        };
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let all: String = (1..=100).map(one).collect();
    let mut stream = open(&arena.server);
    stream.write_all(all.as_bytes()).unwrap();
    let said = read_all(&mut stream);
    let answers: Vec<&str> = said.split("HTTP/1.1 ").skip(1).collect();
    let statuses: Vec<&str> = answers.iter().map(|answer| &answer[..3]).collect();
    // In order, and nothing behind the bad one.
    assert_eq!(statuses, ["200", "200", "400"], "{said}");
    assert!(answers[0].contains(&format!("{:032x}", 1)), "{said}");
    assert!(answers[1].contains(&format!("{:032x}", 2)), "{said}");
    let accepted = [1, 2].map(|number| format!("{number:032x}")).into();
    arena.survey(&accepted);
}

#[test]
fn i10_a_hundred_pipelined_requests_are_answered_in_order() {
    let arena = Arena::new();
    let path = arena.site.account.store_path();
    let one = |number: usize| {
        let body = format!(r#"{{"event_id": "{number:032x}", "message": "in a pipe"}}"#);
        let length = body.len();
        let close = if number == 100 {
            "Connection: close\r\n"
        } else {
            ""
        };
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{close}\r\n{body}")
    };
    let all: String = (1..=100).map(one).collect();
    let mut stream = open(&arena.server);
    stream.write_all(all.as_bytes()).unwrap();
    let said = read_all(&mut stream);
    let ids = said
        .split("\"id\":\"")
        .skip(1)
        .map(|rest| rest[..32].to_owned());
    let expected: Vec<String> = (1..=100).map(|number| format!("{number:032x}")).collect();
    assert_eq!(ids.collect::<Vec<_>>(), expected);
}

#[test]
fn i42_http_2_is_not_spoken() {
    row(|_| {
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
        let upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                       Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";
        let case = |name, bytes: &[u8], expect| Case {
            expect,
            ..case(name, bytes)
        };
        vec![
            case("a preface", preface, &[400, 505, CLOSED]),
            case("an upgrade", upgrade.as_bytes(), &[200, 303]),
        ]
    });
}

#[test]
fn f25_clients_that_vanish_leave_nothing_behind() {
    let arena = Arena::new();
    let path = arena.site.account.store_path();
    let gzip = bombs::pack("gzip", &b"{\"a\": 1}".repeat(20_000));
    arena.canary();
    let before = sockets(&arena.server);
    let requests = [
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n").into_bytes(),
        post(&path, "Content-Encoding: gzip\r\n", &gzip),
        post(&path, "", EVENT),
    ];
    for request in requests.iter().cycle().take(600) {
        let mut stream = open(&arena.server);
        let half = request.len() - request.len().min(1000) / 2;
        // Half of it, then gone; the last kind sends all and does not wait for the answer.
        let sent = if request.len() < 1000 {
            request.len()
        } else {
            half
        };
        stream.write_all(&request[..sent]).unwrap();
    }
    poll::until("the sockets are given back", PATIENCE, || {
        (sockets(&arena.server) <= before + 2).then_some(())
    });
    // The byte budget too: bodies of its whole size are taken one after the other.
    let envelope = path.replace("/store/", "/envelope/");
    let padding = " ".repeat(40 * 1024 * 1024);
    let body =
        format!("{{}}\n{{\"type\":\"event\"}}\n{EVENT}\n{{\"type\":\"attachment\"}}\n{padding}");
    for _ in 0..5 {
        let answer = arena.connect().raw(&post(&envelope, "", &body)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    arena.canary();
}
