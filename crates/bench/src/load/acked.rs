//! Which events were acknowledged, one bit each, so that tens of millions can be looked up later.

use std::ops::Range;

/// A set of numbers of events.
#[derive(Default)]
pub(crate) struct Acked {
    words: Vec<u64>,
    count: u64,
}

impl Acked {
    pub(crate) fn insert(&mut self, number: u64) {
        let Ok(word) = usize::try_from(number / 64) else {
            return;
        };
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let bit = 1 << (number % 64);
        if let Some(word) = self.words.get_mut(word)
            && *word & bit == 0
        {
            *word |= bit;
            self.count += 1;
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Those within a range, ascending.
    pub(crate) fn within(&self, range: Range<u64>) -> impl Iterator<Item = u64> {
        range.filter(|number| {
            let word = usize::try_from(number / 64).ok();
            let word = word.and_then(|word| self.words.get(word));
            word.is_some_and(|word| word & (1 << (number % 64)) != 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Acked;

    #[test]
    fn what_was_inserted_is_there_once() {
        let mut acked = Acked::default();
        for number in [0, 63, 64, 1_000_000, 64] {
            acked.insert(number);
        }
        assert_eq!(acked.count(), 4);
        let all: Vec<u64> = acked.within(0..2_000_000).collect();
        assert_eq!(all, [0, 63, 64, 1_000_000]);
        assert_eq!(acked.within(1..64).collect::<Vec<_>>(), [63]);
    }
}
