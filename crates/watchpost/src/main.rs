//! Watchpost: an error tracker in one binary that every Sentry client since 2010 can report to.

mod backup_file;
mod cli;
mod clock;
mod config;
mod data_dir;
mod first_start;
mod http;
mod limits;
mod logging;
mod metrics;
mod out;
mod recent;
mod requests;
mod supervisor;
mod vitals;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("watchpost: {error:#}");
            out::complain(&text);
            ExitCode::FAILURE
        }
    }
}
