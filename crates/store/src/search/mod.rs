//! The search text of issue lists: `is:unresolved level:error "out of memory" shop`.
//!
//! A text is cut into terms, each of which knows its place; a term `key:value` sets a filter,
//! anything else is a word to look for. What has a colon but cannot be a filter (`std::io`,
//! `http://…`, `KeyError: 'x'`) is a word as well. The result holds values only: no part of the
//! text becomes part of another language.

mod named;
mod term;

#[cfg(test)]
mod tests;

use watchpost_model::{Level, ProjectId, Status};

pub use self::named::{SearchText, find_issue};
use self::term::{Term, terms};
use crate::{IssueQuery, SearchError, Sort};

/// Longer texts are no question of a person.
const TEXT_CHARS_MAX: usize = 1000;
/// Each word is looked for in every issue that the filters leave.
const WORD_COUNT_MAX: usize = 20;

impl IssueQuery {
    /// Reads a search text. The order of its terms does not matter.
    ///
    /// # Errors
    ///
    /// What is not understood is an error with its place, never ignored: an ignored filter would
    /// show the wrong issues.
    pub fn parse(project: ProjectId, text: &str, sort: Sort) -> Result<Self, SearchError> {
        if text.chars().nth(TEXT_CHARS_MAX).is_some() {
            let message = format!("the text is longer than {TEXT_CHARS_MAX} characters");
            return Err(SearchError::at(TEXT_CHARS_MAX, message));
        }
        let mut query = Self {
            sort,
            ..Self::all(project)
        };
        for term in terms(text)? {
            query.add(term)?;
        }
        Ok(query)
    }

    /// The search text that [`IssueQuery::parse`] reads back as the same filters and words.
    pub fn to_text(&self) -> String {
        let status = self.status.map(|status| format!("is:{}", status.name()));
        let level = self.level.map(|level| format!("level:{level}"));
        let filter = |key: &str, value: &Option<String>| {
            let value = value.as_ref()?;
            Some(format!("{key}:{}", term::value_text(value)))
        };
        let filters = [
            status,
            level,
            filter("logger", &self.logger),
            filter("server", &self.server_name),
            filter("site", &self.site),
        ];
        let words = self.words.iter().map(|word| term::word_text(word));
        let terms: Vec<String> = filters.into_iter().flatten().chain(words).collect();
        terms.join(" ")
    }

    fn add(&mut self, term: Term) -> Result<(), SearchError> {
        let key = term.key.as_deref().map(str::to_lowercase);
        match key.as_deref() {
            Some("is" | "status") => {
                let status = status(&term)?;
                set(&mut self.status, status, &term)
            }
            Some("level") => {
                let level = level(&term)?;
                set(&mut self.level, level, &term)
            }
            Some("logger") => set(&mut self.logger, term.filter_value()?, &term),
            Some("server" | "server_name") => {
                set(&mut self.server_name, term.filter_value()?, &term)
            }
            Some("site") => set(&mut self.site, term.filter_value()?, &term),
            _ => self.add_word(term),
        }
    }

    fn add_word(&mut self, term: Term) -> Result<(), SearchError> {
        if let Some(message) = term.looks_like_filter() {
            return Err(SearchError::at(term.position, message));
        }
        if term.text.is_empty() || self.words.contains(&term.text) {
            return Ok(());
        }
        if self.words.len() == WORD_COUNT_MAX {
            let message = format!("more than {WORD_COUNT_MAX} words");
            return Err(SearchError::at(term.position, message));
        }
        self.words.push(term.text);
        Ok(())
    }
}

impl SearchError {
    fn at(position: usize, message: String) -> Self {
        Self { position, message }
    }
}

/// A filter may be said once; saying the same again is harmless.
fn set<T: PartialEq>(slot: &mut Option<T>, value: T, term: &Term) -> Result<(), SearchError> {
    if slot.as_ref().is_some_and(|known| *known != value) {
        let key = term.key.as_deref().unwrap_or_default();
        let message = format!("`{key}` is there twice with different values: leave one out");
        return Err(SearchError::at(term.position, message));
    }
    *slot = Some(value);
    Ok(())
}

fn status(term: &Term) -> Result<Status, SearchError> {
    let value = term.filter_value()?.to_lowercase();
    // A field that prepends `is:` to what people type makes `is:is:unresolved`.
    match value.strip_prefix("is:").unwrap_or(&value) {
        "unresolved" => Ok(Status::Unresolved),
        "resolved" => Ok(Status::Resolved),
        "archived" | "ignored" => Ok(Status::Archived),
        other => {
            let message =
                format!("`{other}` is no status: write unresolved or resolved or archived");
            Err(SearchError::at(term.value_position, message))
        }
    }
}

fn level(term: &Term) -> Result<Level, SearchError> {
    let value = term.filter_value()?;
    value.parse().map_err(|_| {
        let names = Level::ALL.map(Level::name).join(", ");
        let message = format!("`{value}` is no level: write one of {names}");
        SearchError::at(term.value_position, message)
    })
}
