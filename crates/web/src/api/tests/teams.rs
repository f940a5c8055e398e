//! Teams, and issues that they look after.

use axum::http::{Method, header};
use serde_json::json;
use watchpost_model::Change;

use super::house::{House, TOKEN, message};

const TEAMS: &str = "/api/0/organizations/acme/teams/";
const CORE: &str = "/api/0/teams/acme/core/";

/// A house with the team `core`, in which Ada is.
async fn house() -> House {
    let house = House::new();
    let made = post(&house, TEAMS, r#"{"name":"Core"}"#).await;
    assert_eq!(made, (201, json!("core")));
    house
}

/// The status of an answer, and the slug in it.
async fn post(house: &House, path: &str, body: &str) -> (u16, serde_json::Value) {
    let answer = house.send(Method::POST, path, Some(TOKEN), body).await;
    let slug = answer.json()["slug"].clone();
    (answer.status.as_u16(), slug)
}

async fn delete(house: &House, path: &str) -> u16 {
    let answer = house.send(Method::DELETE, path, Some(TOKEN), "").await;
    answer.status.as_u16()
}

#[tokio::test]
async fn teams_are_made_changed_listed_and_deleted() {
    let house = house().await;
    let again = house.send(Method::POST, TEAMS, Some(TOKEN), r#"{"slug":"core"}"#);
    assert_eq!(again.await.refusal().0, 409);
    assert_eq!(post(&house, TEAMS, r#"{"slug":"17"}"#).await.0, 400);
    let list = house.get(TEAMS).await.good();
    let id = list[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (
            &list[0]["slug"],
            &list[0]["memberCount"],
            &list[0]["isMember"]
        ),
        (&json!("core"), &json!(1), &json!(true))
    );
    let renamed = house.put(CORE, r#"{"slug":"heart","name":"The heart"}"#);
    assert_eq!(renamed.await.good()["name"], "The heart");
    assert_eq!(house.get(CORE).await.refusal().0, 404);
    let by_id = house.get(&format!("/api/0/teams/acme/{id}/")).await.good();
    assert_eq!(
        (&by_id["slug"], &by_id["organization"]["slug"]),
        (&json!("heart"), &json!("acme"))
    );
    assert_eq!(
        house.get("/api/0/organizations/acme/").await.good()["teams"][0]["id"],
        id
    );
    assert_eq!(delete(&house, "/api/0/teams/acme/heart/").await, 204);
    assert_eq!(house.get(TEAMS).await.good(), json!([]));
}

#[tokio::test]
async fn a_form_makes_a_team_too() {
    let house = House::new();
    let headers = [
        (header::AUTHORIZATION, format!("Bearer {TOKEN}")),
        (
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded".to_owned(),
        ),
    ];
    let made = house.send_with(Method::POST, TEAMS, &headers, "name=The+Core&slug=core");
    assert_eq!(made.await.json()["name"], "The Core");
    let made = house.send_with(Method::POST, TEAMS, &headers, r#"{"slug":"json"}"#);
    assert_eq!(made.await.json()["slug"], "json");
}

#[tokio::test]
async fn people_join_and_leave() {
    let house = house().await;
    let members = format!("{CORE}members/");
    let of = |who: &str| format!("/api/0/organizations/acme/members/{who}/teams/core/");
    assert_eq!(
        house.get(&members).await.good()[0]["email"],
        "ada@example.org"
    );
    assert_eq!(delete(&house, &of("me")).await, 200);
    assert_eq!(house.get(&members).await.good(), json!([]));
    assert_eq!(post(&house, &of("Ada@Example.org"), "").await.0, 201);
    assert_eq!(post(&house, &of("nobody@example.org"), "").await.0, 404);
    assert_eq!(house.get(&members).await.good()[0]["user"]["name"], "Ada");
}

#[tokio::test]
async fn projects_are_made_given_and_taken() {
    let house = house().await;
    let projects = format!("{CORE}projects/");
    let made = post(&house, &projects, r#"{"name":"The Shop","platform":"go"}"#).await;
    assert_eq!(made, (201, json!("the-shop")));
    assert_eq!(post(&house, &projects, r#"{"slug":"web"}"#).await.0, 409);
    let keys = house
        .get("/api/0/projects/acme/the-shop/keys/")
        .await
        .good();
    assert_eq!(keys.as_array().unwrap().len(), 1, "it can be sent to");
    let of_web = "/api/0/projects/acme/web/teams/";
    assert_eq!(post(&house, &format!("{of_web}core/"), "").await.0, 201);
    assert_eq!(house.get(of_web).await.good()[0]["slug"], "core");
    let web = house.get("/api/0/projects/acme/web/").await.good();
    assert_eq!(
        (&web["team"]["slug"], &web["teams"][0]["name"]),
        (&json!("core"), &json!("Core"))
    );
    let all = house
        .get("/api/0/organizations/acme/projects/")
        .await
        .good();
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(all[1]["teams"][0]["slug"], "core");
    assert_eq!(delete(&house, &format!("{of_web}core/")).await, 200);
    assert_eq!(house.get(of_web).await.good(), json!([]));
    assert_eq!(house.get(&projects).await.good()[0]["slug"], "the-shop");
}

#[tokio::test]
async fn issues_are_given_to_teams_and_found() {
    let house = house().await;
    let issue = house.store(message(house.project.id, "boom", 1));
    let path = format!("/api/0/organizations/acme/issues/{issue}/");
    let id = house.get(CORE).await.good()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let by_id = format!("team:{id}");
    for name in ["#core", &by_id, "team:core"] {
        let body = json!({ "assignedTo": name }).to_string();
        let changed = house.put(&path, &body).await.good();
        let expect = json!({"type": "team", "id": id, "name": "core"});
        assert_eq!(changed["assignedTo"], expect);
        house.put(&path, r#"{"assignedTo":null}"#).await.good();
    }
    let (status, detail) = house
        .put(&path, r##"{"assignedTo":"#ghosts"}"##)
        .await
        .refusal();
    assert!(status == 400 && detail.contains("`#ghosts`"), "{detail}");
    house.put(&path, r##"{"assignedTo":"#core"}"##).await.good();
    for query in [
        "assigned:%23core",
        "assigned:my_teams",
        "assigned_or_suggested:my_teams",
    ] {
        let list = format!("/api/0/organizations/acme/issues/?query={query}");
        assert_eq!(
            house.get(&list).await.good()[0]["id"],
            issue.to_string(),
            "{query}"
        );
    }
    assert_eq!(delete(&house, CORE).await, 204);
    let left = house.get(&path).await.good();
    assert_eq!(left["assignedTo"], json!(null));
    assert_eq!(left["activity"][0]["data"]["reason"], "#core was deleted");
    assert_eq!(left["activity"][1]["data"]["name"], "#core");
}

#[tokio::test]
async fn values_of_people_are_people_and_teams() {
    let house = house().await;
    let values = async |key: &str| {
        let path = format!("/api/0/organizations/acme/search/values/?key={key}");
        let rows = house.get(&path).await.good();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["value"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let expect = ["me", "my_teams", "none", "#core", "ada@example.org"];
    assert_eq!(values("assigned").await, expect);
    assert_eq!(values("assigned_or_suggested&query=co").await, ["#core"]);
    assert_eq!(values("bookmarks").await, ["me", "none", "ada@example.org"]);
}

#[tokio::test]
async fn open_pages_hear_of_nothing_that_did_not_change() {
    let house = house().await;
    let mut news = house.app.news.subscribe();
    let issue = house.store(message(house.project.id, "boom", 1));
    let path = format!("/api/0/organizations/acme/issues/{issue}/");
    for _ in 0..2 {
        house.put(&path, r##"{"assignedTo":"#core"}"##).await.good();
    }
    assert_eq!(
        news.try_recv().map(|told| told.change),
        Ok(Change::Repeated)
    );
    assert!(news.try_recv().is_err());
}
