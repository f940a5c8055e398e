//! Numbers of payment cards: the length and first digits of a network, and Luhn's check digit.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Found, is_apart};

/// Digits in the groups in which cards show them, the groups apart by nothing, a space or a dash.
static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const FOURS: &str = "[2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}";
    const SIX: &str = "3[04678][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{4,5}";
    Regex::new(&format!("{SIX}|{FOURS}")).ok()
});

/// Adds where card numbers are. Other digits may lead over to a card, so that the search goes on
/// behind the first of them.
pub(super) fn find(text: &str, found: &mut Found) {
    let Some(shape) = SHAPE.as_ref() else { return };
    let mut from = 0;
    while let Some(hit) = shape.find_at(text, from) {
        let range = hit.range();
        if is_card(text, &range) {
            from = range.end;
            found.push(range);
        } else {
            from = range.start + 1;
        }
    }
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
    let digits = text.bytes().filter(u8::is_ascii_digit);
    let digits: Vec<u32> = digits.map(|digit| u32::from(digit - b'0')).collect();
    let head = digits
        .iter()
        .take(4)
        .fold(0, |head, digit| head * 10 + digit);
    let is_network = match digits.len() {
        14 => matches!(head, 3000..=3059 | 3600..=3699 | 3800..=3899),
        15 => matches!(head, 3400..=3499 | 3700..=3799),
        16 => matches!(
            head,
            2221..=2720
                | 3528..=3589
                | 4000..=4999
                | 5100..=5599
                | 6011
                | 6200..=6299
                | 6440..=6599
        ),
        _ => false,
    };
    is_network && has_check_digit(&digits)
}

/// Luhn: every second digit from the right is doubled, and all of them add up to tens.
fn has_check_digit(digits: &[u32]) -> bool {
    let weighted = digits.iter().rev().enumerate().map(|(place, digit)| {
        let weighted = digit * (1 + u32::from(place % 2 == 1));
        weighted / 10 + weighted % 10
    });
    weighted.sum::<u32>() % 10 == 0
}
