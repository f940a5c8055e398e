//! `cargo xtask bench`: builds the server and the measuring program with optimisation and starts
//! the latter. What is measured is in `crates/bench`; docs/benchmarks.md shows the results.

use std::path::Path;
use std::process::Command;

use crate::{paths, shell};

/// The page that `--docs` writes into.
const PAGE: &str = "docs/benchmarks.md";
/// The counts that `instructions` compares with.
const COUNTS: &str = "crates/bench/instructions.txt";

/// Runs one measurement; true when it succeeded.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<bool> {
    let target = paths::target()?;
    if arguments.first().is_some_and(|verb| verb == "instructions") {
        let is_built = shell::passes(&mut build_counted(&target))?;
        let more = arguments.get(1..).unwrap_or_default();
        return Ok(is_built && shell::passes(counted(&target).args(more))?);
    }
    let mut build = shell::cargo("build --locked --release -p watchpost -p watchpost-bench");
    if !shell::passes(build.env("CARGO_TARGET_DIR", &target))? {
        return Ok(false);
    }
    let mut bench = shell::command(target.join("release/watchpost-bench"));
    let asks_for_help = arguments
        .iter()
        .any(|word| word == "--help" || word == "-h");
    let is_for_page = |word: &&String| *word == "--docs";
    bench.args(arguments.iter().filter(|word| !is_for_page(word)));
    if !asks_for_help && !arguments.is_empty() {
        add_defaults(&mut bench, arguments, &target)?;
        if arguments.iter().any(|word| is_for_page(&word)) {
            bench.arg("--page").arg(paths::root().join(PAGE));
        }
    }
    shell::passes(&mut bench)
}

/// Builds the program that counts. Nothing of the server's roof and ground floor is in it.
pub(crate) fn build_counted(target: &Path) -> Command {
    let mut build = shell::cargo("build --locked --profile counted -p watchpost-bench");
    build.env("CARGO_TARGET_DIR", target);
    build
}

/// Counts instructions and compares them with the stored ones.
pub(crate) fn counted(target: &Path) -> Command {
    let mut count = shell::command(target.join("counted/watchpost-bench"));
    count.args(["instructions", "--stored"]);
    count.arg(paths::root().join(COUNTS));
    count
}

/// What the program must be told and a person should not have to say.
fn add_defaults(bench: &mut Command, arguments: &[String], target: &Path) -> anyhow::Result<()> {
    let cache = paths::cache()?;
    std::fs::create_dir_all(cache.join("bench"))?;
    let defaults = [
        ("--dir", cache.join("bench")),
        ("--binary", target.join("release/watchpost")),
    ];
    let browser = ("--browser", paths::root().join("e2e/browser/weigh.sh"));
    let opens_pages = arguments.first().is_some_and(|verb| verb == "pages");
    // Where the test suite keeps the packages of the browser, too.
    bench.env("WORKDIR", cache.join("kits"));
    for (flag, path) in defaults.into_iter().chain(opens_pages.then_some(browser)) {
        if !arguments.iter().any(|word| names(word, flag)) {
            bench.arg(flag).arg(path);
        }
    }
    Ok(())
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
