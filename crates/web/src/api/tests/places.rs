//! Organizations, projects, keys and what tools ask first.

use axum::http::{Method, header};
use serde_json::json;

use super::house::{House, TOKEN};

#[tokio::test]
async fn who_am_i_with_and_without_a_token() {
    let house = House::new();
    let open = house.send(Method::GET, "/api/0/", None, "").await;
    assert_eq!(
        open.good(),
        json!({ "version": "0", "auth": null, "user": null })
    );
    let mine = house.get("/api/0/").await.good();
    assert_eq!(mine["user"]["email"], "ada@example.org");
    assert_eq!(mine["user"]["id"], "1");
    assert!(
        mine["auth"]["scopes"]
            .as_array()
            .unwrap()
            .contains(&json!("event:admin"))
    );
    let regions = house.get("/api/0/users/me/regions/").await.good();
    let only = json!({ "name": "default", "url": "http://errors.test:9000" });
    assert_eq!(regions, json!({ "regions": [only] }));
    let health = house
        .send(Method::GET, "/api/0/internal/health/", None, "")
        .await;
    assert_eq!(health.good()["problems"], json!([]));
}

#[tokio::test]
async fn an_organization_as_tools_need_it() {
    let house = House::new();
    let answer = house.get("/api/0/organizations/?cursor=&per_page=1").await;
    assert_eq!(
        answer.headers[header::LINK],
        "<http://errors.test:9000/api/0/organizations/?per_page=1&cursor=0:0:1>; \
         rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\", \
         <http://errors.test:9000/api/0/organizations/?per_page=1&cursor=0:1:0>; \
         rel=\"next\"; results=\"true\"; cursor=\"0:1:0\""
    );
    let first = &answer.good()[0];
    assert_eq!(first["slug"], "acme");
    assert_eq!(first["name"], "Acme Inc.");
    assert_eq!(first["id"], "1");
    assert_eq!(first["dateCreated"], "2026-05-04T12:30:00Z");
    assert_eq!(first["require2FA"], false);
    assert_eq!(first["isEarlyAdopter"], false);
    assert_eq!(first["links"]["regionUrl"], "");
    let page = "http://errors.test:9000/organizations/acme/";
    assert_eq!(first["links"]["organizationUrl"], page);
    let second = house
        .get("/api/0/organizations/?per_page=1&cursor=0:1:0")
        .await;
    assert_eq!(second.good()[0]["slug"], "rival");
    for name in ["acme", "1"] {
        let one = house
            .get(&format!("/api/0/organizations/{name}/"))
            .await
            .good();
        assert_eq!((&one["id"], &one["orgRoleList"]), (&json!("1"), &json!([])));
    }
}

#[tokio::test]
async fn a_project_by_slug_and_by_number() {
    let house = House::new();
    for path in ["acme/web", "1/1", "acme/1"] {
        let one = house.get(&format!("/api/0/projects/{path}/")).await.good();
        assert_eq!((&one["id"], &one["slug"]), (&json!("1"), &json!("web")));
        assert_eq!(one["platform"], "python");
        assert_eq!(one["organization"]["slug"], "acme");
        assert_eq!(one["verifySSL"], true);
        assert_eq!(one["firstEvent"], json!(null));
    }
    let own = house
        .get("/api/0/organizations/acme/projects/")
        .await
        .good();
    assert_eq!(own.as_array().unwrap().len(), 1);
    assert_eq!(own[0]["teams"], json!([]));
    let all = house.get("/api/0/projects/").await.good();
    let slugs: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["slug"])
        .collect();
    assert_eq!(slugs, ["web", "spy"]);
}

#[tokio::test]
async fn keys_are_made_shown_and_switched_off() {
    let house = House::new();
    let keys = "/api/0/projects/acme/web/keys/";
    let first = &house.get(keys).await.good()[0];
    let (public, secret) = ("a".repeat(32), "b".repeat(32));
    assert_eq!(first["id"], public);
    assert_eq!(first["projectId"], 1);
    assert_eq!(first["isActive"], true);
    assert_eq!(
        first["dsn"]["public"],
        format!("http://{public}@errors.test:9000/1")
    );
    assert_eq!(
        first["dsn"]["secret"],
        format!("http://{public}:{secret}@errors.test:9000/1")
    );
    let body = r#"{"name":" CI ","rateLimit":null,"projectId":7,"isActive":false}"#;
    let made = house.send(Method::POST, keys, Some(TOKEN), body).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(made["name"], "CI");
    // W38: what nobody asked for is ignored.
    assert_eq!(
        (&made["projectId"], &made["isActive"]),
        (&json!(1), &json!(true))
    );
    let one = format!("{keys}{}/", made["id"].as_str().unwrap());
    assert_eq!(
        house.put(&one, r#"{"isActive":false}"#).await.good()["isActive"],
        false
    );
    assert_eq!(house.get(&one).await.good()["isActive"], false);
    assert_eq!(house.put(&one, "{}").await.refusal().0, 400);
    assert_eq!(house.put(&one, "not json").await.refusal().0, 400);
    assert_eq!(house.put(&one, &" ".repeat(300_000)).await.refusal().0, 413);
    assert_eq!(house.get(&format!("{keys}nothing/")).await.refusal().0, 404);
}

#[tokio::test]
async fn the_rate_limit_of_a_key_is_its_quota_for_errors() {
    let house = House::new();
    let keys = "/api/0/projects/acme/web/keys/";
    let body = r#"{"name":"CI","rateLimit":{"count":5,"window":60}}"#;
    let made = house
        .send(Method::POST, keys, Some(TOKEN), body)
        .await
        .json();
    let limit = json!({"count": 5, "window": 60});
    assert_eq!(made["rateLimit"], limit);
    let one = format!("{keys}{}/", made["id"].as_str().unwrap());
    let key = || house.app.ledger.keys(house.project.id).unwrap().remove(1);
    let sessions = watchpost_model::Quota {
        category: Some("session".into()),
        limit: 9,
        window_secs: 7,
    };
    let both = [key().quotas, vec![sessions.clone()]].concat();
    let set = house
        .app
        .ledger
        .set_key_quotas(house.project.id, key().id, &both);
    set.unwrap();
    let put = async |body: &str| house.put(&one, body).await.good()["rateLimit"].clone();
    assert_eq!(
        put(r#"{"isActive":true}"#).await,
        limit,
        "not said, not changed"
    );
    let more = r#"{"rateLimit":{"count":7,"window":3600}}"#;
    assert_eq!(put(more).await, json!({"count": 7, "window": 3600}));
    assert_eq!(key().quotas.len(), 2);
    assert_eq!(put(r#"{"rateLimit":null}"#).await, json!(null));
    assert_eq!(key().quotas, [sessions]);
    let endless = r#"{"rateLimit":{"count":7,"window":99999999}}"#;
    assert_eq!(house.put(&one, endless).await.refusal().0, 400);
}

#[tokio::test]
async fn the_secret_half_is_for_those_who_may_make_keys() {
    let house = House::new();
    house.add_token("reader", &["project:read"]);
    let keys = "/api/0/projects/acme/web/keys/";
    let answer = house.send(Method::GET, keys, Some("reader"), "").await;
    assert_eq!(answer.good()[0]["secret"], "");
    assert!(!answer.text.contains(&house.key.secret));
}

#[tokio::test]
async fn statistics_fill_every_hour() {
    use watchpost_model::{Clock as _, Outcome, OutcomeCount};
    let house = House::new();
    let count = |outcome, hours_ago: i64, quantity| OutcomeCount {
        project: Some(house.project.id),
        key: Some(house.key.id),
        category: "error".to_owned(),
        outcome,
        reason: String::new(),
        hour: house
            .clock
            .now()
            .plus_secs(-3600 * hours_ago)
            .floor_to_hour(),
        quantity,
    };
    let counts = [
        count(Outcome::Accepted, 1, 5),
        count(Outcome::Invalid, 2, 3),
    ];
    house.app.ledger.add_outcomes(&counts).unwrap();
    let stats = "/api/0/projects/acme/web/stats/";
    let hours = house.get(stats).await.good();
    let hours = hours.as_array().unwrap();
    assert_eq!(hours.len(), 24);
    assert_eq!(hours[22], json!([counts[0].hour.as_secs(), 5]));
    let rejected = house.get(&format!("{stats}?stat=rejected")).await.good();
    assert_eq!(rejected[21], json!([counts[1].hour.as_secs(), 3]));
    // W37: whatever is asked for, the answer is bounded.
    let all = house
        .get(&format!("{stats}?since=-9e99&until=1e300"))
        .await
        .good();
    assert_eq!(all.as_array().unwrap().len(), 2160);
    assert_eq!(
        house.get(&format!("{stats}?since=NaN")).await.refusal().0,
        400
    );
    assert_eq!(
        house.get(&format!("{stats}?stat=loud")).await.refusal().0,
        400
    );
}
