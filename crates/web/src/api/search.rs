//! What a client searches for: `query=` and `sort=`, with what tools mean when they send neither.

use watchpost_model::{Timestamp, UserId};
use watchpost_store::{Asker, SearchText, Sort};

use super::error::ApiError;
use super::params::Params;

/// What tools mean when they send no query at all. An empty one means everything.
const QUERY_DEFAULT: &str = "is:unresolved";

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    /// What is looked for.
    pub(super) text: SearchText,
    /// The order.
    pub(super) sort: Sort,
    /// Whom `me` means.
    user: Option<UserId>,
}

impl Search {
    /// Reads `query` and `sort`.
    pub(super) fn of(params: &Params) -> Result<Self, ApiError> {
        let sort = sort_named(params.first("sort"))?;
        let text = SearchText::parse(params.raw("query").unwrap_or(QUERY_DEFAULT));
        let user = None;
        Ok(Self { text, sort, user })
    }

    /// The same, asked by somebody.
    pub(super) fn by(self, user: UserId) -> Self {
        let user = Some(user);
        Self { user, ..self }
    }

    /// Who asks, at that time.
    pub(super) fn asker(&self, now: Timestamp) -> Asker {
        let user = self.user;
        Asker { now, user }
    }

    /// In the usual order.
    pub(super) fn unsorted(text: SearchText) -> Self {
        let (sort, user) = (Sort::default(), None);
        Self { text, sort, user }
    }
}

/// The order by its name.
pub(super) fn sort_named(name: Option<&str>) -> Result<Sort, ApiError> {
    let Some(name) = name else {
        return Ok(Sort::default());
    };
    Sort::from_name(name).ok_or_else(|| {
        let known = Sort::ALL.map(Sort::name).join(", ");
        ApiError::Invalid(format!(
            "Issues cannot be sorted by `{name}`, only by: {known}."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_query_means_unresolved_and_an_empty_one_everything() {
        let text = |query: &str| Search::of(&Params::parse(query)).unwrap().text;
        assert_eq!(text(""), SearchText::parse("is:unresolved"));
        assert_eq!(text("query="), SearchText::parse(""));
        assert!(Search::of(&Params::parse("sort=user")).is_err());
    }
}
