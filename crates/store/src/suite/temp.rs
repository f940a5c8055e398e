//! A store of a test, in a folder that goes with it.

use std::ops::Deref;

use tempfile::TempDir;

/// A store in a folder of its own, which goes when this goes.
pub struct Temp<T> {
    store: T,
    dir: TempDir,
}

impl<T> Temp<T> {
    /// Opens a store in a new folder.
    pub fn new<E: std::fmt::Debug>(open: impl FnOnce(&std::path::Path) -> Result<T, E>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = open(dir.path()).expect("a store in an empty folder");
        Self { store, dir }
    }

    /// The folder.
    pub fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Closes the store but keeps its folder.
    pub fn close(self) -> TempDir {
        self.dir
    }
}

impl<T> Deref for Temp<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.store
    }
}
