//! Bodies on their way in: how much memory they take, and whose.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::json;
use tokio::sync::Barrier;

use super::house::{PUBLIC, Plan, TestHouse, auth_header, event, gzip};
use crate::limits::REFUSED_BODY_BYTES_MAX;

#[tokio::test]
async fn too_many_bytes_in_flight_are_refused_and_given_back() {
    let mut plan = Plan::default();
    plan.config.in_flight_bytes_max = 8 * 1024;
    let house = TestHouse::with(plan);
    let large = json!({"message": "x".repeat(20_000)}).to_string();
    for _ in 0..3 {
        let answer = house.post_auth("/api/1/store/", large.clone()).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.header("retry-after"), Some("5"));
        let answer = house.post_auth("/api/1/store/", event(1)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

/// A body of pieces of 64 KiB that never ends, and how many were taken of it.
fn endless(first: String) -> (Body, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let rest = std::iter::repeat_with(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        "x".repeat(64 * 1024)
    });
    let pieces = std::iter::once(first).chain(rest);
    let stream = stream::iter(pieces.map(Ok::<_, std::io::Error>));
    (Body::from_stream(stream), taken)
}

#[tokio::test]
async fn i08_no_more_than_the_header_is_read_of_an_envelope_of_a_stranger() {
    let house = TestHouse::new();
    for (first, status) in [
        ("{".to_owned(), StatusCode::BAD_REQUEST),
        ("{}\n".to_owned(), StatusCode::UNAUTHORIZED),
        (
            format!("{{\"dsn\":\"http://{}@h/1\"}}\n", "f".repeat(32)),
            StatusCode::FORBIDDEN,
        ),
    ] {
        let (body, taken) = endless(first.clone());
        let answer = house.post("/api/1/envelope/", body).await;
        assert_eq!(answer.status, status, "{first}: {}", answer.text());
        // What follows is thrown away, so that the client sees the answer.
        let taken = taken.load(Ordering::Relaxed) * 64 * 1024;
        assert!(
            taken <= REFUSED_BODY_BYTES_MAX + 3 * 64 * 1024,
            "{first}: {taken}"
        );
    }
}

#[tokio::test]
async fn i08_a_large_envelope_may_name_its_key_in_its_header_alone() {
    let house = TestHouse::new();
    let header = format!("{{\"dsn\":\"http://{PUBLIC}@h/1\"}}");
    let payload = "x".repeat(30 * 1024 * 1024);
    let item = format!("{{\"type\":\"attachment\",\"length\":{}}}", payload.len());
    let body = format!("{header}\n{item}\n{payload}\n");
    let pieces = body.as_bytes().chunks(64 * 1024).map(<[u8]>::to_vec);
    let pieces: Vec<_> = pieces.map(Ok::<_, std::io::Error>).collect();
    let body = Body::from_stream(stream::iter(pieces));
    let answer = house.post("/api/1/envelope/", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

/// Bodies that all wait for their second half at the same time, as on 64 slow connections.
#[tokio::test]
async fn bodies_of_64_usual_clients_fit_into_the_budget_at_once() {
    const COUNT: usize = 64;
    let plain = json!({"message": "some text ".repeat(512)})
        .to_string()
        .into_bytes();
    for (coding, body) in [
        ("identity", plain.clone()),
        ("gzip", gzip(&plain)),
        ("zstd", zstd::encode_all(plain.as_slice(), 3).unwrap()),
    ] {
        let house = TestHouse::new();
        let all_wait = Arc::new(Barrier::new(COUNT));
        let one = || async {
            let (first, second) = body.split_at(body.len() / 2);
            let (first, second) = (first.to_vec(), second.to_vec());
            let waits = Arc::clone(&all_wait);
            let rest = async move {
                waits.wait().await;
                second
            };
            let pieces = stream::once(async { first }).chain(stream::once(rest));
            let body = Body::from_stream(pieces.map(Ok::<_, std::io::Error>));
            let request = Request::post("/api/1/store/").header("x-sentry-auth", auth_header());
            let request = request.header("content-encoding", coding).body(body);
            house.send(request.unwrap()).await
        };
        let answers = join_all(std::iter::repeat_with(one).take(COUNT)).await;
        for answer in answers {
            assert_eq!(answer.status, StatusCode::OK, "{coding}: {}", answer.text());
        }
    }
}
