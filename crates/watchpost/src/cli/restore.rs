//! `watchpost restore`: a backup back into an empty data directory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use watchpost_store::{Archive, Ledger, StoreError};

use crate::cli::progress;
use crate::config::Config;
use crate::data_dir::{DataDir, staging_beside};
use crate::wiring::House;
use crate::{backup_file, out};

/// Read a backup into an empty data directory.
///
/// Every byte is compared with the checksums of the backup, and the databases are checked, before
/// the directory gets its name. A damaged backup leaves nothing behind.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file that `watchpost backup` wrote.
    file: PathBuf,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let dir = DataDir::at(&config.data_dir);
    refuse_used(dir.path())?;
    let size = std::fs::metadata(&args.file)
        .with_context(|| format!("failed to open {}", args.file.display()))?;
    let staging = staging_beside(dir.path())?;
    let bar = progress::bytes("reading", size.len());
    let summary = backup_file::read(&args.file, staging.path(), &bar)?;
    bar.finish_and_clear();
    check_databases(staging.path(), config)?;
    if dir.path().exists() {
        std::fs::remove_dir(dir.path())?;
    }
    std::fs::rename(staging.keep(), dir.path())
        .with_context(|| format!("failed to put the data at {}", dir.path().display()))?;
    out::say(&format!(
        "restored {} files of {} bytes into {}, all verified",
        summary.entries,
        summary.bytes,
        dir.path().display()
    ))
}

fn refuse_used(dir: &Path) -> Result<()> {
    let used = dir.exists() && std::fs::read_dir(dir)?.next().is_some();
    if used {
        bail!(
            "{} is not empty: restore into a new directory with --data",
            dir.display()
        );
    }
    Ok(())
}

fn check_databases(dir: &Path, config: &Config) -> Result<()> {
    let mut restored = config.clone();
    restored.data_dir = dir.to_path_buf();
    let house = House::open_existing(&restored)?;
    let checks: [Result<Vec<String>, StoreError>; 2] = [
        Ledger::check(&*house.ledger),
        Archive::check(&*house.archive),
    ];
    for check in checks {
        let damage = check.context("failed to check the restored databases")?;
        if !damage.is_empty() {
            bail!("the restored databases are damaged: {}", damage.join("; "));
        }
    }
    Ok(())
}
