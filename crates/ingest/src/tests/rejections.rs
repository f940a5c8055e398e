//! What was refused, for who waits for it; and events that the server makes itself.

use axum::http::{Request, StatusCode};
use watchpost_model::{Outcome, ProjectId, Rejection};

use super::house::{
    INACTIVE_PUBLIC, OTHER_PUBLIC, PUBLIC, TestHouse, auth_header, base64, event, form, switch_off,
};

const ONE: ProjectId = ProjectId(1);
const TWO: ProjectId = ProjectId(2);

fn rejections(house: &TestHouse, project: ProjectId) -> Vec<Rejection> {
    house.ingest.side_door().rejections(project)
}

async fn refuse(house: &TestHouse, path: &str, key: &str) {
    let request = Request::post(path).header("user-agent", "shop/1.0");
    let request = request.header("x-sentry-auth", format!("Sentry sentry_key={key}"));
    let answer = house.send(request.body(event(1).into()).unwrap()).await;
    assert!(!answer.status.is_success(), "{path} {key}");
}

#[tokio::test]
async fn a_refusal_is_told_to_those_who_were_meant() {
    let unknown = "d".repeat(32);
    // Path, key, and who hears of it with which key and which project in the path.
    for (path, key, projects, is_known, named) in [
        ("/api/1/store/", unknown.as_str(), &[ONE][..], false, 1),
        ("/api/1/envelope/", unknown.as_str(), &[ONE], false, 1),
        ("/api/1/store/", INACTIVE_PUBLIC, &[ONE], true, 1),
        ("/api/1/security/", INACTIVE_PUBLIC, &[ONE], true, 1),
        ("/api/1/store/", OTHER_PUBLIC, &[ONE, TWO], true, 1),
        ("/api/99/envelope/", PUBLIC, &[ONE], true, 99),
        // Nobody's, and so perhaps anybody's.
        ("/api/99/store/", unknown.as_str(), &[ONE, TWO], false, 99),
    ] {
        let house = TestHouse::new();
        refuse(&house, path, key).await;
        for project in [ONE, TWO] {
            let found = rejections(&house, project);
            let expect = usize::from(projects.contains(&project));
            assert_eq!(found.len(), expect, "{path} {key} {project}: {found:?}");
            for one in found {
                assert_eq!((one.reason, one.status), ("project_id", 403));
                assert_eq!(one.key.is_some(), is_known, "{path} {key}");
                assert_eq!(one.named, Some(ProjectId(named)), "{path} {key}");
                assert_eq!(one.client.as_deref(), Some("shop/1.0"));
            }
        }
    }
}

#[tokio::test]
async fn the_reason_and_the_words_of_the_answer_are_kept() {
    let house = TestHouse::new();
    let body = form(&[("key", "nope"), ("data", &base64(&event(1)))]);
    house.post("/store/", body).await;
    house.post_auth("/api/1/store/", "{").await;
    house.post_auth("/api/1/envelope/", "no envelope").await;
    let large = Request::post("/api/1/envelope/").header("content-length", "999999999");
    let large = large.header("x-sentry-auth", auth_header());
    house.send(large.body("".into()).unwrap()).await;
    let redirected = Request::get("/api/1/envelope/").body("".into()).unwrap();
    house.send(redirected).await;
    let redirected = Request::get("/store/").body("".into()).unwrap();
    house.send(redirected).await;
    let mut found = rejections(&house, ONE);
    found.sort_by_key(|one| one.reason);
    let reasons: Vec<_> = found.iter().map(|one| (one.reason, one.status)).collect();
    let expect = [
        ("invalid_envelope", 400),
        ("invalid_json", 400),
        ("invalid_key", 403),
        ("method", 405),
        ("method", 405),
        ("too_large", 413),
    ];
    assert_eq!(reasons, expect);
    assert!(found[5].detail.contains("exceeds"), "{found:?}");
    house.accept(5..6).await;
    assert_eq!(rejections(&house, ONE).len(), 6, "what is taken is no news");
}

#[tokio::test]
async fn an_event_of_the_server_itself_is_as_one_of_a_client() {
    let house = TestHouse::new();
    let door = house.ingest.side_door();
    let taken = door.hand_in(PUBLIC, ONE, br#"{"message":"test"}"#.to_vec());
    let id = taken.await.unwrap();
    house.digested();
    assert_eq!(house.archived(), [id]);
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 1);
    let wrong = door.hand_in(PUBLIC, ONE, b"{".to_vec()).await;
    assert!(wrong.unwrap_err().contains("Bad data"));
    let foreign = door.hand_in(OTHER_PUBLIC, ONE, b"{}".to_vec()).await;
    assert!(foreign.unwrap_err().contains("rejected"));
    let key = house.post_auth("/api/1/store/", event(7)).await;
    assert_eq!(key.status, StatusCode::OK);
    switch_off(&house.stores, 1, PUBLIC);
    house.ingest.second_for_test();
    let off = door.hand_in(PUBLIC, ONE, b"{}".to_vec()).await;
    assert!(
        off.is_err(),
        "a key that is switched off is so for everybody"
    );
}
