//! Panics: each is one line in the log, and one in a handler costs its own request only
//! (promise 4). Set up by `serve`; the layer is put around all routes by `wiring`.

use std::any::Any;
use std::cell::Cell;
use std::panic::PanicHookInfo;

use axum::Json;
use axum::Router;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tower_http::catch_panic::CatchPanicLayer;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

thread_local! {
    /// The id of the last panic of this thread that nobody has answered for yet. A handler is
    /// caught on the thread that it panicked on, right after the hook.
    static LOGGED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// From here on panics are log lines, not text on standard error.
pub(crate) fn log_all() {
    std::panic::set_hook(Box::new(log));
}

/// Only here are place and words of a panic known, so the line is written here, and the id is
/// left for the answer.
fn log(panic: &PanicHookInfo<'_>) {
    let id = draw();
    let place = panic.location().map(ToString::to_string);
    let words = panic.payload_as_str().unwrap_or("without a word");
    let thread = std::thread::current();
    tracing::error!(request_id = %shown(id), place, thread = thread.name(), "panicked: {words}");
    LOGGED.set(Some(id));
}

/// Turns a panic of any route into a 500 with the id of its line in the log.
pub(crate) fn catch(router: Router) -> Router {
    router.layer(CatchPanicLayer::custom(answer))
}

#[derive(Serialize)]
struct Broken {
    detail: &'static str,
    request_id: String,
}

fn answer(_panic: Box<dyn Any + Send>) -> Response {
    let request_id = shown(LOGGED.take().unwrap_or_else(draw));
    let body = Broken {
        detail: "something broke on this server; its log says what, under this request id",
        request_id: request_id.clone(),
    };
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    (status, [(REQUEST_ID, request_id)], Json(body)).into_response()
}

/// A number to find a line by. No secret: should the system refuse, any will do.
fn draw() -> u64 {
    let mut bytes = [0; 8];
    // A failure leaves zeros. Logging it here could panic again.
    let _ = getrandom::fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

fn shown(id: u64) -> String {
    format!("{id:016x}")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
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

    /// Logs the panics of this thread; those of other tests go where they went before.
    fn log_this_thread() {
        let (before, this) = (std::panic::take_hook(), std::thread::current().id());
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().id() == this {
                log(panic);
            } else {
                before(panic);
            }
        }));
    }

    async fn ask(router: &Router, path: &str) -> (StatusCode, Option<String>, serde_json::Value) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let id = answer.headers().get(REQUEST_ID);
        let id = id.map(|id| id.to_str().unwrap().to_owned());
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (
            status,
            id,
            serde_json::from_slice(&body).unwrap_or_default(),
        )
    }

    #[tokio::test]
    async fn a_handler_that_panics_costs_one_request_and_one_line() {
        async fn broken() -> &'static str {
            tokio::task::yield_now().await;
            panic!("cannot stand this")
        }
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _logging = tracing::subscriber::set_default(subscriber);
        log_this_thread();
        let routes = Router::new().route("/broken", get(broken));
        let router = catch(routes.route("/sound", get(|| async { "" })));

        let (status, id, body) = ask(&router, "/broken").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let id = id.unwrap();
        assert_eq!(body["request_id"], id);
        assert_eq!(ask(&router, "/sound").await.0, StatusCode::OK);
        let (_, other, _) = ask(&router, "/broken").await;
        assert_ne!(other, Some(id.clone()));

        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let about: Vec<_> = log.lines().filter(|line| line.contains(&id)).collect();
        assert_eq!(about.len(), 1, "{log}");
        assert!(about[0].contains("cannot stand this"), "{log}");
        assert!(about[0].contains("panics.rs:"), "{log}");
        assert_eq!(log.lines().count(), 2, "{log}");
    }
}
