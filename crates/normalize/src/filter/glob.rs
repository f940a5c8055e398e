//! Patterns with `*`, `?` and `[a-z]`, in any case, matched in time linear in the text.

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    /// What has to come in this order, with anything in between.
    pieces: Vec<Piece>,
    from_start: bool,
    to_end: bool,
}

/// What lies between two `*`.
#[derive(Clone, Debug)]
struct Piece {
    atoms: Vec<Atom>,
    /// The same as a text, when every character is given.
    literal: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Atom {
    Char(char),
    Any,
    Class {
        is_negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// Reads a pattern. The fault says what is wrong and what would be right.
    pub(super) fn new(pattern: &str) -> Result<Self, &'static str> {
        if pattern.chars().all(|char| char == '*') {
            return Err("this matches everything: name a part of what shall be filtered");
        }
        let mut pieces = Vec::new();
        let mut atoms = Vec::new();
        let lower = pattern.to_lowercase();
        let mut chars = lower.chars();
        let mut to_end = true;
        while let Some(char) = chars.next() {
            to_end = char != '*';
            match char {
                '*' => pieces.push(Piece::new(std::mem::take(&mut atoms))),
                '?' => atoms.push(Atom::Any),
                '[' => {
                    let (class, rest) = class(chars.as_str())?;
                    atoms.push(class);
                    chars = rest.chars();
                }
                '\\' => {
                    let escaped = chars.next();
                    atoms.push(Atom::Char(
                        escaped.ok_or("the last `\\` stands before nothing: write `\\\\`")?,
                    ));
                }
                _ => atoms.push(Atom::Char(char)),
            }
        }
        pieces.push(Piece::new(atoms));
        let from_start = !lower.starts_with('*');
        pieces.retain(|piece| !piece.atoms.is_empty());
        Ok(Self {
            pieces,
            from_start,
            to_end,
        })
    }

    /// Whether a text, in lower case, is what the pattern describes.
    pub(super) fn matches(&self, lower: &str) -> bool {
        let (mut rest, mut pieces) = (lower, self.pieces.as_slice());
        if self.from_start
            && let Some((first, others)) = pieces.split_first()
        {
            let Some(left) = first.strip(rest) else {
                return false;
            };
            (rest, pieces) = (left, others);
            if pieces.is_empty() {
                return !self.to_end || rest.is_empty();
            }
        }
        let last = match pieces.split_last() {
            Some((last, others)) if self.to_end => {
                pieces = others;
                Some(last)
            }
            _ => None,
        };
        for piece in pieces {
            // The first place is the best one: it leaves most for what follows.
            match piece.find(rest) {
                Some(left) => rest = left,
                None => return false,
            }
        }
        last.is_none_or(|last| last.ends(rest))
    }
}

impl Piece {
    fn new(atoms: Vec<Atom>) -> Self {
        let chars = atoms.iter().map(|atom| match atom {
            Atom::Char(char) => Some(*char),
            Atom::Any | Atom::Class { .. } => None,
        });
        let literal = chars.collect();
        Self { atoms, literal }
    }

    /// What follows it, when the text begins with it.
    fn strip<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut chars = text.chars();
        for atom in &self.atoms {
            if !atom.is(chars.next()?) {
                return None;
            }
        }
        Some(chars.as_str())
    }

    /// What follows it where it comes first.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Some(literal) = &self.literal {
            let rest = text.split_once(literal.as_str()).map(|(_, rest)| rest);
            step(text.len() - rest.map_or(0, str::len));
            return rest;
        }
        let mut from = text.chars();
        loop {
            if let Some(rest) = self.strip(from.as_str()) {
                return Some(rest);
            }
            from.next()?;
        }
    }

    /// Whether the text ends with it.
    fn ends(&self, text: &str) -> bool {
        let before = self.atoms.len().saturating_sub(1);
        let start = text.char_indices().rev().nth(before).map(|(at, _)| at);
        let tail = start.and_then(|start| text.get(start..));
        tail.and_then(|tail| self.strip(tail)) == Some("")
    }
}

impl Atom {
    fn is(&self, char: char) -> bool {
        step(1);
        match self {
            Self::Char(own) => *own == char,
            Self::Any => true,
            Self::Class { is_negated, ranges } => {
                let within = |(from, to): &(char, char)| (*from..=*to).contains(&char);
                ranges.iter().any(within) != *is_negated
            }
        }
    }
}

/// Counts the characters that are looked at, for the tests.
#[cfg(test)]
fn step(count: usize) {
    tests::STEPS.with(|steps| steps.set(steps.get() + count));
}

#[cfg(not(test))]
fn step(_: usize) {}

/// The class after a `[`, and what follows it.
fn class(text: &str) -> Result<(Atom, &str), &'static str> {
    const OPEN: &str = "this `[` is never closed: write `]`, or `\\[` for the character itself";
    let negated = text.strip_prefix('!').or_else(|| text.strip_prefix('^'));
    let mut chars = negated.unwrap_or(text).chars();
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
                chars = ahead;
                to
            }
            _ => from,
        };
        if to < from {
            return Err("a range such as `[a-z]` begins with the smaller character");
        }
        ranges.push((from, to));
    }
    let class = Atom::Class {
        is_negated: negated.is_some(),
        ranges,
    };
    Ok((class, chars.as_str()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn check(pattern: &str, text: &str, expect: bool) {
        let glob = Glob::new(pattern).unwrap();
        assert_eq!(
            glob.matches(&text.to_lowercase()),
            expect,
            "{pattern} {text}"
        );
    }

    #[test]
    fn patterns_match_whole_texts_in_any_case() {
        check("TypeError: x", "typeerror: X", true);
        check("TypeError", "TypeError: x", false);
        check("TypeError*", "TypeError: x\nand a second line", true);
        check("*timeout*", "read: TIMEOUT after 3 s", true);
        check("*a*b*c*", "xxaxxbxxcxx", true);
        check("*a*b*c*", "xxaxxcxxbxx", false);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("*ab*ab", "xab", false);
        check("*ab*ab", "xabab", true);
        check("ÄRGER*", "Ärger im Büro", true);
        check("**x", "x", true);
    }

    #[test]
    fn single_characters_and_classes() {
        check("1.?.0", "1.2.0", true);
        check("1.?.0", "1.22.0", false);
        check("*[0-9]x", "release 7x", true);
        check("*[!0-9]x", "release 7x", false);
        check("*[!0-9]x*", "7xax", true);
        check("[]]", "]", true);
        check("[a-]", "-", true);
        check("*?", "", false);
        check("?*", "é", true);
        check(r"\*", "*", true);
        check(r"\*", "x", false);
        check(r"[\]a]*", "]", true);
    }

    #[test]
    fn faults_say_the_way_out() {
        for wrong in ["", "*", "***", "[a", "[", "a\\", "[z-a]", "[!"] {
            let fault = Glob::new(wrong).unwrap_err();
            assert!(
                fault.contains(':') || fault.contains("begins"),
                "{wrong}: {fault}"
            );
        }
    }

    thread_local! {
        pub(super) static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    fn steps_of(pattern: &str, chars: usize) -> usize {
        let before = STEPS.get();
        check(pattern, &"a".repeat(chars), false);
        STEPS.get() - before
    }

    /// What takes others exponential time takes this one a step per character and piece.
    #[test]
    fn hostile_patterns_take_linear_time() {
        for pattern in [
            format!("{}b", "a*".repeat(140)),
            format!("*{}b*", "?".repeat(200)),
            format!("*{}b", "a*?".repeat(90)),
            format!("*{}[b]*", "[!b]".repeat(60)),
        ] {
            let (half, whole) = (steps_of(&pattern, 10_000), steps_of(&pattern, 20_000));
            assert!(half > 0, "{pattern} looks at nothing");
            assert!(whole <= half * 2 + 50_000, "{pattern}: {half}, {whole}");
            let most = 20_000 * pattern.chars().count();
            assert!(whole <= most, "{pattern}: {whole} steps");
        }
    }
}
