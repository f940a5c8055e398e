//! Numbers of bank accounts: a country, its length, and the remainder of 97.

use std::ops::Range;

use super::{Found, is_apart};

/// Country and characters of its numbers, from the registry of SWIFT.
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 \
    CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 \
    GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 \
    MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 \
    RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 \
    XK20 YE30";

/// The lengths by the two letters of a country; 0 where there are no numbers.
static BY_COUNTRY: [usize; 26 * 26] = by_country();

const fn by_country() -> [usize; 26 * 26] {
    let mut lengths = [0; 26 * 26];
    let mut rest = LENGTHS.as_bytes();
    while let [first, second, tens, ones, more @ ..] = rest {
        let length = (*tens - b'0') * 10 + *ones - b'0';
        set(&mut lengths, place(*first, *second), length as usize);
        rest = match more {
            [_, more @ ..] => more,
            [] => more,
        };
    }
    lengths
}

const fn place(first: u8, second: u8) -> usize {
    (first - b'A') as usize * 26 + (second - b'A') as usize
}

#[expect(clippy::indexing_slicing, reason = "const")]
const fn set(lengths: &mut [usize; 26 * 26], place: usize, length: usize) {
    lengths[place] = length;
}

/// Adds where account numbers are, in one piece or in groups of four.
pub(super) fn find(text: &str, found: &mut Found) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (start, four) in bytes.windows(4).enumerate() {
        if let [
            first @ b'A'..=b'Z',
            second @ b'A'..=b'Z',
            b'0'..=b'9',
            b'0'..=b'9',
        ] = four
            && start >= from
            && has_body(bytes.get(start + 4..).unwrap_or_default())
            && let Some(length) = BY_COUNTRY.get(place(*first, *second))
            && let Some(range) = account(text, start, *length)
        {
            from = range.end;
            found.push(range);
        }
    }
}

/// Whether four more characters follow the first four, at most one space between.
fn has_body(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let is_of_account = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9');
    rest.get(..4)
        .is_some_and(|four| four.iter().all(is_of_account))
}

/// The account number of so many characters that begins at `start`.
fn account(text: &str, start: usize, length: usize) -> Option<Range<usize>> {
    let rest = text.get(start..).filter(|_| length > 0)?;
    let (mut taken, mut remainder, mut head) = (0, 0, 0);
    let mut end = start;
    for (at, byte) in rest.bytes().enumerate() {
        if taken == length {
            break;
        }
        let value = match byte {
            b' ' if taken % 4 == 0 => continue,
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'Z' => u32::from(byte - b'A') + 10,
            _ => return None,
        };
        let shift = if value > 9 { 100 } else { 10 };
        // The first four characters count last.
        if taken < 4 {
            head = head * shift + value;
        } else {
            remainder = (remainder * shift + value) % 97;
        }
        taken += 1;
        end = start + at + 1;
    }
    // Two letters and two digits: six figures.
    let is_valid = taken == length && (remainder * 1_000_000 + head) % 97 == 1;
    let range = start..end;
    (is_valid && is_apart(text, &range)).then_some(range)
}
