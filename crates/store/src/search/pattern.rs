//! Texts with wildcards: `*` stands for any text, `\*` for a star.

use std::fmt;

/// A text to compare with, taken apart at its wildcards. Runs of them are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Any,
}

impl Pattern {
    /// This text and nothing else.
    pub fn exact(text: &str) -> Self {
        let mut pattern = Self::default();
        text.chars().for_each(|letter| pattern.push(letter));
        pattern
    }

    /// Reads what `Display` writes.
    pub fn read(text: &str) -> Self {
        let (mut pattern, mut letters) = (Self::default(), text.chars());
        while let Some(letter) = letters.next() {
            match letter {
                '*' => pattern.push_any(),
                '\\' => pattern.push(letters.next().unwrap_or('\\')),
                letter => pattern.push(letter),
            }
        }
        pattern
    }

    /// Adds a letter that stands for itself.
    pub(super) fn push(&mut self, letter: char) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.push(letter),
            _ => self.0.push(Piece::Text(letter.into())),
        }
    }

    /// Adds a wildcard.
    pub(super) fn push_any(&mut self) {
        if self.0.last() != Some(&Piece::Any) {
            self.0.push(Piece::Any);
        }
    }

    /// The text, when there is no wildcard in it.
    pub fn as_exact(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The same, found anywhere within a text.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        let mut pattern = Self(vec![Piece::Any]);
        for piece in &self.0 {
            match piece {
                Piece::Any => pattern.push_any(),
                Piece::Text(text) => text.chars().for_each(|letter| pattern.push(letter)),
            }
        }
        pattern.push_any();
        pattern
    }

    /// The same in lower case: what [`Pattern::matches`] wants.
    #[must_use]
    pub fn folded(&self) -> Self {
        let fold = |piece: &Piece| match piece {
            Piece::Text(text) => Piece::Text(text.to_lowercase()),
            Piece::Any => Piece::Any,
        };
        Self(self.0.iter().map(fold).collect())
    }

    /// Whether a whole text fits. Both sides in lower case already. The first place that fits each
    /// piece is the best one, so the time is bounded by the product of the lengths.
    pub fn matches(&self, text: &str) -> bool {
        let (mut rest, mut is_anchored) = (text, true);
        for (number, piece) in self.0.iter().enumerate() {
            let Piece::Text(wanted) = piece else {
                is_anchored = false;
                continue;
            };
            let is_last = number + 1 == self.0.len();
            let tail = match (is_anchored, is_last) {
                (true, _) => rest.strip_prefix(wanted.as_str()),
                (false, true) => return rest.ends_with(wanted.as_str()),
                (false, false) => rest.split_once(wanted.as_str()).map(|(_, tail)| tail),
            };
            let Some(tail) = tail else {
                return false;
            };
            (rest, is_anchored) = (tail, true);
        }
        !is_anchored || rest.is_empty()
    }
}

/// `*` for wildcards; a backslash before a star or a backslash that stands for itself.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Any => f.write_str("*")?,
                Piece::Text(text) => {
                    f.write_str(&text.replace('\\', r"\\").replace('*', r"\*"))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expect: bool) {
        let read = Pattern::read(pattern);
        assert_eq!(read.matches(text), expect, "{pattern} on {text}");
        assert_eq!(Pattern::read(&read.to_string()), read, "{pattern}");
    }

    #[test]
    fn wildcards_stand_for_any_text() {
        for (pattern, fits, fits_not) in [
            ("fire*", "firefox", "a firefox"),
            ("*@example.com", "jo@example.com", "jo@example.org"),
            ("*fox*", "firefox 120", "chrome"),
            ("a*b*c", "a-b-b-c", "a-c-b"),
            ("a*a", "aa", "a"),
            ("*", "", "\0never"),
            ("", "", "a"),
            (r"2\*2", "2*2", "2+2"),
            (r"a\\*", r"a\b", "ab"),
            ("**ab**", "xaby", "ba"),
            ("*ß*", "größe", "grosse"),
        ] {
            check(pattern, fits, true);
            if fits_not != "\0never" {
                check(pattern, fits_not, false);
            }
        }
    }

    #[test]
    fn only_a_text_without_wildcards_is_exact() {
        assert_eq!(Pattern::read("a b").as_exact(), Some("a b"));
        assert_eq!(Pattern::read("").as_exact(), Some(""));
        assert_eq!(Pattern::read("a*").as_exact(), None);
        assert_eq!(Pattern::exact("a*").as_exact(), Some("a*"));
        assert_eq!(Pattern::exact("a").anywhere().to_string(), "*a*");
        assert_eq!(Pattern::read("*").anywhere().to_string(), "*");
    }

    #[test]
    fn many_wildcards_stay_fast() {
        let pattern = Pattern::read(&"*a".repeat(2000));
        assert!(!pattern.matches(&"ab".repeat(1999)));
    }
}
