//! Whether an event brings a resolved issue back, and what a resolution compares events with.
//! Pure; called with values only, inside the transaction that files the event.

use std::cmp::Ordering;

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

/// What "the next release" follows: the newest of `releases`. Those of the package of `last` are
/// preferred, the release in which the issue was seen last.
pub fn newest_release<'a>(
    releases: &'a [ReleaseFacts],
    order: ReleaseOrder,
    last: Option<&str>,
) -> Option<&'a ReleaseFacts> {
    let package = last.map(|last| Release::parse(last).package);
    let of_package = |facts: &&ReleaseFacts| {
        package.is_none_or(|package| Release::parse(&facts.version).package == package)
    };
    let trusted = |facts: &&ReleaseFacts| !facts.is_ignored && !is_rogue(releases, facts);
    let mut own: Vec<&ReleaseFacts> = releases.iter().filter(trusted).collect();
    if own.iter().any(of_package) {
        own.retain(|facts| of_package(facts));
    }
    let newer = |one: &&&ReleaseFacts, other: &&&ReleaseFacts| {
        let by_version = match order {
            ReleaseOrder::Version => compare(&one.version, &other.version),
            ReleaseOrder::Date => None,
        };
        by_version.unwrap_or_else(|| one.date.cmp(&other.date))
    };
    let has_version = |facts: &&&ReleaseFacts| Release::parse(&facts.version).order.is_some();
    // Versions and names without order do not mix: the former decide where there are any.
    if order == ReleaseOrder::Version && own.iter().any(|facts| has_version(&facts)) {
        return own.iter().filter(has_version).max_by(newer).copied();
    }
    own.iter().max_by(newer).copied()
}

/// Whether a release was hardly seen and is far ahead of all others of its package: one client
/// that reports `999.9.9`.
fn is_rogue(releases: &[ReleaseFacts], facts: &ReleaseFacts) -> bool {
    let package = Release::parse(&facts.version).package;
    let others = releases.iter().filter(|other| {
        other.version != facts.version
            && !other.is_ignored
            && Release::parse(&other.version).package == package
    });
    let highest = others.filter_map(|other| major(&other.version)).max();
    let ahead = major(&facts.version).zip(highest);
    let is_far = ahead.is_some_and(|(own, highest)| own > highest.saturating_add(1));
    is_far && facts.events < EVENT_COUNT_MIN
}

/// The first number of a version.
fn major(release: &str) -> Option<u64> {
    let release = Release::parse(release);
    release.order.as_ref()?;
    let digits = release.version.trim_start_matches(['v', 'V']);
    let end = digits.find(|letter: char| !letter.is_ascii_digit());
    digits.get(..end.unwrap_or(digits.len()))?.parse().ok()
}

#[cfg(test)]
mod tests;
