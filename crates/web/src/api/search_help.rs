//! `/api/0/organizations/{org}/search/`: what can be written next in a search: keys with a word
//! on each, then values with their counts.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use watchpost_model::ProjectId;
use watchpost_store::search::{KeyHelp, recent_values, values_of_key};

use super::at::AtOrg;
use super::error::{ApiError, ask};
use super::issue_facts::people;
use super::issues::chosen;
use super::params::Params;
use super::tags_of_projects::{keys_of, values_of};
use crate::App;

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
    let tags = keys_of(&app, projects).await?;
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
    let part = params.first("query").unwrap_or_default().to_lowercase();
    let field = KeyHelp::find(&key);
    let mut known: Vec<String> = values_of_key(&key).into_iter().map(str::to_owned).collect();
    if let Some(field) = field.filter(|field| field.names_people) {
        let org = at.org.id;
        let people = ask(&app, move |app| people(app, org)).await?;
        let teams = people.teams.iter().filter(|_| field.names_teams);
        known.extend(teams.map(|roster| format!("#{}", roster.team.slug)));
        let mut emails: Vec<String> = people.users.into_values().map(|user| user.email).collect();
        emails.sort();
        known.extend(emails);
    }
    let known = known.into_iter().filter(|value| value.contains(&part));
    let known = uncounted(known);
    if !known.is_empty() {
        return Ok(Json(known));
    }
    let counted = match field {
        Some(field) => field.counted_as.map(str::to_owned),
        None => Some(key.clone()),
    };
    let projects = chosen(&app, &at.org, &params).await?;
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let found = match counted {
        Some(counted) => values_of(&app, projects, counted, Some(&part)).await?,
        None => Vec::new(),
    };
    if found.is_empty() {
        let recent = ask(&app, move |app| {
            Ok(recent_values(&*app.archive, &ids, &key)?)
        })
        .await?;
        let recent = recent.into_iter();
        let recent = recent.filter(|value| value.to_lowercase().contains(&part));
        return Ok(Json(uncounted(recent)));
    }
    let found = found.iter().take(ENTRY_COUNT_MAX);
    let rows = found.map(|count| json!({"value": count.value, "count": count.times_seen}));
    Ok(Json(rows.collect()))
}

/// Values of which nobody knows how frequent they are.
fn uncounted(values: impl Iterator<Item = String>) -> Vec<Value> {
    let values = values.take(ENTRY_COUNT_MAX);
    values
        .map(|value| json!({"value": value, "count": null}))
        .collect()
}
