//! The menus before the search box: which projects, environments and time a list is about. Pure.

use watchpost_model::Project;
use watchpost_store::TagCount;

use super::view::{Choice, Context, Order, choices};
use super::within::{InView, Within};
use crate::pages::format::plural;

/// Times that are offered, as addresses name them.
const PERIODS: [(&str, &str); 7] = [
    ("", "Any time"),
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("7d", "Last 7 days"),
    ("14d", "Last 14 days"),
    ("30d", "Last 30 days"),
    ("90d", "Last 90 days"),
];

/// See the file; `parts/narrow.html` draws it.
pub(crate) struct Narrow {
    /// All of the organization; without any, there is nothing to choose.
    pub(crate) projects: Vec<Choice>,
    pub(crate) project_words: String,
    pub(crate) environments: Vec<Choice>,
    pub(crate) environment_words: String,
    pub(crate) periods: Vec<Order>,
    pub(crate) period_words: String,
    /// Said when one list has no room for all projects.
    pub(crate) left_out: Option<String>,
}

impl Narrow {
    pub(super) fn new(
        context: &Context<'_>,
        all: &[Project],
        in_view: &InView,
        environments: &[TagCount],
    ) -> Self {
        let within = &context.asked.within;
        let period = |(value, label): (&str, &'static str)| Order {
            label,
            href: context.href(&context.asked.with_period(value)),
            is_current: within.period == value && within.start.is_empty() && within.end.is_empty(),
        };
        let left_out = (in_view.left_out > 0).then(|| {
            let (shown, more) = (in_view.projects.len(), plural(in_view.left_out as u64, "project"));
            format!("These are the issues of {shown} projects; {more} have no room in one list. Choose fewer.")
        });
        Self {
            projects: projects(within, all),
            project_words: project_words(within, &in_view.projects),
            environment_words: some(&within.environments, "environment"),
            environments: environment_choices(within, environments),
            periods: PERIODS.into_iter().map(period).collect(),
            period_words: period_words(within),
            left_out,
        }
    }
}

fn projects(within: &Within, all: &[Project]) -> Vec<Choice> {
    let choice = |project: &Project| Choice {
        is_chosen: within.projects.contains(&project.id.to_string()),
        value: project.id.to_string(),
        label: project.name.clone(),
    };
    if all.len() > 1 {
        all.iter().map(choice).collect()
    } else {
        Vec::new()
    }
}

fn project_words(within: &Within, in_view: &[Project]) -> String {
    match in_view {
        [only] => only.name.clone(),
        _ if within.projects.is_empty() => "All projects".to_owned(),
        several => plural(several.len() as u64, "project"),
    }
}

fn some(chosen: &[String], noun: &str) -> String {
    match chosen {
        [] => format!("All {noun}s"),
        [only] => only.clone(),
        several => plural(several.len() as u64, noun),
    }
}

/// The chosen ones first, known or not; then the others, the most frequent first.
fn environment_choices(within: &Within, known: &[TagCount]) -> Vec<Choice> {
    let chosen = within.environments.iter().map(|name| Choice {
        value: name.clone(),
        label: name.clone(),
        is_chosen: true,
    });
    let others = choices("", known).into_iter();
    let others = others.filter(|choice| !within.environments.contains(&choice.value));
    chosen.chain(others).collect()
}

fn period_words(within: &Within) -> String {
    let known = PERIODS
        .into_iter()
        .find(|(value, _)| *value == within.period);
    match (&*within.start, &*within.end) {
        ("", "") => match known {
            Some((_, label)) => label.to_owned(),
            None => format!("Last {}", within.period),
        },
        ("", end) => format!("Until {end}"),
        (start, "") => format!("Since {start}"),
        (start, end) => format!("{start} to {end}"),
    }
}
