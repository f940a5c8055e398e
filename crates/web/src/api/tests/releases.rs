//! Releases through the API: lists, parts of names, new issues, bounds.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use watchpost_store::Filing;

use super::house::{House, TOKEN, message};

const PATH: &str = "/api/0/organizations/acme/releases/";

/// Name and new issues of the releases that a question finds.
async fn list(house: &House, question: &str) -> Vec<(String, u64)> {
    let list = house.get(&format!("{PATH}{question}")).await.good();
    let row = |one: &Value| {
        let version = one["version"].as_str().unwrap().to_owned();
        (version, one["newGroups"].as_u64().unwrap())
    };
    list.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn a_release_is_found_among_many_and_says_how_many_issues_it_brought() {
    let house = House::new();
    let event = |text: &str, minute, release: String| {
        let mut grouped = message(house.project.id, text, minute);
        grouped.event.release = Some(release);
        Filing::new(grouped)
    };
    let mut batch = vec![
        event("one", 1, "Shop@1.0".to_owned()),
        event("two", 2, "Shop@1.0".to_owned()),
        event("one", 3, "Shop@1.1".to_owned()),
    ];
    batch.extend((0..150).map(|number| event("many", 10 + number, format!("web@{number}"))));
    house.app.ledger.apply(&batch, &[]).unwrap();
    let newest = list(&house, "").await;
    assert_eq!(newest.len(), 100);
    assert_eq!(newest[0], ("web@149".to_owned(), 0));
    let shop = [("Shop@1.1".to_owned(), 0), ("Shop@1.0".to_owned(), 2)];
    assert_eq!(list(&house, "?query=shop%40").await, shop);
    assert_eq!(
        list(&house, "?query=web@0").await,
        [("web@0".to_owned(), 1)]
    );
    assert_eq!(list(&house, "?query=none").await, []);
    let one = house.get(&format!("{PATH}Shop%401.0/")).await.good();
    assert_eq!(one["newGroups"], 2);
}

#[tokio::test]
async fn names_of_releases_are_bounded_wherever_they_are_said() {
    let house = House::new();
    let issue = house.say(house.project.id, "boom", 1);
    let of_issue = format!("/api/0/organizations/acme/issues/{issue}/");
    for (version, expect) in [
        ("v".repeat(250), StatusCode::CREATED),
        ("v".repeat(251), StatusCode::BAD_REQUEST),
        (" ".to_owned(), StatusCode::BAD_REQUEST),
        ("a\nb".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let body = json!({ "version": version, "projects": ["web"] }).to_string();
        let made = house.send(Method::POST, PATH, Some(TOKEN), &body).await;
        assert_eq!(made.status, expect, "{version:?}");
        let body = json!({ "status": "resolved", "statusDetails": { "inRelease": version } });
        let said = house.put(&of_issue, &body.to_string()).await;
        assert_eq!(said.status.is_success(), expect.is_success(), "{version:?}");
        if !expect.is_success() {
            assert!(said.text.contains("1 to 250 bytes"), "{}", said.text);
        }
    }
}
