//! A data directory and the binary on it, with or without the shim between them.
//! Every part of the torture makes sites; nothing here knows what is tested.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::http::Connection;
use super::shim::Control;
use crate::shell;

/// Longer than any start takes on a busy machine; a server that hangs ends here.
const START_LIMIT: Duration = Duration::from_secs(30);
/// SIGTERM drains within 10 s; the rest is room for a busy machine.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// What all parts need to know.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) binary: PathBuf,
    pub(super) shim: PathBuf,
}

/// What `init --json` prints, as far as it is needed here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) org: String,
    pub(super) project: String,
    project_id: Value,
    dsn: String,
    pub(super) token: String,
}

impl Account {
    /// The door for events, with the key in the query.
    pub(super) fn store_path(&self) -> String {
        let project = self.project_id.to_string();
        let project = project.trim_matches('"');
        let after = self.dsn.split("://").nth(1).unwrap_or_default();
        let key = after.split(['@', ':']).next().unwrap_or_default();
        format!("/api/{project}/store/?sentry_version=7&sentry_key={key}")
    }
}

/// A folder with a data directory in it.
pub(super) struct Site {
    pub(super) tools: Tools,
    pub(super) home: PathBuf,
    pub(super) account: Account,
    pub(super) control: Control,
    /// Whether changes are recorded into [`Site::trace`].
    pub(super) recorded: bool,
    /// Files of the spool and the archive are small, so that new ones are begun all the time.
    pub(super) small_files: bool,
    /// Set before the binary is started: `ulimit` words such as `-n 64`.
    pub(super) limits: Option<&'static str>,
}

/// Some 20 events in a file of the spool, 40 in one of the archive.
const SMALL_FILES: [(&str, &str); 2] = [
    ("WATCHPOST_SPOOL_SEGMENT_BYTES", "40000"),
    ("WATCHPOST_PARTITION_EVENTS_MAX", "40"),
];

impl Site {
    /// An empty home, initialised; with `record`, its whole life is recorded.
    pub(super) fn create(tools: &Tools, home: &Path, recorded: bool) -> anyhow::Result<Self> {
        std::fs::create_dir_all(home)?;
        // The shim compares paths as they are.
        let home = home.canonicalize()?;
        let mut site = Self {
            tools: tools.clone(),
            control: Control::create(&home.join("control"))?,
            account: Account {
                org: String::new(),
                project: String::new(),
                project_id: Value::Null,
                dsn: String::new(),
                token: String::new(),
            },
            home,
            recorded,
            small_files: recorded,
            limits: None,
        };
        let made = site.printed(&["init", "--json"])?;
        site.account = serde_json::from_str(&made).context("`init --json` prints one object")?;
        Ok(site)
    }

    /// A home around a data directory that somebody else made, with its account.
    pub(super) fn adopt(tools: &Tools, home: &Path, account: &Account) -> anyhow::Result<Self> {
        std::fs::create_dir_all(home)?;
        let home = home.canonicalize()?;
        Ok(Self {
            tools: tools.clone(),
            control: Control::create(&home.join("control"))?,
            account: account.clone(),
            home,
            recorded: false,
            small_files: false,
            limits: None,
        })
    }

    /// A copy of this site's data, as it is on disk, in another home.
    pub(super) fn copy_to(&self, home: &Path) -> anyhow::Result<Self> {
        copy_folder(&self.data(), &home.join("data"))?;
        Self::adopt(&self.tools, home, &self.account)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(super) fn trace(&self) -> PathBuf {
        self.home.join("trace")
    }

    fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    /// The binary with these arguments, under the shim.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.limits {
            None => shell::command(&self.tools.binary),
            Some(limits) => {
                let mut bash = shell::command("bash");
                bash.arg("-c")
                    .arg(format!("ulimit {limits} && exec \"$@\""));
                bash.arg("bash").arg(&self.tools.binary);
                bash
            }
        };
        command.args(arguments).arg("--data").arg(self.data());
        command
            .current_dir(&self.home)
            .env("WATCHPOST_LOG_LEVEL", "warn")
            .env("LD_PRELOAD", &self.tools.shim)
            .env("IO_SHIM_DIR", self.data())
            .env("IO_SHIM_CONTROL", self.control.path())
            .stdin(Stdio::null());
        if self.small_files {
            command.envs(SMALL_FILES);
        }
        if self.recorded {
            command.env("IO_SHIM_TRACE", self.trace());
        }
        command
    }

    /// Runs the binary to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let output = self.command(arguments).output();
        output.with_context(|| format!("failed to run {}", self.tools.binary.display()))
    }

    /// What a run that ended well printed.
    pub(super) fn printed(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.run(arguments)?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("{arguments:?} ended with {}: {errors}", output.status);
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts a server without waiting for its first line.
    pub(super) fn spawn(&self) -> anyhow::Result<Child> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = self.command(&["serve", "--json", "--listen", "127.0.0.1:0"]);
        Ok(command.stdout(Stdio::piped()).stderr(log).spawn()?)
    }

    /// Starts a server; it answers when this returns. `None`: it has ended instead.
    pub(super) fn try_start(&self) -> anyhow::Result<Result<Server, Option<i32>>> {
        let mut child = self.spawn()?;
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Only the first line has a reader.
                let _ = sender.send(line);
            }
        });
        let first = receiver.recv_timeout(START_LIMIT);
        let mut server = Server {
            child,
            address: String::new(),
        };
        match first {
            Ok(line) => {
                let line: Value = serde_json::from_str(&line)?;
                let address = line.get("listening").and_then(Value::as_str);
                address
                    .context("the first line says where it listens")?
                    .clone_into(&mut server.address);
                Ok(Ok(server))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let status = server.child.wait()?;
                Ok(Err(status.code()))
            }
            Err(mpsc::RecvTimeoutError::Timeout) => bail!("the server hangs in its start"),
        }
    }

    /// Starts a server that must answer.
    pub(super) fn start(&self) -> anyhow::Result<Server> {
        match self.try_start()? {
            Ok(server) => Ok(server),
            Err(code) => bail!("the server did not start ({code:?}): {}", self.log_tail()),
        }
    }

    /// The last lines of the log.
    pub(super) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(12);
        lines.get(from..).unwrap_or_default().join("\n")
    }

    /// Whatever a log holds, a panic must not be in it.
    pub(super) fn refuse_panics(&self) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        match text.lines().find(|line| line.contains("panicked at")) {
            Some(line) => bail!("the server panicked: {line}"),
            None => Ok(()),
        }
    }

    /// How long the trace is by now: an acknowledgement that came before is covered by it.
    pub(super) fn trace_len(&self) -> u64 {
        std::fs::metadata(self.trace()).map_or(0, |file| file.len())
    }

    /// The checks of `doctor` that failed, without those about the machine.
    pub(super) fn damage(&self) -> anyhow::Result<Vec<String>> {
        let output = self.run(&["doctor", "--json"])?;
        let text = String::from_utf8_lossy(&output.stdout);
        let Ok(Value::Array(checks)) = serde_json::from_str(&text) else {
            let errors = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Ok(vec![errors]);
        };
        let field = |check: &Value, name: &str| {
            let value = check.get(name);
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let machine = ["free space", "inodes", "permissions", "clock"];
        let failed = checks.iter().filter(|check| {
            let ok = check.get("ok").and_then(Value::as_bool) == Some(true);
            !ok && !machine.contains(&field(check, "name").as_str())
        });
        let named = failed.map(|check| {
            let (name, detail) = (field(check, "name"), field(check, "detail"));
            format!("{name}: {detail}")
        });
        Ok(named.collect())
    }

    /// Fails when `doctor` finds any damage.
    pub(super) fn expect_whole(&self) -> anyhow::Result<()> {
        let damage = self.damage()?;
        anyhow::ensure!(damage.is_empty(), "doctor: {}", damage.join("; "));
        Ok(())
    }
}

/// A running server; killed when dropped.
pub(super) struct Server {
    pub(super) child: Child,
    pub(super) address: String,
}

impl Server {
    pub(super) fn connect(&self) -> anyhow::Result<Connection> {
        let connection = Connection::open(&self.address);
        connection.with_context(|| format!("failed to connect to {}", self.address))
    }

    /// `kill -9`.
    pub(super) fn kill(mut self) {
        // Already ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, without waiting.
    pub(super) fn terminate(&self) {
        shell::signal("TERM", &self.child.id().to_string());
    }

    /// Waits for an end that somebody asked for; its exit code, 128 and more for a signal.
    pub(super) fn wait(mut self) -> anyhow::Result<i32> {
        let code = shell::wait(&mut self.child, STOP_LIMIT);
        code.context("the server still runs long after it was told to stop")
    }

    /// SIGTERM, and the end.
    pub(super) fn stop(self) -> anyhow::Result<i32> {
        self.terminate();
        self.wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies a folder with all that is in it.
pub(super) fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Bytes and number of all files of a folder.
pub(super) fn measure(folder: &Path) -> anyhow::Result<(u64, usize)> {
    let (mut bytes, mut count) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let (more_bytes, more) = measure(&entry.path())?;
            bytes += more_bytes;
            count += more;
        } else {
            bytes += entry.metadata()?.len();
            count += 1;
        }
    }
    Ok((bytes, count))
}
