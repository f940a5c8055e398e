//! The steps of `cargo xtask test`, in the order in which they run. `test` runs what this lists.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Lab;
use super::server::{self, Server};
use super::tally::Tally;
use super::tools;
use crate::shell::Ended;
use crate::{bench, grouping, licences, paths, shell, tidy, torture};

/// What one step does: it writes into its log and counts its tests.
type Work = Box<dyn Fn(&Lab, &Path) -> anyhow::Result<Tally> + Send + Sync>;

/// One line of the summary.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) work: Work,
}

/// Steps that may run at the same time.
pub(super) struct Stage {
    pub(super) steps: Vec<Step>,
    pub(super) at_once: usize,
    /// The scripts need it: it always runs before them, and its failure ends the run.
    pub(super) is_base: bool,
    /// Works without the base.
    pub(super) stands_alone: bool,
}

impl Stage {
    fn needs_base(&self) -> bool {
        !self.stands_alone && !self.is_base
    }
}

/// A cold build of everything on two cores, with room.
const BUILD_LIMIT: Duration = Duration::from_mins(25);
const SCRIPT_LIMIT: Duration = Duration::from_mins(10);

/// Seconds of each fuzz target whose program has changed since it passed, and of the others.
const FUZZ_SECS: u64 = 60;
const FUZZ_UNCHANGED_SECS: u64 = 5;
/// All of them at a minute each on one core, with room.
const FUZZ_LIMIT: Duration = Duration::from_mins(25);

/// The kits wait for their clients most of the time, so that three share two cores well.
const KITS_AT_ONCE: usize = 3;

/// Everything there is to run.
pub(super) fn stages() -> anyhow::Result<Vec<Stage>> {
    let mut stages = vec![
        base(vec![Step {
            name: "tools".to_owned(),
            work: Box::new(|lab, log| Ok(Tally::of_tool(tools::prepare(lab, log)?))),
        }]),
        alone(vec![
            cargo_tool("format", "fmt --all --check"),
            tidy_step(),
            licences_step(),
        ]),
        base(vec![cargo_tool(
            "build",
            "build --locked --workspace --all-targets",
        )]),
        alone(vec![
            cargo_tool(
                "lints",
                "clippy --locked --workspace --all-targets -- -D warnings",
            ),
            cargo_tool("rustdoc", "doc --locked --workspace --no-deps"),
            cargo_tests(),
            instructions_step(),
        ]),
        needs_base(vec![grouping_step()]),
        // Each part uses all cores.
        torture_stage(),
        // The fuzz targets take what the kits leave.
        Stage {
            steps: std::iter::once(fuzz_step())
                .chain(scripts("e2e/kits", "kit")?)
                .collect(),
            at_once: 1 + KITS_AT_ONCE,
            is_base: false,
            stands_alone: false,
        },
        // By themselves: one measures times, the other shows the docs' examples one by one.
        needs_base(scripts("e2e", "e2e")?),
    ];
    stages.retain(|stage| !stage.steps.is_empty());
    Ok(stages)
}

/// Keeps the steps whose name contains one of the texts, and the base when one of them needs it.
pub(super) fn select(stages: Vec<Stage>, only: Option<&str>) -> Vec<Stage> {
    let Some(only) = only else { return stages };
    let wanted = |step: &Step| only.split('|').any(|text| step.name.contains(text));
    let needs_base = stages
        .iter()
        .any(|stage| stage.needs_base() && stage.steps.iter().any(wanted));
    let mut selected = Vec::new();
    for mut stage in stages {
        if !(stage.is_base && needs_base) {
            stage.steps.retain(wanted);
        }
        if !stage.steps.is_empty() {
            selected.push(stage);
        }
    }
    selected
}

fn base(steps: Vec<Step>) -> Stage {
    Stage {
        steps,
        at_once: 1,
        is_base: true,
        stands_alone: false,
    }
}

fn alone(steps: Vec<Step>) -> Stage {
    Stage {
        steps,
        at_once: 1,
        is_base: false,
        stands_alone: true,
    }
}

/// Steps that need what the base builds, one after the other.
fn needs_base(steps: Vec<Step>) -> Stage {
    Stage {
        stands_alone: false,
        ..alone(steps)
    }
}

fn cargo(lab: &Lab, arguments: &str, log: &Path) -> anyhow::Result<Ended> {
    let mut cargo = shell::cargo(arguments);
    cargo
        .env("CARGO_TARGET_DIR", &lab.target)
        .env("RUSTDOCFLAGS", "-D warnings");
    lab.with_node(&mut cargo);
    shell::logged(&mut cargo, log, BUILD_LIMIT)
}

fn cargo_tool(name: &str, arguments: &'static str) -> Step {
    Step {
        name: name.to_owned(),
        work: Box::new(move |lab, log| Ok(Tally::of_tool(cargo(lab, arguments, log)?))),
    }
}

/// Every fuzz target for a while; `cargo xtask fuzz` runs them longer.
fn fuzz_step() -> Step {
    Step {
        name: "fuzz".to_owned(),
        work: Box::new(|lab, log| {
            let mut xtask = itself(lab);
            xtask.args(["fuzz", "--seconds", &FUZZ_SECS.to_string()]);
            xtask.args(["--unchanged", &FUZZ_UNCHANGED_SECS.to_string()]);
            let ended = shell::logged(&mut xtask, log, FUZZ_LIMIT)?;
            Ok(Tally::of_script(&std::fs::read_to_string(log)?, ended))
        }),
    }
}

/// This program as a process of its own, so that what it prints is a log like that of any script.
/// Not the one that runs: the build may have replaced its file.
fn itself(lab: &Lab) -> Command {
    let mut xtask = shell::command(lab.target.join("debug/xtask"));
    xtask.env("CARGO_TARGET_DIR", &lab.target);
    lab.with_node(&mut xtask);
    xtask
}

/// Always the whole workspace: with `-p` cargo would unify features differently and rebuild.
fn cargo_tests() -> Step {
    Step {
        name: "cargo test".to_owned(),
        work: Box::new(|lab, log| {
            let ended = cargo(lab, "test --locked --workspace --no-fail-fast", log)?;
            Ok(Tally::of_cargo(&std::fs::read_to_string(log)?, ended))
        }),
    }
}

fn tidy_step() -> Step {
    Step {
        name: "tidy".to_owned(),
        work: Box::new(|_, _| {
            let ended = Ended::Code(i32::from(!tidy::run()?));
            Ok(Tally::of_tool(ended))
        }),
    }
}

/// The recorded events of planted faults; `cargo xtask grouping-score` runs the programs again.
fn grouping_step() -> Step {
    Step {
        name: "grouping score".to_owned(),
        work: Box::new(|lab, log| {
            let mut score = grouping::recorded(&lab.target)?;
            let ended = shell::logged(&mut score, log, SCRIPT_LIMIT)?;
            Ok(Tally::of_script(&std::fs::read_to_string(log)?, ended))
        }),
    }
}

/// Counts judge where times cannot: they are the same on a busy machine.
fn instructions_step() -> Step {
    Step {
        name: "instructions".to_owned(),
        work: Box::new(|lab, log| {
            let mut build = bench::build_counted(&lab.target);
            let ended = shell::logged(&mut build, log, BUILD_LIMIT)?;
            if ended != Ended::Code(0) {
                return Ok(Tally::of_tool(ended));
            }
            let mut check = bench::counted(&lab.target);
            let ended = shell::logged(check.arg("--check"), log, SCRIPT_LIMIT)?;
            Ok(Tally::of_tool(ended))
        }),
    }
}

fn licences_step() -> Step {
    Step {
        name: "licences".to_owned(),
        work: Box::new(|_, log| {
            let faults = licences::run()?;
            std::fs::write(log, faults.join("\n"))?;
            let mut ended = Ended::Code(i32::from(!faults.is_empty()));
            if paths::program("cargo-deny").is_some() && faults.is_empty() {
                let mut deny = shell::cargo("deny check licenses bans sources");
                ended = shell::logged(&mut deny, log, SCRIPT_LIMIT)?;
            }
            Ok(Tally::of_tool(ended))
        }),
    }
}

/// One step for each part of the torture, in its small size.
fn torture_stage() -> Stage {
    let steps = torture::PARTS.iter().map(|part| {
        let name = part.name();
        let work: Work = Box::new(move |lab, log| {
            let mut xtask = itself(lab);
            xtask.args(["torture", name]);
            let ended = shell::logged(&mut xtask, log, SCRIPT_LIMIT)?;
            Ok(Tally::of_script(&std::fs::read_to_string(log)?, ended))
        });
        let name = format!("torture {name}");
        Step { name, work }
    });
    needs_base(steps.collect())
}

/// One step for each `run.sh` in the folders of `folder`.
fn scripts(folder: &str, prefix: &str) -> anyhow::Result<Vec<Step>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(paths::root().join(folder))?
        .map(|entry| Ok(entry?.path().join("run.sh")))
        .collect::<anyhow::Result<_>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths
        .into_iter()
        .filter_map(|path| {
            let client = path.parent()?.file_name()?.to_str()?.to_owned();
            Some(script_step(format!("{prefix} {client}"), path))
        })
        .collect())
}

/// A script with a server of its own, whose end is part of the test.
fn script_step(name: String, path: PathBuf) -> Step {
    let server_name = name.clone();
    let work: Work = Box::new(move |lab, log| {
        let server = Server::start(lab, &server_name)?;
        let mut command = server::script(lab, &path);
        command.env("STRICT", "1");
        server.describe(&mut command)?;
        lab.with_node(&mut command);
        let ended = shell::logged(&mut command, log, SCRIPT_LIMIT)?;
        let mut text = std::fs::read_to_string(log)?;
        for fault in server.stop() {
            text.push_str("FAIL ");
            text.push_str(&fault);
            text.push('\n');
        }
        std::fs::write(log, &text)?;
        Ok(Tally::of_script(&text, ended))
    });
    Step { name, work }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(only: &str, expect: &[&str]) {
        let step = |name: &str| Step {
            name: name.to_owned(),
            work: Box::new(|_, _| Ok(Tally::default())),
        };
        let stages = vec![
            base(vec![step("build")]),
            alone(vec![step("tidy"), step("format")]),
            Stage {
                stands_alone: false,
                ..alone(vec![step("kit a"), step("kit b")])
            },
        ];
        let names: Vec<_> = select(stages, Some(only))
            .into_iter()
            .flat_map(|stage| stage.steps.into_iter().map(|step| step.name))
            .collect();
        assert_eq!(names, expect, "{only}");
    }

    #[test]
    fn a_script_brings_its_base() {
        check("kit", &["build", "kit a", "kit b"]);
        check("kit b|tidy", &["build", "tidy", "kit b"]);
    }

    #[test]
    fn a_step_that_stands_alone_runs_alone() {
        check("tidy", &["tidy"]);
        check("nothing", &[]);
    }
}
