//! What characters a text has: one pass over its bytes says which patterns are worth a search.

use std::sync::LazyLock;

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
        let seen = |seen, byte: &u8| seen | CLASSES.get(usize::from(*byte)).copied().unwrap_or(0);
        let classes = text.as_bytes().iter().fold(0, seen);
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

/// Whether the word `bearer` may be in a text.
pub(super) fn has_bearer(text: &str) -> bool {
    static FINDERS: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| [Finder::new("earer"), Finder::new("EARER")]);
    let finds = |finder: &Finder<'_>| finder.find(text.as_bytes()).is_some();
    FINDERS.iter().any(finds)
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
        assert!(has_bearer("x Bearer y") && has_bearer("BEARER") && !has_bearer("bear"));
    }
}
