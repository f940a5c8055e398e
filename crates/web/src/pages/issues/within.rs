//! Which projects, environments and time a list of issues is about: read from its address, written
//! back into links, and kept in a cookie for addresses that say nothing of it.

use axum::http::{HeaderMap, HeaderValue};
use form_urlencoded::Serializer;
use watchpost_model::Project;
use watchpost_store::limits::{QUERY_ENVIRONMENT_COUNT_MAX, QUERY_PROJECT_COUNT_MAX};

use crate::pages::PageError;
use crate::pages::form::Fields;
use crate::pages::shell::small_cookie;
use crate::period::TimeRange;
use crate::session::cookie;

const YEAR_SECS: i64 = 365 * 24 * 3600;
const COOKIE: &str = "within";
/// Longer ones are not kept.
const COOKIE_BYTES_MAX: usize = 1024;
/// What addresses call all projects.
const ALL: &str = "-1";

/// See the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Within {
    /// The projects, by id or slug; none means all.
    pub(crate) projects: Vec<String>,
    /// The environments; none means wherever.
    pub(crate) environments: Vec<String>,
    /// The last so much time, as `14d`.
    pub(crate) period: String,
    pub(crate) start: String,
    pub(crate) end: String,
}

/// The projects in view.
pub(super) struct InView {
    pub(super) projects: Vec<Project>,
    /// How many there are beside them for which one list has no room.
    pub(super) left_out: usize,
}

impl Within {
    /// Reads an address. A start or an end decide alone.
    pub(super) fn read(params: &Fields) -> Self {
        let all = |name| {
            let named = params.all(name).map(str::trim);
            let named = named.filter(|value| !value.is_empty()).map(str::to_owned);
            named.collect::<Vec<_>>()
        };
        let (start, end) = (params.get("start").to_owned(), params.get("end").to_owned());
        let mut projects = all("project");
        if projects.iter().any(|name| name == ALL) {
            projects.clear();
        }
        let period = match (&*start, &*end) {
            ("", "") => params.get("statsPeriod").to_owned(),
            _ => String::new(),
        };
        Self {
            projects,
            environments: all("environment"),
            period,
            start,
            end,
        }
    }

    /// Whether an address says anything of it.
    pub(super) fn is_named(params: &Fields) -> bool {
        let names = ["project", "environment", "statsPeriod", "start", "end"];
        names.iter().any(|name| params.has(name))
    }

    /// What the last list of this browser was about.
    pub(super) fn remembered(headers: &HeaderMap) -> Self {
        let kept = cookie(headers, COOKIE).unwrap_or_default();
        let kept = Self::read(&Fields::parse(kept.as_bytes()));
        // A cookie is anybody's text.
        match kept.check() {
            Ok(_) => kept,
            Err(_) => Self::default(),
        }
    }

    /// For the next address that says nothing.
    pub(super) fn to_cookie(&self) -> HeaderValue {
        let mut text = Serializer::new(String::new());
        text.extend_pairs(self.pairs());
        let text = text.finish();
        let fits = text.len() <= COOKIE_BYTES_MAX;
        small_cookie(COOKIE, if fits { &text } else { "" }, YEAR_SECS)
    }

    /// Names and values of an address, with a project in any case.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        fn named<'a>(
            name: &'static str,
            values: &'a [String],
        ) -> impl Iterator<Item = (&'static str, &'a str)> {
            values.iter().map(move |value| (name, value.as_str()))
        }
        let mut pairs: Vec<_> = named("project", &self.projects).collect();
        if pairs.is_empty() {
            pairs.push(("project", ALL));
        }
        pairs.extend(named("environment", &self.environments));
        let times = [
            ("statsPeriod", &self.period),
            ("start", &self.start),
            ("end", &self.end),
        ];
        let times = times.iter().filter(|(_, value)| !value.is_empty());
        pairs.extend(times.map(|(name, value)| (*name, value.as_str())));
        pairs
    }

    /// The projects that it names; what a cookie names may be gone. Names them by their ids.
    pub(super) fn settle(
        &mut self,
        all: &[Project],
        is_remembered: bool,
    ) -> Result<InView, PageError> {
        let find = |name: &String| {
            let is_named =
                |project: &&Project| project.slug == *name || project.id.to_string() == *name;
            all.iter().find(is_named)
        };
        let named: Vec<&Project> = self.projects.iter().filter_map(find).collect();
        if named.len() < self.projects.len() && !is_remembered || all.is_empty() {
            return Err(PageError::Missing("project"));
        }
        let is_in_view = |project: &&Project| {
            named.is_empty() || named.iter().any(|named| named.id == project.id)
        };
        let mut projects: Vec<Project> = all.iter().filter(is_in_view).cloned().collect();
        let left_out = projects.len().saturating_sub(QUERY_PROJECT_COUNT_MAX);
        projects.truncate(QUERY_PROJECT_COUNT_MAX);
        let is_all = named.is_empty() && projects.len() > 1;
        let ids = projects.iter().map(|project| project.id.to_string());
        self.projects = if is_all { Vec::new() } else { ids.collect() };
        Ok(InView { projects, left_out })
    }

    /// The time, and that the rest is within bounds.
    pub(super) fn check(&self) -> Result<TimeRange, PageError> {
        if self.environments.len() > QUERY_ENVIRONMENT_COUNT_MAX {
            let max = QUERY_ENVIRONMENT_COUNT_MAX;
            return Err(PageError::Invalid(format!(
                "Choose at most {max} environments."
            )));
        }
        let texts = [&self.period, &self.start, &self.end].map(|text| Some(text.as_str()));
        let [period, start, end] = texts;
        TimeRange::read(period, start, end).map_err(PageError::Invalid)
    }

    /// How addresses of other pages name the projects: `1&project=2`.
    pub(super) fn project_names(&self) -> String {
        match self.projects.as_slice() {
            [] => ALL.to_owned(),
            named => named.join("&project="),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Within {
        Within::read(&Fields::parse(query.as_bytes()))
    }

    fn write(within: &Within) -> String {
        let mut text = Serializer::new(String::new());
        text.extend_pairs(within.pairs()).finish()
    }

    #[test]
    fn an_address_survives_the_round_trip() {
        for (query, expect) in [
            ("", "project=-1"),
            ("project=1&project=-1", "project=-1"),
            ("project=&environment=", "project=-1"),
            (
                "project=2&project=web&environment=a+b",
                "project=2&project=web&environment=a+b",
            ),
            ("statsPeriod=14d", "project=-1&statsPeriod=14d"),
            (
                "statsPeriod=14d&start=2026-05-01",
                "project=-1&start=2026-05-01",
            ),
        ] {
            assert_eq!(write(&read(query)), expect, "{query}");
            assert_eq!(read(expect), read(query), "{query}");
        }
    }

    #[test]
    fn what_a_cookie_holds_is_checked() {
        let remember = |kept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", format!("within={kept}").parse().unwrap());
            Within::remembered(&headers)
        };
        assert_eq!(
            remember("project=3&statsPeriod=7d"),
            read("project=3&statsPeriod=7d")
        );
        assert_eq!(remember("project=3&statsPeriod=soon"), Within::default());
        assert_eq!(remember(""), Within::default());
        let long = read(&format!("environment={}", "x".repeat(COOKIE_BYTES_MAX)));
        assert!(long.to_cookie().to_str().unwrap().starts_with("within=;"));
    }
}
