//! The binary as an operator runs it: `init`, `serve`, signals.

#![expect(clippy::expect_used, reason = "a harness is test code")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use crate::http::Connection;
use crate::poll;

/// A start after a crash replays what was accepted before it answers.
const START_LIMIT: Duration = Duration::from_secs(20);
/// SIGTERM must drain and end within this.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What `init --json` prints, as far as these tests need it.
#[derive(Debug, Deserialize)]
pub(crate) struct Account {
    pub(crate) org: String,
    pub(crate) project: String,
    pub(crate) project_id: serde_json::Value,
    pub(crate) dsn: String,
    pub(crate) token: String,
}

impl Account {
    /// The public key inside the DSN.
    pub(crate) fn key(&self) -> &str {
        let key = self
            .dsn
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('@'));
        let (key, _) = key.expect("a DSN has a key");
        key.split_once(':').map_or(key, |(key, _)| key)
    }

    /// The oldest door with a project in its path, with the key in the query.
    pub(crate) fn store_path(&self) -> String {
        let project = self.project_id.to_string();
        let project = project.trim_matches('"');
        format!(
            "/api/{project}/store/?sentry_version=7&sentry_key={}",
            self.key()
        )
    }
}

/// A data folder that outlives the servers started on it.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) account: Account,
}

impl Site {
    /// An empty folder, initialised.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let out = run(&["init", "--json", "--data"], &folder.path().join("data"));
        assert!(
            out.status.success(),
            "init: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        let account = serde_json::from_slice(&out.stdout).expect("init prints one JSON object");
        Self { folder, account }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts a server on the folder; it answers when this returns.
    pub(crate) fn start(&self) -> Server {
        let errors = self.folder.path().join("server.log");
        let mut child = binary()
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .stdout(Stdio::piped())
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(&errors)
                    .expect("a log"),
            )
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, receiver) = std::sync::mpsc::channel();
        // It goes on reading after the first line, so that the server never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let log = || std::fs::read_to_string(&errors).unwrap_or_default();
        let line = receiver.recv_timeout(START_LIMIT);
        let line = line.unwrap_or_else(|_| panic!("serve printed no first line: {}", log()));
        let line: serde_json::Value = serde_json::from_str(&line).expect("a JSON line");
        let address = line.get("listening").and_then(|value| value.as_str());
        let address = address
            .expect("the first line says where it listens")
            .to_owned();
        Server { child, address }
    }

    /// The answer of the API to one question.
    pub(crate) fn ask(&self, connection: &mut Connection, path: &str) -> (u16, serde_json::Value) {
        let answer = connection.get(path, &self.account.token);
        let answer = answer.expect("the server answers");
        (answer.status, answer.json())
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.address).expect("the server listens")
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`: no destructor runs, no buffer is flushed.
    pub(crate) fn kill_9(mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server has ended");
    }

    /// SIGTERM, without waiting.
    pub(crate) fn terminate(&self) {
        let kill = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(kill.expect("kill runs").success());
    }

    /// Waits until the server has ended by itself; its exit code.
    pub(crate) fn wait(mut self) -> Option<i32> {
        let status = poll::until("the server ends", STOP_LIMIT, || {
            self.child.try_wait().expect("a child can be asked")
        });
        status.code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the binary to its end, with a folder as last argument.
pub(crate) fn run(arguments: &[&str], folder: &Path) -> Output {
    binary()
        .args(arguments)
        .arg(folder)
        .output()
        .expect("the binary starts")
}

fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_watchpost"))
}
