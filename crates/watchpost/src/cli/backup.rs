//! `watchpost backup`: everything into one file, while the server runs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use watchpost_ingest::WITNESS_FILE;
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

/// Copies everything while clients are served.
///
/// The spool comes first, so that nothing slips through. What of the archive never changes is next,
/// then the rest of it and the ledger in one moment, while the digest waits: an event that the
/// ledger's copy counts is in the archive's, or noted there as missing from it. At last the spool
/// once more: what came meanwhile is digested by whoever starts on the copy, and recognised by its
/// id where it is in both.
fn copy_stores(house: &House, to: &Path) -> Result<()> {
    copy_folder(&house.dir.spool(), &to.join("spool"))?;
    copy_folder(&house.dir.quarantine(), &to.join("quarantine"))?;
    let archive = to.join("archive");
    house.archive.backup_sealed_to(&archive)?;
    house.ledger.hold(|| {
        house.archive.backup_to(&archive)?;
        house.ledger.backup_to(&to.join("ledger.sqlite"))
    })?;
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
        if entry.file_name() == POSITION_FILE || entry.file_name() == WITNESS_FILE {
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
