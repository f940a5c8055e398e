//! Running other programs. `check` and `tidy` call it.

use std::process::Command;

use anyhow::Context;

use crate::paths;

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

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
