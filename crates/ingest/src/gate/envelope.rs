//! `POST /api/{project}/envelope/`: the door of every current SDK. Events are accepted; the other
//! kinds of items are counted, until this version learns to keep them.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;
use watchpost_model::{EventId, Outcome, ProjectId, Timestamp, WireFormat};
use watchpost_protocol::auth::{AuthError, Credentials};
use watchpost_protocol::envelope::{Envelope, EnvelopeHeader, Item, ItemType};
use watchpost_protocol::json::{self, CheckedObject, IdField};
use watchpost_protocol::limits::HEADER_BYTES_MAX;

use super::{Gate, Taken, auth, body, client_report, json_answer, store};
use crate::accept::{Candidate, accept};
use crate::error::GateError;
use crate::keys::Access;
use crate::limits::{ENVELOPE_BYTES_MAX, ENVELOPE_LIMITS};
use crate::outcome::{ERROR, End};
use crate::quota::{Charge, Refusal};

/// The answer to an envelope.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Accepted {
    /// Id of the event inside, or the one in the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<EventId>,
}

/// `POST`.
pub(crate) async fn post(
    State(gate): State<Arc<Gate>>,
    path: Option<Path<String>>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    answer(&gate, path, &head, body).await
}

/// Takes an envelope and answers. Also called by the store door, by content type.
pub(crate) async fn answer(
    gate: &Gate,
    path: Option<Path<String>>,
    head: &Parts,
    body: Body,
) -> Response {
    let mut access = None;
    let taken = match store::project(path) {
        Ok(project) => take(gate, head, body, project, &mut access).await,
        Err(error) => Err(gate.refused(head, None, None, error)),
    };
    json_answer(taken)
}

/// Reads, finds out who sends, and takes the items. Errors come back counted.
async fn take(
    gate: &Gate,
    head: &Parts,
    body: Body,
    project: Option<ProjectId>,
    access: &mut Option<Arc<Access>>,
) -> Result<Taken<Json<Accepted>>, GateError> {
    let admitted = admit(gate, head, body, project, access).await;
    let refused = |access: Option<&Access>, error| gate.refused(head, project, access, error);
    let (held, credentials) = admitted.map_err(|error| refused(access.as_deref(), error))?;
    let parsed = Envelope::parse(&held.bytes, &ENVELOPE_LIMITS).map_err(GateError::from);
    let envelope = parsed.map_err(|error| refused(access.as_deref(), error))?;
    let known = identify(gate, head, &envelope.header, project, access.as_ref()).await;
    let access = known.map_err(|error| refused(None, error))?;
    let sorting = Sorting {
        gate,
        access: &access,
        id: None,
        event: None,
        limits: Vec::new(),
    };
    let sorted = sorting.sort(head, &envelope, credentials).await;
    let sorted = sorted.map_err(|error| refuse_items(gate, &access, &envelope, error));
    let answer = sorted.and_then(Sorting::answer);
    answer.inspect_err(|error| gate.note(head, project, access.owner(), error))
}

/// Refuses what its headers already make impossible, then reads the body. With it comes what the
/// request itself says about who sends.
async fn admit(
    gate: &Gate,
    head: &Parts,
    body: Body,
    project: Option<ProjectId>,
    access: &mut Option<Arc<Access>>,
) -> Result<(body::Held, Option<Credentials>), GateError> {
    let credentials = auth::credentials(head)?;
    if let Some(credentials) = &credentials {
        *access = auth::by_credentials(gate, credentials, project).await?;
        if access.is_none() {
            // A signature without a key belongs to the doors of 2011.
            return Err(AuthError::MissingKey.into());
        }
    }
    if let Some(access) = access.as_deref() {
        auth::check_origin(head, access)?;
        if let Err(refusal) = check(gate, access) {
            return Err(body::refuse(body, refusal).await);
        }
    }
    let sender = access.as_ref().map(|access| access.sender());
    let mut reading = body::Reading::begin(gate, head, body, ENVELOPE_BYTES_MAX, sender).await?;
    if access.is_none() {
        match introduce(gate, head, project, &mut reading).await {
            Ok(found) => {
                let found = access.insert(found);
                if let Err(refusal) = check(gate, found) {
                    return Err(reading.refuse(refusal).await);
                }
            }
            Err(error) => return Err(reading.refuse(error).await),
        }
    }
    Ok((reading.finish().await?, credentials))
}

/// Whether the quotas have room for anything at all: asked before the items are read.
fn check(gate: &Gate, access: &Access) -> Result<(), GateError> {
    let checked = access.check(Charge::ANYTHING, gate.clock.steady());
    checked.map_err(GateError::Limited)
}

/// Who sends, when only the envelope's header says so. No more than that is read for a stranger.
async fn introduce(
    gate: &Gate,
    head: &Parts,
    project: Option<ProjectId>,
    reading: &mut body::Reading,
) -> Result<Arc<Access>, GateError> {
    let start = reading.start(HEADER_BYTES_MAX).await?;
    let header = EnvelopeHeader::parse(start)?;
    let access = identify(gate, head, &header, project, None).await?;
    reading.belongs_to(gate, access.sender())?;
    Ok(access)
}

/// Who sends: the request's own credentials, which a DSN in the header must agree with, or that
/// DSN alone, as tunnels send it.
async fn identify(
    gate: &Gate,
    head: &Parts,
    header: &EnvelopeHeader,
    project: Option<ProjectId>,
    access: Option<&Arc<Access>>,
) -> Result<Arc<Access>, GateError> {
    let public = header
        .dsn
        .as_ref()
        .map(|dsn| dsn.public_key.to_ascii_lowercase());
    let dsn_project = header.dsn.as_ref().map(|dsn| dsn.project);
    if let Some(access) = access {
        let same_key = public.is_none_or(|public| public == access.public);
        let same_project = dsn_project.is_none_or(|project| project == access.project);
        if !same_key || !same_project {
            return Err(GateError::Mismatch);
        }
        return Ok(Arc::clone(access));
    }
    let public = public.ok_or(AuthError::Missing)?;
    if project
        .zip(dsn_project)
        .is_some_and(|(path, dsn)| path != dsn)
    {
        return Err(GateError::Mismatch);
    }
    let access = auth::by_public(gate, &public, dsn_project).await?;
    auth::check_origin(head, &access)?;
    Ok(access)
}

/// The items of an envelope on their way to where each of them ends.
struct Sorting<'a> {
    gate: &'a Gate,
    access: &'a Access,
    id: Option<EventId>,
    /// Why the event was refused, if it was.
    event: Option<Refusal>,
    /// Which quotas refused items. The other items are taken all the same.
    limits: Vec<Refusal>,
}

impl Sorting<'_> {
    /// Accepts the event, if there is one, and counts the rest.
    async fn sort(
        mut self,
        head: &Parts,
        envelope: &Envelope<'_>,
        credentials: Option<Credentials>,
    ) -> Result<Self, GateError> {
        let header_id = match envelope.header.event_id {
            IdField::Absent => None,
            IdField::Given(id) => Some(id),
            IdField::Malformed => return Err(GateError::EventId),
        };
        self.id = header_id;
        let is_event = |item: &&Item<'_>| item.item_type == ItemType::Event;
        if let Some(item) = envelope.items.iter().find(is_event) {
            let sdk = credentials.and_then(|given| given.client);
            let sdk = sdk.or_else(|| envelope.header.sdk.clone());
            let prepare = || {
                let object = json::check_object(item.payload.to_vec())?;
                Ok(candidate(object, header_id, sdk, envelope.header.sent_at))
            };
            match accept(self.gate, head, self.access, prepare).await {
                Ok(id) => self.id = Some(id),
                Err(GateError::Limited(refusal)) => {
                    self.event = Some(refusal.clone());
                    self.refuse(ERROR, refusal);
                }
                Err(error) => return Err(error),
            }
        }
        for item in &envelope.items {
            match item.item_type {
                ItemType::Event => {}
                ItemType::ClientReport => {
                    client_report::count(self.gate, self.access, item.payload);
                }
                _ => self.take(item),
            }
        }
        for kind in &envelope.surplus {
            self.count(End::new(kind.counted_as(), Outcome::Invalid, "too_many"));
        }
        Ok(self)
    }

    /// An item of a kind that is not kept yet. What belongs to an event goes with it.
    fn take(&mut self, item: &Item<'_>) {
        let belongs = matches!(item.item_type, ItemType::Attachment | ItemType::Profile);
        let taken = match (&self.event, Charge::of(item)) {
            (Some(refusal), _) if belongs => Err(refusal.clone()),
            (_, Some(charge)) => self.access.take(charge, self.gate.clock.steady()),
            (_, None) => Ok(()),
        };
        let category = item.item_type.counted_as();
        match taken {
            Ok(()) => self.count(End::new(category, Outcome::NotSupportedYet, "")),
            Err(refusal) => self.refuse(category, refusal),
        }
    }

    fn refuse(&mut self, category: &'static str, refusal: Refusal) {
        self.count(End::new(category, Outcome::RateLimited, refusal.reason));
        self.limits.push(refusal);
    }

    fn count(&self, end: End) {
        self.gate.outcomes.count(self.access.owner(), end, 1);
    }

    /// 200, or 429 when at least one item was refused by a quota.
    fn answer(self) -> Result<Taken<Json<Accepted>>, GateError> {
        let all = self.limits.into_iter().reduce(Refusal::and);
        if let Some(refusal) = all {
            return Err(GateError::Limited(refusal));
        }
        Ok(Taken {
            answer: Json(Accepted { id: self.id }),
            limits: self.access.exhausted(self.gate.clock.steady()),
        })
    }
}

/// The id in the header wins. A malformed one in the event alone is replaced, with a remark,
/// because the rest of the envelope is sound.
fn candidate(
    mut object: CheckedObject,
    header_id: Option<EventId>,
    sdk: Option<String>,
    sent_at: Option<Timestamp>,
) -> Candidate {
    let id = match (header_id, object.event_id) {
        (Some(id), _) | (None, IdField::Given(id)) => Some(id),
        (None, IdField::Absent) => None,
        (None, IdField::Malformed) => {
            object.remarks.push(store::new_id("event_id"));
            None
        }
    };
    Candidate {
        object,
        id,
        format: WireFormat::Event,
        sdk,
        sent_at,
    }
}

/// Counts every item of a refused envelope: the client throws them all away.
fn refuse_items(
    gate: &Gate,
    access: &Access,
    envelope: &Envelope<'_>,
    error: GateError,
) -> GateError {
    let verdict = error.verdict();
    let kinds = envelope.items.iter().map(|item| &item.item_type);
    for kind in kinds.chain(&envelope.surplus) {
        let end = End::new(kind.counted_as(), verdict.outcome, verdict.reason);
        gate.outcomes.count(access.owner(), end, 1);
    }
    error
}
