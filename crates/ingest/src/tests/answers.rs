//! How a refusal is said: the body, `X-Sentry-Error` and what else clients print or obey.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;

use super::house::{
    Answer, INACTIVE_PUBLIC, INACTIVE_SECRET, OTHER_PUBLIC, PUBLIC, TestHouse, auth_header, base64,
    event, form, zlib,
};

#[tokio::test]
async fn the_detail_alone_holds_the_whole_reason() {
    let house = TestHouse::new();
    let broken = base64(&zlib(&event(1))[..20]);
    for body in ["[]", "{\"a\":", "", "hello world", &broken] {
        let answer = house.post_auth("/api/1/store/", body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let json = answer.json();
        let fields: Vec<_> = json.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["detail"], "{body}: {json}");
        let detail = json["detail"].as_str().unwrap();
        assert!(detail.len() > 10, "{body}: {detail}");
        assert_eq!(answer.header("x-sentry-error"), Some(detail), "{body}");
    }
}
