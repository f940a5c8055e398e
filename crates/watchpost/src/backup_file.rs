//! The backup: one file, a zstd-compressed tar whose last entry lists the SHA-256 of all others.
//!
//! ```text
//! spool/0000000000000001.seg     accepted events that were not digested yet
//! quarantine/…                   what could not be digested
//! archive/000001.r1.sqlite …     events; older backups hold one archive.sqlite instead
//! ledger.sqlite                  a copy made by SQLite's own means
//! MANIFEST                       "<sha256> <bytes> <name>" per entry, in order
//! ```
//! What is in the spool and in the databases is recognised by its id when the spool is replayed;
//! `cli/backup.rs` says in which order they are copied.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use watchpost_store::BlobId;

const MANIFEST: &str = "MANIFEST";
/// Level 3 is zstd's default: bodies are compressed already, indexes are not.
const ZSTD_LEVEL: i32 = 3;
/// How every zstd file begins.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The longest manifest that is read back: about a million entries.
const MANIFEST_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// What was written or verified.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) entries: usize,
    pub(crate) bytes: u64,
}

/// Writes the files below `source` into a backup at `dest`, which must not exist.
pub(crate) fn write(source: &Path, dest: &Path, bar: &ProgressBar) -> Result<Summary> {
    if dest.exists() {
        bail!("{} exists already: choose another name", dest.display());
    }
    let folder = dest
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // People's data and secrets are in it: it is its owner's only, and goes if this fails.
    let partial = NamedTempFile::with_prefix_in(".watchpost-", folder)
        .with_context(|| format!("failed to create a file in {}", folder.display()))?;
    let file = BufWriter::new(partial.as_file());
    let encoder = zstd::Encoder::new(file, ZSTD_LEVEL).context("failed to start zstd")?;
    let mut tar = tar::Builder::new(encoder);
    let mut manifest = String::new();
    let mut summary = Summary::default();
    for name in files_below(source)? {
        let path = source.join(&name);
        let (digest, bytes) = digest_of(&path)?;
        tar.append_path_with_name(&path, &name)
            .with_context(|| format!("failed to back up {}", name.display()))?;
        bar.inc(bytes);
        manifest.push_str(&manifest_line(&digest, bytes, &name));
        summary.entries += 1;
        summary.bytes += bytes;
    }
    append_manifest(&mut tar, &manifest)?;
    let mut file = tar.into_inner()?.finish().context("failed to finish")?;
    file.flush().context("failed to write the backup")?;
    drop(file);
    let synced = partial.as_file().sync_all();
    synced.context("failed to sync the backup")?;
    let named = partial.persist_noclobber(dest);
    named.with_context(|| format!("failed to name the backup {}", dest.display()))?;
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.context("failed to sync the name of the backup")?;
    Ok(summary)
}

fn manifest_line(digest: &str, bytes: u64, name: &Path) -> String {
    format!("{digest} {bytes} {}\n", name.display())
}

fn append_manifest<W: Write>(tar: &mut tar::Builder<W>, manifest: &str) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(manifest.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    tar.append_data(&mut header, MANIFEST, manifest.as_bytes())
        .context("failed to write the manifest")
}

/// Unpacks a backup into `dest`, an existing empty directory, and verifies every byte of it.
pub(crate) fn read(source: &Path, dest: &Path, bar: &ProgressBar) -> Result<Summary> {
    let mut file =
        File::open(source).with_context(|| format!("failed to open {}", source.display()))?;
    let mut magic = [0; 4];
    let damaged = || format!("{} is damaged or incomplete", source.display());
    file.read_exact(&mut magic).with_context(damaged)?;
    if magic != ZSTD_MAGIC {
        bail!("{} is no Watchpost backup", source.display());
    }
    file.seek(SeekFrom::Start(0))?;
    let decoder = zstd::Decoder::new(bar.wrap_read(file)).context("failed to start zstd")?;
    let mut tar = tar::Archive::new(decoder);
    let mut found = String::new();
    let mut manifest = None;
    let mut summary = Summary::default();
    for entry in tar.entries().with_context(damaged)? {
        let mut entry = entry.with_context(damaged)?;
        let name = safe_name(&entry.path().with_context(damaged)?)?;
        if name == Path::new(MANIFEST) {
            let mut text = String::new();
            let mut entry = entry.take(MANIFEST_BYTES_MAX);
            entry.read_to_string(&mut text).with_context(damaged)?;
            manifest = Some(text);
            break;
        }
        let (digest, bytes) = unpack(&mut entry, &dest.join(&name)).with_context(damaged)?;
        found.push_str(&manifest_line(&digest, bytes, &name));
        summary.entries += 1;
        summary.bytes += bytes;
    }
    let Some(manifest) = manifest else {
        bail!("{}: the manifest is missing", damaged());
    };
    if manifest != found {
        bail!("{}: the contents do not match its manifest", damaged());
    }
    // Behind it is padding only; but a file that was cut there may be cut elsewhere next time.
    io::copy(&mut tar.into_inner(), &mut io::sink()).with_context(damaged)?;
    Ok(summary)
}

fn unpack(entry: &mut impl Read, path: &Path) -> Result<(String, u64)> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = File::create(path)?;
    let sum = copy_and_digest(entry, &mut file)?;
    file.sync_all()?;
    Ok(sum)
}

fn digest_of(path: &Path) -> Result<(String, u64)> {
    let mut file =
        File::open(path).with_context(|| format!("failed to read {}", path.display()))?;
    copy_and_digest(&mut file, &mut io::sink())
}

fn copy_and_digest(from: &mut impl Read, to: &mut impl Write) -> Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    let mut total = 0;
    loop {
        let count = from.read(&mut buffer)?;
        let part = buffer.get(..count).unwrap_or_default();
        if part.is_empty() {
            break;
        }
        hasher.update(part);
        to.write_all(part)?;
        total += part.len() as u64;
    }
    let digest = BlobId(hasher.finalize().into());
    Ok((digest.to_string(), total))
}

/// Relative names of all files, in a stable order.
fn files_below(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if let Ok(name) = entry.path().strip_prefix(root) {
                files.push(name.to_path_buf());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A backup is input: no name in it may lead out of the directory.
fn safe_name(name: &Path) -> Result<PathBuf> {
    let plain = name
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !plain || name.as_os_str().is_empty() {
        bail!("the backup holds the forbidden name {}", name.display());
    }
    Ok(name.to_path_buf())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn sample() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("spool")).unwrap();
        std::fs::write(dir.path().join("spool/1.seg"), vec![7; 300_000]).unwrap();
        std::fs::write(dir.path().join("ledger.sqlite"), b"ledger").unwrap();
        dir
    }

    fn backup(dir: &tempfile::TempDir) -> (tempfile::TempDir, PathBuf, Summary) {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("b.wpbackup");
        let summary = write(dir.path(), &file, &ProgressBar::hidden()).unwrap();
        (out, file, summary)
    }

    #[test]
    fn f20_what_was_backed_up_comes_back() {
        let dir = sample();
        let (_out, file, summary) = backup(&dir);
        let dest = tempfile::tempdir().unwrap();
        let read = read(&file, dest.path(), &ProgressBar::hidden()).unwrap();
        assert_eq!(read, summary);
        assert_eq!(summary.entries, 2);
        let segment = std::fs::read(dest.path().join("spool/1.seg")).unwrap();
        assert_eq!(segment, vec![7; 300_000]);
    }

    #[test]
    fn f20_a_truncated_or_changed_backup_is_refused() {
        let (_out, file, _) = backup(&sample());
        let good = std::fs::read(&file).unwrap();
        let mut broken = vec![
            good[..good.len() / 2].to_vec(),
            good[..good.len() - 1].to_vec(),
        ];
        for place in [good.len() / 3, good.len() / 2, good.len() - 20] {
            let mut changed = good.clone();
            changed[place] ^= 0x55;
            broken.push(changed);
        }
        for bytes in broken {
            std::fs::write(&file, &bytes).unwrap();
            let dest = tempfile::tempdir().unwrap();
            let result = read(&file, dest.path(), &ProgressBar::hidden());
            assert!(result.is_err(), "{} of {} bytes", bytes.len(), good.len());
        }
    }

    #[test]
    fn f20_a_cut_in_the_padding_behind_the_manifest_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        // With heads, manifest and padding one block of zstd more than two: in it is padding only.
        let size = 2 * 128 * 1024 + 512 - 5 * 512;
        std::fs::write(dir.path().join("1.seg"), vec![7; size]).unwrap();
        let (_out, file, _) = backup(&dir);
        let good = std::fs::read(&file).unwrap();
        for cut in 1..10 {
            std::fs::write(&file, &good[..good.len() - cut]).unwrap();
            let dest = tempfile::tempdir().unwrap();
            let result = read(&file, dest.path(), &ProgressBar::hidden());
            assert!(result.is_err(), "{cut} bytes are missing");
        }
    }

    #[test]
    fn another_file_is_called_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("passwd");
        std::fs::write(&file, b"root:x:0:0").unwrap();
        let error = read(&file, dir.path(), &ProgressBar::hidden()).unwrap_err();
        assert!(error.to_string().contains("no Watchpost backup"), "{error}");
    }

    #[test]
    fn an_existing_file_is_not_overwritten() {
        let dir = sample();
        let (_out, file, _) = backup(&dir);
        let error = write(dir.path(), &file, &ProgressBar::hidden()).unwrap_err();
        assert!(error.to_string().contains("exists already"), "{error}");
    }

    #[test]
    fn a_failed_backup_leaves_nothing_and_touches_nothing_else() {
        let (dir, out) = (sample(), tempfile::tempdir().unwrap());
        std::fs::write(out.path().join("b.partial"), b"somebody's").unwrap();
        // A link to nowhere cannot be read.
        std::os::unix::fs::symlink("/nowhere", dir.path().join("z")).unwrap();
        let file = out.path().join("b.wpbackup");
        assert!(write(dir.path(), &file, &ProgressBar::hidden()).is_err());
        let names = || {
            let entries = std::fs::read_dir(out.path()).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.collect();
            names.sort();
            names
        };
        assert_eq!(names(), ["b.partial"]);
        std::fs::remove_file(dir.path().join("z")).unwrap();
        write(dir.path(), &file, &ProgressBar::hidden()).unwrap();
        assert_eq!(names(), ["b.partial", "b.wpbackup"]);
        let other = std::fs::read(out.path().join("b.partial")).unwrap();
        assert_eq!(other, b"somebody's");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["../x", "/etc/passwd", "a/../../x", ""] {
            assert!(safe_name(Path::new(name)).is_err(), "{name}");
        }
        assert!(safe_name(Path::new("spool/1.seg")).is_ok());
    }
}
