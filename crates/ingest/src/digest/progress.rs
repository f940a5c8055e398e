//! How far the digest is, for pages and metrics.

use std::sync::Mutex;

use watchpost_model::Timestamp;

use crate::spool::Batch;
use crate::sync::lock;

/// What the digest does, as others see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DigestStatus {
    /// Events that left the spool since the start, stored or in quarantine.
    pub digested: u64,
    /// When the oldest event that is being digested was accepted; nothing older waits. `None`
    /// between batches.
    pub oldest: Option<Timestamp>,
    /// How often the worker panicked and was started again.
    pub restarts: u64,
    /// What the last panic said.
    pub restart_reason: Option<String>,
}

/// The same, held by the digest.
#[derive(Default)]
pub(crate) struct Progress(Mutex<DigestStatus>);

impl Progress {
    /// A batch is being worked on.
    pub(crate) fn begin(&self, batch: &Batch) {
        let received = batch.records.iter().map(|one| one.record.receipt.received);
        lock(&self.0).oldest = received.min();
    }

    /// It is done.
    pub(crate) fn end(&self, batch: &Batch) {
        let mut status = lock(&self.0);
        status.digested += batch.records.len() as u64;
        status.oldest = None;
    }

    /// The worker panicked and is started again.
    pub(crate) fn restarted(&self, reason: &str) {
        let mut status = lock(&self.0);
        status.restarts += 1;
        status.restart_reason = Some(reason.to_owned());
    }

    /// How it is.
    pub(crate) fn status(&self) -> DigestStatus {
        lock(&self.0).clone()
    }
}
