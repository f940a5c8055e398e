//! The command line: one file per verb, each with its arguments, its help and what it does.

mod backup;
mod cleanup;
mod demo;
mod doctor;
mod init;
mod issues;
mod key;
mod limit;
mod progress;
mod project;
mod quarantine;
mod restore;
mod rules;
mod send_event;
mod serve;
mod team;
mod user;
mod version;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::config::{self, Config};

/// An error tracker in one binary that every Sentry client since 2010 can report to.
///
/// Without a command, `watchpost` is `watchpost serve`.
#[derive(Parser)]
#[command(name = "watchpost", version, propagate_version = true, after_long_help = after_help())]
pub(crate) struct Cli {
    /// Configuration file (TOML). Every key of it is also an environment variable.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Directory of everything that Watchpost keeps [default: ./watchpost-data].
    #[arg(long = "data", global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::Args),
    Init(init::Args),
    User(user::Args),
    Team(team::Args),
    Project(project::Args),
    Key(key::Args),
    Issues(issues::Args),
    SendEvent(send_event::Args),
    Quarantine(quarantine::Args),
    Cleanup(cleanup::Args),
    Demo(demo::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Doctor(doctor::Args),
    Version(version::Args),
}

fn after_help() -> String {
    format!(
        "Configuration keys (file) and variables (environment):\n{}",
        config::reference()
    )
}

/// Does what the command line asks.
pub(crate) fn run(cli: Cli) -> Result<()> {
    let mut config = Config::load(cli.config.as_deref())?;
    if let Some(data_dir) = cli.data_dir {
        config.data_dir = data_dir;
    }
    match cli
        .verb
        .unwrap_or_else(|| Verb::Serve(serve::Args::default()))
    {
        Verb::Serve(args) => serve::run(&args, config),
        Verb::Init(args) => init::run(&args, &config),
        Verb::User(args) => user::run(&args, &config),
        Verb::Team(args) => team::run(&args, &config),
        Verb::Project(args) => project::run(&args, &config),
        Verb::Key(args) => key::run(&args, &config),
        Verb::Issues(args) => issues::run(&args, &config),
        Verb::SendEvent(args) => send_event::run(&args, &config),
        Verb::Quarantine(args) => quarantine::run(&args, &config),
        Verb::Cleanup(args) => cleanup::run(&args, &config),
        Verb::Demo(args) => demo::run(&args, &config),
        Verb::Backup(args) => backup::run(&args, &config),
        Verb::Restore(args) => restore::run(&args, &config),
        Verb::Doctor(args) => doctor::run(&args, &config),
        Verb::Version(args) => version::run(&args),
    }
}
