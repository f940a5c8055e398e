//! The stream over HTTP. Time stands still and is turned by the tests.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use watchpost_model::{Change, Clock as _, EventId, IssueChange, IssueId, ProjectId};
use watchpost_store::NewSession;

use super::{Closing, routes_for};
use crate::api::tests::house::{House, open};

const LIVE: &str = "/organizations/acme/live/";
const SECRET: &str = "session-secret";

/// A signed-in browser: the headers of its requests.
fn sign_in(house: &House) -> Vec<(HeaderName, String)> {
    let hash = Sha256::digest(SECRET.as_bytes()).into();
    let now = house.clock.now();
    let new = NewSession {
        user: house.user.id,
        hash,
        created: now,
        expires: now.plus_secs(3600),
        device: "",
        address: "",
        is_half: false,
    };
    house.app.ledger.create_session(&new).unwrap();
    vec![(header::COOKIE, format!("watchpost={SECRET}"))]
}

fn with(
    headers: &[(HeaderName, String)],
    name: &'static str,
    value: &str,
) -> Vec<(HeaderName, String)> {
    let mut headers = headers.to_vec();
    headers.push((HeaderName::from_static(name), value.to_owned()));
    headers
}

fn news(project: ProjectId, issue: i64) -> IssueChange {
    IssueChange {
        project,
        issue: IssueId(issue),
        event: Some(EventId(7)),
        change: Change::New,
    }
}

/// The next piece of the stream as text; `None` at its end.
async fn next(body: &mut Body) -> Option<String> {
    let frame = body.frame().await?.unwrap();
    let bytes = frame.into_data().unwrap();
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

/// A stream after its first words.
async fn listen(answer: Response) -> Body {
    let mut body = answer.into_body();
    next(&mut body).await;
    body
}

/// The next message, past the comments that keep the stream alive.
async fn message(body: &mut Body) -> Option<String> {
    loop {
        let piece = next(body).await?;
        if !piece.starts_with(':') {
            return Some(piece);
        }
    }
}

#[tokio::test]
async fn news_of_the_project_arrives_and_no_other() {
    let house = House::new();
    let headers = sign_in(&house);
    let path = format!("{LIVE}?project={}", house.project.id);
    let answer = house.open(Method::GET, &path, &headers, "").await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let mut body = answer.into_body();
    assert_eq!(next(&mut body).await.unwrap(), ": open\n\n");
    house.app.news.send(news(house.rival.id, 1)).unwrap();
    house.app.news.send(news(house.project.id, 12)).unwrap();
    let said = message(&mut body).await.unwrap();
    let expect = "event: issue\ndata: {\"project\":\"1\",\"issue\":\"12\",\
                  \"event\":\"00000000000000000000000000000007\",\
                  \"change\":\"new\"}\n\n";
    assert_eq!(said, expect);
}

#[tokio::test]
async fn w41_only_signed_in_people_on_our_own_pages() {
    let house = House::new();
    let cookie = sign_in(&house);
    let check = async |path: &str, headers: &[(HeaderName, String)], expect: u16| {
        let answer = house.open(Method::GET, path, headers, "").await;
        assert_eq!(answer.status().as_u16(), expect, "{path} {headers:?}");
    };
    check(LIVE, &cookie, 200).await;
    check(LIVE, &[], 401).await;
    check(LIVE, &[(header::COOKIE, "watchpost=other".to_owned())], 401).await;
    check(LIVE, &with(&cookie, "sec-fetch-site", "same-origin"), 200).await;
    check(LIVE, &with(&cookie, "sec-fetch-site", "none"), 200).await;
    check(LIVE, &with(&cookie, "sec-fetch-site", "same-site"), 403).await;
    check(LIVE, &with(&cookie, "sec-fetch-site", "cross-site"), 403).await;
    check(
        LIVE,
        &with(&cookie, "origin", "http://errors.test:9000"),
        200,
    )
    .await;
    for origin in [
        "null",
        "http://evil.example",
        "http://errors.test",
        "http://errors.test:90",
        "http://errors.test:9000.evil.example",
        "",
    ] {
        check(LIVE, &with(&cookie, "origin", origin), 403).await;
    }
    let local = with(
        &with(&cookie, "origin", "http://127.0.0.1:9000"),
        "host",
        "127.0.0.1:9000",
    );
    check(LIVE, &local, 200).await;
    check("/organizations/nobody/live/", &cookie, 404).await;
    check(&format!("{LIVE}?project={}", house.rival.id), &cookie, 404).await;
    check(&format!("{LIVE}?project=web"), &cookie, 200).await;
}

#[tokio::test]
async fn w41_streams_are_bounded_and_places_come_back() {
    let house = House::new();
    let router = routes_for(2).with_state(house.app.clone());
    let headers = sign_in(&house);
    let open = || open(&router, Method::GET, LIVE, &headers, "");
    let (first, _second) = (open().await, open().await);
    let refused = open().await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "30");
    drop(first);
    assert_eq!(open().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn whoever_cannot_keep_up_is_told_to_look_again() {
    let house = House::new();
    let headers = sign_in(&house);
    let mut body = listen(house.open(Method::GET, LIVE, &headers, "").await).await;
    for issue in 0..65 {
        house.app.news.send(news(house.project.id, issue)).unwrap();
    }
    let said = message(&mut body).await.unwrap();
    assert_eq!(said, "event: reload\ndata: {}\n\n");
}

#[tokio::test]
async fn a_burst_ends_in_a_sum() {
    let house = House::new();
    let headers = sign_in(&house);
    let mut body = listen(house.open(Method::GET, LIVE, &headers, "").await).await;
    tokio::time::pause();
    for issue in 0..60 {
        house.app.news.send(news(house.project.id, issue)).unwrap();
    }
    for _ in 0..9 {
        assert!(
            message(&mut body)
                .await
                .unwrap()
                .starts_with("event: issue\n")
        );
    }
    let said = message(&mut body).await.unwrap();
    let expect = "event: issues\ndata: [{\"project\":\"1\",\"changes\":51,\"new\":51,\
                  \"reopened\":0}]\n\n";
    assert_eq!(said, expect);
}

#[tokio::test]
async fn w41_a_stream_ends_with_its_session() {
    let house = House::new();
    let headers = sign_in(&house);
    let mut body = listen(house.open(Method::GET, LIVE, &headers, "").await).await;
    tokio::time::pause();
    // The first check finds the session as it was.
    tokio::time::advance(Duration::from_secs(61)).await;
    house.app.news.send(news(house.project.id, 1)).unwrap();
    assert!(message(&mut body).await.is_some());
    let hash = Sha256::digest(SECRET.as_bytes()).into();
    house.app.ledger.delete_session(&hash).unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(message(&mut body).await, None);
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let house = House::new();
    let headers = sign_in(&house);
    let (stop, closing) = watch::channel(false);
    let router = crate::router(house.app.clone()).layer(Extension(Closing(closing)));
    let mut body = listen(open(&router, Method::GET, LIVE, &headers, "").await).await;
    stop.send(true).unwrap();
    assert_eq!(message(&mut body).await, None);
}
