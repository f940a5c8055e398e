//! Watchpost: an error tracker in one binary that every Sentry client since 2010 can report to.

mod backup_file;
mod cli;
mod clock;
mod config;
mod data_dir;
mod demo;
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

/// The digest makes and frees a million small texts a second on threads that come and go. The
/// system's allocator keeps most of that memory for good. Settings: `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
