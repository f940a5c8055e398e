//! Bytes to UTF-8, whatever they were, and the escapes of UTF-16 inside. Called by
//! `json::check_object` and `json::scan`.

use super::notes::{Notes, Repair};

/// The text in `bytes` as UTF-8. Valid UTF-8 is not copied.
pub(super) fn to_utf8(bytes: Vec<u8>, notes: &mut Notes) -> Vec<u8> {
    if let Some(text) = from_utf16(&bytes) {
        notes.add(Repair::Utf16, String::new);
        return text.into_bytes();
    }
    match String::from_utf8(bytes) {
        Ok(text) => text.into_bytes(),
        Err(error) => {
            notes.add(Repair::Utf8, String::new);
            String::from_utf8_lossy(error.as_bytes())
                .into_owned()
                .into_bytes()
        }
    }
}

/// UTF-16 of either order, known by its mark or by a first `{` of two bytes.
fn from_utf16(bytes: &[u8]) -> Option<String> {
    let (order, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        [b'{', 0, ..] => (u16::from_le_bytes, bytes),
        [0, b'{', ..] => (u16::from_be_bytes, bytes),
        _ => return None,
    };
    let (pairs, _) = rest.as_chunks::<2>();
    let units = pairs.iter().map(|pair| order(*pair));
    let chars = char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(chars.collect())
}

/// The value of four hex digits.
pub(crate) fn unit(text: &[u8]) -> Option<u16> {
    let mut value = 0;
    for byte in text.get(..4)? {
        let digit = char::from(*byte).to_digit(16)?;
        value = value << 4 | u16::try_from(digit).ok()?;
    }
    Some(value)
}

/// Whether `text` begins with the escape of the second half of a pair.
pub(super) fn low_surrogate(text: &[u8]) -> Option<()> {
    let unit = unit(text.strip_prefix(b"\\u")?)?;
    (0xdc00..0xe000).contains(&unit).then_some(())
}

/// How many bytes of a string are plain: up to a quote, a backslash or a control character.
/// `None` when none of them comes any more.
///
/// Looks at eight bytes at once, as a number: subtracting borrows in the first byte that is less
/// than what is subtracted, and xor makes the byte that is looked for a zero.
pub(crate) fn plain_len(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let (words, rest) = text.as_chunks::<8>();
    let mut passed = 0;
    for bytes in words {
        let word = u64::from_le_bytes(*bytes);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let quote = zeros(word ^ (ONES * u64::from(b'"')));
        let backslash = zeros(word ^ (ONES * u64::from(b'\\')));
        let found = (control | quote | backslash) & HIGHS;
        if found != 0 {
            // The first byte is the lowest, and behind the first hit there may be false ones.
            return Some(passed + found.trailing_zeros() as usize / 8);
        }
        passed += 8;
    }
    let place = rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    place.map(|place| passed + place)
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
                    text[22] = filler;
                    if plain(&special) {
                        assert_eq!(plain_len(&text), None, "{text:x?}");
                    }
                }
            }
        }
    }
}
