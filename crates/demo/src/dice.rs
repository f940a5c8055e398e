//! Repeatable chance: the same seed gives the same events on every machine.
//! The demo's month and the load of benchmarks draw from it; ids of events are made with `mix`.

use std::fmt::Write;

/// A stream of numbers from a seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// A stream that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number of it.
    #[expect(
        clippy::should_implement_trait,
        reason = "numbers that never end are not to be looped over"
    )]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound`; 0 when there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    /// One of a list that is not empty.
    pub fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list.get(self.below(list.len())).copied().unwrap_or("")
    }

    /// True in `percent` of all cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// So many hex digits, as tokens and hashes have them.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            // Writing to a string cannot fail.
            let _ = write!(text, "{:016x}", self.next());
        }
        text.truncate(digits);
        text
    }

    /// Words of a log line or of an answer.
    pub fn words(&mut self, count: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| self.pick(crate::words::WORDS)).collect();
        words.join(" ")
    }
}

/// What a program says is written in its code: so many texts, with other numbers each time.
const PHRASE_COUNT: usize = 300;

/// The dice of one of the program's texts: what is drawn from them is the same in every event.
pub fn phrase(dice: &mut Dice) -> Dice {
    Dice::new(mix(dice.below(PHRASE_COUNT) as u64))
}

/// Scatters a number over all 64 bits. No two numbers give the same.
pub fn mix(number: u64) -> u64 {
    let mut mixed = number;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
