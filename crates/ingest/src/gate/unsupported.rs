//! Doors for what this version does not keep yet: reports of browsers, minidumps, check-ins,
//! OpenTelemetry. Their clients get the answer that they expect and every request is counted as
//! `not_supported_yet`, so that nobody's console fills with errors and nothing vanishes unseen.

use std::collections::HashMap;
use std::sync::Arc;

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
use crate::limits::UNSUPPORTED_BODY_BYTES_MAX;
use crate::outcome::End;

/// One such door.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) path: &'static str,
    category: &'static str,
    status: StatusCode,
    /// Check-ins may also be sent with `GET`.
    methods: Methods,
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
    }
}

const fn cron(path: &'static str) -> Door {
    Door {
        methods: Methods::GetAndPost,
        ..door(path, "monitor", StatusCode::ACCEPTED)
    }
}

/// All of them, with the success that their clients expect.
pub(crate) const DOORS: &[Door] = &[
    door("/api/{project}/security/", "security", StatusCode::OK),
    door("/api/{project}/csp-report/", "security", StatusCode::OK),
    door("/api/{project}/nel/", "log_item", StatusCode::OK),
    door(
        "/api/{project}/minidump/",
        "attachment_item",
        StatusCode::OK,
    ),
    door(
        "/api/{project}/unreal/{key}/",
        "unreal_report",
        StatusCode::OK,
    ),
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
    let taken = match admit(&gate, &head, &path, &mut access).await {
        Ok(()) => body::discard(&gate, &head, body, UNSUPPORTED_BODY_BYTES_MAX).await,
        Err(error) => Err(error),
    };
    let (owner, end) = match &taken {
        Ok(()) => (
            access
                .as_deref()
                .map_or_else(Default::default, Access::owner),
            End::new(door.category, Outcome::NotSupportedYet, ""),
        ),
        Err(error) => {
            let verdict = error.verdict();
            let owner = access
                .as_deref()
                .map_or_else(|| error.owner(), Access::owner);
            (
                owner,
                End::new(door.category, verdict.outcome, verdict.reason),
            )
        }
    };
    gate.outcomes.count(owner, end, 1);
    taken.map_or_else(IntoResponse::into_response, |()| {
        door.status.into_response()
    })
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
