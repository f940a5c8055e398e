//! Runs one target for a while on changed inputs of its corpus, on any compiler: no knowledge of
//! the code that is reached, but a seed that brings back every input. The programs in `bin` call
//! it, and `cargo xtask fuzz` calls those.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on its terminal"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;

use crate::Target;
use crate::mutation::Mutation;

/// An input that takes longer than this is one to look at.
const SLOW: Duration = Duration::from_secs(2);

/// Run a fuzz target on a corpus and on changes of it.
#[derive(Parser)]
struct Cli {
    /// The target; without one, their names are printed.
    target: Option<String>,
    /// How long to go on after the corpus itself.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Which series of changes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder with one folder of inputs per target.
    #[arg(long, default_value = "fuzz/corpus")]
    corpus: PathBuf,
    /// Where an input goes that breaks a promise.
    #[arg(long, default_value = "fuzz/artifacts")]
    artifacts: PathBuf,
    /// Run these inputs only.
    inputs: Vec<PathBuf>,
}

/// What a program with these targets does.
pub fn main(targets: &[Target]) -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let Some(name) = &cli.target else {
        for target in targets {
            println!("{}", target.name);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let target = targets.iter().find(|target| target.name == name);
    let target = *target.with_context(|| format!("no target is called {name}"))?;
    let inputs = if cli.inputs.is_empty() {
        files(&cli.corpus.join(name))?
    } else {
        cli.inputs.clone()
    };
    let inputs = inputs
        .iter()
        .map(|path| std::fs::read(path).with_context(|| path.display().to_string()));
    let inputs: Vec<Vec<u8>> = inputs.collect::<Result<_, _>>()?;
    let mut run = Run {
        target,
        artifacts: &cli.artifacts,
        executions: 0,
        faults: 0,
    };
    for input in &inputs {
        run.one(input)?;
    }
    if cli.inputs.is_empty() {
        run.changes(&inputs, cli.seed, Duration::from_secs(cli.seconds))?;
    }
    let Run {
        executions, faults, ..
    } = run;
    let seed = cli.seed;
    let word = if faults == 0 { "ok  " } else { "FAIL" };
    println!("{word} {name}: {executions} executions, seed {seed}, {faults} faults");
    Ok(ExitCode::from(u8::from(faults > 0)))
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("no corpus in {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<anyhow::Result<_>>()?;
    paths.sort();
    anyhow::ensure!(
        !paths.is_empty(),
        "the corpus in {} is empty",
        folder.display()
    );
    Ok(paths)
}

struct Run<'a> {
    target: Target,
    artifacts: &'a Path,
    executions: u64,
    faults: u64,
}

impl Run<'_> {
    fn changes(&mut self, inputs: &[Vec<u8>], seed: u64, time: Duration) -> anyhow::Result<()> {
        let corpus: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let mut mutation = Mutation::new(seed);
        let end = Instant::now() + time;
        // The first fault ends it: the next ones are mostly the same.
        while Instant::now() < end && self.faults == 0 {
            self.one(&mutation.next(&corpus))?;
        }
        Ok(())
    }

    fn one(&mut self, input: &[u8]) -> anyhow::Result<()> {
        self.executions += 1;
        let start = Instant::now();
        // The targets keep nothing between two calls.
        let ended = catch_unwind(AssertUnwindSafe(|| (self.target.run)(input)));
        let took = start.elapsed();
        let fault = match ended {
            Err(_) => "panic",
            Ok(()) if took > SLOW => "slow",
            Ok(()) => return Ok(()),
        };
        self.faults += 1;
        let folder = self.artifacts.join(self.target.name);
        std::fs::create_dir_all(&folder)?;
        let number = self.executions;
        let path = folder.join(format!("{fault}-{:08x}-{number}", crc32fast::hash(input)));
        std::fs::write(&path, input)?;
        let (name, path) = (self.target.name, path.display());
        println!("{name}: {fault} after {took:?}: {path}");
        let program = std::env::args().next().unwrap_or_default();
        println!("to see it again: {program} {name} {path}");
        Ok(())
    }
}
