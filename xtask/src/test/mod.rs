//! `cargo xtask test`: everything, from a bare Debian with Rust to the closing line.
//! `main` and `.ci/run` call it. A step is a program with a log file and a way to count its tests.

mod plan;
mod server;
mod tally;
mod tools;

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context;

use self::plan::{Stage, Step};
use self::tally::Tally;
use crate::paths;

/// The pages whose pictures docs/screenshots has, as `e2e/browser/gallery.mjs` names them.
const PAGES: [&str; 10] = [
    "issues",
    "issue",
    "projects",
    "releases",
    "release",
    "users",
    "explore",
    "dashboard",
    "stats",
    "getting-started",
];
/// How each of them is shown.
const LOOKS: [&str; 3] = ["light-desk", "dark-desk", "light-phone"];

/// What every step may need to know.
struct Lab {
    /// Packages of the kits and tools, kept between runs.
    cache: PathBuf,
    /// The build folder.
    target: PathBuf,
    /// One log file per step of this run.
    logs: PathBuf,
    /// Folders of this run, removed at its end.
    scratch: PathBuf,
    /// Where pictures go.
    screenshots: PathBuf,
}

impl Lab {
    fn new() -> anyhow::Result<Self> {
        let cache = paths::cache()?;
        let run = std::process::id();
        let lab = Self {
            target: paths::target()?,
            logs: cache.join("logs"),
            scratch: cache.join(format!("run-{run}")),
            screenshots: cache.join("screenshots"),
            cache,
        };
        for folder in [&lab.logs, &lab.scratch, &lab.screenshots] {
            std::fs::create_dir_all(folder)?;
        }
        Ok(lab)
    }

    /// The server under test, as the build step made it.
    fn binary(&self) -> PathBuf {
        self.target.join("debug/watchpost")
    }

    fn log(&self, step: &str) -> PathBuf {
        self.logs
            .join(format!("{}.log", step.replace([' ', '/'], "-")))
    }
}

/// How one step went.
struct Outcome {
    name: String,
    tally: Tally,
    took: Duration,
}

/// Prints the names of all steps, for `--only`.
pub(crate) fn list() -> anyhow::Result<bool> {
    for stage in plan::stages()? {
        for step in stage.steps {
            println!("{}", step.name);
        }
    }
    Ok(true)
}

/// Runs the steps (all, or those whose name contains one of the texts in `only`, separated by `|`).
pub(crate) fn run(only: Option<&str>) -> anyhow::Result<bool> {
    let stages = plan::select(plan::stages()?, only);
    anyhow::ensure!(
        !stages.is_empty(),
        "no step has that name: see `cargo xtask test --list`"
    );
    run_stages(&Lab::new()?, stages)
}

/// Runs the browser walk and keeps those of its pictures that the documents show.
pub(crate) fn screenshots() -> anyhow::Result<bool> {
    let lab = Lab::new()?;
    let passed = run_stages(&lab, plan::select(plan::stages()?, Some("e2e browser")))?;
    let folder = paths::root().join("docs/screenshots");
    std::fs::create_dir_all(&folder)?;
    for page in PAGES {
        for look in LOOKS {
            let file = format!("{page}-{look}.png");
            std::fs::copy(
                lab.screenshots.join(format!("demo-{file}")),
                folder.join(&file),
            )
            .with_context(|| format!("the walk made no picture {file}"))?;
        }
    }
    println!(
        "{} pictures are in docs/screenshots",
        PAGES.len() * LOOKS.len()
    );
    Ok(passed)
}

fn run_stages(lab: &Lab, stages: Vec<Stage>) -> anyhow::Result<bool> {
    let start = Instant::now();
    let mut outcomes = Vec::new();
    for stage in stages {
        let is_base = stage.is_base;
        let results = run_stage(lab, stage);
        let broken = results.iter().any(|outcome| outcome.tally.failed > 0);
        outcomes.extend(results);
        if is_base && broken {
            println!("The other steps need this one: stopped here.");
            break;
        }
    }
    std::fs::remove_dir_all(&lab.scratch).context("failed to remove the folders of this run")?;
    let total: Tally = outcomes.iter().map(|outcome| outcome.tally).sum();
    print_table(&outcomes, start.elapsed());
    println!("Logs are in {}", lab.logs.display());
    println!("{total}");
    Ok(total.failed == 0)
}

/// Runs the steps of one stage, as many at once as it allows.
fn run_stage(lab: &Lab, stage: Stage) -> Vec<Outcome> {
    let count = stage.at_once.min(stage.steps.len());
    let queue = Mutex::new(stage.steps.into_iter());
    let outcomes = Mutex::new(Vec::new());
    let next = || queue.lock().ok()?.next();
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| {
                while let Some(step) = next() {
                    let outcome = run_step(lab, &step);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push(outcome);
                    }
                }
            });
        }
    });
    outcomes.into_inner().unwrap_or_default()
}

fn run_step(lab: &Lab, step: &Step) -> Outcome {
    let start = Instant::now();
    let log = lab.log(&step.name);
    // The log of an earlier run would be counted again; without one there is nothing to remove.
    let _ = std::fs::remove_file(&log);
    let result = (step.work)(lab, &log);
    let tally = result.unwrap_or_else(|error| {
        println!("{}: {error:#}", step.name);
        Tally::failure()
    });
    let took = start.elapsed();
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let mut report = line(&step.name, tally, took);
    // One print, so that steps that run at once do not mix their lines.
    for line in tally::noteworthy(&text, tally) {
        report.push_str("\n    ");
        report.push_str(line);
    }
    println!("{report}");
    Outcome {
        name: step.name.clone(),
        tally,
        took,
    }
}

fn line(name: &str, tally: Tally, took: Duration) -> String {
    let seconds = took.as_secs_f32();
    format!(
        "{:<6} {name:<28} {seconds:>7.1} s  {}",
        tally.word(),
        tally.short()
    )
}

fn print_table(outcomes: &[Outcome], took: Duration) {
    println!("\n── summary {}", "─".repeat(50));
    for outcome in outcomes {
        println!("{}", line(&outcome.name, outcome.tally, outcome.took));
    }
    println!("{:<35} {:>7.1} s", "all", took.as_secs_f32());
}
