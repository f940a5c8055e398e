//! What dictionaries are made of: events without what only one of them says, and a choice of
//! whole ones. Training calls it.

use std::collections::HashMap;

use super::body::{Packer, ZSTD_JSON};

/// Shorter ones say little about anybody.
const WORD_BYTES_MIN: usize = 4;
/// An event is taken when what is taken already leaves more than one byte in so many of it: at
/// first what is very different, then finer differences while there is room.
const NOVELTY_SHARES: [usize; 3] = [8, 16, 32];

/// The events without the words and numbers that only one of them has. They would not help, and
/// the name in one event must not outlive it in a dictionary.
pub(super) fn common(events: &[&[u8]]) -> Vec<Vec<u8>> {
    // The event that has a word, until a second one has it.
    let mut only: HashMap<&[u8], Option<usize>> = HashMap::new();
    for (number, event) in events.iter().enumerate() {
        for word in event.split(|byte| is_between(*byte)) {
            let holder = only.entry(word).or_insert(Some(number));
            *holder = holder.filter(|holder| *holder == number);
        }
    }
    let is_rare =
        |word: &[u8]| word.len() >= WORD_BYTES_MIN && only.get(word).is_some_and(Option::is_some);
    let shorten = |event: &&[u8]| {
        let mut common = Vec::with_capacity(event.len());
        for word in event.split_inclusive(|byte| is_between(*byte)) {
            let end = word.iter().position(|byte| is_between(*byte));
            let (text, between) = word.split_at(end.unwrap_or(word.len()));
            if !is_rare(text) {
                common.extend_from_slice(text);
            }
            common.extend_from_slice(between);
        }
        common
    };
    events.iter().map(shorten).collect()
}

/// Whether a byte is of no word and no number.
fn is_between(byte: u8) -> bool {
    byte.is_ascii() && !byte.is_ascii_alphanumeric()
}

/// Whole events, one after the other, that differ most: matches are long, so large events become
/// smaller than with the short pieces that zstd picks.
pub(super) fn whole(events: &[Vec<u8>], bytes_max: usize) -> Option<Vec<u8>> {
    let mut words = Vec::new();
    let mut packer = Packer::with(ZSTD_JSON, &words).ok()?;
    for share in NOVELTY_SHARES {
        for event in events {
            if words.len() + event.len() > bytes_max {
                continue;
            }
            if packer.pack(event).ok()?.len() * share > event.len() {
                // The first ones have most in common with others: nearest to the body.
                words.splice(..0, event.iter().copied());
                packer = Packer::with(ZSTD_JSON, &words).ok()?;
            }
        }
    }
    Some(words)
}
