//! `/api/0/organizations/{org}/quarantine/`: events that could not be digested.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Serialize;
use watchpost_model::{Organization, Receipt, UserId};
use watchpost_store::{
    Cursor, QuarantineEntry, QuarantineId, QuarantineKind, QuarantineQuery, StoreError,
};

use super::at::{AtOrg, text};
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging, invalid_cursor};
use super::params::Params;
use crate::{App, audit};

/// Bytes of an event in one answer; JSON makes up to six of each.
const RAW_BYTES_MAX: usize = 2 * 1024 * 1024;

/// An entry of the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryView {
    id: String,
    kind: QuarantineKind,
    /// `null` for what belongs to no project.
    project: Option<String>,
    event_id: Option<String>,
    date_received: Option<String>,
    stage: String,
    reason: String,
    bytes: u64,
    tries: u32,
    /// Waits to be digested again.
    is_marked: bool,
}

/// One entry.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryDetails {
    #[serde(flatten)]
    entry: EntryView,
    receipt: Option<Receipt>,
    /// The bytes as text; `null` when they are not of one project alone.
    raw: Option<String>,
    is_cut: bool,
}

impl EntryView {
    fn new(entry: &QuarantineEntry, at: &Place) -> Self {
        let slug = entry.project.and_then(|id| {
            let mut projects = at.projects.iter();
            projects.find(|(project, _)| *project == id)
        });
        Self {
            id: entry.id.to_string(),
            kind: entry.kind,
            project: slug.map(|(_, slug)| slug.clone()),
            event_id: entry.event().map(|id| id.to_string()),
            date_received: entry.received().map(|at| at.to_string()),
            stage: entry.stage.clone(),
            reason: entry.reason.clone(),
            bytes: entry.bytes,
            tries: entry.tries,
            is_marked: entry.is_marked,
        }
    }
}

/// An organization with its projects, and the entry that the path names.
pub(super) struct Place {
    org: Organization,
    /// Who asks.
    by: UserId,
    projects: Vec<(watchpost_model::ProjectId, String)>,
    entry: Option<QuarantineId>,
}

impl FromRequestParts<App> for Place {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let AtOrg { org, caller } = AtOrg::from_request_parts(parts, app).await?;
        let id = org.id;
        // The list has none; no other text is ever an entry.
        let entry = text(parts, app, "entry").await.unwrap_or_default();
        let projects = ask(app, move |app| Ok(app.ledger.projects(id)?)).await?;
        let projects = projects.into_iter();
        Ok(Self {
            org,
            by: caller.user.id,
            projects: projects.map(|project| (project.id, project.slug)).collect(),
            entry: entry.parse().ok(),
        })
    }
}

impl Place {
    /// The entry, if it is of this organization or of nobody; blocks.
    fn find(&self, app: &App, bytes_max: usize) -> Result<(QuarantineEntry, Vec<u8>), ApiError> {
        let id = self.entry.as_ref().ok_or(ApiError::NotFound)?;
        let found = app.quarantine.entry(id, bytes_max)?;
        let (entry, bytes) = found.ok_or(ApiError::NotFound)?;
        let is_own = |id| self.projects.iter().any(|(project, _)| *project == id);
        match entry.project {
            Some(project) if is_own(project) => Ok((entry, bytes)),
            Some(_) => Err(ApiError::NotFound),
            // It may hold events of anybody.
            None => Ok((entry, Vec::new())),
        }
    }
}

/// Entries, the newest first; `project=` (id or slug) and `stage=` narrow the list.
pub(super) async fn list(
    State(app): State<App>,
    at: Place,
    params: Params,
    paging: Paging,
) -> Result<Listed<EntryView>, ApiError> {
    let after = match paging.cursor()? {
        Some(Cursor(text)) => Some(text.parse().map_err(|_| invalid_cursor())?),
        None => None,
    };
    let wanted = params.first("project");
    let own = at.projects.iter().filter(|(id, slug)| {
        wanted.is_none_or(|wanted| wanted == slug || wanted == id.to_string())
    });
    let nobody = wanted.is_none().then_some(None);
    let query = QuarantineQuery {
        projects: Some(own.map(|(id, _)| Some(*id)).chain(nobody).collect()),
        stage: params.first("stage").map(str::to_owned),
        after,
        limit: paging.limit,
    };
    let page = ask(&app, move |app| Ok(app.quarantine.list(&query)?)).await?;
    let rows = page.rows.iter().map(|entry| EntryView::new(entry, &at));
    let next = page.next.map(|id| Cursor(id.to_string()));
    Ok(paging.part(rows.collect(), next.as_ref()))
}

/// One entry with receipt and bytes.
pub(super) async fn show(
    State(app): State<App>,
    at: Place,
) -> Result<Json<EntryDetails>, ApiError> {
    let details = ask(&app, move |app| {
        let (entry, bytes) = at.find(app, RAW_BYTES_MAX)?;
        let is_own = entry.project.is_some();
        Ok(EntryDetails {
            entry: EntryView::new(&entry, &at),
            raw: is_own.then(|| String::from_utf8_lossy(&bytes).into_owned()),
            is_cut: (bytes.len() as u64) < entry.bytes,
            receipt: entry.receipt,
        })
    });
    Ok(Json(details.await?))
}

/// Marks an entry: the digest takes it within a second.
pub(super) async fn replay(State(app): State<App>, at: Place) -> Result<StatusCode, ApiError> {
    let marked = change(&app, at, "quarantine.replay", |app, id| {
        app.quarantine.replay(id)
    })
    .await?;
    if !marked {
        let why = "This entry cannot be replayed: it is damaged, or marked already.";
        return Err(ApiError::Conflict(why.to_owned()));
    }
    Ok(StatusCode::ACCEPTED)
}

/// Deletes an entry for good.
pub(super) async fn delete(State(app): State<App>, at: Place) -> Result<StatusCode, ApiError> {
    change(&app, at, "quarantine.drop", |app, id| {
        app.quarantine.drop_entry(id)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(
    app: &App,
    at: Place,
    action: &'static str,
    act: fn(&App, &QuarantineId) -> Result<bool, StoreError>,
) -> Result<bool, ApiError> {
    let (org, by) = (at.org.clone(), at.by);
    let (entry, is_done) = ask(app, move |app| {
        let (entry, _) = at.find(app, 0)?;
        let is_done = act(app, &entry.id)?;
        Ok((entry.id, is_done))
    })
    .await?;
    if is_done {
        audit::quarantine_changed(app, &org, &[entry], action, by).await;
    }
    Ok(is_done)
}
