//! The measurements behind docs/benchmarks.md. `cargo xtask bench` builds this and the server with
//! optimisation and calls it; everything stays on the loopback interface.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on its terminal"
)]

mod body;
mod bugsink;
mod client;
mod clock;
mod cores;
mod disk;
mod events;
mod floor;
mod grouping;
mod instructions;
mod intake;
mod keys;
mod lab;
mod load;
mod normalize;
mod overload;
mod pages;
mod peers;
mod proc;
mod process;
mod query;
mod recipe;
mod report;
mod server;
mod size;
mod verify;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// How many events a second are accepted and digested, how soon they are seen, what they cost.
    Intake(intake::Args),
    /// How long pages and answers of the API take when much is stored.
    Query(query::Args),
    /// What pages weigh in a browser, how soon they are there, how much they move.
    Pages(pages::Args),
    /// What a stored event takes on the disk, by file.
    Size(size::Args),
    /// More than the server can do, for minutes.
    #[command(alias = "overload")]
    Limits(overload::Args),
    /// Watchpost, the floor and the peers that can be installed, under the same load.
    Peers(peers::Args),
    /// The floor below: a bare durable intake, beside Watchpost under the same load.
    Floor(floor::Args),
    /// Whether the time of a refusal tells which keys there are.
    Keys(keys::Args),
    /// Processor time of the pure stages, with and without rules of the project.
    Recipe(recipe::Args),
    /// Instructions of the hot functions, compared with the stored counts.
    Instructions(instructions::Args),
    /// How well grouping finds planted faults; `cargo xtask grouping-score` calls it.
    Grouping(grouping::Args),
    /// Parses and normalises events of standard input, one a line as in `fixtures/`; prints what
    /// would be stored. `e2e/normalisation` compares it with Sentry's own.
    #[command(hide = true)]
    Normalize,
    /// Runs one workload so many times; `instructions` starts it.
    #[command(hide = true)]
    Workload(instructions::WorkloadArgs),
    /// Serves as the floor; `floor` starts it.
    #[command(hide = true)]
    FloorServer(floor::ServerArgs),
}

fn main() -> anyhow::Result<()> {
    let verb = Cli::parse().verb;
    // These have no load to generate.
    match verb {
        Verb::FloorServer(args) => floor::serve(&args),
        Verb::Instructions(args) => instructions::run(&args),
        Verb::Workload(args) => instructions::work(&args),
        Verb::Normalize => normalize::run(),
        Verb::Recipe(args) => recipe::run(&args),
        other => measure(other),
    }
}

fn measure(verb: Verb) -> anyhow::Result<()> {
    // One thread: the other cores are the server's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(verb))
}

async fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Intake(args) => intake::run(&args).await,
        Verb::Query(args) => query::run(&args).await,
        Verb::Pages(args) => pages::run(&args).await,
        Verb::Size(args) => size::run(&args).await,
        Verb::Limits(args) => overload::run(&args).await,
        Verb::Peers(args) => peers::run(&args).await,
        Verb::Floor(args) => floor::run(&args).await,
        Verb::Keys(args) => keys::run(&args).await,
        Verb::Grouping(args) => grouping::run(&args).await,
        Verb::FloorServer(_)
        | Verb::Instructions(_)
        | Verb::Workload(_)
        | Verb::Normalize
        | Verb::Recipe(_) => Ok(()),
    }
}
