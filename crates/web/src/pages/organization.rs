//! The organization itself: its name, and its address.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use watchpost_model::{Organization, Role};
use watchpost_store::StoreError;

use super::form::Form;
use super::shell::{Scope, Shell, ask, said};
use super::{PageError, Visit};
use crate::App;
use crate::naming::{project_slug, shown_name};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/settings/{org}/", get(show).post(change))
}

#[derive(Template)]
#[template(path = "organization.html")]
struct OrganizationPage {
    shell: Shell,
    org: String,
    tab: &'static str,
    name: String,
    slug: String,
    roles: [Role; 4],
    mine: Role,
    is_saved: bool,
    wrong: Option<String>,
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let scope = ask(&app, move |app| Scope::load(app, &org)).await?;
    let named = (scope.org.name.clone(), scope.org.slug.clone());
    page(&scope, &visit, named, None)
}

fn page(
    scope: &Scope,
    visit: &Visit,
    (name, slug): (String, String),
    wrong: Option<String>,
) -> Result<Response, PageError> {
    visit.answer(&OrganizationPage {
        shell: visit.shell(scope, "org", "Organization"),
        org: scope.org.slug.clone(),
        tab: "general",
        name,
        slug,
        roles: Role::ALL,
        mine: visit.role.unwrap_or_default(),
        is_saved: visit.flash() == Some("saved"),
        wrong,
    })
}

async fn change(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let scope = ask(&app, move |app| Scope::load(app, &org)).await?;
    let (name, slug) = (form.fields.get("name"), form.fields.get("slug"));
    let typed = (name.to_owned(), slug.to_owned());
    let refuse = |wrong: String| {
        let page = page(&scope, &form.visit, typed.clone(), Some(wrong))?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let read = read(name, slug);
    let (name, slug) = match read {
        Ok(named) => named,
        Err(wrong) => return refuse(wrong.to_owned()),
    };
    let here = form.visit.at.org_settings(&slug);
    let org = Organization {
        name,
        slug,
        ..scope.org.clone()
    };
    match ask(&app, move |app| Ok(app.ledger.update_org(&org)?)).await {
        Ok(()) => Ok(said(&here, "saved")),
        Err(PageError::Store(StoreError::Exists { name, .. })) => {
            refuse(format!("There is an organization `{name}` already."))
        }
        Err(other) => Err(other),
    }
}

/// Name and slug of a form.
fn read(name: &str, slug: &str) -> Result<(String, String), &'static str> {
    let slug = project_slug(slug, name)?;
    if slug == "account" {
        // The settings of everybody's own account are there.
        return Err("The slug `account` is taken: choose another one.");
    }
    let name = shown_name(name, &slug)?.to_owned();
    Ok((name, slug))
}
