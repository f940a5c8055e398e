//! Draws the page for a fault, with the id of the request.

use std::panic::AssertUnwindSafe;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::FutureExt;

use super::error::Fault;
use super::shell::{Shell, draw};
use super::{Links, PageError};
use crate::App;
use crate::session;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    fault: Fault,
    request_id: String,
    /// The token of their forms, when they are signed in and in no organization.
    outsider: Option<String>,
}

/// The layer around all routes. A handler that panics is a fault like any other.
pub(crate) async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let path = request.uri().path().to_owned();
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = answered.unwrap_or_else(|_| panicked().into_response());
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        if let Some(cause) = &fault.cause {
            tracing::error!(error = %cause, path, "a page failed");
        }
        response = error_page(&app, &headers, fault).await;
    }
    response
}

/// What no route knows. Programs that look for the API get an answer that they can read.
pub(crate) async fn not_found(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        let body = r#"{"detail":"this address does not exist"}"#;
        let headers = [(header::CONTENT_TYPE, "application/json")];
        return (StatusCode::NOT_FOUND, headers, body).into_response();
    }
    let slashed = ["/organizations/", "/settings/", "/auth/"]
        .into_iter()
        .any(|room| path.starts_with(room));
    if slashed && !path.ends_with('/') {
        // People type addresses without the slash at the end.
        let query = request.uri().query().map(|query| format!("?{query}"));
        let path = format!("{path}/{}", query.unwrap_or_default());
        return Redirect::permanent(&Links::of(&app).path(&path)).into_response();
    }
    PageError::Missing("page").into_response()
}

async fn error_page(app: &App, headers: &HeaderMap, fault: Fault) -> Response {
    let status = fault.status;
    // Given by the binary, and part of all its log lines about this request.
    let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let outsider = if fault.is_outside {
        session::find(app, headers).await.ok().flatten()
    } else {
        None
    };
    let page = ErrorPage {
        outsider: outsider.map(|who| who.csrf()),
        shell: Shell::guest(app, headers, fault.headline),
        fault,
        request_id: id.unwrap_or("none").to_owned(),
    };
    match draw(&page) {
        Ok(response) => (status, response).into_response(),
        Err(_) => status.into_response(),
    }
}

/// The hook of the binary has logged it already.
fn panicked() -> Response {
    let fault = Fault {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        headline: "Something broke on this server",
        advice: "The cause is in the server's log, under the request id below.".to_owned(),
        cause: None,
        is_outside: false,
    };
    let mut response = fault.status.into_response();
    response.extensions_mut().insert(fault);
    response
}
