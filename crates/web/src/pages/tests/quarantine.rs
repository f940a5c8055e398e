//! The quarantine in the pages and in the API: what is shown, to whom, and what forms do.

use axum::http::{Method, StatusCode, header};

use super::browser::{Browser, location};
use super::roles::demote;
use crate::api::tests::house::{House, TOKEN};

const LIST: &str = "/organizations/acme/quarantine/";
const API: &str = "/api/0/organizations/acme/quarantine/";

fn marked(house: &House) -> u64 {
    house.app.quarantine.usage().unwrap().marked
}

fn events(house: &House) -> u64 {
    house.app.quarantine.usage().unwrap().events
}

#[tokio::test]
async fn an_empty_quarantine_says_what_it_is_for() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(LIST).await;
    assert!(page.contains("Nothing in quarantine"));
    assert!(!page.contains("<table"));
}

#[tokio::test]
async fn an_entry_is_listed_shown_and_downloaded() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.reject(house.project.id, 1, br#"{"a":"<script>x</script>"}"#);
    let list = ada.read(LIST).await;
    assert!(list.contains(&format!("href=\"{LIST}{id}/\"")), "{list}");
    assert!(
        list.contains("panicked: &#60;b&#62;no&#60;/b&#62; frame"),
        "{list}"
    );
    let page = ada.read(&format!("{LIST}{id}/")).await;
    for part in [
        "What to do",
        "raven-python/6.10.0",
        "203.0.113.7",
        "Replay",
        "Drop",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        page.contains("\n  &#34;a&#34;: &#34;&#60;script&#62;"),
        "{page}"
    );
    assert!(!page.contains("<script>x"));
    let raw = ada.get(&format!("{LIST}{id}/raw/")).await;
    assert_eq!(raw.text, r#"{"a":"<script>x</script>"}"#);
    assert_eq!(
        raw.headers[header::CONTENT_TYPE],
        "application/octet-stream"
    );
    let attached = raw.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(attached.starts_with("attachment;"), "{attached}");
}

#[tokio::test]
async fn entries_are_replayed_and_dropped_after_a_question() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids = [1, 2, 3].map(|number| house.reject(house.project.id, number, b"{}").to_string());
    let one = ("entry", ids[0].as_str());
    let answer = ada.submit(LIST, &[("act", "replay"), one]).await;
    assert_eq!(location(&answer), LIST);
    assert_eq!(marked(&house), 1);
    let page = ada.read(LIST).await;
    assert!(page.contains("1 entry marked") && page.contains("to be replayed"));
    let asked = ada.submit(LIST, &[("act", "drop"), one]).await;
    assert_eq!((asked.status, events(&house)), (StatusCode::OK, 3));
    assert!(asked.text.contains("cannot be brought back"));
    let sure = [("act", "drop"), one, ("confirmed", "yes")];
    assert_eq!(location(&ada.submit(LIST, &sure).await), LIST);
    assert_eq!(events(&house), 2);
    ada.submit(LIST, &[("act", "replay"), ("all", "yes")]).await;
    assert_eq!(marked(&house), 2);
    let asked = ada.submit(LIST, &[("act", "drop"), ("all", "yes")]).await;
    assert!(asked.text.contains("Drop everything"));
    ada.submit(
        LIST,
        &[("act", "drop"), ("all", "yes"), ("confirmed", "yes")],
    )
    .await;
    assert_eq!(events(&house), 0);
    let refused = ada.post(LIST, &[("act", "drop"), ("all", "yes")]).await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "W13: without the session's token"
    );
}

#[tokio::test]
async fn w10_entries_of_others_are_neither_shown_nor_changed() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let theirs = house
        .reject(house.rival.id, 1, b"{\"secret\":1}")
        .to_string();
    assert!(!ada.read(LIST).await.contains(&theirs));
    for path in [format!("{LIST}{theirs}/"), format!("{LIST}{theirs}/raw/")] {
        assert_eq!(ada.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for act in ["replay", "drop"] {
        let fields = [
            ("act", act),
            ("entry", theirs.as_str()),
            ("confirmed", "yes"),
        ];
        assert_eq!(
            ada.submit(LIST, &fields).await.status,
            StatusCode::NOT_FOUND
        );
        let fields = [("act", act), ("all", "yes"), ("confirmed", "yes")];
        ada.submit(LIST, &fields).await;
    }
    assert_eq!((events(&house), marked(&house)), (1, 0));
    let list = house.get(API).await.good();
    assert_eq!(list.as_array().unwrap().len(), 0, "{list}");
    for name in ["..", "%2e%2e%2flock", "1-1.event", "nothing"] {
        let status = ada.get(&format!("{LIST}{name}/")).await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn damaged_parts_of_the_spool_are_listed_without_their_bytes() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let folder = house.folder().join("quarantine");
    std::fs::create_dir_all(&folder).unwrap();
    let name = "spool-00000000000000000001-40.bin";
    std::fs::write(folder.join(name), "of anybody").unwrap();
    assert!(ada.read(LIST).await.contains("Damaged part of the spool"));
    let page = ada.read(&format!("{LIST}{name}/")).await;
    assert!(page.contains("watchpost quarantine show") && !page.contains("of anybody"));
    let raw = ada.get(&format!("{LIST}{name}/raw/")).await;
    assert_eq!(raw.status, StatusCode::NOT_FOUND);
    let entry = house.get(&format!("{API}{name}/")).await.good();
    assert_eq!(
        (entry["kind"].as_str(), entry["raw"].as_str()),
        (Some("damage"), None)
    );
}

#[tokio::test]
async fn the_api_lists_shows_replays_and_deletes() {
    let house = House::new();
    for number in 1..4 {
        house.reject(house.project.id, number, br#"{"a":1}"#);
    }
    let first = house
        .get(&format!("{API}?per_page=2&project=web&stage=group"))
        .await;
    let link = first.headers[header::LINK].to_str().unwrap().to_owned();
    let (_, next) = link.rsplit_once("<http://errors.test:9000").unwrap();
    let (next, _) = next.split_once('>').unwrap();
    let rows = first.good();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert_eq!(rows[0]["project"], "web");
    assert_eq!(rows[0]["tries"], 1);
    assert_eq!(house.get(next).await.good().as_array().unwrap().len(), 1);
    let one = format!("{API}{}/", rows[0]["id"].as_str().unwrap());
    let shown = house.get(&one).await.good();
    assert_eq!(
        (shown["raw"].as_str(), shown["isCut"].as_bool()),
        (Some(r#"{"a":1}"#), Some(false))
    );
    let send = async |method, path: &str| house.send(method, path, Some(TOKEN), "").await;
    let replay = format!("{one}replay/");
    assert_eq!(
        send(Method::POST, &replay).await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(send(Method::POST, &replay).await.refusal().0, 409);
    assert_eq!(house.get(&one).await.good()["isMarked"], true);
    assert_eq!(
        send(Method::DELETE, &one).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(send(Method::DELETE, &one).await.refusal().0, 404);
    assert_eq!(events(&house), 2);
}

#[tokio::test]
async fn w10_the_api_asks_for_the_role_that_the_pages_ask_for() {
    let house = House::new();
    let id = house.reject(house.project.id, 1, b"{}");
    let one = format!("{API}{id}/");
    demote(&house);
    house.add_token("worker", &["event:admin"]);
    for token in [TOKEN, "worker"] {
        let replay = format!("{one}replay/");
        for (method, path) in [(Method::POST, &replay), (Method::DELETE, &one)] {
            let answer = house.send(method, path, Some(token), "").await;
            assert_eq!(answer.refusal().0, 403, "{path} with {token}");
        }
        let shown = house.send(Method::GET, &one, Some(token), "").await;
        assert_eq!(shown.status, StatusCode::OK);
    }
    assert_eq!((events(&house), marked(&house)), (1, 0));
}
