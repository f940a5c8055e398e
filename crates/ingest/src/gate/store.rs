//! `/api/{project}/store/` and `/api/store/`: one event per request, the way of 2012 to 2020.
//! `take` also serves the door of 2010.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use watchpost_model::{EventId, ProjectId, Remark, RemarkKind, WireFormat};
use watchpost_protocol::auth::{AuthError, Credentials};
use watchpost_protocol::encoding::DecodeLimits;
use watchpost_protocol::form::{self, SeedForm};
use watchpost_protocol::json::{self, CheckedObject, IdField};

use super::{Gate, Taken, auth, body, client, envelope, json_answer};
use crate::accept::{Candidate, accept};
use crate::error::GateError;
use crate::keys::Access;
use crate::limits::{EVENT_BYTES_MAX, STORE_BODY_BYTES_MAX};
use crate::quota::Charge;

/// The answer to an event that is on disk.
#[derive(Debug, Serialize)]
pub(crate) struct Stored {
    /// Its id, 32 hex digits.
    id: EventId,
}

/// Which door an event came through: they differ in what an event without any id is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// `/store/`
    Seed,
    /// `/api/…/store/`
    Api,
}

/// The path of a project that may be missing from it.
type MaybeProject = Option<Path<String>>;

/// `POST`.
pub(crate) async fn post(
    State(gate): State<Arc<Gate>>,
    path: MaybeProject,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let content_type = client::text(&head, header::CONTENT_TYPE).unwrap_or_default();
    if content_type.starts_with("application/x-sentry-envelope") {
        return envelope::answer(&gate, path, &head, body).await;
    }
    let stored = match project(path) {
        Ok(project) => take(&gate, &head, body, project, Door::Api).await,
        Err(error) => Err(gate.refused(&head, None, None, error)),
    };
    json_answer(stored.map(|taken| Taken {
        answer: Stored { id: taken.answer },
        limits: taken.limits,
    }))
}

/// `GET` with the event in the query, for pages that can only load pictures.
pub(crate) async fn get(
    State(gate): State<Arc<Gate>>,
    path: MaybeProject,
    request: Request,
) -> Response {
    let (head, _) = request.into_parts();
    let stored = match project(path) {
        Ok(project) => take_query(&gate, &head, project).await,
        Err(error) => Err(gate.refused(&head, None, None, error)),
    };
    json_answer(stored.map(|taken| Taken {
        answer: ([(header::CONTENT_TYPE, "image/gif")], PIXEL),
        limits: taken.limits,
    }))
}

/// A transparent picture of one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x21\xf9\x04\
    \x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

pub(crate) fn project(path: MaybeProject) -> Result<Option<ProjectId>, GateError> {
    path.map(|Path(text)| auth::project(&text)).transpose()
}

/// Takes the event in a body, whoever sends it in whatever form.
pub(crate) async fn take(
    gate: &Gate,
    head: &Parts,
    body: Body,
    project: Option<ProjectId>,
    door: Door,
) -> Result<Taken<EventId>, GateError> {
    let mut access = None;
    let stored = take_known(gate, head, body, Target { project, door }, &mut access).await;
    stored.map_err(|error| gate.refused(head, project, access.as_deref(), error))
}

/// Where an event is sent to.
#[derive(Clone, Copy)]
struct Target {
    project: Option<ProjectId>,
    door: Door,
}

/// As [`take`]; notes in `access` whose request it is as soon as that is known.
async fn take_known(
    gate: &Gate,
    head: &Parts,
    body: Body,
    target: Target,
    access: &mut Option<Arc<Access>>,
) -> Result<Taken<EventId>, GateError> {
    let credentials = auth::credentials(head)?;
    if let Some(credentials) = &credentials {
        *access = auth::by_credentials(gate, credentials, target.project).await?;
    }
    if let Some(Err(refusal)) = access.as_ref().map(|access| check(gate, access)) {
        return Err(body::refuse(body, refusal).await);
    }
    let sender = access.as_ref().map(|access| access.sender());
    let held = body::read(gate, head, body, STORE_BODY_BYTES_MAX, sender).await?;
    let content_type = client::text(head, header::CONTENT_TYPE);
    let form = form::seed_form(content_type, &held.bytes)?;
    let found = match (&*access, &credentials) {
        (Some(access), _) => Arc::clone(access),
        (None, Some(signed)) => auth::by_signature(gate, signed, &held.bytes, target.project)?,
        (None, None) => match (&form, target.door) {
            (None, Door::Api) => return Err(AuthError::Missing.into()),
            (form, _) => {
                let key = form.as_ref().and_then(|form| form.key.as_deref());
                auth::by_form_key(gate, key, target.project).await?
            }
        },
    };
    let access = access.insert(found);
    auth::check_origin(head, access)?;
    let prepare = || candidate(checked(form, held.bytes)?, credentials, target.door);
    let id = accept(gate, head, access, prepare).await?;
    Ok(taken(gate, access, id))
}

/// Whether the quotas have room for an event: asked before its body is read.
fn check(gate: &Gate, access: &Access) -> Result<(), GateError> {
    let checked = access.check(Charge::ERROR, gate.clock.steady());
    checked.map_err(GateError::Limited)
}

fn taken(gate: &Gate, access: &Access, answer: EventId) -> Taken<EventId> {
    let limits = access.exhausted(gate.clock.steady());
    Taken { answer, limits }
}

/// Takes the event in a query.
async fn take_query(
    gate: &Gate,
    head: &Parts,
    project: Option<ProjectId>,
) -> Result<Taken<EventId>, GateError> {
    let mut access = None;
    let stored = take_query_known(gate, head, project, &mut access).await;
    stored.map_err(|error| gate.refused(head, project, access.as_deref(), error))
}

async fn take_query_known(
    gate: &Gate,
    head: &Parts,
    project: Option<ProjectId>,
    access: &mut Option<Arc<Access>>,
) -> Result<Taken<EventId>, GateError> {
    let credentials = auth::credentials(head)?.ok_or(AuthError::Missing)?;
    let found = auth::by_credentials(gate, &credentials, project).await?;
    let access = access.insert(found.ok_or(AuthError::MissingKey)?);
    auth::check_origin(head, access)?;
    if let Some(closed) = gate.warden.refuses() {
        return Err(GateError::Closed(closed));
    }
    let data = form::query_value(head.uri.query().unwrap_or_default(), "sentry_data");
    let bytes = data.unwrap_or_default().into_bytes();
    let prepare = || candidate(checked(None, bytes)?, Some(credentials), Door::Api);
    let id = accept(gate, head, access, prepare).await?;
    Ok(taken(gate, access, id))
}

/// Brings out the JSON of a form or a body and checks that it can be an event.
fn checked(form: Option<SeedForm>, bytes: Vec<u8>) -> Result<CheckedObject, GateError> {
    let limits = DecodeLimits::bytes(EVENT_BYTES_MAX);
    let json = match form {
        Some(form) => form.record(limits)?,
        None => watchpost_protocol::body::record(bytes, limits)?,
    };
    Ok(json::check_object(json)?)
}

/// Finds out the language and the id. A malformed `event_id` is refused as everywhere today:
/// repeated deliveries could not be told apart. The first protocol knew no such refusal, and an
/// event with a malformed `message_id` gets a new id, with a remark.
fn candidate(
    mut object: CheckedObject,
    credentials: Option<Credentials>,
    door: Door,
) -> Result<Candidate, GateError> {
    let modern = credentials
        .as_ref()
        .is_some_and(|given| given.version.is_some());
    let format = match (object.event_id, object.message_id) {
        (IdField::Absent, IdField::Absent) if door == Door::Api || modern => WireFormat::Event,
        (IdField::Absent, _) => WireFormat::Seed,
        _ => WireFormat::Event,
    };
    let id = match (format, object.event_id, object.message_id) {
        (WireFormat::Event, IdField::Malformed, _) => return Err(GateError::EventId),
        (WireFormat::Seed, _, IdField::Malformed) => {
            object.remarks.push(new_id("message_id"));
            None
        }
        (WireFormat::Event, IdField::Given(id), _) | (WireFormat::Seed, _, IdField::Given(id)) => {
            Some(id)
        }
        (WireFormat::Event, IdField::Absent, _) | (WireFormat::Seed, _, IdField::Absent) => None,
    };
    Ok(Candidate {
        object,
        id,
        format,
        sdk: credentials.and_then(|given| given.client),
        sent_at: None,
    })
}

/// The remark about a malformed id that was replaced.
pub(crate) fn new_id(field: &str) -> Remark {
    let reason = "not 32 hex digits; the event got a new id";
    Remark::new(field, RemarkKind::Corrected, reason)
}

impl IntoResponse for Stored {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}
