//! What became of each event. Every captured event ends in exactly one of these counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many events ended how, since the client was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Taken by a server.
    pub sent: u64,
    /// Not wanted: by a skip rule, or by `before_send`.
    pub skipped: u64,
    /// Over the thrashing limit.
    pub thrashed: u64,
    /// Came while the queue was full.
    pub queue_full: u64,
    /// Came while every server had asked to be left alone.
    pub rate_limited: u64,
    /// Refused by every server, or none could be reached.
    pub failed: u64,
    /// Unsent at the end, or captured after it.
    pub abandoned: u64,
    /// How many times foreign code panicked inside the client. Not an outcome: the events are
    /// counted as failed.
    pub panicked: u64,
}

/// How one event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent,
    Skipped,
    Thrashed,
    QueueFull,
    RateLimited,
    Failed,
    Abandoned,
}

/// The running counts.
#[derive(Default)]
pub(crate) struct Counts {
    sent: AtomicU64,
    skipped: AtomicU64,
    thrashed: AtomicU64,
    queue_full: AtomicU64,
    rate_limited: AtomicU64,
    failed: AtomicU64,
    abandoned: AtomicU64,
    pub(crate) panicked: AtomicU64,
}

impl Counts {
    pub(crate) fn count(&self, outcome: Outcome) {
        self.add(outcome, 1);
    }

    pub(crate) fn add(&self, outcome: Outcome, events: u64) {
        let counter = match outcome {
            Outcome::Sent => &self.sent,
            Outcome::Skipped => &self.skipped,
            Outcome::Thrashed => &self.thrashed,
            Outcome::QueueFull => &self.queue_full,
            Outcome::RateLimited => &self.rate_limited,
            Outcome::Failed => &self.failed,
            Outcome::Abandoned => &self.abandoned,
        };
        counter.fetch_add(events, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            sent: read(&self.sent),
            skipped: read(&self.skipped),
            thrashed: read(&self.thrashed),
            queue_full: read(&self.queue_full),
            rate_limited: read(&self.rate_limited),
            failed: read(&self.failed),
            abandoned: read(&self.abandoned),
            panicked: read(&self.panicked),
        }
    }
}
