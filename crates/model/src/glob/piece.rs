//! What lies between two `*`: so many characters, each given or one of some.

use memchr::memmem;

use super::parse::{Token, longest_run};

/// Characters in a row.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Empty when the run is all of it.
    tokens: Vec<Token>,
    /// The longest run of given characters.
    run: String,
    is_literal: bool,
}

impl Piece {
    pub(super) fn new(tokens: &[Token]) -> Self {
        let is_literal = tokens.iter().all(|token| token.char().is_some());
        Self {
            run: longest_run(tokens),
            tokens: if is_literal { &[] } else { tokens }.to_vec(),
            is_literal,
        }
    }

    /// The longest run of given characters.
    pub(super) fn literal(&self) -> &str {
        &self.run
    }

    /// What follows it, when the text begins with it.
    pub(super) fn strip_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self.is_literal {
            return text.strip_prefix(&*self.run);
        }
        let mut chars = text.chars();
        for token in &self.tokens {
            if !token.takes(chars.next()?) {
                return None;
            }
        }
        Some(chars.as_str())
    }

    /// What comes before it, when the text ends with it.
    pub(super) fn strip_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self.is_literal {
            return text.strip_suffix(&*self.run);
        }
        let mut chars = text.chars();
        for token in self.tokens.iter().rev() {
            if !token.takes(chars.next_back()?) {
                return None;
            }
        }
        Some(chars.as_str())
    }

    /// What follows it where it comes first.
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let at = memmem::find(text.as_bytes(), self.run.as_bytes())?;
        if self.is_literal {
            return text.get(at + self.run.len()..);
        }
        let mut from = text.chars();
        loop {
            if let Some(rest) = self.strip_start(from.as_str()) {
                return Some(rest);
            }
            from.next()?;
        }
    }
}
