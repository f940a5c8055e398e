//! Who is not let in, what is not taken, and how it is said; CORS and the small doors.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use watchpost_model::Outcome;

use super::house::{
    Answer, INACTIVE_PUBLIC, INACTIVE_SECRET, OTHER_PUBLIC, PUBLIC, Plan, TestHouse, auth_header,
    base64, create_key, event, form, gzip, switch_off,
};
use crate::IngestConfig;

fn with_key(path: &str, key: &str) -> axum::http::request::Builder {
    Request::post(path).header("x-sentry-auth", format!("Sentry sentry_key={key}"))
}

#[tokio::test]
async fn i22_unknown_foreign_and_inactive_keys_get_one_answer() {
    let house = TestHouse::new();
    let unknown = "d".repeat(32);
    let expect = json!({"detail": "event submission rejected with_reason: ProjectId"});
    for (path, key) in [
        ("/api/1/store/", unknown.as_str()),
        ("/api/1/store/", OTHER_PUBLIC),
        ("/api/1/store/", INACTIVE_PUBLIC),
        ("/api/99/store/", PUBLIC),
        ("/api/0/store/", PUBLIC),
        ("/api/99999999999999999999999/store/", PUBLIC),
        ("/api/1/envelope/", unknown.as_str()),
        ("/api/2/envelope/", PUBLIC),
        ("/api/1/security/", INACTIVE_PUBLIC),
    ] {
        let answer = house
            .send(with_key(path, key).body(event(1).into()).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {key}");
        assert_eq!(answer.json(), expect, "{path} {key}");
    }
    let data = base64(&event(1));
    for secret in ["nope", "", INACTIVE_SECRET] {
        let body = form(&[("key", secret), ("data", &data)]);
        let answer = house.post("/store/", body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{secret}");
    }
    house.digested();
    assert!(house.archived().is_empty());
}

#[tokio::test]
async fn missing_double_and_malformed_credentials() {
    let house = TestHouse::new();
    let check = async |request: axum::http::request::Builder, status: u16| {
        let what = format!("{request:?}");
        let answer = house.send(request.body(event(1).into()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{what}");
        assert!(answer.json()["detail"].is_string(), "{what}");
    };
    let path = "/api/1/store/";
    check(Request::post(path), 401).await;
    let query = format!("{path}?sentry_key={PUBLIC}");
    check(
        Request::post(query).header("x-sentry-auth", auth_header()),
        401,
    )
    .await;
    check(Request::post(path).header("x-sentry-auth", "Bearer x"), 401).await;
    check(with_key(path, "short"), 400).await;
    let newer = format!("Sentry sentry_key={PUBLIC}, sentry_version=99");
    check(Request::post(path).header("x-sentry-auth", newer), 400).await;
}

#[tokio::test]
async fn a_new_key_works_at_once_and_a_stopped_one_soon_does_not() {
    let house = TestHouse::new();
    let public = "e".repeat(32);
    create_key(&house.stores, 1, &public, &"9".repeat(32));
    let send = async || {
        let request = with_key("/api/1/store/", &public);
        house
            .send(request.body(event(1).into()).unwrap())
            .await
            .status
    };
    assert_eq!(send().await, StatusCode::OK);
    switch_off(&house.stores, 1, &public);
    let start = std::time::Instant::now();
    while send().await == StatusCode::OK {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "the key still works"
        );
        tokio::task::yield_now().await;
    }
}

/// The headers of every answer of a door.
fn check_cors(answer: &Answer, what: &str) {
    for (name, expect) in [
        ("access-control-allow-origin", "*"),
        (
            "access-control-expose-headers",
            "x-sentry-error, x-sentry-rate-limits, retry-after",
        ),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(
            answer.header(name),
            Some(expect),
            "{what} {name}: {answer:?}"
        );
    }
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn i25_cors_on_every_answer() {
    let house = TestHouse::new();
    let paths = [
        "/store/",
        "/api/store/",
        "/api/1/store/",
        "/api/1/envelope/",
        "/api/1/security/",
        "/api/1/cron/nightly/",
        "/api/embed/error-page/",
        "/sentry/api/1/envelope",
    ];
    for path in paths {
        let request = Request::builder().method(Method::OPTIONS).uri(path);
        let request = request.header("origin", "https://evil.example");
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(answer.header("access-control-max-age"), Some("3600"));
        let allowed = answer.header("access-control-allow-headers").unwrap();
        assert!(allowed.contains("x-sentry-auth") && allowed.contains("content-encoding"));
        check_cors(&answer, path);
        for method in [Method::POST, Method::PUT, Method::GET] {
            // Behind a prefix only the methods of the doors are led here.
            if method == Method::PUT && path.starts_with("/sentry") {
                continue;
            }
            let request = Request::builder().method(&method).uri(path);
            let answer = house.send(request.body(Body::empty()).unwrap()).await;
            check_cors(&answer, &format!("{method} {path}"));
            assert!(!answer.status.is_server_error());
        }
    }
}

#[tokio::test]
async fn i25_origins_are_checked_per_project() {
    let house = TestHouse::new();
    for (header, origin, status) in [
        ("origin", "https://shop.example", 200),
        ("origin", "https://evil-shop.example", 403),
        ("origin", "null", 403),
        ("referer", "https://shop.example/cart?x=1", 200),
        ("referer", "https://evil.example/", 403),
        ("x-nothing", "", 200),
    ] {
        for path in ["/api/2/store/", "/api/2/security/"] {
            let request = with_key(path, OTHER_PUBLIC).header(header, origin);
            let answer = house.send(request.body(event(1).into()).unwrap()).await;
            assert_eq!(answer.status.as_u16(), status, "{path} {header} {origin}");
            check_cors(&answer, origin);
        }
    }
    assert_eq!(house.outcomes("error", Outcome::Invalid, "cors"), 3);
    assert_eq!(house.outcomes("security", Outcome::Invalid, "cors"), 3);
}

#[tokio::test]
async fn bodies_that_are_not_taken() {
    let house = TestHouse::new();
    let path = "/api/1/store/";
    let check = async |coding: &str, body: Vec<u8>, status: u16| {
        let request = with_key(path, PUBLIC).header("content-encoding", coding);
        let answer = house.send(request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{coding}: {answer:?}");
        assert!(answer.json()["detail"].is_string());
        assert!(answer.header("x-sentry-error").is_some());
    };
    check("foo", event(1), 415).await;
    check("gzip", event(1), 400).await;
    let whole = gzip(&event(1));
    check("gzip", whole[..whole.len() - 9].to_vec(), 400).await;
    check("", b"[1]".to_vec(), 400).await;
    check("", b"hello world".to_vec(), 400).await;
    check("", Vec::new(), 400).await;
    check("", vec![b' '; 3 * 1024 * 1024], 413).await;
    // I01: a bomb of 100 MB.
    check("gzip", gzip(&vec![b' '; 100 * 1024 * 1024]), 413).await;
    // I12: nesting without end is cut, not refused.
    let deep = format!(
        "{{\"extra\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    check_ok(&house, path, deep.into_bytes()).await;
}

async fn check_ok(house: &TestHouse, path: &str, body: Vec<u8>) {
    let answer = house.post_auth(path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    house.digested();
    assert_eq!(house.archived().len(), 1);
}

#[tokio::test]
async fn i08_a_body_that_never_ends_is_given_up() {
    let mut plan = Plan::default();
    plan.config.body_pause_max = Duration::from_millis(20);
    let house = TestHouse::with(plan);
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("{\"a\":")]);
    let endless = futures_util::StreamExt::chain(chunks, futures_util::stream::pending());
    let answer = house
        .post_auth("/api/1/store/", Body::from_stream(endless))
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.outcomes("error", Outcome::Invalid, "interrupted"), 1);
}

#[tokio::test]
async fn small_doors_answer_as_their_clients_expect() {
    let house = TestHouse::new();
    for (path, status, category) in [
        ("/api/1/security/", 200, "security"),
        ("/api/1/csp-report", 200, "security"),
        ("/api/1/nel/", 200, "log_item"),
        ("/api/1/minidump", 200, "attachment_item"),
        ("/api/1/integration/otlp/v1/traces", 200, "span"),
        ("/api/1/integration/vercel/logs", 202, "log_item"),
        ("/api/1/cron/nightly/", 202, "monitor"),
        ("/api/1/events/0123/attachments/", 201, "attachment_item"),
    ] {
        let before = house.outcomes(category, Outcome::NotSupportedYet, "");
        let uri = format!("{path}?sentry_key={PUBLIC}");
        let answer = house.post(&uri, "{}").await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        let after = house.outcomes(category, Outcome::NotSupportedYet, "");
        assert_eq!(after, before + 1, "{path}");
        assert_eq!(
            house.post(path, "{}").await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
    for path in [
        format!("/api/1/unreal/{PUBLIC}/"),
        format!("/api/1/cron/nightly/{PUBLIC}"),
    ] {
        let answer = house.post(&path, "{}").await;
        assert!(answer.status.is_success(), "{path}");
    }
    let uri = format!("/api/1/cron/nightly/{PUBLIC}/?status=ok");
    let answer = house
        .send(Request::get(uri).body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn the_dialog_is_valid_javascript_that_does_nothing() {
    let house = TestHouse::new();
    let uri = format!("/api/embed/error-page/?dsn=http://{PUBLIC}@h/1&eventId=1");
    let answer = house
        .send(Request::get(&uri).body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert!(answer.text().starts_with("/*") && answer.text().trim_end().ends_with("*/"));
    let answer = house.post(&uri, "name=a&email=b&comments=c").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(house.outcomes("feedback", Outcome::NotSupportedYet, ""), 1);
    house.ingest.flush_for_test();
    let counts = house.stores.all_outcomes();
    assert!(
        counts.iter().any(|count| count.key.is_some()),
        "the key is known"
    );
}

#[tokio::test]
async fn health_says_whether_events_are_taken() {
    let house = TestHouse::new();
    check_health(&house, 200, "ok", true).await;
    assert!(house.ingest.shutdown(Duration::from_secs(10)));
    check_health(&house, 503, "stopping", false).await;
    let answer = house.post_auth("/api/1/store/", event(1)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

async fn check_health(house: &TestHouse, status: u16, text: &str, healthy: bool) {
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = house.send(request).await;
        (answer.status.as_u16(), answer)
    };
    for path in ["/_health", "/_health/"] {
        let (got, answer) = get(path).await;
        assert_eq!((got, answer.text()), (status, text), "{path}");
        let content_type = answer.header("content-type");
        assert_eq!(content_type, Some("text/plain; charset=utf-8"), "{path}");
    }
    let ready = [
        "/health/ready",
        "/health/ready/",
        "/.well-known/healthz",
        "/api/relay/healthcheck/ready",
        "/api/relay/healthcheck/ready/",
    ];
    for path in ready {
        let (got, answer) = get(path).await;
        assert_eq!(
            (got, &answer.json()),
            (status, &json!({"is_healthy": healthy})),
            "{path}"
        );
    }
    for path in [
        "/api/relay/healthcheck/live",
        "/api/relay/healthcheck/live/",
    ] {
        let (got, answer) = get(path).await;
        assert_eq!(
            (got, answer.json()),
            (200, json!({"is_healthy": true})),
            "{path}"
        );
    }
    let (got, answer) = get("/_health/?full").await;
    assert_eq!((got, &answer.json()["healthy"]), (status, &json!(healthy)));
}

#[tokio::test]
async fn health_tells_how_full_the_spool_is() {
    let house = TestHouse::resting(Plan {
        config: IngestConfig {
            spool_bytes_max: 20_000,
            ..Plan::default().config
        },
        ..Plan::default()
    });
    let health = async || {
        let request = Request::get("/_health/?full=1")
            .body(Body::empty())
            .unwrap();
        let answer = house.send(request).await;
        (answer.status.as_u16(), answer.json())
    };
    let mut accepted = 0;
    let (status, report) = loop {
        let (status, report) = health().await;
        assert_eq!(report["spool"]["waiting_events"], accepted, "{report}");
        assert_eq!(report["spool"]["bytes_max"], 20_000, "{report}");
        if status != 200 {
            break (status, report);
        }
        assert_eq!(report["problems"], json!([]), "{report}");
        let big = json!({"message": "x".repeat(300)}).to_string();
        let answer = house.post_auth("/api/1/store/", big).await;
        assert_eq!(answer.status, StatusCode::OK, "{report}");
        accepted += 1;
    };
    assert_eq!(status, 503);
    assert!(
        report["spool"]["waiting_bytes"].as_u64().unwrap() >= 19_000,
        "{report}"
    );
    let problem = report["problems"][0].as_str().unwrap();
    assert!(problem.contains("almost full"), "{problem}");
    house.ingest.start().unwrap();
    house.digested();
    assert_eq!(health().await.0, 200);
}
