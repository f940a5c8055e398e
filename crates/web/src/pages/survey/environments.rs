//! The environments of a project, and which of them people want among the choices.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use watchpost_model::Project;

use super::adoption::percent;
use super::asked::{Asked, Bar};
use super::tags::{Wanted, in_view};
use crate::pages::form::Form;
use crate::pages::format::{Count, When, grouped};
use crate::pages::shell::{Scope, Shell, ask};
use crate::pages::{PageError, Visit};
use crate::{App, audit};

pub(super) fn routes() -> Router<App> {
    let path = "/organizations/{org}/environments/";
    Router::new().route(path, get(show).post(change))
}

#[derive(Template)]
#[template(path = "environments.html")]
struct EnvironmentsPage {
    shell: Shell,
    org: String,
    project: Project,
    bar: Bar,
    rows: Vec<Row>,
    looked_at: Option<String>,
}

/// An environment.
struct Row {
    name: String,
    href: String,
    events: Count,
    share: String,
    issues: Count,
    last: When,
    is_hidden: bool,
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let asked = Asked::read(&visit.params);
    let (wanted, by) = (asked.clone(), Wanted::of(&visit));
    let (scope, project, found, by_value) = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        let project = in_view(&mut scope, &wanted, &by)?;
        let found = app.ledger.environments(project.id)?;
        let by_value = app.ledger.issues_by_value(project.id, "environment")?;
        Ok((scope, project, found, by_value))
    })
    .await?;
    let org = scope.org.slug.clone();
    let total: u64 = found.iter().map(|one| one.times_seen).sum();
    let issues: HashMap<String, u64> = by_value.counts.into_iter().collect();
    let rows = found.into_iter().map(|one| Row {
        href: visit.at.issues_with(
            &org,
            project.id,
            &super::term("environment", &one.name).to_string(),
        ),
        events: Count::new(one.times_seen),
        share: percent(one.times_seen, total),
        issues: Count::new(issues.get(&one.name).copied().unwrap_or(0)),
        last: When::new(one.last_seen, visit.now),
        is_hidden: one.is_hidden,
        name: one.name,
    });
    visit.answer(&EnvironmentsPage {
        rows: rows.collect(),
        looked_at: by_value.is_cut.then(|| grouped(by_value.looked_at)),
        bar: Bar::new(visit.at.environments(&org), &asked, &scope),
        shell: visit.shell(&scope, "tags", "Environments"),
        project,
        org,
    })
}

/// Hides one, or shows it again.
async fn change(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let asked = Asked::read(&form.fields);
    let name = form.fields.exact("name").to_owned();
    let is_hidden = match form.fields.get("do") {
        "hide" => true,
        "show" => false,
        _ => {
            return Err(PageError::Invalid(
                "Choose to hide it or to show it.".to_owned(),
            ));
        }
    };
    let at = form.visit.at.clone();
    let by = form.visit.who.user.id;
    let hidden = name.clone();
    let (project, target, is_news) = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let project = asked
            .project(&scope)?
            .ok_or(PageError::Missing("project"))?;
        let known = app.ledger.environments(project.id)?;
        let known = known.iter().find(|one| one.name == name);
        let known = known.ok_or(PageError::Missing("environment"))?;
        app.ledger.hide_environment(project.id, &name, is_hidden)?;
        let target = format!("{}?project={}", at.environments(&org), project.id);
        Ok((project.clone(), target, known.is_hidden != is_hidden))
    })
    .await?;
    if is_news {
        audit::environment_hidden(&app, &project, &hidden, is_hidden, by).await;
    }
    Ok(Redirect::to(&target).into_response())
}
