//! `cargo xtask bench`: builds the server and the measuring program with optimisation and starts
//! the latter. What is measured is in `crates/bench`; docs/benchmarks.md shows the results.

use std::path::PathBuf;

use crate::{paths, shell};

/// Runs one measurement; true when it succeeded.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<bool> {
    let target = paths::target()?;
    let mut build = shell::cargo("build --locked --release -p watchpost -p watchpost-bench");
    build.env("CARGO_TARGET_DIR", &target);
    if !shell::passes(&mut build)? {
        return Ok(false);
    }
    let mut bench = shell::command(target.join("release/watchpost-bench"));
    bench.args(arguments);
    let asks_for_help = arguments
        .iter()
        .any(|word| word == "--help" || word == "-h");
    if !asks_for_help && !arguments.is_empty() {
        for (flag, path) in defaults(&target)? {
            if !arguments.iter().any(|word| names(word, flag)) {
                bench.arg(flag).arg(path);
            }
        }
    }
    shell::passes(&mut bench)
}

/// What the program must be told and a person should not have to say.
fn defaults(target: &std::path::Path) -> anyhow::Result<[(&'static str, PathBuf); 2]> {
    let folder = paths::cache()?.join("bench");
    std::fs::create_dir_all(&folder)?;
    Ok([
        ("--dir", folder),
        ("--binary", target.join("release/watchpost")),
    ])
}

/// Is it this flag, alone or with its value?
fn names(word: &str, flag: &str) -> bool {
    let rest = word.strip_prefix(flag);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_flag_is_known_with_and_without_its_value() {
        for (word, expect) in [("--dir", true), ("--dir=x", true), ("--dirt", false)] {
            assert_eq!(names(word, "--dir"), expect, "{word}");
        }
    }
}
