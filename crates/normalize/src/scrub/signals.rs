//! What characters a text has: one pass over its bytes says which patterns and words are worth a
//! search.

use std::sync::LazyLock;

use memchr::memchr_iter;
use memchr::memmem::Finder;

/// Sets of characters, one bit each. The lowest 26 bits are the letters, whatever their case.
pub(super) mod class {
    pub(in crate::scrub) const DIGIT: u64 = 1 << 26;
    pub(in crate::scrub) const AT: u64 = 1 << 27;
    pub(in crate::scrub) const COLON: u64 = 1 << 28;
    pub(in crate::scrub) const DASH: u64 = 1 << 29;
    /// Between the names of a path.
    pub(in crate::scrub) const SLASH: u64 = 1 << 30;
    pub(in crate::scrub) const EQUALS: u64 = 1 << 31;
    pub(in crate::scrub) const UPPER: u64 = 1 << 32;
    pub(in crate::scrub) const DOT: u64 = 1 << 33;
    /// White space, or a byte of what may be one.
    pub(in crate::scrub) const SPACE: u64 = 1 << 34;
    pub(in crate::scrub) const NON_ASCII: u64 = 1 << 35;

    /// What an ASCII word has, whatever its case.
    pub(in crate::scrub) const fn word(word: &str) -> u64 {
        let mut classes = 0;
        let mut rest = word.as_bytes();
        while let [byte, more @ ..] = rest {
            classes |= of(byte.to_ascii_lowercase());
            rest = more;
        }
        classes
    }

    /// What a text has that has this byte.
    pub(super) const fn of(byte: u8) -> u64 {
        match byte {
            b'a'..=b'z' => 1 << (byte - b'a'),
            b'A'..=b'Z' => UPPER | 1 << (byte - b'A'),
            b'0'..=b'9' => DIGIT,
            b'@' => AT,
            b':' => COLON,
            b'-' => DASH,
            b'/' | b'\\' => SLASH,
            b'=' => EQUALS,
            b'.' => DOT,
            b' ' | 9..=13 => SPACE,
            // Expressions take the long ſ and the sign of Kelvin for letters.
            128.. => NON_ASCII | SPACE | word("sk"),
            _ => 0,
        }
    }
}

static CLASSES: [u64; 256] = classes();

const fn classes() -> [u64; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    loop {
        set(&mut classes, byte, class::of(byte));
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

#[expect(clippy::indexing_slicing, reason = "a byte is within 256; const")]
const fn set(classes: &mut [u64; 256], byte: u8, class: u64) {
    classes[byte as usize] = class;
}

/// What a text must have to be worth a search.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// All of these classes.
    pub(super) all: u64,
    /// One of these; nothing in particular when there are none.
    pub(super) any: u64,
    /// So many digits.
    pub(super) digits: usize,
}

impl Needs {
    /// These classes.
    pub(super) const fn all(all: u64) -> Self {
        Self {
            all,
            any: 0,
            digits: 0,
        }
    }

    /// One of these classes.
    pub(super) const fn any(any: u64) -> Self {
        Self {
            all: 0,
            any,
            digits: 0,
        }
    }

    /// The same, and so many digits.
    pub(super) const fn digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }
}

/// What a text has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signals {
    classes: u64,
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
            digits(text.as_bytes())
        };
        Self {
            classes,
            digit_count,
        }
    }

    /// Whether each of these classes occurs.
    #[inline]
    pub(super) fn has(self, classes: u64) -> bool {
        self.classes & classes == classes
    }

    /// Whether a search is worth it.
    #[inline]
    pub(super) fn meet(self, needs: Needs) -> bool {
        self.has(needs.all)
            && self.digit_count >= needs.digits
            && (needs.any == 0 || self.classes & needs.any != 0)
    }

    /// How many digits there are.
    pub(super) fn digit_count(self) -> usize {
        self.digit_count
    }
}

/// How many digits there are, eight bytes at a time.
fn digits(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    /// So many words have no more digits than a byte can say.
    const WORDS_MAX: usize = 31;
    // One in each byte that is a digit.
    let ones = |word: &[u8; 8]| {
        // A digit without its `0` is below 10. Adding 118 to the others sets the highest bit.
        let word = u64::from_le_bytes(*word) ^ (ONES * u64::from(b'0'));
        let others = ((word & (ONES * 0x7f)) + ONES * 118) | word;
        !others >> 7 & ONES
    };
    let (words, rest) = text.as_chunks::<8>();
    let in_words = words.chunks(WORDS_MAX).map(|words| {
        let sums = words.iter().map(ones).sum::<u64>();
        // All of them added up in the highest byte.
        usize::from(sums.wrapping_mul(ONES).to_le_bytes()[7])
    });
    in_words.sum::<usize>() + rest.iter().filter(|byte| byte.is_ascii_digit()).count()
}

/// Whether `Bearer` occurs with a capital, as clients write it. Costs next to nothing.
pub(super) fn has_capital_bearer(text: &str, signals: Signals) -> bool {
    const WORD: &[u8] = b"bearer";
    const NEEDED: u64 = class::word("bearer") | class::UPPER;
    let is_word = |at: usize| {
        let word = text.as_bytes().get(at..at + WORD.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(WORD))
    };
    signals.has(NEEDED) && memchr_iter(b'B', text.as_bytes()).any(is_word)
}

/// Whether it occurs without one.
pub(super) fn has_small_bearer(text: &str, signals: Signals) -> bool {
    static WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("earer"));
    const NEEDED: u64 = class::word("earer");
    text.len() > 7 && signals.has(NEEDED) && WORD.find(text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_digits_are_seen() {
        let signals = Signals::of("a-12@é");
        let all = Needs::all(class::DIGIT | class::DASH | class::AT);
        assert!(signals.meet(all.digits(2)) && !signals.meet(all.digits(3)));
        assert!(signals.meet(Needs::any(class::COLON | class::AT)));
        assert!(!signals.meet(Needs::any(class::COLON | class::DOT)));
        assert!(!signals.has(class::COLON) && signals.has(class::NON_ASCII | class::SPACE));
        assert!(Signals::of("My Word").has(class::word("doRmY")));
        assert!(!Signals::of("My Word").has(class::word("words")));
        let capital = |text: &str| has_capital_bearer(text, Signals::of(text));
        assert!(capital("x: Bearer y") && capital("BEARER x"));
        assert!(!capital("Bear") && !capital("bearer x"));
        let small = |text: &str| has_small_bearer(text, Signals::of(text));
        assert!(small("(bearer x)") && !small("a bear is here"));
    }

    #[test]
    fn digits_are_counted_eight_at_a_time_as_one_by_one() {
        for byte in 0..=255 {
            for place in 0..20 {
                let mut text = b"/0:9a8\xb05\xff0/0:9a8\xb05\xff0".repeat(1 + place / 19 * 40);
                text[place] = byte;
                let expect = text.iter().filter(|byte| byte.is_ascii_digit()).count();
                assert_eq!(digits(&text), expect, "{text:x?}");
            }
        }
    }
}
