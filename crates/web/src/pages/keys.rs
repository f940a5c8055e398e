//! Client keys of a project: the DSN to copy, the settings of old clients, on and off.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use watchpost_model::{Key, KeyId, Project, ProjectId, Timestamp};
use watchpost_store::NewKey;

use super::form::Form;
use super::format::When;
use super::quota::{self, QuotaRow};
use super::shell::{Scope, Shell, ask, said};
use super::{Links, PageError, Visit};
use crate::App;
use crate::secret::draw_hex_32;

pub(crate) fn routes() -> Router<App> {
    const KEYS: &str = "/settings/{org}/projects/{project}/keys/";
    Router::new()
        .route(KEYS, get(list).post(create))
        .route(&format!("{KEYS}{{key}}/"), post(switch))
        .route(&format!("{KEYS}{{key}}/quotas/"), post(limit))
        .route(&format!("{KEYS}{{key}}/rotation/"), post(rotate))
        .route(&format!("{KEYS}{{key}}/deletion/"), post(delete))
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    shell: Shell,
    org: String,
    project: Project,
    keys: Vec<KeyView>,
    said: Option<&'static str>,
    wrong: Option<&'static str>,
}

/// A key with everything that a client may want of it.
pub(crate) struct KeyView {
    pub(crate) id: KeyId,
    pub(crate) label: String,
    pub(crate) is_active: bool,
    pub(crate) created: When,
    pub(crate) public: String,
    pub(crate) secret: String,
    pub(crate) dsn: String,
    pub(crate) dsn_with_secret: String,
    pub(crate) store_url: String,
    pub(crate) feeds: [(&'static str, String); 2],
    pub(crate) quotas: Vec<QuotaRow>,
    pub(crate) quota_count: usize,
}

impl KeyView {
    pub(crate) fn new(key: &Key, at: &Links, now: Timestamp) -> Self {
        let base = at.public("");
        let feed = |name: &str| at.public(&format!("/feeds/{}/{name}.xml", key.secret));
        Self {
            id: key.id,
            label: key.label.clone(),
            is_active: key.active,
            created: When::new(key.created, now),
            public: key.public.clone(),
            secret: key.secret.clone(),
            dsn: key.dsn(&base),
            dsn_with_secret: key.dsn_with_secret(&base),
            store_url: at.public("/store/"),
            feeds: [
                ("Unresolved issues", feed("summaries")),
                ("Events", feed("messages")),
            ],
            quotas: QuotaRow::all(&key.quotas),
            quota_count: key.quotas.len(),
        }
    }
}

async fn list(
    State(app): State<App>,
    Path((org, project)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    page(&app, org, project, &visit, None).await
}

async fn page(
    app: &App,
    org: String,
    project: String,
    visit: &Visit,
    wrong: Option<&'static str>,
) -> Result<Response, PageError> {
    let (scope, keys) = ask(app, move |app| {
        let scope = Scope::load_project(app, &org, &project)?;
        let keys = app.ledger.keys(scope.project()?.id)?;
        Ok((scope, keys))
    })
    .await?;
    let project = scope.project()?.clone();
    let page = KeysPage {
        shell: visit.shell(&scope, "keys", &format!("Client keys of {}", project.name)),
        org: scope.org.slug.clone(),
        keys: keys
            .iter()
            .map(|key| KeyView::new(key, &visit.at, visit.now))
            .collect(),
        said: visit.flash().and_then(words),
        wrong,
        project,
    };
    visit.answer(&page)
}

fn words(said: &str) -> Option<&'static str> {
    match said {
        "key-created" => Some("Key created. Clients can use it at once."),
        "key-on" => Some("Key enabled. Clients can use it again."),
        "key-quotas" => Some("Quotas saved. The gates know in about a second."),
        "key-rotated" => Some(
            "New key created, with the name and quotas of the old one. Give it to your clients, \
             then disable the old one.",
        ),
        "key-deleted" => Some("Key deleted. Clients that use it are refused from now on."),
        "key-off" => Some("Key disabled. Clients that use it are refused from now on."),
        _ => None,
    }
}

async fn create(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let label = form.fields.label();
    let here = form.visit.at.keys(&org, &slug);
    ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        let label = if label.is_empty() { "Key" } else { &label };
        create_key(app, scope.project()?.id, label)?;
        Ok(())
    })
    .await?;
    Ok(said(&here, "key-created"))
}

/// Creates a key with two halves drawn at random; blocks.
pub(crate) fn create_key(app: &App, project: ProjectId, label: &str) -> Result<Key, PageError> {
    let (public, secret) = (draw_hex_32()?, draw_hex_32()?);
    let new = NewKey {
        project,
        label,
        public: &public,
        secret: &secret,
    };
    Ok(app.ledger.create_key(&new, app.clock.now())?)
}

/// The key of a path.
fn named(key: &str) -> Result<KeyId, PageError> {
    key.parse().map_err(|_| PageError::Missing("key"))
}

/// Makes a key that stands in for another one. Both work until somebody disables the old one:
/// no client is cut off before it has the new one.
async fn rotate(
    State(app): State<App>,
    Path((org, slug, key)): Path<(String, String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let (key, here) = (named(&key)?, form.visit.at.keys(&org, &slug));
    ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        let project = scope.project()?.id;
        let keys = app.ledger.keys(project)?;
        let old = keys.iter().find(|one| one.id == key);
        let old = old.ok_or(PageError::Missing("key"))?;
        let new = create_key(app, project, &old.label)?;
        Ok(app.ledger.set_key_quotas(project, new.id, &old.quotas)?)
    })
    .await?;
    Ok(said(&here, "key-rotated"))
}

async fn delete(
    State(app): State<App>,
    Path((org, slug, key)): Path<(String, String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let (key, here) = (named(&key)?, form.visit.at.keys(&org, &slug));
    ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        Ok(app.ledger.delete_key(scope.project()?.id, key)?)
    })
    .await?;
    Ok(said(&here, "key-deleted"))
}

async fn switch(
    State(app): State<App>,
    Path((org, slug, key)): Path<(String, String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let key = named(&key)?;
    let active = form.fields.get("active") == "yes";
    let here = form.visit.at.keys(&org, &slug);
    ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        let project = scope.project()?.id;
        Ok(app.ledger.set_key_active(project, key, active)?)
    })
    .await?;
    Ok(said(&here, if active { "key-on" } else { "key-off" }))
}

async fn limit(
    State(app): State<App>,
    Path((org, slug, key)): Path<(String, String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let key = named(&key)?;
    let quotas = match quota::read(&form.fields) {
        Ok(quotas) => quotas,
        Err(wrong) => {
            let page = page(&app, org, slug, &form.visit, Some(wrong)).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let here = form.visit.at.keys(&org, &slug);
    ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        let project = scope.project()?.id;
        Ok(app.ledger.set_key_quotas(project, key, &quotas)?)
    })
    .await?;
    Ok(said(&here, "key-quotas"))
}
