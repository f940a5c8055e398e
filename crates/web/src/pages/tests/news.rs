//! What open pages need to find out that there is news, that looking for it disturbs nothing, and
//! that what leads nowhere says so.

use std::collections::HashSet;

use axum::http::{StatusCode, header};
use watchpost_model::Grouped;

use super::browser::{Browser, between, location};
use super::life::act;
use crate::api::tests::house::{House, message};

/// The same event once more, later.
fn again(house: &House, text: &str, at: i64) {
    let later = message(house.project.id, text, at);
    house.store(Grouped {
        event: later.event,
        ..message(house.project.id, text, 1)
    });
}

#[tokio::test]
async fn a_row_of_the_list_differs_when_its_issue_does() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "Boom", 1);
    let list = format!(
        "/organizations/acme/issues/?project={}&query=",
        house.project.id
    );
    let state = async || between(&ada.read(&list).await, r#"data-state=""#, "\"").to_owned();
    let mut seen = vec![state().await];
    assert_eq!(state().await, seen[0], "nothing has changed");
    again(&house, "Boom", 100);
    seen.push(state().await);
    let changes = [
        "resolve",
        "assign:user:1",
        "priority:low",
        "archive:forever",
        "archive:events:7",
        "open",
    ];
    for what in changes {
        act(&ada, &[issue], what).await;
        seen.push(state().await);
    }
    let all: HashSet<&String> = seen.iter().collect();
    assert_eq!(all.len(), changes.len() + 2, "{seen:?}");
}

#[tokio::test]
async fn the_pages_of_an_issue_listen_and_say_what_they_show() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "Boom", 1);
    let path = format!("/organizations/acme/issues/{issue}/");
    let check = async |rest: &str, expect: &str| {
        let page = ada.read(&format!("{path}{rest}")).await;
        let news = between(&page, r#"<div class="news""#, "</div>");
        let stream = format!(
            r#"data-live="/organizations/acme/live/?project={}""#,
            house.project.id
        );
        for part in [&*stream, &format!(r#"data-live-issue="{issue}""#), expect] {
            assert!(news.contains(part), "{rest}: {part} in {news}");
        }
    };
    for rest in ["", "events/", "events/oldest/"] {
        check(rest, r#"data-events="1" data-status="unresolved""#).await;
    }
    let fields = [("issue", &*issue.to_string()), ("do", "resolve")];
    ada.submit("/organizations/acme/issues/act/", &fields).await;
    check("", r#"data-events="1" data-status="resolved""#).await;
    again(&house, "Boom", 100);
    check("", r#"data-events="2" data-status="reopened""#).await;
}

#[tokio::test]
async fn a_page_that_looks_for_news_does_not_take_the_words_from_the_next() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "Boom", 1);
    let path = format!("/organizations/acme/issues/{issue}/");
    let fields = [("issue", &*issue.to_string()), ("do", "resolve")];
    ada.submit("/organizations/acme/issues/act/", &fields).await;
    let look = ada.look(&path).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert_eq!(look.headers.get(header::SET_COOKIE), None);
    assert!(ada.read(&path).await.contains("1 issue resolved."));
    assert_eq!(ada.cookie("said").as_deref(), Some(""));
}

#[tokio::test]
async fn an_issue_that_somebody_opened_again_has_not_come_back() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "Boom", 1).to_string();
    let path = format!("/organizations/acme/issues/{issue}/");
    let list = format!("/organizations/acme/issues/?project={}", house.project.id);
    let set = async |wish: &str| {
        let fields = [("issue", &*issue), ("do", wish)];
        ada.submit("/organizations/acme/issues/act/", &fields).await;
    };
    set("resolve").await;
    set("open").await;
    for page in [&path, &list] {
        assert!(!ada.read(page).await.contains("</span>Regressed"), "{page}");
    }
    assert!(ada.read(&path).await.contains("</span>Unresolved"));
    set("resolve").await;
    again(&house, "Boom", 100);
    for page in [&path, &list] {
        assert!(ada.read(page).await.contains("</span>Regressed"), "{page}");
    }
}

#[tokio::test]
async fn an_id_that_no_event_has_is_said_to_be_that() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.say(house.project.id, "Boom", 1);
    let check = async |text: &str, expect: &str| {
        let list = ada.target(&format!("/search?q={text}")).await;
        let page = ada.read(&list).await;
        assert!(page.contains(expect), "{text}: {page}");
    };
    check(
        &"0123456789abcdef".repeat(2),
        "<h2>No event has this id</h2>",
    )
    .await;
    check("nonsense", "<h2>No issue matches</h2>").await;
}

#[tokio::test]
async fn an_address_without_its_last_slash_leads_to_the_one_with_it() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let answer = ada.get("/organizations/acme/issues?project=1").await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    let expect = "/organizations/acme/issues/?project=1";
    assert_eq!(location(&answer), expect);
}
