//! The search boxes: of the list of issues, and of the events of one.

use watchpost_model::Tag;

use super::browser::Browser;
use crate::api::tests::house::{House, message};

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
