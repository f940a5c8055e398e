//! Keys in PEM: what is between `-----BEGIN … KEY-----` and `-----END`, or the end of the text,
//! because texts are cut before they are scrubbed.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Found;
use crate::text::head;

const BEGIN: &str = "-----BEGIN ";
const KEY: &str = "KEY-----";
const END: &str = "-----END";
static FIND_BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BEGIN));
static FIND_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(END));
/// `RSA PRIVATE KEY-----`, `OPENSSH PRIVATE KEY-----`, …
const NAME_BYTES_MAX: usize = 40;

/// Adds where keys are.
pub(super) fn find(text: &str, found: &mut Found) {
    let mut from = 0;
    while let Some(begin) = position(text, &FIND_BEGIN, from) {
        from = begin + BEGIN.len();
        // Only so far: or the same text would be read again for each beginning without an end.
        let head = head(text.get(from..).unwrap_or_default(), NAME_BYTES_MAX);
        let Some(name) = head.find(KEY) else {
            continue;
        };
        let start = from + name + KEY.len();
        let end = position(text, &FIND_END, start).unwrap_or(text.len());
        let body = text.get(start..end).unwrap_or_default();
        let lead = body.len() - body.trim_start().len();
        let key = body.trim();
        if !key.is_empty() {
            found.push(start + lead..start + lead + key.len());
        }
        from = end;
    }
}

fn position(text: &str, what: &Finder<'_>, from: usize) -> Option<usize> {
    let at = what.find(text.as_bytes().get(from..)?)?;
    Some(from + at)
}
