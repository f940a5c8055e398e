//! What an address narrows the pages of an issue to: words, one environment, a time. The graph, the
//! table of events and the steps between them follow it together; what is said above them does not.
//!
//! ```text
//! ?query=…&environment=…&statsPeriod=14d ── Narrow ── filter ── Walk: the newest that fit
//! ```

use std::fmt::Display;
use std::time::Duration;

use watchpost_model::{EventId, IssueId, ProjectId, Timestamp};
use watchpost_store::{
    Archive, Asker, EventFilter, EventSummary, EventsAsked, Neighbours, Search, SearchError,
    StoreError,
};

use crate::pages::chart::Period;
use crate::pages::form::Fields;
use crate::pages::links::encode;
use crate::pages::shell::Shell;

/// Events that fit a narrowing and are looked at: the newest.
const WALK_EVENT_COUNT_MAX: usize = 500;
/// Events that are opened for the graph of words that only they know.
const DRAWN_BODY_COUNT_MAX: usize = 5000;
/// And how long that may take.
const DRAWN_TIME_MAX: Duration = Duration::from_secs(2);
/// Events of one page of the archive.
const PAGE_COUNT: usize = 100;

/// See the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Narrow {
    /// As it was typed.
    pub(crate) query: String,
    /// Empty: all.
    pub(crate) environment: String,
    /// `None`: as long as it was seen.
    pub(crate) period: Option<Period>,
}

impl Narrow {
    pub(crate) fn read(params: &Fields) -> Self {
        // The second name is that of older links.
        let mut names = ["statsPeriod", "period"].into_iter();
        Self {
            query: params.get("query").to_owned(),
            environment: params.get("environment").to_owned(),
            period: names.find_map(|name| Period::from_name(params.get(name))),
        }
    }

    /// Whether all events are meant.
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether events are told apart by more than their time.
    pub(crate) fn has_words(&self) -> bool {
        !self.query.is_empty() || !self.environment.is_empty()
    }

    /// What the words and the environment ask for.
    pub(crate) fn search(&self) -> Result<Search, SearchError> {
        let search = searched(&self.query)?;
        if self.environment.is_empty() {
            return Ok(search);
        }
        let environment = Search::parse(&Search::term("environment", &self.environment))?;
        Ok(search.and(&environment))
    }

    /// What of these issues is meant.
    pub(crate) fn filter(
        &self,
        family: &[IssueId],
        now: Timestamp,
    ) -> Result<EventFilter, SearchError> {
        let search = self.search()?;
        let search = match self.period {
            Some(period) => {
                let since = format!("timestamp:>={}", period.since(now));
                search.and(&Search::parse(&since)?)
            }
            None => search,
        };
        Ok(EventFilter {
            search,
            asker: Asker::at(now),
            ..EventFilter::of_issues(family)
        })
    }

    /// The same page narrowed so.
    pub(crate) fn on(&self, path: &str) -> String {
        let period = self.period.map_or("", Period::name);
        let fields = [
            ("query", self.query.as_str()),
            ("environment", &self.environment),
            ("statsPeriod", period),
        ];
        let fields = fields.iter().filter(|(_, value)| !value.is_empty());
        let fields: Vec<String> = fields
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        if fields.is_empty() {
            return path.to_owned();
        }
        let sign = if path.contains('?') { '&' } else { '?' };
        format!("{path}{sign}{}", fields.join("&"))
    }

    /// The same with other words.
    pub(crate) fn with_query(&self, query: &str) -> Self {
        Self {
            query: query.to_owned(),
            ..self.clone()
        }
    }

    /// The same over another time.
    pub(crate) fn with_period(&self, period: Option<Period>) -> Self {
        Self {
            period,
            ..self.clone()
        }
    }

    /// The same, and only events with this value of a tag; or only those without it.
    pub(crate) fn with_value(&self, key: &str, value: &str, is_without: bool) -> Self {
        let not = if is_without { "!" } else { "" };
        let term = format!("{not}{}", Search::term(key, value));
        let both = searched(&self.query).and_then(|known| Ok(known.and(&Search::parse(&term)?)));
        self.with_query(&both.map_or(term, |both| both.to_string()))
    }
}

impl Shell {
    /// A page of the same issue, narrowed as this one is.
    pub(crate) fn narrowed(&self, path: impl Display) -> String {
        let (_, query) = self.here_path.split_once('?').unwrap_or_default();
        Narrow::read(&Fields::parse(query.as_bytes())).on(&path.to_string())
    }
}

/// What events a search text asks for, or what is wrong with it.
pub(crate) fn searched(text: &str) -> Result<Search, SearchError> {
    let search = Search::parse(text)?;
    search.check_events()?;
    Ok(search)
}

/// The newest events that fit, so many at most.
pub(crate) struct Walk {
    /// The newest received first.
    pub(crate) rows: Vec<EventSummary>,
    /// Whether older ones may fit as well.
    pub(crate) is_cut: bool,
}

impl Walk {
    /// Blocks.
    pub(crate) fn new(
        archive: &dyn Archive,
        project: ProjectId,
        filter: &EventFilter,
    ) -> Result<Self, StoreError> {
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let page = archive.events(project, filter, cursor.as_ref(), PAGE_COUNT)?;
            // A page that is not full has opened as many events as one may.
            let is_short = page.rows.len() < PAGE_COUNT;
            rows.extend(page.rows);
            cursor = page.next;
            let is_cut = cursor.is_some();
            if !is_cut || is_short || rows.len() >= WALK_EVENT_COUNT_MAX {
                return Ok(Self { rows, is_cut });
            }
        }
    }

    /// The events around one of them; `None` when it is not among them.
    pub(crate) fn around(&self, event: EventId) -> Option<Neighbours> {
        let place = self.rows.iter().position(|row| row.event == event)?;
        let at = |place: usize| self.rows.get(place).map(|row| row.event);
        Some(Neighbours {
            oldest: self.rows.last().map(|row| row.event),
            previous: at(place + 1),
            next: place.checked_sub(1).and_then(at),
            latest: at(0),
            position: (self.rows.len() - place) as u64,
            stored: self.rows.len() as u64,
        })
    }

    /// The ends, for an event that is not among them.
    pub(crate) fn ends(&self) -> Neighbours {
        Neighbours {
            oldest: self.rows.last().map(|row| row.event),
            latest: self.rows.first().map(|row| row.event),
            stored: self.rows.len() as u64,
            ..Neighbours::default()
        }
    }
}

/// What the graph shows.
pub(crate) struct Drawn {
    pub(crate) counts: Vec<(Timestamp, u64)>,
    /// Said when some of what fits is not in it.
    pub(crate) cut: Option<String>,
}

impl Drawn {
    /// Everything, as the ledger counted it.
    pub(crate) fn all(counts: Vec<(Timestamp, u64)>) -> Self {
        Self { counts, cut: None }
    }

    /// What fits. Blocks.
    pub(crate) fn new(
        archive: &dyn Archive,
        project: ProjectId,
        filter: EventFilter,
        (period, now): (Period, Timestamp),
    ) -> Result<Self, StoreError> {
        let (projects, buckets) = ([project], period.buckets(now));
        let filter = EventFilter {
            since: Some(buckets.since),
            ..filter
        };
        let asked = EventsAsked {
            body_count_max: DRAWN_BODY_COUNT_MAX,
            time_max: DRAWN_TIME_MAX,
            ..EventsAsked::new(&projects, filter)
        };
        let drawn = archive.histogram(&asked, buckets)?;
        let counts = drawn.counts.into_iter().enumerate();
        let counts = counts.map(|(place, count)| (buckets.start(place), count));
        Ok(Self {
            counts: counts.collect(),
            cut: drawn.extent.cut.map(|_| drawn.extent.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrow(query: &str) -> Narrow {
        Narrow::read(&Fields::parse(query.as_bytes()))
    }

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        let check = |query: &str, expect: &str| {
            assert_eq!(narrow(query).on("/x/"), expect, "{query}");
        };
        check("", "/x/");
        check("period=30d", "/x/?statsPeriod=30d");
        check("statsPeriod=nonsense", "/x/");
        check(
            "statsPeriod=24h&environment=prod+eu&query=a:b",
            "/x/?query=a%3Ab&environment=prod%20eu&statsPeriod=24h",
        );
        assert!(narrow("other=1").is_everything());
    }

    #[test]
    fn values_are_added_and_left_out() {
        let check = |query: &str, (key, value, is_without), expect: &str| {
            let found = Narrow::default().with_query(query);
            let found = found.with_value(key, value, is_without).query;
            assert_eq!(found, expect, "{query}");
            let search = searched(&found).unwrap();
            assert_eq!(search.to_string(), found, "{query}");
        };
        check("", ("os", "Debian", false), "os:Debian");
        check("", ("os", "Debian 12", true), "!os:\"Debian 12\"");
        check(
            "level:error",
            ("os", "a*b\"", false),
            "level:error os:\"a\\*b\\\"\"",
        );
        check("os:Debian", ("os", "Debian", false), "os:Debian");
        check("", ("environment", "prod", false), "environment:prod");
        // A tag of that name is no field.
        check("", ("title", "x", false), "tags[title]:x");
    }
}
