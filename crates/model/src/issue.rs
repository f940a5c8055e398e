//! An issue: a set of events with the same cause, and what happens to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::life::{Assignee, Condition, Priority, Substatus};
use crate::{
    Event, EventId, Explanation, Found, IssueId, KeyId, Level, ProjectId, Timestamp, Trend,
};

/// Whether somebody still has to look at an issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// 0 in the first protocol.
    #[default]
    Unresolved,
    /// 1 in the first protocol. An event may make the issue unresolved again.
    Resolved,
    /// Put aside, for good or until something happens. `ignored` in the API.
    #[serde(rename = "ignored")]
    Archived,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unresolved, Self::Resolved, Self::Archived];

    /// The number in the first protocol and in the database.
    pub fn number(self) -> i64 {
        match self {
            Self::Unresolved => 0,
            Self::Resolved => 1,
            Self::Archived => 2,
        }
    }

    /// The status of that number; an unknown one is unresolved, so that nothing is hidden.
    pub fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Resolved,
            2 => Self::Archived,
            _ => Self::Unresolved,
        }
    }

    /// The name, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Resolved => "resolved",
            Self::Archived => "archived",
        }
    }
}

/// An issue as lists and pages show it. The first event sets title, culprit, level and logger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its id, unique in the installation.
    pub id: IssueId,
    /// Where it belongs.
    pub project: ProjectId,
    /// Its number within the project, from 1.
    pub number: u64,
    /// One line: `ZeroDivisionError: division by zero`, or the first line of a message.
    pub title: String,
    /// The exception's type alone, empty for a message.
    pub kind: String,
    /// The exception's value or the message alone, first line.
    pub value: String,
    /// The one-line place: the view of 2010, the transaction, or the innermost in-app function.
    pub culprit: String,
    /// How bad.
    pub level: Level,
    /// The logger that reported it, empty when none was named.
    pub logger: String,
    /// `python`, `javascript`, …
    pub platform: String,
    /// Whether somebody still has to look at it.
    pub status: Status,
    /// When its first event happened.
    pub first_seen: Timestamp,
    /// When its latest event happened.
    pub last_seen: Timestamp,
    /// How many events, exact.
    pub times_seen: u64,
    /// The original priority: see [`Issue::score_of`].
    pub score: i64,
    /// How much happens with it these days.
    pub trend: Trend,
    /// When it was resolved last; none once somebody opened it again by hand. An unresolved issue
    /// that has it came back by itself.
    pub resolved_at: Option<Timestamp>,
    /// How it came into its status; a resolved issue has none.
    pub substatus: Option<Substatus>,
    /// How it was resolved or archived; none of an unresolved issue.
    pub condition: Option<Condition>,
    /// Whether somebody said that they have looked at it.
    pub is_reviewed: bool,
    /// How urgent.
    pub priority: Priority,
    /// Who looks after it.
    pub assignee: Option<Assignee>,
    /// How many different users its events named. Exact up to 10,000, then estimated with a
    /// standard error of 1.6 %.
    pub user_count: u64,
    /// The release of its earliest event that names one.
    pub first_release: Option<String>,
    /// The release of its latest event that names one.
    pub last_release: Option<String>,
}

impl Issue {
    /// The priority formula of the first Sentry: frequent and recent issues come first.
    pub fn score_of(times_seen: u64, last_seen: Timestamp) -> i64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "the formula truncates; counts stay far below 2^52"
        )]
        let weight = ((times_seen.max(1) as f64).ln() * 600.0) as i64;
        weight.saturating_add(last_seen.as_secs())
    }

    /// The name for people, `WEB-1A`, in a project called `slug`.
    pub fn short_id(&self, slug: &str) -> ShortId {
        ShortId {
            slug: slug.to_owned(),
            number: self.number,
        }
    }
}

/// The name of an issue that people say to each other: the project's slug and a base-32 number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortId {
    /// The project's slug, lower case.
    pub slug: String,
    /// The issue's number within the project.
    pub number: u64,
}

/// Crockford's digits: no I, L, O, U, so that nobody misreads them.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl ShortId {
    /// Reads `web-1a`; `None` when it does not look like a short id.
    pub fn parse(text: &str) -> Option<Self> {
        let (slug, digits) = text.rsplit_once('-')?;
        if slug.is_empty() || digits.is_empty() || digits.len() > 12 {
            return None;
        }
        let mut number: u64 = 0;
        for byte in digits.to_ascii_uppercase().bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == byte)?;
            number = number.checked_mul(32)?.checked_add(digit as u64)?;
        }
        let slug = slug.to_ascii_lowercase();
        Some(Self { slug, number })
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = Vec::new();
        let mut rest = self.number;
        loop {
            let place = usize::try_from(rest % 32).unwrap_or(0);
            digits.push(char::from(DIGITS.get(place).copied().unwrap_or(b'0')));
            rest /= 32;
            if rest == 0 {
                break;
            }
        }
        let number: String = digits.iter().rev().collect();
        write!(f, "{}-{number}", self.slug.to_uppercase())
    }
}

/// One grouping key: a 128-bit digest and the version of the algorithm that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupingHash {
    /// Which algorithm. Hashes of different versions never match each other.
    pub version: u16,
    /// The digest.
    pub digest: [u8; 16],
}

impl GroupingHash {
    /// The digest as 32 hex digits.
    pub fn hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.digest))
    }
}

/// `2-0123…`: the version and the digest.
impl fmt::Display for GroupingHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.version, self.hex())
    }
}

/// What the issue of an event is called, beside its title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// See [`Issue::kind`].
    pub kind: String,
    /// See [`Issue::value`].
    pub value: String,
    /// See [`Issue::culprit`].
    pub culprit: String,
}

/// An event that is ready to be stored: the last stage of the digest's pure half.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    /// Where it belongs.
    pub project: ProjectId,
    /// The key that was used.
    pub key: KeyId,
    /// The event, whole and bounded.
    pub event: Event,
    /// Its keys, most specific first; never empty.
    pub hashes: Vec<GroupingHash>,
    /// The keys that versions before would have given it. When nobody owns one of `hashes`, the
    /// issue that owns one of these takes the event and its keys. Empty when the project has no
    /// issues of such a version.
    pub previous: Vec<GroupingHash>,
    /// Why these keys.
    pub explanation: Explanation,
    /// See [`Issue::title`].
    pub title: String,
    /// See [`Issue::kind`].
    pub kind: String,
    /// See [`Issue::value`].
    pub value: String,
    /// See [`Issue::culprit`].
    pub culprit: String,
}

impl Grouped {
    /// How it came to an issue that owned this key of it.
    pub fn found_by(&self, key: &GroupingHash) -> Found {
        let (version, hash) = (key.version, key.hex());
        if self.hashes.contains(key) {
            Found::Known { hash }
        } else {
            Found::Previous { version, hash }
        }
    }
}

/// What storing one event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The project.
    pub project: ProjectId,
    /// The event.
    pub event: EventId,
    /// The issue that shows it.
    pub issue: IssueId,
    /// The issue that owns its key, in which the archive keeps it: another than `issue` when that
    /// was merged into it.
    pub home: IssueId,
    /// What changed.
    pub change: Change,
    /// How it came to its issue; `None`: it was there already.
    pub found: Option<Found>,
    /// One more line for the event's explanation, when the ledger had a reason of its own.
    pub note: Option<String>,
}

/// How an event changed its issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is the first of its issue.
    New,
    /// One more of a known issue.
    Repeated,
    /// It brought a resolved or archived issue back.
    Reopened,
    /// It had been filed before: nothing was counted.
    Duplicate,
    /// Its issue was discarded: nobody wants it, and the archive is not to keep it.
    Discarded,
}

/// News for whoever watches the live feed. Sent after the change is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueChange {
    /// The project.
    pub project: ProjectId,
    /// The issue.
    pub issue: IssueId,
    /// The event that caused it; `None` when a person did.
    pub event: Option<EventId>,
    /// What changed; a status set by hand is `Repeated`.
    pub change: Change,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_read_back() {
        for number in [1, 31, 32, 42, 1_000_000, u64::from(u32::MAX)] {
            let id = ShortId {
                slug: "my-web".into(),
                number,
            };
            assert_eq!(ShortId::parse(&id.to_string()), Some(id));
        }
        for wrong in ["", "web", "web-", "-1", "web-il", "web-0000000000000"] {
            assert_eq!(ShortId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn score_is_the_formula_of_1_7_1() {
        let last_seen = Timestamp::from_secs(1_300_000_000);
        assert_eq!(Issue::score_of(1, last_seen), 1_300_000_000);
        assert_eq!(Issue::score_of(10, last_seen), 1_300_001_381);
    }
}
