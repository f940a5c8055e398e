//! The second form of a new installation: the names of organization and first project, and what
//! it runs on. The first one made the account. After an event nothing is renamed here any more.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use watchpost_model::{Organization, Project};
use watchpost_store::StoreError;

use super::form::{Fields, Form};
use super::getting_started::catalog::{Platforms, platform_of};
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;
use crate::naming::{NAME_CHARS_MAX, project_slug};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/welcome/", get(begin))
        .route("/settings/{org}/welcome/", get(show).post(change))
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    shell: Shell,
    org: String,
    project: String,
    org_name: String,
    project_name: String,
    platforms: Platforms,
    wrong: Option<&'static str>,
}

/// An organization that nobody uses yet.
#[derive(Clone)]
struct Fresh {
    scope: Scope,
    project: Project,
}

impl Fresh {
    /// It has one project, and that has no event.
    fn of(scope: Scope) -> Option<Self> {
        let [project] = &*scope.projects else {
            return None;
        };
        let project = project.clone();
        let is_fresh = project.first_event.is_none();
        is_fresh.then_some(Self { scope, project })
    }
}

/// Where a new account begins.
async fn begin(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let (headers, user) = (visit.headers.clone(), visit.who.user.id);
    let fresh = ask(&app, move |app| {
        let scope = Scope::first(app, &headers, user)?;
        Ok(Fresh::of(scope))
    });
    let target = match fresh.await? {
        Some(fresh) => visit.at.welcome(&fresh.scope.org.slug),
        None => visit.at.path("/"),
    };
    Ok(Redirect::to(&target).into_response())
}

async fn load(app: &App, org: String) -> Result<Option<Fresh>, PageError> {
    ask(app, move |app| Ok(Fresh::of(Scope::load(app, &org)?))).await
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let Some(fresh) = load(&app, org).await? else {
        return Ok(Redirect::to(&visit.at.path("/")).into_response());
    };
    let names = (&*fresh.scope.org.name, &*fresh.project.name);
    page(
        &visit,
        &fresh,
        names,
        fresh.project.platform.as_deref(),
        None,
    )
}

fn page(
    visit: &Visit,
    fresh: &Fresh,
    (org_name, project_name): (&str, &str),
    platform: Option<&str>,
    wrong: Option<&'static str>,
) -> Result<Response, PageError> {
    visit.answer(&WelcomePage {
        shell: visit.shell(&fresh.scope, "", "Name what reports here"),
        org: fresh.scope.org.slug.clone(),
        project: fresh.project.slug.clone(),
        org_name: org_name.to_owned(),
        project_name: project_name.to_owned(),
        platforms: Platforms::chosen(platform),
        wrong,
    })
}

async fn change(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let visit = &form.visit;
    let Some(fresh) = load(&app, org).await? else {
        return Ok(Redirect::to(&visit.at.path("/")).into_response());
    };
    let wrong = match read(&form.fields, &fresh) {
        Ok((org, project)) => {
            let guide = visit.at.getting_started(&org.slug, &project.slug);
            let renamed = app.ask(move |app| {
                app.ledger.update_org(&org)?;
                app.ledger.update_project(&project)
            });
            match renamed.await {
                Ok(()) => return Ok(Redirect::to(&guide).into_response()),
                Err(StoreError::Exists { .. }) => "This name is taken: choose another one.",
                Err(other) => return Err(other.into()),
            }
        }
        Err(wrong) => wrong,
    };
    let names = (form.fields.get("org"), form.fields.get("project"));
    let platform = platform_of(form.fields.get("platform"), None);
    let page = page(visit, &fresh, names, platform.as_deref(), Some(wrong))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The two as the form names them. The names in addresses follow, where letters allow it.
fn read(fields: &Fields, fresh: &Fresh) -> Result<(Organization, Project), &'static str> {
    let name = |field: &str| {
        let name = fields.get(field);
        let is_good = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
        is_good.then(|| name.to_owned())
    };
    let slug = |name: &str, before: (&str, &str)| {
        let (name_before, slug_before) = before;
        let made = project_slug("", name).ok();
        // The settings of everybody's own account have that address.
        let made = made.filter(|slug| name != name_before && slug != "account");
        made.unwrap_or_else(|| slug_before.to_owned())
    };
    let (org, project) = (fresh.scope.org.clone(), fresh.project.clone());
    let org_name = name("org").ok_or("Give the organization a name of 1 to 100 characters.")?;
    let project_name = name("project").ok_or("Give the project a name of 1 to 100 characters.")?;
    let platform = platform_of(fields.get("platform"), project.platform.as_deref());
    Ok((
        Organization {
            slug: slug(&org_name, (&org.name, &org.slug)),
            name: org_name,
            ..org
        },
        Project {
            slug: slug(&project_name, (&project.name, &project.slug)),
            name: project_name,
            platform,
            ..project
        },
    ))
}
