//! How far the digest is behind: the age of what waits, and how long the work on it will take.

use std::collections::VecDeque;

use watchpost_model::Timestamp;

use crate::limits::{DIGEST_BATCH_COUNT_MAX, DIGEST_STANDSTILL_SECS, LAG_SAMPLE_COUNT_MAX};
use crate::spool::SpoolStatus;

/// Tells the age of what is not digested without a look at it, by when the spool had grown how far.
/// What was there at the start counts as if it had come at the start.
#[derive(Default)]
pub(super) struct Lag {
    samples: VecDeque<(Timestamp, u64)>,
}

impl Lag {
    /// Takes a sample. Returns the age of the oldest undigested record in seconds.
    pub(super) fn tick(&mut self, spool: &SpoolStatus, now: Timestamp) -> u64 {
        while self
            .samples
            .front()
            .is_some_and(|(_, seq)| *seq <= spool.committed)
        {
            self.samples.pop_front();
        }
        let newest = self.samples.back().map_or(spool.committed, |(_, seq)| *seq);
        if spool.appended > newest && self.samples.len() < LAG_SAMPLE_COUNT_MAX {
            self.samples.push_back((now, spool.appended));
        }
        let oldest = self.samples.front();
        let secs = oldest.map_or(0, |(since, _)| now.secs_since(*since));
        u64::try_from(secs).unwrap_or(0)
    }
}

/// How much a new sample of the speed weighs, in percent.
const SAMPLE_PERCENT: u64 = 20;

/// How fast the digest works while it has work, and so how long it needs for what waits. While it
/// stands still nothing is said: a lock passes, and `Lag` bounds it.
#[derive(Default)]
pub(super) struct Speed {
    /// When the digest was last seen to have finished something, and the spool then.
    mark: Option<(Timestamp, SpoolStatus)>,
    /// Thousandths of an event a second; `None`: never seen at work for a whole sample.
    per_kilosecond: Option<u64>,
}

impl Speed {
    /// Takes a sample. Returns the seconds of work that wait; 0 when that cannot be told.
    pub(super) fn tick(&mut self, spool: &SpoolStatus, now: Timestamp) -> u64 {
        self.learn(spool, now);
        let waiting = spool.appended.saturating_sub(spool.committed);
        // The digest takes these at once. On a slow disk a batch of one takes as long as a full
        // one: its speed says nothing of them.
        if waiting <= DIGEST_BATCH_COUNT_MAX as u64 {
            return 0;
        }
        let speed = self.per_kilosecond.unwrap_or(0);
        waiting.saturating_mul(1000).checked_div(speed).unwrap_or(0)
    }

    fn learn(&mut self, spool: &SpoolStatus, now: Timestamp) {
        let Some((since, before)) = &self.mark else {
            self.mark = Some((now, spool.clone()));
            return;
        };
        let done = spool.committed.saturating_sub(before.committed);
        // With everything of then finished it may have been idle for a part of the time.
        let was_busy = spool.committed < before.appended;
        let secs = now.secs_since(*since);
        if done == 0 && was_busy || secs < 1 {
            return;
        }
        let is_telling = was_busy && secs <= DIGEST_STANDSTILL_SECS;
        self.mark = Some((now, spool.clone()));
        let Some(secs) = u64::try_from(secs).ok().filter(|_| is_telling) else {
            return;
        };
        let sample = done.saturating_mul(1000) / secs.max(1);
        self.per_kilosecond = Some(match self.per_kilosecond {
            Some(speed) => (speed * (100 - SAMPLE_PERCENT) + sample * SAMPLE_PERCENT) / 100,
            None => sample,
        });
    }
}
