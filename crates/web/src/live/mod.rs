//! The live stream: news of issues for open pages, as server-sent events.
//!
//! ```text
//! broadcast of IssueChange → of this project? → pace (at most ten messages a second, the rest
//! summed) → `event: issue` | `event: issues` | `event: reload`
//! ```
//! A stream is for signed-in people on our own pages only. It ends when the session does,
//! when the server stops, or when the browser goes; browsers open a new one by themselves.

mod pace;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::time::{Instant, sleep_until};
use watchpost_model::{IssueChange, OrgId, Project, ProjectId, UserId};

use crate::api::error::{ApiError, ask};
use crate::api::params::Params;
use crate::rights::is_member;
use crate::{App, session};
use pace::{Pace, Say};

/// Streams that may be open at a time.
const STREAM_COUNT_MAX: usize = 1000;

/// How often a stream asks whether its session still lasts.
const SESSION_CHECK: Duration = Duration::from_mins(1);

/// How often a quiet stream says that it is alive, so that proxies keep it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Tells open streams that the server stops: lay it as an `Extension` around the router and send
/// `true`. Without it streams stay open until the connection is cut.
#[derive(Clone, Debug)]
pub struct Closing(pub watch::Receiver<bool>);

/// The places for streams.
#[derive(Clone)]
struct Places(Arc<Semaphore>);

pub(crate) fn routes() -> Router<App> {
    routes_for(STREAM_COUNT_MAX)
}

fn routes_for(stream_count_max: usize) -> Router<App> {
    let places = Places(Arc::new(Semaphore::new(stream_count_max)));
    Router::new()
        .route("/organizations/{org}/live/", get(open))
        .layer(Extension(places))
}

async fn open(
    State(app): State<App>,
    Path(org): Path<String>,
    Extension(Places(places)): Extension<Places>,
    closing: Option<Extension<Closing>>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !is_ours(&app.config.public_url, &headers) {
        return Err(ApiError::Forbidden);
    }
    let person = session::find(&app, &headers).await?;
    let user = person.ok_or(ApiError::NoCredentials)?.user.id;
    let (org, projects) = watched(&app, org, user, &params).await?;
    let place = places.try_acquire_owned().map_err(|_| ApiError::Busy)?;
    let watch = Watch {
        news: app.news.subscribe(),
        projects,
        pace: Pace::default(),
        next_check: Instant::now() + SESSION_CHECK,
        headers,
        org,
        app,
        closing: closing.map(|Extension(Closing(closing))| closing),
        _place: place,
    };
    let answer = Sse::new(watch.stream()).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // Proxies that collect an answer before they pass it on would hold back the news.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (unbuffered, HeaderValue::from_static("no")),
    ];
    Ok((headers, answer).into_response())
}

/// Whether the request comes from one of our pages, as far as the browser says. Current ones send
/// `Sec-Fetch-Site`, which pages cannot forge; old ones only `Origin`, and not always.
fn is_ours(public_url: &str, headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(&HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(&ORIGIN) else {
        return true;
    };
    let host = text(&HOST).unwrap_or_default();
    let same_host = origin
        .split_once("://")
        .is_some_and(|(_, name)| name == host);
    same_host || public_url.strip_prefix(origin).is_some_and(is_path)
}

/// Whether what follows an origin in a URL does not go on with the origin itself.
fn is_path(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// The projects whose news is wanted: those that `project=` names, or all of the organization.
async fn watched(
    app: &App,
    org: String,
    user: UserId,
    params: &Params,
) -> Result<(OrgId, Vec<ProjectId>), ApiError> {
    let mut wanted: Vec<String> = params.all("project").map(str::to_owned).collect();
    if wanted.iter().any(|name| name == "-1") {
        wanted.clear();
    }
    let found = ask(app, move |app| {
        let org = app.ledger.org(&org)?.ok_or(ApiError::NotFound)?;
        if !is_member(app, org.id, user)? {
            return Err(ApiError::NotFound);
        }
        let mut projects = app.ledger.projects(org.id)?;
        if !wanted.is_empty() {
            let is_named = |name: &str, project: &Project| {
                project.slug == name || project.id.to_string() == name
            };
            projects.retain(|project| wanted.iter().any(|name| is_named(name, project)));
            if projects.is_empty() {
                return Err(ApiError::NotFound);
            }
        }
        let ids = projects.into_iter().map(|project| project.id);
        Ok((org.id, ids.collect()))
    });
    found.await
}

/// One open stream.
struct Watch {
    news: broadcast::Receiver<IssueChange>,
    projects: Vec<ProjectId>,
    pace: Pace,
    next_check: Instant,
    headers: HeaderMap,
    org: OrgId,
    app: App,
    closing: Option<watch::Receiver<bool>>,
    /// Given back when the stream ends.
    _place: OwnedSemaphorePermit,
}

impl Watch {
    /// The messages of the stream, the first of which says that it is open.
    fn stream(self) -> Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>> {
        let hello = Event::default().comment("open");
        let news = stream::unfold(self, |mut watch| async {
            let event = watch.next().await?;
            Some((event, watch))
        });
        let first = stream::once(async { hello });
        Box::pin(futures_util::StreamExt::map(
            futures_util::StreamExt::chain(first, news),
            Ok,
        ))
    }

    /// The next message; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let due = self
                .pace
                .due()
                .unwrap_or(self.next_check)
                .min(self.next_check);
            let said = tokio::select! {
                news = self.news.recv() => self.hear(news)?,
                () = closed(&mut self.closing) => return None,
                () = sleep_until(due) => {
                    if Instant::now() >= self.next_check && !self.still_signed_in().await {
                        return None;
                    }
                    self.pace.wake(Instant::now())
                }
            };
            if let Some(say) = said {
                return Some(event(&say));
            }
        }
    }

    /// What a piece of news is worth saying: `None` ends the stream.
    #[expect(
        clippy::option_option,
        reason = "the end is no message, and silence is no end"
    )]
    fn hear(
        &mut self,
        news: Result<IssueChange, broadcast::error::RecvError>,
    ) -> Option<Option<Say>> {
        match news {
            Ok(change) if self.projects.contains(&change.project) => {
                Some(self.pace.hear(change, Instant::now()))
            }
            Ok(_) => Some(None),
            // What was missed is unknown: the page has to look for itself.
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Some(Say::Reload)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    async fn still_signed_in(&mut self) -> bool {
        self.next_check = Instant::now() + SESSION_CHECK;
        let (app, org) = (&self.app, self.org);
        let is_in = match session::find(app, &self.headers).await {
            Ok(Some(person)) => {
                let user = person.user.id;
                app.ask(move |app| is_member(app, org, user)).await
            }
            Ok(None) => Ok(false),
            Err(error) => Err(error),
        };
        match is_in {
            Ok(is_in) => is_in,
            Err(error) => {
                tracing::warn!(%error, "failed to check the session of a live stream");
                true
            }
        }
    }
}

/// Waits until the server stops; for ever when nobody would tell.
async fn closed(closing: &mut Option<watch::Receiver<bool>>) {
    if let Some(closing) = closing
        && closing.wait_for(|stop| *stop).await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

fn event(say: &Say) -> Event {
    let data = say.data();
    Event::default().event(say.name()).data(data.to_string())
}
