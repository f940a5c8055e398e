//! What a feed lists: the ten newest events, or the ten unresolved issues that were seen last.

use watchpost_model::{Issue, Level, Timestamp};
use watchpost_store::{EventFilter, EventSummary, IssueQuery, Issues};

use super::{Source, Subject};
use crate::App;
use crate::api::error::ApiError;
use crate::api::params::Params;

/// As many as the original showed.
const ITEM_COUNT: usize = 10;

/// One entry of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// What stays the same however often it is fetched.
    pub(super) id: String,
    /// One line.
    pub(super) title: String,
    /// A few more words.
    pub(super) summary: String,
    /// The page of it.
    pub(super) link: String,
    /// When it happened last.
    pub(super) time: Timestamp,
}

/// Which of them; as in the original, only the first that is given counts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Filter {
    All,
    AtLeast(Level),
    Server(String),
    Logger(String),
    Site(String),
}

/// The items of a feed, newest first.
pub(super) fn newest(
    app: &App,
    source: &Source,
    subject: Subject,
    params: &Params,
) -> Result<Vec<Item>, ApiError> {
    let filter = filter(params)?;
    let pages = format!(
        "{}/organizations/{}/issues",
        app.config.public_url, source.org.slug
    );
    match subject {
        Subject::Messages => {
            let filter = EventFilter {
                without: app.ledger.trashed(source.project.id)?,
                ..event_filter(filter)
            };
            let events = app
                .archive
                .events(source.project.id, &filter, None, ITEM_COUNT)?;
            Ok(events
                .rows
                .into_iter()
                .map(|event| of_event(event, &pages))
                .collect())
        }
        Subject::Summaries => {
            let issues = summaries(app, source, filter)?;
            Ok(issues.iter().map(|issue| of_issue(issue, &pages)).collect())
        }
    }
}

fn filter(params: &Params) -> Result<Filter, ApiError> {
    let text = |key: &str| params.first(key).map(str::to_owned);
    if let Some(name) = params.first("level") {
        let unknown = |_| ApiError::Invalid(format!("`{name}` is not a level."));
        return name.parse().map(Filter::AtLeast).map_err(unknown);
    }
    let filter = text("server_name").map(Filter::Server);
    let filter = filter.or_else(|| text("logger").map(Filter::Logger));
    let filter = filter.or_else(|| text("site").map(Filter::Site));
    Ok(filter.unwrap_or(Filter::All))
}

fn event_filter(filter: Filter) -> EventFilter {
    let mut wanted = EventFilter::default();
    match filter {
        Filter::All => {}
        Filter::AtLeast(level) => wanted.level_at_least = Some(level),
        Filter::Server(name) => wanted.server_name = Some(name),
        Filter::Logger(name) => wanted.logger = Some(name),
        Filter::Site(name) => wanted.site = Some(name),
    }
    wanted
}

fn summaries(app: &App, source: &Source, filter: Filter) -> Result<Vec<Issue>, ApiError> {
    let project = source.project.id;
    let query = || IssueQuery {
        status: Some(watchpost_model::Status::Unresolved),
        limit: ITEM_COUNT,
        ..IssueQuery::all(project)
    };
    let mut queries = Vec::new();
    match filter {
        Filter::All => {
            let newest = Issues::of(&*app.ledger, project)
                .unresolved()
                .newest_first();
            return Ok(newest.limit(ITEM_COUNT).rows()?);
        }
        // The store looks for one level at a time.
        Filter::AtLeast(least) => {
            let levels = Level::ALL.into_iter().filter(|level| *level >= least);
            queries.extend(levels.map(|level| IssueQuery {
                level: Some(level),
                ..query()
            }));
        }
        Filter::Server(name) => queries.push(IssueQuery {
            server_name: Some(name),
            ..query()
        }),
        Filter::Logger(name) => queries.push(IssueQuery {
            logger: Some(name),
            ..query()
        }),
        Filter::Site(name) => queries.push(IssueQuery {
            site: Some(name),
            ..query()
        }),
    }
    let mut issues = Vec::new();
    for query in &queries {
        issues.extend(app.ledger.find_issues(query)?.rows);
    }
    issues.sort_by_key(|issue| std::cmp::Reverse((issue.last_seen, issue.id)));
    issues.truncate(ITEM_COUNT);
    Ok(issues)
}

fn of_event(event: EventSummary, pages: &str) -> Item {
    let facts = [
        ("level", event.level.name()),
        ("logger", &event.logger),
        ("server", &event.server_name),
        ("site", &event.site),
        ("url", &event.url),
    ];
    Item {
        id: format!("urn:watchpost:event:{}:{}", event.project, event.event),
        link: format!("{pages}/{}/events/{}/", event.issue, event.event),
        summary: in_one_line(&facts),
        title: event.title,
        time: event.timestamp,
    }
}

fn of_issue(issue: &Issue, pages: &str) -> Item {
    let facts = [
        ("level", issue.level.name()),
        ("logger", &issue.logger),
        ("in", &issue.culprit),
    ];
    Item {
        id: format!("urn:watchpost:issue:{}", issue.id),
        link: format!("{pages}/{}/", issue.id),
        summary: in_one_line(&facts),
        title: format!("({}) {}", issue.times_seen, issue.title),
        time: issue.last_seen,
    }
}

fn in_one_line(facts: &[(&str, &str)]) -> String {
    let known = facts.iter().filter(|(_, value)| !value.is_empty());
    let known: Vec<String> = known
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_filter_counts() {
        let check = |query: &str, expect: &Filter| {
            assert_eq!(
                filter(&Params::parse(query)).ok().as_ref(),
                Some(expect),
                "{query}"
            );
        };
        check("", &Filter::All);
        check("level=30&logger=x", &Filter::AtLeast(Level::Warning));
        check("level=warning", &Filter::AtLeast(Level::Warning));
        check("site=a&server_name=b&logger=c", &Filter::Server("b".into()));
        check("site=a&logger=c", &Filter::Logger("c".into()));
        check("site=a&server_name=", &Filter::Site("a".into()));
        assert!(filter(&Params::parse("level=loud")).is_err());
    }
}
