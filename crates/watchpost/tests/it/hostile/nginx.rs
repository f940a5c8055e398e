//! The same bytes, straight and through nginx: never another number of requests, never another
//! event. Whoever can make the two disagree can slip a request past the proxy (I07).

#![expect(
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::arena::Arena;
use crate::poll;
use crate::server::Home;
use crate::work;

const START_LIMIT: Duration = Duration::from_secs(10);
/// A connection that stays open this long has nothing more to say.
const SILENCE: Duration = Duration::from_secs(2);

/// The one attack whose first request brings no event.
const GET: &str = "a GET with a body";

/// A running nginx of our own; killed when dropped.
struct Nginx {
    child: Child,
    address: String,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Already ended is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `None` when this machine has no nginx.
fn program() -> Option<&'static str> {
    let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
    places
        .into_iter()
        .find(|path| std::path::Path::new(path).exists())
}

/// Starts it on a free port, with all of its files in the folder of the test.
fn start(program: &str, home: &Home, server: &str) -> Nginx {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = home.path("nginx");
    std::fs::create_dir_all(&folder).unwrap();
    let at = folder.display();
    let config = format!(
        "daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log {at}/log;\n\
         events {{ worker_connections 256; }}\n\
         http {{ log_format seen '$arg_case $upstream_status'; access_log {at}/seen seen;\n\
         client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
         client_max_body_size 100m; upstream watchpost {{ server {server}; keepalive 8; }}\n\
         server {{ listen 127.0.0.1:{port}; location / {{\n\
         proxy_pass http://watchpost; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_set_header Host $host; }} }} }}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    let log = folder.join("log");
    let child = Command::new(program)
        .arg("-c")
        .arg(&file)
        .arg("-e")
        .arg(&log)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let address = format!("127.0.0.1:{port}");
    poll::until("nginx listens", START_LIMIT, || {
        TcpStream::connect(&address).ok()
    });
    Nginx { child, address }
}

/// Two requests in one write, by different means of being told apart. `{a}` and `{b}` are the
/// events that the two bring, if there are two.
struct Pair {
    /// Request line and host.
    head: String,
    /// The body of the first, plain.
    first: String,
    /// The same as one chunk and the last.
    chunk: String,
    /// The second, which is honest.
    second: String,
    /// Bytes of one body.
    length: usize,
    /// Bytes of the first body and the second request.
    all: usize,
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

type Attack = (&'static str, String);

impl Pair {
    fn new(path: &str) -> Self {
        let event = |mark: &str| format!(r#"{{"event_id":"{mark}","message":"x"}}"#);
        let first = event("{a}");
        // With ids in place, both are as long as this.
        let length = first.len() - 3 + 32;
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n");
        let second = format!("{head}Content-Length: {length}\r\n\r\n{}", event("{b}"));
        Self {
            chunk: format!("{length:x}\r\n{first}\r\n0\r\n\r\n"),
            all: second.len() - 3 + 32 + length,
            head,
            first,
            second,
            length,
        }
    }

    /// The first with these header lines and this body, then the second.
    fn with(&self, lines: &str, body: &str) -> String {
        format!("{}{lines}\r\n{body}{}", self.head, self.second)
    }

    fn plain(&self, name: &'static str, lines: &str) -> Attack {
        (name, self.with(lines, &self.first))
    }

    fn chunked(&self, name: &'static str, lines: &str) -> Attack {
        (name, self.with(lines, &self.chunk))
    }

    fn chunks(&self, name: &'static str, body: &str) -> Attack {
        (name, self.with(CHUNKED, body))
    }

    fn lengths(&self) -> Vec<Attack> {
        let (length, all) = (self.length, self.all);
        let sized = format!("Content-Length: {length}\r\n");
        let long = format!("Content-Length: {all}\r\n");
        vec![
            self.plain("two honest ones", &sized),
            self.chunked("chunks, then a length", &format!("{CHUNKED}{sized}")),
            self.chunked("a length, then chunks", &format!("{sized}{CHUNKED}")),
            self.chunked(
                "a length over both, and chunks",
                &format!("{long}{CHUNKED}"),
            ),
            (
                "an end of chunks, and a length",
                self.with(&format!("{long}{CHUNKED}"), "0\r\n\r\n"),
            ),
            self.plain("two lengths", &format!("{sized}{long}")),
            self.plain("the same length twice", &format!("{sized}{sized}")),
            self.plain(
                "a list of lengths",
                &format!("Content-Length: {length}, {all}\r\n"),
            ),
            self.plain("a signed length", &format!("Content-Length: +{length}\r\n")),
            self.plain("a negative length", "Content-Length: -1\r\n"),
            self.plain(
                "a blank before a colon",
                &format!("Content-Length : {length}\r\n"),
            ),
            self.plain(
                "a length in a folded line",
                &format!("Content-Length:\r\n {length}\r\n"),
            ),
            self.plain(
                "an expectation",
                &format!("Expect: 100-continue\r\n{sized}"),
            ),
            self.plain("a NUL in a header", &format!("X-A: \0\r\n{sized}")),
            (GET, self.plain("", &sized).1.replacen("POST", "GET", 1)),
            (
                "an absolute target",
                self.plain("", &sized)
                    .1
                    .replacen("POST /", "POST http://y/", 1),
            ),
            (
                "blank lines first",
                format!("\r\n\r\n{}", self.plain("", &sized).1),
            ),
        ]
    }

    fn codings(&self) -> Vec<Attack> {
        vec![
            self.chunked(
                "a coding in a folded line",
                "Transfer-Encoding:\r\n chunked\r\n",
            ),
            self.chunked("a coding with a tab", "Transfer-Encoding:\tchunked\r\n"),
            self.chunked("a coding in capitals", "TRANSFER-ENCODING: CHUNKED\r\n"),
            self.chunked("a coding of two", "Transfer-Encoding: gzip, chunked\r\n"),
            self.chunked(
                "a coding before another",
                "Transfer-Encoding: chunked, identity\r\n",
            ),
            self.chunked("a coding twice", &CHUNKED.repeat(2)),
            self.chunked(
                "a coding with a strange name",
                "Transfer-Encoding: xchunked\r\n",
            ),
            self.chunked(
                "a coding with a vertical tab",
                "Transfer-Encoding: \u{b}chunked\r\n",
            ),
            self.chunked("a coding behind a line feed", &format!("X-A: b\n{CHUNKED}")),
            self.chunked(
                "a coding behind a carriage return",
                &format!("X-A: b\r{CHUNKED}"),
            ),
            (
                "a coding in HTTP/1.0",
                self.chunked("", CHUNKED)
                    .1
                    .replacen("HTTP/1.1", "HTTP/1.0", 1),
            ),
        ]
    }

    /// A length and chunks, one of them somewhat hidden.
    fn both(&self) -> Vec<Attack> {
        let length = self.length;
        let sized = format!("Content-Length: {length}\r\n");
        let lines = [
            (
                "both in capitals",
                format!("{sized}{CHUNKED}").to_uppercase(),
            ),
            (
                "both, far apart",
                format!("{sized}{}{CHUNKED}", "X-A: b\r\n".repeat(50)),
            ),
            (
                "both, the length without a value",
                format!("{CHUNKED}Content-Length:\r\n"),
            ),
            (
                "both, the length as a word",
                format!("{CHUNKED}Content-Length: x\r\n"),
            ),
            ("both, the length twice", format!("{CHUNKED}{sized}{sized}")),
            (
                "both, behind line feeds",
                format!("X-A: b\n{sized}X-B: c\n{CHUNKED}"),
            ),
        ];
        let attack = |(name, lines): (&'static str, String)| self.chunked(name, &lines);
        lines.into_iter().map(attack).collect()
    }

    fn odd_chunks(&self) -> Vec<Attack> {
        let Self {
            head,
            first,
            chunk,
            length,
            ..
        } = self;
        let (_, unsized_chunk) = chunk.split_once("\r\n").unwrap();
        vec![
            self.chunks("extensions", &chunk.replacen("\r\n", ";a=\"b\r\n\"\r\n", 1)),
            self.chunks("bare line feeds", &chunk.replace("\r\n", "\n")),
            self.chunks("longer than it says", &format!("5\r\n{first}\r\n0\r\n\r\n")),
            self.chunks("a size with a sign", &format!("+{chunk}")),
            self.chunks("a size with a prefix", &format!("0x{chunk}")),
            self.chunks(
                "a size of 2^64 and more",
                &format!("1{length:016x}\r\n{unsized_chunk}"),
            ),
            self.chunks(
                "a trailer that is a request",
                &format!("{length:x}\r\n{first}\r\n0\r\n{head}\r\n"),
            ),
        ]
    }
}

/// Whether the first head says in both ways where its body ends.
fn says_both(text: &str) -> bool {
    let head = text.trim_start().split("\r\n\r\n").next().unwrap();
    let head = head.to_ascii_lowercase();
    head.contains("content-length:") && head.contains("transfer-encoding:")
}

/// The statuses of all answers, interim ones left out. 5xx are none of ours.
fn exchange(address: &str, bytes: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    let _ = stream.write_all(bytes.as_bytes());
    let (mut said, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        said.extend_from_slice(&part[..count]);
        // The two answers are there: nothing more can come.
        if said.windows(9).filter(|nine| *nine == b"HTTP/1.1 ").count() > 2 {
            break;
        }
    }
    let said = String::from_utf8_lossy(&said);
    let statuses: Vec<&str> = said
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|rest| &rest[..3])
        .collect();
    assert!(statuses.iter().all(|status| *status != "500"), "{said}");
    let last = statuses.into_iter().filter(|status| *status != "100");
    last.map(str::to_owned).collect()
}

#[test]
fn i07_nginx_and_watchpost_see_the_same_requests() {
    let Some(program) = program() else {
        // Not `println`, which cargo hides: `cargo xtask test` counts these lines.
        let why = b"\nSKIPPED: no nginx on this machine (Debian package nginx-light)\n";
        std::io::stderr().write_all(why).unwrap();
        return;
    };
    let arena = Arena::new();
    let nginx = start(
        program,
        &arena.site,
        arena.server.address.trim_start_matches("http://"),
    );
    let path = arena.site.account.store_path();
    let pair = Pair::new(&format!("{path}&case={{case}}"));
    let attacks = [
        pair.lengths(),
        pair.codings(),
        pair.odd_chunks(),
        pair.both(),
    ]
    .concat();
    let ids = |round: usize, number: usize| {
        ["a", "b"].map(|mark| format!("{round:08x}{number:08x}{mark:0>16}"))
    };
    std::thread::scope(|scope| {
        for (round, address) in [&arena.server.address, &nginx.address]
            .into_iter()
            .enumerate()
        {
            for (number, (_, text)) in attacks.iter().enumerate() {
                let [first, second] = ids(round, number);
                let text = text.replace("{a}", &first).replace("{b}", &second);
                let text = text.replace("{case}", &number.to_string());
                scope.spawn(move || {
                    let statuses = exchange(address, &text);
                    // No room for two opinions: refused, and nothing behind it is believed.
                    if says_both(&text) {
                        assert_eq!(statuses, ["400"], "{text}");
                    }
                });
            }
        }
    });
    work::settle(&arena.site, &mut arena.connect());
    let found = |round: usize, number: usize| -> BTreeSet<usize> {
        let ids = ids(round, number).into_iter().enumerate();
        let found =
            ids.filter(|(_, id)| work::issue_of(&arena.site, &mut arena.connect(), id).is_some());
        found.map(|(place, _)| place).collect()
    };
    let seen = std::fs::read_to_string(arena.site.path("nginx/seen")).unwrap();
    for (number, (name, text)) in attacks.iter().enumerate() {
        let (straight, behind) = (found(0, number), found(1, number));
        // What nginx takes for requests that we answered with 200, and what we took for events.
        let wanted = format!("{number} 200");
        let passed = seen.lines().filter(|line| **line == wanted).count();
        println!("{name}: straight {straight:?}, behind nginx {behind:?} of {passed}");
        assert_eq!(behind.len(), passed, "{name}: {behind:?}");
        // The second alone: the first was refused, and what followed it was believed all the same.
        // (A GET is no report, whatever its body says.)
        let is_report = *name != GET;
        assert!(!is_report || straight != [1].into(), "{name}");
        assert!(!is_report || behind != [1].into(), "{name}");
        assert!(!says_both(text) || straight.is_empty(), "{name}");
    }
    let both = attacks.iter().filter(|(_, text)| says_both(text)).count();
    assert!(both >= 10, "only {both} attacks by both framings");
    assert_eq!(found(1, 0), [0, 1].into(), "two honest ones behind nginx");
    arena.is_sound();
}
