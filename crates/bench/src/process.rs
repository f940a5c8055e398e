//! Programs that a measurement starts and stops: the server, the floor, the peers.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use crate::proc::{Memory, Usage, family};

/// A start with millions of stored events, or after a kill with a full spool.
const START_LIMIT: Duration = Duration::from_mins(2);
const STOP_LIMIT: Duration = Duration::from_mins(1);
/// Between two looks at a program that is starting or ending.
const LOOK_PAUSE: Duration = Duration::from_millis(5);

/// A running program; killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the program until it listened.
    pub(crate) started_in: Duration,
}

impl Process {
    /// Starts a program that prints `{"listening": "http://…"}` first.
    pub(crate) fn start(command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut process = Self::spawn(command.stdout(Stdio::piped()), log)?;
        let stdout = process.child.stdout.take().context("stdout is piped")?;
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Only the first line has a reader; the pipe must not fill up.
                let _ = sender.send(line);
            }
        });
        let first = lines.recv_timeout(START_LIMIT);
        let first = first.with_context(|| format!("no start: see {}", log.display()))?;
        process.address = listening(&first)?;
        process.started_in = begun.elapsed();
        Ok(process)
    }

    /// Starts a program that will listen at an address that was given to it.
    pub(crate) fn start_at(
        command: &mut Command,
        log: &Path,
        address: SocketAddr,
    ) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let mut process = Self::spawn(command.stdout(Stdio::null()), log)?;
        while std::net::TcpStream::connect(address).is_err() {
            let is_late = begun.elapsed() > START_LIMIT;
            let has_ended = process.child.try_wait()?.is_some();
            ensure!(!is_late && !has_ended, "no start: see {}", log.display());
            pause();
        }
        process.address = address;
        process.started_in = begun.elapsed();
        Ok(process)
    }

    /// Starts a program that does not listen.
    pub(crate) fn spawn(command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stderr(File::options().create(true).append(true).open(log)?)
            .spawn()
            .with_context(|| format!("failed to start {}", command.get_program().display()))?;
        Ok(Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            started_in: Duration::ZERO,
        })
    }

    /// What it and the programs that it started have used.
    pub(crate) fn usage(&self) -> Usage {
        let family = family(self.child.id()).into_iter();
        // A worker may end between the list and the look.
        let usages = family.filter_map(|pid| Usage::of(pid).ok());
        usages.fold(Usage::default(), Usage::plus)
    }

    /// What it and the programs that it started hold.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        let mut sum = Memory::default();
        for pid in family(self.child.id()) {
            let memory = Memory::of(pid).unwrap_or_default();
            sum.now += memory.now;
            sum.peak += memory.peak;
        }
        ensure!(sum.now > 0, "the program has ended");
        Ok(sum)
    }

    /// Ends it as an operator would.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        self.terminate()?;
        let begun = Instant::now();
        while begun.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "a program ended with {status}");
                return Ok(());
            }
            pause();
        }
        bail!("a program still ran {STOP_LIMIT:?} after SIGTERM")
    }

    fn terminate(&self) -> anyhow::Result<()> {
        let pid = self.child.id().to_string();
        output(Command::new("kill").args(["-TERM", &pid])).map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // Workers of their own would outlive a parent that is killed.
            let children = family(self.child.id());
            let _ = self.terminate();
            for child in children.iter().skip(1) {
                let _ = output(Command::new("kill").args(["-KILL", &child.to_string()]));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listening(line: &str) -> anyhow::Result<SocketAddr> {
    #[derive(Deserialize)]
    struct Listening {
        listening: String,
    }
    let first: Listening = serde_json::from_str(line).context("the first line of a program")?;
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
        "{}: {errors}",
        command.get_program().display()
    );
    Ok(String::from_utf8(out.stdout)?)
}

/// A short rest between two looks at something outside.
fn pause() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the pause inside a wait for a condition"
    )]
    std::thread::sleep(LOOK_PAUSE);
}
