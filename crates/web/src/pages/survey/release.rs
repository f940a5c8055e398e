//! A release of a project: what it brought, what came back, what it mended, how far it got.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{Issue, Project, ProjectId, Timestamp};
use watchpost_store::search::ast::Expr;
use watchpost_store::{
    Asker, Commit, Deploy, Histogram, InRelease, IssueQuery, ReleaseRow, Sort, StoreError,
};

use super::adoption::{self, Adoption};
use super::asked::{Asked, Bar, Choice};
use super::issue_lines::IssueLine;
use super::releases::environments;
use super::term;
use crate::App;
use crate::pages::format::{Count, When, absolute};
use crate::pages::links::safe_url;
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{PageError, Visit};

/// Issues of one kind that are shown.
const LINE_COUNT_MAX: usize = 20;
/// Releases that another can be compared with, the newest.
const OTHER_COUNT_MAX: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/organizations/{org}/releases/{version}/", get(show))
}

#[derive(Template)]
#[template(path = "release.html")]
struct ReleasePage {
    shell: Shell,
    org: String,
    bar: Bar,
    version: String,
    project: Project,
    facts: Vec<(&'static str, Fact)>,
    adoption: Adoption,
    parts: Vec<Part>,
    /// What it can be compared with.
    others: Vec<Choice>,
    commits: Vec<CommitLine>,
    deploys: Vec<DeployLine>,
}

/// What is known of it.
enum Fact {
    When(When),
    Count(Count),
    Text(String),
    Link(String, String),
}

/// Issues of one kind.
struct Part {
    id: &'static str,
    title: String,
    lines: Vec<IssueLine>,
    /// Where all of them are, when there may be more.
    all: Option<String>,
    none: &'static str,
}

struct CommitLine {
    short: String,
    id: String,
    /// The first line of what it says.
    words: String,
    who: String,
    at: Option<When>,
    repository: String,
}

struct DeployLine {
    environment: String,
    name: String,
    url: Option<String>,
    finished: When,
    took: String,
}

/// What the stores say.
struct Found {
    row: ReleaseRow,
    project: Project,
    histograms: [Histogram; 2],
    environments: Vec<String>,
    issues: [Vec<Issue>; 3],
    other: Option<String>,
    /// Only in this one, only in the other.
    apart: [Option<Vec<Issue>>; 2],
    others: Vec<String>,
    commits: Vec<Commit>,
    deploys: Vec<Deploy>,
}

async fn show(
    State(app): State<App>,
    Path((org, version)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let version = match visit.params.get("version") {
        "" => version,
        named => named.to_owned(),
    };
    let other = visit.params.get("compare").to_owned();
    let (wanted, now) = (asked.clone(), visit.now);
    let (scope, found) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        let (project, row) = locate(app, &scope, &wanted, &version)?;
        scope.current = Some(project.clone());
        let other = Some(other).filter(|other| !other.is_empty());
        let found = look(app, (project, row), (&wanted, now), other)?;
        Ok((scope, found))
    })
    .await?;
    visit.answer(&page(&visit, &scope, &asked, found))
}

/// The release in the project that is asked for, or in the first that has it.
fn locate(
    app: &App,
    scope: &Scope,
    asked: &Asked,
    version: &str,
) -> Result<(Project, ReleaseRow), PageError> {
    let projects = match asked.project(scope)? {
        Some(project) => vec![project],
        None => scope.projects.clone(),
    };
    for project in projects {
        if let Some(row) = app.ledger.release_row(project.id, version)? {
            return Ok((project, row));
        }
    }
    Err(PageError::Missing("release"))
}

fn look(
    app: &App,
    (project, row): (Project, ReleaseRow),
    (asked, now): (&Asked, Timestamp),
    other: Option<String>,
) -> Result<Found, PageError> {
    let (id, version) = (project.id, row.release.version.clone());
    let of = |what| app.ledger.issues_of_release(&row, what, LINE_COUNT_MAX);
    let other = other.or_else(|| row.before.clone());
    let apart = match &other {
        Some(other) => [(&version, other), (other, &version)].map(|(with, without)| {
            let without = Expr::Not(Box::new(term("release", without)));
            let terms = Expr::All(vec![term("release", with), without]);
            find(app, id, &terms, now)
        }),
        None => [Ok(None), Ok(None)],
    };
    let [only_here, only_there] = apart;
    let others = app.ledger.releases(id, None, OTHER_COUNT_MAX)?.into_iter();
    let others = others.map(|one| one.version).filter(|one| *one != version);
    Ok(Found {
        histograms: adoption::look(app, id, &version, (asked, now))?,
        environments: environments(app, &[id])?,
        issues: [
            of(InRelease::New)?,
            of(InRelease::Regressed)?,
            of(InRelease::Resolved)?,
        ],
        apart: [only_here?, only_there?],
        others: others.collect(),
        commits: app.ledger.commits(id, &version)?,
        deploys: app.ledger.deploys(id, &version)?,
        other,
        project,
        row,
    })
}

/// The issues that a search finds, the last seen first. None when there is no time for it.
fn find(
    app: &App,
    project: ProjectId,
    terms: &Expr,
    now: Timestamp,
) -> Result<Option<Vec<Issue>>, PageError> {
    let text = terms.to_string();
    let query = IssueQuery::parse(project, &text, Sort::LastSeen, Asker::at(now));
    let query = query.map_err(|error| PageError::Invalid(error.message))?;
    let query = IssueQuery {
        limit: LINE_COUNT_MAX,
        ..query
    };
    match app.ledger.find_issues(&query) {
        Err(StoreError::Slow { .. }) => Ok(None),
        found => Ok(Some(found?.rows)),
    }
}

fn page(visit: &Visit, scope: &Scope, asked: &Asked, found: Found) -> ReleasePage {
    let (org, release) = (&scope.org.slug, &found.row.release);
    let here = visit.at.release(org, found.project.id, &release.version);
    let action = here.split('?').next().unwrap_or(&here).to_owned();
    let bar = Bar::new(action, asked, scope)
        .about(found.project.id, kept(&release.version, &found))
        .with_periods()
        .with_environments(found.environments.clone());
    let others = found.others.iter().map(|version| Choice {
        is_chosen: Some(version) == found.other.as_ref(),
        value: version.clone(),
        label: version.clone(),
    });
    let title = format!("Release {}", release.version);
    ReleasePage {
        others: others.collect(),
        facts: facts(visit, org, &found),
        adoption: Adoption::new(asked.period, &found.histograms, visit.now),
        parts: parts(visit, org, &found),
        commits: found
            .commits
            .iter()
            .map(|one| commit(one, visit.now))
            .collect(),
        deploys: found
            .deploys
            .iter()
            .map(|one| deploy(one, visit.now))
            .collect(),
        shell: visit.shell(scope, "releases", &title),
        bar,
        org: org.clone(),
        version: release.version.clone(),
        project: found.project,
    }
}

/// What the address says beside the name: the name itself when it is no segment of a path, and what
/// it is compared with when somebody chose that.
fn kept(version: &str, found: &Found) -> Vec<(&'static str, String)> {
    let mut kept = Vec::new();
    if matches!(version, "." | "..") {
        kept.push(("version", version.to_owned()));
    }
    if let Some(other) = found
        .other
        .clone()
        .filter(|_| found.other != found.row.before)
    {
        kept.push(("compare", other));
    }
    kept
}

fn facts(visit: &Visit, org: &str, found: &Found) -> Vec<(&'static str, Fact)> {
    let release = &found.row.release;
    let when = |at| Fact::When(When::new(at, visit.now));
    let mut facts = Vec::new();
    if let Some(released) = release.released {
        facts.push(("Released", when(released)));
    }
    if release.events > 0 {
        facts.push(("First event", when(release.first_seen)));
        facts.push(("Last event", when(release.last_seen)));
    } else {
        facts.push(("Named", when(release.first_seen)));
    }
    facts.push(("Events", Fact::Count(Count::new(release.events))));
    if let Some(before) = &found.row.before {
        let href = visit.at.release(org, release.project, before);
        facts.push(("Release before", Fact::Link(before.clone(), href)));
    }
    if release.is_ignored {
        let words = "says nothing: it is left out of the order of releases".to_owned();
        facts.push(("Order", Fact::Text(words)));
    }
    facts
}

fn parts(visit: &Visit, org: &str, found: &Found) -> Vec<Part> {
    let (release, project) = (&found.row.release, &found.project);
    let lines = |issues: &[Issue]| {
        let place = (&visit.at, org, project);
        let issues = issues.iter();
        issues
            .map(|issue| IssueLine::new(issue, place, visit.now))
            .collect()
    };
    let all = |terms: Expr| Some(visit.at.issues_with(org, project.id, &terms.to_string()));
    let [new, regressed, resolved] = &found.issues;
    let mut parts = vec![
        Part {
            id: "new",
            title: format!("New issues ({})", release.new_issues),
            lines: lines(new),
            all: all(term("firstRelease", &release.version)),
            none: "No issue was first seen in this release.",
        },
        Part {
            id: "regressed",
            title: format!("Came back ({})", found.row.regressed),
            lines: lines(regressed),
            all: None,
            none: "No resolved issue came back in this release.",
        },
        Part {
            id: "resolved",
            title: format!("Resolved in it ({})", found.row.resolved),
            lines: lines(resolved),
            all: None,
            none: "No issue is resolved in this release.",
        },
    ];
    if let Some(other) = &found.other {
        let [here, there] = found.apart.each_ref().map(Option::as_deref);
        let without = |version| Expr::Not(Box::new(term("release", version)));
        let own = term("release", &release.version);
        parts.push(Part {
            id: "only",
            title: format!("Seen here, not in {other}"),
            lines: lines(here.unwrap_or_default()),
            all: all(Expr::All(vec![own, without(other)])),
            none: none_apart(
                here,
                "Every issue of this release was seen in the other one, too.",
            ),
        });
        parts.push(Part {
            id: "gone",
            title: format!("Seen in {other}, not here"),
            lines: lines(there.unwrap_or_default()),
            all: all(Expr::All(vec![
                term("release", other),
                without(&release.version),
            ])),
            none: none_apart(
                there,
                "Every issue of the other release was seen in this one, too.",
            ),
        });
    }
    parts
}

/// What is said where no issue is: nothing is known of what there was no time for.
fn none_apart(found: Option<&[Issue]>, none: &'static str) -> &'static str {
    found.map_or("There was no time to compare.", |_| none)
}

fn commit(commit: &Commit, now: Timestamp) -> CommitLine {
    let name = commit.author_name.as_ref().or(commit.author_email.as_ref());
    CommitLine {
        short: commit.id.chars().take(12).collect(),
        id: commit.id.clone(),
        words: commit.message.lines().next().unwrap_or_default().to_owned(),
        who: name.cloned().unwrap_or_default(),
        at: commit.at.map(|at| When::new(at, now)),
        repository: commit.repository.clone().unwrap_or_default(),
    }
}

fn deploy(deploy: &Deploy, now: Timestamp) -> DeployLine {
    let took = deploy
        .started
        .map(|started| deploy.finished.secs_since(started));
    let started = deploy.started.map(absolute).unwrap_or_default();
    DeployLine {
        environment: deploy.environment.clone(),
        name: deploy.name.clone().unwrap_or_default(),
        url: deploy.url.as_deref().and_then(safe_url).map(str::to_owned),
        finished: When::new(deploy.finished, now),
        took: match took {
            Some(secs @ 0..120) => format!("{secs} s"),
            Some(secs) if secs > 0 => format!("{} min", secs / 60),
            _ => started,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_of_issues_that_were_not_compared() {
        assert_eq!(none_apart(None, "all"), "There was no time to compare.");
        assert_eq!(none_apart(Some(&[]), "all"), "all");
    }
}
