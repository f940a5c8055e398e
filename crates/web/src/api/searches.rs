//! `/api/0/organizations/{org}/searches/` and `…/recent-searches/`: the searches that the caller
//! comes back to, in Sentry's words. The rules are those of the page.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};
use watchpost_model::{SearchId, UserId};
use watchpost_store::{NewSearch, SavedSearch, Search, Sort};

use super::at::{self, AtOrg};
use super::door::Door;
use super::error::{ApiError, ask};
use super::params::{JsonBody, Params};
use super::search::sort_named;
use super::{EVENT_READ, EVENT_WRITE};
use crate::App;
use crate::naming::search_name;

/// Searches of issues, the only ones that are saved.
const TYPE_ISSUE: u8 = 0;

pub(super) fn doors() -> [Door; 6] {
    let (all, one, recent) = (
        "/api/0/organizations/{org}/searches/",
        "/api/0/organizations/{org}/searches/{search}/",
        "/api/0/organizations/{org}/recent-searches/",
    );
    [
        Door::get(all, EVENT_READ, list),
        Door::post(all, EVENT_WRITE, create),
        Door::put(one, EVENT_WRITE, update),
        Door::delete(one, EVENT_WRITE, delete),
        Door::get(recent, EVENT_READ, list_recent),
        Door::post(recent, EVENT_READ, note),
    ]
}

/// What a body says. Other fields are ignored.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Wanted {
    name: Option<String>,
    query: Option<String>,
    sort: Option<String>,
    visibility: Option<String>,
    is_pinned: Option<bool>,
    is_default: Option<bool>,
}

impl Wanted {
    /// `search` with what is said, and nothing else changed.
    fn applied(self, search: SavedSearch, user: UserId) -> Result<SavedSearch, ApiError> {
        let name = self.name.unwrap_or(search.name);
        let query = self.query.unwrap_or(search.query);
        search_name(name.trim()).map_err(ApiError::Invalid)?;
        Search::parse(&query)?.check_issues()?;
        let owner = match self.visibility.as_deref() {
            None => search.owner,
            Some("organization") => None,
            Some("owner" | "owner_pinned") => Some(user),
            Some(other) => {
                let problem = format!("`{other}` is no visibility: write owner or organization.");
                return Err(ApiError::Invalid(problem));
            }
        };
        Ok(SavedSearch {
            owner,
            name: name.trim().to_owned(),
            query: query.trim().to_owned(),
            sort: match self.sort.as_deref() {
                None => search.sort,
                sort => sort_named(sort)?,
            },
            is_pinned: self.is_pinned.unwrap_or(search.is_pinned),
            is_default: self.is_default.unwrap_or(search.is_default),
            ..search
        })
    }
}

fn view(search: &SavedSearch) -> Value {
    let is_shared = search.owner.is_none();
    json!({
        "id": search.id.to_string(),
        "type": TYPE_ISSUE,
        "name": search.name,
        "query": search.query,
        "sort": search.sort.name(),
        "visibility": if is_shared { "organization" } else { "owner" },
        "isOrgCustom": is_shared,
        "isGlobal": false,
        "isPinned": search.is_pinned,
        "isDefault": search.is_default,
        "dateCreated": search.created,
    })
}

/// The saved search that a path names.
pub(super) struct SearchName(SearchId);

impl FromRequestParts<App> for SearchName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let text = at::text(parts, app, "search").await?;
        text.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}

/// The caller's own searches and those of everybody, by name.
async fn list(State(app): State<App>, at: AtOrg) -> Result<Json<Vec<Value>>, ApiError> {
    let (org, user) = (at.org.id, at.caller.user.id);
    let saved = ask(&app, move |app| Ok(app.ledger.saved_searches(org, user)?));
    Ok(Json(saved.await?.iter().map(view).collect()))
}

/// Saves a search.
async fn create(
    State(app): State<App>,
    at: AtOrg,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (org, user) = (at.org.id, at.caller.user.id);
    let saved = ask(&app, move |app| {
        let now = app.clock.now();
        let blank = SavedSearch {
            id: SearchId(0),
            org,
            owner: Some(user),
            name: String::new(),
            query: String::new(),
            sort: Sort::default(),
            is_pinned: false,
            is_default: false,
            created: now,
        };
        let wanted = wanted.applied(blank, user)?;
        let new = NewSearch {
            org,
            owner: wanted.owner,
            name: &wanted.name,
            query: &wanted.query,
            sort: wanted.sort,
            is_pinned: wanted.is_pinned,
            is_default: wanted.is_default,
        };
        Ok(app.ledger.save_search(&new, user, now)?)
    });
    Ok((StatusCode::CREATED, Json(view(&saved.await?))))
}

/// Changes what the body names.
async fn update(
    State(app): State<App>,
    at: AtOrg,
    SearchName(id): SearchName,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Json<Value>, ApiError> {
    let (org, user) = (at.org.id, at.caller.user.id);
    let changed = ask(&app, move |app| {
        let changed = wanted.applied(app.ledger.saved_search(org, user, id)?, user)?;
        app.ledger.update_search(&changed, user)?;
        Ok(changed)
    });
    Ok(Json(view(&changed.await?)))
}

/// Deletes a search for all who have it.
async fn delete(
    State(app): State<App>,
    at: AtOrg,
    SearchName(id): SearchName,
) -> Result<StatusCode, ApiError> {
    let (org, user) = (at.org.id, at.caller.user.id);
    let gone = ask(&app, move |app| {
        Ok(app.ledger.delete_search(org, user, id)?)
    });
    gone.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the caller searched for and contains `query=`, the last first.
async fn list_recent(
    State(app): State<App>,
    at: AtOrg,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let (org, user) = (at.org.id, at.caller.user.id);
    let part = params.first("query").unwrap_or_default().to_owned();
    let found = ask(&app, move |app| {
        Ok(app.ledger.recent_searches(org, user)?)
    });
    let mut found = found.await?;
    found.retain(|recent| recent.query.contains(&part));
    let row = |recent: &watchpost_store::RecentSearch| {
        json!({
            "organizationId": org.to_string(),
            "type": TYPE_ISSUE,
            "query": recent.query,
            "lastSeen": recent.last,
        })
    };
    Ok(Json(found.iter().map(row).collect()))
}

/// Notes that the caller searched for something.
async fn note(
    State(app): State<App>,
    at: AtOrg,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<StatusCode, ApiError> {
    let (org, user) = (at.org.id, at.caller.user.id);
    let query = wanted.query.unwrap_or_default().trim().to_owned();
    if query.is_empty() {
        return Err(ApiError::Invalid("`query` is missing.".to_owned()));
    }
    Search::parse(&query)?.check_issues()?;
    let noted = ask(&app, move |app| {
        let now = app.clock.now();
        Ok(app.ledger.note_search(org, user, &query, now)?)
    });
    noted.await?;
    Ok(StatusCode::CREATED)
}
