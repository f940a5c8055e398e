//! The real binary on a folder of its own, started and stopped by the measurement.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::body::Target;
use crate::client::Connection;
use crate::proc::{Memory, Usage};

/// A start with millions of stored events, or after a kill with a full spool.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long digesting all that waits may take.
const DIGEST_LIMIT: Duration = Duration::from_secs(3600);
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Between two looks at the spool.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// What `init --json` printed; kept beside the data, because the token is shown only once.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Account {
    pub(crate) org: String,
    pub(crate) project: String,
    pub(crate) project_id: i64,
    pub(crate) dsn: String,
    pub(crate) token: String,
}

impl Account {
    fn key(&self) -> &str {
        let key = self.dsn.split_once("://").map_or("", |(_, rest)| rest);
        let key = key.split_once('@').map_or("", |(key, _)| key);
        key.split_once(':').map_or(key, |(key, _)| key)
    }
}

/// A folder with data, ready to be served.
pub(crate) struct Site {
    binary: PathBuf,
    home: PathBuf,
    pub(crate) account: Account,
}

impl Site {
    /// The folder `home`; a new one gets an organization, a project and its key.
    pub(crate) fn open(binary: &Path, home: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(home)?;
        let kept = home.join("account.json");
        let text = match std::fs::read_to_string(&kept) {
            Ok(text) => text,
            Err(_) => {
                // A data folder without its token is of no use.
                let _ = std::fs::remove_dir_all(home.join("data"));
                let mut init = Command::new(binary);
                init.args(["init", "--json", "--data"])
                    .arg(home.join("data"));
                let text = output(&mut init)?;
                std::fs::write(&kept, &text)?;
                text
            }
        };
        Ok(Self {
            binary: binary.to_owned(),
            home: home.to_owned(),
            account: serde_json::from_str(&text).context("what `init --json` printed")?,
        })
    }

    /// An empty folder in place of whatever was there.
    pub(crate) fn fresh(binary: &Path, home: &Path) -> anyhow::Result<Self> {
        if home.exists() {
            std::fs::remove_dir_all(home)?;
        }
        Self::open(binary, home)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// Starts the server; it listens when this returns.
    pub(crate) fn start(&self) -> anyhow::Result<Server> {
        let log = self.home.join("server.log");
        let begun = Instant::now();
        let mut child = Command::new(&self.binary)
            .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log)?)
            .spawn()
            .with_context(|| format!("failed to start {}", self.binary.display()))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Only the first line has a reader; the pipe must not fill up.
                let _ = sender.send(line);
            }
        });
        let first = lines.recv_timeout(START_LIMIT);
        let mut server = Server {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            started_in: begun.elapsed(),
        };
        let first = first.with_context(|| format!("no start: see {}", log.display()))?;
        server.address = listening(&first)?;
        Ok(server)
    }

    /// Where events go when the server is at `address`.
    pub(crate) fn target(&self, address: SocketAddr) -> Target {
        Target {
            host: address.to_string(),
            project: self.account.project_id.to_string(),
            key: self.account.key().to_owned(),
        }
    }
}

fn listening(line: &str) -> anyhow::Result<SocketAddr> {
    #[derive(Deserialize)]
    struct Listening {
        listening: String,
    }
    let first: Listening = serde_json::from_str(line).context("first line of `serve --json`")?;
    let address = first.listening.trim_start_matches("http://");
    address.trim_end_matches('/').parse().context("an address")
}

/// What a program printed that ended well.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let out = command
        .output()
        .with_context(|| format!("failed to start {}", command.get_program().display()))?;
    let errors = String::from_utf8_lossy(&out.stderr);
    ensure!(
        out.status.success(),
        "{:?}: {errors}",
        command.get_program()
    );
    Ok(String::from_utf8(out.stdout)?)
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first line.
    pub(crate) started_in: Duration,
}

/// The part of `/_health/?full` that matters here.
#[derive(Deserialize)]
struct Health {
    spool: Depth,
}

#[derive(Deserialize)]
struct Depth {
    waiting_events: u64,
}

impl Server {
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.child.id())
    }

    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        Memory::of(self.child.id())
    }

    /// Accepted events that are not digested yet.
    pub(crate) async fn waiting(&self, connection: &mut Connection) -> anyhow::Result<u64> {
        let request = get("/_health/?full", &self.address, None);
        let answer = connection.exchange(&request).await?;
        let health: Health = serde_json::from_slice(connection.body(&answer))?;
        Ok(health.spool.waiting_events)
    }

    /// Waits until everything that was accepted is digested.
    pub(crate) async fn digested(&self) -> anyhow::Result<()> {
        let mut connection = Connection::new(self.address);
        let begun = Instant::now();
        while self.waiting(&mut connection).await? > 0 {
            ensure!(begun.elapsed() < DIGEST_LIMIT, "the spool does not empty");
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Ok(())
    }

    /// Ends it as an operator would.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().to_string();
        output(Command::new("kill").args(["-TERM", &pid]))?;
        let begun = Instant::now();
        while begun.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the server ended with {status}");
                return Ok(());
            }
            pause();
        }
        bail!("the server still ran {STOP_LIMIT:?} after SIGTERM")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A short rest between two looks at something outside.
pub(crate) fn pause() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the pause inside a wait for a condition"
    )]
    std::thread::sleep(LOOK_PAUSE);
}

/// A request for a page or an answer of the API.
pub(crate) fn get(path: &str, address: &SocketAddr, credential: Option<&str>) -> Vec<u8> {
    let credential = credential.map_or(String::new(), |line| format!("{line}\r\n"));
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{credential}\r\n").into_bytes()
}
