//! The life of an issue through the API: archived, resolved in releases, merged, talked about,
//! deleted.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use watchpost_model::{Change, Explanation, IssueId, Status, Variant};
use watchpost_store::suite::hash;

use super::house::{House, TOKEN, message};

const OF_ORG: &str = "/api/0/organizations/acme/issues/";

async fn put(house: &House, issue: IssueId, body: Value) -> Value {
    let path = format!("{OF_ORG}{issue}/");
    house.put(&path, &body.to_string()).await.good()
}

async fn send(house: &House, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = house
        .send(method, path, Some(TOKEN), &body.to_string())
        .await;
    let json = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
    (answer.status, json)
}

/// An event in a release, one of its kind.
fn released(house: &House, text: &str, minute: i64, release: &str) -> IssueId {
    let mut grouped = message(house.project.id, text, minute);
    grouped.event.release = Some(release.to_owned());
    house.store(grouped)
}

#[tokio::test]
async fn an_issue_is_archived_with_conditions() {
    let house = House::new();
    let issue = house.say(house.project.id, "boom", 1);
    let archived = put(
        &house,
        issue,
        json!({ "status": "ignored", "statusDetails": {
        "ignoreCount": 10, "ignoreWindow": 60, "ignoreUserCount": 3, "ignoreDuration": 30 } }),
    );
    let archived = archived.await;
    assert_eq!(archived["status"], "ignored");
    assert_eq!(archived["substatus"], "archived_until_condition_met");
    let details = &archived["statusDetails"];
    assert_eq!(
        (&details["ignoreCount"], &details["ignoreWindow"]),
        (&json!(10), &json!(60))
    );
    assert_eq!(details["ignoreUntil"], "2026-05-04T13:00:00Z");
    assert_eq!(details["actor"]["name"], "Ada");
    for (body, substatus) in [
        (json!({ "status": "ignored" }), "archived_forever"),
        (json!({ "status": "muted" }), "archived_forever"),
        (
            json!({ "status": "ignored", "substatus": "archived_until_escalating" }),
            "archived_until_escalating",
        ),
    ] {
        put(&house, issue, json!({ "status": "unresolved" })).await;
        assert_eq!(put(&house, issue, body).await["substatus"], substatus);
    }
    let opened = put(&house, issue, json!({ "status": "unresolved" })).await;
    assert_eq!(opened["substatus"], "ongoing");
    assert_eq!(opened["statusDetails"], json!({}));
    let activity = house
        .get(&format!("{OF_ORG}{issue}/activities/"))
        .await
        .good();
    let activity = activity["activity"].as_array().unwrap().clone();
    assert_eq!(activity[0]["type"], "set_unresolved");
    assert_eq!(activity.last().unwrap()["type"], "first_seen");
}

#[tokio::test]
async fn an_issue_is_resolved_in_a_release() {
    let house = House::new();
    let issue = released(&house, "boom", 1, "shop@1.2.0");
    let next = put(&house, issue, json!({ "status": "resolvedInNextRelease" })).await;
    assert_eq!(next["statusDetails"]["inNextRelease"], true);
    assert_eq!(next["statusDetails"]["afterRelease"], "shop@1.2.0");
    let body = json!({ "status": "resolved", "statusDetails": { "inRelease": "shop@2.0.0" } });
    let named = put(&house, issue, body).await;
    assert_eq!(named["statusDetails"]["inRelease"], "shop@2.0.0");
    assert_eq!(named["firstRelease"]["version"], "shop@1.2.0");
    let path = "/api/0/organizations/acme/releases/";
    let body = json!({ "version": "shop@2.0.0", "projects": ["web"],
        "dateReleased": "2026-05-04T10:00:00Z" });
    let (status, made) = send(&house, Method::POST, path, &body).await;
    assert_eq!(
        (status, &made["shortVersion"]),
        (StatusCode::CREATED, &json!("2.0.0"))
    );
    assert_eq!(
        send(&house, Method::POST, path, &body).await.0.as_u16(),
        208
    );
    let list = house.get(path).await.good();
    let versions: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["version"])
        .collect();
    assert!(versions.contains(&&json!("shop@1.2.0")), "{versions:?}");
    let one = format!("{path}shop%402.0.0/");
    let body = json!({ "isIgnoredForOrdering": true });
    let (_, changed) = send(&house, Method::PUT, &one, &body).await;
    assert_eq!(changed["isIgnoredForOrdering"], true);
    assert_eq!(
        house.get(&one).await.good()["dateReleased"],
        "2026-05-04T10:00:00Z"
    );
    assert_eq!(house.get(&format!("{path}none/")).await.refusal().0, 404);
}

#[tokio::test]
async fn people_take_part() {
    let house = House::new();
    let issue = house.say(house.project.id, "boom", 1);
    let body = json!({ "assignedTo": "ada@example.org", "priority": "low", "isBookmarked": true,
        "isSubscribed": true, "hasSeen": true });
    let changed = put(&house, issue, body).await;
    assert_eq!(changed["assignedTo"]["id"], house.user.id.to_string());
    assert_eq!(
        (&changed["priority"], &changed["isBookmarked"]),
        (&json!("low"), &json!(true))
    );
    assert_eq!(
        (&changed["isSubscribed"], &changed["hasSeen"]),
        (&json!(true), &json!(true))
    );
    let changed = put(&house, issue, json!({ "assignedTo": null })).await;
    assert_eq!(changed["assignedTo"], Value::Null);
    let notes = format!("{OF_ORG}{issue}/comments/");
    let (status, note) = send(
        &house,
        Method::POST,
        &notes,
        &json!({ "text": "the cache" }),
    )
    .await;
    assert_eq!(
        (status, &note["data"]["text"]),
        (StatusCode::CREATED, &json!("the cache"))
    );
    let one = format!("{OF_ORG}{issue}/notes/{}/", note["id"].as_str().unwrap());
    let (_, note) = send(&house, Method::PUT, &one, &json!({ "text": "the disk" })).await;
    assert_eq!(
        (&note["data"]["text"], &note["user"]["name"]),
        (&json!("the disk"), &json!("Ada"))
    );
    assert_eq!(
        put(&house, issue, json!({ "hasSeen": true })).await["numComments"],
        1
    );
    assert_eq!(
        send(&house, Method::DELETE, &one, &Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(house.get(&notes).await.good(), json!([]));
    let empty = send(&house, Method::POST, &notes, &json!({ "text": " " })).await;
    assert_eq!(empty.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn issues_are_merged_and_taken_apart() {
    let house = House::new();
    let web = house.project.id;
    let (one, two) = (house.say(web, "one", 1), house.say(web, "two", 2));
    house.say(web, "one", 3);
    let path = format!("{OF_ORG}?id={one}&id={two}");
    let merged = house.put(&path, r#"{"merge":1}"#).await.good();
    let expect = json!({ "merge": { "parent": one.to_string(), "children": [two.to_string()] } });
    assert_eq!(merged, expect);
    let shown = house.get(&format!("{OF_ORG}{two}/")).await.good();
    assert_eq!(
        (&shown["id"], &shown["count"]),
        (&json!(one.to_string()), &json!("3"))
    );
    let events = house.get(&format!("{OF_ORG}{one}/events/")).await.good();
    let groups: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["groupID"])
        .collect();
    assert_eq!(groups, [&json!(one.to_string()); 3]);
    let oldest = house
        .get(&format!("{OF_ORG}{one}/events/oldest/"))
        .await
        .good();
    assert_eq!(oldest["groupID"], json!(one.to_string()));
    let hashes = house.get(&format!("{OF_ORG}{one}/hashes/")).await.good();
    let hashes = hashes.as_array().unwrap().clone();
    let of_two = hashes.iter().find(|hash| hash["isMerged"] == true).unwrap();
    let path = format!(
        "{OF_ORG}{one}/hashes/?id={}",
        of_two["id"].as_str().unwrap()
    );
    assert_eq!(
        send(&house, Method::DELETE, &path, &Value::Null).await.0,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        send(&house, Method::DELETE, &path, &Value::Null).await.0,
        StatusCode::BAD_REQUEST
    );
    house.is_split().await;
    let apart = house.get(&format!("{OF_ORG}{two}/")).await.good();
    assert_eq!(
        (&apart["id"], &apart["count"]),
        (&json!(two.to_string()), &json!("1"))
    );
    let other = house.add_project("shop").id;
    let aside = house.say(other, "of another project", 1);
    let path = format!("{OF_ORG}?id={one}&id={aside}");
    assert_eq!(house.put(&path, r#"{"merge":1}"#).await.refusal().0, 400);
    let path = format!("{OF_ORG}?id={one}");
    assert_eq!(house.put(&path, r#"{"merge":true}"#).await.refusal().0, 400);
}

#[tokio::test]
async fn w12_issues_are_deleted_within_their_organization_only() {
    let house = House::new();
    let (own, foreign) = (
        house.say(house.project.id, "ours", 1),
        house.say(house.rival.id, "theirs", 1),
    );
    let path = format!("{OF_ORG}?id={own}&id={foreign}");
    let none = send(&house, Method::DELETE, OF_ORG, &Value::Null).await;
    assert_eq!(
        none.0,
        StatusCode::BAD_REQUEST,
        "nobody deletes all by mistake"
    );
    let gone = send(&house, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(gone.0, StatusCode::ACCEPTED);
    assert_eq!(house.get(&format!("{OF_ORG}{own}/")).await.refusal().0, 404);
    let theirs = house.app.ledger.issue(house.rival.id, foreign).unwrap();
    assert!(theirs.is_some());
    let again = house.say(house.project.id, "ours", 2);
    assert_ne!(again, own);
    let path = format!("{OF_ORG}{again}/");
    let dropped = send(&house, Method::PUT, &path, &json!({ "discard": true })).await;
    assert_eq!(dropped.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn r25_a_change_of_many_is_bound_to_its_query_and_a_merge_to_names() {
    let house = House::new();
    let [one, two, other] =
        ["red one", "red two", "blue"].map(|text| house.say(house.project.id, text, 1));
    let red = format!("{OF_ORG}?query=red");
    for path in [red.as_str(), OF_ORG] {
        let merge = send(&house, Method::PUT, path, &json!({ "merge": true })).await;
        assert_eq!(
            merge.0,
            StatusCode::BAD_REQUEST,
            "nobody merges all by mistake"
        );
    }
    house.put(&red, r#"{"status":"resolved"}"#).await.good();
    let statuses = [one, two, other].map(|id| {
        let found = house
            .app
            .ledger
            .issue(house.project.id, id)
            .unwrap()
            .unwrap();
        assert_eq!(found.id, id, "none is merged");
        found.status
    });
    assert_eq!(
        statuses,
        [Status::Resolved, Status::Resolved, Status::Unresolved]
    );
}

#[tokio::test]
async fn open_pages_hear_of_issues_that_are_merged_and_deleted() {
    let house = House::new();
    let say = |text| house.say(house.project.id, text, 1);
    let [one, two, three, four] = ["one", "two", "three", "four"].map(say);
    let mut news = house.app.news.subscribe();
    let merge = format!("{OF_ORG}?id={one}&id={two}");
    house.put(&merge, r#"{"merge": 1}"#).await.good();
    let mut heard = || -> Vec<_> { std::iter::from_fn(|| news.try_recv().ok()).collect() };
    let of = |heard: Vec<watchpost_model::IssueChange>| {
        let mut issues: Vec<_> = heard.iter().map(|one| (one.project, one.issue)).collect();
        issues.sort();
        issues
    };
    let web = house.project.id;
    assert_eq!(of(heard()), [(web, one), (web, two)]);
    let discard = format!("{OF_ORG}{three}/");
    house.put(&discard, r#"{"discard": true}"#).await;
    assert_eq!(of(heard()), [(web, three)]);
    let path = format!("{OF_ORG}?id={one}&id={four}");
    assert_eq!(
        send(&house, Method::DELETE, &path, &Value::Null).await.0,
        StatusCode::ACCEPTED
    );
    // With what was merged into it.
    assert_eq!(of(heard()), [(web, one), (web, two), (web, four)]);
}

#[tokio::test]
async fn discarded_issues_are_listed_counted_and_let_in_again() {
    const STONES: &str = "/api/0/projects/acme/web/tombstones/";
    let house = House::new();
    let issue = house.say(house.project.id, "noise", 1);
    assert_eq!(house.get(STONES).await.good(), json!([]));
    let path = format!("{OF_ORG}{issue}/");
    send(&house, Method::PUT, &path, &json!({ "discard": true })).await;
    let drop = |minute| house.drop_one(message(house.project.id, "noise", minute));
    assert_eq!([drop(2), drop(3)], [Change::Discarded; 2]);
    let stones = house.get(STONES).await.good();
    let stone = &stones[0];
    assert_eq!(stones.as_array().unwrap().len(), 1);
    assert_eq!(
        (&stone["message"], &stone["timesSeen"]),
        (&json!("noise"), &json!(2))
    );
    assert_eq!(stone["actor"]["name"], "Ada");
    assert_eq!(stone["lastSeen"], "2026-05-04T11:03:00Z");
    assert!(!stone["dateAdded"].is_null());
    let one = format!("{STONES}{}/", stone["id"].as_str().unwrap());
    let foreign = one.replace("/web/", "/shop/");
    house.add_project("shop");
    for (path, status) in [
        (&foreign, StatusCode::NOT_FOUND),
        (&one, StatusCode::NO_CONTENT),
        (&one, StatusCode::NOT_FOUND),
    ] {
        let answer = send(&house, Method::DELETE, path, &Value::Null).await;
        assert_eq!(answer.0, status, "{path}");
    }
    assert_ne!(house.say(house.project.id, "noise", 4), issue);
}

#[tokio::test]
async fn r15_a_key_is_taken_out_of_an_issue() {
    let house = House::new();
    let keyed = |text: &str, minute| {
        let mut event = message(house.project.id, text, minute);
        event.hashes.push(hash("all"));
        let variants = event.hashes.iter().map(|hash| Variant {
            hash: hash.hex(),
            ..Variant::default()
        });
        event.explanation = Explanation {
            version: 1,
            variants: variants.collect(),
            ..Explanation::default()
        };
        house.store(event)
    };
    let one = keyed("one", 1);
    assert_eq!([keyed("two", 2), keyed("two", 3)], [one, one]);
    let keys = format!("{OF_ORG}{one}/hashes/");
    let listed = house.get(&keys).await.good();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let two = hash("two").to_string();
    let is_two = |key: &&Value| key["id"] == json!(two);
    let found = listed.as_array().unwrap().iter().find(is_two).unwrap();
    assert_eq!(found["latestEvent"]["title"], "two");
    assert_eq!(found["isLeaving"], false);
    for wrong in ["", "?id=1-00", &format!("?id={}", hash("nobody's"))] {
        let path = format!("{keys}{wrong}");
        let refused = send(&house, Method::DELETE, &path, &Value::Null);
        assert_eq!(refused.await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let path = format!("{keys}?id={two}");
    let taken = send(&house, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(taken.0, StatusCode::ACCEPTED);
    house.is_split().await;
    let new = house.say(house.project.id, "two", 4);
    assert_ne!(new, one);
    let counts = [one, new].map(|id| format!("{OF_ORG}{id}/"));
    for (path, count) in counts.iter().zip(["1", "3"]) {
        assert_eq!(house.get(path).await.good()["count"], *count);
    }
    let events = house.get(&format!("{OF_ORG}{new}/events/")).await.good();
    assert_eq!(events.as_array().unwrap().len(), 3);
}
