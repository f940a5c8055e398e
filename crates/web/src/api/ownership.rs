//! `/api/0/projects/{org}/{project}/ownership/` and `…/codeowners/`: who looks after what, and
//! `…/events/{event}/owners/`: what that says about an event.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};
use watchpost_model::{EventId, Ownership, ProjectId};
use watchpost_store::Codeowners;

use super::at::{self, AtProject};
use super::door::Door;
use super::error::{ApiError, ask};
use super::issue_facts::people;
use super::params::{FileBody, JsonBody};
use super::project_rules::save;
use super::view::activity::assignee_of;
use super::{EVENT_READ, PROJECT_READ, PROJECT_WRITE};
use crate::App;
use crate::ownership::{Texts, file_fault, judge, nobodies};
use crate::rights::staff;

const ON: &str = "Auto Assign to Issue Owner";
const OFF: &str = "Turn off Auto-Assignment";

/// The doors of this file.
pub(super) fn doors() -> Vec<Door> {
    let (files_path, file) = (
        "/api/0/projects/{org}/{project}/codeowners/",
        "/api/0/projects/{org}/{project}/codeowners/{file}/",
    );
    let of_event = "/api/0/projects/{org}/{project}/events/{event}/owners/";
    let mut doors = vec![
        Door::get(files_path, PROJECT_READ, files),
        Door::post(files_path, PROJECT_WRITE, create),
        Door::put(file, PROJECT_WRITE, replace),
        Door::delete(file, PROJECT_WRITE, delete),
        Door::get(of_event, EVENT_READ, owners),
    ];
    // Infrastructure tools leave the last slash out here.
    for path in [
        "/api/0/projects/{org}/{project}/ownership/",
        "/api/0/projects/{org}/{project}/ownership",
    ] {
        doors.push(Door::get(path, PROJECT_READ, show));
        doors.push(Door::put(path, PROJECT_WRITE, update));
    }
    doors
}

/// What may be changed. What is not there stays as it is.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Change {
    raw: Option<String>,
    fallthrough: Option<bool>,
    auto_assignment: Option<Assigning>,
    codeowners_auto_sync: Option<bool>,
}

/// Words, or a switch in older tools.
#[derive(Deserialize)]
#[serde(untagged)]
enum Assigning {
    Switch(bool),
    Words(String),
}

impl Assigning {
    fn is_on(&self) -> Result<bool, ApiError> {
        match self {
            Self::Switch(is_on) => Ok(*is_on),
            Self::Words(words) if words == ON => Ok(true),
            Self::Words(words) if words == OFF => Ok(false),
            Self::Words(_) => Err(ApiError::Invalid(format!(
                "`autoAssignment` is `{ON}` or `{OFF}`: commits are not known yet."
            ))),
        }
    }
}

/// The ownership rules of a project.
pub(super) async fn show(State(app): State<App>, at: AtProject) -> Result<Json<Value>, ApiError> {
    let id = at.project.id;
    Ok(Json(ask(&app, move |app| view(app, id)).await?))
}

fn view(app: &App, project: ProjectId) -> Result<Value, ApiError> {
    let Ownership {
        rules,
        auto_assign,
        fallthrough,
        codeowners_auto_sync,
    } = app.ledger.rules(project)?.ownership;
    let record = app.ledger.ownership(project)?;
    Ok(json!({
        "raw": (!rules.is_empty()).then_some(rules),
        "fallthrough": fallthrough,
        "autoAssignment": if auto_assign { ON } else { OFF },
        "codeownersAutoSync": codeowners_auto_sync,
        "isActive": true,
        "dateCreated": record.as_ref().map(|record| record.created),
        "lastUpdated": record.as_ref().map(|record| record.changed),
    }))
}

/// Changes them.
pub(super) async fn update(
    State(app): State<App>,
    at: AtProject,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<Value>, ApiError> {
    let assigns = change.auto_assignment.as_ref().map(Assigning::is_on);
    let assigns = assigns.transpose()?;
    save(&app, &at, move |rules| {
        let ownership = &mut rules.ownership;
        if let Some(raw) = &change.raw {
            ownership.rules = raw.replace("\r\n", "\n");
        }
        if let Some(is_on) = change.fallthrough {
            ownership.fallthrough = is_on;
        }
        if let Some(is_on) = change.codeowners_auto_sync {
            ownership.codeowners_auto_sync = is_on;
        }
        if let Some(is_on) = assigns {
            ownership.auto_assign = is_on;
        }
    })
    .await?;
    show(State(app), at).await
}

/// A CODEOWNERS file as somebody sends it.
#[derive(Deserialize)]
pub(super) struct File {
    raw: String,
}

/// The number of a file in a path. There is one for each project, which has its number.
pub(super) struct FileId;

impl FromRequestParts<App> for FileId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let name = at::text(parts, app, "file").await?;
        let at = AtProject::from_request_parts(parts, app).await?;
        let is_it = name == at.project.id.to_string();
        is_it.then_some(Self).ok_or(ApiError::NotFound)
    }
}

/// The CODEOWNERS file of a project, as a list of one or none.
pub(super) async fn files(
    State(app): State<App>,
    at: AtProject,
) -> Result<Json<Vec<Value>>, ApiError> {
    let found = ask(&app, move |app| {
        let record = app.ledger.ownership(at.project.id)?;
        let file = record.and_then(|record| record.codeowners);
        let view = file.map(|file| file_view(app, &at, &file));
        view.into_iter().collect()
    });
    Ok(Json(found.await?))
}

fn file_view(app: &App, at: &AtProject, file: &Codeowners) -> Result<Value, ApiError> {
    let texts = Texts {
        rules: String::new(),
        codeowners: file.raw.clone(),
    };
    let (rules, faults) = texts.compile();
    let (users, teams) = (staff(app, at.org.id)?, app.ledger.teams(at.org.id)?);
    let unknown = nobodies(&rules, &users, &teams);
    let not_understood = faults.codeowners.iter().map(ToString::to_string);
    Ok(json!({
        "id": at.project.id.to_string(),
        "raw": file.raw,
        "dateCreated": file.created,
        "dateUpdated": file.changed,
        "provider": null,
        "codeMappingId": null,
        "errors": {
            "not_understood": not_understood.collect::<Vec<_>>(),
            "unknown_owners": unknown,
        },
    }))
}

/// Keeps a file.
pub(super) async fn create(
    State(app): State<App>,
    at: AtProject,
    FileBody(file): FileBody<File>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    Ok((StatusCode::CREATED, Json(keep(&app, at, file).await?)))
}

/// Replaces it.
pub(super) async fn replace(
    State(app): State<App>,
    _: FileId,
    at: AtProject,
    FileBody(file): FileBody<File>,
) -> Result<Json<Value>, ApiError> {
    keep(&app, at, file).await.map(Json)
}

async fn keep(app: &App, at: AtProject, file: File) -> Result<Value, ApiError> {
    if let Some(problem) = file_fault(&file.raw) {
        return Err(ApiError::Invalid(problem));
    }
    ask(app, move |app| {
        let (id, now) = (at.project.id, app.clock.now());
        app.ledger.set_codeowners(id, Some(&file.raw), now)?;
        let record = app.ledger.ownership(id)?;
        let file = record.and_then(|record| record.codeowners);
        file_view(app, &at, &file.ok_or(ApiError::NotFound)?)
    })
    .await
}

/// Forgets it.
pub(super) async fn delete(
    State(app): State<App>,
    _: FileId,
    at: AtProject,
) -> Result<StatusCode, ApiError> {
    let gone = ask(&app, move |app| {
        let (id, now) = (at.project.id, app.clock.now());
        Ok(app.ledger.set_codeowners(id, None, now)?)
    });
    gone.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id of an event in a path.
pub(super) struct EventName(String);

impl FromRequestParts<App> for EventName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "event").await.map(Self)
    }
}

/// Which rules an event fits, and who might look after it, the most responsible first.
pub(super) async fn owners(
    State(app): State<App>,
    at: AtProject,
    EventName(name): EventName,
) -> Result<Json<Value>, ApiError> {
    let found = ask(&app, move |app| {
        let id: EventId = name.parse().map_err(|_| ApiError::NotFound)?;
        let stored = app.archive.event(at.project.id, id)?;
        let event = stored.ok_or(ApiError::NotFound)?.event;
        let (rules, _) = Texts::load(app, at.project.id)?.compile();
        let verdict = judge(app, at.project.id, &rules, &event)?;
        let people = people(app, at.org.id)?;
        let owners = verdict.suggested.iter();
        let owners = owners.filter_map(|one| assignee_of(&people, one.owner));
        let rules = verdict.matches.iter().map(|one| {
            let owners = one.owners.iter().map(ToString::to_string);
            json!({
                "type": one.source.name(),
                "line": one.line,
                "pattern": one.pattern,
                "owners": owners.collect::<Vec<_>>(),
            })
        });
        Ok(json!({
            "owners": owners.collect::<Vec<_>>(),
            "rule": verdict.suggested.first().map(|one| &one.rule),
            "rules": rules.collect::<Vec<_>>(),
        }))
    });
    Ok(Json(found.await?))
}
