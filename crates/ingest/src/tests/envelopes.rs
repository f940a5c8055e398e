//! Envelopes: what is accepted, what is counted, what is refused.

use axum::http::{Request, StatusCode};
use serde_json::json;
use watchpost_model::{EventId, Outcome, ProjectId};
use watchpost_store::Archive;

use super::house::{NOW, OTHER_PUBLIC, PUBLIC, Plan, TestHouse, auth_header, event, gzip};
use crate::limits::ENVELOPE_BYTES_MAX;

const PATH: &str = "/api/1/envelope/";

fn envelope(header: &serde_json::Value, items: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = header.to_string().into_bytes();
    for (item_type, payload) in items {
        let head = json!({"type": item_type, "length": payload.len()});
        out.extend_from_slice(format!("\n{head}\n").as_bytes());
        out.extend_from_slice(payload);
    }
    out
}

#[tokio::test]
async fn the_id_of_the_header_wins() {
    let house = TestHouse::new();
    let header = json!({"event_id": EventId(5)});
    let body = envelope(&header, &[("event", &event(6))]);
    let answer = house.post_auth(PATH, body).await;
    assert_eq!((answer.status, answer.id()), (StatusCode::OK, EventId(5)));
    house.digested();
    assert_eq!(house.archived(), [EventId(5)]);
}

#[tokio::test]
async fn the_id_of_the_event_counts_when_the_header_has_none() {
    let house = TestHouse::new();
    let answer = house
        .post_auth(PATH, envelope(&json!({}), &[("event", &event(6))]))
        .await;
    assert_eq!(answer.id(), EventId(6));
    let answer = house
        .post_auth(PATH, envelope(&json!({}), &[("event", b"{}")]))
        .await;
    let drawn = answer.id();
    let malformed = envelope(&json!({}), &[("event", b"{\"event_id\": \"zzz\"}")]);
    let answer = house.post_auth(PATH, malformed).await;
    let replaced = answer.id();
    house.digested();
    assert_eq!(house.archived(), [EventId(6), drawn, replaced]);
    let kept = house.stores.event(ProjectId(1), replaced).unwrap().unwrap();
    assert_eq!(kept.event.remarks.len(), 1);
}

#[tokio::test]
async fn empty_envelopes_are_fine() {
    let house = TestHouse::new();
    for body in ["{}", "{}\n", "{\"sent_at\": \"2026-01-01T00:00:00Z\"}\n"] {
        let answer = house.post_auth(PATH, body).await;
        assert_eq!(
            (answer.status, answer.text()),
            (StatusCode::OK, "{}"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn other_items_are_counted_and_answered_200() {
    let house = TestHouse::new();
    let items: [(&str, &[u8]); 9] = [
        ("event", &event(1)),
        ("session", b"{}"),
        ("transaction", b"{}"),
        ("attachment", b"\0\x01\xff"),
        ("check_in", b"{}"),
        ("profile", b""),
        ("replay_event", b"{}"),
        ("log", b"{\"items\":[]}"),
        ("from_the_future", b"?"),
    ];
    // An event and a transaction do not travel together; split as SDKs do.
    let header = json!({"event_id": EventId(1)});
    for item in &items {
        let answer = house.post_auth(PATH, envelope(&header, &[*item])).await;
        assert_eq!(answer.status, StatusCode::OK, "{}: {answer:?}", item.0);
        assert_eq!(answer.id(), EventId(1));
    }
    for category in [
        "session",
        "transaction",
        "attachment_item",
        "monitor",
        "profile",
        "replay",
        "log_item",
        "unknown",
    ] {
        let count = house.outcomes(category, Outcome::NotSupportedYet, "");
        assert_eq!(count, 1, "{category}");
    }
    house.digested();
    assert_eq!(house.archived(), [EventId(1)]);
}

#[tokio::test]
async fn client_reports_are_counted_under_their_reasons() {
    let house = TestHouse::new();
    let report = json!({
        "timestamp": NOW,
        "discarded_events": [
            {"reason": "queue_overflow", "category": "error", "quantity": 23},
            {"reason": "Before Send!", "category": "default", "quantity": 2},
        ],
        "rate_limited_events": [{"reason": "x", "category": "transaction", "quantity": 1}],
    });
    let report = report.to_string();
    let body = envelope(
        &json!({}),
        &[
            ("client_report", report.as_bytes()),
            ("client_report", b"["),
        ],
    );
    let answer = house.post_auth(PATH, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    for (category, reason, expect) in [
        ("error", "queue_overflow", 23),
        ("error", "before_send_", 2),
        ("transaction", "x", 1),
    ] {
        let count = house.outcomes(category, Outcome::ClientDiscarded, reason);
        assert_eq!(count, expect, "{category} {reason}");
    }
    assert_eq!(
        house.outcomes("client_report", Outcome::Invalid, "invalid_json"),
        1
    );
}

#[tokio::test]
async fn a_tunnel_sends_the_dsn_only() {
    let house = TestHouse::new();
    let dsn = format!("https://{PUBLIC}@errors.example/1");
    let body = envelope(&json!({"dsn": dsn}), &[("event", &event(3))]);
    let answer = house.post(PATH, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let foreign = format!("https://{OTHER_PUBLIC}@errors.example/2");
    let body = envelope(&json!({"dsn": foreign}), &[("event", &event(4))]);
    assert_eq!(
        house.post(PATH, body.clone()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        house.post_auth(PATH, body).await.status,
        StatusCode::BAD_REQUEST
    );
    let answer = house
        .post(PATH, envelope(&json!({}), &[("event", &event(5))]))
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    house.digested();
    assert_eq!(house.archived(), [EventId(3)]);
}

#[tokio::test]
async fn the_content_type_may_lead_from_the_store_door_here() {
    let house = TestHouse::new();
    let request = Request::post("/api/1/store/")
        .header("x-sentry-auth", auth_header())
        .header("content-type", "application/x-sentry-envelope")
        .header("content-encoding", "gzip");
    let body = gzip(&envelope(&json!({}), &[("event", &event(3))]));
    let answer = house.send(request.body(body.into()).unwrap()).await;
    assert_eq!((answer.status, answer.id()), (StatusCode::OK, EventId(3)));
}

#[tokio::test]
async fn an_event_that_is_none_is_refused_with_the_reason() {
    let house = TestHouse::new();
    for payload in ["[1,2]", "\"x\"", "null", "7", "{", "", "hello"] {
        let body = envelope(
            &json!({}),
            &[("event", payload.as_bytes()), ("session", b"{}")],
        );
        let answer = house.post_auth(PATH, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{payload}");
        assert!(answer.json()["detail"].is_string(), "{payload}");
        assert!(answer.header("x-sentry-error").is_some(), "{payload}");
    }
    assert_eq!(house.outcomes("error", Outcome::Invalid, "invalid_json"), 7);
    assert_eq!(
        house.outcomes("session", Outcome::Invalid, "invalid_json"),
        7
    );
}

#[tokio::test]
async fn too_many_of_another_kind_do_not_cost_the_event() {
    let house = TestHouse::new();
    for (id, kind, category, count, surplus) in [
        (1, "attachment", "attachment_item", 31, 1),
        (2, "session", "session", 101, 1),
        (3, "log", "log_item", 4, 3),
    ] {
        let event = event(id);
        let mut items: Vec<(&str, &[u8])> = vec![(kind, b"{}"); count];
        items.push(("event", &event));
        let answer = house.post_auth(PATH, envelope(&json!({}), &items)).await;
        assert_eq!(answer.status, StatusCode::OK, "{kind}: {answer:?}");
        assert_eq!(answer.id(), EventId(id));
        let dropped = house.outcomes(category, Outcome::Invalid, "too_many");
        assert_eq!(dropped, surplus, "{kind}");
        let rest = house.outcomes(category, Outcome::NotSupportedYet, "");
        assert_eq!(rest, count as u64 - surplus, "{kind}");
    }
    house.digested();
    assert_eq!(house.archived().len(), 3);
    // Items that are refused with their event are counted as well, surplus or not.
    let mut items: Vec<(&str, &[u8])> = vec![("log", b"{}"); 4];
    items.push(("event", b"["));
    let answer = house.post_auth(PATH, envelope(&json!({}), &items)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let refused = house.outcomes("log_item", Outcome::Invalid, "invalid_json");
    assert_eq!(refused, 4);
}

#[tokio::test]
async fn i21_of_two_events_the_first_is_kept_and_the_second_counted() {
    let house = TestHouse::new();
    let two = [event(8), event(9)];
    let items: [(&str, &[u8]); 3] = [
        ("event", &two[0]),
        ("event", &two[1]),
        ("transaction", b"{}"),
    ];
    let answer = house.post_auth(PATH, envelope(&json!({}), &items)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.id(), EventId(8));
    house.digested();
    assert_eq!(house.archived().len(), 1);
    for category in ["error", "transaction"] {
        let dropped = house.outcomes(category, Outcome::Invalid, "too_many");
        assert_eq!(dropped, 1, "{category}");
    }
}

#[tokio::test]
async fn broken_envelopes_are_refused() {
    let house = TestHouse::new();
    for body in [
        "",
        "hello",
        "{}\n{\"type\":\"event\",\"length\":1000}\n{}",
        "{}\n{\"length\":2}\n{}",
        "{\"event_id\":\"nonsense\"}\n{\"type\":\"event\"}\n{}",
    ] {
        let answer = house.post_auth(PATH, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let request = Request::post(PATH)
        .header("x-sentry-auth", auth_header())
        .header("content-length", ENVELOPE_BYTES_MAX + 1);
    let answer = house.send(request.body("{}".into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_full_spool_refuses_events_but_not_the_rest() {
    let mut plan = Plan::default();
    plan.config.spool_bytes_max = 2000;
    let house = TestHouse::resting(plan);
    let body = envelope(&json!({}), &[("event", &event(3))]);
    let mut answer = house.post_auth(PATH, body.clone()).await;
    while answer.status == StatusCode::OK {
        answer = house.post_auth(PATH, body.clone()).await;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("retry-after"), Some("60"));
    let limits = answer.header("x-sentry-rate-limits");
    assert_eq!(limits, Some("60:error;default:organization:spool_full"));
    assert_eq!(
        house.outcomes("error", Outcome::RateLimited, "spool_full"),
        1
    );
    let answer = house
        .post_auth(PATH, envelope(&json!({}), &[("session", b"{}")]))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = house.post_auth("/store/", event(4)).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    // Digesting makes room.
    house.ingest.start().unwrap();
    house.digested();
    assert_eq!(house.post_auth(PATH, body).await.status, StatusCode::OK);
}
