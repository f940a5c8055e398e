//! `/api/embed/error-page/`: the crash-report dialog that pages load as a script. Feedback is not
//! kept yet, so the script draws no dialog, and what old pages post is counted.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use watchpost_model::Outcome;
use watchpost_protocol::dsn::Dsn;
use watchpost_protocol::form;

use super::{Gate, auth, body};
use crate::limits::STORE_BODY_BYTES_MAX;
use crate::outcome::{End, Owner};

/// Valid JavaScript that does nothing but say so: whoever debugs the page finds the reason.
const SCRIPT: &str = "/* This server does not keep user feedback yet, so it shows no dialog. */\n";

/// `GET`: the script.
pub(crate) async fn get() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, SCRIPT).into_response()
}

/// `POST`: what somebody wrote into a dialog.
pub(crate) async fn post(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    if let Err(error) = body::discard(&gate, &head, body, STORE_BODY_BYTES_MAX).await {
        return gate.refused(&head, None, None, error).into_response();
    }
    let dsn = form::query_value(head.uri.query().unwrap_or_default(), "dsn");
    let dsn = dsn.and_then(|text| text.parse::<Dsn>().ok());
    let mut owner = Owner::default();
    if let Some(dsn) = dsn {
        let public = dsn.public_key.to_ascii_lowercase();
        if let Ok(access) = auth::by_public(&gate, &public, Some(dsn.project)).await {
            owner = access.owner();
        }
    }
    let end = End::new("feedback", Outcome::NotSupportedYet, "");
    gate.outcomes.count(owner, end, 1);
    Json(json!({ "detail": "user feedback is not kept by this server yet" })).into_response()
}
