//! `cargo xtask fuzz`: every target for a while. On any compiler with changed inputs of the corpus,
//! drawn by a seed; with `--libfuzzer` guided by coverage, which needs nightly and `cargo-fuzz`.
//! `main` calls it, and a step of `test`, where a target that has passed as it is takes seconds.

use std::fmt::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread::available_parallelism;

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::{paths, shell};

/// The programs of the fuzz crate begin with this.
const PREFIX: &str = "fuzz-";
/// A target that passed for so long need not do it again until its program or corpus changes.
const SECS_LONG: u64 = 60;

/// What to run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Seconds per target.
    #[arg(long, default_value_t = SECS_LONG)]
    pub(crate) seconds: u64,
    /// Seconds of a target that has passed for a minute, with this program and corpus, on this
    /// machine before.
    #[arg(long)]
    pub(crate) unchanged: Option<u64>,
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

impl Options {
    fn seconds_of(&self, stamp: &Path) -> u64 {
        let unchanged = self.unchanged.filter(|_| stamp.exists());
        unchanged.unwrap_or(self.seconds)
    }
}

/// One target, in the program that has it.
struct Target {
    name: String,
    program: PathBuf,
    /// Is there when it has passed for long as it is now.
    stamp: PathBuf,
    seconds: u64,
}

/// Builds and runs the targets, one per core at a time; true when none found a fault.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let mut targets = targets(options)?;
    anyhow::ensure!(!targets.is_empty(), "no target has that name");
    if options.libfuzzer {
        let toolchain = ("RUSTUP_TOOLCHAIN", "nightly");
        let mut cargo = shell::cargo("fuzz build --features libfuzzer guided");
        let built = shell::passes(cargo.env(toolchain.0, toolchain.1).env_remove("CARGO"))?;
        anyhow::ensure!(built, "cargo fuzz build failed: see the lines above");
    }
    // The short ones last, so that no core waits long for another.
    targets.sort_by_key(|target| std::cmp::Reverse(target.seconds));
    let count = targets.len();
    let queue = Mutex::new(targets.into_iter());
    let faults = Mutex::new(Vec::new());
    let next = || queue.lock().ok()?.next();
    std::thread::scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(target) = next() {
                    let passed = target.run(options).unwrap_or_else(|error| {
                        println!("FAIL {}: {error:#}", target.name);
                        false
                    });
                    if !passed && let Ok(mut faults) = faults.lock() {
                        faults.push(target.name);
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_default();
    println!("fuzz: {count} targets, faults in {faults:?}");
    Ok(faults.is_empty())
}

/// Builds the programs and asks them what they have.
fn targets(options: &Options) -> anyhow::Result<Vec<Target>> {
    let folder = paths::target()?;
    // All of the workspace, as `cargo xtask test` has built it: of a part cargo would unify
    // features differently, and build half of everything again.
    let mut cargo = shell::cargo("build --locked --workspace --all-targets");
    let built = shell::passes(cargo.env("CARGO_TARGET_DIR", &folder))?;
    anyhow::ensure!(built, "failed to build the fuzz targets");
    let stamps = folder.join("fuzz-passed");
    std::fs::create_dir_all(&stamps)?;
    let mut targets = Vec::new();
    for source in sorted(&paths::root().join("fuzz/src/bin"))? {
        let group = source.file_stem().context("a source without a name")?;
        let program = folder.join(format!("debug/{PREFIX}{}", group.to_string_lossy()));
        let code = Sha256::new_with_prefix(std::fs::read(&program)?);
        let names = shell::output(&mut shell::command(&program))?;
        let is_wanted = |name: &&str| options.only.as_ref().is_none_or(|only| name.contains(only));
        for name in names.lines().filter(is_wanted) {
            let corpus = paths::root().join("fuzz/corpus").join(name);
            let stamp = stamps.join(format!("{name}-{}", hash(code.clone(), &corpus)?));
            targets.push(Target {
                name: name.to_owned(),
                program: program.clone(),
                seconds: options.seconds_of(&stamp),
                stamp,
            });
        }
    }
    Ok(targets)
}

/// Of a program and of a target's corpus.
fn hash(mut of: Sha256, corpus: &Path) -> anyhow::Result<String> {
    for input in sorted(corpus)? {
        let bytes = std::fs::read(input)?;
        of.update(bytes.len().to_le_bytes());
        of.update(bytes);
    }
    let mut hex = String::new();
    for byte in of.finalize() {
        write!(hex, "{byte:02x}")?;
    }
    Ok(hex)
}

fn sorted(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<anyhow::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

impl Target {
    /// True when it found no fault.
    fn run(&self, options: &Options) -> anyhow::Result<bool> {
        let passed = shell::passes(&mut self.command(options))?;
        if passed && self.seconds >= SECS_LONG && !options.libfuzzer {
            std::fs::write(&self.stamp, "")?;
        }
        Ok(passed)
    }

    fn command(&self, options: &Options) -> Command {
        let name = &self.name;
        if !options.libfuzzer {
            // Whatever else runs goes first.
            let mut command = shell::command("nice");
            let (seconds, seed) = (self.seconds.to_string(), options.seed.to_string());
            command.args(["-n", "10"]).arg(&self.program);
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
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target whose program is these bytes and whose corpus is that one input.
    fn stamp(folder: &Path, program: &str, input: &str) -> PathBuf {
        let corpus = folder.join("corpus");
        std::fs::create_dir_all(&corpus).unwrap();
        std::fs::write(corpus.join("input"), input).unwrap();
        let hash = hash(Sha256::new_with_prefix(program), &corpus).unwrap();
        folder.join(format!("target-{hash}"))
    }

    #[test]
    fn a_minute_is_spent_until_program_and_corpus_are_those_that_passed() {
        let folder = std::env::temp_dir().join(format!("xtask-fuzz-{}", std::process::id()));
        let options = Options {
            seconds: 60,
            unchanged: Some(5),
            seed: 1,
            only: None,
            libfuzzer: false,
        };
        let seconds = |program, input| options.seconds_of(&stamp(&folder, program, input));
        assert_eq!(seconds("program", "input"), 60);
        let target = Target {
            name: "target".to_owned(),
            program: "true".into(),
            stamp: stamp(&folder, "program", "input"),
            seconds: 5,
        };
        assert!(target.run(&options).unwrap());
        assert_eq!(
            seconds("program", "input"),
            60,
            "five seconds earn no stamp"
        );
        let long = Target {
            seconds: 60,
            ..target
        };
        assert!(long.run(&options).unwrap());
        assert_eq!(seconds("program", "input"), 5);
        assert_eq!(seconds("another", "input"), 60);
        assert_eq!(seconds("program", "another"), 60);
        let always = Options {
            unchanged: None,
            ..options.clone()
        };
        assert_eq!(always.seconds_of(&stamp(&folder, "program", "input")), 60);
        let fails = Target {
            program: "false".into(),
            stamp: stamp(&folder, "worse", "input"),
            ..long
        };
        assert!(!fails.run(&options).unwrap());
        assert_eq!(seconds("worse", "input"), 60, "a failure earns no stamp");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
