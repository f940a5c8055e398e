//! Patterns in which a `*` stops at `/`: all places of the pattern at which the text could be.

use memchr::memmem::Finder;

use super::parse::{Token, longest_run};

/// A shorter beginning is in most texts, and not worth looking for.
const HEAD_BYTES_MIN: usize = 3;

/// Such a pattern.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    tokens: Vec<Token>,
    /// Something that every text that fits contains.
    part: Finder<'static>,
    /// Whether the part is what comes first after a `**`: before it nothing can happen.
    is_head: bool,
    /// Whether it ends with `**`: behind it nothing can happen.
    is_open: bool,
}

impl Steps {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        let any = Token::Many(true);
        let head: String = match tokens.split_first() {
            Some((first, rest)) if *first == any => rest.iter().map_while(Token::char).collect(),
            _ => String::new(),
        };
        let is_head = head.len() >= HEAD_BYTES_MIN;
        let part = if is_head { head } else { longest_run(&tokens) };
        Self {
            part: Finder::new(&part).into_owned(),
            is_head,
            is_open: tokens.last() == Some(&any),
            tokens,
        }
    }

    /// The longest text that every text that fits contains.
    pub(super) fn literal(&self) -> String {
        longest_run(&self.tokens)
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        let Some(at) = self.part.find(text.as_bytes()) else {
            return false;
        };
        let start = if self.is_head { at } else { 0 };
        text.get(start..).is_some_and(|rest| self.walk(rest))
    }

    /// Keeps all places of the pattern at which the text could be, so that nothing is tried twice.
    fn walk(&self, text: &str) -> bool {
        let tokens = &*self.tokens;
        let mut states = States::default();
        enter(tokens, &mut states, 0);
        for char in text.chars() {
            if self.is_open && has(&states, tokens.len()) {
                return true;
            }
            let next = step(tokens, &states, char);
            if next == States::default() {
                return false;
            }
            states = next;
        }
        has(&states, tokens.len())
    }
}

/// Which tokens may come next, as bits; the one behind the last means that all fits.
type States = [u64; 4];

fn set(states: &mut States, index: usize) {
    if let Some(word) = states.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

fn has(states: &States, index: usize) -> bool {
    let word = states.get(index / 64).copied().unwrap_or_default();
    word >> (index % 64) & 1 == 1
}

/// Adds a place, and those behind each `*`, which may also stand for nothing.
fn enter(tokens: &[Token], states: &mut States, mut index: usize) {
    set(states, index);
    while matches!(tokens.get(index), Some(Token::Many(_))) {
        index += 1;
        set(states, index);
    }
}

/// The places after one more character.
fn step(tokens: &[Token], states: &States, char: char) -> States {
    let mut next = States::default();
    for (word_index, word) in states.iter().enumerate() {
        let mut word = *word;
        while word != 0 {
            let index = word_index * 64 + word.trailing_zeros() as usize;
            word &= word - 1;
            match tokens.get(index) {
                Some(token) if !token.takes(char) => {}
                Some(Token::Many(_)) => enter(tokens, &mut next, index),
                Some(_) => enter(tokens, &mut next, index + 1),
                None => {}
            }
        }
    }
    next
}
