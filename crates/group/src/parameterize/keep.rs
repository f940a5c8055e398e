//! Names with a number in them that are no counters: `utf-8`, `sha-256`.

use super::At;

/// Word, dash, number. Matched without regard to case.
const NAMES: [(&str, &[&str]); 14] = [
    ("aes", &["128", "192", "256"]),
    ("base", &["16", "32", "58", "64", "85"]),
    ("cp", &["437", "850", "1251", "1252"]),
    ("crc", &["16", "32", "64"]),
    ("ed", &["25519"]),
    ("es", &["256", "384", "512"]),
    ("iso", &["8601", "8859"]),
    ("md", &["4", "5"]),
    ("rfc", &["822", "1123", "2822", "3339"]),
    ("sha", &["1", "2", "3", "224", "256", "384", "512"]),
    ("ucs", &["2", "4"]),
    ("utf", &["7", "8", "16", "32"]),
    ("windows", &["1250", "1251", "1252"]),
    ("x", &["509"]),
];

/// The bytes of such a name at this place.
pub(super) fn word(at: At<'_>) -> Option<usize> {
    if at.byte(at.word) != Some(b'-') {
        return None;
    }
    let word = at.word();
    let is_it = |(name, _): &&(&str, _)| word.eq_ignore_ascii_case(name.as_bytes());
    let (_, numbers) = NAMES.iter().find(is_it)?;
    let digits = at.run(at.word + 1, 6, |byte| byte.is_ascii_digit());
    let number = at.rest.get(at.word + 1..at.word + 1 + digits)?;
    let is_known = numbers.iter().any(|known| known.as_bytes() == number);
    at.whole(at.word + 1 + digits).filter(|_| is_known)
}
