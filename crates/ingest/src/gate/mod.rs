//! The gates, one file per door. The router calls them; they find out who sends, read, parse, and
//! hand over to `accept`. Deciding how an error is answered is the work of `error`.

pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod budget;
pub(crate) mod client;
mod client_report;
mod cors;
mod embed;
mod envelope;
mod health;
mod origin;
mod paths;
mod store;
mod store_2010;
mod unsupported;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
pub(crate) use watchpost_model::chain;
use watchpost_model::{Clock, Outcome, ProjectId};
use watchpost_protocol::rate_limit::RateLimit;

use crate::config::IngestConfig;
use crate::error::{GateError, announce};
use crate::keys::{Access, Keys};
use crate::metrics::Metrics;
use crate::outcome::{ERROR, End, Outcomes, Owner};
use crate::quarantine::Fill;
use crate::random::Random;
use crate::rejections::{Refused, Rejections};
use crate::spool::Spool;
use crate::warden::Warden;
use budget::Budget;

pub use paths::fold_paths;

/// A place for refusals where nobody looks.
const NOBODY: ProjectId = ProjectId(0);

/// What every door needs. Shared by all requests.
pub(crate) struct Gate {
    pub(crate) keys: Arc<Keys>,
    pub(crate) spool: Arc<dyn Spool>,
    /// Whose events are refused because of what is in quarantine.
    pub(crate) fill: Arc<Fill>,
    pub(crate) outcomes: Arc<Outcomes>,
    /// What was refused of late, for those who wait for it.
    pub(crate) rejections: Rejections,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// What bodies may take of the memory.
    pub(crate) budget: Budget,
    /// Closes the gates when disk or digest cannot take more.
    pub(crate) warden: Warden,
    pub(crate) metrics: Metrics,
    pub(crate) config: IngestConfig,
}

impl Gate {
    /// Counts a refusal of a request to the project `named` in its path, notes it, writes it to
    /// the log if it is our own fault and not told yet, and gives it back.
    pub(crate) fn refused(
        &self,
        head: &Parts,
        named: Option<ProjectId>,
        access: Option<&Access>,
        error: GateError,
    ) -> GateError {
        let verdict = error.verdict();
        let owner = access.map_or_else(|| error.owner(), Access::owner);
        self.count_error(owner, verdict.outcome, verdict.reason);
        self.note(head, named, owner, &error);
        if verdict.status.is_server_error() && !error.is_told() {
            let cause = std::error::Error::source(&error).map(chain);
            tracing::error!(%error, cause, "refused an event");
        }
        error
    }

    /// Notes a refusal for the people of the project that was named, and for those whose key it
    /// was.
    fn note(&self, head: &Parts, named: Option<ProjectId>, owner: Owner, error: &GateError) {
        let refused = Refused {
            head,
            error,
            named,
            key: owner.key,
        };
        let now = self.clock.now();
        let named = named.filter(|project| self.keys.knows(*project));
        let first = owner.project.or(named);
        let second = named.filter(|named| Some(*named) != first);
        self.rejections.note(first, &refused, now);
        // Always twice, so that the time does not tell whose key it was (I23).
        self.rejections
            .note(Some(second.unwrap_or(NOBODY)), &refused, now);
    }

    fn count_error(&self, owner: Owner, outcome: Outcome, reason: &'static str) {
        self.outcomes
            .count(owner, End::new(ERROR, outcome, reason), 1);
    }
}

/// What a door took in, and what the client had better hold back from now on.
pub(crate) struct Taken<T> {
    pub(crate) answer: T,
    pub(crate) limits: Vec<RateLimit>,
}

impl<T: IntoResponse> IntoResponse for Taken<T> {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        announce(&mut response, &self.limits);
        response
    }
}

/// The answer of a JSON door.
fn json_answer<T: IntoResponse>(result: Result<T, GateError>) -> Response {
    result.map_or_else(IntoResponse::into_response, IntoResponse::into_response)
}

/// The answer of a door to a method that it does not know; the router adds `Allow`.
async fn wrong_method(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let path = head.uri.path();
    let mut segments = path.split('/').skip_while(|segment| *segment != "api");
    let named = segments.nth(1).and_then(|text| text.parse().ok());
    gate.note(&head, named, Owner::default(), &GateError::Method);
    match path {
        "/store/" => GateError::Method.into_plain(),
        _ => GateError::Method.into_response(),
    }
}

/// Measures how long clients wait for a 200, and adds what every answer carries. One layer for
/// both: each is a future of its own around every request.
async fn dress(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let since = Instant::now();
    let sends = request.method() != Method::OPTIONS;
    let mut response = next.run(request).await;
    cors::add_headers(&mut response);
    if sends && response.status() == StatusCode::OK {
        gate.metrics.acknowledged(since);
    }
    response
}

/// All doors. Their paths are the canonical ones; [`fold_paths`] leads the others there.
pub(crate) fn router(gate: Arc<Gate>) -> Router {
    let store = post(store::post).get(store::get).options(cors::preflight);
    let seed = post(store_2010::post).get(store_2010::get);
    let embed = get(embed::get).post(embed::post).options(cors::preflight);
    let mut doors = Router::new()
        .route("/store/", seed.options(cors::preflight))
        .route("/api/store/", store.clone())
        .route("/api/{project}/store/", store)
        .route(
            "/api/{project}/envelope/",
            post(envelope::post).options(cors::preflight),
        )
        .route("/api/embed/error-page/", embed);
    for door in unsupported::DOORS {
        doors = doors.route(door.path, unsupported::route(door));
    }
    doors
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&gate), dress))
        .merge(health::routes())
        .with_state(gate)
}
