//! Doors for what this version does not keep yet: reports of browsers, minidumps, check-ins,
//! OpenTelemetry. Their clients get the answer that they expect and every request is counted as
//! `not_supported_yet`, so that nobody's console fills with errors and nothing vanishes unseen.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use watchpost_model::Outcome;
use watchpost_protocol::auth::AuthError;

use super::{Gate, auth, body, cors};
use crate::error::GateError;
use crate::keys::Access;
use crate::limits::{REPORT_BODY_BYTES_MAX, UNSUPPORTED_BODY_BYTES_MAX};
use crate::outcome::{ERROR, End};
use crate::quota::Charge;

/// One such door.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) path: &'static str,
    category: &'static str,
    status: StatusCode,
    /// Check-ins may also be sent with `GET`.
    methods: Methods,
    /// What its clients do with a 429.
    limits: Limits,
    /// What is read of a body before it is refused.
    body_bytes_max: usize,
}

/// Whether the clients of a door know limits.
#[derive(Debug, PartialEq, Eq)]
enum Limits {
    /// They do.
    Told,
    /// A 429 would make a browser or a crash reporter send it all again: it counts as a success.
    Kept,
}

#[derive(Debug, PartialEq, Eq)]
enum Methods {
    Post,
    GetAndPost,
}

const fn door(path: &'static str, category: &'static str, status: StatusCode) -> Door {
    Door {
        path,
        category,
        status,
        methods: Methods::Post,
        limits: Limits::Told,
        body_bytes_max: UNSUPPORTED_BODY_BYTES_MAX,
    }
}

/// For what browsers report by themselves (I35).
const fn report(path: &'static str, category: &'static str) -> Door {
    Door {
        body_bytes_max: REPORT_BODY_BYTES_MAX,
        ..door(path, category, StatusCode::OK)
    }
}

const fn quiet(door: Door) -> Door {
    Door {
        limits: Limits::Kept,
        ..door
    }
}

const fn cron(path: &'static str) -> Door {
    Door {
        methods: Methods::GetAndPost,
        ..quiet(door(path, "monitor", StatusCode::ACCEPTED))
    }
}

/// All of them, with the success that their clients expect.
pub(crate) const DOORS: &[Door] = &[
    report("/api/{project}/security/", "security"),
    report("/api/{project}/csp-report/", "security"),
    quiet(report("/api/{project}/nel/", "log_item")),
    door(
        "/api/{project}/minidump/",
        "attachment_item",
        StatusCode::OK,
    ),
    quiet(door(
        "/api/{project}/unreal/{key}/",
        "unreal_report",
        StatusCode::OK,
    )),
    door(
        "/api/{project}/events/{event}/attachments/",
        "attachment_item",
        StatusCode::CREATED,
    ),
    door(
        "/api/{project}/integration/otlp/v1/traces/",
        "span",
        StatusCode::OK,
    ),
    door(
        "/api/{project}/integration/otlp/v1/logs/",
        "log_item",
        StatusCode::OK,
    ),
    door(
        "/api/{project}/integration/vercel/logs/",
        "log_item",
        StatusCode::ACCEPTED,
    ),
    cron("/api/{project}/cron/{slug}/"),
    cron("/api/{project}/cron/{slug}/{key}/"),
];

/// The route of a door.
pub(crate) fn route(door: &'static Door) -> MethodRouter<Arc<Gate>> {
    let answer = move |state, path, request| answer(door, state, path, request);
    let route = match door.methods {
        Methods::Post => post(answer),
        Methods::GetAndPost => get(answer).post(answer),
    };
    route.options(cors::preflight)
}

async fn answer(
    door: &'static Door,
    State(gate): State<Arc<Gate>>,
    Path(path): Path<HashMap<String, String>>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let mut access = None;
    let taken = take(&gate, door, &head, body, &path, &mut access).await;
    let (owner, outcome, reason) = match &taken {
        Ok(()) => (
            access
                .as_deref()
                .map_or_else(Default::default, Access::owner),
            Outcome::NotSupportedYet,
            "",
        ),
        Err(error) => {
            let verdict = error.verdict();
            let owner = access
                .as_deref()
                .map_or_else(|| error.owner(), Access::owner);
            let named = path.get("project").and_then(|text| text.parse().ok());
            gate.note(&head, named, owner, error);
            (owner, verdict.outcome, verdict.reason)
        }
    };
    let end = End::new(door.category, outcome, reason);
    gate.outcomes.count(owner, end, 1);
    match taken {
        Err(GateError::Limited(_)) if door.limits == Limits::Kept => door.status.into_response(),
        Err(error) => error.into_response(),
        Ok(()) => door.status.into_response(),
    }
}

/// Finds out who sends, asks the quotas, and throws the body away.
async fn take(
    gate: &Gate,
    door: &Door,
    head: &Parts,
    body: Body,
    path: &HashMap<String, String>,
    access: &mut Option<Arc<Access>>,
) -> Result<(), GateError> {
    admit(gate, head, path, access).await?;
    let Some(access) = access else { return Ok(()) };
    let category = match door.category {
        "unreal_report" => ERROR,
        category => category,
    };
    let (charge, then) = (Charge::one(category), gate.clock.steady());
    if let Err(refusal) = access.take(charge, then) {
        return Err(body::refuse(body, GateError::Limited(refusal)).await);
    }
    let read = body::discard(gate, head, body, door.body_bytes_max).await;
    if read.is_err() {
        access.give_back(charge, then);
    }
    read
}

/// Who sends: as at the other doors, or a key in the path.
async fn admit(
    gate: &Gate,
    head: &Parts,
    path: &HashMap<String, String>,
    access: &mut Option<Arc<Access>>,
) -> Result<(), GateError> {
    let project = auth::project(path.get("project").map_or("", String::as_str))?;
    let found = match (auth::credentials(head)?, path.get("key")) {
        (Some(given), _) => auth::by_credentials(gate, &given, Some(project)).await?,
        (None, Some(key)) => {
            let public = key.to_ascii_lowercase();
            Some(auth::by_public(gate, &public, Some(project)).await?)
        }
        (None, None) => None,
    };
    let access = access.insert(found.ok_or(AuthError::Missing)?);
    auth::check_origin(head, access)
}
