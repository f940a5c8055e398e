//! The overview: how each project is, at a glance.

use std::cmp::Reverse;
use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{CATEGORY_ERROR, Outcome, Project, ProjectId, Timestamp};
use watchpost_store::{OutcomeField, OutcomeQuery, ProjectFacts};

use super::asked::{Asked, Bar, Choice};
use crate::App;
use crate::pages::chart::{Period, Spark};
use crate::pages::format::{Count, grouped, plural};
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{PageError, Visit};

/// Cards of one page.
const CARD_COUNT_MAX: usize = 48;
const DAY_SECS: i64 = 24 * 3600;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/organizations/{org}/projects/", get(show))
}

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage {
    shell: Shell,
    org: String,
    bar: Bar,
    cards: Vec<Card>,
    orders: Vec<Choice>,
    /// Whether the organization has any.
    has_projects: bool,
    next: Option<String>,
    first: Option<String>,
}

/// A project.
struct Card {
    project: Project,
    issues: String,
    /// Where to connect an application; of a project that never had an event.
    guide: Option<String>,
    spark: Spark,
    errors: Count,
    trend: Trend,
    users: String,
    new_issues: Count,
    unresolved: Count,
    release: Option<(String, String)>,
}

/// How many more than the day before, in words and with a sign.
#[derive(Debug, PartialEq, Eq)]
struct Trend {
    tone: &'static str,
    words: String,
}

impl Trend {
    fn new(now: u64, before: u64) -> Self {
        let (tone, words) = match (now, before) {
            (0, 0) => ("", "none the day before".to_owned()),
            (_, 0) => ("bad", "none the day before".to_owned()),
            _ if now == before => ("", "as many as the day before".to_owned()),
            _ if now > before => (
                "bad",
                format!("+{} on the day before", share(now - before, before)),
            ),
            _ => (
                "good",
                format!("−{} on the day before", share(before - now, before)),
            ),
        };
        Self { tone, words }
    }
}

/// A part in percent, at least 1.
fn share(part: u64, whole: u64) -> String {
    let exact = u128::from(part) * 100 / u128::from(whole.max(1));
    let percent = u64::try_from(exact).unwrap_or(u64::MAX).max(1);
    format!("{} %", grouped(percent))
}

/// The orders, by their name in the address.
const ORDERS: [(&str, &str); 3] = [("", "Errors"), ("change", "Change"), ("name", "Name")];

/// Accepted errors of each project: of the last 24 hours, and of those before.
type Sums = HashMap<ProjectId, [u64; 2]>;

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let (now, wanted) = (visit.now, asked.clone());
    let (scope, found) = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let found = look(app, &scope, &wanted, now)?;
        Ok((scope, found))
    })
    .await?;
    visit.answer(&page(&visit, &scope, &asked, found))
}

/// What the stores say.
struct Found {
    projects: Vec<Project>,
    sums: Sums,
    hours: HashMap<ProjectId, Vec<(Timestamp, u64)>>,
    facts: Vec<ProjectFacts>,
    has_more: bool,
}

fn look(app: &App, scope: &Scope, asked: &Asked, now: Timestamp) -> Result<Found, PageError> {
    let since = Period::Day.since(now);
    let sums = sums(app, &scope.project_ids(), since, now)?;
    let mut projects: Vec<Project> = matching(&scope.projects, &asked.query);
    arrange(&mut projects, &asked.sort, &sums);
    let start = page_of(asked).saturating_mul(CARD_COUNT_MAX);
    let has_more = projects.len() > start.saturating_add(CARD_COUNT_MAX);
    let projects: Vec<Project> = projects
        .into_iter()
        .skip(start)
        .take(CARD_COUNT_MAX)
        .collect();
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let series = OutcomeQuery {
        by: vec![OutcomeField::Project, OutcomeField::Time],
        ..errors(ids.clone(), since, now)
    };
    let mut hours: HashMap<ProjectId, Vec<(Timestamp, u64)>> = HashMap::new();
    for sum in app.ledger.outcome_sums(&series)? {
        if let (Some(project), Some(time)) = (sum.project, sum.time) {
            hours.entry(project).or_default().push((time, sum.quantity));
        }
    }
    let facts = app.ledger.project_facts(&ids, now.plus_secs(-DAY_SECS))?;
    Ok(Found {
        projects,
        sums,
        hours,
        facts,
        has_more,
    })
}

fn errors(projects: Vec<ProjectId>, since: Timestamp, until: Timestamp) -> OutcomeQuery {
    OutcomeQuery {
        categories: Some(vec![CATEGORY_ERROR.to_owned()]),
        outcomes: Some(vec![Outcome::Accepted]),
        ..OutcomeQuery::new(projects, since, until)
    }
}

fn sums(
    app: &App,
    projects: &[ProjectId],
    since: Timestamp,
    now: Timestamp,
) -> Result<Sums, PageError> {
    let mut sums = Sums::new();
    let before = (since.plus_secs(-DAY_SECS), since.plus_secs(-1));
    for (place, (since, until)) in [(since, now), before].into_iter().enumerate() {
        let query = OutcomeQuery {
            by: vec![OutcomeField::Project],
            ..errors(projects.to_vec(), since, until)
        };
        for sum in app.ledger.outcome_sums(&query)? {
            if let Some(project) = sum.project
                && let Some(slot) = sums.entry(project).or_default().get_mut(place)
            {
                *slot = sum.quantity;
            }
        }
    }
    Ok(sums)
}

/// The projects whose name or slug contains a text.
fn matching(projects: &[Project], query: &str) -> Vec<Project> {
    let query = query.to_lowercase();
    let fits = |project: &&Project| {
        project.slug.contains(&query) || project.name.to_lowercase().contains(&query)
    };
    projects.iter().filter(fits).cloned().collect()
}

fn arrange(projects: &mut [Project], sort: &str, sums: &Sums) {
    let of = |project: &Project| sums.get(&project.id).copied().unwrap_or_default();
    projects.sort_by_key(|project| project.name.to_lowercase());
    match sort {
        "name" => {}
        "change" => projects.sort_by_key(|project| {
            let [now, before] = of(project);
            Reverse(i128::from(now) - i128::from(before))
        }),
        _ => projects.sort_by_key(|project| Reverse(of(project))),
    }
}

fn page_of(asked: &Asked) -> usize {
    asked.cursor.parse().unwrap_or(0)
}

fn page(visit: &Visit, scope: &Scope, asked: &Asked, mut found: Found) -> ProjectsPage {
    let org = scope.org.slug.clone();
    let action = visit.at.projects(&org);
    let link = |asked: Asked| format!("{action}?{}", asked.to_query());
    let number = page_of(asked);
    let next = found
        .has_more
        .then(|| link(asked.with_cursor(&(number + 1).to_string())));
    let orders = ORDERS.map(|(name, label)| Choice {
        value: link(asked.with_sort(name)),
        label: label.to_owned(),
        is_chosen: asked.sort == name,
    });
    let mut bar = Bar::new(action.clone(), asked, scope);
    bar.projects.clear();
    bar.placeholder = "Find a project by its name";
    let projects = std::mem::take(&mut found.projects);
    let facts = std::mem::take(&mut found.facts);
    let cards = projects.into_iter().zip(&facts);
    ProjectsPage {
        cards: cards
            .map(|(project, facts)| card(visit, &org, project, (facts, &found)))
            .collect(),
        orders: orders.into(),
        has_projects: !scope.projects.is_empty(),
        next,
        first: (number > 0).then(|| link(asked.with_cursor(""))),
        shell: visit.shell(scope, "projects", "Projects"),
        bar,
        org,
    }
}

fn card(
    visit: &Visit,
    org: &str,
    project: Project,
    (facts, found): (&ProjectFacts, &Found),
) -> Card {
    let [errors, before] = found.sums.get(&project.id).copied().unwrap_or_default();
    let hours = found.hours.get(&project.id).into_iter().flatten().copied();
    let is_silent = project.first_event.is_none();
    let release = facts.newest_release.clone().map(|version| {
        let href = visit.at.release(org, project.id, &version);
        (version, href)
    });
    Card {
        issues: visit.at.issues(org, project.id),
        guide: is_silent.then(|| visit.at.getting_started(org, &project.slug)),
        spark: Spark::new(Period::Day, hours, visit.now),
        errors: Count::new(errors),
        trend: Trend::new(errors, before),
        users: users(facts),
        new_issues: Count::new(facts.new_issues),
        unresolved: Count::new(facts.unresolved),
        release,
        project,
    }
}

/// The users that a project counts by name are the first that it met: later ones are more.
fn users(facts: &ProjectFacts) -> String {
    match (facts.users, facts.has_more_users) {
        (0, true) => "some".to_owned(),
        (users, true) => format!("more than {}", grouped(users)),
        (users, false) => plural(users, "user"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_is_told_with_its_sign() {
        let check = |now, before, tone: &str, words: &str| {
            let trend = Trend::new(now, before);
            assert_eq!((trend.tone, trend.words.as_str()), (tone, words));
        };
        check(0, 0, "", "none the day before");
        check(7, 0, "bad", "none the day before");
        check(7, 7, "", "as many as the day before");
        check(15, 10, "bad", "+50 % on the day before");
        check(0, 10, "good", "−100 % on the day before");
        check(1_000_001, 1_000_000, "bad", "+1 % on the day before");
        check(
            u64::MAX,
            1,
            "bad",
            "+18,446,744,073,709,551,615 % on the day before",
        );
    }
}
