//! The search text of lists: `is:unresolved level:error (release:>=2.0 OR browser.name:Firefox)`.
//!
//! A text becomes a tree of values; what is wrong with it is said with its place. No part of the
//! text becomes part of another language. `docs/search.md` tells the grammar to people.

pub mod ast;
mod caret;
mod complete;
pub(crate) mod event;
mod field;
mod named;
mod parser;
mod pattern;
mod print;
mod reader;
mod terms;
mod value;
pub(crate) mod version;

#[cfg(test)]
mod tests;

use std::fmt;

use watchpost_model::{Status, Timestamp, UserId};

use self::ast::{Expr, Filter, Key, State, Test};
pub use self::caret::{Next, Spot};
pub use self::complete::{KeyHelp, about_value, values_of_key};
pub use self::field::Field;
use self::field::{Reach, TABLE};
pub use self::named::{SearchText, find_issue};
pub use self::pattern::Pattern;
pub use self::value::nearest;
use crate::{IssueQuery, SearchError, Sort};

/// Who asks, and when: what `-24h` and `me` stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// The time of the question.
    pub now: Timestamp,
    /// The user, when it is one.
    pub user: Option<UserId>,
}

impl Asker {
    /// Nobody in particular, at that time.
    pub fn at(now: Timestamp) -> Self {
        Self { now, user: None }
    }
}

/// A search text that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    expr: Expr,
}

impl Default for Search {
    fn default() -> Self {
        let expr = Expr::All(Vec::new());
        Self { expr }
    }
}

impl Search {
    /// Reads a text. The order of its terms does not matter.
    ///
    /// # Errors
    ///
    /// What is not understood is an error with its place, never ignored: an ignored filter would
    /// show the wrong rows.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        let expr = parser::parse(text)?;
        Ok(Self { expr })
    }

    /// What it means.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Whether everything is asked for.
    pub fn is_everything(&self) -> bool {
        self.expr == Expr::All(Vec::new())
    }

    /// Whether issues in `status` may be among what is asked for.
    pub fn may_be(&self, status: Status) -> bool {
        let known = |filter: &Filter| match filter.test {
            Test::State(state) => match state {
                State::Unresolved => Some(status == Status::Unresolved),
                State::Resolved => Some(status == Status::Resolved),
                State::Archived => Some(status == Status::Archived),
                State::New
                | State::Ongoing
                | State::Escalating
                | State::Regressed
                | State::ForReview => (status != Status::Unresolved).then_some(false),
                State::Assigned | State::Unassigned | State::Linked | State::Unlinked => None,
            },
            _ => None,
        };
        self.expr.may(&known).unwrap_or(true)
    }

    /// The only status that is asked for, if it is one.
    pub fn status(&self) -> Option<Status> {
        let mut asked = Status::ALL
            .into_iter()
            .filter(|status| self.may_be(*status));
        asked.next().filter(|_| asked.next().is_none())
    }

    /// The same for issues in another status, or in any.
    #[must_use]
    pub fn with_status(&self, status: Option<Status>) -> Self {
        let parts = match &self.expr {
            Expr::All(parts) => parts.clone(),
            one => vec![one.clone()],
        };
        let is_status = |part: &Expr| {
            let states = [State::Unresolved, State::Resolved, State::Archived].map(Test::State);
            matches!(part, Expr::Filter(filter) if states.contains(&filter.test))
        };
        let wanted = status.map(|status| {
            let state = match status {
                Status::Unresolved => State::Unresolved,
                Status::Resolved => State::Resolved,
                Status::Archived => State::Archived,
            };
            Expr::Filter(Filter::new(Key::Field(Field::Is), Test::State(state)))
        });
        let kept = parts.into_iter().filter(|part| !is_status(part));
        let expr = Expr::all(wanted.into_iter().chain(kept).collect());
        Self { expr }
    }

    /// Names of tags that are asked for, each with its place.
    pub fn tags(&self) -> Vec<(&str, usize)> {
        let mut tags = Vec::new();
        for filter in self.expr.filters() {
            if let Key::Tag(name) = &filter.key {
                tags.push((name.as_str(), filter.at.0));
            }
        }
        tags
    }

    /// That nobody asks for what is not kept.
    fn check(&self, refused: Reach, elsewhere: &str) -> Result<(), SearchError> {
        for filter in self.expr.filters() {
            let key = &filter.key;
            let reach = match key {
                Key::Field(field) => field.row().map_or(Reach::Nobody, |row| row.reach),
                Key::Tag(_) => Reach::Both,
                Key::Flag(_) => Reach::Events,
            };
            let message = match &filter.test {
                Test::State(state) if !state.is_kept() => {
                    format!("is:{} is not searchable yet", state.name())
                }
                _ if reach == refused => format!("`{key}` is {elsewhere}"),
                _ if reach == Reach::Nobody => format!("`{key}` is not searchable yet"),
                _ => continue,
            };
            return Err(SearchError::at(filter.at.0, message));
        }
        Ok(())
    }

    /// That all of it can be asked of issues.
    ///
    /// # Errors
    ///
    /// [`SearchError`] at the first term of which issues know nothing.
    pub fn check_issues(&self) -> Result<(), SearchError> {
        let elsewhere = "known of events only: search for it in the list of events";
        self.check(Reach::Events, elsewhere)
    }

    /// That all of it can be asked of events.
    ///
    /// # Errors
    ///
    /// [`SearchError`] at the first term of which events know nothing.
    pub fn check_events(&self) -> Result<(), SearchError> {
        let elsewhere = "known of issues only: search for it in the list of issues";
        let mut filters = self.expr.filters().into_iter();
        if let Some(latest) = filters.find(|filter| filter.test == Test::Latest) {
            let message = format!("`latest` is {elsewhere}");
            return Err(SearchError::at(latest.value_at.0, message));
        }
        self.check(Reach::Issues, elsewhere)
    }
}

/// The text that [`Search::parse`] reads back as the same.
impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl IssueQuery {
    /// Reads a search text.
    ///
    /// # Errors
    ///
    /// [`SearchError`] as [`Search::parse`] and [`Search::check_issues`].
    pub fn parse(
        project: watchpost_model::ProjectId,
        text: &str,
        sort: Sort,
        asker: Asker,
    ) -> Result<Self, SearchError> {
        let search = Search::parse(text)?;
        search.check_issues()?;
        Ok(Self {
            search,
            asker,
            sort,
            ..Self::all(project)
        })
    }
}

impl SearchError {
    pub(crate) fn at(position: usize, message: String) -> Self {
        Self { position, message }
    }
}

/// The keys that mean something of their own.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.name)
}
