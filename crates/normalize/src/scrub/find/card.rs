//! Numbers of payment cards: the length and first digits of a network, and Luhn's check digit.

use std::ops::Range;

use super::{Found, is_apart};

/// Adds where card numbers are. Other digits may lead over to a card, so that the search goes on
/// behind the first of them.
pub(super) fn find(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let (mut from, mut before) = (0, b' ');
    for (start, byte) in bytes.iter().enumerate() {
        let before = std::mem::replace(&mut before, *byte);
        let may_begin = matches!(byte, b'2'..=b'6') && start >= from;
        // Most digits stand within a word.
        if may_begin
            && !(before.is_ascii_alphanumeric() || before == b'_')
            && let Some(end) = shape(bytes, start)
            && is_card(text, &(start..end))
        {
            found.push(start..end);
            from = end;
        }
    }
}

/// Where the digits end that begin at `start`, in the groups in which cards show them.
fn shape(bytes: &[u8], start: usize) -> Option<usize> {
    if let Some([b'3', b'0' | b'4' | b'6' | b'7' | b'8']) = bytes.get(start..start + 2)
        && let Some(end) = groups(bytes, start, [4, 6, 4])
    {
        let has_more = bytes.get(end).is_some_and(u8::is_ascii_digit);
        return Some(end + usize::from(has_more));
    }
    groups(bytes, start, [4, 4, 4, 4])
}

/// Where groups of so many digits end, apart by nothing, a space or a dash.
fn groups<const N: usize>(bytes: &[u8], start: usize, lengths: [usize; N]) -> Option<usize> {
    let mut at = start;
    for length in lengths {
        let is_between = at > start && matches!(bytes.get(at), Some(b' ' | b'-'));
        at += usize::from(is_between);
        let group = bytes.get(at..at + length)?;
        if !group.iter().all(u8::is_ascii_digit) {
            return None;
        }
        at += length;
    }
    Some(at)
}

fn is_card(text: &str, range: &Range<usize>) -> bool {
    let Some(card) = text.get(range.clone()) else {
        return false;
    };
    is_apart(text, range) && !is_fraction(text, range.start) && is_number_of_card(card)
}

/// Whether these digits are what follows the point of a number.
fn is_fraction(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let whole = before.strip_suffix('.');
    whole.is_some_and(|whole| whole.ends_with(|char: char| char.is_ascii_digit()))
}

/// Whether the digits of `text`, whatever else it has, are those of a card.
pub(in crate::scrub) fn is_number_of_card(text: &str) -> bool {
    let (mut count, mut head) = (0_usize, 0);
    // Luhn: every second digit from the right is doubled, and all of them add up to tens. Where the
    // right is, we know at the end: the first sum is for an even number of digits.
    let mut sums = (0, 0);
    for digit in text.bytes().filter(u8::is_ascii_digit) {
        let digit = u32::from(digit - b'0');
        let doubled = digit * 2 - if digit > 4 { 9 } else { 0 };
        let (even, odd) = if count.is_multiple_of(2) {
            (doubled, digit)
        } else {
            (digit, doubled)
        };
        sums = (sums.0 + even, sums.1 + odd);
        if count < 4 {
            head = head * 10 + digit;
        }
        count += 1;
    }
    let sum = match (count, head) {
        (14, 3000..=3059 | 3600..=3699 | 3800..=3899)
        | (
            16,
            2221..=2720
            | 3528..=3589
            | 4000..=4999
            | 5100..=5599
            | 6011
            | 6200..=6299
            | 6440..=6599,
        ) => sums.0,
        (15, 3400..=3499 | 3700..=3799) => sums.1,
        _ => return false,
    };
    sum % 10 == 0
}
