//! `cargo xtask tidy`: the rules no compiler knows, over every tracked file.
//! `check` and `test` run it too. A rule takes text and gives faults, so each is tested on its own.

mod crates;
mod files;
mod named;
mod ratchet;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

use crate::{paths, shell};

/// One tracked file as the rules see it.
pub(crate) struct Source {
    /// From the root of the checkout, with slashes.
    path: String,
    /// Nothing when the file is not UTF-8, that is: binary.
    text: Option<String>,
    size_bytes: usize,
}

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    path: String,
    /// Zero when the whole file is meant.
    line: usize,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(out, "{}: {}", self.path, self.what),
            line => write!(out, "{}:{line}: {}", self.path, self.what),
        }
    }
}

impl Fault {
    fn in_file(source: &Source, what: impl Into<String>) -> Self {
        Self::at(source, 0, what)
    }

    fn at(source: &Source, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: source.path.clone(),
            line,
            what: what.into(),
        }
    }
}

/// Runs every rule, prints the import table and the faults; true when there are none.
pub(crate) fn run() -> anyhow::Result<bool> {
    let sources = tracked()?;
    let ratchet = ratchet::Ratchet::read(&sources)?;
    let (table, mut faults) = crates::check(&sources);
    faults.extend(files::check(&sources));
    faults.extend(named::check(&sources));
    faults.extend(ratchet.check(&sources));
    for source in &sources {
        faults.extend(text::check(source));
    }
    print!("{table}");
    for fault in &faults {
        println!("tidy: {fault}");
    }
    println!("tidy: {} files, {} faults", sources.len(), faults.len());
    Ok(faults.is_empty())
}

/// Every file git knows or would add, so that a forgotten `git add` hides nothing.
fn tracked() -> anyhow::Result<Vec<Source>> {
    let list = shell::output(shell::command("git").args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut sources = Vec::new();
    for path in list.split_terminator('\0') {
        // A file that is deleted but not yet committed is listed and cannot be read.
        let Ok(bytes) = std::fs::read(paths::root().join(path)) else {
            continue;
        };
        sources.push(Source {
            path: path.to_owned(),
            size_bytes: bytes.len(),
            text: String::from_utf8(bytes).ok(),
        });
    }
    Ok(sources)
}
