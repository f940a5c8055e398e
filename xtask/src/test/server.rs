//! A server of its own for one script: empty folder, free loopback port, stopped at the end.
//! `plan` starts one for each kit.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use super::Lab;
use crate::shell;

/// How long a first start may take, migrations included.
const START_LIMIT: Duration = Duration::from_secs(20);
/// SIGTERM must drain and end within this.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What `init --json` prints.
#[derive(Debug, Deserialize)]
struct Created {
    org: String,
    project: String,
    dsn: String,
    store_path: String,
    store_key: String,
    token: String,
}

/// The first line of `serve --json`.
#[derive(Deserialize)]
struct Listening {
    listening: String,
}

/// A running server. Dropping it kills the process; `stop` ends it as an operator would.
pub(super) struct Server {
    child: Child,
    base_url: String,
    created: Created,
    errors: PathBuf,
}

impl Server {
    /// Makes a data folder named after the step and starts the binary on it.
    pub(super) fn start(lab: &Lab, step: &str) -> anyhow::Result<Self> {
        let home = lab.scratch.join(step.replace([' ', '/'], "-"));
        std::fs::create_dir_all(&home)?;
        let data = home.join("data");
        let errors = home.join("server.log");
        let mut init = shell::command(lab.binary());
        init.args(["init", "--json", "--data"]).arg(&data);
        let created: Created = serde_json::from_str(&shell::output(&mut init)?)
            .context("`init --json` did not print the object it promises")?;
        let mut serve = shell::command(lab.binary());
        serve.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]);
        serve
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(File::create(&errors)?);
        let mut child = serve.spawn().context("failed to start the server")?;
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let mut server = Self {
            child,
            base_url: String::new(),
            created,
            errors,
        };
        server.base_url = first_line(stdout).with_context(|| server.error_text())?;
        Ok(server)
    }

    /// The variables README.md of the kits lists.
    pub(super) fn describe(&self, command: &mut Command) -> anyhow::Result<()> {
        command
            .env("BASE_URL", &self.base_url)
            .env("DSN", moved(&self.created.dsn, &self.base_url)?)
            .env("SEED_KEY", &self.created.store_key)
            .env("SEED_PATH", &self.created.store_path)
            .env("TOKEN", &self.created.token)
            .env("ORG", &self.created.org)
            .env("PROJECT", &self.created.project);
        Ok(())
    }

    /// Ends the server with SIGTERM. Gives what was wrong with its end or in its log.
    pub(super) fn stop(mut self) -> Vec<String> {
        shell::signal("TERM", &self.child.id().to_string());
        let mut faults = Vec::new();
        match shell::wait(&mut self.child, STOP_LIMIT) {
            Some(0) => {}
            Some(code) => faults.push(format!("the server ended with {code} after SIGTERM")),
            None => faults.push("the server still ran 10 s after SIGTERM".to_owned()),
        }
        if self.error_text().contains("panicked at") {
            faults.push(format!("the server panicked: {}", self.error_text()));
        }
        faults
    }

    fn error_text(&self) -> String {
        let text = std::fs::read_to_string(&self.errors).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines
            .get(lines.len().saturating_sub(20)..)
            .unwrap_or_default();
        tail.join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended is fine; a zombie would only live until we end ourselves.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the first line; a thread goes on reading so that the server never blocks.
fn first_line(stdout: ChildStdout) -> anyhow::Result<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Only the first line has a reader.
            let _ = sender.send(line);
        }
    });
    let line = receiver
        .recv_timeout(START_LIMIT)
        .context("`serve --json` printed no first line")?;
    let listening: Listening = serde_json::from_str(&line)
        .with_context(|| format!("first line of `serve --json`: {line}"))?;
    Ok(listening.listening.trim_end_matches('/').to_owned())
}

/// The DSN with the address the server really listens on: `init` cannot know the port.
fn moved(dsn: &str, base_url: &str) -> anyhow::Result<String> {
    let (_, host) = base_url
        .split_once("://")
        .context("an address without scheme")?;
    let (user, rest) = dsn.split_once('@').context("a DSN without key")?;
    let (_, project) = rest.split_once('/').context("a DSN without project")?;
    Ok(format!("{user}@{host}/{project}"))
}

/// A script that needs no server but the binary: the browser walk starts its own.
pub(super) fn script(lab: &Lab, path: &Path) -> Command {
    let mut command = shell::command("bash");
    command
        .arg(path)
        .env("BIN", lab.binary())
        .env("WORKDIR", lab.cache.join("kits"))
        .env("SCRATCH", &lab.scratch)
        .env("SHOTS", &lab.screenshots)
        // The build folder of the kits in Rust must not be ours: other features, other lock file.
        .env("CARGO_TARGET_DIR", lab.cache.join("kits/target"));
    command
}

#[cfg(test)]
mod tests {
    use super::moved;

    fn check(dsn: &str, base_url: &str, expect: &str) {
        assert_eq!(moved(dsn, base_url).unwrap(), expect);
    }

    #[test]
    fn a_dsn_moves_to_the_real_port() {
        check(
            "http://k@localhost:9000/1",
            "http://127.0.0.1:4711",
            "http://k@127.0.0.1:4711/1",
        );
        check(
            "http://k:s@h/prefix/7",
            "http://127.0.0.1:1",
            "http://k:s@127.0.0.1:1/prefix/7",
        );
    }
}
