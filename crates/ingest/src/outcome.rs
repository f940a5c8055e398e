//! How items ended, counted in memory and written to the ledger once a second and at the end.
//! Gates and digest count, the housekeeper flushes.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use watchpost_model::{CATEGORY_ERROR, Clock, KeyId, Outcome, OutcomeCount, ProjectId, Timestamp};
use watchpost_store::{Ledger, StoreError};

use crate::limits::{CLIENT_WORD_COUNT_MAX, OUTCOME_KEY_COUNT_MAX, OUTCOME_WORD_BYTES_MAX};
use crate::metrics::Metrics;
use crate::sync::lock;

/// A category or reason: mostly one of ours, sometimes a word of a client.
pub(crate) type Word = Cow<'static, str>;

/// Whose item it was, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    pub(crate) project: Option<ProjectId>,
    pub(crate) key: Option<KeyId>,
}

/// How one kind of item ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct End {
    pub(crate) category: Word,
    pub(crate) outcome: Outcome,
    pub(crate) reason: Word,
}

impl End {
    /// An end in words of ours.
    pub(crate) fn new(category: &'static str, outcome: Outcome, reason: &'static str) -> Self {
        Self {
            category: Word::Borrowed(category),
            outcome,
            reason: Word::Borrowed(reason),
        }
    }
}

/// The category of errors and messages.
pub(crate) const ERROR: &str = CATEGORY_ERROR;

/// The counters.
pub(crate) struct Outcomes {
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    counts: Mutex<HashMap<(Owner, End, Timestamp), u64>>,
    /// Words of clients that are counted by name.
    words: Mutex<HashSet<String>>,
}

impl Outcomes {
    /// No counts yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, metrics: Metrics) -> Self {
        Self {
            clock,
            metrics,
            counts: Mutex::default(),
            words: Mutex::default(),
        }
    }

    /// Counts `quantity` items.
    pub(crate) fn count(&self, owner: Owner, end: End, quantity: u64) {
        let end = End {
            category: self.known(end.category),
            outcome: end.outcome,
            reason: self.known(end.reason),
        };
        self.metrics.count(&end, quantity);
        let hour = self.clock.now().floor_to_hour();
        let mut counts = lock(&self.counts);
        let full = counts.len() >= OUTCOME_KEY_COUNT_MAX;
        let mut key = (owner, end, hour);
        if full && !counts.contains_key(&key) {
            key.1.category = Word::Borrowed("other");
            key.1.reason = Word::Borrowed("other");
        }
        let count = counts.entry(key).or_default();
        *count = count.saturating_add(quantity);
    }

    /// The word, or `other` for a client's word beyond those that are counted by name.
    fn known(&self, word: Word) -> Word {
        let Word::Owned(text) = word else { return word };
        let mut words = lock(&self.words);
        if !words.contains(&text) {
            if words.len() >= CLIENT_WORD_COUNT_MAX {
                return Word::Borrowed("other");
            }
            words.insert(text.clone());
        }
        Word::Owned(text)
    }

    /// Writes what was counted. After a failure everything is still there for the next try.
    pub(crate) fn flush(&self, ledger: &dyn Ledger) -> Result<(), StoreError> {
        let taken = std::mem::take(&mut *lock(&self.counts));
        if taken.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = taken.iter().map(row).collect();
        let added = ledger.add_outcomes(&rows);
        if added.is_err() {
            let mut counts = lock(&self.counts);
            for (key, quantity) in taken {
                match counts.entry(key) {
                    Entry::Occupied(mut entry) => {
                        let sum = entry.get().saturating_add(quantity);
                        entry.insert(sum);
                    }
                    Entry::Vacant(entry) => drop(entry.insert(quantity)),
                }
            }
        }
        added
    }

    /// One count as a row, for whoever writes it without this cache.
    pub(crate) fn row_now(&self, owner: Owner, end: End) -> OutcomeCount {
        row((&(owner, end, self.clock.now().floor_to_hour()), &1))
    }
}

fn row(((owner, end, hour), quantity): (&(Owner, End, Timestamp), &u64)) -> OutcomeCount {
    OutcomeCount {
        project: owner.project,
        key: owner.key,
        category: end.category.clone().into_owned(),
        outcome: end.outcome,
        reason: end.reason.clone().into_owned(),
        hour: *hour,
        quantity: *quantity,
    }
}

/// A word of a client, made safe to be a name: short, `[a-z0-9_.:-]`, never empty.
pub(crate) fn word_of_client(text: &str) -> Word {
    let clean = |char: char| match char.to_ascii_lowercase() {
        lower @ ('a'..='z' | '0'..='9' | '_' | '-' | '.' | ':') => lower,
        _ => '_',
    };
    let word: String = text
        .chars()
        .take(OUTCOME_WORD_BYTES_MAX)
        .map(clean)
        .collect();
    if word.is_empty() {
        return Word::Borrowed("unknown");
    }
    Word::Owned(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_cannot_fill_the_ledger_with_words() {
        let clock = watchpost_model::TestClock::at(Timestamp::from_secs(0));
        let outcomes = Outcomes::new(Arc::new(clock), Metrics::default());
        for number in 0..2 * CLIENT_WORD_COUNT_MAX {
            let end = End {
                category: Word::Borrowed(ERROR),
                outcome: Outcome::ClientDiscarded,
                reason: word_of_client(&format!("reason_{number}")),
            };
            outcomes.count(Owner::default(), end, u64::MAX);
        }
        let counts = lock(&outcomes.counts);
        assert_eq!(counts.len(), CLIENT_WORD_COUNT_MAX + 1, "and one `other`");
    }

    #[test]
    fn words_of_clients_are_made_safe() {
        let check = |text: &str, expect: &str| assert_eq!(word_of_client(text), expect, "{text}");
        check("queue_overflow", "queue_overflow");
        check("Before Send", "before_send");
        check("", "unknown");
        check("<script>", "_script_");
        check("ü\u{202e}\n", "___");
        check(&"x".repeat(1000), &"x".repeat(OUTCOME_WORD_BYTES_MAX));
    }
}
