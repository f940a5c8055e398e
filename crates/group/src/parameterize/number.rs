//! Numbers, and values that are written after `=`.

use super::{At, is_word};

/// Digits of a number; longer ones are hexadecimal ones.
const INT_DIGITS_MAX: usize = 7;
/// Digits of one part of a fraction that are looked at.
const FLOAT_DIGITS_MAX: usize = 64;
/// Groups of thousands that are looked at.
const THOUSANDS_MAX: usize = 12;
/// Bytes of a quoted text that are looked for its end.
const QUOTED_BYTES_MAX: usize = 8192 * 4;

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// `12.5s`, `300ms`.
pub(super) fn duration(at: At<'_>) -> Option<usize> {
    let digits = at.run(0, FLOAT_DIGITS_MAX, is_digit);
    if digits == 0 {
        return None;
    }
    if at.rest.get(digits..digits + 2) == Some(b"ms") {
        return at.whole(digits + 2);
    }
    let mut end = digits;
    if at.byte(end) == Some(b'.') {
        let more = at.run(end + 1, FLOAT_DIGITS_MAX, is_digit);
        end += if more > 0 { more + 1 } else { 0 };
    }
    (at.byte(end) == Some(b's')).then(|| at.whole(end + 1))?
}

/// Where the digits begin: behind a minus, unless that stands in a word.
fn after_sign(at: At<'_>) -> Option<usize> {
    match at.byte(0)? {
        b'-' if !at.before.is_some_and(is_word) => Some(1),
        byte if is_digit(byte) => Some(0),
        _ => None,
    }
}

/// `-0.75`.
pub(super) fn float(at: At<'_>) -> Option<usize> {
    let start = after_sign(at)?;
    let whole = at.run(start, FLOAT_DIGITS_MAX, is_digit);
    let point = start + whole;
    if whole == 0 || at.byte(point) != Some(b'.') {
        return None;
    }
    let fraction = at.run(point + 1, FLOAT_DIGITS_MAX, is_digit);
    let end = point + 1 + fraction;
    (fraction > 0).then(|| at.whole(end + exponent(at, end)))?
}

/// The bytes of `e-12` at `start`.
fn exponent(at: At<'_>, start: usize) -> usize {
    if !matches!(at.byte(start), Some(b'e' | b'E')) {
        return 0;
    }
    let sign = usize::from(matches!(at.byte(start + 1), Some(b'-' | b'+')));
    match at.run(start + 1 + sign, 4, is_digit) {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

/// `42`, `-7`, `4,150,908`.
pub(super) fn int(at: At<'_>) -> Option<usize> {
    let start = after_sign(at)?;
    let digits = at.run(start, INT_DIGITS_MAX + 1, is_digit);
    if !(1..=INT_DIGITS_MAX).contains(&digits) {
        return None;
    }
    let mut end = start + digits;
    if digits <= 3 {
        for _ in 0..THOUSANDS_MAX {
            let group = at.run(end + 1, 4, is_digit);
            if at.byte(end) != Some(b',') || group != 3 {
                break;
            }
            end += 4;
        }
    }
    at.whole(end)
}

/// `'Ann Lee'`, directly after `=`.
pub(super) fn quoted_str(at: At<'_>) -> Option<usize> {
    let quote = at.byte(0)?;
    if at.before != Some(b'=') || !matches!(quote, b'\'' | b'"') {
        return None;
    }
    let inside = at.run(1, QUOTED_BYTES_MAX, |byte| byte != quote);
    (at.byte(inside + 1) == Some(quote)).then_some(inside + 2)
}

/// `True`, directly after `=`.
pub(super) fn boolean(at: At<'_>) -> Option<usize> {
    let is_bool = matches!(at.word(), b"True" | b"true" | b"False" | b"false");
    (at.before == Some(b'=') && is_bool).then_some(at.word)
}
