//! Numbers of bank accounts: a country, its length, and the remainder of 97.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Found, is_apart};

/// Country and characters of its numbers, from the registry of SWIFT.
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 \
    CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 \
    GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 \
    MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 \
    RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 \
    XK20 YE30";

static START: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[A-Z]{2}\d{2} ?[A-Z0-9]{4}").ok());

/// Adds where account numbers are, in one piece or in groups of four.
pub(super) fn find(text: &str, found: &mut Found) {
    let Some(start) = START.as_ref() else { return };
    let mut from = 0;
    while let Some(hit) = start.find_at(text, from) {
        from = match account(text, hit.start()) {
            Some(range) => {
                let end = range.end;
                found.push(range);
                end
            }
            None => hit.start() + 1,
        };
    }
}

/// The account number that begins at `start`.
fn account(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let length = length(rest.get(..2)?)?;
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
        // The first four characters count last.
        let sum = if taken < 4 { &mut head } else { &mut remainder };
        *sum = (*sum * if value > 9 { 100 } else { 10 } + value) % 1_000_000_007;
        if taken >= 4 {
            remainder %= 97;
        }
        taken += 1;
        end = start + at + 1;
    }
    // Two letters and two digits: six figures.
    let is_valid = taken == length && (remainder * 1_000_000 + head) % 97 == 1;
    let range = start..end;
    (is_valid && is_apart(text, &range)).then_some(range)
}

fn length(country: &str) -> Option<usize> {
    let mut entries = LENGTHS.split(' ');
    let entry = entries.find(|entry| entry.starts_with(country))?;
    entry.get(2..)?.parse().ok()
}
