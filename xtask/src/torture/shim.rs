//! The other side of `e2e/io-shim`: builds it, and writes the page of numbers that it obeys.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{paths, shell};

/// Slots of the page, as `e2e/io-shim/src/control.rs` numbers them.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    ClockOffsetSecs = 0,
    FailFrom = 1,
    FailUntil = 2,
    Fault = 3,
    Classes = 4,
    Calls = 5,
    Hits = 6,
    SlowSyncMs = 7,
    BudgetBytes = 8,
    HitClass = 9,
}

/// Classes of calls; a fault takes a sum of them.
pub(super) mod class {
    pub(in crate::torture) const READ: i64 = 1;
    pub(in crate::torture) const WRITE: i64 = 2;
    pub(in crate::torture) const SYNC: i64 = 4;
    pub(in crate::torture) const TRUNCATE: i64 = 8;
    pub(in crate::torture) const OPEN: i64 = 16;
    pub(in crate::torture) const CREATE: i64 = 32;
    pub(in crate::torture) const RENAME: i64 = 64;
    pub(in crate::torture) const UNLINK: i64 = 128;
    pub(in crate::torture) const FOLDER: i64 = 256;
    /// What changes a disk.
    pub(in crate::torture) const CHANGES: i64 =
        WRITE | TRUNCATE | CREATE | RENAME | UNLINK | FOLDER;
    pub(in crate::torture) const ALL: i64 = CHANGES | READ | SYNC | OPEN;
}

/// What a failing call does. The numbers below 1000 are those of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Interrupted = 4,
    Io = 5,
    Permission = 13,
    NoSpace = 28,
    ReadOnly = 30,
    Short = 1000,
    /// The process dies in the middle of the call.
    Kill = 1001,
}

/// For how long calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Once,
    Forever,
}

const PAGE_BYTES: usize = 4096;

/// The page of one server and the tools beside it.
pub(super) struct Control {
    path: PathBuf,
    file: File,
}

impl Control {
    /// A page that changes nothing.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        file.write_all_at(&[0; PAGE_BYTES], 0)?;
        let control = Self {
            path: path.to_owned(),
            file,
        };
        control.set(Slot::BudgetBytes, -1)?;
        Ok(control)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn set(&self, slot: Slot, value: i64) -> anyhow::Result<()> {
        let offset = slot as u64 * 8;
        Ok(self.file.write_all_at(&value.to_le_bytes(), offset)?)
    }

    pub(super) fn get(&self, slot: Slot) -> anyhow::Result<i64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, slot as u64 * 8)?;
        Ok(i64::from_le_bytes(bytes))
    }

    /// Counts calls of `classes` from now on; the `number`th fails, or all from it on. 0: none.
    pub(super) fn arm(
        &self,
        classes: i64,
        number: i64,
        fault: Fault,
        span: Span,
    ) -> anyhow::Result<()> {
        let until = match span {
            Span::Once => number,
            Span::Forever => i64::MAX,
        };
        self.disarm()?;
        self.set(Slot::Calls, 0)?;
        self.set(Slot::Hits, 0)?;
        self.set(Slot::FailUntil, until)?;
        self.set(Slot::Fault, fault as i64)?;
        self.set(Slot::FailFrom, number)?;
        self.set(Slot::Classes, classes)
    }

    /// Lets every call pass again.
    pub(super) fn disarm(&self) -> anyhow::Result<()> {
        self.set(Slot::Classes, 0)?;
        self.set(Slot::BudgetBytes, -1)
    }
}

/// Builds the library; its own target folder, as it is no member of the workspace.
pub(super) fn build() -> anyhow::Result<PathBuf> {
    let target = paths::target()?.join("io-shim");
    let manifest = paths::root().join("e2e/io-shim/Cargo.toml");
    let mut cargo = shell::cargo("build --quiet --locked --manifest-path");
    cargo.arg(manifest).env("CARGO_TARGET_DIR", &target);
    anyhow::ensure!(shell::passes(&mut cargo)?, "failed to build e2e/io-shim");
    let library = target.join("debug/libio_shim.so");
    library
        .canonicalize()
        .with_context(|| format!("no {}", library.display()))
}
