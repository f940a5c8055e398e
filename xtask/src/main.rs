//! What a developer and CI run: `cargo xtask check | tidy | bench`.
//! Every verb is one file (or folder) of the same name; the rest are the tools they share.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on its terminal"
)]

mod bench;
mod check;
mod paths;
mod shell;
mod tidy;

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
    /// The measurements of the budgets page. None exist yet.
    Bench,
}

fn main() -> anyhow::Result<ExitCode> {
    let passed = match Cli::parse().verb {
        Verb::Check => check::run()?,
        Verb::Tidy => tidy::run()?,
        Verb::Bench => bench::run(),
    };
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
