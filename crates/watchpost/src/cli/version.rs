//! `watchpost version`

use anyhow::Result;
use serde::Serialize;

use crate::out;

/// Print the version.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Version {
    name: &'static str,
    version: &'static str,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let version = Version {
        name: "watchpost",
        version: env!("CARGO_PKG_VERSION"),
    };
    if args.json {
        return out::say_json(&version);
    }
    out::say(&format!("{} {}", version.name, version.version))
}
