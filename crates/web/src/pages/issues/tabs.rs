//! The tabs above the list of issues: each is a search for issues in some states. Pure.

use watchpost_store::search::ast::State;
use watchpost_store::{Counted, Search, TabCounts};

use super::view::Context;
use crate::pages::format::Count;

/// One tab, and how many issues are behind it.
pub(crate) struct Tab {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    /// Of a search that only events know the answer to, nobody counts them.
    pub(crate) count: Option<Count>,
    /// Whether there may be more.
    pub(crate) is_more: bool,
    pub(crate) is_current: bool,
}

/// What a tab is called, what it shows, and its count.
type Kind = (&'static str, &'static [State], fn(&TabCounts) -> Counted);

const KINDS: [Kind; 7] = [
    ("Unresolved", &[State::Unresolved], |counts| {
        counts.unresolved
    }),
    (
        "For review",
        &[State::Unresolved, State::ForReview],
        |counts| counts.for_review,
    ),
    ("Regressed", &[State::Regressed], |counts| counts.regressed),
    ("Escalating", &[State::Escalating], |counts| {
        counts.escalating
    }),
    ("Archived", &[State::Archived], |counts| counts.archived),
    ("Resolved", &[State::Resolved], |counts| counts.resolved),
    ("All", &[], TabCounts::all),
];

/// Whether a search is what a tab shows, and nothing else.
pub(crate) fn is_tab(search: &Search) -> bool {
    let mut kinds = KINDS.iter();
    kinds.any(|(_, states, _)| *search == Search::default().with_states(states))
}

impl Tab {
    /// All tabs of the list that `search` makes.
    pub(super) fn all(
        context: &Context<'_>,
        search: &Search,
        counts: Option<&TabCounts>,
    ) -> Vec<Self> {
        let states = search.states();
        let tab = |(label, of, count): &Kind| {
            let counted = counts.map(count);
            Self {
                label,
                href: context.href(&context.asked.with_text(&search.with_states(of).to_string())),
                count: counted.map(|counted| Count::new(counted.count)),
                is_more: counted.is_some_and(|counted| counted.is_more),
                is_current: states == *of,
            }
        };
        KINDS.iter().map(tab).collect()
    }
}
