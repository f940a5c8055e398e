//! What the command line says on standard output: the one place that prints.

use std::io::{self, Write};

use anyhow::{Context, Result};
use serde::Serialize;

/// Prints one line. A reader that went away (`| head`) is no error.
pub(crate) fn say(line: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("failed to write to standard output"),
    }
}

/// Prints one JSON value on one line.
pub(crate) fn say_json<T: Serialize>(value: &T) -> Result<()> {
    say(&serde_json::to_string(value).context("failed to print JSON")?)
}

/// Prints why the command failed, on standard error. Nobody is left to tell if that fails, too.
pub(crate) fn complain(line: &str) {
    writeln!(io::stderr().lock(), "{line}").ok();
}
