//! `cargo xtask grouping-score`: how well grouping finds planted faults. What is counted is in
//! `crates/bench`, the programs with the faults are in `e2e/grouping`.

use std::path::Path;
use std::process::Command;

use crate::{paths, shell};

/// The events of a run, so that a change of grouping can be judged in seconds.
const RECORDING: &str = "fixtures/planted-faults.jsonl.zst";
/// The page with the tables.
const PAGE: &str = "docs/GROUPING.md";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Score the kept recording; without it the programs run, against a server of their own.
    #[arg(long)]
    recorded: bool,
    /// Keep the events of this run as the recording.
    #[arg(long, conflicts_with_all = ["recorded", "only"])]
    record: bool,
    /// Only the programs of this platform: python, node, browser or rust.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Put the tables into docs/GROUPING.md.
    #[arg(long, conflicts_with = "only")]
    docs: bool,
}

/// Builds what is needed and scores; true when everything holds.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let target = paths::target()?;
    let mut build = shell::cargo("build --locked -p watchpost -p watchpost-bench");
    if !shell::passes(build.env("CARGO_TARGET_DIR", &target))? {
        return Ok(false);
    }
    let mut score = scoring(&target)?;
    if options.recorded {
        score.arg("--recorded").arg(paths::root().join(RECORDING));
    }
    if options.record {
        score.arg("--record").arg(paths::root().join(RECORDING));
    }
    if let Some(name) = &options.only {
        score.args(["--only", name]);
    }
    if options.docs {
        score.arg("--page").arg(paths::root().join(PAGE));
    }
    shell::passes(&mut score)
}

/// Scores the recording with programs that are built.
pub(crate) fn recorded(target: &Path) -> anyhow::Result<Command> {
    let mut score = scoring(target)?;
    score.arg("--recorded").arg(paths::root().join(RECORDING));
    Ok(score)
}

/// The program that scores, and where things are.
fn scoring(target: &Path) -> anyhow::Result<Command> {
    let cache = paths::cache()?;
    let home = cache.join("grouping");
    std::fs::create_dir_all(&home)?;
    let mut score = shell::command(target.join("debug/watchpost-bench"));
    score.arg("grouping");
    for (flag, path) in [
        ("--binary", target.join("debug/watchpost")),
        ("--programs", paths::root().join("e2e/grouping")),
        ("--packages", cache.join("kits")),
        ("--home", home),
    ] {
        score.arg(flag).arg(path);
    }
    if let Some(home) = paths::variable("HOME") {
        score.arg("--hide").arg(home);
    }
    Ok(score)
}
