//! Searching events, and what completes a search.

use serde_json::{Value, json};
use watchpost_model::{Clock as _, Tag};

use super::house::{Answer, House, message};

const OF_ORG: &str = "/api/0/organizations/acme";

/// Two events of one issue: of Firefox and of Chrome.
fn shop() -> House {
    let house = House::new();
    for (minute, browser) in [(1, "Firefox"), (2, "Firefox"), (3, "Chrome")] {
        let mut event = message(house.project.id, "cart", minute);
        let (key, value) = ("browser.name".to_owned(), browser.to_owned());
        event.event.tags = vec![Tag { key, value }];
        event.event.release = Some(format!("shop@1.{minute}"));
        house.store(event);
    }
    let mut theirs = message(house.rival.id, "secret", 1);
    let (key, value) = ("theirs".to_owned(), "yes".to_owned());
    theirs.event.tags = vec![Tag { key, value }];
    house.store(theirs);
    house
}

fn releases(answer: &Answer) -> Vec<String> {
    let rows = answer.good();
    let rows = rows.as_array().unwrap().iter();
    let release = |row: &Value| {
        let tags = row["tags"].as_array().unwrap().clone();
        let tag = tags.into_iter().find(|tag| tag["key"] == "release");
        tag.unwrap()["value"].as_str().unwrap().to_owned()
    };
    rows.map(release).collect()
}

fn field(answer: &Answer, name: &str) -> Vec<Value> {
    let rows = answer.good();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[name].clone()).collect()
}

#[tokio::test]
async fn events_by_tag_release_and_text() {
    let house = shop();
    for list in [
        "/api/0/projects/acme/web/events/",
        "/api/0/organizations/acme/issues/1/events/",
        "/api/0/issues/1/events/",
    ] {
        let check = async |query: &str, expect: &[&str]| {
            let answer = house.get(&format!("{list}?query={query}")).await;
            assert_eq!(releases(&answer), expect, "{list} {query}");
        };
        check("", &["shop@1.3", "shop@1.2", "shop@1.1"]).await;
        check("browser.name:Firefox", &["shop@1.2", "shop@1.1"]).await;
        check("!browser.name:Fire*", &["shop@1.3"]).await;
        check("release:%3E=1.2+CART", &["shop@1.3", "shop@1.2"]).await;
        check("nowhere", &[]).await;
        let wrong = house.get(&format!("{list}?query=a+is:unresolved")).await;
        assert_eq!(wrong.refusal().0, 400);
        assert_eq!(wrong.json()["position"], 2);
    }
}

#[tokio::test]
async fn tags_of_projects_in_the_shape_of_sentry() {
    let house = shop();
    for list in [
        "/api/0/organizations/acme/tags/",
        "/api/0/projects/acme/web/tags/",
    ] {
        let tags = house.get(list).await.good();
        let browser = json!({"key": "browser.name", "name": "browser.name", "totalValues": 3});
        assert!(tags.as_array().unwrap().contains(&browser), "{tags}");
        assert!(!tags.to_string().contains("theirs"), "{tags}");
        let values = house.get(&format!("{list}browser.name/values/")).await;
        assert_eq!(field(&values, "value"), ["Firefox", "Chrome"]);
        assert_eq!(field(&values, "count"), [2, 1]);
        let some = house
            .get(&format!("{list}browser.name/values/?query=FOX"))
            .await;
        assert_eq!(field(&some, "value"), ["Firefox"]);
        let none = house.get(&format!("{list}theirs/values/")).await;
        assert_eq!(none.good(), json!([]));
    }
    let missing = house
        .get("/api/0/organizations/acme/tags/?project=nowhere")
        .await;
    assert_eq!(missing.refusal().0, 404);
}

#[tokio::test]
async fn keys_and_values_to_complete_a_search() {
    let house = shop();
    let keys = async |query: &str| {
        let answer = house
            .get(&format!("{OF_ORG}/search/keys/?query={query}"))
            .await;
        field(&answer, "key")
    };
    assert_eq!(keys("lev").await, ["level"]);
    assert_eq!(keys("BROW").await, ["browser.name"]);
    assert_eq!(keys("theirs").await, [""; 0]);
    assert_eq!(keys("stack.fi").await, ["stack.filename"]);
    assert_eq!(keys("error.main").await, [""; 0]);
    assert_eq!(keys("stack.fi&dataset=events").await, ["stack.filename"]);
    assert_eq!(keys("fir&dataset=events").await, [""; 0]);
    let values = async |query: &str| {
        let answer = house.get(&format!("{OF_ORG}/search/values/?{query}")).await;
        field(&answer, "value")
    };
    assert_eq!(
        values("key=is&query=resol").await,
        ["unresolved", "resolved"]
    );
    assert_eq!(values("key=level&query=err").await, ["error"]);
    assert_eq!(values("key=browser.name").await, ["Firefox", "Chrome"]);
    assert_eq!(values("key=release&query=1.2").await, ["shop@1.2"]);
    assert_eq!(values("key=title").await, [""; 0]);
    assert_eq!(values("").await, [""; 0]);
}

#[tokio::test]
async fn a_search_is_completed_at_its_caret() {
    let house = shop();
    let complete = async |query: &str| {
        let path = format!("{OF_ORG}/search/complete/?{query}");
        house.get(&path).await.good()
    };
    let check = async |query: &str, place: (u64, u64), expect: &[(&str, &str)]| {
        let answer = complete(query).await;
        let rows = answer["suggestions"].as_array().unwrap();
        let found: Vec<(&str, &str)> = rows
            .iter()
            .map(|row| (row["text"].as_str().unwrap(), row["kind"].as_str().unwrap()))
            .take(expect.len().max(1))
            .collect();
        assert_eq!(found, expect, "{query}");
        let at = (answer["from"].as_u64(), answer["until"].as_u64());
        assert_eq!(at, (Some(place.0), Some(place.1)), "{query}");
    };
    check("query=lev", (0, 3), &[("level:", "field")]).await;
    check("query=cart+!brow", (6, 10), &[("browser.name:", "tag")]).await;
    // What contains the letters comes behind what begins with them.
    let keys = [("release:", "field"), ("release.version:", "field")];
    check("query=rel", (0, 3), &keys).await;
    check("query=type", (0, 4), &[("issue.type:", "field")]).await;
    for query in ["query=stack.fi", "query=stack.fi&dataset=events"] {
        check(query, (0, 8), &[("stack.filename:", "field")]).await;
    }
    check("query=error.main", (0, 10), &[]).await;
    check("query=has:brow", (4, 8), &[("browser.name ", "tag")]).await;
    let browsers = [("Firefox ", "value"), ("Chrome ", "value")];
    check("query=browser.name:", (13, 13), &browsers).await;
    check("query=browser.name:CHR", (13, 16), &[("Chrome ", "value")]).await;
    check("query=is:unres+x&at=5", (3, 8), &[("unresolved", "value")]).await;
    check(
        "query=timesSeen:",
        (10, 10),
        &[(">", "sign"), (">=", "sign")],
    )
    .await;
    check("query=release:l", (8, 9), &[("latest ", "value")]).await;
    check("query=release:l&dataset=events", (8, 9), &[]).await;
    check("query=is:&dataset=events", (3, 3), &[]).await;
    check("query=theirs:", (7, 7), &[]).await;
    check("query=%22a+quo", (0, 0), &[]).await;
    let keys = complete("query=&at=0").await;
    let labels = field_of(&keys["suggestions"], "label");
    assert_eq!(labels[..3], ["is", "has", "!"]);
    assert!(labels.contains(&json!("browser.name")), "{labels:?}");
    let answer = complete("query=browser.name:Fire").await;
    assert_eq!(answer["suggestions"][0]["count"], 2);
    let level = complete("query=level:err").await;
    assert_eq!(level["suggestions"][0]["count"], 3, "{level}");
    let bad = house.get(&format!("{OF_ORG}/search/complete/?at=x")).await;
    assert_eq!(bad.refusal().0, 400);
}

fn field_of(rows: &Value, name: &str) -> Vec<Value> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[name].clone()).collect()
}

#[tokio::test]
async fn recent_searches_begin_an_empty_text() {
    let house = shop();
    let (org, user) = (house.org.id, house.user.id);
    let now = house.clock.now();
    house
        .app
        .ledger
        .note_search(org, user, "level:error cart", now)
        .unwrap();
    let path = format!("{OF_ORG}/search/complete/?query=");
    let first = async |more: &str| {
        let answer = house.get(&format!("{path}{more}")).await.good();
        answer["suggestions"][0]["text"].clone()
    };
    assert_eq!(first("").await, "level:error cart");
    assert_eq!(first("i").await, "is:");
    assert_eq!(first("&dataset=events").await, "level:");
}
