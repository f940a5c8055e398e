//! What a developer and CI run:
//! `cargo xtask check | tidy | test | fuzz | torture | bench | grouping-score | screenshots`.
//! Every verb is one file (or folder) of the same name; the rest are the tools they share.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on its terminal"
)]

mod bench;
mod check;
mod fuzz;
mod grouping;
mod licences;
mod paths;
mod poll;
mod shell;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Check, test and tidy the Watchpost workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The fast half, for every save: format, lints, tidy and the unit tests.
    Check,
    /// The rules no compiler knows: walls between crates, sizes, leftovers.
    Tidy,
    /// Everything: installs what the tests need, then runs all of them.
    Test {
        /// Only the steps whose name contains this text, for example `kit` or `browser`.
        #[arg(long, value_name = "TEXT")]
        only: Option<String>,
        /// List the steps and stop.
        #[arg(long)]
        list: bool,
    },
    /// The measurements of docs/benchmarks.md: `cargo xtask bench --help`.
    #[command(disable_help_flag = true)]
    Bench {
        /// What to measure and how, as the measuring program takes it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// The binary under kills, power cuts, failing disks, damage and wrong clocks.
    Torture(torture::Args),
    /// Throws changed inputs at everything that reads what strangers send.
    Fuzz(fuzz::Options),
    /// How well grouping finds the faults that are planted in the programs of e2e/grouping.
    GroupingScore(grouping::Options),
    /// Makes the pictures in docs/screenshots again, from the browser walk.
    Screenshots,
}

fn main() -> anyhow::Result<ExitCode> {
    let passed = match Cli::parse().verb {
        Verb::Check => check::run()?,
        Verb::Tidy => tidy::run()?,
        Verb::Test { list: true, .. } => test::list()?,
        Verb::Test { only, .. } => test::run(only.as_deref())?,
        Verb::Bench { arguments } => bench::run(&arguments)?,
        Verb::Torture(args) => torture::run(&args)?,
        Verb::Fuzz(options) => fuzz::run(&options)?,
        Verb::GroupingScore(options) => grouping::run(&options)?,
        Verb::Screenshots => test::screenshots()?,
    };
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
