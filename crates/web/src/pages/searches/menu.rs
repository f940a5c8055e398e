//! The searches that a person comes back to, as the list of issues offers them: pinned ones as
//! tabs, saved ones and the last ones in a menu. Pure.

use watchpost_store::{RecentSearch, SavedSearch, Sort};

use crate::pages::links::encode;

/// Saved searches of one kind that every list offers; the page of them has all.
const OFFERED_MAX: usize = 20;

/// See the file.
pub(crate) struct SearchMenu {
    pub(crate) pinned: Vec<Entry>,
    pub(crate) own: Vec<Entry>,
    pub(crate) shared: Vec<Entry>,
    pub(crate) recent: Vec<Entry>,
    /// Where what the list shows is saved.
    pub(crate) save: String,
}

/// One search.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

impl SearchMenu {
    /// `now` is what the list shows, of `project` when it is one, `page` has what is saved; `href`
    /// leads to the list of a text and an order.
    pub(crate) fn new(
        saved: &[SavedSearch],
        recent: Vec<RecentSearch>,
        now: (&str, Sort),
        (page, project): (&str, &str),
        href: &dyn Fn(&str, Sort) -> String,
    ) -> Self {
        let entry = |search: &SavedSearch| Entry {
            name: search.name.clone(),
            // A text has up to 4 KiB: the list does not carry them all.
            href: format!("{page}{}/?project={project}", search.id),
            is_current: (search.query.as_str(), search.sort) == now,
        };
        let those = |is_wanted: &dyn Fn(&SavedSearch) -> bool| {
            let wanted = saved.iter().filter(|search| is_wanted(search));
            wanted.take(OFFERED_MAX).map(entry).collect::<Vec<_>>()
        };
        let recent = recent.into_iter().map(|recent| Entry {
            href: href(&recent.query, now.1),
            is_current: false,
            name: recent.query,
        });
        Self {
            pinned: those(&|search| search.is_pinned),
            own: those(&|search| search.owner.is_some()),
            shared: those(&|search| search.owner.is_none()),
            recent: recent.collect(),
            save: format!("{page}?query={}&sort={}", encode(now.0), now.1.name()),
        }
    }
}
