//! Cuts one line of source into pieces to colour. Pure, and without any say over the text: a piece
//! is a slice of the line, and all pieces in their order are the line.

use super::language::{Grammar, Language};

/// Pieces of one line; what comes after stays plain.
const PIECES_MAX: usize = 60;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Keyword,
    Text,
    Comment,
    Number,
}

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

/// The pieces of a line.
pub(crate) fn pieces(line: &str, language: Language) -> Vec<Piece<'_>> {
    let grammar = language.grammar();
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let (mut rest, mut plain_bytes) = (line, 0);
    let mut before = rest;
    while let Some(first) = rest.chars().next() {
        if pieces.len() >= PIECES_MAX {
            plain_bytes = before.len();
            break;
        }
        let (kind, bytes) = next(rest, first, grammar);
        let (text, after) = rest.split_at_checked(bytes).unwrap_or((rest, ""));
        rest = after;
        if kind == Kind::Plain {
            plain_bytes += text.len();
            continue;
        }
        push_plain(&mut pieces, before, plain_bytes);
        pieces.push(Piece { kind, text });
        (before, plain_bytes) = (rest, 0);
    }
    push_plain(&mut pieces, before, plain_bytes);
    pieces
}

fn push_plain<'a>(pieces: &mut Vec<Piece<'a>>, text: &'a str, bytes: usize) {
    if let Some(text) = text.get(..bytes).filter(|text| !text.is_empty()) {
        let kind = Kind::Plain;
        pieces.push(Piece { kind, text });
    }
}

/// What stands first in `rest`, which begins with `first`, and how long it is: one character or
/// more.
fn next(rest: &str, first: char, grammar: &Grammar) -> (Kind, usize) {
    if grammar.comments.iter().any(|mark| rest.starts_with(mark)) {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if let Some((open, close)) = grammar.block
        && let Some(inner) = rest.strip_prefix(open)
    {
        let end = inner.find(close).map(|at| open.len() + at + close.len());
        return (Kind::Comment, end.unwrap_or(rest.len()));
    }
    let quote = grammar
        .quotes
        .iter()
        .find(|quote| rest.starts_with(**quote));
    if let Some(quote) = quote {
        if first == '\'' && grammar.has_lifetimes && is_lifetime(rest) {
            return (Kind::Plain, 1);
        }
        return (Kind::Text, quoted(rest, quote));
    }
    if first.is_ascii_digit() && !grammar.keywords.is_empty() {
        return (Kind::Number, number(rest));
    }
    let bytes = word(rest);
    if bytes == 0 {
        return (Kind::Plain, first.len_utf8());
    }
    match rest.get(..bytes).filter(|word| grammar.is_keyword(word)) {
        Some(_) => (Kind::Keyword, bytes),
        None => (Kind::Plain, bytes),
    }
}

/// `'a` without a quote behind it.
fn is_lifetime(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    let letter = chars.next().is_some_and(|c| c != '\\');
    letter && chars.next() != Some('\'')
}

/// Bytes up to the end of the string, or of the line when it goes on below.
fn quoted(rest: &str, quote: &str) -> usize {
    let mut at = quote.len();
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with(quote) {
            return at + quote.len();
        }
        let mut chars = tail.chars();
        let escape = chars.next().filter(|c| *c == '\\');
        at += match (escape, chars.next()) {
            (Some(_), Some(escaped)) => 1 + escaped.len_utf8(),
            _ => tail.chars().next().map_or(1, char::len_utf8),
        };
    }
    rest.len()
}

fn number(rest: &str) -> usize {
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let digit_follows = chars.peek().is_some_and(|(_, c)| c.is_ascii_digit());
        if !(c.is_ascii_alphanumeric() || c == '_' || (c == '.' && digit_follows)) {
            return at;
        }
    }
    rest.len()
}

/// Bytes of the word that stands first, which may be none.
pub(super) fn word(rest: &str) -> usize {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    end.unwrap_or(rest.len())
}
