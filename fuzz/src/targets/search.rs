//! The search text of the issue list.

use watchpost_model::ProjectId;
use watchpost_store::{IssueQuery, Sort};

use super::{Target, at};

/// The targets of this file.
pub const TARGETS: &[Target] = &[at("search", search)];

/// What is understood prints as a text that means the same.
fn search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(query) = IssueQuery::parse(ProjectId(7), &text, Sort::LastSeen) else {
        return;
    };
    let printed = query.to_text();
    // Quoting may make it longer than a text may be.
    if printed.len() > text.len() {
        return;
    }
    let again = IssueQuery::parse(ProjectId(7), &printed, Sort::LastSeen);
    let again = again.unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error:?}"));
    assert_eq!(again, query, "{text:?} prints as {printed:?}");
}
