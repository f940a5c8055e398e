//! Reads patterns.

use super::GlobKind;

/// Alternatives that `{a,b}` may stand for.
const ALTERNATIVES_MAX: usize = 64;

/// The greatest number of a character.
const CHAR_MAX: u32 = char::MAX as u32;

/// What a character of a pattern stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    /// Any character; `false`: but no `/`.
    One(bool),
    /// Any characters; `false`: but no `/`.
    Many(bool),
    Class {
        is_negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Token {
    /// The characters that it takes, as ranges of their numbers in their order, apart from each
    /// other.
    pub(super) fn ranges(&self) -> Vec<(u32, u32)> {
        match self {
            Self::Char(own) => vec![(u32::from(*own), u32::from(*own))],
            Self::One(true) | Self::Many(true) => vec![(0, CHAR_MAX)],
            Self::One(false) | Self::Many(false) => others(&[(u32::from('/'), u32::from('/'))]),
            Self::Class { is_negated, ranges } => {
                let mut ranges: Vec<_> = ranges
                    .iter()
                    .map(|(from, to)| (u32::from(*from), u32::from(*to)))
                    .collect();
                ranges.sort_unstable();
                ranges.dedup_by(|next, last| {
                    let is_joined = next.0 <= last.1 + 1;
                    last.1 = last.1.max(if is_joined { next.1 } else { 0 });
                    is_joined
                });
                if *is_negated { others(&ranges) } else { ranges }
            }
        }
    }

    pub(super) fn char(&self) -> Option<char> {
        match self {
            Self::Char(char) => Some(*char),
            _ => None,
        }
    }
}

/// What lies between ranges, which are in their order and apart from each other.
fn others(ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let starts = std::iter::once(0).chain(ranges.iter().map(|(_, to)| to + 1));
    let ends = ranges.iter().map(|(from, _)| from.checked_sub(1));
    let pairs = starts.zip(ends.chain([Some(CHAR_MAX)]));
    pairs
        .filter_map(|(from, to)| Some((from, to?)))
        .filter(|(from, to)| from <= to)
        .collect()
}

/// The most given characters in a row.
pub(super) fn longest_run(tokens: &[Token]) -> String {
    let runs = tokens.split(|token| token.char().is_none());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    longest.iter().filter_map(Token::char).collect()
}
/// Writes out `{a,b}`, also inside each other.
pub(super) fn expand(text: &str, into: &mut Vec<String>) -> Result<(), String> {
    let mut ready = vec![text.to_owned()];
    while let Some(text) = ready.pop() {
        let Some((before, parts, after)) = braces(&text)? else {
            into.push(text);
            continue;
        };
        if ready.len() + parts.len() + into.len() > ALTERNATIVES_MAX {
            return Err(format!(
                "`{{…}}` stands for more than {ALTERNATIVES_MAX} patterns"
            ));
        }
        ready.extend(parts.iter().map(|part| format!("{before}{part}{after}")));
    }
    Ok(())
}

/// The text around the first `{…}`, and the parts inside.
#[expect(
    clippy::type_complexity,
    reason = "three parts of one text, taken apart at once"
)]
fn braces(text: &str) -> Result<Option<(&str, Vec<String>, &str)>, String> {
    let mut open = None;
    let mut depth = 0_usize;
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for (index, char) in text.char_indices() {
        let was_escaped = is_escaped;
        is_escaped = !was_escaped && char == '\\';
        match char {
            '{' if !was_escaped => {
                depth += 1;
                if depth == 1 {
                    open = Some(index);
                    continue;
                }
            }
            '}' if !was_escaped && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let before = text.get(..open.unwrap_or(0)).unwrap_or_default();
                    let after = text.get(index + 1..).unwrap_or_default();
                    return Ok(Some((before, parts, after)));
                }
            }
            ',' if !was_escaped && depth == 1 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if depth > 0
            && let Some(part) = parts.last_mut()
        {
            part.push(char);
        }
    }
    if depth > 0 {
        return Err("`{` has no `}`; write `\\{` for the character itself".to_owned());
    }
    Ok(None)
}

/// The characters of one alternative, in the form in which texts of the kind are.
pub(super) fn tokens(text: &str, kind: GlobKind) -> Result<Vec<Token>, String> {
    let folded = if kind == GlobKind::Text {
        text.to_owned()
    } else {
        super::folded(text)
    };
    let mut chars = folded.chars().peekable();
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(char) = chars.next() {
        let token = match char {
            '*' => {
                let is_double = chars.next_if_eq(&'*').is_some();
                while chars.next_if_eq(&'*').is_some() {}
                Token::Many(is_double || kind != GlobKind::Path)
            }
            '?' => Token::One(kind != GlobKind::Path),
            '[' => class(&mut chars)?,
            '\\' => {
                // In a path it may be a separator that somebody pasted.
                let is_path = kind == GlobKind::Path;
                let escaped = chars.next_if(|next| !is_path || "*?[]{},\"\\".contains(*next));
                let separator = if is_path { '/' } else { '\\' };
                Token::Char(escaped.filter(|it| *it != '\\').unwrap_or(separator))
            }
            char => Token::Char(char),
        };
        if !(matches!(token, Token::Many(_)) && tokens.last() == Some(&token)) {
            tokens.push(token);
        }
    }
    if kind == GlobKind::Path {
        anchor(&mut tokens);
    }
    Ok(tokens)
}

/// A path begins with `/`, and one that begins nowhere in particular anywhere.
fn anchor(tokens: &mut Vec<Token>) {
    let is_anywhere = matches!(tokens.first(), Some(Token::Many(true)));
    let has_drive = matches!(tokens.get(1), Some(Token::Char(':')));
    let is_absolute = matches!(tokens.first(), Some(Token::Char('/')));
    if has_drive {
        tokens.insert(0, Token::Char('/'));
    } else if !is_anywhere && !is_absolute {
        tokens.splice(0..0, [Token::Many(true), Token::Char('/')]);
    }
}

/// The rest of `[a-z]`, `[!0-9]` or `[\]x]`. A `]` that comes first is one of the class.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, String> {
    const OPEN: &str = "this `[` is never closed: write `]`, or `\\[` for the character itself";
    let is_negated = chars.next_if(|char| matches!(char, '!' | '^')).is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let from = match chars.next().ok_or(OPEN)? {
            ']' if !ranges.is_empty() => break,
            '\\' => chars.next().ok_or(OPEN)?,
            other => other,
        };
        let mut ahead = chars.clone();
        let to = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(to)) if to != ']' => {
                *chars = ahead;
                to
            }
            _ => from,
        };
        if to < from {
            return Err("a range such as `[a-z]` begins with the smaller character".to_owned());
        }
        ranges.push((from, to));
    }
    Ok(Token::Class { is_negated, ranges })
}
