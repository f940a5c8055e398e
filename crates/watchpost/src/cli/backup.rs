//! `watchpost backup`: everything into one file, while the server runs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use watchpost_ingest::spool::POSITION_FILE;

use crate::cli::progress;
use crate::config::Config;
use crate::data_dir::staging_beside;
use crate::wiring::House;
use crate::{backup_file, out};

/// Write everything, events included, into one checksummed file.
///
/// The server may run meanwhile. Every event that was acknowledged before the backup started is in
/// it. `watchpost restore` reads it back and verifies every byte.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file to write; it must not exist.
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    file: String,
    entries: usize,
    bytes: u64,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    let staging = staging_beside(&args.file)?;
    let bar = progress::spinner("copying the databases");
    copy_stores(&house, staging.path())?;
    bar.finish_and_clear();
    let bar = progress::bytes("writing", size_of_folder(staging.path())?);
    let summary = backup_file::write(staging.path(), &args.file, &bar)?;
    bar.finish_and_clear();
    let report = Report {
        file: args.file.display().to_string(),
        entries: summary.entries,
        bytes: summary.bytes,
    };
    if args.json {
        return out::say_json(&report);
    }
    out::say(&format!(
        "wrote {}: {} files of {} bytes",
        report.file, report.entries, report.bytes
    ))
}

/// Copies everything while the digest goes on: it takes events from the spool, and files each in
/// the ledger before the archive.
///
/// So the spool comes first, that nothing slips through; and the archive before the ledger, that
/// no event is in the archive's copy that the ledger's does not count. The other way round leaves
/// events that the ledger counted in between, without a body; those are still in the spool, which
/// is therefore copied once more. What is in several copies is recognised by its id.
fn copy_stores(house: &House, to: &Path) -> Result<()> {
    copy_folder(&house.dir.spool(), &to.join("spool"))?;
    copy_folder(&house.dir.quarantine(), &to.join("quarantine"))?;
    house.archive.backup_to(&to.join("archive"))?;
    house.ledger.backup_to(&to.join("ledger.sqlite"))?;
    copy_folder(&house.dir.spool(), &to.join("spool"))
}

/// Copies the files of a folder as they are at this moment. One that is deleted meanwhile was
/// digested, so it is in the databases, which are copied later, or was copied before.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("in {}", from.display()))? {
        let entry = entry?;
        if entry.file_name() == POSITION_FILE {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
            continue;
        }
        match std::fs::copy(entry.path(), &target) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => {
                other.with_context(|| format!("failed to copy {}", entry.path().display()))?;
            }
        }
    }
    Ok(())
}

fn size_of_folder(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        total += if entry.file_type()?.is_dir() {
            size_of_folder(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(total)
}
