//! Texts eight bytes at a time, as numbers: most of the bytes of an event are in them, and most of
//! the texts are short. Readers, writers and normalising share it.

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// How many bytes of a string are plain: up to a quote, a backslash or a control character.
/// `None` when none of them comes any more.
#[inline]
pub fn plain_len(text: &[u8]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    let mut passed = 0;
    for word in words {
        let found = specials(*word);
        if found != 0 {
            // The first byte is the lowest, and behind the first hit there may be false ones.
            return Some(passed + found.trailing_zeros() as usize / 8);
        }
        passed += 8;
    }
    let place = rest.iter().position(|byte| is_special(*byte));
    place.map(|place| passed + place)
}

/// Whether all bytes of a string are plain.
#[inline]
pub fn is_plain(text: &[u8]) -> bool {
    match text.last_chunk() {
        // The last word may overlap with the one before: quicker than byte by byte.
        Some(last) => {
            let (words, _) = text.as_chunks();
            specials(*last) == 0 && words.iter().all(|word| specials(*word) == 0)
        }
        None => !text.iter().any(|byte| is_special(*byte)),
    }
}

/// Whether one of the bytes is 0.
#[inline]
pub fn has_nul(text: &[u8]) -> bool {
    match text.last_chunk() {
        Some(last) => {
            let (words, _) = text.as_chunks();
            nuls(*last) != 0 || words.iter().any(|word| nuls(*word) != 0)
        }
        None => text.contains(&0),
    }
}

fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// The highest bit of each byte that is not plain, as a number, and of some bytes behind.
///
/// Subtracting borrows in the first byte that is less than what is subtracted. A quote lies two
/// above the control characters, so xor moves it next to them; a backslash becomes zero.
#[inline]
fn specials(bytes: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(bytes);
    let control_or_quote = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (control_or_quote | backslash) & !word & HIGHS
}

/// The same for bytes that are 0.
#[inline]
fn nuls(bytes: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(bytes);
    word.wrapping_sub(ONES) & !word & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_at_once_find_what_one_by_one_finds() {
        for place in 0..20 {
            for special in 0..=255_u8 {
                for filler in [
                    b' ', b'a', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff,
                ] {
                    let mut text = vec![filler; 24];
                    text[place] = special;
                    text[22] = b'"';
                    let plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
                    let expect = text.iter().take_while(|byte| plain(byte)).count();
                    assert_eq!(plain_len(&text), Some(expect), "{text:x?}");
                    assert!(!is_plain(&text), "{text:x?}");
                    assert_eq!(is_plain(&text[..22]), plain(&special), "{text:x?}");
                    assert_eq!(is_plain(&text[place..22]), plain(&special), "{text:x?}");
                    assert_eq!(has_nul(&text), special == 0, "{text:x?}");
                    assert_eq!(has_nul(&text[place..]), special == 0, "{text:x?}");
                    text[22] = filler;
                    if plain(&special) {
                        assert_eq!(plain_len(&text), None, "{text:x?}");
                    }
                }
            }
        }
    }
}
