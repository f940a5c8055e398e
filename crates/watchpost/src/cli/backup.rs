//! `watchpost backup`: everything into one file, while the server runs.

use std::ffi::OsString;
use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use watchpost_ingest::spool::{POSITION_FILE, PROMISE_FILE};
use watchpost_ingest::{MARKER_FILE, WITNESS_FILE};
use watchpost_store::quarantine_twin;

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
/// then the rest of it, the ledger and what came into the spool meanwhile in one moment, while the
/// digest waits: an event that the ledger's copy counts is in the archive's, or noted there as
/// missing from it, and no number that it does not count is missing from the spool's. What is in
/// both is digested by whoever starts on the copy, and recognised by its id.
fn copy_stores(house: &House, to: &Path) -> Result<()> {
    copy_spool(&house.dir.spool(), &to.join("spool"))?;
    copy_quarantine(&house.dir.quarantine(), &to.join("quarantine"))?;
    let archive = to.join("archive");
    house.archive.backup_sealed_to(&archive)?;
    let mut spool = Ok(());
    house.ledger.hold(|| {
        house.archive.backup_to(&archive)?;
        house.ledger.backup_to(&to.join("ledger.sqlite"))?;
        spool = copy_spool(&house.dir.spool(), &to.join("spool"));
        Ok(())
    })?;
    spool
}

/// Copies the files of the spool as they are at this moment. One that is deleted meanwhile was
/// digested, so it is in the databases, which are copied later, or was copied before. Only the last
/// one still grows; the others are copied once.
fn copy_spool(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    let listed = std::fs::read_dir(from).with_context(|| format!("in {}", from.display()))?;
    let names = listed.map(|entry| Ok(entry?.file_name()));
    // Listed before anything is copied: what is not the last of them is whole by now.
    let mut names: Vec<OsString> = names.collect::<Result<_>>()?;
    names.retain(|name| {
        ![POSITION_FILE, PROMISE_FILE, WITNESS_FILE, MARKER_FILE]
            .iter()
            .any(|it| name == it)
    });
    names.sort();
    for name in &names {
        let (source, target) = (from.join(name), to.join(name));
        let size = |path: &Path| std::fs::metadata(path).map(|file| file.len()).ok();
        let is_copied = size(&target).is_some_and(|bytes| size(&source) == Some(bytes));
        if !is_copied || names.last() == Some(name) {
            copy_file(&source, &target)?;
        }
    }
    Ok(())
}

/// Copies the quarantine. A mark changes the name of an entry at any moment: between the look and
/// the copy, so both names are tried; and while the folder is listed, which may miss it, so it is
/// listed twice.
fn copy_quarantine(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for _ in 0..2 {
        let listed = std::fs::read_dir(from).with_context(|| format!("in {}", from.display()))?;
        let entries: Vec<_> = listed.collect::<Result<_, _>>()?;
        for name in entries.iter().map(DirEntry::file_name) {
            let twin = name.to_str().and_then(quarantine_twin);
            let names = [Some(name), twin.map(OsString::from)];
            let names = || names.iter().flatten();
            if names().any(|name| to.join(name).exists()) {
                continue;
            }
            for name in names() {
                if copy_file(&from.join(name), &to.join(name))? {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Copies a file; `false` when it is not there any more.
fn copy_file(from: &Path, to: &Path) -> Result<bool> {
    match std::fs::copy(from, to) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| format!("failed to copy {}", from.display())),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f20_an_event_that_is_marked_while_the_quarantine_is_copied_is_in_the_copy() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // More than one call to the system lists.
        let stems: Vec<_> = (0..2000)
            .map(|number| format!("{number}-1-1-{number:016x}"))
            .collect();
        for stem in &stems {
            std::fs::write(from.path().join(format!("{stem}.event")), b"1").unwrap();
        }
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for stem in &stems {
                    let name = |ending: &str| from.path().join(format!("{stem}.{ending}"));
                    std::fs::rename(name("event"), name("replay")).unwrap();
                }
            });
            copy_quarantine(from.path(), to.path()).unwrap();
        });
        for stem in &stems {
            let is_copied = |ending| to.path().join(format!("{stem}.{ending}")).exists();
            assert!(is_copied("event") != is_copied("replay"), "{stem}");
        }
    }
}
