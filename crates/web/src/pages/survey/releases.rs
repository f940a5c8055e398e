//! The list of releases: what came, came back and was resolved with each, and how much of what
//! arrives is of it.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{Project, ProjectId, Timestamp};
use watchpost_store::{Cursor, Page, ReleaseQuery, ReleaseRow, StoreError};

use super::adoption::{self, Shares};
use super::asked::{Asked, Bar, ENVIRONMENT_COUNT_MAX};
use crate::App;
use crate::pages::format::{Count, When};
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{PageError, Visit};

/// Rows of one page.
const ROW_COUNT_MAX: usize = 25;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/organizations/{org}/releases/", get(show))
}

#[derive(Template)]
#[template(path = "releases.html")]
struct ReleasesPage {
    shell: Shell,
    bar: Bar,
    rows: Vec<Row>,
    period: &'static str,
    /// What was left out of the shares.
    cut: Option<String>,
    /// Whether nothing was asked for and there is none.
    is_bare: bool,
    next: Option<String>,
    first: Option<String>,
}

/// A release.
struct Row {
    href: String,
    version: String,
    project: String,
    date: When,
    is_dated: bool,
    last: Option<When>,
    events: Count,
    /// Of the events of its project.
    share: String,
    new_issues: Count,
    regressed: Count,
    resolved: Count,
    commits: Count,
    deploy: Option<(String, When)>,
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let (wanted, now) = (asked.clone(), visit.now);
    let (scope, found) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        scope.current = wanted.project(&scope)?;
        let found = look(app, &scope, &wanted, now)?;
        Ok((scope, found))
    })
    .await?;
    visit.answer(&page(&visit, &scope, &asked, found))
}

/// What the stores say.
struct Found {
    page: Page<ReleaseRow>,
    shares: Shares,
    environments: Vec<String>,
}

fn look(app: &App, scope: &Scope, asked: &Asked, now: Timestamp) -> Result<Found, PageError> {
    let projects = match &scope.current {
        Some(project) => vec![project.id],
        None => scope.project_ids(),
    };
    let environments = environments(app, &projects)?;
    let shares = adoption::shares(app, &projects, asked, now)?;
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let query = ReleaseQuery {
        contains: text(&asked.query),
        // Of an environment: the releases that had events there.
        among: text(&asked.environment).and_then(|_| shares.releases()),
        cursor: text(&asked.cursor).map(Cursor),
        limit: ROW_COUNT_MAX,
        projects,
    };
    let page = app
        .ledger
        .release_rows(&query)
        .map_err(|error| match error {
            StoreError::Missing { .. } => PageError::Missing("page"),
            other => other.into(),
        })?;
    Ok(Found {
        page,
        shares,
        environments,
    })
}

/// The environments of projects, by name.
pub(super) fn environments(app: &App, projects: &[ProjectId]) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for project in projects {
        let values = app
            .ledger
            .tag_values(*project, "environment", ENVIRONMENT_COUNT_MAX)?;
        names.extend(values.into_iter().map(|value| value.value));
    }
    names.sort();
    names.dedup();
    names.truncate(ENVIRONMENT_COUNT_MAX);
    Ok(names)
}

fn page(visit: &Visit, scope: &Scope, asked: &Asked, found: Found) -> ReleasesPage {
    let org = &scope.org.slug;
    let action = visit.at.releases(org);
    let link = |asked: Asked| format!("{action}?{}", asked.to_query());
    let next = found.page.next.as_ref();
    let mut bar = Bar::new(action.clone(), asked, scope)
        .with_periods()
        .with_environments(found.environments);
    bar.has_all = true;
    bar.placeholder = "Find a release by a part of its name";
    let projects = scope.projects.iter().map(|project| (project.id, project));
    let projects: HashMap<ProjectId, &Project> = projects.collect();
    let rows = found.page.rows.into_iter();
    ReleasesPage {
        next: next.map(|cursor| link(asked.with_cursor(&cursor.0))),
        first: (!asked.cursor.is_empty()).then(|| link(asked.with_cursor(""))),
        is_bare: asked.query.is_empty() && asked.environment.is_empty(),
        rows: rows
            .map(|row| Row::new(visit, org, (row, &projects), &found.shares))
            .collect(),
        period: asked.period.words(),
        cut: found.shares.cut.clone(),
        shell: visit.shell(scope, "releases", "Releases"),
        bar,
    }
}

impl Row {
    fn new(
        visit: &Visit,
        org: &str,
        (row, projects): (ReleaseRow, &HashMap<ProjectId, &Project>),
        shares: &Shares,
    ) -> Self {
        let ReleaseRow {
            release,
            last_deploy,
            ..
        } = row;
        let date = release.released.unwrap_or(release.first_seen);
        let project = projects.get(&release.project);
        let when = |at| When::new(at, visit.now);
        Self {
            href: visit.at.release(org, release.project, &release.version),
            project: project.map_or_else(String::new, |project| project.name.clone()),
            date: when(date),
            is_dated: release.released.is_some(),
            last: (release.events > 0).then(|| when(release.last_seen)),
            events: Count::new(release.events),
            share: shares.words(release.project, &release.version),
            new_issues: Count::new(release.new_issues),
            regressed: Count::new(row.regressed),
            resolved: Count::new(row.resolved),
            commits: Count::new(row.commits),
            deploy: last_deploy.map(|deploy| (deploy.environment, when(deploy.finished))),
            version: release.version,
        }
    }
}
