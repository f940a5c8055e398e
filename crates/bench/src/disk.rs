//! The disk below: how long a sync takes, and what a folder holds.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::load::histogram;

/// How long syncs are measured; a slow disk does at least some hundred meanwhile.
const MEASURE: Duration = Duration::from_secs(2);
/// One page, written again and again.
const BLOCK: [u8; 4096] = [0x5a; 4096];
/// The file is as long as this many pages before it is measured: length changes cost more.
const BLOCK_COUNT: u64 = 256;

/// Microseconds of `fdatasync` after writing 4 KiB into an existing file.
pub(crate) fn sync_times(folder: &Path) -> anyhow::Result<Histogram<u64>> {
    let path = folder.join("sync-probe");
    let mut file = File::create(&path)?;
    for _ in 0..BLOCK_COUNT {
        file.write_all(&BLOCK)?;
    }
    file.sync_all()?;
    let mut times = histogram()?;
    let begun = Instant::now();
    for index in 0.. {
        if begun.elapsed() > MEASURE {
            break;
        }
        file.seek(SeekFrom::Start(index % BLOCK_COUNT * 4096))?;
        file.write_all(&BLOCK)?;
        let start = Instant::now();
        file.sync_data()?;
        times.saturating_record(u64::try_from(start.elapsed().as_micros())?);
    }
    std::fs::remove_file(path)?;
    Ok(times)
}

/// Bytes of every file or folder directly in `folder`, by name, as the disk counts them.
pub(crate) fn sizes(folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    let mut sizes = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        sizes.push((name, size(&entry.path())));
    }
    sizes.sort();
    Ok(sizes)
}

/// What events do not keep: the spool goes when it is digested, the reserve is as large for none.
const NOT_KEPT: [&str; 2] = ["spool", "reserve"];

/// Bytes of what stays when everything is digested.
pub(crate) fn kept(sizes: &[(String, u64)]) -> u64 {
    let kept = sizes
        .iter()
        .filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()));
    kept.map(|(_, bytes)| bytes).sum()
}

/// Bytes of a file or of all files in a folder. What vanishes meanwhile counts as nothing.
pub(crate) fn size(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(found) = path.symlink_metadata() else {
        return 0;
    };
    if !found.is_dir() {
        return found.blocks() * 512;
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| size(&entry.path())).sum()
}
