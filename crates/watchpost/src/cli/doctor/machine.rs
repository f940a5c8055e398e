//! What the machine gives: a server on the directory, room on the disk, permissions, the clock.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;
use watchpost_model::Timestamp;
use watchpost_store::{Archive, UpkeepLedger};

use super::Check;
use crate::wiring::House;

/// Below this much free space, accepting events is about to end.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
/// So many more files can be made for months: a partition takes a day, a segment 64 MiB.
const FREE_INODES_MIN: u64 = 1_000;
/// 2026-01-01, before this program was written: a clock that shows less is wrong.
const CLOCK_SECS_MIN: i64 = 1_767_225_600;
/// Clocks are set right by less than this all the time.
const CLOCK_BACK_SECS_MAX: i64 = 60;

pub(super) fn server(house: &House) -> Check {
    let detail = match house.dir.holder() {
        Some(holder) => format!(
            "{holder} works on this directory; not checked: what it writes at this moment, at the \
             end of the spool"
        ),
        None => "none runs on this directory; everything is checked".to_owned(),
    };
    Check::new("server", true, detail)
}

pub(super) fn free_space(house: &House) -> Result<Check> {
    let stat = rustix::fs::statvfs(house.dir.path())?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let megabytes = free / (1024 * 1024);
    let detail = format!("{megabytes} MiB free; events are refused when the disk is full");
    Ok(Check::new("free space", free >= FREE_BYTES_MIN, detail))
}

pub(super) fn free_inodes(house: &House) -> Result<Check> {
    let stat = rustix::fs::statvfs(house.dir.path())?;
    Ok(inodes(stat.f_files, stat.f_favail))
}

/// Some file systems have as many as they need, and say 0.
fn inodes(all: u64, free: u64) -> Check {
    let name = "inodes";
    if all == 0 {
        return Check::new(name, true, "this file system has no bound on files");
    }
    let detail = format!("{free} more files can be made; without one, events are refused");
    Check::new(name, free >= FREE_INODES_MIN, detail)
}

pub(super) fn permissions(house: &House) -> Result<Check> {
    let dir = house.dir.path();
    let meta = std::fs::metadata(dir)?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let detail =
            format!("{mode:03o}: others can read the data, run chmod 700 on the directory");
        return Ok(Check::new("permissions", false, detail));
    }
    let foreign = foreign(dir, &meta)?;
    if let Some(first) = foreign.first() {
        let (count, owner) = (foreign.len(), meta.uid());
        let first = first.display();
        let detail = format!(
            "{count} files belong to another user than the directory, which a server cannot change: \
             run chown -R {owner} on it; the first is {first}"
        );
        return Ok(Check::new("permissions", false, detail));
    }
    let detail = format!("{mode:03o}: only the owner reads the data, and all of it is the owner's");
    Ok(Check::new("permissions", true, detail))
}

/// What does not belong to the owner of the data directory: a command that was run as root has
/// made it, mostly.
fn foreign(dir: &Path, owner: &Metadata) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            // What a server has deleted meanwhile is nobody's.
            let Ok(meta) = entry.metadata() else { continue };
            if meta.uid() != owner.uid() {
                found.push(entry.path());
            } else if meta.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(found)
}

/// `spooled` is when the newest record of the spool was accepted.
pub(super) fn clock(house: &House, spooled: Option<Timestamp>) -> Check {
    let now = house.now();
    let watch = house.ledger.clock_watch().ok().flatten();
    if let Some(leapt) = watch.and_then(|watch| watch.leapt) {
        let detail = format!(
            "{now}: it leapt ahead at {leapt}, and old events are not forgotten yet; set it \
             right, or run `watchpost cleanup` if it is"
        );
        return Check::new("clock", false, detail);
    }
    let usage = house.archive.usage().unwrap_or_default();
    let stored = usage.iter().map(|usage| usage.newest).max();
    beside(now, stored.max(spooled))
}

fn beside(now: Timestamp, newest: Option<Timestamp>) -> Check {
    let ahead_secs = newest.map_or(0, |newest| newest.secs_since(now));
    let is_behind = ahead_secs > CLOCK_BACK_SECS_MAX;
    let detail = match newest.filter(|_| is_behind) {
        Some(newest) => format!(
            "{now}: the newest event was accepted {ahead_secs} s later, at {newest}; the clock is \
             behind, or was ahead then"
        ),
        None => now.to_string(),
    };
    Check::new("clock", now.as_secs() >= CLOCK_SECS_MIN, detail).warned(is_behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_inodes_fail_and_no_bound_does_not() {
        assert!(inodes(0, 0).ok);
        assert!(inodes(5_000, 1_000).ok);
        let few = inodes(5_000, 999);
        assert!(!few.ok && few.detail.contains("999 more files"));
    }

    #[test]
    fn f10_a_clock_behind_the_newest_event_is_a_warning_with_the_difference() {
        let now = Timestamp::from_secs(CLOCK_SECS_MIN);
        let at = |secs| Some(Timestamp::from_secs(CLOCK_SECS_MIN + secs));
        for fine in [None, at(-1_000_000), at(60)] {
            assert_eq!(beside(now, fine).mark(), "ok  ", "{fine:?}");
        }
        let behind = beside(now, at(61));
        assert_eq!(behind.mark(), "warn");
        assert!(behind.detail.contains("61 s later"), "{}", behind.detail);
        let old = beside(Timestamp::from_secs(CLOCK_SECS_MIN - 1), None);
        assert_eq!(old.mark(), "FAIL");
    }

    #[test]
    fn files_of_another_user_are_found() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("spool")).unwrap();
        let file = dir.path().join("spool/1");
        std::fs::write(&file, "").unwrap();
        let owner = std::fs::metadata(dir.path()).unwrap();
        assert_eq!(foreign(dir.path(), &owner).unwrap(), [] as [PathBuf; 0]);
        // Only root may give files away; for others, /etc is somebody else's.
        if std::os::unix::fs::chown(&file, Some(12_345), None).is_ok() {
            assert_eq!(foreign(dir.path(), &owner).unwrap(), [file]);
        } else {
            let found = foreign(Path::new("/etc"), &owner).unwrap();
            assert!(!found.is_empty());
        }
    }
}
