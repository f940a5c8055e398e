//! `watchpost restore`: a backup back into an empty data directory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use watchpost_store::disk::{Disk, RealDisk};
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
    put_in_place(&RealDisk, staging, dir.path())
        .with_context(|| format!("failed to put the data at {}", dir.path().display()))?;
    out::say(&format!(
        "restored {} files of {} bytes into {}, all verified",
        summary.entries,
        summary.bytes,
        dir.path().display()
    ))
}

/// Gives the data its name, once everything in it has one for good. The bytes are synced already.
fn put_in_place(disk: &dyn Disk, staging: TempDir, dir: &Path) -> Result<()> {
    sync_folders(disk, staging.path())?;
    if dir.exists() {
        std::fs::remove_dir(dir)?;
    }
    disk.rename(staging.path(), dir)?;
    // What it is about has moved.
    let _ = staging.keep();
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok(disk.sync_dir(parent.unwrap_or(Path::new(".")))?)
}

fn sync_folders(disk: &dyn Disk, folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(disk, &entry.path())?;
        }
    }
    Ok(disk.sync_dir(folder)?)
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

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use watchpost_store::disk::faulty::{Call, FaultyDisk};

    use super::*;

    #[test]
    fn f20_every_name_is_synced_before_and_after_the_data_is_put_in_place() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("data");
        // Three folders in the staging and the one that it gets its name in.
        for synced in 0..4 {
            let staging = tempfile::tempdir_in(home.path()).unwrap();
            std::fs::create_dir_all(staging.path().join("archive/deep")).unwrap();
            let disk = FaultyDisk::default();
            disk.fail(Call::SyncDir, synced, 1, ErrorKind::Other);
            assert!(put_in_place(&disk, staging, &dir).is_err(), "{synced}");
            assert_eq!(dir.exists(), synced == 3, "{synced}");
        }
        assert!(dir.join("archive/deep").exists());
        assert_eq!(
            std::fs::read_dir(home.path()).unwrap().count(),
            1,
            "no rest stays"
        );
    }
}
