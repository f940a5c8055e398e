//! What lies between two `*`: so many characters, each given or one of some.

use memchr::memmem::Finder;

use super::parse::{Token, longest_run};

/// Characters in a row.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    tokens: Vec<Token>,
    /// The longest run of given characters, with what makes finding it quick.
    run: Finder<'static>,
    is_literal: bool,
}

impl Piece {
    pub(super) fn new(tokens: &[Token]) -> Self {
        Self {
            is_literal: tokens.iter().all(|token| token.char().is_some()),
            run: Finder::new(&longest_run(tokens)).into_owned(),
            tokens: tokens.to_vec(),
        }
    }

    /// The longest run of given characters.
    pub(super) fn literal(&self) -> String {
        longest_run(&self.tokens)
    }

    /// What follows it, when the text begins with it.
    pub(super) fn strip_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self.is_literal {
            let needle = self.run.needle();
            let starts = text.as_bytes().starts_with(needle);
            return text.get(needle.len()..).filter(|_| starts);
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
            let before = text.len().checked_sub(self.run.needle().len())?;
            let ends = text.as_bytes().ends_with(self.run.needle());
            return text.get(..before).filter(|_| ends);
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
        let at = self.run.find(text.as_bytes());
        super::count(at.unwrap_or(text.len()));
        let at = at?;
        if self.is_literal {
            return text.get(at + self.run.needle().len()..);
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
