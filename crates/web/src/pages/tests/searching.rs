//! The search boxes: of the list of issues, and of the events of one.

use watchpost_model::Tag;
use watchpost_store::limits::{ISSUE_LOOK_EVENT_COUNT_MAX, SEARCH_EVENT_COUNT_MAX};

use super::browser::Browser;
use crate::api::tests::house::{House, message};
use crate::api::tests::looking::crowd;

fn tagged(house: &House, minute: i64, browser: &str) -> String {
    let mut event = message(house.project.id, "cart", minute);
    let (key, value) = ("browser.name".to_owned(), browser.to_owned());
    event.event.tags = vec![Tag { key, value }];
    house.store(event).to_string()
}

#[tokio::test]
async fn events_of_an_issue_are_searched() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    tagged(&house, 1, "Firefox");
    let issue = tagged(&house, 2, "Chrome");
    let list = format!("/organizations/acme/issues/{issue}/events/");
    let rows = |page: &str| page.matches("<td class=\"events-what\">").count();
    let check = async |query: &str, expect: usize| {
        let page = ada.read(&format!("{list}?query={query}")).await;
        assert_eq!(rows(&page), expect, "{query}");
        page
    };
    check("", 2).await;
    check("browser.name:Firefox", 1).await;
    let none = check("browser.name:Opera", 0).await;
    assert!(none.contains("No event matches"), "{none}");
    let wrong = check("a+%22open", 0).await;
    assert!(wrong.contains("the quote is not closed"), "{wrong}");
    assert!(wrong.contains("(at character 3)"), "{wrong}");
    assert!(
        wrong.contains("value=\"a &#34;open\""),
        "what was typed is kept: {wrong}"
    );
}

#[tokio::test]
async fn a_tag_that_nobody_has_is_pointed_out() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    tagged(&house, 1, "Firefox");
    let list = format!("/organizations/acme/issues/?project={}", house.project.id);
    let check = async |query: &str, part: Option<&str>| {
        let page = ada.read(&format!("{list}&query={query}")).await;
        let hint = page.contains("No event here has a tag");
        assert_eq!(hint, part.is_some(), "{query}");
        assert!(
            part.is_none_or(|part| page.contains(part)),
            "{query}: {page}"
        );
    };
    check("browser.nam:Firefox", Some("did you mean `browser.name`?")).await;
    check("level:error+levle:x", Some("(at character 13)")).await;
    check("browser.name:Opera", None).await;
    check("browser.name:Firefox", None).await;
    check("nowhere", None).await;
}

#[tokio::test]
async fn issues_are_found_by_what_only_their_events_know() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for (minute, text) in [(1, "cart"), (2, "login")] {
        let mut event = message(house.project.id, text, minute);
        event.event.dist = Some(minute.to_string());
        house.store(event);
    }
    let list = format!("/organizations/acme/issues/?project={}", house.project.id);
    let check = async |query: &str, expect: &[&str]| {
        let page = ada.read(&format!("{list}&query={query}")).await;
        for title in ["cart", "login"] {
            let row = format!("<bdi><b>{title}</b>");
            assert_eq!(
                page.contains(&row),
                expect.contains(&title),
                "{query}: {page}"
            );
        }
        assert!(!page.contains("were looked at"), "{page}");
        page
    };
    check("is:unresolved+dist:1", &["cart"]).await;
    check("dist:1+OR+login", &["cart", "login"]).await;
    check("!has:dist", &[]).await;
    let wrong = check("error.main_thread:true", &[]).await;
    assert!(wrong.contains("is not searchable yet"), "{wrong}");
}

#[tokio::test]
async fn a_list_that_ends_early_says_so() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut rare = message(house.project.id, "rare", -200);
    rare.event.dist = Some("1".to_owned());
    house.store(rare);
    let count = SEARCH_EVENT_COUNT_MAX / ISSUE_LOOK_EVENT_COUNT_MAX;
    crowd(&house, count, "2");
    let mut newest = message(house.project.id, "newest", 1);
    newest.event.dist = Some("3".to_owned());
    house.store(newest);
    let list = format!("/organizations/acme/issues/?project={}", house.project.id);
    let read = async |query: &str| ada.read(&format!("{list}&query={query}")).await;
    let words = format!("The newest events of {count} issues were looked at");
    let some = read("dist:3").await;
    assert!(
        some.contains("<b>newest</b>") && some.contains(&words),
        "{some}"
    );
    assert!(some.contains("rel=\"next\""), "{some}");
    let none = read("dist:1").await;
    assert!(
        none.contains("No match among the issues that were looked at"),
        "{none}"
    );
    assert!(none.contains(&words), "{none}");
    let (before, _) = none.split_once("\" rel=\"next\">Look further").unwrap();
    let (_, further) = before.rsplit_once("href=\"").unwrap();
    let further = ada.read(&further.replace("&#38;", "&")).await;
    assert!(further.contains("<b>rare</b>"), "{further}");
    let other = read("dist:4").await;
    let (before, _) = other.split_once("\" rel=\"next\">Look further").unwrap();
    let (_, further) = before.rsplit_once("href=\"").unwrap();
    let further = ada.read(&further.replace("&#38;", "&")).await;
    assert!(further.contains("No further issue matches"), "{further}");
}
