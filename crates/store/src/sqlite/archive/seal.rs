//! Sealing partitions that have ended, on a thread of its own, while others are filled and asked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use watchpost_model::chain;

use super::files::{Files, State};
use super::folder::failed;
use super::part::Part;
use super::rewrite::rewrite;
use crate::StoreError;

/// At most one thread, which ends when all is sealed. Dropping it waits.
#[derive(Default)]
pub(super) struct Sealer {
    thread: Mutex<Option<JoinHandle<()>>>,
    /// How many partitions there were when it was started last: a failure is not tried again
    /// with every batch.
    tried: AtomicU32,
}

impl Sealer {
    /// Starts sealing if there is something to seal.
    pub(super) fn look_after(&self, files: &Arc<Files>) -> Result<(), StoreError> {
        let state = files.state()?;
        let Some(active) = state.active().map(|part| part.name.number) else {
            return Ok(());
        };
        let is_tried = self.tried.load(Ordering::Relaxed) == active;
        if is_tried || to_seal(&state).is_none() {
            return Ok(());
        }
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return Ok(());
        }
        self.tried.store(active, Ordering::Relaxed);
        let files = Arc::clone(files);
        let started = std::thread::Builder::new()
            .name("seal".to_owned())
            .spawn(move || {
                if let Err(error) = seal_all(&files) {
                    let cause = chain(&error);
                    tracing::error!(cause, "sealing a partition failed; it is served as it is");
                }
            });
        *thread = Some(started.map_err(|error| failed("seal a partition", error))?);
        Ok(())
    }

    pub(super) fn wait(&self) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        // A panic has said so in the log; the partition stays as it is.
        if let Some(thread) = thread.take()
            && thread.join().is_err()
        {
            tracing::error!("sealing a partition panicked; it is served as it is");
        }
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        self.wait();
    }
}

/// Seals everything that has ended.
fn seal_all(files: &Files) -> Result<(), StoreError> {
    loop {
        let _chores = files.folder.chores()?;
        let state = files.state()?;
        let Some(part) = to_seal(&state) else {
            return Ok(());
        };
        rewrite(files, part, &[])?;
    }
}

/// The oldest partition that has ended and is not sealed.
fn to_seal(state: &State) -> Option<&Part> {
    let ended = state.parts.split_last()?.1.iter();
    let mut ended = ended.filter(|part| part.pool().is_some());
    ended.next().map(AsRef::as_ref)
}
