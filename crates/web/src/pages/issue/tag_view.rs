//! Tags as an issue's pages print them: values with their shares and the ways to narrow by them,
//! and names with dots as a tree. Pure.

use watchpost_model::Issue;
use watchpost_store::TagCount;

use super::narrow::Narrow;
use crate::pages::format::grouped;
use crate::pages::links::tag_below;

/// Where links of tags lead to.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) narrow: &'a Narrow,
    /// The page of the issue.
    pub(super) issue: &'a str,
}

/// One tag of an issue with its most frequent values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TagView {
    pub(crate) name: TagName,
    /// The page of all its values.
    pub(crate) all: String,
    pub(crate) values: Vec<TagValue>,
}

/// One value, and which share of the issue's events has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TagValue {
    pub(crate) value: String,
    pub(crate) percent: u64,
    pub(crate) exact: String,
    pub(crate) links: Option<ValueLinks>,
}

/// The issue narrowed to events with a value, and to those without it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ValueLinks {
    pub(crate) only: String,
    pub(crate) without: String,
}

/// A tag of one event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TagLine {
    pub(crate) name: TagName,
    pub(crate) value: String,
    pub(crate) all: String,
    pub(crate) links: Option<ValueLinks>,
}

/// The name of a tag as a place in a tree: `geo.city` beside `geo.region` is `city` below `geo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TagName {
    pub(crate) key: String,
    /// The branch that begins with this tag.
    pub(crate) branch: Option<String>,
    /// Whether it is in a branch.
    pub(crate) is_inner: bool,
    /// What is left to say of its name.
    pub(crate) label: String,
}

impl TagName {
    /// The names of tags that are shown one after the other.
    fn all(keys: &[&str]) -> Vec<Self> {
        let branch = |key: &&str| key.split_once('.').map(|(branch, _)| (*branch).to_owned());
        let mut names: Vec<Self> = Vec::new();
        let mut known: Option<String> = None;
        for (place, key) in keys.iter().enumerate() {
            let own = branch(key);
            let beside = [place.checked_sub(1), Some(place + 1)];
            let mut beside = beside.into_iter().flatten().filter_map(|at| keys.get(at));
            let is_inner = own.is_some() && beside.any(|other| branch(other) == own);
            let label = match &own {
                Some(branch) if is_inner => key.get(branch.len() + 1..).unwrap_or(key),
                _ => key,
            };
            let inner = own.filter(|_| is_inner);
            names.push(Self {
                key: (*key).to_owned(),
                branch: inner.clone().filter(|own| known.as_ref() != Some(own)),
                is_inner,
                label: label.to_owned(),
            });
            known = inner;
        }
        names
    }
}

impl Place<'_> {
    fn all(self, key: &str) -> String {
        self.narrow.on(&tag_below(self.issue, (key, "")))
    }

    /// None of what stands for several values.
    pub(super) fn links(self, key: &str, value: &str) -> Option<ValueLinks> {
        let narrowed = |is_without| {
            let narrow = self.narrow.with_value(key, value, is_without);
            narrow.on(self.issue)
        };
        (value != "(other)").then(|| ValueLinks {
            only: narrowed(false),
            without: narrowed(true),
        })
    }
}

/// The tags of an issue. The store's rows are in order: keys together, frequent values first.
pub(super) fn tags(counts: Vec<TagCount>, issue: &Issue, place: Place<'_>) -> Vec<TagView> {
    let mut tags: Vec<(String, Vec<TagValue>)> = Vec::new();
    let named = counts.into_iter().filter(|count| !count.value.is_empty());
    for count in named {
        let value = TagValue {
            percent: percent(count.times_seen, issue.times_seen),
            exact: grouped(count.times_seen),
            links: place.links(&count.key, &count.value),
            value: count.value,
        };
        match tags.last_mut().filter(|(key, _)| *key == count.key) {
            Some((_, values)) => values.push(value),
            None => tags.push((count.key, vec![value])),
        }
    }
    let keys: Vec<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
    let names = TagName::all(&keys).into_iter();
    let all: Vec<String> = keys.iter().map(|key| place.all(key)).collect();
    let tags = names.zip(all).zip(tags);
    tags.map(|((name, all), (_, values))| TagView { name, all, values })
        .collect()
}

/// The tags of one event, by name.
pub(super) fn lines(mut tags: Vec<(String, String)>, place: Place<'_>) -> Vec<TagLine> {
    tags.sort();
    let keys: Vec<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
    let names = TagName::all(&keys);
    let line = |(name, (key, value)): (TagName, (String, String))| TagLine {
        all: place.all(&key),
        links: place.links(&key, &value),
        name,
        value,
    };
    names.into_iter().zip(tags).map(line).collect()
}

/// At least 1 for anything that was seen at all, at most 100.
pub(super) fn percent(part: u64, whole: u64) -> u64 {
    if part == 0 {
        return 0;
    }
    let exact = u128::from(part) * 100 / u128::from(whole.max(1));
    u64::try_from(exact).unwrap_or(100).clamp(1, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_zero_nor_above_all() {
        let check = |part, whole, expect| assert_eq!(percent(part, whole), expect);
        check(0, 10, 0);
        check(1, 1_000_000, 1);
        check(5, 10, 50);
        check(20, 10, 100);
        check(u64::MAX, 0, 100);
    }

    #[test]
    fn names_with_dots_are_a_tree_where_they_share_a_branch() {
        let keys = [
            "browser",
            "browser.name",
            "geo.city",
            "geo.region",
            "os.name",
        ];
        let names = TagName::all(&keys);
        let names: Vec<_> = names
            .iter()
            .map(|name| (name.branch.as_deref(), name.is_inner, name.label.as_str()))
            .collect();
        let expect = [
            (None, false, "browser"),
            (None, false, "browser.name"),
            (Some("geo"), true, "city"),
            (None, true, "region"),
            (None, false, "os.name"),
        ];
        assert_eq!(names, expect);
    }

    #[test]
    fn values_lead_to_the_issue_with_and_without_them() {
        let narrow = Narrow::default().with_query("level:error");
        let place = Place {
            narrow: &narrow,
            issue: "/i/",
        };
        let tags = vec![("os".to_owned(), "Debian".to_owned())];
        let lines = lines(tags, place);
        let links = lines[0].links.as_ref().unwrap();
        assert_eq!(links.only, "/i/?query=level%3Aerror%20os%3ADebian");
        assert_eq!(links.without, "/i/?query=level%3Aerror%20%21os%3ADebian");
        assert_eq!(lines[0].all, "/i/tags/os/?query=level%3Aerror");
        assert_eq!(place.links("os", "(other)"), None);
    }
}
