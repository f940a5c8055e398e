//! The search text of lists: `is:unresolved level:error (release:>=2.0 OR browser.name:Firefox)`.
//!
//! A text becomes a tree of values; what is wrong with it is said with its place. No part of the
//! text becomes part of another language. `docs/search.md` tells the grammar to people.

pub mod ast;
mod caret;
mod complete;
pub(crate) mod event;
mod field;
mod look;
mod named;
mod parser;
mod pattern;
mod plan;
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
pub use self::complete::{KeyHelp, about_value, recent_values, values_of_key};
pub use self::field::Field;
pub(crate) use self::field::Reach;
use self::field::TABLE;
pub use self::look::{Bounds, Cut, Looked, Rest, look};
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

    /// The states that a list shows as its tab: those that every issue has to be in.
    pub fn states(&self) -> Vec<State> {
        let states = self.parts().iter().filter_map(tab_state);
        states.collect()
    }

    /// The same for issues in other states, or in any.
    #[must_use]
    pub fn with_states(&self, states: &[State]) -> Self {
        let wanted = states
            .iter()
            .map(|state| Expr::Filter(Filter::new(Key::Field(Field::Is), Test::State(*state))));
        let parts = self.parts().iter();
        let kept = parts.filter(|part| tab_state(part).is_none()).cloned();
        let expr = Expr::all(wanted.chain(kept).collect());
        Self { expr }
    }

    /// What has to fit, each part.
    fn parts(&self) -> &[Expr] {
        match &self.expr {
            Expr::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// What asks for a value of a tag or field, as events are counted by it: `os:"Debian 12"`.
    pub fn term(key: &str, value: &str) -> String {
        print::term(key, value)
    }

    /// What this and the other ask for.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let expr = Expr::all(vec![self.expr.clone(), other.expr.clone()]);
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

    /// A part of a search that was understood.
    fn of(expr: Expr) -> Self {
        Self { expr }
    }

    /// Whether issues have to be looked for with [`look`], because only their events know a part
    /// of the answer.
    pub fn asks_events(&self) -> bool {
        plan::asks_events(&self.expr)
    }

    /// That all of it can be asked of issues, or of their events.
    ///
    /// # Errors
    ///
    /// [`SearchError`] at the first term of which neither know anything.
    pub fn check_issues(&self) -> Result<(), SearchError> {
        for filter in self.expr.filters() {
            let message = match &filter.test {
                Test::State(state) if !state.is_kept() => {
                    format!("is:{} is not searchable yet", state.name())
                }
                _ if reach(&filter.key) == Reach::Nobody => {
                    format!("`{}` is not searchable yet", filter.key)
                }
                _ => continue,
            };
            return Err(SearchError::at(filter.at.0, message));
        }
        Ok(())
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
        let mut filters = self.expr.filters().into_iter();
        let of_issues = |filter: &&Filter| reach(&filter.key) == Reach::Issues;
        if let Some(filter) = filters.find(of_issues) {
            let message = format!("`{}` is {elsewhere}", filter.key);
            return Err(SearchError::at(filter.at.0, message));
        }
        self.check_issues()
    }
}

/// The state that a part of a search asks for, if lists have tabs of it.
fn tab_state(part: &Expr) -> Option<State> {
    use State::{Archived, Escalating, ForReview, Regressed, Resolved, Unresolved};
    const TABS: [State; 6] = [
        Unresolved, Resolved, Archived, ForReview, Regressed, Escalating,
    ];
    let Expr::Filter(filter) = part else {
        return None;
    };
    match filter.test {
        Test::State(state) => Some(state).filter(|state| TABS.contains(state)),
        _ => None,
    }
}

/// Who knows the values of a key.
pub(crate) fn reach(key: &Key) -> Reach {
    match key {
        Key::Field(field) => field.row().map_or(Reach::Nobody, |row| row.reach),
        Key::Tag(_) => Reach::Both,
        Key::Flag(_) => Reach::Events,
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
