//! What a client searches for: the parts of `query=` that only the API knows, cut out of the
//! text before the store reads the rest.
//!
//! Cut parts become blanks, so that the position in a [`SearchError`] stays true.
//!
//! [`SearchError`]: watchpost_store::SearchError

use watchpost_model::{EventId, ProjectId};
use watchpost_store::{IssueQuery, Sort};

use super::error::ApiError;
use super::params::Params;

/// What tools mean when they send no query at all. An empty one means everything.
const QUERY_DEFAULT: &str = "is:unresolved";

/// A search, as far as the API reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    /// What is left for the store to read. Bounded there.
    text: String,
    /// The order.
    sort: Sort,
    /// `issue:WEB-1`, `issue.id:[7,8]`: only these issues.
    pub(super) issues: Option<Vec<String>>,
    /// `project:web`: only of these projects.
    pub(super) projects: Vec<String>,
    /// An event's id and nothing else: the issue that it belongs to.
    pub(super) event: Option<EventId>,
}

impl Search {
    /// Reads `query` and `sort`.
    pub(super) fn of(params: &Params) -> Result<Self, ApiError> {
        let sort = sort(params.first("sort"))?;
        let query = params.raw("query").unwrap_or(QUERY_DEFAULT);
        Ok(Self::parse(query, sort))
    }

    /// These issues and no others.
    pub(super) fn for_issues(names: Vec<String>) -> Self {
        let all = Self::parse("", Sort::default());
        Self {
            issues: Some(names),
            ..all
        }
    }

    /// Reads a text as typed.
    pub(super) fn parse(query: &str, sort: Sort) -> Self {
        let mut search = Self {
            text: String::with_capacity(query.len()),
            sort,
            issues: None,
            projects: Vec::new(),
            event: query.trim().parse().ok(),
        };
        if search.event.is_none() {
            pieces(query).for_each(|piece| search.take(piece));
        }
        search
    }

    fn take(&mut self, piece: &str) {
        let (key, value) = piece.split_once(':').unwrap_or(("", piece));
        match key {
            "issue" | "issue.id" => {
                let values = value.trim_matches(['[', ']']).split(',');
                let values = values.map(|value| value.trim().to_owned());
                self.issues.get_or_insert_default().extend(values);
            }
            "project" | "project.id" | "project.name" => self.projects.push(value.to_owned()),
            _ => {
                self.text.push_str(piece);
                return;
            }
        }
        self.text.extend(piece.chars().map(|_| ' '));
    }

    /// The store's question about one project.
    pub(super) fn query(&self, project: ProjectId) -> Result<IssueQuery, ApiError> {
        Ok(IssueQuery::parse(project, &self.text, self.sort)?)
    }

    /// The order.
    pub(super) fn sort(&self) -> Sort {
        self.sort
    }
}

/// The order by its name.
fn sort(name: Option<&str>) -> Result<Sort, ApiError> {
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

/// Words and the blanks between them, in turn; what is quoted or in brackets is one word.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let blank = rest.chars().next()?.is_whitespace();
        let (mut quoted, mut listed, mut escaped) = (false, false, false);
        let ends = |(_, letter): &(usize, char)| {
            if std::mem::take(&mut escaped) {
                return false;
            }
            match letter {
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '[' if !quoted => listed = true,
                ']' if !quoted => listed = false,
                _ => {}
            }
            letter.is_whitespace() != blank && (blank || !(quoted || listed))
        };
        let end = rest
            .char_indices()
            .find(ends)
            .map_or(rest.len(), |(at, _)| at);
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, text: &str, issues: Option<&[&str]>, projects: &[&str]) {
        let search = Search::parse(query, Sort::LastSeen);
        assert_eq!(search.text, text, "{query}");
        let issues = issues.map(|issues| issues.iter().map(|&id| id.to_owned()).collect());
        assert_eq!(search.issues, issues, "{query}");
        assert_eq!(search.projects, projects, "{query}");
    }

    #[test]
    fn what_only_the_api_knows_is_cut_out() {
        check("is:unresolved shop", "is:unresolved shop", None, &[]);
        check("a project:web b", "a             b", None, &["web"]);
        check(
            "issue.id:[7, 8] x",
            "                x",
            Some(&["7", "8"]),
            &[],
        );
        check("issue:WEB-1", "           ", Some(&["WEB-1"]), &[]);
        check("\"project:web x\"", "\"project:web x\"", None, &[]);
        check("logger:\"a b\"  c", "logger:\"a b\"  c", None, &[]);
        check(
            "\"a \\\" project:web\" project:x",
            "\"a \\\" project:web\"          ",
            None,
            &["x"],
        );
        check("é \"open", "é \"open", None, &[]);
        check("", "", None, &[]);
    }

    #[test]
    fn an_event_id_alone_means_its_issue() {
        let search = |text| Search::parse(text, Sort::LastSeen);
        let id = "fc6d8c0c43fc4630ad850ee518f1b9d0";
        assert_eq!(search(id).event, id.parse().ok());
        assert_eq!(search("fc6d8c0c shop").event, None);
    }

    #[test]
    fn a_missing_query_means_unresolved_and_an_empty_one_everything() {
        let text = |query: &str| Search::of(&Params::parse(query)).unwrap().text;
        assert_eq!(text(""), "is:unresolved");
        assert_eq!(text("query="), "");
        assert!(Search::of(&Params::parse("sort=user")).is_err());
    }
}
