//! Feeds over HTTP, read back with an XML parser.

use axum::http::{Method, StatusCode, header};
use watchpost_model::Level;

use crate::api::tests::house::{Answer, House, message};

fn path(house: &House, file: &str) -> String {
    format!("/feeds/{}/{file}", house.key.secret)
}

async fn get(house: &House, path: &str) -> Answer {
    house.send(Method::GET, path, None, "").await
}

/// The texts of all elements of that name that are directly in an item or entry.
fn texts(answer: &Answer, name: &str) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let feed = roxmltree::Document::parse(&answer.text).unwrap();
    let items = feed.descendants().filter(|node| {
        let name = node.tag_name().name();
        name == "item" || name == "entry"
    });
    let found = items.flat_map(|item| item.children());
    let found = found.filter(|node| node.tag_name().name() == name);
    found
        .map(|node| node.text().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn summaries_are_the_ten_unresolved_issues_seen_last() {
    let house = House::new();
    for minute in 0..12 {
        house.say(house.project.id, &format!("error {minute}"), minute);
    }
    house.say(house.project.id, "error 0", 40);
    let done = house.say(house.project.id, "error 11", 11);
    house.say(house.rival.id, "foreign", 50);
    let url = format!("/api/0/organizations/acme/issues/{done}/");
    house.put(&url, r#"{"status":"resolved"}"#).await.good();
    for file in [
        "summaries.xml",
        "summaries.atom",
        "summaries.xml?format=atom",
        "issues.xml",
    ] {
        let answer = get(&house, &path(&house, file)).await;
        let titles = texts(&answer, "title");
        assert_eq!(titles.len(), 10, "{file}");
        assert_eq!(titles[..2], ["(2) error 0", "(1) error 10"], "{file}");
        assert!(!answer.text.contains(&house.key.secret));
    }
    let answer = get(&house, &path(&house, "summaries.xml")).await;
    assert_eq!(
        answer.headers[header::CONTENT_TYPE],
        "application/rss+xml; charset=utf-8"
    );
    assert_eq!(
        texts(&answer, "pubDate")[0],
        "Mon, 04 May 2026 11:40:00 GMT"
    );
    let page = "http://errors.test:9000/organizations/acme/issues/1/";
    assert_eq!(texts(&answer, "link")[0], page);
    let answer = get(&house, &path(&house, "summaries.atom")).await;
    assert_eq!(
        answer.headers[header::CONTENT_TYPE],
        "application/atom+xml; charset=utf-8"
    );
    assert_eq!(texts(&answer, "updated")[0], "2026-05-04T11:40:00Z");
}

#[tokio::test]
async fn messages_are_the_newest_events_filtered_by_one_column() {
    let house = House::new();
    for (minute, level) in [(1, Level::Info), (2, Level::Warning), (3, Level::Fatal)] {
        let mut grouped = message(house.project.id, &format!("at {level}"), minute);
        grouped.event.level = level;
        grouped.event.logger = Some(format!("log.{level}"));
        grouped.event.server_name = Some("web-1".into());
        grouped.event.site = Some("main".into());
        house.store(grouped);
    }
    let all = ["at fatal", "at warning", "at info"];
    let check = async |query: &str, expect: &[&str]| {
        let answer = get(&house, &path(&house, &format!("messages.xml{query}"))).await;
        assert_eq!(texts(&answer, "title"), expect, "messages {query}");
        let counted: Vec<String> = expect.iter().map(|title| format!("(1) {title}")).collect();
        let answer = get(&house, &path(&house, &format!("summaries.xml{query}"))).await;
        assert_eq!(texts(&answer, "title"), counted, "summaries {query}");
    };
    check("", &all).await;
    check("?level=30", &all[..2]).await;
    check("?level=fatal&logger=log.info", &all[..1]).await;
    check("?logger=log.info", &all[2..]).await;
    check("?server_name=web-1&logger=log.info", &all).await;
    check("?site=nowhere", &[]).await;
    let answer = get(&house, &path(&house, "messages.xml?level=loud")).await;
    assert_eq!(answer.refusal().0, 400);
}

#[tokio::test]
async fn any_text_of_an_event_is_well_formed() {
    let house = House::new();
    let text = "</title><script>alert(1)</script>\u{0}\u{1b}[31m & \u{ffff} ]]>";
    house.say(house.project.id, text, 1);
    for file in [
        "messages.xml",
        "messages.atom",
        "summaries.xml",
        "summaries.atom",
    ] {
        let answer = get(&house, &path(&house, file)).await;
        let title = &texts(&answer, "title")[0];
        assert!(
            title.contains("</title><script>alert(1)</script>"),
            "{title}"
        );
    }
}

#[tokio::test]
async fn a_reader_that_has_it_already_gets_nothing_again() {
    let house = House::new();
    house.say(house.project.id, "boom", 1);
    let path = path(&house, "messages.xml");
    let first = get(&house, &path).await;
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(
        first.headers[header::LAST_MODIFIED],
        "Mon, 04 May 2026 11:01:00 GMT"
    );
    let ask = |tag: String| {
        let headers = [(header::IF_NONE_MATCH, tag)];
        let (house, path) = (&house, &path);
        async move { house.send_with(Method::GET, path, &headers, "").await }
    };
    let again = ask(format!("\"x\", W/{tag}")).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    house.say(house.project.id, "boom again", 2);
    assert_eq!(ask(tag).await.status, 200);
}

#[tokio::test]
async fn only_a_living_key_opens_a_feed() {
    let house = House::new();
    let wrong = [
        "/feeds/x/messages.xml".to_owned(),
        format!("/feeds/{}/messages.xml", house.key.public),
        format!("/feeds/{}/messages.xml", house.project.id),
        path(&house, "nothing.xml"),
        path(&house, "messages.json"),
        path(&house, "messages"),
        path(&house, "messages.xml?format=pdf"),
    ];
    for path in wrong {
        assert_eq!(get(&house, &path).await.status, 404, "{path}");
    }
    let path = path(&house, "messages.xml");
    assert_eq!(get(&house, &path).await.status, 200);
    house
        .app
        .ledger
        .set_key_active(house.project.id, house.key.id, false)
        .unwrap();
    assert_eq!(get(&house, &path).await.status, 404);
}
