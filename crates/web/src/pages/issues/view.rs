//! What the template of the issue list prints, made of what the store answered. Pure.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use watchpost_model::{EventId, Issue, IssueId, Level, Priority, Project, Timestamp};
use watchpost_store::search::Cut;
use watchpost_store::{Search, Sort, TabCounts, TagCount};

use super::asked::{Asked, SORTS};
use super::badge::Badge;
use super::tabs::Tab;
use crate::pages::Links;
use crate::pages::chart::{Period, Spark};
use crate::pages::format::{Count, When, plural};
use crate::pages::people::Names;

/// What the store answered.
pub(crate) struct Answer {
    /// Why a search may have found nothing.
    pub(crate) hint: Option<String>,
    pub(crate) issues: Vec<Issue>,
    /// Why there are not more.
    pub(crate) cut: Option<Cut>,
    /// Who looks after some of them.
    pub(crate) names: Names,
    pub(crate) next: Option<String>,
    /// Of a search that only events know the answer to, nobody counts.
    pub(crate) counts: Option<TabCounts>,
    /// Those whose last event nobody caught.
    pub(crate) unhandled: HashSet<IssueId>,
    pub(crate) environments: Vec<TagCount>,
    pub(crate) hours: Vec<(IssueId, Timestamp, u64)>,
    pub(crate) loggers: Vec<TagCount>,
    pub(crate) servers: Vec<TagCount>,
    pub(crate) sites: Vec<TagCount>,
}

/// One row.
pub(crate) struct Row {
    pub(crate) id: IssueId,
    pub(crate) href: String,
    pub(crate) level: Level,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) culprit: String,
    pub(crate) logger: String,
    pub(crate) short_id: String,
    pub(crate) spark: Spark,
    pub(crate) events: Count,
    pub(crate) users: Count,
    pub(crate) first: When,
    pub(crate) last: When,
    pub(crate) badge: Option<Badge>,
    pub(crate) is_unhandled: bool,
    /// Named when issues of several are in view.
    pub(crate) project: Option<String>,
    pub(crate) priority: Priority,
    pub(crate) assignee: Option<String>,
    /// Differs whenever the row says something else: how open pages find out.
    pub(crate) state: String,
}

/// One order.
pub(crate) struct Order {
    pub(crate) label: &'static str,
    pub(crate) href: String,
    pub(crate) is_current: bool,
}

/// One select list.
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) choices: Vec<Choice>,
}

/// One entry of a select list.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) is_chosen: bool,
}

/// Why there is nothing to show, which decides what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emptiness {
    /// No event ever arrived.
    NothingYet,
    /// Everything is resolved.
    AllClear,
    /// The search text is the id of an event, and there is none.
    NoEvent,
    /// As many events as one page may open were of other issues.
    NotYet,
    /// The search is too narrow.
    NoMatch,
}

/// The list.
pub(crate) struct List {
    pub(crate) rows: Vec<Row>,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) orders: Vec<Order>,
    /// What the little charts can show.
    pub(crate) charts: Vec<Order>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) next: Option<String>,
    pub(crate) first: Option<String>,
    pub(crate) widened: Option<String>,
    pub(crate) emptiness: Option<Emptiness>,
    pub(crate) hint: Option<String>,
    /// Why there are not more.
    pub(crate) cut: Option<Cut>,
}

/// What every part of the view needs.
pub(crate) struct Context<'a> {
    pub(crate) at: &'a Links,
    pub(crate) org: &'a str,
    /// Those in view.
    pub(crate) projects: &'a [Project],
    pub(crate) asked: &'a Asked,
    pub(crate) now: Timestamp,
}

impl Context<'_> {
    pub(crate) fn href(&self, asked: &Asked) -> String {
        format!("{}?{}", self.at.issues_form(self.org), asked.to_query())
    }
}

impl List {
    /// `search` is the text as it was understood.
    pub(crate) fn new(context: &Context<'_>, search: &Search, answer: Answer) -> Self {
        let asked = context.asked;
        let plain = asked.query == "is:unresolved" && !asked.is_narrowed();
        let mut projects = context.projects.iter();
        let is_new = projects.all(|project| project.first_event.is_none());
        let emptiness = answer.issues.is_empty().then(|| match () {
            () if is_new => Emptiness::NothingYet,
            () if asked.query.trim().parse::<EventId>().is_ok() => Emptiness::NoEvent,
            () if answer.cut.is_some() => Emptiness::NotYet,
            () if plain => Emptiness::AllClear,
            () => Emptiness::NoMatch,
        });
        let paged = !asked.cursor.is_empty();
        Self {
            tabs: Tab::all(context, search, answer.counts.as_ref()),
            orders: orders(context),
            charts: charts(context),
            filters: filters(asked, &answer),
            first: paged.then(|| context.href(&asked.with_cursor(""))),
            next: answer
                .next
                .as_deref()
                .map(|cursor| context.href(&asked.with_cursor(cursor))),
            widened: asked.is_narrowed().then(|| context.href(&asked.widened())),
            emptiness,
            hint: answer.hint,
            cut: answer.cut,
            rows: rows(
                context,
                answer.issues,
                &answer.hours,
                (&answer.names, &answer.unhandled),
            ),
        }
    }
}

fn rows(
    context: &Context<'_>,
    issues: Vec<Issue>,
    hours: &[(IssueId, Timestamp, u64)],
    (names, unhandled): (&Names, &HashSet<IssueId>),
) -> Vec<Row> {
    let mut by_issue: HashMap<IssueId, Vec<(Timestamp, u64)>> = HashMap::new();
    for (issue, hour, count) in hours {
        by_issue.entry(*issue).or_default().push((*hour, *count));
    }
    let row = |issue: Issue| {
        let hours = by_issue.remove(&issue.id).unwrap_or_default();
        let is_unhandled = unhandled.contains(&issue.id);
        Row {
            is_unhandled,
            ..Row::new(context, issue, (hours, names))
        }
    };
    issues.into_iter().map(row).collect()
}

impl Row {
    fn new(
        context: &Context<'_>,
        issue: Issue,
        (hours, names): (Vec<(Timestamp, u64)>, &Names),
    ) -> Self {
        let (kind, text) = headline(&issue);
        let mut projects = context.projects.iter();
        let home = projects.find(|project| project.id == issue.project);
        let slug = home.map_or("", |project| &*project.slug);
        Self {
            href: context.at.issue(context.org, issue.id),
            short_id: issue.short_id(slug).to_string(),
            project: home
                .map(|home| home.name.clone())
                .filter(|_| context.projects.len() > 1),
            priority: issue.priority,
            is_unhandled: false,
            spark: Spark::new(context.asked.chart, hours.into_iter(), context.now),
            events: Count::new(issue.times_seen),
            first: When::new(issue.first_seen, context.now),
            last: When::new(issue.last_seen, context.now),
            badge: Badge::of(&issue, context.now),
            users: Count::new(issue.user_count),
            state: state(&issue),
            assignee: issue.assignee.and_then(|whom| names.of(whom).cloned()),
            id: issue.id,
            level: issue.level,
            culprit: issue.culprit,
            logger: issue.logger,
            kind,
            text,
        }
    }
}

/// Differs when the row would show something else, but for the time that has passed.
fn state(issue: &Issue) -> String {
    let mut shown = DefaultHasher::new();
    (issue.times_seen, issue.user_count, &issue.title).hash(&mut shown);
    (&issue.culprit, issue.level, issue.priority).hash(&mut shown);
    (issue.status.name(), issue.substatus, issue.assignee).hash(&mut shown);
    (issue.resolved_at, &issue.condition).hash(&mut shown);
    format!("{:x}", shown.finish())
}

/// An issue's title in two parts: the exception's type, which is set in bold, and the rest.
pub(crate) fn headline(issue: &Issue) -> (String, String) {
    if issue.kind.is_empty() {
        let only = if issue.title.trim().is_empty() {
            "(no title)"
        } else {
            &issue.title
        };
        return (only.to_owned(), String::new());
    }
    (issue.kind.clone(), issue.value.clone())
}

fn orders(context: &Context<'_>) -> Vec<Order> {
    let order = |(sort, label): (Sort, &'static str)| Order {
        label,
        href: context.href(&context.asked.with_sort(sort)),
        is_current: context.asked.sort == sort,
    };
    SORTS.into_iter().map(order).collect()
}

fn charts(context: &Context<'_>) -> Vec<Order> {
    let order = |chart: Period| Order {
        label: chart.name(),
        href: context.href(&context.asked.with_chart(chart)),
        is_current: context.asked.chart == chart,
    };
    Period::LIST.into_iter().map(order).collect()
}

fn filters(asked: &Asked, answer: &Answer) -> Vec<Filter> {
    let levels = Level::ALL.into_iter().rev().map(|level| Choice {
        value: level.name().to_owned(),
        label: level.name().to_owned(),
        is_chosen: asked.level == level.name(),
    });
    let mut filters = vec![Filter {
        name: "level",
        label: "Level",
        choices: levels.collect(),
    }];
    let tags = [
        ("logger", "Logger", &asked.logger, &answer.loggers),
        ("server", "Server", &asked.server, &answer.servers),
        ("site", "Site", &asked.site, &answer.sites),
    ];
    for (name, label, chosen, values) in tags {
        let choices = choices(chosen, values);
        if !choices.is_empty() {
            filters.push(Filter {
                name,
                label,
                choices,
            });
        }
    }
    filters
}

/// The values of a tag; the chosen one is among them even when it has become rare.
pub(super) fn choices(chosen: &str, values: &[TagCount]) -> Vec<Choice> {
    let known = values.iter().any(|value| value.value == chosen);
    let rare = (!chosen.is_empty() && !known).then(|| Choice {
        value: chosen.to_owned(),
        label: chosen.to_owned(),
        is_chosen: true,
    });
    let named = values.iter().filter(|value| !value.value.is_empty());
    let listed = named.map(|value| Choice {
        label: format!("{} ({})", value.value, plural(value.times_seen, "event")),
        is_chosen: value.value == chosen,
        value: value.value.clone(),
    });
    rare.into_iter().chain(listed).collect()
}
