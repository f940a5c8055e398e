//! Puts a batch into a store and does not give up: a full disk or a lock passes, and then the
//! batch goes in. An event that fails again and again while others pass is taken out (F23).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use watchpost_store::StoreError;

use super::recipe::words_of;
use super::stop::{Phase, Stop};
use crate::gate::chain;
use crate::limits::{DIGEST_PART_COUNT_MAX, DIGEST_TRIES_MAX, RETRY_PAUSE_MAX, RETRY_PAUSE_MIN};
use crate::quarantine::Failure;

/// Growing pauses between tries.
pub(crate) struct Backoff<'a> {
    stop: &'a Stop,
    pause: Duration,
}

impl<'a> Backoff<'a> {
    /// The shortest pause first.
    pub(crate) fn new(stop: &'a Stop) -> Self {
        let pause = RETRY_PAUSE_MIN;
        Self { stop, pause }
    }

    /// The pause after so many failures.
    pub(crate) fn after(stop: &'a Stop, tries: u32) -> Self {
        let grown = RETRY_PAUSE_MIN.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
        let pause = grown.min(RETRY_PAUSE_MAX);
        Self { stop, pause }
    }

    /// Waits. `Err` when the worker shall end.
    pub(crate) fn wait(&mut self) -> Result<(), Halted> {
        self.stop.beat();
        self.stop.pause(self.pause, Phase::Halt);
        self.pause = (self.pause * 2).min(RETRY_PAUSE_MAX);
        match self.stop.phase() {
            Phase::Halt => Err(Halted),
            Phase::Run | Phase::Drain => Ok(()),
        }
    }
}

/// The worker shall end before the work is done.
#[derive(Debug)]
pub(crate) struct Halted;

/// A store, as the shelf sees it.
pub(crate) trait Shelf<I, T> {
    /// The name of the stage.
    const STAGE: &'static str;

    /// Puts items in, all or none. One result per item, in order.
    fn put(&self, items: &[I]) -> Result<Vec<T>, StoreError>;

    /// Whether the store takes anything at all at the moment.
    fn is_well(&self) -> bool;
}

/// What became of each item, in order.
pub(crate) type Shelved<T> = Vec<Result<T, Failure>>;

/// Puts all items in, however long it takes.
pub(crate) fn put_all<I, T, S: Shelf<I, T>>(
    shelf: &S,
    items: &[I],
    stop: &Stop,
) -> Result<Shelved<T>, Halted> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let mut backoff = Backoff::new(stop);
    for _ in 0..DIGEST_TRIES_MAX {
        match put(shelf, items) {
            Ok(done) => return Ok(done.into_iter().map(Ok).collect()),
            Err(refused) => report(&refused.failure, items.len()),
        }
        backoff.wait()?;
    }
    let mut shelved = Vec::with_capacity(items.len());
    for part in items.chunks(DIGEST_PART_COUNT_MAX) {
        match put(shelf, part) {
            Ok(done) => shelved.extend(done.into_iter().map(Ok)),
            Err(refused) => {
                report(&refused.failure, part.len());
                for item in part {
                    shelved.push(put_one(shelf, item, stop)?);
                }
            }
        }
    }
    Ok(shelved)
}

/// Puts one item in, or finds that it is the item's fault.
fn put_one<I, T, S: Shelf<I, T>>(
    shelf: &S,
    item: &I,
    stop: &Stop,
) -> Result<Result<T, Failure>, Halted> {
    let mut backoff = Backoff::new(stop);
    let mut tries_while_well = 0;
    loop {
        let refused = match put(shelf, std::slice::from_ref(item)) {
            Ok(done) => match done.into_iter().next() {
                Some(done) => return Ok(Ok(done)),
                None => nothing::<I, T, S>(),
            },
            Err(refused) => refused,
        };
        let failure = refused.failure;
        report(&failure, 1);
        // While the store is ill, no failure says anything about the item. A disk that is almost
        // full still takes small things, so its own word counts first.
        if !refused.by_the_disk && shelf.is_well() {
            tries_while_well += 1;
        }
        if tries_while_well >= DIGEST_TRIES_MAX {
            return Ok(Err(failure));
        }
        backoff.wait()?;
    }
}

/// Why items did not go in.
struct Refused {
    failure: Failure,
    /// The disk is full, locked or broken: nothing is said about the items.
    by_the_disk: bool,
}

fn put<I, T, S: Shelf<I, T>>(shelf: &S, items: &[I]) -> Result<Vec<T>, Refused> {
    let stage = S::STAGE;
    // A store that panics has rolled back; its locks are its own.
    match catch_unwind(AssertUnwindSafe(|| shelf.put(items))) {
        Ok(Ok(done)) if done.len() == items.len() => Ok(done),
        Ok(Ok(_)) => Err(nothing::<I, T, S>()),
        Ok(Err(error)) => Err(Refused {
            by_the_disk: error.is_of_the_disk(),
            failure: Failure {
                stage,
                reason: chain(&error),
            },
        }),
        Err(panic) => Err(Refused {
            by_the_disk: false,
            failure: Failure {
                stage,
                reason: format!("panicked: {}", words_of(&*panic)),
            },
        }),
    }
}

fn nothing<I, T, S: Shelf<I, T>>() -> Refused {
    Refused {
        by_the_disk: false,
        failure: Failure {
            stage: S::STAGE,
            reason: "the store did not answer for each event".to_owned(),
        },
    }
}

fn report(failure: &Failure, events: usize) {
    let Failure { stage, reason } = failure;
    tracing::warn!(
        stage,
        error = reason,
        events,
        "failed to store events; trying again"
    );
}
