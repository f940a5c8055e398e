//! The measurements behind docs/benchmarks.md. `cargo xtask bench` builds this and the server with
//! optimisation and calls it; everything stays on the loopback interface.

#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks on its terminal"
)]

mod body;
mod client;
mod clock;
mod disk;
mod events;
mod intake;
mod lab;
mod load;
mod proc;
mod report;
mod server;
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
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match Cli::parse().verb {
        Verb::Intake(args) => runtime.block_on(intake::run(&args)),
    }
}
