//! `/api/0/projects/{org}/{project}/`, changed, and `…/filters/`: the rules of a project, under the
//! names that Sentry's tools know.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Deserializer, Serialize};
use watchpost_model::{Filters, ProjectId, Rules};
use watchpost_store::Actor;

use super::at::{self, AtProject};
use super::error::{ApiError, ask};
use super::params::JsonBody;
use super::projects;
use super::view::project::ProjectDetails;
use crate::App;
use crate::rules::check_change;

/// What may be changed about a project. What is not there stays as it is.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Change {
    data_scrubber: Option<bool>,
    data_scrubber_defaults: Option<bool>,
    #[serde(rename = "scrubIPAddresses")]
    scrub_ip_addresses: Option<bool>,
    sensitive_fields: Option<Vec<String>>,
    safe_fields: Option<Vec<String>>,
    #[serde(deserialize_with = "text_or_null")]
    relay_pii_config: Option<String>,
    #[serde(deserialize_with = "text_or_null")]
    fingerprinting_rules: Option<String>,
    #[serde(deserialize_with = "text_or_null")]
    grouping_enhancements: Option<String>,
    options: BTreeMap<String, Setting>,
}

/// The value of an option. Lists also come as a text with one entry a line.
#[derive(Deserialize)]
#[serde(untagged)]
enum Setting {
    Switch(bool),
    Text(String),
    List(Vec<String>),
    Other(serde::de::IgnoredAny),
}

/// Null means nothing, as an empty text does.
fn text_or_null<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(value)?;
    Ok(Some(text.unwrap_or_default()))
}

/// Changes the rules of a project.
pub(super) async fn update(
    State(app): State<App>,
    at: AtProject,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<ProjectDetails>, ApiError> {
    save(&app, &at, move |rules| change.apply(rules)).await?;
    projects::show(State(app), at).await
}

/// Saves a change unless it brings faults.
pub(super) async fn save(
    app: &App,
    at: &AtProject,
    change: impl Fn(&mut Rules) + Send + 'static,
) -> Result<(), ApiError> {
    let (id, user) = (at.project.id, at.caller.user.id);
    ask(app, move |app| {
        let before = app.ledger.rules(id)?;
        let mut after = before.clone();
        change(&mut after);
        if let Some(fault) = check_change(&before, &after).first() {
            return Err(ApiError::Invalid(fault.to_string()));
        }
        let now = app.clock.now();
        app.ledger
            .change_rules(id, &change, Actor::User(user), now)?;
        Ok(())
    })
    .await
}

impl Change {
    fn apply(&self, rules: &mut Rules) {
        let scrubbing = &mut rules.scrubbing;
        put(self.data_scrubber.as_ref(), &mut scrubbing.enabled);
        put(
            self.data_scrubber_defaults.as_ref(),
            &mut scrubbing.defaults,
        );
        put(
            self.scrub_ip_addresses.as_ref(),
            &mut scrubbing.ip_addresses,
        );
        let fields = |list: &Vec<String>| tidy(list.iter().map(|name| name.to_lowercase()));
        put(
            self.sensitive_fields.as_ref().map(fields).as_ref(),
            &mut scrubbing.sensitive_fields,
        );
        put(
            self.safe_fields.as_ref().map(fields).as_ref(),
            &mut scrubbing.safe_fields,
        );
        put(self.relay_pii_config.as_ref(), &mut scrubbing.advanced);
        let grouping = &mut rules.grouping;
        put(
            self.fingerprinting_rules.as_ref(),
            &mut grouping.fingerprint_rules,
        );
        put(
            self.grouping_enhancements.as_ref(),
            &mut grouping.stack_rules,
        );
        for (name, setting) in &self.options {
            option(&mut rules.filters, name, setting);
        }
    }
}

fn put<T: Clone>(new: Option<&T>, into: &mut T) {
    if let Some(new) = new {
        into.clone_from(new);
    }
}

/// Entries without white space around them, and no empty ones.
fn tidy(entries: impl Iterator<Item = String>) -> Vec<String> {
    let entries = entries.map(|entry| entry.trim().to_owned());
    entries.filter(|entry| !entry.is_empty()).collect()
}

fn option(filters: &mut Filters, name: &str, setting: &Setting) {
    let list = match setting {
        Setting::Text(text) => tidy(text.lines().map(str::to_owned)),
        Setting::List(list) => tidy(list.iter().cloned()),
        Setting::Switch(_) | Setting::Other(_) => Vec::new(),
    };
    let is_on = match setting {
        Setting::Switch(is_on) => *is_on,
        Setting::Text(text) => text == "1",
        Setting::List(_) | Setting::Other(_) => false,
    };
    match name {
        "filters:error_messages" => filters.error_messages = list,
        "filters:releases" => filters.releases = list,
        "filters:blacklisted_ips" => filters.ip_addresses = list,
        "filters:legacy-browsers" => filters.legacy_browsers = list,
        "filters:browser-extensions" => filters.browser_extensions = is_on,
        "filters:localhost" => filters.localhost = is_on,
        "filters:web-crawlers" => filters.web_crawlers = is_on,
        _ => {}
    }
}

/// A filter that has a name of its own.
#[derive(Serialize)]
pub(super) struct FilterView {
    id: &'static str,
    active: Active,
}

/// On or off; of browsers, which.
#[derive(Serialize)]
#[serde(untagged)]
enum Active {
    Switch(bool),
    Browsers(Vec<String>),
}

/// The filters of a project.
pub(super) async fn list(
    State(app): State<App>,
    at: AtProject,
) -> Result<Json<[FilterView; 4]>, ApiError> {
    let filters = filters_of(&app, at.project.id).await?;
    let view = |id, active| FilterView { id, active };
    Ok(Json([
        view(
            "browser-extensions",
            Active::Switch(filters.browser_extensions),
        ),
        view("legacy-browsers", Active::Browsers(filters.legacy_browsers)),
        view("localhost", Active::Switch(filters.localhost)),
        view("web-crawlers", Active::Switch(filters.web_crawlers)),
    ]))
}

async fn filters_of(app: &App, project: ProjectId) -> Result<Filters, ApiError> {
    let rules = ask(app, move |app| Ok(app.ledger.rules(project)?));
    Ok(rules.await?.filters)
}

/// The name of a filter in a path.
pub(super) struct FilterName(String);

impl FromRequestParts<App> for FilterName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "filter").await.map(Self)
    }
}

/// How a filter is changed.
#[derive(Deserialize)]
pub(super) struct FilterChange {
    active: Option<bool>,
    subfilters: Option<Vec<String>>,
}

/// Switches a filter on or off, or chooses browsers.
pub(super) async fn switch(
    State(app): State<App>,
    at: AtProject,
    FilterName(name): FilterName,
    JsonBody(change): JsonBody<FilterChange>,
) -> Result<StatusCode, ApiError> {
    let browsers = match (change.subfilters, change.active) {
        (Some(chosen), _) => Some(chosen),
        (None, Some(true)) => Some(Filters::LEGACY_BROWSERS.map(str::to_owned).to_vec()),
        (None, Some(false)) => Some(Vec::new()),
        (None, None) => None,
    };
    let setting = match (&*name, change.active, browsers) {
        ("legacy-browsers", _, Some(browsers)) => Setting::List(browsers),
        ("browser-extensions" | "localhost" | "web-crawlers", Some(is_on), _) => {
            Setting::Switch(is_on)
        }
        ("legacy-browsers", ..) => return Err(invalid("Say `subfilters` or `active`.")),
        ("browser-extensions" | "localhost" | "web-crawlers", ..) => {
            return Err(invalid("Say `active`: true or false."));
        }
        _ => return Err(ApiError::NotFound),
    };
    save(&app, &at, move |rules| {
        option(&mut rules.filters, &format!("filters:{name}"), &setting);
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn invalid(words: &str) -> ApiError {
    ApiError::Invalid(words.to_owned())
}
