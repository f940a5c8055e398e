//! Events that try to break a page: markup in every string, depth, length, directions.

use serde_json::{Value, json};
use watchpost_model::{Event, Explanation};

use super::browser::Browser;
use crate::api::tests::house::{House, message};

const EVIL: &str = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

/// An event with `EVIL` in every string that a client can send.
fn poisoned() -> Event {
    let mut event = serde_json::to_value(message(watchpost_model::ProjectId(1), "x", 1).event);
    let event = event.as_mut().unwrap();
    let frame = json!({
        "function": EVIL, "filename": EVIL, "abs_path": EVIL, "module": EVIL, "package": EVIL,
        "lineno": 1, "pre_context": [EVIL], "context_line": EVIL, "post_context": [EVIL],
        "vars": [{"name": EVIL, "value": {EVIL: [EVIL]}}],
    });
    let stack = json!({"frames": [frame], "registers": {EVIL: EVIL}});
    let image = json!({"code_file": EVIL, "type": EVIL, "debug_id": EVIL, "image_addr": EVIL});
    let parts = json!({
        "platform": EVIL, "logger": EVIL, "culprit": EVIL, "transaction": EVIL, "dist": EVIL,
        "server_name": EVIL, "site": EVIL, "release": EVIL, "environment": EVIL,
        "logentry": {"formatted": EVIL, "message": "%s", "params": [EVIL]},
        "exception": {"values": [
            {"type": EVIL, "value": EVIL, "module": EVIL, "stacktrace": stack,
             "mechanism": {"type": EVIL, "handled": false}},
        ]},
        "threads": {"values": [{"id": EVIL, "name": EVIL, "stacktrace": stack}]},
        "stacktrace": stack,
        "template": {"filename": EVIL, "context_line": EVIL},
        "request": {"url": EVIL, "method": EVIL, "query_string": [[EVIL, EVIL]], "fragment": EVIL,
                    "data": {EVIL: EVIL}, "cookies": [[EVIL, EVIL]], "headers": [[EVIL, EVIL]],
                    "env": {EVIL: EVIL}},
        "user": {"id": EVIL, "username": EVIL, "email": EVIL, "ip_address": EVIL,
                 "data": {EVIL: EVIL}},
        "tags": [{"key": EVIL, "value": EVIL}], "modules": {EVIL: EVIL},
        "contexts": {EVIL: {EVIL: EVIL}}, "extra": {EVIL: EVIL},
        "other": {EVIL: EVIL, "debug_meta": {"images": [image]}},
        "breadcrumbs": {"values": [
            {"category": EVIL, "message": EVIL, "data": {EVIL: EVIL}},
            {"type": "http", "data": {"url": EVIL, "method": EVIL, "status_code": EVIL}},
            {"type": "query", "message": EVIL},
        ]},
        "sdk": {"name": EVIL, "version": EVIL},
        "seed": {"level": 40, "class_name": EVIL, "package": [EVIL, EVIL]},
        "remarks": [{"path": EVIL, "kind": "cut", "reason": EVIL}],
    });
    let (Value::Object(event), Value::Object(parts)) = (event, parts) else {
        panic!("two objects");
    };
    event.extend(parts);
    serde_json::from_value(Value::Object(event.clone())).unwrap()
}

#[tokio::test]
async fn w01_no_string_of_an_event_becomes_markup() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut grouped = message(house.project.id, EVIL, 1);
    grouped.event = poisoned();
    grouped.kind = EVIL.into();
    grouped.culprit = EVIL.into();
    grouped.explanation = Explanation::of_lines(1, vec![EVIL.into()]);
    let issue = house.store(grouped);
    let path = format!("/organizations/acme/issues/{issue}/");
    let list = "/organizations/acme/issues/?query=";
    let evil_search = form_urlencoded::byte_serialize(EVIL.as_bytes()).collect::<String>();
    let pages = [
        path.clone(),
        format!("{path}?frames=all"),
        format!("{path}?frames=raw&period={evil_search}"),
        format!("{path}?thread={evil_search}&open={evil_search}"),
        format!("{path}?steps=all&step_text=alert&step_type="),
        format!("{path}?step_text={evil_search}&step_level={evil_search}"),
        format!("{path}events/"),
        format!("{path}events/latest/"),
        list.to_owned(),
        format!("{list}{evil_search}"),
        format!("{list}&logger={evil_search}&site={evil_search}"),
        "/organizations/acme/projects/web/getting-started/".to_owned(),
    ];
    for page in pages {
        let text = ada.read(&page).await;
        assert!(
            !text.contains("<script>") && !text.contains("<img src=x"),
            "{page}"
        );
        let shown = text.contains("&#60;script&#62;alert(1)");
        assert!(shown, "{page} shows what was sent, as text");
    }
}

#[tokio::test]
async fn w02_addresses_of_clients_become_links_only_when_they_are_safe() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut grouped = message(house.project.id, "links", 1);
    let bad = [
        "javascript:alert(1)",
        "data:text/html,x",
        "\tjava\nscript:x",
        "//evil",
        "http:evil",
    ];
    for (place, url) in bad.into_iter().enumerate() {
        grouped
            .event
            .extra
            .insert(format!("bad {place}"), json!(url));
    }
    grouped
        .event
        .extra
        .insert("good".into(), json!("https://docs.example/a?b"));
    let issue = house.store(grouped);
    let page = ada
        .read(&format!("/organizations/acme/issues/{issue}/"))
        .await;
    let link = r#"<a href="https://docs.example/a?b" rel="noopener noreferrer nofollow">"#;
    assert!(page.contains(link), "{page}");
    for scheme in [
        "href=\"javascript",
        "href=\"data",
        "href=\"//",
        "href=\"http:evil",
    ] {
        assert!(!page.contains(scheme), "{scheme}");
    }
}

#[tokio::test]
async fn huge_events_make_bounded_pages() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut event = poisoned();
    let mut frame = event.exceptions[0].stacktrace.clone().unwrap().frames[0].clone();
    frame.context_line = Some("x".repeat(100_000));
    event.exceptions[0].stacktrace.as_mut().unwrap().frames = vec![frame; 250];
    event.exceptions[0].value = Some("long ".repeat(40_000));
    event.extra.insert("deep".into(), deep(100));
    let mut grouped = message(house.project.id, "huge", 1);
    grouped.title = "long ".repeat(2_000);
    grouped.value.clone_from(&grouped.title);
    grouped.event = event;
    let issue = house.store(grouped);
    let page = ada
        .read(&format!("/organizations/acme/issues/{issue}/"))
        .await;
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    ada.read("/organizations/acme/issues/?query=").await;
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!("end"), |inner, _| json!([inner]))
}

#[tokio::test]
async fn an_event_without_anything_has_a_page() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut grouped = message(house.project.id, "", 1);
    grouped.event.message = None;
    let issue = house.store(grouped);
    let page = ada
        .read(&format!("/organizations/acme/issues/{issue}/"))
        .await;
    assert!(page.contains("(no title)"));
}
