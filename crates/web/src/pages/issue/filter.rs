//! What stands above the graph: words, environment, time. Pure.

use watchpost_store::SearchError;

use super::Found;
use super::narrow::{Narrow, searched};
use crate::pages::Links;
use crate::pages::chart::Period;
use crate::pages::searches::{Chip, SearchBar, Wrong};

/// See the file; `parts/issue_filter.html` draws it.
pub(crate) struct FilterBar {
    pub(crate) bar: SearchBar,
    pub(crate) environments: Vec<Choice>,
    /// The time, when somebody chose one.
    pub(crate) period: &'static str,
    pub(crate) periods: Vec<PeriodLink>,
    /// The page of everything, when it is narrowed.
    pub(crate) clear: Option<String>,
}

/// An environment.
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) is_chosen: bool,
}

/// The page over another time.
pub(crate) struct PeriodLink {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

impl FilterBar {
    pub(super) fn new(found: &Found, at: &Links, org: &str, here: &str) -> Self {
        let narrow = &found.narrow;
        let wrong = found.wrong.clone();
        let completions = at.completions(org, found.issue.project);
        Self {
            bar: bar(narrow, wrong, &completions, here),
            environments: environments(found.environments.clone(), narrow),
            period: narrow.period.map_or("", Period::name),
            periods: Period::ISSUE
                .into_iter()
                .map(|period| PeriodLink {
                    name: period.name(),
                    words: period.words(),
                    href: narrow.with_period(Some(period)).on(here),
                    is_current: period == found.period,
                })
                .collect(),
            clear: (!narrow.is_everything()).then(|| here.to_owned()),
        }
    }
}

/// The environments to choose from, with the one that is chosen.
pub(super) fn environments(mut known: Vec<String>, narrow: &Narrow) -> Vec<Choice> {
    let chosen = &narrow.environment;
    if !chosen.is_empty() && !known.contains(chosen) {
        known.push(chosen.clone());
    }
    let choice = |name: String| Choice {
        is_chosen: name == *chosen,
        name,
    };
    known.into_iter().map(choice).collect()
}

/// The search box of the events of an issue.
pub(super) fn bar(
    narrow: &Narrow,
    wrong: Option<SearchError>,
    completions: &str,
    here: &str,
) -> SearchBar {
    let query = narrow.query.clone();
    let href = |query: &str| narrow.with_query(query).on(here);
    SearchBar {
        label: "Search events",
        example: "browser.name:Firefox release:>=2.0 words",
        completions: format!("{completions}&dataset=events"),
        chips: match searched(&query) {
            Ok(search) => Chip::all(&search, &href),
            Err(_) => Vec::new(),
        },
        wrong: wrong.map(|wrong| Wrong::new(wrong, &query, &|text| searched(text).is_ok(), &href)),
        query,
    }
}
