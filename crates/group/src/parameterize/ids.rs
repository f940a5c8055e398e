//! Names that machines give: digests, ids of requests, addresses in memory.

use super::{At, is_word};

/// Digits of a hexadecimal number without `0x`.
const HEX_DIGITS: std::ops::RangeInclusive<usize> = 8..=128;
/// A random id is at least this long …
const RANDOM_BYTES_MIN: usize = 12;
/// … and has at least so many changes between upper case, lower case and digits …
const RANDOM_CHANGES_MIN: usize = 3;
/// … with fewer characters than this in a row, on average: `Base64Decoder` is a name.
const RANDOM_RUN_BYTES: usize = 4;
/// Longer ones are not looked at.
const RANDOM_BYTES_MAX: usize = 256;

/// Groups of hexadecimal digits of these lengths with dashes between; their bytes.
fn groups(at: At<'_>, lengths: &[usize]) -> Option<usize> {
    let mut end = 0;
    for (index, length) in lengths.iter().enumerate() {
        if index > 0 {
            if at.byte(end) != Some(b'-') {
                return None;
            }
            end += 1;
        }
        if at.run(end, *length, |byte| byte.is_ascii_hexdigit()) < *length {
            return None;
        }
        end += length;
    }
    at.whole(end)
}

/// W3C `00-…-…-01`, and the trace ids of AWS.
pub(super) fn traceparent(at: At<'_>) -> Option<usize> {
    if at.word == 2 && at.word() == b"00" {
        let len = groups(at, &[2, 32, 16, 2])?;
        let flags = at.rest.get(len - 2..len)?;
        return matches!(flags, b"00" | b"01").then_some(len);
    }
    (at.word() == b"1").then(|| groups(at, &[1, 8, 24]))?
}

/// `7c9e6679-7425-40de-944b-e07fc1f90ae7`.
pub(super) fn uuid(at: At<'_>) -> Option<usize> {
    (at.word == 8).then(|| groups(at, &[8, 4, 4, 4, 12]))?
}

/// 40 hexadecimal digits.
pub(super) fn sha1(at: At<'_>) -> Option<usize> {
    (at.word == 40).then(|| groups(at, &[40]))?
}

/// 32 hexadecimal digits.
pub(super) fn md5(at: At<'_>) -> Option<usize> {
    (at.word == 32).then(|| groups(at, &[32]))?
}

/// `tx`, 21 digits, a dash, 10 digits and what follows.
pub(super) fn swift_txn_id(at: At<'_>) -> Option<usize> {
    if at.word != 23 || !at.word().starts_with(b"tx") || at.byte(23) != Some(b'-') {
        return None;
    }
    let digits = at.run(2, 21, |byte| byte.is_ascii_hexdigit());
    let more = at.run(24, 10, |byte| byte.is_ascii_hexdigit());
    if (digits, more) != (21, 10) {
        return None;
    }
    let suffix = at.run(34, 64, |byte| byte == b'-' || is_word(byte));
    at.whole(34 + suffix)
}

/// `0x7ffdc1`, `3f9ab12c`, and decimal numbers of eight digits and more.
pub(super) fn hex(at: At<'_>) -> Option<usize> {
    let word = at.word();
    if let Some(digits) = word.strip_prefix(b"0x").or(word.strip_prefix(b"0X")) {
        let is_hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
        return is_hex.then_some(word.len());
    }
    if !HEX_DIGITS.contains(&word.len()) {
        return None;
    }
    let lower = word
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let upper = word
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let digit = word.iter().any(u8::is_ascii_digit);
    ((lower || upper) && digit).then_some(word.len())
}

/// Exactly seven lower-case digits, with a letter and a decimal one.
pub(super) fn git_sha(at: At<'_>) -> Option<usize> {
    let word = at.word();
    let is_lower = word
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let letter = word.iter().any(u8::is_ascii_lowercase);
    let digit = word.iter().any(u8::is_ascii_digit);
    (word.len() == 7 && is_lower && letter && digit).then_some(7)
}

/// What a character is to [`random_id`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Upper,
    Lower,
    Digit,
    Dash,
}

/// `4g8hXn02sfzZywjG`. A capital and the small letters after it count as one run.
pub(super) fn random_id(at: At<'_>) -> Option<usize> {
    if at.word == 0 || matches!(at.before, Some(b'-' | b'_')) {
        return None;
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let len = at.run(0, RANDOM_BYTES_MAX + 1, is_part);
    if !(RANDOM_BYTES_MIN..=RANDOM_BYTES_MAX).contains(&len) {
        return None;
    }
    let classes = at.rest.get(..len)?.iter().map(|byte| match byte {
        b'A'..=b'Z' => Class::Upper,
        b'a'..=b'z' => Class::Lower,
        b'0'..=b'9' => Class::Digit,
        _ => Class::Dash,
    });
    let (mut upper, mut lower, mut digit) = (false, false, false);
    let (mut runs, mut changes) = (0, 0);
    let mut last = Class::Dash;
    for class in classes {
        upper |= class == Class::Upper;
        lower |= class == Class::Lower;
        digit |= class == Class::Digit;
        let is_word = last == Class::Upper && class == Class::Lower;
        if class != last && class != Class::Dash && !is_word {
            runs += 1;
            changes += usize::from(last != Class::Dash);
        }
        last = class;
    }
    let is_random = upper && lower && digit && changes >= RANDOM_CHANGES_MIN;
    at.whole(len)
        .filter(|len| is_random && *len < runs * RANDOM_RUN_BYTES)
}
