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

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let house = TestHouse::new();
    let send = async |method: &str, path: &str| {
        let method: Method = method.parse().unwrap();
        let request = Request::builder().method(method).uri(path);
        house.send(request.body(Body::empty()).unwrap()).await
    };
    for (path, methods, allow) in [
        ("/api/1/store/", "PUT DELETE PATCH", "POST,GET,HEAD,OPTIONS"),
        ("/api/store/", "PUT", "POST,GET,HEAD,OPTIONS"),
        ("/api/1/envelope/", "GET PUT DELETE", "POST,OPTIONS"),
        ("/api/1/security/", "GET", "POST,OPTIONS"),
        ("/store/", "PUT DELETE PATCH", "POST,GET,HEAD,OPTIONS"),
        ("/store/", "GET", "POST, OPTIONS"),
    ] {
        for method in methods.split(' ') {
            let answer = send(method, path).await;
            let what = format!("{method} {path}: {answer:?}");
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{what}");
            assert_eq!(answer.header("allow"), Some(allow), "{what}");
            assert_eq!(answer.header("x-sentry-error"), Some("use POST"), "{what}");
            let any = answer.header("access-control-allow-origin");
            assert_eq!(any, Some("*"), "{what}");
            if path == "/store/" {
                assert_eq!(answer.text(), "use POST", "{what}");
            } else {
                assert_eq!(answer.json(), json!({"detail": "use POST"}), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn two_keys_at_one_place_are_refused() {
    let house = TestHouse::new();
    let check = |answer: &Answer, what: &str| {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains("more than once"), "{what}: {detail}");
    };
    for path in ["/api/1/store/", "/api/1/envelope/", "/api/1/security/"] {
        let other = format!("Sentry sentry_key={OTHER_PUBLIC}");
        for second in [auth_header(), other] {
            let request = Request::post(path)
                .header("x-sentry-auth", auth_header())
                .header("x-sentry-auth", second);
            let answer = house.send(request.body(event(1).into()).unwrap()).await;
            check(&answer, path);
        }
        let uri = format!("{path}?sentry_key={PUBLIC}&sentry_key={PUBLIC}");
        check(&house.post(&uri, event(1)).await, &uri);
    }
    let request = Request::post("/api/1/store/")
        .header("x-sentry-auth", auth_header())
        .header("x-sentry-auth", "");
    let answer = house.send(request.body(event(1).into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "an empty one says nothing");
}

#[tokio::test]
async fn a_refused_key_is_told_where_to_look() {
    let house = TestHouse::new();
    let expect = "unknown key or project; see Client keys in the project settings";
    let unknown = "d".repeat(32);
    for (path, key) in [
        ("/api/1/store/", unknown.as_str()),
        ("/api/1/store/", INACTIVE_PUBLIC),
        ("/api/1/store/", OTHER_PUBLIC),
        ("/api/99/envelope/", PUBLIC),
        ("/store/", INACTIVE_PUBLIC),
    ] {
        let uri = format!("{path}?sentry_key={key}");
        let answer = house.post(&uri, event(1)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{uri}");
        assert_eq!(answer.header("x-sentry-error"), Some(expect), "{uri}");
    }
    for secret in ["nope", INACTIVE_SECRET] {
        let body = form(&[("key", secret), ("data", &base64(&event(1)))]);
        let answer = house.post("/store/", body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{secret}");
        assert_eq!(answer.header("x-sentry-error"), Some(expect), "{secret}");
    }
}
