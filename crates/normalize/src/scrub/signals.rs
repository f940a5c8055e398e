//! What characters a text has: one pass over its bytes says which patterns are worth a search.

use std::sync::LazyLock;

use memchr::memchr_iter;
use memchr::memmem::Finder;

/// Classes of characters, one bit each.
pub(super) mod class {
    pub(in crate::scrub) const DIGIT: u8 = 1;
    pub(in crate::scrub) const AT: u8 = 1 << 1;
    pub(in crate::scrub) const COLON: u8 = 1 << 2;
    pub(in crate::scrub) const DASH: u8 = 1 << 3;
    /// Between the names of a path.
    pub(in crate::scrub) const SLASH: u8 = 1 << 4;
    pub(in crate::scrub) const EQUALS: u8 = 1 << 5;
    pub(in crate::scrub) const UPPER: u8 = 1 << 6;
    pub(in crate::scrub) const DOT: u8 = 1 << 7;
}

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let class = match byte {
            b'0'..=b'9' => class::DIGIT,
            b'@' => class::AT,
            b':' => class::COLON,
            b'-' => class::DASH,
            b'/' | b'\\' => class::SLASH,
            b'=' => class::EQUALS,
            b'A'..=b'Z' => class::UPPER,
            b'.' => class::DOT,
            _ => 0,
        };
        set(&mut classes, byte, class);
        byte += 1;
    }
    classes
}

#[expect(clippy::indexing_slicing, reason = "a byte is within 256; const")]
const fn set(classes: &mut [u8; 256], byte: u8, class: u8) {
    classes[byte as usize] = class;
}

/// What a text has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signals {
    classes: u8,
    digit_count: usize,
}

impl Signals {
    /// Looks at every byte once, and a second time to count when there are digits.
    pub(super) fn of(text: &str) -> Self {
        let class = |byte: u8| CLASSES.get(usize::from(byte)).copied().unwrap_or(0);
        let (eights, rest) = text.as_bytes().as_chunks::<8>();
        let mut classes = 0;
        for [a, b, c, d, e, f, g, h] in eights {
            classes |= class(*a) | class(*b) | class(*c) | class(*d);
            classes |= class(*e) | class(*f) | class(*g) | class(*h);
        }
        classes = rest.iter().fold(classes, |seen, byte| seen | class(*byte));
        let digit_count = if classes & class::DIGIT == 0 {
            0
        } else {
            text.bytes().filter(u8::is_ascii_digit).count()
        };
        Self {
            classes,
            digit_count,
        }
    }

    /// Whether each of these classes occurs, and at least so many digits.
    pub(super) fn has(self, classes: u8, digits: usize) -> bool {
        self.classes & classes == classes && self.digit_count >= digits
    }
}

/// Whether `Bearer` occurs with a capital, as clients write it. Costs next to nothing.
pub(super) fn has_capital_bearer(text: &str, signals: Signals) -> bool {
    const WORD: &[u8] = b"bearer";
    let is_word = |at: usize| {
        let word = text.as_bytes().get(at..at + WORD.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(WORD))
    };
    signals.has(class::UPPER, 0) && memchr_iter(b'B', text.as_bytes()).any(is_word)
}

/// Whether it occurs without one.
pub(super) fn has_small_bearer(text: &str) -> bool {
    static WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("earer"));
    text.len() > 7 && WORD.find(text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_digits_are_seen() {
        let signals = Signals::of("a-12@é");
        assert!(signals.has(class::DIGIT | class::DASH | class::AT, 2));
        assert!(!signals.has(class::DIGIT, 3));
        assert!(!signals.has(class::COLON, 0));
        let capital = |text: &str| has_capital_bearer(text, Signals::of(text));
        assert!(capital("x: Bearer y") && capital("BEARER x"));
        assert!(!capital("Bear") && !capital("bearer x"));
        assert!(has_small_bearer("(bearer x)") && !has_small_bearer("a bear is here"));
    }
}
