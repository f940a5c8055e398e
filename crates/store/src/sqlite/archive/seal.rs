//! Sealing partitions that have ended, on a thread of its own, while others are filled and asked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use watchpost_model::chain;

use super::files::{Files, State};
use super::part::{Part, is_damage};
use super::rewrite::rewrite;
use super::salvage::{is_ill, salvage};
use crate::{Freed, StoreError};

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
        if is_tried || to_seal(&state, 0).is_none() {
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
        // The events are kept, so this is no failure of theirs.
        match started {
            Ok(started) => *thread = Some(started),
            Err(error) => tracing::warn!(%error, "no thread to seal a partition on"),
        }
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

/// Seals everything that has ended. What cannot be sealed holds up no other.
fn seal_all(files: &Files) -> Result<(), StoreError> {
    let mut sealed_until = 0;
    loop {
        let _chores = files.folder.chores()?;
        let state = files.state()?;
        let Some(part) = to_seal(&state, sealed_until) else {
            return Ok(());
        };
        match seal(files, part) {
            Err(error) if error.is_of_the_disk() => return Err(error),
            Err(error) => part.hurt(&error),
            Ok(_) => {}
        }
        sealed_until = part.name.number;
    }
}

/// Seals one; of a damaged one what can be read.
fn seal(files: &Files, part: &Part) -> Result<Freed, StoreError> {
    if part.damage().is_some() && is_ill(part) {
        return salvage(files, part);
    }
    match rewrite(files, part, &[]) {
        Err(error) if is_damage(&error) && is_ill(part) => salvage(files, part),
        sealed => sealed,
    }
}

/// The oldest partition after number `after` that has ended and is not sealed.
fn to_seal(state: &State, after: u32) -> Option<&Part> {
    let ended = state.parts.split_last()?.1.iter();
    let mut ended = ended.filter(|part| part.name.number > after && part.pool().is_some());
    ended.next().map(AsRef::as_ref)
}
