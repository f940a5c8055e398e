//! `cargo xtask fuzz`: every target for a while. On any compiler with changed inputs of the corpus,
//! drawn by a seed; with `--libfuzzer` guided by coverage, which needs nightly and `cargo-fuzz`.
//! `main` calls it, and a step of `test` with few seconds per target.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{paths, shell};

/// Targets at the same time: one per core of the smallest machine that runs this.
const AT_ONCE: usize = 2;

/// What to run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Seconds per target.
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u64,
    /// Which series of changes; printed with every result.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only targets whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// Guided by coverage: needs a nightly toolchain and `cargo install cargo-fuzz`. New inputs go
    /// into fuzz/corpus.
    #[arg(long)]
    pub(crate) libfuzzer: bool,
}

/// Builds and runs the targets, two at a time; true when none found a fault.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let runner = build("build --locked --package watchpost-fuzz --bin mutate")?;
    let names = shell::output(&mut shell::command(&runner))?;
    let wanted = |name: &&str| options.only.as_ref().is_none_or(|only| name.contains(only));
    let names: Vec<&str> = names.lines().filter(wanted).collect();
    anyhow::ensure!(!names.is_empty(), "no target has that name");
    if options.libfuzzer {
        let toolchain = ("RUSTUP_TOOLCHAIN", "nightly");
        let mut cargo = shell::cargo("fuzz build --features libfuzzer guided");
        let built = shell::passes(cargo.env(toolchain.0, toolchain.1).env_remove("CARGO"))?;
        anyhow::ensure!(built, "cargo fuzz build failed: see the lines above");
    }
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let passed = shell::passes(&mut command(options, &runner, name));
                    if !passed.unwrap_or(false)
                        && let Ok(mut faults) = faults.lock()
                    {
                        faults.push((*name).to_owned());
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_default();
    println!("fuzz: {} targets, faults in {faults:?}", names.len());
    Ok(faults.is_empty())
}

/// Builds a program of the fuzz crate; where it is.
fn build(arguments: &str) -> anyhow::Result<std::path::PathBuf> {
    let mut cargo = shell::cargo(arguments);
    let target = paths::target()?;
    let built = shell::passes(cargo.env("CARGO_TARGET_DIR", &target))?;
    anyhow::ensure!(built, "failed to build the fuzz targets");
    Ok(target.join("debug/mutate"))
}

/// One target.
fn command(options: &Options, runner: &std::path::Path, name: &str) -> Command {
    if !options.libfuzzer {
        let mut command = shell::command(runner);
        let (seconds, seed) = (options.seconds.to_string(), options.seed.to_string());
        command.args([name, "--seconds", &seconds, "--seed", &seed]);
        return command;
    }
    let mut cargo = shell::cargo("fuzz run --features libfuzzer guided");
    cargo
        .env("RUSTUP_TOOLCHAIN", "nightly")
        .env("FUZZ_TARGET", name)
        .env_remove("CARGO")
        .arg(format!("fuzz/corpus/{name}"))
        .args(["--", "-max_len=16384", "-timeout=10"])
        .arg(format!("-max_total_time={}", options.seconds))
        .arg(format!("-seed={}", options.seed))
        .arg(format!("-artifact_prefix=fuzz/artifacts/{name}-"));
    cargo
}
