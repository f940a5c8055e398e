//! Searching events, and what completes a search.

use serde_json::{Value, json};
use watchpost_model::Tag;

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
