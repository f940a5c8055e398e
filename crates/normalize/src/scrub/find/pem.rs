//! Keys in PEM: what is between `-----BEGIN … KEY-----` and `-----END`, or the end of the text,
//! because texts are cut before they are scrubbed.

use super::Found;

const BEGIN: &str = "-----BEGIN ";
const KEY: &str = "KEY-----";
const END: &str = "-----END";
/// `RSA PRIVATE `, `OPENSSH PRIVATE `, …
const NAME_BYTES_MAX: usize = 32;

/// Adds where keys are.
pub(super) fn find(text: &str, found: &mut Found) {
    let mut from = 0;
    while let Some(begin) = position(text, BEGIN, from) {
        from = begin + BEGIN.len();
        let Some(head) = position(text, KEY, from) else {
            return;
        };
        if head - from > NAME_BYTES_MAX {
            continue;
        }
        let start = head + KEY.len();
        let end = position(text, END, start).unwrap_or(text.len());
        let body = text.get(start..end).unwrap_or_default();
        let lead = body.len() - body.trim_start().len();
        let key = body.trim();
        if !key.is_empty() {
            found.push(start + lead..start + lead + key.len());
        }
        from = end;
    }
}

fn position(text: &str, what: &str, from: usize) -> Option<usize> {
    let at = text.get(from..)?.find(what)?;
    Some(from + at)
}
