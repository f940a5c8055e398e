//! Training a dictionary on the instance's own events, on a thread of its own.

use std::thread::{Builder, JoinHandle};

use super::body::{Packer, ZSTD_JSON};
use super::wording;

/// Events to learn from.
const SAMPLE_COUNT: usize = 1_500;
/// Bytes of events to learn from: with large events they are enough before their number is.
const SAMPLES_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What is learned of one event.
const SAMPLE_BYTES_MAX: usize = 128 * 1024;
/// While there is a dictionary, one event of so many is learned from: a burst of one error should
/// not fill it.
const STRIDE: usize = 32;
/// One event of so many is kept for the trial.
const TRIAL_STRIDE: usize = 8;
/// Larger ones compress better, and cost memory and time to load (measured: see the decision
/// record 0006).
const DICTIONARY_BYTES_MAX: usize = 256 * 1024;
/// A new dictionary must make the trial's events so much smaller.
const GAIN_PERCENT_MIN: usize = 3;

/// One training per partition.
pub(super) enum Trainer {
    /// Waits for events.
    Collecting(Samples),
    /// Learns.
    Training(JoinHandle<Option<Vec<u8>>>),
    /// Learned something, or that it does not pay.
    Trained(Option<Vec<u8>>),
    /// Asked for what it learned.
    Done,
}

/// Events to learn from.
#[derive(Default)]
pub(super) struct Samples {
    offered: usize,
    bytes: usize,
    events: Vec<Vec<u8>>,
}

impl Trainer {
    pub(super) fn new() -> Self {
        Self::Collecting(Samples::default())
    }

    /// Whether it wants to be offered events.
    pub(super) fn is_collecting(&self) -> bool {
        matches!(self, Self::Collecting(_))
    }

    /// Offers an event to learn from; `words`: the dictionary in use, empty without one.
    pub(super) fn offer(&mut self, json: &[u8], words: &[u8]) {
        let Self::Collecting(samples) = self else {
            return;
        };
        samples.offered += 1;
        if !words.is_empty() && !samples.offered.is_multiple_of(STRIDE) {
            return;
        }
        let sample = json.get(..SAMPLE_BYTES_MAX).unwrap_or(json).to_vec();
        samples.bytes += sample.len();
        samples.events.push(sample);
        if samples.events.len() < SAMPLE_COUNT && samples.bytes < SAMPLES_BYTES_MAX {
            return;
        }
        let events = std::mem::take(&mut samples.events);
        *self = Self::start(
            Builder::new().name("train".to_owned()),
            events,
            words.to_vec(),
        );
    }

    /// Learns on a new thread. When there is none to be had, the next partition tries again:
    /// events are kept without it.
    fn start(thread: Builder, events: Vec<Vec<u8>>, words: Vec<u8>) -> Self {
        match thread.spawn(move || train(&events, &words)) {
            Ok(thread) => Self::Training(thread),
            Err(error) => {
                tracing::warn!(%error, "no thread to train a dictionary on; going on without");
                Self::Done
            }
        }
    }

    /// The new dictionary, once.
    pub(super) fn finished(&mut self) -> Option<Vec<u8>> {
        if matches!(self, Self::Training(thread) if thread.is_finished()) {
            self.wait();
        }
        match self {
            Self::Trained(words) => {
                let words = words.take();
                *self = Self::Done;
                words
            }
            Self::Collecting(_) | Self::Training(_) | Self::Done => None,
        }
    }

    /// Waits until [`Trainer::finished`] has an answer, if it learns.
    pub(super) fn wait(&mut self) {
        *self = match std::mem::replace(self, Self::Done) {
            Self::Training(thread) => Self::Trained(thread.join().unwrap_or_default()),
            other => other,
        };
    }
}

/// A dictionary that is better than `words`, if there is one.
pub(super) fn train(events: &[Vec<u8>], words: &[u8]) -> Option<Vec<u8>> {
    let mut trial = Vec::new();
    let mut lesson = Vec::new();
    for (number, event) in events.iter().enumerate() {
        let to = if number % TRIAL_STRIDE == 0 {
            &mut trial
        } else {
            &mut lesson
        };
        to.push(event.as_slice());
    }
    let lesson = wording::common(&lesson);
    // Too little to learn from is no fault.
    let made = [
        zstd::dict::from_samples(&lesson, DICTIONARY_BYTES_MAX).ok(),
        wording::whole(&lesson, DICTIONARY_BYTES_MAX),
    ];
    let made = made.into_iter().flatten();
    let tried = made.filter_map(|made| Some((size_with(&made, &trial)?, made)));
    let (new, made) = tried.min_by_key(|(size, _)| *size)?;
    let old = size_with(words, &trial)?;
    tracing::debug!(new, old, "trained a dictionary");
    (new * 100 <= old * (100 - GAIN_PERCENT_MIN)).then_some(made)
}

/// Bytes of `events` compressed with a dictionary.
fn size_with(words: &[u8], events: &[&[u8]]) -> Option<usize> {
    let mut packer = Packer::with(ZSTD_JSON, words).ok()?;
    let sizes = events.iter().map(|event| packer.pack(event));
    let sizes: Option<Vec<_>> = sizes.map(Result::ok).collect();
    Some(sizes?.iter().map(Vec::len).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_thread_nothing_is_learned_and_nothing_fails() {
        // No address space has room for that.
        let thread = Builder::new().stack_size(1 << 47);
        let mut trainer = Trainer::start(thread, vec![vec![b'a'; 100]; 100], Vec::new());
        trainer.wait();
        assert_eq!(trainer.finished(), None);
        assert!(!trainer.is_collecting());
    }
}
