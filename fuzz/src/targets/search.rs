//! The search text of the issue list.

use watchpost_store::Search;

use super::{Target, at};

/// The targets of this file.
pub const TARGETS: &[Target] = &[at("search", search)];

/// What is understood prints as a text that means the same.
fn search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
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
