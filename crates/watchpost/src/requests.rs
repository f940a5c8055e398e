//! Around every request: an id that is in the answer and in all log lines about it, and a net for
//! panics, which cost their own request only.

use std::panic::AssertUnwindSafe;
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use futures_util::FutureExt;
use serde::Serialize;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// An id that a proxy gave is kept when it is no longer than this, and plain.
const GIVEN_ID_BYTES_MAX: usize = 64;

/// From here on panics are log lines, not text on standard error.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(log_panic));
}

/// Only here are place and words of a panic known. A handler panics within the span of its
/// request, so the line has its id.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let words = panic.payload_as_str().unwrap_or("without a word");
    let thread = std::thread::current();
    tracing::error!(place, thread = thread.name(), "panicked: {words}");
}

/// Gives each request of these routes an id, and answers for the ones that panic.
pub(crate) fn identified(router: Router) -> Router {
    let ids = Arc::new(Ids::new());
    router.layer(from_fn(move |request, next| {
        let id = ids.of(&request);
        identify(id, request, next)
    }))
}

async fn identify(id: HeaderValue, mut request: Request, next: Next) -> Response {
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let span = tracing::error_span!("request", id = id.to_str().unwrap_or_default());
    let about = tracing::enabled!(tracing::Level::DEBUG).then(|| About::of(&request));
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind();
    let answered = answered.instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|_| broken(&id));
    if let Some(about) = about {
        span.in_scope(|| about.log(response.status()));
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// What a line about an answered request says.
struct About {
    method: String,
    path: String,
    since: Instant,
}

impl About {
    fn of(request: &Request) -> Self {
        let path = request.uri().path();
        // No query: it may hold a key. No link that creates a user either.
        let path = if path.starts_with("/setup/") {
            "/setup/"
        } else {
            path
        };
        Self {
            method: request.method().to_string(),
            path: path.to_owned(),
            since: Instant::now(),
        }
    }

    fn log(self, status: StatusCode) {
        let Self {
            method,
            path,
            since,
        } = self;
        let took_us = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(method, path, status = status.as_u16(), took_us, "answered");
    }
}

#[derive(Serialize)]
struct Broken<'a> {
    detail: &'static str,
    request_id: &'a str,
}

fn broken(id: &HeaderValue) -> Response {
    let body = Broken {
        detail: "something broke on this server; its log says what, under this request id",
        request_id: id.to_str().unwrap_or_default(),
    };
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
}

/// Numbers to find lines by: a random start for each process, then counted. No secret.
struct Ids {
    start: [u8; 4],
    next: AtomicU32,
}

impl Ids {
    fn new() -> Self {
        let mut start = [0; 4];
        // Should the system refuse, zeros do: within one log the count is enough.
        let _ = getrandom::fill(&mut start);
        Self {
            start,
            next: AtomicU32::new(1),
        }
    }

    /// The id that a proxy gave, if it is fit to be printed, or a new one.
    fn of(&self, request: &Request) -> HeaderValue {
        let given = request.headers().get(REQUEST_ID);
        let plain = |id: &&HeaderValue| {
            let bytes = id.as_bytes();
            let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            (1..=GIVEN_ID_BYTES_MAX).contains(&bytes.len()) && bytes.iter().all(is_plain)
        };
        given.filter(plain).cloned().unwrap_or_else(|| self.draw())
    }

    fn draw(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:08x}{number:08x}", u32::from_be_bytes(self.start));
        HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("none"))
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    /// The log of one test.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        /// Collects what this thread logs.
        fn collect(&self) -> tracing::subscriber::DefaultGuard {
            let writer = self.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_max_level(tracing::Level::DEBUG)
                .with_writer(move || writer.clone())
                .finish();
            tracing::subscriber::set_default(subscriber)
        }

        fn about(&self, word: &str) -> Vec<String> {
            let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            let about = log.lines().filter(|line| line.contains(word));
            about.map(ToOwned::to_owned).collect()
        }
    }

    /// Logs the panics of this thread; those of other tests go where they went before.
    fn log_this_thread() {
        let (before, this) = (std::panic::take_hook(), std::thread::current().id());
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().id() == this {
                log_panic(panic);
            } else {
                before(panic);
            }
        }));
    }

    async fn ask(router: &Router, request: Request) -> (StatusCode, String, serde_json::Value) {
        let answer = router.clone().oneshot(request).await.unwrap();
        let id = answer.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        (status, id, body)
    }

    fn request(path: &str) -> Request {
        Request::get(path).body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn a_handler_that_panics_costs_one_request_and_one_line() {
        async fn cannot() -> &'static str {
            tokio::task::yield_now().await;
            panic!("cannot stand this")
        }
        let lines = Lines::default();
        let _logging = lines.collect();
        log_this_thread();
        let routes = Router::new().route("/broken", get(cannot));
        let router = identified(routes.route("/sound", get(|| async { "" })));

        let (status, id, body) = ask(&router, request("/broken")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body["request_id"], id);
        assert_eq!(ask(&router, request("/sound")).await.0, StatusCode::OK);
        let (_, other, _) = ask(&router, request("/broken")).await;
        assert_ne!(other, id);

        let errors = lines.about("ERROR");
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].contains(&id), "{errors:?}");
        assert!(errors[0].contains("cannot stand this"), "{errors:?}");
        assert!(errors[0].contains("requests.rs:"), "{errors:?}");
    }

    #[tokio::test]
    async fn every_line_about_a_request_has_its_id_and_no_secret() {
        let lines = Lines::default();
        let _logging = lines.collect();
        let inner = || async { tracing::warn!("from within") };
        let routes = Router::new().route("/sound", get(inner));
        let router = identified(routes.route("/setup/{token}", get(|| async { "" })));
        let (_, id, _) = ask(&router, request("/sound?sentry_key=hidden")).await;
        let about = lines.about(&id);
        assert!(about[0].contains("from within"), "{about:?}");
        assert!(about[1].contains("status=200"), "{about:?}");
        assert!(about[1].contains("path=\"/sound\""), "{about:?}");
        ask(&router, request("/setup/hidden")).await;
        assert_eq!(lines.about("hidden"), [""; 0]);
    }

    #[tokio::test]
    async fn the_id_of_a_proxy_is_kept_when_it_is_plain() {
        let router = identified(Router::new().route("/", get(|| async {})));
        let check = async |given: &str, kept: bool| {
            let mut request = request("/");
            let value = HeaderValue::try_from(given).unwrap();
            request.headers_mut().insert(REQUEST_ID, value);
            let (_, id, _) = ask(&router, request).await;
            assert_eq!(id == given, kept, "{given}: {id}");
        };
        check("4bf92f35-77b3.4da6_A", true).await;
        check("", false).await;
        check("a b", false).await;
        check("a\u{e9}", false).await;
        check(&"a".repeat(GIVEN_ID_BYTES_MAX), true).await;
        check(&"a".repeat(GIVEN_ID_BYTES_MAX + 1), false).await;
    }
}
