//! Walking over the letters of a search text: quotes, bare words, lists, names of keys.

use super::Pattern;
use super::ast::Op;
use crate::SearchError;
use crate::limits::SEARCH_LIST_COUNT_MAX;

/// A text and how far it is read.
pub(super) struct Reader {
    chars: Vec<char>,
    /// In characters from 0.
    pub(super) position: usize,
    /// How many brackets are open.
    pub(super) depth: usize,
}

/// What stands before a colon.
pub(super) enum RawKey {
    Named(String),
    Tag(String),
    Flag(String),
}

/// What stands behind it.
pub(super) enum RawValue {
    Text(Pattern),
    Quoted(Pattern),
    Compared(Op, Pattern),
    List(Vec<(usize, Pattern)>),
}

impl Reader {
    pub(super) fn new(text: &str) -> Self {
        Self {
            chars: text.chars().collect(),
            position: 0,
            depth: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.position + ahead).copied()
    }

    /// Steps over `wanted` if it is next.
    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        let is_next = self.starts_with(wanted);
        if is_next {
            self.position += wanted.chars().count();
        }
        is_next
    }

    fn starts_with(&self, wanted: &str) -> bool {
        let mut letters = wanted.chars().enumerate();
        letters.all(|(ahead, letter)| self.peek_at(ahead) == Some(letter))
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> String {
        self.chars.iter().skip(self.position).collect()
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    /// Whether `OR` or `AND` is next, as a word of its own.
    pub(super) fn is_at_word(&self, word: &str) -> bool {
        let after = self.peek_at(word.chars().count());
        self.starts_with(word) && after.is_none_or(|c| c.is_whitespace() || "()".contains(c))
    }

    /// Whether a term ends here.
    pub(super) fn is_at_end(&self) -> bool {
        self.peek()
            .is_none_or(|next| next.is_whitespace() || (next == ')' && self.depth > 0))
    }

    /// The name of a key, if one is next; what comes after it is for the caller to look at.
    pub(super) fn key(&mut self) -> Result<Option<RawKey>, SearchError> {
        for (start, make) in [
            ("tags[", RawKey::Tag as fn(String) -> RawKey),
            ("flags[", RawKey::Flag),
        ] {
            let at = self.position;
            if self.eat(start) {
                let name = self.bracketed(at)?;
                return Ok(name.map(make));
            }
        }
        let mut name = String::new();
        while let Some(next) = self.peek() {
            let is_first = name.is_empty();
            let is_letter = next.is_ascii_alphabetic();
            let is_other = next.is_ascii_digit() || matches!(next, '_' | '.' | '-');
            if !(is_letter || is_other && !is_first) {
                break;
            }
            name.push(next);
            self.position += 1;
        }
        Ok((!name.is_empty()).then_some(RawKey::Named(name)))
    }

    /// The rest of `tags[name]`; `None` when it is no such thing.
    fn bracketed(&mut self, start: usize) -> Result<Option<String>, SearchError> {
        let name = if self.peek() == Some('"') {
            let name = self.quoted()?;
            name.as_exact().map(str::to_owned)
        } else {
            let mut name = String::new();
            while let Some(next) = self.peek().filter(|next| !"[]\"".contains(*next)) {
                name.push(next);
                self.position += 1;
            }
            Some(name)
        };
        let name = name.filter(|name| !name.trim().is_empty());
        if !self.eat("]") || name.is_none() {
            self.position = start;
            return Ok(None);
        }
        Ok(name)
    }

    /// A value; the reader stands behind the colon.
    pub(super) fn value(&mut self) -> Result<RawValue, SearchError> {
        for (sign, op) in Op::SIGNS {
            if self.eat(sign) {
                let value = match self.peek() {
                    Some('"') => self.quoted()?,
                    _ => self.bare(""),
                };
                return Ok(RawValue::Compared(op, value));
            }
        }
        match self.peek() {
            Some('"') => Ok(RawValue::Quoted(self.quoted()?)),
            Some('[') => self.list(),
            _ => Ok(RawValue::Text(self.bare(""))),
        }
    }

    /// Everything up to a blank, to a bracket that closes one before the text, or one of `ends`.
    pub(super) fn bare(&mut self, ends: &str) -> Pattern {
        let (mut pattern, mut open) = (Pattern::default(), 0_usize);
        while let Some(next) = self.peek() {
            let closes = next == ')' && open == 0;
            if next.is_whitespace() || closes || ends.contains(next) {
                break;
            }
            self.position += 1;
            match next {
                '*' => {
                    pattern.push_any();
                    continue;
                }
                '\\' if self.eat("*") => {
                    pattern.push('*');
                    continue;
                }
                '(' => open += 1,
                ')' => open = open.saturating_sub(1),
                _ => {}
            }
            pattern.push(next);
        }
        pattern
    }

    /// A text in quotes; the reader stands on the first one. A backslash before a quote, a star or
    /// a backslash makes it a letter.
    pub(super) fn quoted(&mut self) -> Result<Pattern, SearchError> {
        let start = self.position;
        self.position += 1;
        let mut pattern = Pattern::default();
        while let Some(next) = self.peek() {
            self.position += 1;
            match next {
                '"' => return Ok(pattern),
                '*' => pattern.push_any(),
                '\\' => match self.peek() {
                    Some(letter @ ('"' | '\\' | '*')) => {
                        self.position += 1;
                        pattern.push(letter);
                    }
                    _ => pattern.push('\\'),
                },
                letter => pattern.push(letter),
            }
        }
        let message = "the quote is not closed: add a `\"` at the end".to_owned();
        Err(SearchError::at(start, message))
    }

    fn list(&mut self) -> Result<RawValue, SearchError> {
        let start = self.position;
        self.position += 1;
        let mut values = Vec::new();
        loop {
            self.skip_blanks();
            let at = self.position;
            let value = match self.peek() {
                Some('"') => self.quoted()?,
                _ => self.bare(",]"),
            };
            if value != Pattern::default() {
                values.push((at, value));
            }
            self.skip_blanks();
            if self.eat("]") {
                break;
            }
            if !self.eat(",") {
                let message = "the list is not closed: write `[one, two]`, or the text in quotes";
                return Err(SearchError::at(start, message.to_owned()));
            }
        }
        if values.is_empty() || values.len() > SEARCH_LIST_COUNT_MAX {
            let message = format!("a list has 1 to {SEARCH_LIST_COUNT_MAX} values");
            return Err(SearchError::at(start, message));
        }
        Ok(RawValue::List(values))
    }
}
