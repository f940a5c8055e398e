//! The life of an issue beside its counts: why it is in its status, how urgent it is, whose it is.
//!
//! ```text
//! new ──7 days──▶ ongoing ──resolve──▶ resolved ──event──▶ regressed ──7 days quiet──▶ ongoing
//!                    └────archive────▶ archived ──too many events──▶ escalating ──┘
//! ```

use serde::{Deserialize, Serialize};

use crate::{Level, TeamId, Timestamp, UserId};

/// How an issue came into its status. A resolved issue has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Substatus {
    /// Unresolved, and nobody knew it a week ago.
    New,
    /// Unresolved, and known.
    Ongoing,
    /// Unresolved again, because it was archived until there were too many events.
    Escalating,
    /// Unresolved again, because it came back after it was resolved.
    Regressed,
    /// Archived until it has far more events than before.
    #[serde(rename = "archived_until_escalating")]
    UntilEscalating,
    /// Archived for a time, or until so many more events or users.
    #[serde(rename = "archived_until_condition_met")]
    UntilCondition,
    /// Archived for good.
    #[serde(rename = "archived_forever")]
    Forever,
}

impl Substatus {
    const ALL: [Self; 7] = [
        Self::New,
        Self::Ongoing,
        Self::Escalating,
        Self::Regressed,
        Self::UntilEscalating,
        Self::UntilCondition,
        Self::Forever,
    ];

    /// The number in the database, from 1; 0 is none.
    pub fn number(self) -> i64 {
        match self {
            Self::New => 1,
            Self::Ongoing => 2,
            Self::Escalating => 3,
            Self::Regressed => 4,
            Self::UntilEscalating => 5,
            Self::UntilCondition => 6,
            Self::Forever => 7,
        }
    }

    /// The substatus of that number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.number() == number)
    }

    /// The name in searches and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ongoing => "ongoing",
            Self::Escalating => "escalating",
            Self::Regressed => "regressed",
            Self::UntilEscalating => "archived_until_escalating",
            Self::UntilCondition => "archived_until_condition_met",
            Self::Forever => "archived_forever",
        }
    }
}

/// How urgent an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Of debug and info.
    Low,
    /// Of warnings.
    Medium,
    /// Of errors and worse.
    High,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// What the level of an issue says.
    pub fn of(level: Level) -> Self {
        match level {
            Level::Debug | Level::Info => Self::Low,
            Level::Warning => Self::Medium,
            Level::Error | Level::Fatal => Self::High,
        }
    }

    /// One step more urgent: that of an issue that escalates.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }

    /// The number in the database.
    pub fn number(self) -> i64 {
        match self {
            Self::Low => 25,
            Self::Medium => 50,
            Self::High => 75,
        }
    }

    /// The priority of that number, or the next lower one.
    pub fn from_number(number: i64) -> Self {
        match number {
            ..50 => Self::Low,
            50..75 => Self::Medium,
            75.. => Self::High,
        }
    }

    /// The name in searches and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The priority of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Who shall look after an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assignee {
    /// A person.
    User(UserId),
    /// Several people.
    Team(TeamId),
}

impl Assignee {
    /// `user:7` or `team:3`: the form in the database, in searches and in the API.
    pub fn text(self) -> String {
        match self {
            Self::User(user) => format!("user:{user}"),
            Self::Team(team) => format!("team:{team}"),
        }
    }

    /// The reverse of [`Assignee::text`].
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("user", id) => id.parse().ok().map(Self::User),
            ("team", id) => id.parse().ok().map(Self::Team),
            _ => None,
        }
    }
}

/// By what the order of releases is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[serde(rename_all = "lowercase")]
pub enum ReleaseOrder {
    /// By their version numbers, and by their dates where these say nothing.
    #[default]
    Version,
    /// By their dates alone.
    Date,
}

/// In what an issue is fixed. Releases are named by their text: whether a release of that name is
/// (still) known does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// In whatever runs from now on.
    Now,
    /// In this release and those after it.
    InRelease(String),
    /// In whatever comes after this release, the newest when somebody decided it; `None`: no
    /// release was known.
    AfterRelease(Option<String>),
    /// In a commit: in whatever comes after the newest release of that time.
    InCommit {
        /// Which.
        commit: String,
        /// Of which repository, when somebody said so.
        repository: Option<String>,
        /// As of [`Fix::AfterRelease`].
        after: Option<String>,
    },
}

impl Fix {
    /// The release that events are compared with.
    pub fn release(&self) -> Option<&str> {
        match self {
            Self::Now => None,
            Self::InRelease(release) => Some(release),
            Self::AfterRelease(after) | Self::InCommit { after, .. } => after.as_deref(),
        }
    }
}

/// How an issue was resolved. When, says the issue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resolution {
    /// In what it is fixed.
    pub fix: Fix,
    /// What decided the order of releases at that time.
    pub order: ReleaseOrder,
    /// The date of the release that events are compared with, as known at that time.
    pub release_date: Option<Timestamp>,
    /// Who resolved it.
    pub by: Option<UserId>,
}

/// So many, within a time or in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bound {
    /// How many more.
    pub count: u64,
    /// Within so many minutes; `None`: in all.
    pub window_mins: Option<u32>,
}

impl Bound {
    /// The largest window: a year.
    pub const WINDOW_MINS_MAX: u32 = 366 * 24 * 60;
}

/// Until when an issue stays archived.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Until somebody opens it.
    Forever,
    /// Until it has far more events than before.
    Escalating,
    /// Until the first of these.
    Met {
        /// A moment.
        time: Option<Timestamp>,
        /// More events.
        events: Option<Bound>,
        /// More users.
        users: Option<Bound>,
    },
}

impl Until {
    /// What the issue's substatus says.
    pub fn substatus(&self) -> Substatus {
        match self {
            Self::Forever => Substatus::Forever,
            Self::Escalating => Substatus::UntilEscalating,
            Self::Met { .. } => Substatus::UntilCondition,
        }
    }
}

/// How an issue was archived.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Archiving {
    /// Until when.
    pub until: Until,
    /// Since when.
    pub since: Timestamp,
    /// How many events it had.
    pub times_seen: u64,
    /// How many users it had hit.
    pub user_count: u64,
    /// More events than this within one hour are an escalation; `None`: the first is.
    pub hour_max: Option<u64>,
    /// When `hour_max` was worked out.
    pub judged: Timestamp,
    /// Who archived it.
    pub by: Option<UserId>,
}

/// Why an issue that is not unresolved is where it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// How it was resolved.
    Resolved(Resolution),
    /// How it was archived.
    Archived(Archiving),
}

impl Condition {
    /// How the issue was resolved, if it was.
    pub fn resolution(&self) -> Option<&Resolution> {
        match self {
            Self::Resolved(resolution) => Some(resolution),
            Self::Archived(_) => None,
        }
    }

    /// How the issue was archived, if it was.
    pub fn archiving(&self) -> Option<&Archiving> {
        match self {
            Self::Resolved(_) => None,
            Self::Archived(archiving) => Some(archiving),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back() {
        for substatus in Substatus::ALL {
            assert_eq!(Substatus::from_number(substatus.number()), Some(substatus));
            let json = serde_json::to_value(substatus).unwrap();
            assert_eq!(json, substatus.name());
        }
        assert_eq!(Substatus::from_number(0), None);
        for priority in Priority::ALL {
            assert_eq!(Priority::from_number(priority.number()), priority);
            assert_eq!(Priority::from_name(priority.name()), Some(priority));
        }
        let ada = Assignee::User(UserId(7));
        assert_eq!(Assignee::parse(&ada.text()), Some(ada));
        let core = Assignee::Team(TeamId(7));
        assert_eq!(Assignee::parse(&core.text()), Some(core));
        for wrong in ["team:", "team:x", "group:7", "7"] {
            assert_eq!(Assignee::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_condition_reads_back() {
        let met = Until::Met {
            time: Some(Timestamp::from_secs(5)),
            events: Some(Bound {
                count: 3,
                window_mins: Some(60),
            }),
            users: None,
        };
        let archived = Condition::Archived(Archiving {
            until: met,
            since: Timestamp::from_secs(1),
            times_seen: 9,
            user_count: 2,
            hour_max: None,
            judged: Timestamp::from_secs(1),
            by: Some(UserId(7)),
        });
        let text = serde_json::to_string(&archived).unwrap();
        let back: Condition = serde_json::from_str(&text).unwrap();
        assert_eq!(back, archived, "{text}");
    }
}
