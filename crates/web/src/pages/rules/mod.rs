//! The rules of a project: what is filtered or discarded, and what was decided before. One page
//! each; rules are saved the same way.
//!
//! ```text
//! form → part of the rules → check ─ faults: the page again, with what was typed
//!                               └ none: Ledger::change_rules → back to the page, "Saved."
//! ```

mod discarded;
mod filters;
mod forecast;
mod frame;
mod grouping;
mod history;
mod ownership;
mod scrubbing;
mod showing;
mod trial;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use watchpost_model::{Project, Rules};
use watchpost_store::Actor;
use watchpost_store::limits::CODEOWNERS_BYTES_MAX;

use super::shell::{Scope, ask};
use super::{PageError, Visit};
use crate::App;
use crate::rules::{Field, FieldFault, check};

/// The largest form of rules: several long texts, encoded for a form.
const RULES_FORM_BYTES_MAX: usize = 1024 * 1024;

/// The same with a CODEOWNERS file, in which a form writes every `/` with three characters.
const OWNERSHIP_FORM_BYTES_MAX: usize = RULES_FORM_BYTES_MAX + 3 * CODEOWNERS_BYTES_MAX;

pub(crate) fn routes() -> Router<App> {
    const SETTINGS: &str = "/settings/{org}/projects/{project}/";
    let path = |page: &str| format!("{SETTINGS}{page}/");
    Router::new()
        .route(&path("filters"), get(filters::show).post(filters::save))
        .route(
            &path("scrubbing"),
            get(scrubbing::show).post(scrubbing::save),
        )
        .route(&path("grouping"), get(grouping::show).post(grouping::save))
        .route(
            &path("discarded"),
            get(discarded::show).post(discarded::let_in),
        )
        .route(
            &path("ownership"),
            get(ownership::show)
                .post(ownership::save)
                .layer(DefaultBodyLimit::max(OWNERSHIP_FORM_BYTES_MAX)),
        )
        .route(&path("grouping/frame"), get(frame::show).post(frame::save))
        .route(&path("showing"), get(showing::show).post(showing::save))
        .route(&path("changes"), get(history::show))
        .route(&path("changes/{change}"), post(history::undo))
        .layer(DefaultBodyLimit::max(RULES_FORM_BYTES_MAX))
}

/// The project of an address, with its rules; blocks.
fn load(app: &App, org: &str, slug: &str) -> Result<(Scope, Project, Rules), PageError> {
    let scope = Scope::load_project(app, org, slug)?;
    let project = scope.project()?.clone();
    let rules = app.ledger.rules(project.id)?;
    Ok((scope, project, rules))
}

/// What keeps rules from being saved. Compiling them may take a while, and other requests wait for
/// this thread.
async fn faults_of(app: &App, rules: Rules) -> Result<Vec<FieldFault>, PageError> {
    ask(app, move |_| Ok(check(&rules))).await
}

/// The faults of a part of the rules, as its field shows them.
fn faults_at(faults: &[FieldFault], field: Field) -> Vec<String> {
    let own = faults.iter().filter(|fault| fault.field == field);
    own.map(|fault| fault.fault.to_string()).collect()
}

/// Changes the rules of a project in the name of who is signed in.
async fn change(
    app: &App,
    visit: &Visit,
    project: &Project,
    change: impl Fn(&mut Rules) + Send + 'static,
) -> Result<(), PageError> {
    let (id, user) = (project.id, visit.who.user.id);
    ask(app, move |app| {
        let now = app.clock.now();
        app.ledger
            .change_rules(id, &change, Actor::User(user), now)?;
        Ok(())
    })
    .await
}

/// One entry a line, without white space around it.
fn entries(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}
