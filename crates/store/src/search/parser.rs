//! The grammar: `OR` between what `AND` or a blank joins, brackets, `!`, filters and words.

use super::Field;
use super::ast::{Expr, Filter, Key, Place, Test};
use super::print::{is_plain_tag, quoted};
use super::reader::{RawKey, RawValue, Reader};
use super::value::{self, Term};
use crate::SearchError;
use crate::limits::{SEARCH_BYTES_MAX, SEARCH_DEPTH_MAX, SEARCH_TERM_COUNT_MAX};

/// Names that begin so are never tags: whoever writes one means a key.
const RESERVED: [&str; 4] = ["error.", "stack.", "issue.", "release."];

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Expr, SearchError> {
    if text.len() > SEARCH_BYTES_MAX {
        let mut places = text.char_indices();
        let at = places.position(|(byte, _)| byte >= SEARCH_BYTES_MAX);
        let message = format!("the text is longer than {SEARCH_BYTES_MAX} bytes");
        return Err(SearchError::at(at.unwrap_or(SEARCH_BYTES_MAX), message));
    }
    let mut parser = Parser {
        reader: Reader::new(text),
        term_count: 0,
    };
    parser.either()
}

struct Parser {
    reader: Reader,
    term_count: usize,
}

impl Parser {
    /// `a b OR c`, up to the end or to the bracket that closes.
    fn either(&mut self) -> Result<Expr, SearchError> {
        let mut parts = Vec::new();
        // Where the last `OR` was.
        let mut before = None;
        loop {
            let part = Expr::all(self.both()?);
            let after = Some(self.reader.position).filter(|_| self.reader.is_at_word("OR"));
            if let Some(at) = before.or(after)
                && part == Expr::All(Vec::new())
            {
                return Err(one_sided("OR", at));
            }
            parts.push(part);
            if after.is_none() {
                return Ok(Expr::any(parts));
            }
            self.reader.eat("OR");
            before = after;
        }
    }

    /// `a AND b c`, up to an `OR`, the end, or the bracket that closes.
    fn both(&mut self) -> Result<Vec<Expr>, SearchError> {
        let mut parts = Vec::new();
        // Where an `AND` waits for its right side.
        let mut open = None;
        loop {
            self.reader.skip_blanks();
            let at = self.reader.position;
            let is_over = self.reader.is_at_end() || self.reader.is_at_word("OR");
            if is_over || self.reader.is_at_word("AND") {
                if let Some(open) = open {
                    return Err(one_sided("AND", open));
                }
                if is_over {
                    return Ok(parts);
                }
                if parts.is_empty() {
                    return Err(one_sided("AND", at));
                }
                self.reader.eat("AND");
                open = Some(at);
                continue;
            }
            open = None;
            parts.push(self.term()?);
        }
    }

    fn term(&mut self) -> Result<Expr, SearchError> {
        let start = self.reader.position;
        match self.reader.peek() {
            Some('(') => return self.group(),
            Some(')') => {
                let message = "no bracket is open: leave it out, or write the text in quotes";
                return Err(SearchError::at(start, message.to_owned()));
            }
            _ => {}
        }
        self.term_count += 1;
        if self.term_count > SEARCH_TERM_COUNT_MAX {
            let message = format!("more than {SEARCH_TERM_COUNT_MAX} terms");
            return Err(SearchError::at(start, message));
        }
        if self.reader.peek() == Some('"') {
            return Ok(word(self.reader.quoted()?));
        }
        if self.reader.eat("!") {
            if self.reader.peek() == Some('(') {
                return Ok(self.group()?.negated());
            }
            if let Some(filter) = self.filter()? {
                return Ok(filter.negated());
            }
            self.reader.position = start;
        }
        match self.filter()? {
            Some(filter) => Ok(filter),
            None => Ok(word(self.reader.bare(""))),
        }
    }

    fn group(&mut self) -> Result<Expr, SearchError> {
        let start = self.reader.position;
        self.reader.position += 1;
        self.reader.depth += 1;
        if self.reader.depth > SEARCH_DEPTH_MAX {
            let message = format!("brackets are nested more than {SEARCH_DEPTH_MAX} deep");
            return Err(SearchError::at(start, message));
        }
        let inner = self.either()?;
        if !self.reader.eat(")") {
            let message = "the bracket is not closed: add a `)`, or write the text in quotes";
            return Err(SearchError::at(start, message.to_owned()));
        }
        self.reader.depth -= 1;
        if inner == Expr::All(Vec::new()) {
            let message = "there is nothing between the brackets";
            return Err(SearchError::at(start, message.to_owned()));
        }
        Ok(inner)
    }

    /// `key:value`, or nothing when what is next is only a word.
    fn filter(&mut self) -> Result<Option<Expr>, SearchError> {
        let start = self.reader.position;
        let filter = self.filter_at(start)?;
        if filter.is_none() {
            self.reader.position = start;
        }
        Ok(filter)
    }

    fn filter_at(&mut self, start: usize) -> Result<Option<Expr>, SearchError> {
        let Some(raw) = self.reader.key()?.filter(|_| self.reader.eat(":")) else {
            return Ok(None);
        };
        let value_at = self.reader.position;
        let key = match raw {
            RawKey::Named(name) if name.eq_ignore_ascii_case("has") => {
                return self.has(start, value_at).map(Some);
            }
            RawKey::Named(name) => match self.named(name, start)? {
                Some(key) => key,
                None => return Ok(None),
            },
            RawKey::Tag(name) => Key::Tag(name),
            RawKey::Flag(name) => Key::Flag(name),
        };
        let raw = self.reader.value()?;
        if let RawValue::Text(pattern) | RawValue::Compared(_, pattern) = &raw
            && pattern.as_exact() == Some("")
        {
            let message = format!("`{key}:` needs a value; write {key}:\"\" for none");
            return Err(SearchError::at(value_at, message));
        }
        let term = Term {
            key,
            at: start,
            value_at,
        };
        value::read(&term, raw).map(Some)
    }

    /// The key of that name, or nothing when the text is only a word: `std::io`, `KeyError: 'x'`.
    fn named(&self, name: String, start: usize) -> Result<Option<Key>, SearchError> {
        if let Some(field) = Field::from_name(&name) {
            return Ok(Some(Key::Field(field)));
        }
        let is_value = |next: char| !next.is_whitespace() && !":/\\)".contains(next);
        if !is_plain_tag(&name) || !self.reader.peek().is_some_and(is_value) {
            return Ok(None);
        }
        if RESERVED.iter().any(|start| name.starts_with(start)) {
            let nearest = value::nearest(&name, super::field_names());
            let hint = format!("for a tag of that name write tags[{name}]");
            let message = format!("`{name}` is no key{nearest}; {hint}");
            return Err(SearchError::at(start, message));
        }
        Ok(Some(Key::Tag(name)))
    }

    /// `has:key`
    fn has(&mut self, start: usize, value_at: usize) -> Result<Expr, SearchError> {
        let key = match self.reader.peek() {
            Some('"') => self
                .reader
                .quoted()?
                .as_exact()
                .map(|name| RawKey::Tag(name.to_owned())),
            _ => self.reader.key()?,
        };
        let key = match key.filter(|_| self.reader.is_at_end()) {
            Some(RawKey::Named(name)) => match Field::from_name(&name) {
                Some(field) => Key::Field(field),
                None => Key::Tag(name),
            },
            Some(RawKey::Tag(name)) if !name.trim().is_empty() => Key::Tag(name),
            Some(RawKey::Flag(name)) => Key::Flag(name),
            _ => {
                let message = "`has:` needs the name of a key or a tag: has:user".to_owned();
                return Err(SearchError::at(value_at, message));
            }
        };
        let filter = Filter {
            key,
            test: Test::Absent,
            at: Place(start),
            value_at: Place(value_at),
        };
        Ok(Expr::Filter(filter).negated())
    }
}

fn word(pattern: super::Pattern) -> Expr {
    match pattern.as_exact() {
        Some("") => Expr::All(Vec::new()),
        _ => Expr::Word(pattern),
    }
}

fn one_sided(word: &str, at: usize) -> SearchError {
    let hint = quoted(&super::Pattern::exact(word));
    let message = format!("`{word}` needs something on both sides; write {hint} for the word");
    SearchError::at(at, message)
}
