//! The parts of an event's page, as somebody without JavaScript walks through them.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use watchpost_model::{Event, IssueId};

use super::browser::{Browser, between};
use crate::api::tests::house::{House, message};

/// Stores an event with these fields; where its page is.
fn store(house: &House, fields: Value) -> (IssueId, String) {
    let mut grouped = message(house.project.id, "Boom", 1);
    let mut event = serde_json::to_value(&grouped.event).unwrap();
    let Value::Object(fields) = fields else {
        panic!("an object");
    };
    event.as_object_mut().unwrap().extend(fields);
    grouped.event = serde_json::from_value::<Event>(event).unwrap();
    let issue = house.store(grouped);
    (issue, format!("/organizations/acme/issues/{issue}/"))
}

fn frame(number: usize, in_app: bool) -> Value {
    json!({
        "function": format!("step_{number}"), "filename": "shop/views.py", "lineno": number + 10,
        "in_app": in_app, "pre_context": vec!["    if order.total > 0:  # paid"; 5],
        "context_line": "        return charge(order, 'card')",
        "post_context": vec!["    else: raise ValueError(\"no\")"; 5],
        "vars": [{"name": "order", "value": {"id": 1}}, {"name": "total", "value": 12.5},
                 {"name": "cart", "value": ["lamp", "rope"]}],
    })
}

/// Where the first link leads whose address has this choice in it.
fn link_with(page: &str, choice: &str) -> String {
    let links = page.split("href=\"").skip(1);
    let mut links = links.filter_map(|rest| rest.split('"').next());
    let link = links.find(|link| link.contains(choice));
    let link = link.unwrap_or_else(|| panic!("no {choice} in {page}"));
    link.replace("&#38;", "&").replace(char::is_whitespace, "")
}

fn nodes(page: &str) -> usize {
    let tags = page.split('<').skip(1);
    tags.filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()))
        .count()
}

#[tokio::test]
async fn a_large_event_has_few_nodes_and_the_rest_behind_links() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let crumb = |number: usize| {
        json!({"category": "xhr", "type": "http", "timestamp": "2026-05-03T17:41:36Z",
               "data": {"method": "GET", "url": format!("/{number}"),
                         "status_code": 200, "took": 5}})
    };
    let frames: Vec<Value> = (0..250)
        .map(|number| frame(number, number % 3 > 0))
        .collect();
    let context = json!({"name": "x", "version": "1", "build": "2", "kernel_version": "3"});
    let (_, path) = store(
        &house,
        json!({
            "platform": "python",
            "contexts": {"os": context, "browser": context, "runtime": context, "gpu": context},
            "request": {"url": "https://shop.example/", "headers": [["A", "b"], ["C", "d"]]},
            "tags": [{"key": "a", "value": "b"}, {"key": "c", "value": "d"}],
            "exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]},
            "breadcrumbs": {"values": (0..100).map(crumb).collect::<Vec<_>>()},
        }),
    );
    let page = ada.read(&path).await;
    assert!(nodes(&page) <= 1_500, "{} nodes", nodes(&page));
    assert!(page.contains("step_249") && !page.contains("step_0<"));
    let fold = between(&page, r#"<a class="fold-head" href=""#, "</a>");
    assert!(fold.contains("more frames"), "{fold}");
    let href = between(&page, r#"<a class="fold-head" href=""#, "\"").replace("&#38;", "&");
    let page = ada.read(href.split('#').next().unwrap()).await;
    assert!(page.contains("step_0<"), "{href}");
    let (_, last) = page.rsplit_once(r#"<a class="frame-head""#).unwrap();
    let head = between(last, "href=\"", "\"");
    assert!(
        head.contains("open=f0-30-"),
        "of a frame in the fold: {head}"
    );
    let (head, id) = (head.replace("&#38;", "&"), head.rsplit('#').next().unwrap());
    let page = ada.read(head.split('#').next().unwrap()).await;
    let body = between(&page, &format!(r#"id="{id}" open>"#), "</details>");
    assert!(body.contains(r#"class="source""#), "{body}");
    assert!(page.contains("81 older"));
    let all = ada.read(&format!("{path}?steps=all")).await;
    assert!(all.contains("GET /0<") && !all.contains("81 older"));
    let everything = ada.read(&format!("{path}?frames=all")).await;
    assert!(everything.contains("step_0<") && !everything.contains("more frames"));
}

#[tokio::test]
async fn a_thread_is_chosen_by_a_form() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let thread = |name: &str, crashed: bool, number: usize| {
        json!({"id": name, "name": name, "crashed": crashed, "current": false,
               "stacktrace": {"frames": [frame(number, true)], "registers": {"rip": "0x10"}}})
    };
    let values = [
        thread("main", false, 1),
        thread("net", true, 2),
        json!({"name": "bare"}),
    ];
    let (_, path) = store(&house, json!({"threads": {"values": values}}));
    let page = ada.read(&path).await;
    assert!(page.contains("step_2") && !page.contains("step_1"));
    assert!(
        page.contains(">net (net) · crashed · 1 frame</option>"),
        "{page}"
    );
    assert!(page.contains("1 register<"));
    let page = ada.read(&format!("{path}?thread=0")).await;
    assert!(page.contains("step_1") && !page.contains("step_2"));
    let page = ada.read(&format!("{path}?thread=2")).await;
    assert!(page.contains("The client sent no stack of this thread."));
    let page = ada.read(&format!("{path}?thread=0")).await;
    for choice in ["frames=all", "frames=raw", "order=oldest"] {
        let page = ada.read(&link_with(&page, choice)).await;
        let kept = link_with(&page, "frames=app");
        assert!(kept.contains("thread=0"), "{choice}: {kept}");
    }
    let page = ada.read(&link_with(&page, "frames=all")).await;
    assert!(page.contains("step_1") && !page.contains("step_2"));
}

#[tokio::test]
async fn breadcrumbs_are_picked_and_their_order_is_remembered() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (_, path) = store(
        &house,
        json!({"breadcrumbs": {"values": [
            {"category": "auth", "message": "signed in"},
            {"type": "query", "message": "SELECT 1", "level": "warning"},
        ]}}),
    );
    let trail = async |rest: &str| {
        let page = ada.read(&format!("{path}{rest}")).await;
        between(&page, r#"<ol class="trail">"#, "</section>").to_owned()
    };
    let all = trail("").await;
    assert!(all.find("signed in") < all.find("this event"), "{all}");
    assert!(all.contains(r#"<span class="k">SELECT</span>"#), "{all}");
    let picked = trail("?step_type=user&step_text=SIGNED").await;
    assert!(picked.contains("signed in") && !picked.contains("SELECT"));
    let page = format!("{path}?step_level=info&step_type=user&step_text=signed%20in&steps=all");
    let page = ada.read(&page).await;
    for choice in [
        "steps-newest",
        "steps-oldest",
        "steps-before",
        "steps-clock",
    ] {
        let link = link_with(&page, choice);
        for part in [
            "step_level=info",
            "step_type=user",
            "step_text=signed%20in",
            "steps=all",
        ] {
            assert!(link.contains(part), "{part} in {link}");
        }
    }
    let newest = ada.read(&link_with(&page, "steps-newest")).await;
    assert!(newest.contains("signed in") && !newest.contains("SELECT"));
    ada.read(&link_with(&page, "steps-oldest")).await;
    let none = ada.read(&format!("{path}?step_text=nowhere")).await;
    assert!(none.contains("None of 3 breadcrumbs fits."));
    assert!(none.contains(r#"value="nowhere""#));
    ada.read(&format!("{path}?order=steps-newest")).await;
    let all = trail("").await;
    assert!(all.find("signed in") > all.find("this event"), "{all}");
}

#[tokio::test]
async fn an_event_has_a_text_for_notes_that_others_cannot_read() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (issue, path) = store(
        &house,
        json!({
            "request": {"url": "https://shop.example/pay", "headers": [["Cookie", "[Filtered]"]]},
        }),
    );
    let page = ada.read(&path).await;
    assert!(page.contains("curl --globoff"), "{page}");
    let latest = house
        .app
        .archive
        .latest(house.project.id, issue)
        .unwrap()
        .unwrap();
    let id = latest.event.event_id;
    assert!(page.contains(&format!("{path}events/{id}/markdown/")));
    for name in ["latest", "oldest", &id.to_string()] {
        let answer = ada.get(&format!("{path}events/{name}/markdown/")).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
        assert_eq!(kind, "text/plain; charset=utf-8");
        assert!(
            answer.text.contains("--header 'Cookie: [Filtered]'"),
            "{}",
            answer.text
        );
        assert!(
            answer.text.contains(&format!("{path}events/{id}/>")),
            "{}",
            answer.text
        );
    }
    let theirs = house.say(house.rival.id, "b", 1);
    let other = house
        .app
        .archive
        .latest(house.rival.id, theirs)
        .unwrap()
        .unwrap();
    for path in [
        format!("/organizations/acme/issues/{theirs}/events/latest/markdown/"),
        format!("{path}events/{}/markdown/", other.event.event_id),
        format!("{path}events/nonsense/markdown/"),
    ] {
        assert_eq!(ada.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let stranger = Browser::stranger(&house);
    let answer = stranger
        .get(&format!("{path}events/latest/markdown/"))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn native_code_and_contexts_are_readable() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let frame = json!({"instruction_addr": "0x7f10", "package": "/usr/lib/libshop.so"});
    let (_, path) = store(
        &house,
        json!({
            "stacktrace": {"frames": [frame], "registers": {"rip": "0x7f10", "rsp": "0x1"}},
            "other": {"debug_meta": {"images": [{"type": "elf", "code_file": "/usr/lib/libshop.so",
                      "image_addr": "0x7000", "image_size": 8192, "debug_id": "c0ffee"}]},
                      "odd": 1},
            "contexts": {"os": {"name": "Debian", "version": "12", "kernel_version": "6.1"}},
        }),
    );
    let page = ada.read(&path).await;
    for part in [
        r#"<span class="frame-address">0x7f10</span>"#,
        "2 registers<",
        "0x7000 – 0x8fff",
        "c0ffee",
        r#"<p class="gist"><bdi>Debian 12 · 6.1</bdi></p>"#,
        "<dt>OS</dt>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let others = between(&page, r#"id="other""#, "</section>");
    assert!(
        others.contains("odd") && !others.contains("debug_meta"),
        "{others}"
    );
}
