//! Bytes to UTF-8, whatever they were, and the escapes of UTF-16 inside. Called by
//! `json::check_object` and `json::scan`.

use super::notes::{Notes, Repair};

/// The text in `bytes` as UTF-8. Valid UTF-8 is not copied.
pub(super) fn to_utf8(bytes: Vec<u8>, notes: &mut Notes) -> Vec<u8> {
    if let Some(text) = from_utf16(&bytes) {
        notes.add(Repair::Utf16, 0, String::new);
        return text.into_bytes();
    }
    match String::from_utf8(bytes) {
        Ok(text) => text.into_bytes(),
        Err(error) => {
            notes.add(Repair::Utf8, 0, String::new);
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
