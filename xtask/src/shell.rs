//! Running other programs: to the terminal, or into a log file with a deadline.
//! `check` uses the first form, the steps of `test` the second.

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;

use crate::{paths, poll};

/// A command in the checkout, without our own settings in its environment.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root());
    for name in paths::own_variables() {
        command.env_remove(name);
    }
    command
}

/// `cargo` with arguments separated by spaces.
pub(crate) fn cargo(arguments: &str) -> Command {
    let cargo = paths::variable("CARGO").unwrap_or_else(|| "cargo".to_owned());
    let mut command = command(cargo);
    command.args(arguments.split_whitespace());
    command
}

/// Runs on our own terminal; true when the program ended with 0.
pub(crate) fn passes(command: &mut Command) -> anyhow::Result<bool> {
    let status = command
        .status()
        .with_context(|| format!("failed to start {}", name(command)))?;
    Ok(status.success())
}

/// What the program printed on stdout.
///
/// # Errors
///
/// When it cannot be started or did not end with 0.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let out = command
        .output()
        .with_context(|| format!("failed to start {}", name(command)))?;
    anyhow::ensure!(
        out.status.success(),
        "{} ended with {}: {}",
        name(command),
        out.status,
        String::from_utf8_lossy(&out.stderr).trim()
    );
    String::from_utf8(out.stdout).context("output is not UTF-8")
}

/// How a program that wrote into a log file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With this exit code; a signal counts as 128 plus its number, as in a shell.
    Code(i32),
    /// It was still running at its deadline and was stopped.
    TooLate,
}

/// Runs with stdout and stderr appended to `log`; stops the whole process group at `limit`.
pub(crate) fn logged(command: &mut Command, log: &Path, limit: Duration) -> anyhow::Result<Ended> {
    let file = File::options().create(true).append(true).open(log)?;
    command
        .stdin(Stdio::null())
        .stderr(file.try_clone()?)
        .stdout(file)
        .process_group(0);
    let mut child = command
        .spawn()
        .with_context(|| format!("failed to start {}", name(command)))?;
    if let Some(code) = wait(&mut child, limit) {
        return Ok(Ended::Code(code));
    }
    signal("KILL", &format!("-{}", child.id()));
    child.wait()?;
    Ok(Ended::TooLate)
}

/// Waits until the child has ended; `None` when it still runs at the limit.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Option<i32> {
    let status = poll::until(limit, || child.try_wait().ok().flatten())?;
    Some(
        status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
    )
}

/// Sends a signal to a process, or to a whole group when `who` starts with a minus.
pub(crate) fn signal(which: &str, who: &str) {
    // A process that is already gone is what the caller wanted: the result does not matter.
    let _ = Command::new("kill")
        .args([&format!("-{which}"), "--", who])
        .stderr(Stdio::null())
        .status();
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, limit_ms: u64, expect: Ended, text: &str) {
        let log = std::env::temp_dir().join(format!("xtask-{}-{limit_ms}", std::process::id()));
        let mut shell = command("sh");
        shell.args(["-c", script]);
        let ended = logged(&mut shell, &log, Duration::from_millis(limit_ms)).unwrap();
        assert_eq!(ended, expect, "{script}");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), text);
        std::fs::remove_file(log).unwrap();
    }

    #[test]
    fn both_streams_and_the_code_arrive() {
        check(
            "echo out; echo err >&2; exit 77",
            20_000,
            Ended::Code(77),
            "out\nerr\n",
        );
    }

    #[test]
    fn a_program_that_hangs_is_stopped_with_its_children() {
        check("sleep 60 & wait", 50, Ended::TooLate, "");
    }

    #[test]
    fn a_signal_counts_as_128_and_its_number() {
        check("kill -TERM $$", 20_001, Ended::Code(143), "");
    }
}
