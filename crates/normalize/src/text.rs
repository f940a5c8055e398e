//! Texts: without NUL, which databases refuse, and not longer than they may be.

use std::fmt::Display;

use watchpost_model::has_nul;

use crate::remarks::Remarks;

/// What a cut text ends in.
pub(crate) const ELLIPSIS: &str = "...";

/// Replaces NUL by the character that means "not representable".
pub(crate) fn clean(text: &mut String) {
    if has_nul(text.as_bytes()) {
        *text = text.replace('\0', "\u{fffd}");
    }
}

/// Cleans a text and cuts it to `chars_max` characters, the dots at its end included.
pub(crate) fn fit(text: &mut String, chars_max: usize, at: &dyn Display, remarks: &mut Remarks) {
    clean(text);
    // A text of few bytes has few characters; counting is for the long ones.
    if text.len() <= chars_max {
        return;
    }
    let kept = chars_max.saturating_sub(ELLIPSIS.len());
    let mut ends = text.char_indices().map(|(end, _)| end);
    let Some(end) = ends.nth(kept) else { return };
    if ends.nth(chars_max - kept - 1).is_none() {
        return;
    }
    let length = text.chars().count();
    text.truncate(end);
    text.push_str(ELLIPSIS);
    remarks.cut_from(at, &format!("longer than {chars_max} characters"), length);
}

/// Whether there is nothing but white space. Nearly every text says no with its first byte.
pub(crate) fn is_blank(text: &str) -> bool {
    !text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && text.trim().is_empty()
}

/// As [`fit`], and a text with nothing but white space becomes none.
pub(crate) fn fit_name(
    text: &mut Option<String>,
    chars_max: usize,
    at: &dyn Display,
    remarks: &mut Remarks,
) {
    if text.as_deref().is_some_and(is_blank) {
        *text = None;
    }
    if let Some(text) = text {
        fit(text, chars_max, at, remarks);
    }
}

/// The most of `text` that fits into `bytes_max` bytes.
pub(crate) fn head(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, chars_max: usize, expect: &str) {
        let (mut got, mut remarks) = (text.to_owned(), Remarks::new(Vec::new()));
        fit(&mut got, chars_max, &"f", &mut remarks);
        assert_eq!(got, expect, "{text} to {chars_max}");
        let was_cut = text.chars().count() > chars_max;
        assert_eq!(remarks.finish().len(), usize::from(was_cut), "{text}");
    }

    #[test]
    fn texts_are_cut_by_characters() {
        check("abcdef", 6, "abcdef");
        check("abcdefg", 6, "abc...");
        check("äöüäöü", 6, "äöüäöü");
        check("äöüäöüä", 6, "äöü...");
        check("💥💥💥💥", 4, "💥💥💥💥");
        check("💥💥💥💥💥", 4, "💥...");
        check("", 4, "");
    }

    #[test]
    fn i15_nul_is_replaced() {
        check("a\0b", 6, "a\u{fffd}b");
    }

    #[test]
    fn heads_end_at_a_character() {
        assert_eq!(head("aäb", 2), "a");
        assert_eq!(head("aäb", 3), "aä");
        assert_eq!(head("aäb", 9), "aäb");
    }
}
