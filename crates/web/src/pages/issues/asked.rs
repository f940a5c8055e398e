//! What somebody asked of the issue list: read from the address, and written back into links.
//!
//! The search text is the truth; the select lists add to it. No `query` at all means
//! `is:unresolved`, an empty one means everything.

use watchpost_model::Project;
use watchpost_store::{Asker, Cursor, IssueQuery, SearchError, SearchText, Sort};

use super::within::Within;
use crate::pages::chart::Period;
use crate::pages::form::Fields;
use crate::period::TimeRange;

/// The address of a list, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) within: Within,
    pub(crate) query: String,
    pub(crate) sort: Sort,
    pub(crate) level: String,
    pub(crate) logger: String,
    pub(crate) server: String,
    pub(crate) site: String,
    /// What the little charts show.
    pub(crate) chart: Period,
    pub(crate) cursor: String,
}

const DEFAULT_QUERY: &str = "is:unresolved";

/// The orders with their names for people.
pub(crate) const SORTS: [(Sort, &str); 6] = [
    (Sort::LastSeen, "Last seen"),
    (Sort::FirstSeen, "First seen"),
    (Sort::Trends, "Trends"),
    (Sort::Frequency, "Events"),
    (Sort::Users, "Users"),
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
            within: Within::read(params),
            query: query.to_owned(),
            sort: Sort::from_name(params.get("sort")).unwrap_or_default(),
            level: params.get("level").to_owned(),
            logger: params.get("logger").to_owned(),
            server: params.get("server").to_owned(),
            site: params.get("site").to_owned(),
            chart: Period::of_list(params.get("groupStatsPeriod")),
            cursor: params.get("cursor").to_owned(),
        }
    }

    /// The question to the store.
    pub(crate) fn question(
        &self,
        projects: &[Project],
        time: &TimeRange,
        asker: Asker,
    ) -> Result<IssueQuery, SearchError> {
        let mut query = SearchText::parse(&self.query).query(projects, self.sort, asker)?;
        query.environments.clone_from(&self.within.environments);
        query.since = time.since(asker.now);
        query.until = time.until();
        let chosen = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        query.level = self.level.parse().ok();
        query.logger = chosen(&self.logger);
        query.server_name = chosen(&self.server);
        query.site = chosen(&self.site);
        query.cursor = chosen(&self.cursor).map(Cursor);
        Ok(query)
    }

    /// Whether a select list, an environment or a time narrows the search.
    pub(crate) fn is_narrowed(&self) -> bool {
        *self != self.widened().with_cursor(&self.cursor)
    }

    /// Another search text from the start.
    pub(crate) fn with_text(&self, query: &str) -> Self {
        self.with_search(query, self.sort)
    }

    /// The same list from the start, of another time.
    pub(crate) fn with_period(&self, period: &str) -> Self {
        let (start, end) = (String::new(), String::new());
        Self {
            within: Within {
                period: period.to_owned(),
                start,
                end,
                ..self.within.clone()
            },
            ..self.with_cursor("")
        }
    }

    /// The same rows with other little charts.
    pub(crate) fn with_chart(&self, chart: Period) -> Self {
        Self {
            chart,
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

    /// The search text alone, of the same projects.
    pub(crate) fn widened(&self) -> Self {
        Self {
            within: Within {
                projects: self.within.projects.clone(),
                ..Within::default()
            },
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
        text.extend_pairs(self.within.pairs());
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
        if self.chart != Period::default() {
            text.append_pair("groupStatsPeriod", self.chart.name());
        }
        text.finish()
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::Status;

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
            "project=1&project=2&environment=a&environment=b&statsPeriod=7d&query=&sort=user",
            "project=-1&start=2026-05-01&end=2026-05-02&query=&sort=trends&groupStatsPeriod=14d",
        ] {
            assert_eq!(read(query).to_query(), query);
        }
        let strange = read("sort=nonsense&level=%00&groupStatsPeriod=1y");
        assert_eq!((strange.chart, strange.sort), (Period::Day, Sort::LastSeen));
    }

    #[test]
    fn no_query_means_unresolved_and_an_empty_one_everything() {
        assert_eq!(read("").query, "is:unresolved");
        assert_eq!(read("query=").query, "");
    }

    #[test]
    fn select_lists_narrow_what_the_text_says() {
        let asked = read("query=is:resolved&level=warning&logger=shop&environment=a&cursor=c");
        let time = TimeRange::default();
        let query = asked.question(&[], &time, Asker::default()).unwrap();
        assert_eq!(query.search.status(), Some(Status::Resolved));
        assert_eq!(query.level, Some(watchpost_model::Level::Warning));
        assert_eq!(query.logger.as_deref(), Some("shop"));
        assert_eq!(query.cursor, Some(Cursor("c".into())));
        assert_eq!(query.environments, ["a"]);
        assert!(asked.is_narrowed() && !asked.widened().is_narrowed());
        for address in [
            "environment=a",
            "statsPeriod=1d",
            "end=2026-05-01",
            "site=x",
        ] {
            assert!(read(address).is_narrowed(), "{address}");
        }
        for address in [
            "project=1&query=a&sort=user&cursor=7&groupStatsPeriod=14d",
            "",
        ] {
            assert!(!read(address).is_narrowed(), "{address}");
        }
    }
}
