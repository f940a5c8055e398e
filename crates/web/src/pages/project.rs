//! Projects: a new one, and the general settings of one.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use watchpost_model::{OrgId, Project};
use watchpost_store::{NewProject, StoreError};

use super::form::{Fields, Form};
use super::getting_started::catalog::{Platforms, platform_of};
use super::keys::create_key;
use super::quota::{self, QuotaRow};
use super::shell::{Scope, Shell, ask, said};
use super::{PageError, Visit};
use crate::App;
use crate::naming::{NAME_CHARS_MAX, project_slug};

const ORIGIN_COUNT_MAX: usize = 100;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{org}/projects/new/", get(new).post(create))
        .route(
            "/settings/{org}/projects/{project}/",
            get(settings).post(change),
        )
}

#[derive(Template)]
#[template(path = "project_new.html")]
struct NewProjectPage {
    shell: Shell,
    org: String,
    name: String,
    slug: String,
    platforms: Platforms,
    wrong: Option<String>,
}

async fn new(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let scope = ask(&app, move |app| Scope::load(app, &org)).await?;
    new_page(&visit, &scope, &Fields::default(), None)
}

fn new_page(
    visit: &Visit,
    scope: &Scope,
    fields: &Fields,
    wrong: Option<String>,
) -> Result<Response, PageError> {
    visit.answer(&NewProjectPage {
        shell: visit.shell(scope, "", "New project"),
        org: scope.org.slug.clone(),
        name: fields.get("name").to_owned(),
        slug: fields.get("slug").to_owned(),
        platforms: Platforms::chosen(platform_of(fields.get("platform"), None).as_deref()),
        wrong,
    })
}

async fn create(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let slug = org.clone();
    let scope = ask(&app, move |app| Scope::load(app, &slug)).await?;
    let draft = match Draft::read(&form.fields) {
        Ok(draft) => draft,
        Err(wrong) => return refuse(&form, &scope, wrong.to_owned()),
    };
    let (slug, id) = (draft.slug.clone(), scope.org.id);
    match ask(&app, move |app| draft.create(app, id)).await {
        Ok(()) => {
            let guide = form.visit.at.getting_started(&org, &slug);
            Ok(Redirect::to(&guide).into_response())
        }
        Err(PageError::Store(StoreError::Exists { .. })) => {
            let wrong = format!("There is a project `{slug}` already: choose another slug.");
            refuse(&form, &scope, wrong)
        }
        Err(other) => Err(other),
    }
}

fn refuse(form: &Form, scope: &Scope, wrong: String) -> Result<Response, PageError> {
    let page = new_page(&form.visit, scope, &form.fields, Some(wrong))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// A project to be, checked.
struct Draft {
    name: String,
    slug: String,
    platform: Option<String>,
}

impl Draft {
    fn read(fields: &Fields) -> Result<Self, &'static str> {
        let name = fields.get("name");
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err("Give a name of 1 to 100 characters.");
        }
        let slug = project_slug(fields.get("slug"), name)?;
        Ok(Self {
            name: name.to_owned(),
            slug,
            platform: platform_of(fields.get("platform"), None),
        })
    }

    fn create(&self, app: &App, org: OrgId) -> Result<(), PageError> {
        let new = NewProject {
            org,
            slug: &self.slug,
            name: &self.name,
            platform: self.platform.as_deref(),
        };
        let project = app.ledger.create_project(&new, app.clock.now())?;
        create_key(app, project.id, "Default")?;
        Ok(())
    }
}

#[derive(Template)]
#[template(path = "project_settings.html")]
struct SettingsPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    origins: String,
    platforms: Platforms,
    rows: Vec<QuotaRow>,
    retention_days: String,
    retention_megabytes: String,
    is_saved: bool,
    wrong: Option<&'static str>,
}

async fn settings(
    State(app): State<App>,
    Path((org, project)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let scope = ask(&app, move |app| Scope::load_project(app, &org, &project)).await?;
    let project = scope.project()?.clone();
    settings_page(&visit, &scope, project, None)
}

fn settings_page(
    visit: &Visit,
    scope: &Scope,
    project: Project,
    wrong: Option<&'static str>,
) -> Result<Response, PageError> {
    visit.answer(&SettingsPage {
        shell: visit.shell(scope, "settings", &format!("Settings of {}", project.name)),
        org: scope.org.slug.clone(),
        tab: "general",
        origins: project.allowed_origins.join("\n"),
        platforms: Platforms::chosen(project.platform.as_deref()),
        rows: QuotaRow::all(&project.quotas),
        retention_days: text_of(project.retention.days.map(u64::from)),
        retention_megabytes: text_of(
            project
                .retention
                .bytes
                .map(|bytes| bytes.div_ceil(MEGABYTE)),
        ),
        is_saved: visit.flash() == Some("saved"),
        project,
        wrong,
    })
}

async fn change(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let names = (org.clone(), slug.clone());
    let scope = ask(&app, move |app| {
        Scope::load_project(app, &names.0, &names.1)
    })
    .await?;
    let mut project = scope.project()?.clone();
    form.fields.get("name").clone_into(&mut project.name);
    project.platform = platform_of(form.fields.get("platform"), project.platform.as_deref());
    project.allowed_origins = origins(form.fields.get("origins"));
    project.spike_protection = form.fields.get("spike_protection") == "yes";
    let limits = limit(&mut project, &form.fields);
    if let Some(wrong) = limits.err().or_else(|| fault_of(&project)) {
        let page = settings_page(&form.visit, &scope, project, Some(wrong))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    app.ask(move |app| app.ledger.update_project(&project))
        .await?;
    let here = form.visit.at.project_settings(&org, &slug);
    Ok(said(&here, "saved"))
}

/// One origin a line.
fn origins(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

const MEGABYTE: u64 = 1_000_000;

fn text_of(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// Quotas and retention as the form says.
fn limit(project: &mut Project, fields: &Fields) -> Result<(), &'static str> {
    let number = |name: &str| match fields.get(name) {
        "" => Ok(None),
        text => match text.parse::<u32>() {
            Ok(number @ 1..) => Ok(Some(number)),
            _ => Err("Events are kept for a whole number of days or megabytes, 1 or more."),
        },
    };
    project.quotas = quota::read(fields)?;
    project.retention.days = number("retention_days")?;
    let megabytes = number("retention_megabytes")?;
    project.retention.bytes = megabytes.map(|megabytes| u64::from(megabytes) * MEGABYTE);
    Ok(())
}

fn fault_of(project: &Project) -> Option<&'static str> {
    let name_chars = project.name.chars().count();
    if name_chars == 0 || name_chars > NAME_CHARS_MAX {
        return Some("Give a name of 1 to 100 characters.");
    }
    let odd = |origin: &String| origin.len() > 300 || origin.contains(char::is_whitespace);
    let origins = &project.allowed_origins;
    if origins.len() > ORIGIN_COUNT_MAX || origins.iter().any(odd) {
        return Some("Give at most 100 origins, one a line, such as https://shop.example.");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_checked() {
        let read =
            |text: &str| Draft::read(&Fields::parse(text.as_bytes())).map(|draft| draft.slug);
        assert_eq!(read("name=Web+Shop"), Ok("web-shop".into()));
        assert_eq!(read("name=x&slug=other"), Ok("other".into()));
        for wrong in [
            "",
            "name=",
            "name=%E6%97%A5",
            "name=x&slug=A",
            "name=7",
            "name=new",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("name=x&slug=..%2F..").is_err());
    }
}
