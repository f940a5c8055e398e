//! What sentry-cli and the bundler plugins say of a release, as they say it, and what they ask.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::house::{House, TOKEN, message};

const PATH: &str = "/api/0/organizations/acme/releases/";

async fn post(house: &House, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = house
        .send(Method::POST, path, Some(TOKEN), &body.to_string())
        .await;
    let json = serde_json::from_str(&answer.text).unwrap_or_default();
    (answer.status, json)
}

/// `releases new`, `set-commits --local`, `finalize`, `deploys new`.
#[tokio::test]
async fn a_release_is_made_filled_and_deployed() {
    let house = House::new();
    house.add_project("api");
    let version = "shop@1/2 ü";
    let path = format!("{PATH}shop%401%2F2%20%C3%BC/");
    let new = json!({ "version": version, "projects": ["web", "api"] });
    assert_eq!(post(&house, PATH, &new).await.0, StatusCode::CREATED);
    assert_eq!(
        post(&house, PATH, &new).await.0,
        StatusCode::ALREADY_REPORTED
    );
    let previous = format!("{path}previous-with-commits/");
    assert_eq!(house.get(&previous).await.good(), json!({}));
    let commits = json!({ "projects": ["web", "api"], "commits": [
        { "id": "f00d", "repository": "acme/shop", "author_name": "Ada",
          "author_email": "ada@example.org", "timestamp": "2026-05-01T10:00:00+02:00",
          "message": "Mend the cart", "patch_set": [{ "path": "a.rs", "type": "M" }] },
        { "id": "beef", "repository": null, "author_name": null, "author_email": null,
          "timestamp": "2026-05-01T09:00:00+02:00", "message": null },
    ]});
    let release = house.put(&path, &commits.to_string()).await.good();
    assert_eq!(release["commitCount"], 2);
    assert_eq!(release["lastCommit"]["id"], "f00d");
    assert_eq!(release["version"], version);
    let listed = house.get(&format!("{path}commits/?per_page=1")).await;
    assert!(
        listed.headers["link"]
            .to_str()
            .unwrap()
            .contains("results=\"true\"")
    );
    let listed = listed.good();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["dateCreated"], "2026-05-01T08:00:00Z");
    assert_eq!(listed[0]["repository"]["name"], "acme/shop");
    assert_eq!(listed[0]["author"]["email"], "ada@example.org");
    let of_project = "/api/0/projects/acme/api/releases/shop%401%2F2%20%C3%BC/commits/";
    assert_eq!(
        house.get(of_project).await.good().as_array().unwrap().len(),
        2
    );
    deployed(&house, &path).await;
    let release = house.get(&path).await.good();
    let (count, last) = (&release["deployCount"], &release["lastDeploy"]["name"]);
    assert_eq!((count, last), (&json!(2), &json!(null)));
    let none = house.get("/api/0/organizations/acme/repos/").await;
    assert_eq!(none.good(), json!([]));
}

/// Notes two deploys of the release, the second in one project only.
async fn deployed(house: &House, path: &str) {
    let deploys = format!("{path}deploys/");
    let deploy = json!({ "environment": "production", "name": "blue",
        "dateStarted": "2026-05-04T12:00:00Z", "url": "https://ci.example/1" });
    let (status, made) = post(house, &deploys, &deploy).await;
    assert_eq!(
        (status, &made["environment"]),
        (StatusCode::CREATED, &json!("production"))
    );
    assert_eq!(made["dateFinished"], "2026-05-04T12:30:00Z");
    let listed = house.get(&deploys).await.good();
    assert_eq!(
        listed.as_array().unwrap().len(),
        1,
        "one deploy of two projects"
    );
    let only_web = json!({ "environment": "staging", "projects": ["web"] });
    assert_eq!(
        post(house, &deploys, &only_web).await.0,
        StatusCode::CREATED
    );
    let of_api = "/api/0/projects/acme/api/releases/shop%401%2F2%20%C3%BC/deploys/";
    assert_eq!(house.get(of_api).await.good().as_array().unwrap().len(), 1);
}

/// Refs name one commit each; an empty list forgets what was said. Saying nothing changes nothing.
#[tokio::test]
async fn refs_stand_in_for_commits() {
    let house = House::new();
    let refs = json!({ "version": "1.0", "projects": ["web"], "refs": [
        { "repository": "acme/shop", "commit": "f00d", "previousCommit": "beef" }] });
    let (_, release) = post(&house, PATH, &refs).await;
    assert_eq!(release["lastCommit"]["id"], "f00d");
    let path = format!("{PATH}1.0/");
    let same = house
        .put(&path, "{\"dateReleased\":\"2026-05-04T12:00:00Z\"}")
        .await;
    assert_eq!(same.good()["commitCount"], 1);
    let later = json!({ "version": "1.1", "dateReleased": "2026-05-04T12:10:00Z" });
    let made = post(&house, "/api/0/projects/acme/web/releases/", &later).await;
    assert_eq!(made.0, StatusCode::CREATED);
    let before = house
        .get(&format!("{PATH}1.1/previous-with-commits/"))
        .await
        .good();
    assert_eq!(
        (&before["version"], &before["lastCommit"]["id"]),
        (&json!("1.0"), &json!("f00d"))
    );
    let cleared = house.put(&path, "{\"refs\":[]}").await.good();
    assert_eq!(
        (&cleared["commitCount"], &cleared["lastCommit"]),
        (&json!(0), &Value::Null)
    );
}

#[tokio::test]
async fn what_is_no_release_and_no_deploy_is_refused() {
    let house = House::new();
    let deploys = format!("{PATH}9.9/deploys/");
    let fine = json!({ "environment": "production" });
    assert_eq!(post(&house, &deploys, &fine).await.0, StatusCode::NOT_FOUND);
    for path in ["9.9/commits/", "9.9/deploys/", "9.9/previous-with-commits/"] {
        let answer = house.get(&format!("{PATH}{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let made = json!({ "version": "1.0", "projects": ["web"] });
    assert_eq!(post(&house, PATH, &made).await.0, StatusCode::CREATED);
    let deploys = format!("{PATH}1.0/deploys/");
    for wrong in [
        json!({}),
        json!({ "environment": " " }),
        json!({ "environment": "a\nb" }),
    ] {
        assert_eq!(
            post(&house, &deploys, &wrong).await.0,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn environments_are_hidden_and_shown() {
    let house = House::new();
    for (place, name) in (0..).zip(["production", "a/b c"]) {
        let mut event = message(house.project.id, name, place);
        event.event.environment = Some(name.to_owned());
        house.store(event);
    }
    let path = "/api/0/projects/acme/web/environments/";
    let names = async |query: &str| {
        let found = house.get(&format!("{path}{query}")).await.good();
        let found = found.as_array().unwrap().iter();
        found
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["a/b c", "production"]);
    let one = format!("{path}a%2Fb%20c/");
    assert_eq!(house.get(&one).await.good()["isHidden"], false);
    assert_eq!(
        house.put(&one, "{\"isHidden\":true}").await.good()["isHidden"],
        true
    );
    assert_eq!(names("").await, ["production"]);
    assert_eq!(names("?visibility=hidden").await, ["a/b c"]);
    assert_eq!(names("?visibility=all").await.len(), 2);
    let wrong = house.get(&format!("{path}?visibility=x")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let unknown = house
        .put(&format!("{path}none/"), "{\"isHidden\":true}")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
