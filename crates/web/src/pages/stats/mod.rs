//! How items ended: of an organization, or of one of its projects, over a day to three months.

mod stacked;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{Key, Outcome, Project, ProjectId, Retention, Timestamp};
use watchpost_store::{Grain, OutcomeField, OutcomeQuery, OutcomeSum, Usage};

use self::stacked::Stacked;
use super::chart::Period;
use super::format::{Count, When, bytes_in_words, grouped};
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;

/// Rows of the table by reason; the sums by outcome above it are always whole.
const ROW_COUNT_MAX: usize = 200;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/organizations/{org}/stats/", get(show))
}

#[derive(Template)]
#[template(path = "stats.html")]
struct StatsPage {
    shell: Shell,
    heading: String,
    /// Where the links to other periods lead, up to the period.
    here: String,
    chart: Stacked,
    rows: Vec<Row>,
    is_cut: bool,
    is_project: bool,
    stored: Vec<Stored>,
}

/// A sum of the table.
struct Row {
    outcome: Outcome,
    label: &'static str,
    category: String,
    reason: String,
    /// The project, or the key within one.
    place: String,
    quantity: Count,
}

/// What a project has stored.
struct Stored {
    name: String,
    events: Count,
    bytes: String,
    oldest: Option<When>,
    kept: String,
}

/// What the stores say.
struct Found {
    series: Vec<OutcomeSum>,
    sums: Vec<OutcomeSum>,
    keys: Vec<Key>,
    usage: Vec<Usage>,
    /// Of projects that do not say so themselves.
    retention: Retention,
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let period = Period::from_name(visit.params.get("period")).unwrap_or_default();
    let wanted = visit.params.get("project").to_owned();
    let now = visit.now;
    let (scope, found) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        if !wanted.is_empty() {
            scope.current = Some(named(&scope, &wanted)?);
        }
        let found = look(app, &scope, period, now)?;
        Ok((scope, found))
    })
    .await?;
    visit.answer(&page(&visit, &scope, period, &found))
}

/// The project of that number or slug, within the organization.
fn named(scope: &Scope, wanted: &str) -> Result<Project, PageError> {
    let id = wanted.parse::<ProjectId>().ok();
    let mut projects = scope.projects.iter();
    let found = projects.find(|project| Some(project.id) == id || project.slug == wanted);
    found.cloned().ok_or(PageError::Missing("project"))
}

fn look(app: &App, scope: &Scope, period: Period, now: Timestamp) -> Result<Found, PageError> {
    let projects = match &scope.current {
        Some(project) => vec![project.id],
        None => scope.project_ids(),
    };
    let query = OutcomeQuery {
        grain: grain(period),
        ..OutcomeQuery::new(projects, period.since(now), now)
    };
    let by = |by: &[OutcomeField]| OutcomeQuery {
        by: by.to_vec(),
        ..query.clone()
    };
    let series = by(&[OutcomeField::Time, OutcomeField::Outcome]);
    let mut fields = vec![
        OutcomeField::Project,
        OutcomeField::Outcome,
        OutcomeField::Category,
        OutcomeField::Reason,
    ];
    let keys = match &scope.current {
        Some(project) => {
            fields.push(OutcomeField::Key);
            app.ledger.keys(project.id)?
        }
        None => Vec::new(),
    };
    let sums = OutcomeQuery {
        limit: ROW_COUNT_MAX + 1,
        ..by(&fields)
    };
    Ok(Found {
        series: app.ledger.outcome_sums(&series)?,
        sums: app.ledger.outcome_sums(&sums)?,
        keys,
        usage: app.archive.usage()?,
        retention: app.config.retention,
    })
}

/// Months are summed from days.
fn grain(period: Period) -> Grain {
    match period {
        Period::Day | Period::Week => Grain::Hour,
        Period::Fortnight | Period::Month | Period::Quarter => Grain::Day,
    }
}

fn page(visit: &Visit, scope: &Scope, period: Period, found: &Found) -> StatsPage {
    let org = &scope.org.slug;
    let (here, heading, tab) = if let Some(project) = &scope.current {
        let here = format!("{}&period=", visit.at.project_stats(org, project.id));
        (here, format!("Stats of {}", project.name), "stats")
    } else {
        let here = format!("{}?period=", visit.at.stats(org));
        (here, format!("Stats of {}", scope.org.name), "org-stats")
    };
    let shown = match &scope.current {
        Some(project) => vec![project],
        None => scope.projects.iter().collect(),
    };
    let rows = found.sums.iter().take(ROW_COUNT_MAX);
    StatsPage {
        shell: visit.shell(scope, tab, &heading),
        heading,
        here,
        chart: Stacked::new(period, &found.series, visit.now),
        rows: rows.map(|sum| row(sum, scope, &found.keys)).collect(),
        is_cut: found.sums.len() > ROW_COUNT_MAX,
        is_project: scope.current.is_some(),
        stored: shown
            .into_iter()
            .map(|project| stored(project, found, visit.now))
            .collect(),
    }
}

fn row(sum: &OutcomeSum, scope: &Scope, keys: &[Key]) -> Row {
    let place = if scope.current.is_some() {
        let key = sum.key.and_then(|id| keys.iter().find(|key| key.id == id));
        key.map_or_else(|| "none".to_owned(), |key| key.label.clone())
    } else {
        let mut projects = scope.projects.iter();
        let found = projects.find(|project| Some(project.id) == sum.project);
        found.map_or_else(String::new, |project| project.name.clone())
    };
    let outcome = sum.outcome.unwrap_or(Outcome::Accepted);
    Row {
        outcome,
        label: label(outcome),
        category: sum.category.clone().unwrap_or_default(),
        reason: sum.reason.clone().unwrap_or_default(),
        place,
        quantity: Count::new(sum.quantity),
    }
}

fn stored(project: &Project, found: &Found, now: Timestamp) -> Stored {
    let usage = found.usage.iter().find(|usage| usage.project == project.id);
    let days = match project.retention.days.or(found.retention.days) {
        Some(1) => "1 day".to_owned(),
        Some(days) => format!("{} days", grouped(days.into())),
        None => "for ever".to_owned(),
    };
    let kept = match project.retention.bytes.or(found.retention.bytes) {
        Some(bytes) => format!("{days}, at most {}", bytes_in_words(bytes)),
        None => days,
    };
    Stored {
        name: project.name.clone(),
        events: Count::new(usage.map_or(0, |usage| usage.events)),
        bytes: bytes_in_words(usage.map_or(0, |usage| usage.bytes)),
        oldest: usage
            .filter(|usage| usage.events > 0)
            .map(|usage| When::new(usage.oldest, now)),
        kept,
    }
}

/// An outcome as people say it.
fn label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "Accepted",
        Outcome::Filtered => "Filtered",
        Outcome::RateLimited => "Rate limited",
        Outcome::Invalid => "Invalid",
        Outcome::Quarantined => "Quarantined",
        Outcome::ClientDiscarded => "Discarded by the client",
        Outcome::Duplicate => "Duplicate",
        Outcome::NotSupportedYet => "Not supported yet",
    }
}
