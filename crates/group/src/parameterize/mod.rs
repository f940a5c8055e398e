//! Takes out of a text what differs from event to event: numbers, ids, addresses, times.
//!
//! One pass. A pattern may begin where a word does; the first one of the list that matches there
//! is replaced by its name, and every pattern looks ahead by no more than a bound, so that the
//! time is linear in the text (I30). Part of version 2: what it makes must not change.

mod date;
mod ids;
mod keep;
mod network;
mod number;

use std::borrow::Cow;

/// A text of more characters is left as it is.
const TEXT_CHARS_MAX: usize = 8192;

/// A pattern: how many bytes at the start of the rest it takes.
type Pattern = fn(At<'_>) -> Option<usize>;

/// In the order in which they are tried.
const PATTERNS: [(&str, Pattern); 18] = [
    ("<email>", network::email),
    ("<url>", network::url),
    ("<hostname>", network::hostname),
    ("<ip>", network::ip),
    ("<traceparent>", ids::traceparent),
    ("<uuid>", ids::uuid),
    ("<sha1>", ids::sha1),
    ("<md5>", ids::md5),
    ("<date>", date::date),
    ("<duration>", number::duration),
    ("<swift_txn_id>", ids::swift_txn_id),
    ("<hex>", ids::hex),
    ("<git_sha>", ids::git_sha),
    ("<random_id>", ids::random_id),
    ("<float>", number::float),
    ("<int>", number::int),
    ("<quoted_str>", number::quoted_str),
    ("<bool>", number::boolean),
];

/// A place in a text at which a pattern may match.
#[derive(Clone, Copy)]
struct At<'a> {
    /// What comes.
    rest: &'a [u8],
    /// The byte before.
    before: Option<u8>,
    /// Bytes of the word that begins here.
    word: usize,
}

impl At<'_> {
    fn byte(&self, index: usize) -> Option<u8> {
        self.rest.get(index).copied()
    }

    /// The bytes from `start` that satisfy `test`, counted up to `most`.
    fn run(&self, start: usize, most: usize, test: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest.get(start..).unwrap_or_default();
        let inside = rest.iter().take(most);
        let count = inside.take_while(|byte| test(**byte)).count();
        #[cfg(test)]
        tests::step(count);
        count
    }

    /// `len` when no word goes on behind it.
    fn whole(&self, len: usize) -> Option<usize> {
        let goes_on = self.byte(len).is_some_and(is_word);
        (len > 0 && !goes_on).then_some(len)
    }

    /// The word that begins here.
    fn word(&self) -> &[u8] {
        self.rest.get(..self.word).unwrap_or_default()
    }
}

/// Letters, digits, underscores, and all that is not ASCII.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The text with what differs replaced by names in angle brackets.
pub fn text(text: &str) -> Cow<'_, str> {
    // Most texts are short: counting characters is only for the few that could be too long.
    if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut index = 0;
    while let Some((len, name)) = next(bytes, &mut index) {
        // Patterns end between characters: they take ASCII, or all up to white space.
        let Some(plain) = text.get(copied..index) else {
            break;
        };
        out.push_str(plain);
        out.push_str(name);
        index += len;
        copied = index;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Moves `index` to the next match; its length and its name.
fn next(bytes: &[u8], index: &mut usize) -> Option<(usize, &'static str)> {
    loop {
        let rest = bytes.get(*index..)?;
        let first = *rest.first()?;
        let before = index.checked_sub(1).and_then(|index| bytes.get(index));
        let before = before.copied();
        let word = rest.iter().take_while(|byte| is_word(**byte)).count();
        let at = At { rest, before, word };
        let starts = word > 0 || matches!(first, b'-' | b':' | b'"' | b'\'');
        if starts {
            if let Some(len) = keep::word(at) {
                *index += len;
                continue;
            }
            for (name, pattern) in &PATTERNS {
                if let Some(len) = pattern(at) {
                    return Some((len, name));
                }
            }
        }
        *index += word.max(1);
    }
}

#[cfg(test)]
mod tests;
