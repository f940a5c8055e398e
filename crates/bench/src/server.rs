//! The real binary on a folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use crate::body::Target;
use crate::client::Connection;
use crate::process::{Process, output};

/// How long digesting all that waits may take.
const DIGEST_LIMIT: Duration = Duration::from_hours(1);
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

/// A folder with data, ready to be served.
pub(crate) struct Site {
    pub(crate) binary: PathBuf,
    home: PathBuf,
    pub(crate) account: Account,
}

impl Site {
    /// The folder `home`; a new one gets an organization, a project and its key.
    pub(crate) fn open(binary: &Path, home: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(home)?;
        let kept = home.join("account.json");
        let text = if let Ok(text) = std::fs::read_to_string(&kept) {
            text
        } else {
            // A data folder without its token is of no use; usually there is none.
            let _ = std::fs::remove_dir_all(home.join("data"));
            let mut init = Command::new(binary);
            init.args(["init", "--json", "--data"]);
            let text = output(init.arg(home.join("data")))?;
            std::fs::write(&kept, &text)?;
            text
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
    pub(crate) fn start(&self) -> anyhow::Result<Process> {
        let mut serve = Command::new(&self.binary);
        // As many issues as wanted: the bound on new ones would join them.
        serve.env("WATCHPOST_NEW_ISSUES_PER_HOUR", "1000000000");
        serve.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]);
        Process::start(serve.arg(self.data()), &self.home.join("server.log"))
    }

    /// Where events go when the server is at `address`.
    pub(crate) fn target(&self, address: SocketAddr) -> anyhow::Result<Target> {
        Target::of_dsn(&self.account.dsn, address)
    }
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

/// Accepted events that are not digested yet.
pub(crate) async fn waiting(connection: &mut Connection) -> anyhow::Result<u64> {
    let request = get("/_health/?full", connection.address(), None);
    let answer = connection.exchange(&request).await?;
    let health: Health = serde_json::from_slice(connection.body(&answer))?;
    Ok(health.spool.waiting_events)
}

/// Waits until everything that was accepted is digested.
pub(crate) async fn digested(address: SocketAddr) -> anyhow::Result<()> {
    let mut connection = Connection::new(address);
    let begun = Instant::now();
    while waiting(&mut connection).await? > 0 {
        ensure!(begun.elapsed() < DIGEST_LIMIT, "the spool does not empty");
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    Ok(())
}

/// A request for a page or an answer of the API, with one more line of head.
pub(crate) fn get(path: &str, address: SocketAddr, line: Option<&str>) -> Vec<u8> {
    let line = line.map_or(String::new(), |line| format!("{line}\r\n"));
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{line}\r\n").into_bytes()
}
