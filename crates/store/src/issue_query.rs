//! The question about issues that everybody asks: pages, API, feeds, command line.
//!
//! ```text
//! issues(&*ledger, project).unresolved().newest_first().limit(10).rows()?
//! IssueQuery::parse(project, "is:unresolved level:error shop", Sort::LastSeen, asker)?
//! ```

use std::cmp::Reverse;

use watchpost_model::{Issue, IssueId, Level, ProjectId, Status, Timestamp};

use crate::{Asker, Cursor, IssueLedger, Page, Search, StoreError};

/// The order of a list of issues, of one project or of several. Ties are broken by id, newest
/// first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The original score, then last seen.
    Priority,
    /// The latest event first. `date` in the API.
    #[default]
    LastSeen,
    /// The newest issue first. `new` in the API.
    FirstSeen,
    /// The most events first. `freq` in the API.
    Frequency,
    /// The most users first. `user` in the API.
    Users,
    /// What happens most these days first: an event counts half as much for every twelve hours
    /// that have passed since. `trends` in the API.
    Trends,
}

impl Sort {
    /// Puts rows in the order that engines give: the larger first, then the newer.
    pub fn arrange(self, rows: &mut [Issue]) {
        rows.sort_by_key(|issue| Reverse(self.place(issue)));
    }

    /// Where an issue stands in the order: what is larger comes first.
    pub(crate) fn place(self, issue: &Issue) -> ((i64, i64), IssueId) {
        let last = issue.last_seen.as_micros();
        let first = match self {
            Self::Priority => (issue.score, last),
            Self::LastSeen => (last, 0),
            Self::FirstSeen => (issue.first_seen.as_micros(), 0),
            Self::Frequency => (i64::try_from(issue.times_seen).unwrap_or(i64::MAX), 0),
            Self::Users => (i64::try_from(issue.user_count).unwrap_or(i64::MAX), 0),
            Self::Trends => (issue.trend.0, 0),
        };
        (first, issue.id)
    }

    /// All orders.
    pub const ALL: [Self; 6] = [
        Self::Priority,
        Self::LastSeen,
        Self::FirstSeen,
        Self::Frequency,
        Self::Users,
        Self::Trends,
    ];

    /// The name in URLs, Sentry's: `date`, `new`, `freq`, `user`, `trends`; and `priority`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::LastSeen => "date",
            Self::FirstSeen => "new",
            Self::Frequency => "freq",
            Self::Users => "user",
            Self::Trends => "trends",
        }
    }

    /// The order of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }
}

/// Which issues of some projects, in which order, from where, how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueQuery {
    /// The scope: these projects as if they were one. At most
    /// [`crate::limits::QUERY_PROJECT_COUNT_MAX`].
    pub projects: Vec<ProjectId>,
    /// Only issues with an event since then.
    pub since: Option<Timestamp>,
    /// Only issues whose first event was until then.
    pub until: Option<Timestamp>,
    /// Only issues that were seen in one of these environments; without any, wherever.
    pub environments: Vec<String>,
    /// Only in this status.
    pub status: Option<Status>,
    /// Only of this level.
    pub level: Option<Level>,
    /// Only from this logger.
    pub logger: Option<String>,
    /// Only issues that were seen on this machine.
    pub server_name: Option<String>,
    /// Only issues that were seen on this site.
    pub site: Option<String>,
    /// Only what the search text asks for.
    pub search: Search,
    /// Who asks, and when.
    pub asker: Asker,
    /// The order.
    pub sort: Sort,
    /// Where to start.
    pub cursor: Option<Cursor>,
    /// How many at most; engines cap it at 100.
    pub limit: usize,
}

/// How many issues a list has under each of its tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TabCounts {
    /// Still open.
    pub unresolved: Counted,
    /// Of those, new or back, and nobody has looked at them since.
    pub for_review: Counted,
    /// Of those, back after they were resolved.
    pub regressed: Counted,
    /// Of those, with far more events than before.
    pub escalating: Counted,
    /// Done.
    pub resolved: Counted,
    /// Put aside.
    pub archived: Counted,
}

/// A count that was ended at a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many were met.
    pub count: u64,
    /// Whether there may be more.
    pub is_more: bool,
}

impl TabCounts {
    /// All of them.
    pub fn all(&self) -> Counted {
        let of_status = [self.unresolved, self.resolved, self.archived];
        Counted {
            count: of_status.iter().map(|one| one.count).sum(),
            is_more: of_status.iter().any(|one| one.is_more),
        }
    }
}

/// An issue that may be what is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The issue.
    pub issue: Issue,
    /// Where the list goes on behind it.
    pub after: Cursor,
    /// Which of the questions about it hold, in their order.
    pub held: Vec<bool>,
}

/// A search text that cannot be understood, with the place and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {})", position + 1)]
pub struct SearchError {
    /// Where, in characters from 0. People are told the next number: they count from 1.
    pub position: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A question in the making: [`crate::Issues::of`].
pub struct Issues<'a> {
    ledger: &'a dyn IssueLedger,
    query: IssueQuery,
}

impl<'a> Issues<'a> {
    /// Starts a question about the issues of `project`.
    pub fn of(ledger: &'a dyn IssueLedger, project: ProjectId) -> Self {
        let query = IssueQuery::all(project);
        Self { ledger, query }
    }

    /// Only those that somebody still has to look at.
    #[must_use]
    pub fn unresolved(mut self) -> Self {
        self.query.status = Some(Status::Unresolved);
        self
    }

    /// The latest event first.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.query.sort = Sort::LastSeen;
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.query.limit = limit;
        self
    }

    /// Asks.
    pub fn rows(self) -> Result<Vec<Issue>, StoreError> {
        Ok(self.page()?.rows)
    }

    /// Asks, and keeps the cursor.
    pub fn page(self) -> Result<Page<Issue>, StoreError> {
        self.ledger.find_issues(&self.query)
    }
}

impl IssueQuery {
    /// All issues of a project, the latest event first, the first 25.
    pub fn all(project: ProjectId) -> Self {
        Self::of(vec![project])
    }

    /// The same of several projects.
    pub fn of(projects: Vec<ProjectId>) -> Self {
        Self {
            projects,
            since: None,
            until: None,
            environments: Vec::new(),
            status: None,
            level: None,
            logger: None,
            server_name: None,
            site: None,
            search: Search::default(),
            asker: Asker::default(),
            sort: Sort::default(),
            cursor: None,
            limit: 25,
        }
    }
}
