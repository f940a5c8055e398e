//! One pass over a JSON object: checks its grammar, repairs what can be repaired, and remembers
//! where the fields on top are. Driven by `json::check_object`; never recurses.

use std::ops::Range;

use watchpost_model::plain_len;

use super::notes::{Notes, Repair};
use super::number;
use super::place::{Frame, path};
use super::text::{low_surrogate, unit};
use crate::limits::JSON_DEPTH_MAX;

/// What came out of a pass.
pub(super) struct Scanned {
    /// The repaired text; `None` when the original is right from its start to `end`.
    pub(super) repaired: Option<Vec<u8>>,
    /// Where the object ends in the original.
    pub(super) end: usize,
    /// The fields of the object itself, as places in the resulting text.
    pub(super) fields: Vec<Field>,
    pub(super) notes: Notes,
}

/// One field: key without its quotes, and value.
pub(super) struct Field {
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
}

/// What is beyond repair.
pub(super) struct Broken {
    pub(super) reason: &'static str,
    pub(super) offset: usize,
}

/// Walks over a text that is valid UTF-8.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    expect: Expect,
    /// The containers around `at`, as far as they are kept.
    frames: Vec<Frame>,
    /// Those below the last level that is kept: whether each is an object.
    deep: Vec<bool>,
    /// The repaired text so far, and up to where the original is in it.
    out: Vec<u8>,
    copied: usize,
    /// Where the last text, number or bracket began.
    start: usize,
    /// The key and the start of the value that are being read on the top level.
    field: (Range<usize>, usize),
    fields: Vec<Field>,
    notes: Notes,
}

#[derive(Clone, Copy)]
enum Expect {
    Value,
    /// Or the end of a list that has just begun.
    FirstItem,
    Key,
    /// Or the end of an object that has just begun.
    FirstKey,
    Colon,
    /// A comma, or the end of the container.
    Next,
}

impl<'a> Scanner<'a> {
    /// A scanner that begins at `start`, where the `{` of the object is.
    pub(super) fn new(text: &'a [u8], start: usize, notes: Notes) -> Self {
        Self {
            text,
            at: start,
            expect: Expect::Value,
            frames: Vec::new(),
            deep: Vec::new(),
            out: Vec::new(),
            copied: start,
            start,
            field: (0..0, 0),
            fields: Vec::new(),
            notes,
        }
    }

    /// Scans the whole object, and what may follow it: blanks and NULs.
    pub(super) fn run(mut self) -> Result<Scanned, Broken> {
        loop {
            self.skip_blanks();
            let Some(byte) = self.peek() else {
                return Err(self.broken("it ends too early"));
            };
            match (self.expect, byte) {
                (Expect::FirstItem | Expect::Next, b']') => self.close(false)?,
                (Expect::FirstKey | Expect::Next, b'}') => {
                    self.close(true)?;
                    if self.frames.is_empty() {
                        return self.finish();
                    }
                }
                (Expect::Value | Expect::FirstItem, _) => self.value(byte)?,
                (Expect::Key | Expect::FirstKey, b'"') => self.key()?,
                (Expect::Colon, b':') => self.step(Expect::Value),
                (Expect::Next, b',') => self.comma(),
                (Expect::Key | Expect::FirstKey, _) => {
                    return Err(self.broken("expected a key in double quotes"));
                }
                (Expect::Colon, _) => return Err(self.broken("expected a colon")),
                (Expect::Next, _) => return Err(self.broken("expected a comma or the end")),
            }
        }
    }

    fn finish(mut self) -> Result<Scanned, Broken> {
        let end = self.at;
        while self.peek() == Some(0) || self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
        if self.at < self.text.len() {
            return Err(self.broken("something follows the object"));
        }
        let repaired = !self.out.is_empty();
        if repaired {
            self.copy_to(end);
        }
        Ok(Scanned {
            repaired: repaired.then_some(self.out),
            end,
            fields: self.fields,
            notes: self.notes,
        })
    }

    fn value(&mut self, first: u8) -> Result<(), Broken> {
        if self.depth() == 1 {
            self.field.1 = self.place(self.at);
        }
        match first {
            b'{' => self.open(true),
            b'[' => self.open(false),
            b'"' => {
                self.string()?;
                self.value_ended();
            }
            _ => {
                self.scalar()?;
                self.value_ended();
            }
        }
        Ok(())
    }

    fn value_ended(&mut self) {
        self.expect = Expect::Next;
        if self.frames.len() == 1 && self.deep.is_empty() {
            let key = self.field.0.clone();
            let value = self.field.1..self.place(self.at);
            self.fields.push(Field { key, value });
        }
    }

    fn key(&mut self) -> Result<(), Broken> {
        let start = self.at + 1;
        // Before the key, because what is repaired in it may become longer.
        let place = self.place(start);
        self.string()?;
        let end = self.at - 1;
        if self.depth() == 1 {
            self.field.0 = place..self.place(end);
        }
        if self.deep.is_empty()
            && let Some(frame) = self.frames.last_mut()
        {
            frame.key = start..end;
        }
        self.expect = Expect::Colon;
        if self.peek() == Some(b':') {
            // As it nearly always is: a turn of the loop less.
            self.step(Expect::Value);
        }
        Ok(())
    }

    fn comma(&mut self) {
        let is_object = self.is_object();
        if self.deep.is_empty()
            && let Some(frame) = self.frames.last_mut()
        {
            frame.index += 1;
        }
        self.step(if is_object {
            Expect::Key
        } else {
            Expect::Value
        });
    }

    fn open(&mut self, is_object: bool) {
        if self.frames.len() < JSON_DEPTH_MAX {
            let (key, index) = (0..0, 0);
            self.frames.push(Frame {
                is_object,
                key,
                index,
            });
        } else {
            if self.deep.is_empty() {
                self.copy_to(self.at);
            }
            self.deep.push(is_object);
        }
        self.step(if is_object {
            Expect::FirstKey
        } else {
            Expect::FirstItem
        });
    }

    fn close(&mut self, is_object: bool) -> Result<(), Broken> {
        if self.is_object() != is_object {
            return Err(self.broken("a bracket does not match"));
        }
        self.at += 1;
        if self.deep.pop().is_none() {
            self.frames.pop();
        } else if self.deep.is_empty() {
            self.out.extend_from_slice(b"null");
            self.copied = self.at;
            self.start = self.at;
            self.note(Repair::TooDeep);
        }
        self.value_ended();
        Ok(())
    }

    /// A string, from quote to quote.
    fn string(&mut self) -> Result<(), Broken> {
        let start = self.at;
        self.start = start;
        self.at += 1;
        loop {
            let plain = plain_len(self.rest());
            let Some(plain) = plain else {
                self.at = start;
                return Err(self.broken("a string does not end"));
            };
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(),
                Some(0) => self.replace(1, b"\\ufffd", Repair::Nul),
                Some(control) => {
                    let escape = format!("\\u{control:04x}");
                    self.replace(1, escape.as_bytes(), Repair::Control);
                }
                None => {}
            }
        }
    }

    fn escape(&mut self) {
        match self.rest() {
            [
                _,
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                ..,
            ] => self.at += 2,
            [_, b'u', rest @ ..] => match (unit(rest), rest.get(4..).and_then(low_surrogate)) {
                (Some(0), _) => self.replace(6, b"\\ufffd", Repair::Nul),
                (Some(0xd800..0xdc00), Some(())) => self.at += 12,
                (Some(0xd800..0xe000), _) => self.replace(6, b"\\ufffd", Repair::Surrogate),
                (Some(_), _) => self.at += 6,
                (None, _) => self.replace(1, b"\\\\", Repair::Escape),
            },
            _ => self.replace(1, b"\\\\", Repair::Escape),
        }
    }

    /// A number or a word.
    fn scalar(&mut self) -> Result<(), Broken> {
        const NOT_NUMBERS: [&[u8]; 4] = [b"NaN", b"Infinity", b"-Infinity", b"-NaN"];
        self.start = self.at;
        let rest = self.rest();
        let word = |words: &[&[u8]]| {
            words
                .iter()
                .find(|word| rest.starts_with(word))
                .map(|w| w.len())
        };
        if let Some(len) = word(&[b"true", b"false", b"null"]) {
            self.at += len;
        } else if let Some(len) = word(&NOT_NUMBERS) {
            self.replace(len, b"null", Repair::NotANumber);
        } else if let Some(number) = number::read(rest) {
            let digits = rest.get(..number.len).unwrap_or_default();
            if number.in_range {
                self.at += number.len;
            } else {
                let text = [b"\"", digits, b"\""].concat();
                self.replace(number.len, &text, Repair::OutOfRange);
            }
        } else {
            return Err(self.broken("expected a value"));
        }
        Ok(())
    }

    /// Writes `new` in place of the next `len` bytes; below the last level nothing is written.
    fn replace(&mut self, len: usize, new: &[u8], repair: Repair) {
        if self.deep.is_empty() {
            self.copy_to(self.at);
            self.out.extend_from_slice(new);
            self.copied = self.at + len;
            self.note(repair);
        }
        self.at += len;
    }

    fn copy_to(&mut self, end: usize) {
        let right = self.text.get(self.copied..end).unwrap_or_default();
        self.out.extend_from_slice(right);
        self.copied = end;
    }

    /// Where a place of the original will be in the resulting text.
    fn place(&self, at: usize) -> usize {
        self.out.len() + at.saturating_sub(self.copied)
    }

    fn note(&mut self, repair: Repair) {
        let Self {
            text,
            frames,
            start,
            notes,
            ..
        } = self;
        notes.add(repair, *start, || path(text, frames));
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    fn step(&mut self, expect: Expect) {
        self.at += 1;
        self.expect = expect;
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn depth(&self) -> usize {
        self.frames.len() + self.deep.len()
    }

    fn is_object(&self) -> bool {
        let frame = self.frames.last().is_some_and(|frame| frame.is_object);
        self.deep.last().copied().unwrap_or(frame)
    }

    fn broken(&self, reason: &'static str) -> Broken {
        let offset = self.at;
        Broken { reason, offset }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
