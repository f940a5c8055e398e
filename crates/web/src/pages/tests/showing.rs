//! How a project shows its events: highlights and links to sources, set by people, in the log.

use axum::http::StatusCode;
use serde_json::json;

use super::browser::Browser;
use super::life::page_of;
use crate::api::tests::house::{House, message};

const SHOWING: &str = "/settings/acme/projects/web/showing/";

#[tokio::test]
async fn highlights_and_source_links_are_the_projects_own() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut grouped = message(house.project.id, "boom", 1);
    let mut whole = serde_json::to_value(&grouped.event).unwrap();
    let fields = json!({
        "release": "shop@2.4",
        "tags": [{"key": "tenant", "value": "acme-7"}],
        "exception": {"values": [{"type": "Boom", "stacktrace": {"frames": [{
            "function": "pay", "filename": "shop/pay.py", "lineno": 7,
            "context_line": "raise Boom()", "in_app": true,
        }]}}]},
    });
    whole
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    grouped.event = serde_json::from_value(whole).unwrap();
    let issue = house.store(grouped);
    let link = "https://git.example/blob/{version}/{path}#L{line}";
    let fields = [
        ("highlights", "tenant\r\nrelease\r\n"),
        ("source_link", link),
    ];
    let answer = ada.submit(SHOWING, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = ada.read(&page_of(issue)).await;
    assert!(
        page.contains("<dt>tenant</dt><dd title=\"acme-7\">"),
        "{page}"
    );
    assert!(!page.contains("<dt>Level</dt>"), "{page}");
    let source = "href=\"https://git.example/blob/2.4/shop/pay.py#L7\"";
    assert!(page.contains(source), "{page}");
    let log = ada.read("/settings/acme/projects/web/changes/").await;
    assert!(log.contains("Events: source link") && log.contains("ada@example.org"));
}

#[tokio::test]
async fn w02_a_source_link_is_a_web_address() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for bad in ["javascript:alert(1)//{path}", "https://{path}", "/x/{path}"] {
        let answer = ada.submit(SHOWING, &[("source_link", bad)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(answer.text.contains("Write a web address"), "{bad}");
    }
    let many = "x\n".repeat(21);
    let answer = ada.submit(SHOWING, &[("highlights", &many)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn frames_are_found_by_their_names() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let frame = |function: &str, in_app| json!({"function": function, "module": "shop", "lineno": 7, "in_app": in_app});
    let frames = [
        frame("start", false),
        frame("run", false),
        frame("pay", true),
    ];
    let issue = store_stack(&house, &frames);
    let page = ada
        .read(&format!("{}?frame_text=RUN", page_of(issue)))
        .await;
    let shown = |name: &str| page.contains(&format!("frame-function\">{name}</bdi>"));
    assert!(shown("run") && !shown("pay") && !shown("start"), "{page}");
    let page = ada.read(&page_of(issue)).await;
    assert!(
        page.contains("2 library frames"),
        "the search is not remembered: {page}"
    );
}

#[tokio::test]
async fn a_frame_becomes_a_librarys_by_a_rule_that_is_shown_first() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let frame = json!({
        "function": "pay", "module": "shop.pay", "filename": "shop/pay.py", "lineno": 7,
        "context_line": "raise Boom()", "in_app": true,
    });
    let issue = store_stack(&house, &[frame]);
    let page = ada.read(&page_of(issue)).await;
    let start = "/settings/acme/projects/web/grouping/frame/?";
    assert!(page.contains(start) && page.contains("Not the application's"));
    let query = page.split(start).nth(1).unwrap().split('"').next().unwrap();
    let query = query.replace("&#38;", "&").replace("&amp;", "&");
    let page = ada.read(&format!("{start}{query}")).await;
    assert!(page.contains("function:pay module:shop.pay -app"), "{page}");
    let fields = [
        ("function", "pay"),
        ("module", "shop.pay"),
        ("path", "shop/pay.py"),
        ("app", "no"),
        ("which", "module"),
    ];
    let path = "/settings/acme/projects/web/grouping/frame/";
    let mut trial = fields.to_vec();
    trial.push(("do", "try"));
    let answer = ada.submit(path, &trial).await;
    assert!(
        answer.text.contains("Nothing was saved."),
        "{}",
        answer.text
    );
    let answer = ada.submit(path, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let rules = house.app.ledger.rules(house.project.id).unwrap();
    assert_eq!(rules.grouping.stack_rules, "module:shop.pay -app\n");
    let none = ada.get(path).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

fn store_stack(house: &House, frames: &[serde_json::Value]) -> watchpost_model::IssueId {
    let mut grouped = message(house.project.id, "boom", 1);
    let mut whole = serde_json::to_value(&grouped.event).unwrap();
    let stack = json!({"values": [{"type": "Boom", "stacktrace": {"frames": frames}}]});
    whole["exception"] = stack;
    grouped.event = serde_json::from_value(whole).unwrap();
    house.store(grouped)
}
