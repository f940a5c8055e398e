//! What somebody is writing at a place of a search text, and how it is completed there.
//!
//! Works on texts that are not finished, which nobody understands yet. Asked by the search boxes
//! and the API with every letter; pure.

use std::ops::ControlFlow;

use super::Pattern;
use super::ast::{Key, Op};
use super::print;
use super::reader::{RawKey, Reader};
use crate::limits::SEARCH_BYTES_MAX;

/// What comes next at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A key or a word.
    Key {
        /// Whether a `!` stands before it.
        is_negated: bool,
    },
    /// A key after `has:`.
    Presence,
    /// A value.
    Value {
        /// Of this key.
        key: String,
        /// Whether a comparison may stand before it.
        may_compare: bool,
        /// Whether it is one of a list.
        is_listed: bool,
    },
}

/// What is being written, and which part of the text a completion replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// What comes here.
    pub next: Next,
    /// What is written of it before the caret, without a quote.
    pub start: String,
    /// The first character that is replaced, from 0.
    pub from: usize,
    /// The first one behind it that is not.
    pub until: usize,
    /// Whether a blank has to stand behind a whole term.
    needs_blank: bool,
}

impl Spot {
    /// What is being written in `text` when the caret stands behind so many characters. Nothing
    /// within a quoted word and behind what is complete.
    pub fn at(text: &str, caret: usize) -> Option<Self> {
        if text.len() > SEARCH_BYTES_MAX {
            return None;
        }
        let before: String = text.chars().take(caret).collect();
        let (next, start, from) = last_of(&before)?;
        let caret = before.chars().count();
        let mut after = Reader::new(text);
        let until = match &next {
            _ if start.is_empty() && !matches!(next, Next::Value { .. }) => caret,
            Next::Key { .. } => end_of_key(&mut after, from).unwrap_or(caret),
            Next::Presence => {
                after.position = from;
                after.key().map_or(caret, |_| after.position)
            }
            Next::Value { is_listed, .. } => {
                end_of_value(&mut after, (from, caret), *is_listed).unwrap_or(caret)
            }
        };
        // What is behind the caret may be read as the end of something else.
        let until = until.max(caret);
        let behind = text.chars().nth(until);
        Some(Self {
            needs_blank: !behind.is_some_and(|next| next.is_whitespace() || next == ')'),
            next,
            start,
            from,
            until,
        })
    }

    /// The text that says this key here; a tag is written so that it means the tag.
    pub fn with_key(&self, name: &str, is_tag: bool) -> String {
        let name = if is_tag {
            Key::Tag(name.to_owned()).to_string()
        } else {
            name.to_owned()
        };
        match self.next {
            Next::Presence => self.ended(name),
            _ => format!("{name}:"),
        }
    }

    /// The text that says this value here.
    pub fn with_value(&self, value: &str) -> String {
        let text = print::value(&Pattern::exact(value));
        match self.next {
            Next::Value {
                is_listed: true, ..
            } => text,
            _ => self.ended(text),
        }
    }

    fn ended(&self, text: String) -> String {
        if self.needs_blank { text + " " } else { text }
    }
}

/// What it is, what is written of it, and where it begins.
type Found = (Next, String, usize);

/// What stands last in a text that ends at the caret.
fn last_of(before: &str) -> Option<Found> {
    let mut reader = Reader::new(before);
    loop {
        reader.skip_blanks();
        if reader.eat("(") || reader.eat(")") {
            continue;
        }
        let is_negated = reader.eat("!");
        let from = reader.position;
        if reader.peek().is_none() {
            return Some((Next::Key { is_negated }, String::new(), from));
        }
        if reader.peek() == Some('(') {
            continue;
        }
        if reader.peek() == Some('"') {
            reader.quoted().ok()?;
            continue;
        }
        let key = reader.key().ok()?;
        match key {
            Some(RawKey::Named(name)) if reader.peek().is_none() => {
                return Some((Next::Key { is_negated }, name, from));
            }
            Some(key) if reader.eat(":") => {
                if let ControlFlow::Break(found) = value(&mut reader, key) {
                    return found;
                }
            }
            _ => {
                reader.bare("");
                reader.peek()?;
            }
        }
    }
}

/// What is being written behind a colon; goes on when that is whole and more stands behind it.
fn value(reader: &mut Reader, key: RawKey) -> ControlFlow<Option<Found>> {
    let key = match key {
        RawKey::Named(name) if name.eq_ignore_ascii_case("has") => return presence(reader),
        RawKey::Named(name) => name,
        RawKey::Tag(name) => Key::Tag(name).to_string(),
        RawKey::Flag(name) => Key::Flag(name).to_string(),
    };
    let is_compared = Op::SIGNS.iter().any(|(sign, _)| reader.eat(sign));
    if !is_compared && reader.peek() == Some('[') {
        return list(reader, key);
    }
    let from = reader.position;
    let next = |key| Next::Value {
        key,
        may_compare: !is_compared,
        is_listed: false,
    };
    text(reader, "").map_break(|start| start.map(|start| (next(key), start, from)))
}

/// The name after `has:`.
fn presence(reader: &mut Reader) -> ControlFlow<Option<Found>> {
    let from = reader.position;
    let name = match reader.key() {
        Ok(Some(RawKey::Named(name))) => name,
        _ => String::new(),
    };
    if reader.peek().is_none() {
        return ControlFlow::Break(Some((Next::Presence, name, from)));
    }
    // What is no name is nothing that could be completed.
    reader.bare("");
    go_on(reader)
}

/// The last value of a list that is not closed.
fn list(reader: &mut Reader, key: String) -> ControlFlow<Option<Found>> {
    reader.eat("[");
    loop {
        reader.skip_blanks();
        let from = reader.position;
        if let ControlFlow::Break(start) = text(reader, ",]") {
            let next = Next::Value {
                key,
                may_compare: false,
                is_listed: true,
            };
            return ControlFlow::Break(start.map(|start| (next, start, from)));
        }
        reader.skip_blanks();
        if reader.eat("]") {
            return go_on(reader);
        }
        if !reader.eat(",") {
            return ControlFlow::Break(None);
        }
    }
}

/// The text that is being written, if something can be added to it.
fn text(reader: &mut Reader, ends: &str) -> ControlFlow<Option<String>> {
    if reader.peek() == Some('"') {
        let from = reader.position;
        if reader.quoted().is_err() {
            reader.position = from + 1;
            return ControlFlow::Break(Some(reader.rest()));
        }
        return go_on(reader);
    }
    let text = reader.bare(ends);
    if reader.peek().is_some() {
        return ControlFlow::Continue(());
    }
    let written = text.as_exact().map(str::to_owned);
    ControlFlow::Break(Some(written.unwrap_or_else(|| text.to_string())))
}

/// Nothing can be added to what is read; there is more, or not.
fn go_on<T>(reader: &Reader) -> ControlFlow<Option<T>> {
    match reader.peek() {
        Some(_) => ControlFlow::Continue(()),
        None => ControlFlow::Break(None),
    }
}

/// Where a key that begins there ends, with its colon.
fn end_of_key(reader: &mut Reader, from: usize) -> Option<usize> {
    reader.position = from;
    reader.key().ok()?;
    reader.eat(":");
    Some(reader.position)
}

/// Where a value that begins there ends.
fn end_of_value(
    reader: &mut Reader,
    (from, caret): (usize, usize),
    is_listed: bool,
) -> Option<usize> {
    reader.position = from;
    if reader.peek() == Some('"') {
        reader.quoted().ok()?;
        let until = reader.position;
        // A quote that is not closed would swallow the terms behind it.
        reader.position = caret;
        let swallows = reader.rest().chars().take(until - caret).any(|c| c == ':');
        return (from == caret || !swallows).then_some(until);
    }
    if is_listed {
        reader.bare(",]");
    } else {
        reader.value().ok()?;
    }
    Some(reader.position)
}

#[cfg(test)]
mod tests;
