//! The pages for people: server-rendered, complete without JavaScript.
//!
//! ```text
//! route → handler: extractors (session, form check) → one question to the stores → view (pure)
//!       → template → answer          what goes wrong: PageError → Fault → `dress` draws it
//! ```

mod account;
mod audit_log;
mod backoff;
mod chart;
mod csv;
mod dashboards;
mod dress;
mod error;
mod event;
mod explore;
mod form;
mod format;
mod getting_started;
mod home;
mod invite;
mod issue;
mod issues;
mod keys;
mod links;
mod members;
mod newest;
mod organization;
mod palette;
mod people;
mod person;
mod preferences;
mod project;
mod quarantine;
mod quota;
mod rules;
mod searches;
mod setup;
mod shell;
mod sign_in;
mod stats;
mod status;
mod survey;
mod teams;
mod tokens;
mod two_factor;
mod welcome;

#[cfg(test)]
mod tests;

use axum::Extension;
use axum::Router;
use axum::extract::DefaultBodyLimit;

pub(crate) use dress::{dress, not_found};
pub(crate) use error::PageError;
pub(crate) use links::Links;
pub(crate) use members::INVITE_SECS;
pub(crate) use person::email as typed_email;
pub(crate) use shell::Visit;

use crate::App;

/// Pages that ask for the present password: what was tried on one counts on the other.
fn of_account() -> Router<App> {
    account::routes()
        .merge(two_factor::routes())
        .layer(Extension(account::Presents::default()))
}

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(home::routes())
        .merge(sign_in::routes())
        .merge(setup::routes())
        .merge(welcome::routes())
        .merge(issues::routes())
        .merge(searches::routes())
        .merge(palette::routes())
        .merge(preferences::routes())
        .merge(issue::routes())
        .merge(project::routes())
        .merge(rules::routes())
        .merge(keys::routes())
        .merge(getting_started::routes())
        .merge(tokens::routes())
        .merge(teams::routes())
        .merge(of_account())
        .merge(organization::routes())
        .merge(members::routes())
        .merge(invite::routes())
        .merge(audit_log::routes())
        .merge(quarantine::routes())
        .merge(stats::routes())
        .merge(explore::routes())
        .merge(dashboards::routes())
        .merge(survey::routes())
        .merge(status::routes())
        .merge(crate::assets::routes())
        .layer(DefaultBodyLimit::max(form::FORM_BYTES_MAX))
}
