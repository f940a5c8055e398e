//! Patterns with `*`, `?`, `[a-z]` and `{a,b}`, matched in time linear in the text: those of
//! filters, of fingerprints and of stack rules.

mod parse;
mod steps;
#[cfg(test)]
mod tests;

use memchr::memmem::Finder;

use self::parse::{Token, expand, longest_run};
use self::steps::Steps;

/// Characters of one alternative: what has 256 places, with that behind the last character. Bounds
/// what a character of a text costs.
const TOKENS_MAX: usize = 255;
/// Characters of a pattern without alternatives, when it has `?` or `[a-z]`: 320 places. An entry
/// of a list may have 300 bytes, and never has more characters than bytes. What has only `*` costs
/// nothing for its length.
const FOLDED_TOKENS_MAX: usize = 319;

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

/// What a part between two `*` weighs: a quick search.
const PART_WEIGHT: usize = 1;
/// What 64 places of a pattern weigh that has to be followed character by character: 31
/// instructions for each, while a search takes about 100 for a name of any length.
const STEPS_WEIGHT: usize = 16;

/// A text in lower case. Which of two forms the last letter of a Greek word has is not of its case:
/// in a pattern, what follows it is not known.
fn folded(text: &str) -> String {
    text.to_lowercase().replace('\u{3c2}', "\u{3c3}")
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Glob {
    shapes: Vec<Shape>,
    bytes: usize,
}

#[derive(Clone, Debug)]
enum Shape {
    /// Given texts in their order with anything between; the ends may be fixed.
    Parts {
        parts: Vec<Finder<'static>>,
        ends: Ends,
    },
    /// With other wildcards, and fewer than 64 characters.
    Short(Box<Steps<1>>, String),
    /// With up to [`TOKENS_MAX`].
    Long(Box<Steps<4>>, String),
    /// With up to [`FOLDED_TOKENS_MAX`].
    Longest(Box<Steps<5>>, String),
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
        let tokens: Vec<_> = tokens.collect::<Result<_, String>>()?;
        let shapes = tokens.iter().map(|tokens| Shape::of(tokens));
        Ok(Self {
            shapes: shapes.collect::<Result<_, _>>()?,
            bytes: alternatives.iter().map(String::len).sum(),
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
            shapes: vec![Shape::of(&tokens)?],
            bytes: text.len(),
        })
    }

    /// Whether all of `text` fits, which is in the form of the pattern's kind.
    pub fn fits(&self, text: &str) -> bool {
        self.shapes.iter().any(|shape| match shape {
            Shape::Parts { parts, ends } => fits_parts(parts, *ends, text),
            Shape::Short(steps, _) => steps.fits(text),
            Shape::Long(steps, _) => steps.fits(text),
            Shape::Longest(steps, _) => steps.fits(text),
        })
    }

    /// Bytes of the text of all alternatives. Compiled they take some hundred more, and where they
    /// have other wildcards than `*`, up to 40 times as much.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How dear a look at a text is: 1 for each part between two `*`; 16 for a pattern that has
    /// other wildcards, 64 from 64 characters on and 80 from 256 on.
    pub fn weight(&self) -> usize {
        let weights = self.shapes.iter().map(|shape| match shape {
            Shape::Parts { parts, .. } => parts.len().max(1) * PART_WEIGHT,
            Shape::Short(..) => STEPS_WEIGHT,
            Shape::Long(..) => 4 * STEPS_WEIGHT,
            Shape::Longest(..) => 5 * STEPS_WEIGHT,
        });
        weights.sum()
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
            Self::Parts { parts, .. } => {
                let literals = parts.iter().map(Finder::needle);
                let longest = literals.max_by_key(|literal| literal.len())?;
                Some(String::from_utf8_lossy(longest).into_owned())
            }
            Self::Short(_, literal) | Self::Long(_, literal) | Self::Longest(_, literal) => {
                Some(literal.clone())
            }
        }
    }

    fn of(tokens: &[Token]) -> Result<Self, String> {
        let is_plain = |token: &Token| token.char().is_some() || *token == Token::Many(true);
        if !tokens.iter().all(is_plain) {
            let literal = longest_run(tokens);
            if tokens.len() > FOLDED_TOKENS_MAX {
                return Err(format!(
                    "a pattern with `?` or `[a-z]` has no more than {FOLDED_TOKENS_MAX} \
                     characters: write `*` for a part of it"
                ));
            }
            return Ok(match tokens.len() {
                0..64 => Self::Short(Box::new(Steps::new(tokens)), literal),
                64..=TOKENS_MAX => Self::Long(Box::new(Steps::new(tokens)), literal),
                _ => Self::Longest(Box::new(Steps::new(tokens)), literal),
            });
        }
        let ends = Ends {
            from_start: tokens.first() != Some(&Token::Many(true)),
            to_end: tokens.last() != Some(&Token::Many(true)),
        };
        let parts = tokens.split(|token| *token == Token::Many(true));
        let parts = parts.filter(|part| !part.is_empty());
        let finder = |part: &[Token]| Finder::new(&longest_run(part)).into_owned();
        Ok(Self::Parts {
            parts: parts.map(finder).collect(),
            ends,
        })
    }
}

/// The first place for each part is as good as any later one.
fn fits_parts(parts: &[Finder<'_>], ends: Ends, text: &str) -> bool {
    let (mut parts, mut rest) = (parts, text.as_bytes());
    if ends.from_start {
        let Some((first, others)) = parts.split_first() else {
            return text.is_empty();
        };
        let Some(after) = rest.strip_prefix(first.needle()) else {
            return false;
        };
        if others.is_empty() && ends.to_end {
            return after.is_empty();
        }
        (rest, parts) = (after, others);
    }
    if ends.to_end
        && let Some((last, others)) = parts.split_last()
    {
        let Some(before) = rest.strip_suffix(last.needle()) else {
            return false;
        };
        (rest, parts) = (before, others);
    }
    parts.iter().all(|part| {
        let at = part.find(rest);
        count(at.unwrap_or(rest.len()));
        let after = at.and_then(|at| rest.get(at + part.needle().len()..));
        after.inspect(|after| rest = after).is_some()
    })
}

/// Counts what is looked at, for the tests: bytes that are searched, and words of places for each
/// character that is followed.
#[cfg(test)]
fn count(steps: usize) {
    tests::STEPS.set(tests::STEPS.get() + steps);
}

#[cfg(not(test))]
fn count(_: usize) {}
