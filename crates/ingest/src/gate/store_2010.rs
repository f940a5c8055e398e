//! `/store/`: the door of the first Sentry. `POST` with a form of key, format and data; its
//! successors send base64 and a signature, or `X-Sentry-Auth`. Answers are plain text, because
//! the clients write them to their logs as they are; success is an empty 200.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::store::{self, Door};
use super::{Gate, Taken, cors};
use crate::error::GateError;
use crate::outcome::Owner;

/// `POST`.
pub(crate) async fn post(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match store::take(&gate, &head, body, None, Door::Seed).await {
        Ok(taken) => Taken {
            answer: [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            limits: taken.limits,
        }
        .into_response(),
        Err(error) => error.into_plain(),
    }
}

/// `GET`: with an event in the query as at the other doors; else it is a client that followed a
/// redirect, or a person, and gets told.
pub(crate) async fn get(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if watchpost_protocol::form::query_value(query, "sentry_data").is_some() {
        return store::get(State(gate), None, request).await;
    }
    let (head, _) = request.into_parts();
    gate.note(&head, None, Owner::default(), &GateError::Method);
    let mut response = GateError::Method.into_plain();
    let allow = header::HeaderValue::from_static("POST, OPTIONS");
    response.headers_mut().insert(header::ALLOW, allow);
    cors::add_headers(&mut response);
    response
}
