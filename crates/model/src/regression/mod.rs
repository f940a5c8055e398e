//! Whether an event brings a resolved issue back, and what a resolution compares events with.
//! Pure; called with values only, inside the transaction that files the event.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::version::{Release, compare};
use crate::{Fix, ReleaseOrder, Resolution, Timestamp};

/// Fewer events than this make a release doubtful.
const EVENT_COUNT_MIN: u64 = 3;
/// Of so many of the newest releases …
const MODE_RELEASE_COUNT: usize = 10;
/// … so many must have a version, for versions to decide.
const MODE_VERSION_COUNT: usize = 3;

/// What an event says that matters here.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// When it was accepted.
    pub received: Timestamp,
    /// When it happened, by the client's clock within bounds.
    pub happened: Timestamp,
    /// Its release.
    pub release: Option<&'a str>,
    /// When that release was released, or first seen.
    pub release_date: Option<Timestamp>,
}

/// The decision, with its reason for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The issue comes back.
    Regressed(String),
    /// It stays resolved.
    Stays(String),
}

/// Decides about an event of an issue that was resolved at `resolved`.
pub fn decide(resolved: Timestamp, resolution: &Resolution, seen: &Seen<'_>) -> Verdict {
    if seen.received <= resolved {
        return Verdict::Stays("the event was received before the issue was resolved".to_owned());
    }
    if seen.happened < resolved {
        return Verdict::Stays("the event happened before the issue was resolved".to_owned());
    }
    let Some(fixed) = resolution.fix.release() else {
        return Verdict::Regressed("seen after it was resolved".to_owned());
    };
    let Some(release) = seen.release else {
        return Verdict::Stays(format!(
            "the event names no release, and the issue is resolved in {}",
            words(&resolution.fix, fixed)
        ));
    };
    let (order, by) = order(resolution, seen, release, fixed);
    let is_in = matches!(resolution.fix, Fix::InRelease(_));
    let fixed = words(&resolution.fix, fixed);
    match order {
        Some(Ordering::Greater) => Verdict::Regressed(format!(
            "seen in {release}, which is newer by {by}; it was resolved in {fixed}"
        )),
        Some(Ordering::Equal) if is_in && by != DATE => {
            Verdict::Regressed(format!("seen in {release}, in which it was resolved"))
        }
        Some(_) => Verdict::Stays(format!(
            "{release} is not newer by {by}, and the issue is resolved in {fixed}"
        )),
        None => Verdict::Stays(format!(
            "nobody knows whether {release} is newer; the issue is resolved in {fixed}"
        )),
    }
}

const DATE: &str = "date";

/// How the event's release stands to the one of the resolution, and by what.
fn order(
    resolution: &Resolution,
    seen: &Seen<'_>,
    release: &str,
    fixed: &str,
) -> (Option<Ordering>, &'static str) {
    if release == fixed {
        return (Some(Ordering::Equal), "name");
    }
    let by_version = match resolution.order {
        ReleaseOrder::Version => compare(release, fixed),
        ReleaseOrder::Date => None,
    };
    if by_version.is_some() {
        return (by_version, "version");
    }
    let dates = seen.release_date.zip(resolution.release_date);
    (dates.map(|(event, fixed)| event.cmp(&fixed)), DATE)
}

fn words(fix: &Fix, release: &str) -> String {
    match fix {
        Fix::Now | Fix::InRelease(_) => release.to_owned(),
        Fix::AfterRelease(_) => format!("what comes after {release}"),
        Fix::InCommit { .. } => format!("a commit after {release}"),
    }
}

/// What is known of a release of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseFacts {
    /// Its name.
    pub version: String,
    /// When it was released, or first seen.
    pub date: Timestamp,
    /// How many events it has.
    pub events: u64,
    /// Whether somebody said that it says nothing about the order.
    pub is_ignored: bool,
}

/// By what the order of releases is judged, as long as nobody said otherwise: by versions when
/// enough of the newest ones have one. `releases` in any order.
pub fn release_order(releases: &[ReleaseFacts]) -> ReleaseOrder {
    let mut newest: Vec<&ReleaseFacts> = releases.iter().collect();
    newest.sort_by_key(|facts| std::cmp::Reverse(facts.date));
    newest.truncate(MODE_RELEASE_COUNT);
    let has_version = |facts: &&&ReleaseFacts| Release::parse(&facts.version).order.is_some();
    let versions = newest.iter().filter(has_version).count();
    if versions >= MODE_VERSION_COUNT.min(newest.len()) {
        ReleaseOrder::Version
    } else {
        ReleaseOrder::Date
    }
}

/// The releases of a project in an order: worked out once, asked for each issue.
#[derive(Clone, Debug)]
pub struct Releases {
    /// By name.
    facts: Vec<ReleaseFacts>,
    order: ReleaseOrder,
    /// The newest trusted one of each package, as a place in `facts`.
    newest: HashMap<String, usize>,
    newest_of_all: Option<usize>,
}

impl Releases {
    /// In the order that they have themselves, see [`release_order`].
    pub fn of(facts: Vec<ReleaseFacts>) -> Self {
        Self::ordered(release_order(&facts), facts)
    }

    /// In this order.
    pub fn ordered(order: ReleaseOrder, mut facts: Vec<ReleaseFacts>) -> Self {
        facts.sort_by(|one, other| one.version.cmp(&other.version));
        let (newest, newest_of_all) = newest(&facts, order);
        Self {
            facts,
            order,
            newest,
            newest_of_all,
        }
    }

    /// By what they are ordered.
    pub fn order(&self) -> ReleaseOrder {
        self.order
    }

    /// The release of that name.
    pub fn named(&self, version: &str) -> Option<&ReleaseFacts> {
        let found = self
            .facts
            .binary_search_by(|facts| facts.version.as_str().cmp(version));
        self.facts.get(found.ok()?)
    }

    /// What "the next release" follows: the newest. Those of the package of `last` are preferred,
    /// the release in which the issue was seen last.
    pub fn newest(&self, last: Option<&str>) -> Option<&ReleaseFacts> {
        let own = last.and_then(|last| self.newest.get(Release::parse(last).package));
        self.facts.get(*own.or(self.newest_of_all.as_ref())?)
    }

    /// The release before each of these: the newest older one of the same package that is not
    /// ignored.
    pub fn before_each(&self, versions: &[&str]) -> Vec<Option<&ReleaseFacts>> {
        let parsed: Vec<Candidate<'_>> = self.facts.iter().map(Candidate::of).collect();
        let before = |version: &&str| {
            let of = |one: &&Candidate<'_>| one.facts.version == *version;
            let own = parsed.iter().find(of)?;
            let older = parsed.iter().filter(|one| {
                let is_kin = one.release.package == own.release.package;
                is_kin && !one.facts.is_ignored && one.cmp(own, self.order) == Ordering::Less
            });
            let newest = older.max_by(|one, other| one.cmp(other, self.order));
            newest.map(|one| one.facts)
        };
        versions.iter().map(before).collect()
    }
}

/// The newest release of each package and of all, but those that are ignored and [rogue] ones.
///
/// [rogue]: Majors::is_rogue
fn newest(
    releases: &[ReleaseFacts],
    order: ReleaseOrder,
) -> (HashMap<String, usize>, Option<usize>) {
    let parsed: Vec<Candidate<'_>> = releases.iter().map(Candidate::of).collect();
    let mut majors: HashMap<&str, Majors> = HashMap::new();
    for one in parsed.iter().filter(|one| !one.facts.is_ignored) {
        if let Some(major) = one.major {
            majors.entry(one.release.package).or_default().see(major);
        }
    }
    let mut newest: HashMap<&str, usize> = HashMap::new();
    let is_newer = |place: usize, than: usize| {
        let both = parsed.get(place).zip(parsed.get(than));
        both.is_none_or(|(one, other)| one.cmp(other, order) != Ordering::Less)
    };
    for (place, one) in parsed.iter().enumerate() {
        let package = one.release.package;
        let majors = majors.get(package).copied().unwrap_or_default();
        if one.facts.is_ignored || majors.is_rogue(one) {
            continue;
        }
        let known = newest.entry(package).or_insert(place);
        if is_newer(place, *known) {
            *known = place;
        }
    }
    let mut places: Vec<usize> = newest.values().copied().collect();
    places.sort_unstable();
    let of_all = places
        .into_iter()
        .reduce(|best, place| if is_newer(place, best) { place } else { best });
    let newest = newest.into_iter();
    let newest = newest.map(|(package, place)| (package.to_owned(), place));
    (newest.collect(), of_all)
}

/// A release, taken apart once.
struct Candidate<'a> {
    facts: &'a ReleaseFacts,
    release: Release<'a>,
    major: Option<u64>,
}

impl<'a> Candidate<'a> {
    fn of(facts: &'a ReleaseFacts) -> Self {
        let release = Release::parse(&facts.version);
        Self {
            facts,
            major: major(&release),
            release,
        }
    }

    /// Which is newer. Versions and names without order do not mix: the former are newer. Versions
    /// of several packages have no common order, but dates.
    fn cmp(&self, other: &Self, order: ReleaseOrder) -> Ordering {
        let by_date = || self.facts.date.cmp(&other.facts.date);
        if order == ReleaseOrder::Date {
            return by_date();
        }
        match (&self.release.order, &other.release.order) {
            (Some(own), Some(others)) if self.release.package == other.release.package => {
                own.cmp(others)
            }
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            _ => by_date(),
        }
    }
}

/// The two highest first numbers of a package.
#[derive(Clone, Copy, Default)]
struct Majors([Option<u64>; 2]);

impl Majors {
    fn see(&mut self, major: u64) {
        let [highest, second] = self.0;
        if Some(major) > highest {
            self.0 = [Some(major), highest];
        } else {
            self.0 = [highest, second.max(Some(major))];
        }
    }

    /// Whether a release was hardly seen and is far ahead of all others of its package: one client
    /// that reports `999.9.9`.
    fn is_rogue(self, one: &Candidate<'_>) -> bool {
        let [highest, second] = self.0;
        let others = if one.major == highest {
            second
        } else {
            highest
        };
        let ahead = one.major.zip(others);
        let is_far = ahead.is_some_and(|(own, others)| own > others.saturating_add(1));
        is_far && one.facts.events < EVENT_COUNT_MIN
    }
}

/// The first number of a version.
fn major(release: &Release<'_>) -> Option<u64> {
    release.order.as_ref()?;
    let digits = release.version.trim_start_matches(['v', 'V']);
    let end = digits.find(|letter: char| !letter.is_ascii_digit());
    digits.get(..end.unwrap_or(digits.len()))?.parse().ok()
}

#[cfg(test)]
mod tests;
