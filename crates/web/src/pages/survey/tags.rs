//! The tags of a project: which keys its events have, with how many values.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::Project;
use watchpost_store::{Search, TagFacts};

use super::adoption::percent;
use super::asked::{Asked, Bar};
use crate::App;
use crate::pages::format::{Count, When, grouped};
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{Links, PageError, Visit};

/// Values of each key that are shown.
const TOP_COUNT: usize = 3;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/organizations/{org}/tags/", get(show))
}

#[derive(Template)]
#[template(path = "tags.html")]
struct TagsPage {
    shell: Shell,
    bar: Bar,
    keys: Vec<Key>,
    environments: String,
    is_bare: bool,
}

/// A key.
struct Key {
    href: String,
    name: String,
    values: String,
    events: Count,
    last: When,
    top: Vec<Top>,
}

/// One of its values.
struct Top {
    value: String,
    share: String,
    issues: String,
}

/// The project that is asked for, or the one that this browser saw last; the page is about it.
pub(super) fn in_view(
    scope: &mut Scope,
    asked: &Asked,
    visit: &Wanted,
) -> Result<Project, PageError> {
    let project = match asked.project(scope)? {
        Some(project) => Some(project),
        None => scope.last_or_first(&visit.headers).cloned(),
    };
    let project = project.ok_or_else(|| PageError::Unready {
        location: visit.at.new_project(&scope.org.slug),
    })?;
    scope.current = Some(project.clone());
    Ok(project)
}

/// What a question to the stores takes along of a visit.
pub(super) struct Wanted {
    pub(super) headers: axum::http::HeaderMap,
    at: Links,
}

impl Wanted {
    pub(super) fn of(visit: &Visit) -> Self {
        Self {
            headers: visit.headers.clone(),
            at: visit.at.clone(),
        }
    }
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let (wanted, by) = (asked.clone(), Wanted::of(&visit));
    let (scope, project, facts) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        let project = in_view(&mut scope, &wanted, &by)?;
        let facts = app.ledger.tag_facts(project.id, TOP_COUNT)?;
        Ok((scope, project, facts))
    })
    .await?;
    let org = scope.org.slug.clone();
    let mut bar = Bar::new(visit.at.tags(&org), &asked, &scope);
    bar.placeholder = "Find a key";
    let wanted = asked.query.to_lowercase();
    let facts = facts
        .into_iter()
        .filter(|one| one.key.to_lowercase().contains(&wanted));
    visit.answer(&TagsPage {
        keys: facts
            .map(|one| Key::new(one, &visit, (&org, &project)))
            .collect(),
        environments: format!("{}?project={}", visit.at.environments(&org), project.id),
        is_bare: asked.query.is_empty(),
        shell: visit.shell(&scope, "tags", "Tags"),
        bar,
    })
}

impl Key {
    fn new(facts: TagFacts, visit: &Visit, (org, project): (&str, &Project)) -> Self {
        let top = facts.top.into_iter().map(|top| Top {
            share: percent(top.times_seen, facts.times_seen),
            issues: visit
                .at
                .issues_with(org, project.id, &Search::term(&facts.key, &top.value)),
            value: top.value,
        });
        Self {
            href: visit.at.tag(org, project.id, &facts.key),
            values: match facts.others {
                0 => grouped(facts.values),
                _ => format!("more than {}", grouped(facts.values)),
            },
            events: Count::new(facts.times_seen),
            last: When::new(facts.last_seen, visit.now),
            top: top.collect(),
            name: facts.key,
        }
    }
}
