//! The binary as an operator runs it: `init`, `serve`, signals.

#![expect(clippy::expect_used, reason = "a harness is test code")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::http::Connection;
use crate::poll;

/// A start after a crash replays what was accepted before it answers.
const START_LIMIT: Duration = Duration::from_secs(20);
/// SIGTERM must drain and end within this.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What `init --json` prints, as far as these tests need it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Account {
    pub(crate) org: String,
    pub(crate) project: String,
    pub(crate) project_id: Value,
    pub(crate) dsn: String,
    pub(crate) store_key: String,
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

    /// The DSN, for the server at `address`.
    pub(crate) fn dsn_at(&self, address: &str) -> String {
        let host = address.trim_start_matches("http://");
        format!("http://{}@{host}/{}", self.key(), self.project_id)
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

    /// The door of envelopes, likewise.
    pub(crate) fn envelope_path(&self) -> String {
        self.store_path().replace("/store/", "/envelope/")
    }
}

/// A folder of the operator's: the data is in it, and what else a test puts there.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The binary with these arguments, on the data of this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchpost"));
        command.args(arguments).arg("--data").arg(self.data());
        command.current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output();
        output.expect("the binary starts")
    }

    /// Starts a server that prints JSON; it answers when this returns.
    pub(crate) fn start(&self) -> Server {
        self.start_with(&[])
    }

    /// The same with these variables in its environment.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)]) -> Server {
        let arguments = ["--json", "--listen", "127.0.0.1:0"];
        let (mut server, line) = self.serve_with(&arguments, variables);
        let line: Value = serde_json::from_str(&line).expect("a JSON line");
        let address = line.get("listening").and_then(Value::as_str);
        let address = address.expect("the first line says where it listens");
        address.clone_into(&mut server.address);
        server
    }

    /// Starts `serve` with these arguments; the server, and the first line that it printed.
    pub(crate) fn serve(&self, arguments: &[&str]) -> (Server, String) {
        self.serve_with(arguments, &[])
    }

    fn serve_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (Server, String) {
        let (server, line) = self.launch(&[&["serve"], arguments].concat(), variables);
        let line = line.unwrap_or_else(|| {
            let log = std::fs::read_to_string(self.path("server.log")).unwrap_or_default();
            panic!("serve printed no first line: {log}")
        });
        (server, line)
    }

    /// Starts something that runs until it is stopped; it, and the first line that it printed.
    pub(crate) fn launch(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> (Server, Option<String>) {
        let server = self.spawn(arguments, variables);
        let line = server.line();
        (server, line)
    }

    /// The same without waiting for a line.
    pub(crate) fn spawn(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Server {
        let errors = self.path("server.log");
        let log = File::options().create(true).append(true).open(&errors);
        let mut child = self
            .command(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, lines) = mpsc::channel();
        // It goes on reading after the first line, so that the server never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Server {
            child,
            address: String::new(),
            lines: Mutex::new(lines),
        }
    }
}

/// What a finished run printed, if it ended well.
pub(crate) fn printed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {errors}", output.status);
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The one JSON value that a finished run printed.
pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).expect("one JSON value")
}

/// Why a run failed; it must have ended with exit code 1 and printed nothing else.
pub(crate) fn refusal(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said} {errors}");
    assert_eq!(said, "", "{errors}");
    errors
}

/// An initialised data folder that outlives the servers started on it.
pub(crate) struct Site {
    home: Home,
    pub(crate) account: Account,
}

impl Deref for Site {
    type Target = Home;
    fn deref(&self) -> &Home {
        &self.home
    }
}

impl Site {
    /// An empty folder, initialised.
    pub(crate) fn new() -> Self {
        let home = Home::new();
        let account = printed(&home.run(&["init", "--json"]));
        let account = serde_json::from_str(&account).expect("init prints one JSON object");
        Self { home, account }
    }

    /// The data of `account`, moved to another folder.
    pub(crate) fn moved(home: Home, account: Account) -> Self {
        Self { home, account }
    }

    /// The answer of the API to one question.
    pub(crate) fn ask(&self, connection: &mut Connection, path: &str) -> (u16, Value) {
        let answer = connection.get(path, &self.account.token);
        let answer = answer.expect("the server answers");
        (answer.status, answer.json())
    }

    /// The answer of the API to a question that has one.
    pub(crate) fn tell(&self, connection: &mut Connection, path: &str) -> Value {
        let (status, answer) = self.ask(connection, path);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Below the organization in the API.
    pub(crate) fn org_path(&self, rest: &str) -> String {
        format!("/api/0/organizations/{}/{rest}", self.account.org)
    }

    /// Below the project in the API.
    pub(crate) fn project_path(&self, rest: &str) -> String {
        let Account { org, project, .. } = &self.account;
        format!("/api/0/projects/{org}/{project}/{rest}")
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// Behind a lock, so that many threads may attack one server.
    lines: Mutex<Receiver<String>>,
}

impl Server {
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(&self.address).expect("the server listens")
    }

    /// The next line that it prints; `None` when it does not in time or has ended.
    pub(crate) fn line(&self) -> Option<String> {
        self.lines().recv_timeout(START_LIMIT).ok()
    }

    /// What it printed since, without waiting.
    pub(crate) fn more_lines(&self) -> Vec<String> {
        self.lines().try_iter().collect()
    }

    fn lines(&self) -> MutexGuard<'_, Receiver<String>> {
        self.lines.lock().expect("no panic while reading")
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
        self.signal("TERM");
    }

    /// A signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args(["-s", name])
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
