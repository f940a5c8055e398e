//! A tiny HTTP server for the tests. It records what it gets and answers as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use watchpost_client::Server;

/// How long a test waits for something that must happen. Reached only when the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What to answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status and further header lines.
    Status(u16, Vec<String>),
    /// Nothing, until the server is let go.
    Hang,
    /// Nothing: the connection is closed.
    HangUp,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, Vec::new())
    }

    pub(crate) fn with(status: u16, header: &str) -> Self {
        Self::Status(status, vec![header.to_owned()])
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A server on a free port of the loopback, until it is dropped.
pub(crate) struct TestServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    reply: Box<dyn Fn(usize) -> Reply + Send + Sync>,
    requests: Mutex<Vec<Request>>,
    came: Condvar,
    let_go: Mutex<bool>,
    gate: Condvar,
    stopped: AtomicBool,
}

impl TestServer {
    /// A server that answers 200 to everything.
    pub(crate) fn start() -> Self {
        Self::replying(|_| Reply::status(200))
    }

    /// A server that answers the n-th request (from 0) as `reply` says.
    pub(crate) fn replying(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            reply: Box::new(reply),
            requests: Mutex::default(),
            came: Condvar::new(),
            let_go: Mutex::default(),
            gate: Condvar::new(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (serving, stream) = (Arc::clone(&accepting), stream.unwrap());
                std::thread::spawn(move || serving.serve(&stream));
            }
        });
        Self { address, shared }
    }

    /// This server, spoken to in the protocol of today.
    pub(crate) fn modern(&self) -> Server {
        Server::dsn(&format!("http://public:secret@{}/42", self.address)).unwrap()
    }

    /// This server, spoken to in the protocol of 2010.
    pub(crate) fn seed(&self) -> Server {
        Server::seed(&format!("http://{}/sentry/store/", self.address), "k+y").unwrap()
    }

    /// The first `count` requests; waits for them.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Request> {
        let requests = self.shared.requests.lock().unwrap();
        let missing = |requests: &mut Vec<Request>| requests.len() < count;
        let (requests, waited) = self
            .shared
            .came
            .wait_timeout_while(requests, PATIENCE, missing)
            .unwrap();
        assert!(
            !waited.timed_out(),
            "{} of {count} requests",
            requests.len()
        );
        requests.clone()
    }

    /// How many requests came so far.
    pub(crate) fn count(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }

    /// Lets all hanging requests go, now and later.
    pub(crate) fn let_go(&self) {
        *self.shared.let_go.lock().unwrap() = true;
        self.shared.gate.notify_all();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.let_go();
        // Wakes the accepting thread up; it may be gone already.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// Serves one connection until the client closes it.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read(&mut reader) {
            let reply = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(request);
                (self.reply)(requests.len() - 1)
            };
            self.came.notify_all();
            let (status, headers) = match reply {
                Reply::Status(status, headers) => (status, headers),
                Reply::HangUp => return,
                Reply::Hang => {
                    let let_go = self.let_go.lock().unwrap();
                    drop(self.gate.wait_while(let_go, |let_go| !*let_go).unwrap());
                    (200, Vec::new())
                }
            };
            let mut answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 6\r\n");
            for header in headers {
                answer.push_str(&header);
                answer.push_str("\r\n");
            }
            answer.push_str("\r\nbecaus");
            let mut stream = stream;
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = line.trim_end().to_owned();
    Some(Request {
        line,
        headers,
        body,
    })
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The lines of an envelope: its header, the item's header, the event.
    pub(crate) fn envelope(&self) -> [Value; 3] {
        assert_eq!(self.header("content-encoding"), "gzip");
        let mut text = String::new();
        let mut unzip = flate2::read::GzDecoder::new(&*self.body);
        unzip.read_to_string(&mut text).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines.try_into().expect("three lines")
    }

    /// The event of an envelope.
    pub(crate) fn event(&self) -> Value {
        let [_, _, event] = self.envelope();
        event
    }

    /// The fields of a form, decoded.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        let body = std::str::from_utf8(&self.body).unwrap();
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), unescape(value))
        };
        body.split('&').map(pair).collect()
    }

    /// The record in the form, decoded as a server of 2010 does.
    pub(crate) fn record(&self) -> Value {
        let zlib = STANDARD.decode(&self.form()["data"]).unwrap();
        let mut text = String::new();
        let mut unzip = flate2::read::ZlibDecoder::new(&*zlib);
        unzip.read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                let hex = std::str::from_utf8(&hex).unwrap();
                bytes.push(u8::from_str_radix(hex, 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}
