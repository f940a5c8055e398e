//! Saved and recent searches by the API.

use axum::http::Method;
use serde_json::{Value, json};

use super::house::{Answer, House, TOKEN};

const ALL: &str = "/api/0/organizations/acme/searches/";
const RECENT: &str = "/api/0/organizations/acme/recent-searches/";

async fn send(house: &House, method: Method, path: &str, body: &Value) -> Answer {
    house
        .send(method, path, Some(TOKEN), &body.to_string())
        .await
}

#[tokio::test]
async fn searches_are_saved_changed_and_deleted() {
    let house = House::new();
    let wanted = json!({"name": "Carts", "query": "cart level:error", "sort": "freq", "type": 0});
    let made = send(&house, Method::POST, ALL, &wanted).await;
    assert_eq!(made.status.as_u16(), 201);
    let made = made.json();
    let id = made["id"].as_str().unwrap().to_owned();
    let expect = json!({
        "id": id, "type": 0, "name": "Carts", "query": "cart level:error", "sort": "freq",
        "visibility": "owner", "isOrgCustom": false, "isGlobal": false, "isPinned": false,
        "isDefault": false, "dateCreated": made["dateCreated"],
    });
    assert_eq!(made, expect);
    let again = send(&house, Method::POST, ALL, &wanted).await;
    assert_eq!(again.refusal().0, 409);
    let one = format!("{ALL}{id}/");
    let change = json!({"visibility": "organization", "isPinned": true});
    let changed = send(&house, Method::PUT, &one, &change).await.good();
    assert_eq!(changed["query"], "cart level:error", "the rest stays");
    let shown = house.get(ALL).await.good();
    assert_eq!(shown, json!([changed]));
    assert_eq!(
        (&shown[0]["isOrgCustom"], &shown[0]["isPinned"]),
        (&json!(true), &json!(true))
    );
    let gone = send(&house, Method::DELETE, &one, &json!({})).await;
    assert_eq!(gone.status.as_u16(), 204);
    assert_eq!(house.get(ALL).await.good(), json!([]));
}

#[tokio::test]
async fn what_cannot_be_saved_is_refused() {
    let house = House::new();
    let check = async |body: Value, part: &str| {
        let answer = send(&house, Method::POST, ALL, &body).await;
        let (status, detail) = answer.refusal();
        assert_eq!(status, 400, "{body}");
        assert!(detail.contains(part), "{body}: {detail}");
    };
    check(json!({"query": "cart"}), "A name has 1 to 100 characters").await;
    check(json!({"name": "a", "query": "is:x"}), "is no state").await;
    check(
        json!({"name": "a", "query": "", "sort": "inbox"}),
        "cannot be sorted",
    )
    .await;
    check(
        json!({"name": "a", "visibility": "moon"}),
        "is no visibility",
    )
    .await;
    assert_eq!(house.get(ALL).await.good(), json!([]));
}

#[tokio::test]
async fn searches_are_noted_and_listed() {
    let house = House::new();
    for query in ["cart", "level:error", "cart"] {
        house.clock.advance_secs(1);
        let noted = send(
            &house,
            Method::POST,
            RECENT,
            &json!({"type": 0, "query": query}),
        )
        .await;
        assert_eq!(noted.status.as_u16(), 201);
    }
    let queries = async |path: &str| {
        let rows = house.get(path).await.good();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["query"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(queries(RECENT).await, ["cart", "level:error"]);
    assert_eq!(
        queries(&format!("{RECENT}?query=level")).await,
        ["level:error"]
    );
    for wrong in ["", "is:x"] {
        let noted = send(&house, Method::POST, RECENT, &json!({"query": wrong})).await;
        assert_eq!(noted.refusal().0, 400, "{wrong}");
    }
}
