//! Leads the many spellings of the doors' paths to the canonical ones, before routing: behind a
//! prefix (`/sentry/store/`), with doubled slashes (`//api//1///store/`), without the last slash.
//! A redirect would not do: clients follow it with a GET, and the event is gone.

use axum::Router;
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{Method, Uri};
use axum::routing::future::RouteFuture;
use std::convert::Infallible;
use std::task::{Context, Poll};
use tower::Service;

/// Wraps the whole router of the program. Requests to a door get the door's own path; all others
/// pass untouched.
pub fn fold_paths(router: Router) -> Router {
    Router::new().fallback_service(Fold(router))
}

#[derive(Clone)]
struct Fold(Router);

impl Service<Request> for Fold {
    type Response = axum::response::Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if let Some(path) = canonical(request.method(), request.uri().path()) {
            rewrite(request.uri_mut(), &path);
        }
        self.0.call(request)
    }
}

/// Puts `path` in the place of the old one; the query stays.
fn rewrite(uri: &mut Uri, path: &str) {
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = text.parse::<PathAndQuery>().ok();
    if let Ok(rewritten) = Uri::from_parts(parts) {
        *uri = rewritten;
    }
}

/// The canonical path of the door that is meant; `None` when it is already that, or no door.
fn canonical(method: &Method, path: &str) -> Option<String> {
    if ![Method::POST, Method::GET, Method::OPTIONS].contains(method) {
        return None;
    }
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    // The query API of people and tools.
    if matches!(segments.as_slice(), ["api", "0", ..]) {
        return None;
    }
    let door = door_of(method, &segments)?;
    let canonical = format!("/{}/", door.join("/"));
    (canonical != path).then_some(canonical)
}

/// The segments of the door, without what stands before it.
fn door_of<'a>(method: &Method, segments: &'a [&'a str]) -> Option<&'a [&'a str]> {
    for (place, segment) in segments.iter().enumerate() {
        let tail = segments.get(place..).unwrap_or_default();
        if *segment == "api" && is_api_door(tail) {
            return Some(tail);
        }
    }
    let (last, prefix) = segments.split_last()?;
    // Where `api` stands in front, it is one of the doors above or a mistake. A GET behind a
    // prefix may well be a page of a project called `store`.
    let strange = |segment: &&str| matches!(*segment, "api" | "." | "..");
    let wrong = prefix.iter().any(strange) || (*method == Method::GET && !prefix.is_empty());
    let tail = segments.get(prefix.len()..)?;
    (*last == "store" && !wrong).then_some(tail)
}

/// Whether these are the segments of a door, from `api` on.
fn is_api_door(segments: &[&str]) -> bool {
    let Some((project, rest)) = segments.get(1..).and_then(<[&str]>::split_first) else {
        return false;
    };
    match *project {
        "store" => rest.is_empty(),
        "embed" => rest == ["error-page"],
        "relay" => matches!(rest, ["healthcheck", "live" | "ready"]),
        "0" => false,
        project if project.bytes().all(|byte| byte.is_ascii_digit()) => matches!(
            rest,
            ["store" | "envelope" | "security" | "csp-report" | "nel" | "minidump"]
                | ["unreal" | "cron", _]
                | ["cron", _, _]
                | ["events", _, "attachments"]
                | ["integration", "otlp", "v1", "traces" | "logs"]
                | ["integration", "vercel", "logs"]
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &Method, path: &str, expect: Option<&str>) {
        let got = canonical(method, path);
        assert_eq!(got.as_deref(), expect, "{method} {path}");
    }

    #[test]
    fn prefixes_slashes_and_missing_slashes_lead_to_the_doors() {
        for (path, expect) in [
            ("/store", "/store/"),
            ("//store//", "/store/"),
            ("/sentry/store/", "/store/"),
            ("/a/b/c/store", "/store/"),
            ("/api/store", "/api/store/"),
            ("/sentry/api/store/", "/api/store/"),
            ("//api//1///store/", "/api/1/store/"),
            ("/api/1/store", "/api/1/store/"),
            ("/x/y/api/12/envelope", "/api/12/envelope/"),
            ("/x/api/1/minidump", "/api/1/minidump/"),
            ("/api/1/cron/nightly", "/api/1/cron/nightly/"),
            (
                "/api/1/integration/otlp/v1/traces",
                "/api/1/integration/otlp/v1/traces/",
            ),
            ("/sentry/api/embed/error-page", "/api/embed/error-page/"),
        ] {
            check(&Method::POST, path, Some(expect));
            check(&Method::OPTIONS, path, Some(expect));
        }
    }

    #[test]
    fn canonical_paths_stay() {
        for path in [
            "/store/",
            "/api/store/",
            "/api/7/envelope/",
            "/api/7/store/",
        ] {
            check(&Method::POST, path, None);
        }
    }

    #[test]
    fn other_routes_are_left_alone() {
        for path in [
            "/",
            "/issues/12",
            "/acme/web//issues",
            "/api/0/projects/acme/store/",
            "/api/0/store/",
            "/api/0/organizations/acme/store",
            "/api/0//projects/acme/web/store/",
            "/api/1/issues",
            "/api/x/store/",
            "/api/1/../2/store/",
            "/api/-1/store/",
            "/api/1/envelope/more",
            "/store/7",
            "/restore/",
            "/sentry/envelope/",
        ] {
            check(&Method::POST, path, None);
        }
        check(&Method::GET, "/acme/store/", None);
        check(&Method::GET, "/acme/store", None);
        check(&Method::PUT, "/sentry/store/", None);
        check(&Method::DELETE, "/api/1/store", None);
        check(&Method::GET, "/x/api/1/store/", Some("/api/1/store/"));
        check(&Method::GET, "/store", Some("/store/"));
    }
}
