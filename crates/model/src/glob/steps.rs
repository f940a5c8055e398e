//! Patterns in which a `*` stops at `/`: all places of the pattern at which the text could be.

use memchr::memmem;

use super::parse::{Token, longest_run};

/// Such a pattern.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    tokens: Vec<Token>,
    /// What every text that fits contains.
    run: String,
}

impl Steps {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self {
            run: longest_run(&tokens),
            tokens,
        }
    }

    /// What every text that fits contains.
    pub(super) fn literal(&self) -> &str {
        &self.run
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        let found = memmem::find(text.as_bytes(), self.run.as_bytes());
        found.is_some() && fits(&self.tokens, text)
    }
}

/// Which tokens may come next, as bits; the one behind the last means that all fits.
type States = [u64; 4];

fn set(states: &mut States, index: usize) {
    if let Some(word) = states.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

/// Keeps all places of the pattern at which the text could be, so that nothing is tried twice.
fn fits(tokens: &[Token], text: &str) -> bool {
    let enter = |states: &mut States, mut index: usize| {
        set(states, index);
        // A `*` may also stand for nothing.
        while matches!(tokens.get(index), Some(Token::Many(_))) {
            index += 1;
            set(states, index);
        }
    };
    let mut states = States::default();
    enter(&mut states, 0);
    for char in text.chars() {
        let mut next = States::default();
        for (word_index, word) in states.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                let index = word_index * 64 + word.trailing_zeros() as usize;
                word &= word - 1;
                match tokens.get(index) {
                    Some(token) if !token.takes(char) => {}
                    Some(Token::Many(_)) => enter(&mut next, index),
                    Some(_) => enter(&mut next, index + 1),
                    None => {}
                }
            }
        }
        if next == States::default() {
            return false;
        }
        states = next;
    }
    let last = tokens.len();
    let word = states.get(last / 64).copied().unwrap_or_default();
    word >> (last % 64) & 1 == 1
}
