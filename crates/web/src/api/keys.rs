//! `/api/0/projects/{org}/{project}/keys/`: what clients report with.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Deserializer};
use watchpost_model::{Key, ProjectId, Quota};
use watchpost_store::NewKey;

use super::at::{self, AtProject};
use super::caller::Caller;
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging};
use super::params::JsonBody;
use super::view::key::{KeyView, RateLimit, Secret};
use crate::App;
use crate::secret::draw_hex_32;

/// Longer names are no names.
const LABEL_CHARS_MAX: usize = 64;

/// What a new key may say about itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    name: Option<String>,
    rate_limit: Option<RateLimit>,
}

/// What may be changed about a key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    is_active: Option<bool>,
    #[serde(default)]
    rate_limit: NewLimit,
}

/// Null takes a limit away; a field that is not there leaves it as it is.
#[derive(Default)]
enum NewLimit {
    #[default]
    Unsaid,
    Said(Option<RateLimit>),
}

impl<'de> Deserialize<'de> for NewLimit {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        Option::deserialize(value).map(Self::Said)
    }
}

/// The public half of a key in a path.
pub(super) struct KeyName(String);

impl FromRequestParts<App> for KeyName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "key").await.map(Self)
    }
}

/// The keys of a project.
pub(super) async fn list(
    State(app): State<App>,
    at: AtProject,
    paging: Paging,
) -> Result<Listed<KeyView>, ApiError> {
    let id = at.project.id;
    let keys = ask(&app, move |app| Ok(app.ledger.keys(id)?)).await?;
    let view = |key| view(&app, &at.caller, key);
    Ok(paging.cut(keys.iter().map(view).collect()))
}

/// One key.
pub(super) async fn show(
    State(app): State<App>,
    at: AtProject,
    name: KeyName,
) -> Result<Json<KeyView>, ApiError> {
    let key = ask(&app, move |app| find(app, at.project.id, &name)).await?;
    Ok(Json(view(&app, &at.caller, &key)))
}

/// Makes a key.
pub(super) async fn create(
    State(app): State<App>,
    at: AtProject,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<(StatusCode, Json<KeyView>), ApiError> {
    let label = wanted.name.unwrap_or_default();
    let label: String = label.trim().chars().take(LABEL_CHARS_MAX).collect();
    let quotas = RateLimit::put(wanted.rate_limit.as_ref(), &[]);
    check(&quotas)?;
    let key = ask(&app, move |app| {
        let label = if label.is_empty() { "Default" } else { &label };
        let key = make(app, at.project.id, label)?;
        if !quotas.is_empty() {
            app.ledger.set_key_quotas(key.project, key.id, &quotas)?;
        }
        Ok(Key { quotas, ..key })
    });
    let key = key.await?;
    Ok((StatusCode::CREATED, Json(view(&app, &at.caller, &key))))
}

/// A new key; blocks.
pub(super) fn make(app: &App, project: ProjectId, label: &str) -> Result<Key, ApiError> {
    let new = NewKey {
        project,
        label,
        public: &draw_hex_32()?,
        secret: &draw_hex_32()?,
    };
    Ok(app.ledger.create_key(&new, app.clock.now())?)
}

/// Switches a key on or off, or sets how much may be sent with it. Nothing else can change.
pub(super) async fn update(
    State(app): State<App>,
    at: AtProject,
    name: KeyName,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<KeyView>, ApiError> {
    if change.is_active.is_none() && matches!(change.rate_limit, NewLimit::Unsaid) {
        return Err(ApiError::Invalid(
            "Only `isActive` and `rateLimit` of a key can be changed.".to_owned(),
        ));
    }
    let key = ask(&app, move |app| {
        let mut key = find(app, at.project.id, &name)?;
        if let NewLimit::Said(limit) = change.rate_limit {
            key.quotas = RateLimit::put(limit.as_ref(), &key.quotas);
            check(&key.quotas)?;
            app.ledger
                .set_key_quotas(key.project, key.id, &key.quotas)?;
        }
        if let Some(active) = change.is_active {
            app.ledger.set_key_active(key.project, key.id, active)?;
            key.active = active;
        }
        Ok(key)
    });
    Ok(Json(view(&app, &at.caller, &key.await?)))
}

/// Deletes a key. Clients that use it are refused from then on.
pub(super) async fn delete(
    State(app): State<App>,
    at: AtProject,
    name: KeyName,
) -> Result<StatusCode, ApiError> {
    let gone = ask(&app, move |app| {
        let key = find(app, at.project.id, &name)?;
        Ok(app.ledger.delete_key(key.project, key.id)?)
    });
    gone.await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check(quotas: &[Quota]) -> Result<(), ApiError> {
    match Quota::fault_of(quotas) {
        None => Ok(()),
        Some(fault) => Err(ApiError::Invalid(fault.to_owned())),
    }
}

fn find(app: &App, project: ProjectId, KeyName(name): &KeyName) -> Result<Key, ApiError> {
    let mut keys = app.ledger.keys(project)?.into_iter();
    let named = |key: &Key| key.public == *name || key.id.to_string() == *name;
    keys.find(named).ok_or(ApiError::NotFound)
}

fn view(app: &App, caller: &Caller, key: &Key) -> KeyView {
    let shown = if caller.may("project:write") {
        Secret::Shown
    } else {
        Secret::Hidden
    };
    KeyView::new(key, &app.config.public_url, shown)
}
