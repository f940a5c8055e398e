//! What somebody asked of events: read from the address, and written back into links. A saved
//! query and a tile of a dashboard keep the same text.

use watchpost_model::{IssueId, Project, ProjectId, Timestamp, UserId};
use watchpost_store::limits::GROUP_FIELD_COUNT_MAX;
use watchpost_store::{
    Asker, Buckets, EventFilter, GroupField, GroupOrder, GroupQuery, Search, SearchError,
};

use crate::pages::form::Fields;

/// Rows of groups on a page.
pub(crate) const GROUP_ROW_COUNT: usize = 40;
/// Environments that one question may name.
const ENVIRONMENT_COUNT_MAX: usize = 20;

/// A time until now, in equal steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    step_secs: i64,
    step_count: usize,
}

const fn span(name: &'static str, words: &'static str, step_secs: i64, step_count: usize) -> Span {
    Span {
        name,
        words,
        step_secs,
        step_count,
    }
}

impl Span {
    const HOUR_SECS: i64 = 3600;

    pub(crate) const ALL: [Self; 6] = [
        span("1h", "1 hour", 60, 60),
        span("24h", "24 hours", Self::HOUR_SECS / 2, 48),
        span("7d", "7 days", 3 * Self::HOUR_SECS, 56),
        span("14d", "14 days", 6 * Self::HOUR_SECS, 56),
        span("30d", "30 days", 24 * Self::HOUR_SECS, 30),
        span("90d", "90 days", 48 * Self::HOUR_SECS, 45),
    ];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.name == name)
    }

    pub(crate) fn buckets(self, now: Timestamp) -> Buckets {
        Buckets::until(now, self.step_secs, self.step_count)
    }
}

impl Default for Span {
    fn default() -> Self {
        let [_, _, _, fortnight, _, _] = Self::ALL;
        fortnight
    }
}

/// The columns that groups have beside their values, with their names in addresses.
pub(crate) const COLUMNS: [(GroupOrder, &str, &str); 4] = [
    (GroupOrder::Events, "count", "Events"),
    (GroupOrder::Users, "users", "Users"),
    (GroupOrder::First, "first", "First"),
    (GroupOrder::Last, "last", "Last"),
];

/// See the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// None means all.
    pub(crate) projects: Vec<ProjectId>,
    /// None means all.
    pub(crate) environments: Vec<String>,
    pub(crate) issue: Option<IssueId>,
    pub(crate) query: String,
    pub(crate) span: Span,
    /// What events are grouped by, as it was typed.
    pub(crate) fields: Vec<String>,
    pub(crate) order: GroupOrder,
    pub(crate) is_ascending: bool,
    pub(crate) cursor: String,
}

/// A question that was understood.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) projects: Vec<ProjectId>,
    pub(crate) filter: EventFilter,
    pub(crate) buckets: Buckets,
    pub(crate) groups: GroupQuery,
}

/// Why a question was not understood.
#[derive(Debug)]
pub(crate) enum Misread {
    Search(SearchError),
    Field(String),
}

impl Asked {
    pub(crate) fn read(params: &Fields) -> Self {
        let sort = params.get("sort");
        let (name, is_ascending) = match sort.strip_prefix('-') {
            Some(name) => (name, false),
            None => (sort, !sort.is_empty()),
        };
        let mut columns = COLUMNS.into_iter();
        let order = columns.find(|(_, known, _)| *known == name);
        let order = match (order, name) {
            (Some((order, ..)), _) => order,
            (None, "values") => GroupOrder::Values,
            (None, _) => GroupOrder::default(),
        };
        let texts = |name: &str| -> Vec<String> {
            let all = params.all(name).map(str::trim);
            let mut texts: Vec<String> = Vec::new();
            for text in all.filter(|text| !text.is_empty()) {
                if !texts.iter().any(|known| known == text) {
                    texts.push(text.to_owned());
                }
            }
            texts
        };
        // As Sentry's links say: `count()` is no field to group by, and `-1` is every project.
        let mut fields = texts("field");
        fields.retain(|field| !field.ends_with(')'));
        let mut environments = texts("environment");
        environments.truncate(ENVIRONMENT_COUNT_MAX);
        Self {
            projects: texts("project")
                .iter()
                .filter_map(|id| id.parse().ok())
                .collect(),
            environments,
            issue: params.get("issue").parse().ok(),
            query: params.get("query").to_owned(),
            span: Span::from_name(params.get("statsPeriod")).unwrap_or_default(),
            fields,
            order,
            is_ascending,
            cursor: params.get("cursor").to_owned(),
        }
    }

    /// Reads what [`Self::to_query`] wrote.
    pub(crate) fn parse(text: &str) -> Self {
        Self::read(&Fields::parse(text.as_bytes()))
    }

    /// The question to the stores, about those of the known projects that are meant.
    pub(crate) fn question(
        &self,
        known: &[Project],
        now: Timestamp,
        user: Option<UserId>,
    ) -> Result<Question, Misread> {
        let search = searched(&self.query).map_err(Misread::Search)?;
        if self.fields.len() > GROUP_FIELD_COUNT_MAX {
            let wrong = format!("Events are grouped by {GROUP_FIELD_COUNT_MAX} keys at most.");
            return Err(Misread::Field(wrong));
        }
        let field = |name: &String| {
            let wrong = |error: SearchError| {
                Misread::Field(format!(
                    "Events cannot be grouped by `{name}`: {}.",
                    error.message
                ))
            };
            GroupField::parse(name).map_err(wrong)
        };
        let fields = self
            .fields
            .iter()
            .map(field)
            .collect::<Result<Vec<_>, _>>()?;
        let ids = known.iter().map(|project| project.id);
        let projects = ids.filter(|id| self.projects.is_empty() || self.projects.contains(id));
        let buckets = self.span.buckets(now);
        let filter = EventFilter {
            environments: self.environments.clone(),
            since: Some(buckets.since),
            until: None,
            search,
            asker: Asker { now, user },
            ..EventFilter::default()
        };
        Ok(Question {
            projects: projects.collect(),
            filter,
            buckets,
            groups: GroupQuery {
                order: self.order,
                is_ascending: self.is_ascending,
                limit: GROUP_ROW_COUNT,
                buckets: Some(buckets),
                ..GroupQuery::by(fields)
            },
        })
    }

    /// The query of the address of this question.
    pub(crate) fn to_query(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for project in &self.projects {
            text.append_pair("project", &project.to_string());
        }
        for environment in &self.environments {
            text.append_pair("environment", environment);
        }
        if let Some(issue) = self.issue {
            text.append_pair("issue", &issue.to_string());
        }
        text.append_pair("query", &self.query);
        for field in &self.fields {
            text.append_pair("field", field);
        }
        if !self.fields.is_empty() {
            text.append_pair("sort", &self.sort());
        }
        text.append_pair("statsPeriod", self.span.name);
        if !self.cursor.is_empty() {
            text.append_pair("cursor", &self.cursor);
        }
        text.finish()
    }

    /// The order, as addresses write it.
    pub(crate) fn sort(&self) -> String {
        let column = COLUMNS.into_iter().find(|(order, ..)| *order == self.order);
        let name = column.map_or("values", |(_, name, _)| name);
        let sign = if self.is_ascending { "" } else { "-" };
        format!("{sign}{name}")
    }

    /// The same in the order of a column; once more, the other way round.
    pub(crate) fn sorted(&self, order: GroupOrder) -> Self {
        let first = order == GroupOrder::Values;
        let is_ascending = if self.order == order {
            !self.is_ascending
        } else {
            first
        };
        Self {
            order,
            is_ascending,
            cursor: String::new(),
            ..self.clone()
        }
    }

    /// The same from its first page on: what is kept is no place among events.
    pub(crate) fn at_start(&self) -> Self {
        self.with_query(&self.query)
    }

    /// The same with another text.
    pub(crate) fn with_query(&self, query: &str) -> Self {
        Self {
            query: query.to_owned(),
            cursor: String::new(),
            ..self.clone()
        }
    }

    /// The same, only of events that have a value.
    pub(crate) fn narrowed(&self, field: &GroupField, value: &str) -> Self {
        let mut narrowed = self.with_query(&self.query);
        match field {
            GroupField::Project => narrowed.projects = value.parse().into_iter().collect(),
            GroupField::Issue => narrowed.issue = value.parse().ok(),
            GroupField::Key(_) => {
                let term = field.term(value).unwrap_or_default();
                let has_it = searched(&self.query).is_ok_and(|search| {
                    let mut terms = search.terms().into_iter();
                    terms.any(|(known, _)| known == term)
                });
                if !has_it {
                    // An `OR` at the top must not take the new term for one of its own.
                    let is_one = searched(&self.query).is_ok_and(|search| search.terms().len() < 2);
                    narrowed.query = match self.query.trim() {
                        "" => term,
                        query if is_one && query.contains(" OR ") => format!("({query}) {term}"),
                        query => format!("{query} {term}"),
                    };
                }
            }
        }
        narrowed
    }

    /// The same, grouped by other keys.
    pub(crate) fn grouped_by(&self, fields: &[&str]) -> Self {
        Self {
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            order: GroupOrder::default(),
            is_ascending: false,
            cursor: String::new(),
            ..self.clone()
        }
    }
}

/// What events a search text asks for, or what is wrong with it.
pub(crate) fn searched(text: &str) -> Result<Search, SearchError> {
    let search = Search::parse(text)?;
    search.check_events()?;
    Ok(search)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_the_round_trip() {
        for query in [
            "query=&statsPeriod=14d",
            "project=1&project=2&environment=prod&query=level%3Aerror&field=release&field=user\
             &sort=-users&statsPeriod=24h",
            "issue=7&query=&field=release&sort=values&statsPeriod=1h",
            "query=a+b&statsPeriod=90d&cursor=1%3A2",
        ] {
            assert_eq!(Asked::parse(query).to_query(), query);
        }
        let sentry = Asked::parse("project=-1&field=title&field=count%28%29&sort=-count&yAxis=x");
        assert_eq!(
            sentry.to_query(),
            "query=&field=title&sort=-count&statsPeriod=14d"
        );
        let odd = Asked::parse("statsPeriod=9y&sort=nonsense&field=&field=a&field=a");
        assert_eq!(odd.to_query(), "query=&field=a&sort=count&statsPeriod=14d");
    }

    #[test]
    fn a_value_narrows_and_a_second_click_does_not() {
        let field = GroupField::parse("release").unwrap();
        let check = |query: &str, expect: &str| {
            let asked = Asked::parse("").with_query(query);
            let narrowed = asked.narrowed(&field, "1.0");
            assert_eq!(narrowed.query, expect, "{query}");
            assert_eq!(narrowed.narrowed(&field, "1.0").query, expect, "{query}");
        };
        check("", "release:1.0");
        check("level:error", "level:error release:1.0");
        check("a OR b", "(a OR b) release:1.0");
        check("(a OR b) c", "(a OR b) c release:1.0");
        let asked = Asked::parse("").narrowed(&GroupField::Project, "7");
        assert_eq!(asked.projects, [ProjectId(7)]);
        assert_eq!(
            asked.narrowed(&GroupField::Issue, "9").issue,
            Some(IssueId(9))
        );
    }

    #[test]
    fn what_is_not_understood_is_told() {
        let read = |text: &str| Asked::parse(text).question(&[], Timestamp::default(), None);
        assert!(matches!(read("query=is:new"), Err(Misread::Search(_))));
        let Err(Misread::Field(told)) = read("field=is") else {
            panic!("a field of issues");
        };
        assert_eq!(
            told,
            "Events cannot be grouped by `is`: `is` is no key of events."
        );
        assert!(matches!(
            read("field=a&field=b&field=c&field=d"),
            Err(Misread::Field(_))
        ));
        assert!(read("field=a&field=b&field=c").is_ok());
    }
}
