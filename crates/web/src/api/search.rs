//! What a client searches for: `query=`, `sort=`, environments and a time, with what tools mean
//! when they send neither.

use watchpost_model::{Project, Timestamp, UserId};
use watchpost_store::limits::QUERY_ENVIRONMENT_COUNT_MAX;
use watchpost_store::{Asker, IssueQuery, SearchError, SearchText, Sort};

use super::error::ApiError;
use super::params::Params;
use crate::period::TimeRange;

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
    /// Where; anywhere when there is none.
    environments: Vec<String>,
    /// When.
    period: TimeRange,
}

impl Search {
    /// Reads `query` and `sort`.
    pub(super) fn of(params: &Params) -> Result<Self, ApiError> {
        let sort = sort_named(params.first("sort"))?;
        let text = SearchText::parse(params.raw("query").unwrap_or(QUERY_DEFAULT));
        let unsorted = Self::unsorted(text);
        Ok(Self { sort, ..unsorted })
    }

    /// Only in the environments of `environment=`, and in the time of `statsPeriod=`, or of
    /// `start=` and `end=`.
    pub(super) fn within(self, params: &Params) -> Result<Self, ApiError> {
        let environments: Vec<String> = params.all("environment").map(str::to_owned).collect();
        if environments.len() > QUERY_ENVIRONMENT_COUNT_MAX {
            return Err(ApiError::Invalid(format!(
                "Name at most {QUERY_ENVIRONMENT_COUNT_MAX} environments."
            )));
        }
        let text = |key: &str| params.first(key);
        let period = TimeRange::read(text("statsPeriod"), text("start"), text("end"));
        Ok(Self {
            environments,
            period: period.map_err(ApiError::Invalid)?,
            ..self
        })
    }

    /// The question about some projects.
    pub(super) fn query(
        &self,
        projects: &[Project],
        now: Timestamp,
    ) -> Result<IssueQuery, SearchError> {
        let user = self.user;
        let query = self.text.query(projects, self.sort, Asker { now, user })?;
        Ok(IssueQuery {
            environments: self.environments.clone(),
            since: self.period.since(now),
            until: self.period.until(),
            ..query
        })
    }

    /// The same, asked by somebody.
    pub(super) fn by(self, user: UserId) -> Self {
        let user = Some(user);
        Self { user, ..self }
    }

    /// In the usual order.
    pub(super) fn unsorted(text: SearchText) -> Self {
        Self {
            text,
            sort: Sort::default(),
            user: None,
            environments: Vec::new(),
            period: TimeRange::default(),
        }
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
        assert!(Search::of(&Params::parse("sort=inbox")).is_err());
    }
}
