//! A text of JSON to nodes that borrow from it. Called by `node::read`.
//!
//! The gate has checked the text. So this reads what is plainly right, and gives up on whatever
//! else there may be: `serde_json` then has the last word.

use bumpalo::Bump;
use serde_json::Number;
use watchpost_model::plain_len;

use super::node::{Field, Fields, Node};
use crate::json::unit;
use crate::limits::JSON_DEPTH_MAX;

/// Whole numbers of so many digits fit into 64 bits.
const PLAIN_DIGITS_MAX: usize = 18;

/// Walks over a text and puts its nodes into an arena.
pub(super) struct Tree<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    arena: &'a Bump,
    /// The entries so far of the lists around `at`, the outermost first.
    entries: Vec<Node<'a>>,
    /// The same of the objects.
    fields: Vec<Field<'a>>,
    /// A text without its escapes.
    scratch: String,
}

impl<'a> Tree<'a> {
    pub(super) fn new(text: &'a str, arena: &'a Bump) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            arena,
            // Room for the usual depth: growing by and by costs more.
            entries: Vec::with_capacity(32),
            fields: Vec::with_capacity(32),
            scratch: String::new(),
        }
    }

    /// The value that is all of the text; `None` when this is not plain.
    pub(super) fn read(mut self) -> Option<Node<'a>> {
        let node = self.value()?;
        // Nothing but blanks may follow.
        self.skip_blanks().is_none().then_some(node)
    }

    fn value(&mut self) -> Option<Node<'a>> {
        match self.skip_blanks()? {
            b'"' => self.string().map(Node::String),
            b'{' => self.object(),
            b'[' => self.list(),
            b't' => self.word("true", Node::Bool(true)),
            b'f' => self.word("false", Node::Bool(false)),
            b'n' => self.word("null", Node::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self) -> Option<Node<'a>> {
        let first = self.fields.len();
        self.enter()?;
        if self.skip_blanks()? == b'}' {
            self.leave();
            return Some(Node::Object(Fields::default()));
        }
        loop {
            if self.skip_blanks()? != b'"' {
                return None;
            }
            let name = self.string()?;
            if self.skip_blanks()? != b':' {
                return None;
            }
            self.at += 1;
            let value = self.value()?;
            self.fields.push((name, value));
            match self.skip_blanks()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.leave();
        let fields = Fields::of(self.fields.get(first..)?, self.arena);
        self.fields.truncate(first);
        Some(Node::Object(fields))
    }

    fn list(&mut self) -> Option<Node<'a>> {
        let first = self.entries.len();
        self.enter()?;
        if self.skip_blanks()? == b']' {
            self.leave();
            return Some(Node::Array(&[]));
        }
        loop {
            let value = self.value()?;
            self.entries.push(value);
            match self.skip_blanks()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.leave();
        let list = self.arena.alloc_slice_copy(self.entries.get(first..)?);
        self.entries.truncate(first);
        Some(Node::Array(list))
    }

    /// Goes behind an opening bracket.
    fn enter(&mut self) -> Option<()> {
        self.at += 1;
        self.depth += 1;
        (self.depth <= JSON_DEPTH_MAX).then_some(())
    }

    /// Goes behind a closing bracket.
    fn leave(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    /// The text whose quote is at the cursor.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let end = start + plain_len(self.bytes().get(start..)?)?;
        if self.bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return self.text.get(start..end);
        }
        self.escaped(start, end)
    }

    /// A text from `start` on that has an escape at `end`.
    fn escaped(&mut self, mut start: usize, mut end: usize) -> Option<&'a str> {
        self.scratch.clear();
        loop {
            self.scratch.push_str(self.text.get(start..end)?);
            match self.bytes().get(end..)? {
                [b'"', ..] => break,
                [b'\\', b'u', digits @ ..] => {
                    let (char, len) = unicode(digits)?;
                    self.scratch.push(char);
                    start = end + 2 + len;
                }
                [b'\\', byte, ..] => {
                    self.scratch.push(short_escape(*byte)?);
                    start = end + 2;
                }
                _ => return None,
            }
            end = start + plain_len(self.bytes().get(start..)?)?;
        }
        self.at = end + 1;
        Some(self.arena.alloc_str(&self.scratch))
    }

    fn number(&mut self) -> Option<Node<'a>> {
        let rest = self.text.get(self.at..)?;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let len = rest.bytes().take_while(|byte| is_part(byte)).count();
        let text = rest.get(..len)?;
        self.at += len;
        let number = match whole(text) {
            Some(number) => number.into(),
            None => serde_json::from_str::<Number>(text).ok()?,
        };
        Some(Node::Number(self.arena.alloc(number)))
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Option<Node<'a>> {
        let is_there = self.text.get(self.at..)?.starts_with(word);
        self.at += word.len();
        is_there.then_some(node)
    }

    /// Goes to the next byte that is no blank.
    fn skip_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }
}

/// A number from 0 without fraction and exponent, if it is a short one.
fn whole(text: &str) -> Option<u64> {
    let is_short = text.len() <= PLAIN_DIGITS_MAX && !text.is_empty();
    if !is_short || (text.starts_with('0') && text.len() > 1) {
        return None;
    }
    text.bytes().try_fold(0, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(number * 10 + digit)
    })
}

/// The character of the digits behind `\u`, and how many bytes it takes from there.
fn unicode(digits: &[u8]) -> Option<(char, usize)> {
    let first = unit(digits)?;
    if let Some(char) = char::from_u32(first.into()) {
        return Some((char, 4));
    }
    let second = unit(digits.get(4..)?.strip_prefix(b"\\u")?)?;
    let char = char::decode_utf16([first, second]).next()?.ok()?;
    Some((char, 10))
}

fn short_escape(byte: u8) -> Option<char> {
    Some(match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}
