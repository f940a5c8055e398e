//! One issue as JSON, and the ways to it.

use serde_json::json;
use watchpost_model::{Exception, IssueId, Level, Mechanism, Tag, UserContext};

use super::house::{House, message};

/// An exception that nobody caught, with a user and a tag.
fn store_crash(house: &House, minute: i64, user: &str) -> IssueId {
    let mut grouped = message(house.project.id, "KeyError: 'x'", minute);
    grouped.kind = "KeyError".into();
    grouped.value = "'x'".into();
    grouped.culprit = "shop.views.cart".into();
    let event = &mut grouped.event;
    event.level = Level::Fatal;
    event.logger = Some("shop".into());
    event.platform = "python".into();
    event.exceptions.push(Exception {
        kind: Some("KeyError".into()),
        value: Some("'x'".into()),
        mechanism: Some(Mechanism {
            kind: "excepthook".into(),
            handled: Some(false),
            ..Mechanism::default()
        }),
        ..Exception::default()
    });
    event.user = Some(UserContext {
        email: Some(user.to_owned()),
        ..UserContext::default()
    });
    event.tags.push(Tag {
        key: "colour".into(),
        value: "red".into(),
    });
    house.store(grouped)
}

/// Three crashes of two people.
fn store_crashes(house: &House) {
    for (minute, who) in [(1, "a"), (2, "b"), (3, "a")] {
        store_crash(house, minute, &format!("{who}@example.org"));
    }
}

#[tokio::test]
async fn an_issue_as_tools_need_it() {
    let house = House::new();
    store_crashes(&house);
    let issue = house
        .get("/api/0/organizations/acme/issues/1/")
        .await
        .good();
    let expect = json!({
        "id": "1",
        "shareId": null,
        "shortId": "WEB-1",
        "title": "KeyError: 'x'",
        "culprit": "shop.views.cart",
        "permalink": "http://errors.test:9000/organizations/acme/issues/1/",
        "logger": "shop",
        "level": "fatal",
        "status": "unresolved",
        "statusDetails": {},
        "substatus": "new",
        "isPublic": false,
        "platform": "python",
        "project": { "id": "1", "slug": "web", "name": "web", "platform": "python" },
        "type": "error",
        "metadata": { "type": "KeyError", "value": "'x'" },
        "numComments": 0,
        "assignedTo": null,
        "owners": [],
        "isBookmarked": false,
        "isSubscribed": false,
        "subscriptionDetails": null,
        "hasSeen": false,
        "annotations": [],
        "issueType": "error",
        "issueCategory": "error",
        "priority": "high",
        "isUnhandled": true,
        "count": "3",
        "userCount": 2,
        "firstSeen": "2026-05-04T11:01:00Z",
        "lastSeen": "2026-05-04T11:03:00Z",
    });
    for (field, value) in expect.as_object().unwrap() {
        assert_eq!(issue[field], *value, "{field}");
    }
    let chart = issue["stats"]["24h"].as_array().unwrap();
    assert_eq!((chart.len(), &chart[22]), (24, &json!([1_777_892_400, 3])));
    let tags = issue["tags"].as_array().unwrap();
    assert!(
        tags.iter()
            .any(|tag| tag["key"] == "colour" && tag["totalValues"] == 3)
    );
    // The same object in the list.
    let row = &house.get("/api/0/projects/acme/web/issues/").await.good()[0];
    for (field, value) in row.as_object().unwrap() {
        assert_eq!(issue[field], *value, "{field}");
    }
}

#[tokio::test]
async fn an_issue_has_many_names() {
    let house = House::new();
    store_crash(&house, 1, "a@example.org");
    for path in [
        "organizations/acme/issues/1/",
        "organizations/acme/issues/WEB-1/",
        "organizations/1/issues/web-1/",
        "issues/1/",
        "issues/WEB-1/",
    ] {
        let issue = house.get(&format!("/api/0/{path}")).await.good();
        assert_eq!(issue["shortId"], "WEB-1", "{path}");
    }
    let short = house
        .get("/api/0/organizations/acme/shortids/WEB-1/")
        .await
        .good();
    let expect = json!({
        "organizationSlug": "acme",
        "projectSlug": "web",
        "groupId": "1",
        "shortId": "WEB-1",
    });
    for (field, value) in expect.as_object().unwrap() {
        assert_eq!(short[field], *value, "{field}");
    }
    assert_eq!(short["group"]["id"], "1");
    for wrong in [
        "WEB-2",
        "SPY-1",
        "0",
        "-1",
        "WEB-",
        "99999999999999999999",
        "WEB-IL",
    ] {
        let answer = house
            .get(&format!("/api/0/organizations/acme/issues/{wrong}/"))
            .await;
        assert_eq!(answer.refusal().0, 404, "{wrong}");
    }
}

#[tokio::test]
async fn tags_count_the_values() {
    let house = House::new();
    store_crashes(&house);
    let path = "/api/0/organizations/acme/issues/WEB-1/tags/";
    let tag = house.get(&format!("{path}user/")).await.good();
    assert_eq!(
        (&tag["key"], &tag["totalValues"]),
        (&json!("user"), &json!(3))
    );
    assert_eq!(tag["uniqueValues"], 2);
    let top = json!({
        "key": "user",
        "value": "a@example.org",
        "name": "a@example.org",
        "count": 2,
        "firstSeen": "2026-05-04T11:01:00Z",
        "lastSeen": "2026-05-04T11:03:00Z",
    });
    assert_eq!(tag["topValues"][0], top);
    let values = house.get(&format!("{path}user/values/")).await.good();
    assert_eq!((&values[0], values.as_array().unwrap().len()), (&top, 2));
    let keys = house.get(path).await.good();
    assert!(
        keys.as_array()
            .unwrap()
            .iter()
            .any(|tag| tag["key"] == "level")
    );
    assert_eq!(house.get(&format!("{path}nothing/")).await.refusal().0, 404);
}

#[tokio::test]
async fn a_list_knows_whose_latest_event_nobody_caught_also_of_parts() {
    let house = House::new();
    let web = house.project.id;
    let caught = house.say(web, "caught", 1);
    house.say(web, "caught", 2);
    let spoilt = house.say(web, "spoilt", 1);
    let crash = store_crash(&house, 5, "a@example.org");
    let list = async || {
        let path = "/api/0/organizations/acme/issues/?query=";
        let list = house.get(path).await.good();
        let rows = list.as_array().unwrap().clone().into_iter();
        let row = |one: serde_json::Value| {
            let id = one["id"].as_str().unwrap().parse::<i64>().unwrap();
            (IssueId(id), one["isUnhandled"].as_bool().unwrap())
        };
        let mut rows: Vec<_> = rows.map(row).collect();
        rows.sort();
        rows
    };
    assert_eq!(
        list().await,
        [(caught, false), (spoilt, false), (crash, true)]
    );
    // The part has the latest event.
    let by = watchpost_store::Actor::System;
    let now = house.app.clock.now();
    let merged = house.app.ledger.merge(web, &[caught, crash], by, now);
    assert_eq!(merged.unwrap().unwrap().into, caught);
    assert_eq!(list().await, [(caught, true), (spoilt, false)]);
}
