//! Patterns with `*`, `?`, `[a-z]` and `{a,b}`, matched in time linear in the text: those of
//! filters, of fingerprints and of stack rules.

mod parse;
mod piece;
mod steps;
#[cfg(test)]
mod tests;

use self::parse::{Token, expand};
use self::piece::Piece;
use self::steps::Steps;

/// Characters of one alternative. Bounds what a character of a text costs.
const TOKENS_MAX: usize = 255;

/// What a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobKind {
    /// Any text, letter by letter.
    Text,
    /// Any text, in any case.
    Folded,
    /// A path in any case, `/` between its parts, which `*` does not cross. One that begins
    /// nowhere in particular may begin in any folder.
    Path,
}

impl GlobKind {
    /// A text in the form in which patterns of this kind see it.
    pub fn form(self, text: &str) -> String {
        let mut form = String::with_capacity(text.len() + 1);
        self.push_form(text, &mut form);
        form
    }

    /// Appends a text in the form in which patterns of this kind see it.
    pub fn push_form(self, text: &str, out: &mut String) {
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
            out.push_str(&folded(text));
        }
        if self == Self::Path && text.contains('\\') {
            let path = out.split_off(start).replace('\\', "/");
            out.push_str(&path);
        }
    }
}

/// A text in lower case. Which of two forms the last letter of a Greek word has is not of its case:
/// in a pattern, what follows it is not known.
fn folded(text: &str) -> String {
    text.to_lowercase().replace('\u{3c2}', "\u{3c3}")
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    shapes: Vec<Shape>,
    weight: usize,
}

#[derive(Clone, Debug)]
enum Shape {
    /// Pieces in their order with anything between; the ends may be fixed.
    Pieces { pieces: Vec<Piece>, ends: Ends },
    /// With a `*` that stops at `/`.
    Steps(Box<Steps>),
}

/// Which ends of a text a pattern fixes.
#[derive(Clone, Copy, Debug)]
struct Ends {
    from_start: bool,
    to_end: bool,
}

impl Glob {
    /// Reads a pattern with alternatives in braces.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and the way out.
    pub fn parse(text: &str, kind: GlobKind) -> Result<Self, String> {
        let mut alternatives = Vec::new();
        expand(text, &mut alternatives)?;
        let tokens = alternatives.iter().map(|text| {
            let tokens = parse::tokens(text, kind)?;
            if tokens.len() > TOKENS_MAX {
                return Err(format!(
                    "a pattern has no more than {TOKENS_MAX} characters"
                ));
            }
            Ok(tokens)
        });
        let tokens: Vec<_> = tokens.collect::<Result<_, _>>()?;
        Ok(Self {
            shapes: tokens.into_iter().map(Shape::of).collect(),
            weight: alternatives.iter().map(String::len).sum(),
        })
    }

    /// Reads a pattern for any text in any case, in which braces are letters.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and the way out.
    pub fn folded(text: &str) -> Result<Self, String> {
        let tokens = parse::tokens(text, GlobKind::Folded)?;
        Ok(Self {
            shapes: vec![Shape::of(tokens)],
            weight: text.len(),
        })
    }

    /// Whether all of `text` fits, which is in the form of the pattern's kind.
    pub fn fits(&self, text: &str) -> bool {
        self.shapes.iter().any(|shape| match shape {
            Shape::Pieces { pieces, ends } => fits_pieces(pieces, *ends, text),
            Shape::Steps(steps) => steps.fits(text),
        })
    }

    /// Bytes of all alternatives: what it takes, and what a character of a text may cost.
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// For each alternative a text that every text that fits contains. Empty when one has none.
    pub fn literals(&self) -> Vec<String> {
        let literals = self.shapes.iter().map(Shape::literal);
        literals.collect::<Option<_>>().unwrap_or_default()
    }
}

impl Shape {
    fn literal(&self) -> Option<String> {
        match self {
            Self::Pieces { pieces, .. } => {
                let literals = pieces.iter().map(Piece::literal);
                literals.max_by_key(String::len)
            }
            Self::Steps(steps) => Some(steps.literal()),
        }
    }

    fn of(tokens: Vec<Token>) -> Self {
        if tokens.contains(&Token::Many(false)) {
            return Self::Steps(Box::new(Steps::new(tokens)));
        }
        let ends = Ends {
            from_start: tokens.first() != Some(&Token::Many(true)),
            to_end: tokens.last() != Some(&Token::Many(true)),
        };
        let pieces = tokens.split(|token| *token == Token::Many(true));
        let pieces = pieces.filter(|piece| !piece.is_empty());
        Self::Pieces {
            pieces: pieces.map(Piece::new).collect(),
            ends,
        }
    }
}

/// The first place for each piece is as good as any later one.
fn fits_pieces(pieces: &[Piece], ends: Ends, text: &str) -> bool {
    let (mut pieces, mut rest) = (pieces, text);
    if ends.from_start {
        let Some((first, others)) = pieces.split_first() else {
            return text.is_empty();
        };
        let Some(after) = first.strip_start(rest) else {
            return false;
        };
        if others.is_empty() && ends.to_end {
            return after.is_empty();
        }
        (rest, pieces) = (after, others);
    }
    if ends.to_end
        && let Some((last, others)) = pieces.split_last()
    {
        let Some(before) = last.strip_end(rest) else {
            return false;
        };
        (rest, pieces) = (before, others);
    }
    pieces.iter().all(|piece| {
        let after = piece.find(rest);
        after.inspect(|after| rest = after).is_some()
    })
}

/// Counts what is looked at, for the tests: characters, as often as a token is asked about them.
#[cfg(test)]
fn count(steps: usize) {
    tests::STEPS.set(tests::STEPS.get() + steps);
}

#[cfg(not(test))]
fn count(_: usize) {}
