//! What somebody asked of the issue list: read from the address, and written back into links.
//!
//! The search text is the truth; the select lists add to it. No `query` at all means
//! `is:unresolved`, an empty one means everything.

use watchpost_model::{ProjectId, Status};
use watchpost_store::{Asker, Cursor, IssueQuery, Search, SearchError, SearchText, Sort};

use crate::pages::form::Fields;

/// The address of a list, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The project, by id or slug; empty means the last one.
    pub(crate) project: String,
    pub(crate) query: String,
    pub(crate) sort: Sort,
    pub(crate) level: String,
    pub(crate) logger: String,
    pub(crate) server: String,
    pub(crate) site: String,
    pub(crate) cursor: String,
}

const DEFAULT_QUERY: &str = "is:unresolved";

/// The orders with their names for people.
pub(crate) const SORTS: [(Sort, &str); 4] = [
    (Sort::LastSeen, "Last seen"),
    (Sort::FirstSeen, "First seen"),
    (Sort::Frequency, "Events"),
    (Sort::Priority, "Priority"),
];

impl Asked {
    pub(crate) fn read(params: &Fields) -> Self {
        let query = if params.has("query") {
            params.get("query")
        } else {
            DEFAULT_QUERY
        };
        Self {
            project: params.get("project").to_owned(),
            query: query.to_owned(),
            sort: Sort::from_name(params.get("sort")).unwrap_or_default(),
            level: params.get("level").to_owned(),
            logger: params.get("logger").to_owned(),
            server: params.get("server").to_owned(),
            site: params.get("site").to_owned(),
            cursor: params.get("cursor").to_owned(),
        }
    }

    /// The question to the store.
    pub(crate) fn question(
        &self,
        project: ProjectId,
        asker: Asker,
    ) -> Result<IssueQuery, SearchError> {
        let mut query = SearchText::parse(&self.query).query(project, self.sort, asker)?;
        let chosen = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        query.level = self.level.parse().ok();
        query.logger = chosen(&self.logger);
        query.server_name = chosen(&self.server);
        query.site = chosen(&self.site);
        query.cursor = chosen(&self.cursor).map(Cursor);
        Ok(query)
    }

    /// Whether a select list narrows the search.
    pub(crate) fn is_narrowed(&self) -> bool {
        let chosen = [&self.level, &self.logger, &self.server, &self.site];
        chosen.into_iter().any(|text| !text.is_empty())
    }

    /// The same list from the start with another status in its search text.
    pub(crate) fn with_status(&self, status: Option<Status>) -> Self {
        // Of a text that is not understood, nothing can be kept.
        let search = Search::parse(&self.query).unwrap_or_default();
        Self {
            query: search.with_status(status).to_string(),
            cursor: String::new(),
            ..self.clone()
        }
    }

    /// The same list from the start in another order.
    pub(crate) fn with_sort(&self, sort: Sort) -> Self {
        Self {
            sort,
            cursor: String::new(),
            ..self.clone()
        }
    }

    /// Another search from the start.
    pub(crate) fn with_search(&self, query: &str, sort: Sort) -> Self {
        Self {
            query: query.to_owned(),
            sort,
            cursor: String::new(),
            ..self.clone()
        }
    }

    /// Whether the text is what the list begins with anyway.
    pub(crate) fn is_plain(&self) -> bool {
        let query = self.query.trim();
        query.is_empty() || query == DEFAULT_QUERY
    }

    /// The same list from there on.
    pub(crate) fn with_cursor(&self, cursor: &str) -> Self {
        Self {
            cursor: cursor.to_owned(),
            ..self.clone()
        }
    }

    /// The search text alone.
    pub(crate) fn widened(&self) -> Self {
        Self {
            level: String::new(),
            logger: String::new(),
            server: String::new(),
            site: String::new(),
            cursor: String::new(),
            ..self.clone()
        }
    }

    /// The query of the address of this list.
    pub(crate) fn to_query(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.append_pair("project", &self.project);
        text.append_pair("query", &self.query);
        text.append_pair("sort", self.sort.name());
        let optional = [
            ("level", &self.level),
            ("logger", &self.logger),
            ("server", &self.server),
            ("site", &self.site),
            ("cursor", &self.cursor),
        ];
        let given = optional.into_iter().filter(|(_, value)| !value.is_empty());
        for (name, value) in given {
            text.append_pair(name, value);
        }
        text.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Asked {
        Asked::read(&Fields::parse(query.as_bytes()))
    }

    #[test]
    fn an_address_survives_the_round_trip() {
        for query in [
            "project=1&query=is%3Aunresolved&sort=date",
            "project=1&query=&sort=freq&level=error&site=a+b",
            "project=web&query=%22two+words%22&sort=new&logger=x&server=y&cursor=z",
        ] {
            assert_eq!(read(query).to_query(), query);
        }
        let twice = read("project=1&project=2&sort=nonsense&level=%00");
        assert_eq!((twice.project.as_str(), twice.sort), ("1", Sort::LastSeen));
    }

    #[test]
    fn no_query_means_unresolved_and_an_empty_one_everything() {
        assert_eq!(read("").query, "is:unresolved");
        assert_eq!(read("query=").query, "");
    }

    #[test]
    fn tabs_replace_the_status_and_keep_the_words() {
        let check = |query: &str, status, expect: &str| {
            let asked = Asked {
                query: query.to_owned(),
                ..read("cursor=x")
            };
            let tab = asked.with_status(status);
            assert_eq!((tab.query.as_str(), tab.cursor.as_str()), (expect, ""));
        };
        check(
            "is:unresolved shop",
            Some(Status::Resolved),
            "is:resolved shop",
        );
        check("shop is:resolved", None, "shop");
        check("", Some(Status::Unresolved), "is:unresolved");
    }

    #[test]
    fn select_lists_narrow_what_the_text_says() {
        let asked = read("query=is:resolved&level=warning&logger=shop&cursor=c");
        let query = asked.question(ProjectId(1), Asker::default()).unwrap();
        assert_eq!(query.search.status(), Some(Status::Resolved));
        assert_eq!(query.level, Some(watchpost_model::Level::Warning));
        assert_eq!(query.logger.as_deref(), Some("shop"));
        assert_eq!(query.cursor, Some(Cursor("c".into())));
        assert!(asked.is_narrowed() && !asked.widened().is_narrowed());
    }
}
