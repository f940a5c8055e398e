//! `/api/0/organizations/{org}/search/`: what can be written next in a search: keys with a word
//! on each, then values with their counts.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use watchpost_store::search::KeyHelp;

use super::at::AtOrg;
use super::error::{ApiError, ask};
use super::issues::chosen;
use super::params::Params;
use crate::App;
use crate::suggest::{Asking, Suggestions, suggest, tag_keys, values_of};

/// Entries of one answer.
const ENTRY_COUNT_MAX: usize = 100;

/// Keys that begin with `query=`: first those that mean something of their own, then tags.
/// `dataset=events` is for lists of events.
pub(super) async fn keys(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let start = params.first("query").unwrap_or_default().to_lowercase();
    let projects = chosen(&app, &at.org, &params).await?;
    let tags = ask(&app, move |app| Ok(tag_keys(app, &projects)?)).await?;
    let begins = |name: &str| name.to_lowercase().starts_with(&start);
    let fields = KeyHelp::all(params.first("dataset") == Some("events"));
    let fields = fields.filter(|field| begins(field.name)).map(|field| {
        json!({"key": field.name, "kind": "field", "description": field.about, "count": null})
    });
    let tags = tags
        .iter()
        .filter(|tag| KeyHelp::find(&tag.key).is_none() && begins(&tag.key))
        .map(|tag| {
            json!({"key": tag.key, "kind": "tag", "description": "", "count": tag.times_seen})
        });
    Ok(Json(fields.chain(tags).take(ENTRY_COUNT_MAX).collect()))
}

/// Values of `key=` that contain `query=`: known beforehand, or counted, or of recent events; the
/// commonest first.
pub(super) async fn values(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let key = params.first("key").unwrap_or_default().to_owned();
    let part = params.first("query").unwrap_or_default().to_owned();
    let (org, projects) = (at.org.id, chosen(&app, &at.org, &params).await?);
    let found = ask(&app, move |app| {
        Ok(values_of(app, (org, &projects), &key, &part)?)
    });
    let found = found.await?.into_iter().take(ENTRY_COUNT_MAX);
    let rows = found.map(|(value, count)| json!({"value": value, "count": count}));
    Ok(Json(rows.collect()))
}

/// What the text of `query=` can go on with at its character `at=`, or at its end.
pub(super) async fn complete(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<Suggestions>, ApiError> {
    let text = params.raw("query").unwrap_or_default().to_owned();
    let caret = match params.first("at") {
        Some(place) => place
            .parse()
            .map_err(|_| ApiError::Invalid("`at` is a number of characters, from 0.".to_owned()))?,
        None => text.chars().count(),
    };
    let asking = Asking {
        text,
        caret,
        of_events: params.first("dataset") == Some("events"),
        user: at.caller.user.id,
        org: at.org.id,
        projects: chosen(&app, &at.org, &params).await?,
    };
    let found = ask(&app, move |app| Ok(suggest(app, &asking)?));
    Ok(Json(found.await?))
}
