//! Patterns with `*`, `?`, `[a-z]` and `{a,b}`, matched in time linear in the text.

/// Alternatives that `{a,b}` may stand for.
const ALTERNATIVES_MAX: usize = 64;
/// Characters of one alternative. Bounds what a character of a text costs.
const TOKENS_MAX: usize = 255;

/// What a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text, letter by letter.
    Text,
    /// Any text, in any case.
    Folded,
    /// A path in any case, `/` between its parts, which `*` does not cross. One that begins
    /// nowhere in particular may begin in any folder.
    Path,
}

impl Kind {
    /// A text in the form in which patterns of this kind see it.
    pub(super) fn form(self, text: &str) -> String {
        let mut form = String::with_capacity(text.len() + 1);
        self.push_form(text, &mut form);
        form
    }

    /// Appends a text in the form in which patterns of this kind see it.
    pub(super) fn push_form(self, text: &str, out: &mut String) {
        if self == Self::Path && !text.starts_with(['/', '\\']) {
            out.push('/');
        }
        let start = out.len();
        if self == Self::Text {
            out.push_str(text);
        } else if text.is_ascii() {
            out.push_str(text);
            if let Some(own) = out.get_mut(start..) {
                own.make_ascii_lowercase();
            }
        } else {
            out.push_str(&text.to_lowercase());
        }
        if self == Self::Path && text.contains('\\') {
            let path = out.split_off(start).replace('\\', "/");
            out.push_str(&path);
        }
    }
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    shapes: Vec<Shape>,
    /// Characters of all alternatives: what it takes, and what a character of a text may cost.
    pub(super) weight: usize,
}

#[derive(Clone, Debug)]
enum Shape {
    /// Pieces in their order with anything between; the ends may be fixed.
    Pieces { pieces: Vec<String>, ends: Ends },
    /// Everything else.
    Tokens(Vec<Token>),
}

/// Which ends of a text a pattern fixes.
#[derive(Clone, Copy, Debug)]
struct Ends {
    from_start: bool,
    to_end: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
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
    fn takes(&self, char: char) -> bool {
        match self {
            Self::Char(own) => *own == char,
            Self::One(crosses) | Self::Many(crosses) => *crosses || char != '/',
            Self::Class { is_negated, ranges } => {
                let is_in = ranges
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&char));
                is_in != *is_negated
            }
        }
    }
}

impl Glob {
    /// Reads a pattern.
    pub(super) fn parse(text: &str, kind: Kind) -> Result<Self, String> {
        let mut alternatives = Vec::new();
        expand(text, &mut alternatives)?;
        let weight = alternatives.iter().map(String::len).sum();
        let shapes = alternatives.iter().map(|text| shape(text, kind));
        let shapes = shapes.collect::<Result<_, _>>()?;
        Ok(Self { shapes, weight })
    }

    /// Whether all of `text` fits, which is in the form of the pattern's kind.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.shapes.iter().any(|shape| match shape {
            Shape::Pieces { pieces, ends } => fits_pieces(pieces, *ends, text),
            Shape::Tokens(tokens) => fits_tokens(tokens, text),
        })
    }

    /// For each alternative a piece that every text that fits contains. Empty when one has none.
    pub(super) fn literals(&self) -> Vec<String> {
        let literal = |shape: &Shape| match shape {
            Shape::Pieces { pieces, .. } => pieces.iter().max_by_key(|piece| piece.len()).cloned(),
            Shape::Tokens(tokens) => tokens
                .split(|token| !matches!(token, Token::Char(_)))
                .max_by_key(|run| run.len())
                .map(|run| run.iter().filter_map(Token::char).collect()),
        };
        let all: Option<Vec<String>> = self.shapes.iter().map(literal).collect();
        all.unwrap_or_default()
    }
}

impl Token {
    fn char(&self) -> Option<char> {
        match self {
            Self::Char(char) => Some(*char),
            _ => None,
        }
    }
}

/// Writes out `{a,b}`, also inside each other.
fn expand(text: &str, into: &mut Vec<String>) -> Result<(), String> {
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

fn shape(text: &str, kind: Kind) -> Result<Shape, String> {
    let mut tokens = tokens(text, kind)?;
    if kind == Kind::Path {
        let is_anywhere = matches!(tokens.first(), Some(Token::Many(true)));
        let has_drive = matches!(tokens.get(1), Some(Token::Char(':')));
        let is_absolute = matches!(tokens.first(), Some(Token::Char('/')));
        if has_drive {
            tokens.insert(0, Token::Char('/'));
        } else if !is_anywhere && !is_absolute {
            tokens.splice(0..0, [Token::Many(true), Token::Char('/')]);
        }
    }
    if tokens.len() > TOKENS_MAX {
        return Err(format!(
            "a pattern has no more than {TOKENS_MAX} characters"
        ));
    }
    let is_simple = |token: &Token| matches!(token, Token::Char(_) | Token::Many(true));
    if !tokens.iter().all(is_simple) {
        return Ok(Shape::Tokens(tokens));
    }
    let runs = tokens.split(|token| *token == Token::Many(true));
    let pieces = runs.map(|run| run.iter().filter_map(Token::char).collect::<String>());
    Ok(Shape::Pieces {
        ends: Ends {
            from_start: tokens.first() != Some(&Token::Many(true)),
            to_end: tokens.last() != Some(&Token::Many(true)),
        },
        pieces: pieces.filter(|piece| !piece.is_empty()).collect(),
    })
}

fn tokens(text: &str, kind: Kind) -> Result<Vec<Token>, String> {
    let folded = kind != Kind::Text;
    let mut chars = text.chars().peekable();
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(char) = chars.next() {
        let token = match char {
            '*' => {
                let is_double = chars.next_if_eq(&'*').is_some();
                while chars.next_if_eq(&'*').is_some() {}
                Token::Many(is_double || kind != Kind::Path)
            }
            '?' => Token::One(kind != Kind::Path),
            '[' => class(&mut chars, folded)?,
            '\\' => {
                // In a path it may be a separator that somebody pasted.
                let escaped =
                    chars.next_if(|next| kind != Kind::Path || "*?[]{},\"\\".contains(*next));
                let separator = if kind == Kind::Path { '/' } else { '\\' };
                Token::Char(escaped.filter(|it| *it != '\\').unwrap_or(separator))
            }
            char if folded => {
                tokens.extend(char.to_lowercase().map(Token::Char));
                continue;
            }
            char => Token::Char(char),
        };
        if !(matches!(token, Token::Many(_)) && tokens.last() == Some(&token)) {
            tokens.push(token);
        }
    }
    Ok(tokens)
}

/// The rest of `[a-z]` or `[!0-9]`.
fn class(chars: &mut impl Iterator<Item = char>, folded: bool) -> Result<Token, String> {
    let fold = |char: char| {
        if folded {
            char.to_ascii_lowercase()
        } else {
            char
        }
    };
    let mut inside = Vec::new();
    loop {
        match chars.next() {
            Some(']') if !inside.is_empty() => break,
            Some(char) => inside.push(fold(char)),
            None => return Err("`[` has no `]`; write `\\[` for the character itself".to_owned()),
        }
    }
    let (is_negated, inside) = match inside.split_first() {
        Some(('!' | '^', rest)) if !rest.is_empty() => (true, rest),
        _ => (false, inside.as_slice()),
    };
    let mut ranges = Vec::new();
    let mut rest = inside;
    while let [first, more @ ..] = rest {
        if let ['-', last, after @ ..] = more {
            ranges.push((*first, *last));
            rest = after;
        } else {
            ranges.push((*first, *first));
            rest = more;
        }
    }
    Ok(Token::Class { is_negated, ranges })
}

/// The first place for each piece is as good as any later one.
fn fits_pieces(pieces: &[String], ends: Ends, text: &str) -> bool {
    let mut pieces = pieces;
    let mut rest = text;
    if ends.from_start {
        let Some((first, others)) = pieces.split_first() else {
            return text.is_empty();
        };
        let Some(after) = rest.strip_prefix(first.as_str()) else {
            return false;
        };
        if others.is_empty() && ends.to_end && !pieces.is_empty() {
            return after.is_empty();
        }
        (rest, pieces) = (after, others);
    }
    if ends.to_end
        && let Some((last, others)) = pieces.split_last()
    {
        let Some(before) = rest.strip_suffix(last.as_str()) else {
            return false;
        };
        (rest, pieces) = (before, others);
    }
    pieces.iter().all(|piece| {
        let found = rest.find(piece.as_str());
        let after = found.and_then(|at| rest.get(at + piece.len()..));
        after.inspect(|after| rest = after).is_some()
    })
}

/// Which tokens may come next, as bits; the one behind the last means that all fits.
type States = [u64; 4];

fn set(states: &mut States, index: usize) {
    if let Some(word) = states.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

/// Keeps all places of the pattern at which the text could be, so that nothing is tried twice.
fn fits_tokens(tokens: &[Token], text: &str) -> bool {
    let enter = |states: &mut States, mut index: usize| {
        set(states, index);
        // A `*` may also stand for nothing.
        while matches!(tokens.get(index), Some(Token::Many(_))) {
            index += 1;
            set(states, index);
        }
    };
    let mut states = States::default();
    enter(&mut states, 0);
    for char in text.chars() {
        let mut next = States::default();
        for (word_index, word) in states.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                let index = word_index * 64 + word.trailing_zeros() as usize;
                word &= word - 1;
                match tokens.get(index) {
                    Some(token) if !token.takes(char) => {}
                    Some(Token::Many(_)) => enter(&mut next, index),
                    Some(_) => enter(&mut next, index + 1),
                    None => {}
                }
            }
        }
        if next == States::default() {
            return false;
        }
        states = next;
    }
    let last = tokens.len();
    let word = states.get(last / 64).copied().unwrap_or_default();
    word >> (last % 64) & 1 == 1
}

#[cfg(test)]
mod tests;
