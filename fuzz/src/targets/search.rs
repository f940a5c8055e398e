//! The search text of the issue list.

use watchpost_store::Search;
use watchpost_store::search::Spot;

use super::{Target, at};

/// The targets of this file.
pub const TARGETS: &[Target] = &[at("search", search)];

/// What is understood prints as a text that means the same. Whatever it is, a completion replaces
/// what is around the caret.
fn search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let length = text.chars().count();
    for caret in [0, length / 3, length / 2, length] {
        if let Some(spot) = Spot::at(&text, caret) {
            let is_around = spot.from <= caret && caret <= spot.until && spot.until <= length;
            assert!(is_around, "{text:?} at {caret}: {spot:?}");
        }
    }
    let Ok(search) = Search::parse(&text) else {
        return;
    };
    let printed = search.to_string();
    // Quotes, lists and days may make it longer than a text may be.
    if printed.len() > text.len() {
        return;
    }
    let again = Search::parse(&printed);
    let again = again.unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error:?}"));
    assert_eq!(again, search, "{text:?} prints as {printed:?}");
}
