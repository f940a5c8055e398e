//! Changes of more issues than one request takes: what is said again, asked again and taken back.

use axum::http::StatusCode;

use super::browser::{Browser, between, location};
use super::bulk::{LIST, many};
use super::life::{ACT, act, issue};
use crate::api::tests::house::House;

#[tokio::test]
async fn all_that_match_are_those_of_the_first_page_too() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    many(&house, 230);
    let list = ada.read(LIST).await;
    let cursor = between(&list, "cursor=", "\"").to_owned();
    let second = ada.read(&format!("{LIST}&cursor={cursor}")).await;
    for (start, end) in [
        (r#"name="matching" value=""#, "\""),
        ("/issues/csv/?", "\""),
        ("/issues/count/?", "\""),
    ] {
        let asked = between(&second, start, end);
        assert!(!asked.contains("cursor"), "{start}: {asked}");
        assert!(asked.contains("sort=date"), "{start}: {asked}");
    }
}

#[tokio::test]
async fn the_next_thousand_gets_what_was_typed_and_is_asked_about() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    many(&house, 1000);
    // A project opens so many an hour.
    for number in 0..50 {
        house.say(house.project.id, &format!("more {number}"), 130);
    }
    let project = house.project.id.to_string();
    let undone: Vec<String> = (0..150).map(|step| format!("1-{step}")).collect();
    let undone = undone.join(".");
    let all = |what| {
        [
            ("project", &*project),
            ("all", "1"),
            ("matching", "project=1&query="),
            ("return_to", LIST),
            ("do", what),
        ]
    };
    // 150 steps before are all that one undo takes.
    let mut fields = all("archive:own").to_vec();
    fields.extend([("count", "5"), ("so_far", "7"), ("undone", &*undone)]);
    let page = ada.submit(ACT, &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for expect in [
        "<p class=\"lead\">50 more match. One",
        r#"name="count" value="5""#,
        r#"name="undone" value="lost""#,
        r#"name="so_far" value="1007""#,
    ] {
        assert!(page.text.contains(expect), "{expect} in {}", page.text);
    }
    assert!(!page.text.contains("undo:"), "{}", page.text);
    let after = between(&page.text, r#"name="after" value=""#, "\"").to_owned();
    let mut fields = all("archive:own").to_vec();
    fields.extend([("count", "5"), ("so_far", "1007"), ("undone", "lost")]);
    fields.push(("after", &after));
    let answer = ada.submit(ACT, &fields).await;
    let page = ada.read(&location(&answer)).await;
    assert!(page.contains("1,057 issues archived."), "{page}");
    assert!(!page.contains("undo:"), "{page}");
    // The second thousand is asked about as the first was.
    let mut fields = all("delete").to_vec();
    fields.extend([("so_far", "7"), ("undone", "1-1"), ("sure", "1000")]);
    let page = ada.submit(ACT, &fields).await;
    assert!(page.text.contains("1,007 issues deleted."), "{}", page.text);
    assert!(!page.text.contains("\"sure\""), "{}", page.text);
    let after = between(&page.text, r#"name="after" value=""#, "\"").to_owned();
    fields.retain(|(name, _)| *name != "sure");
    fields.push(("after", &after));
    let page = ada.submit(ACT, &fields).await;
    for expect in [
        "Delete 50 issues?",
        r#"name="sure" value="50""#,
        r#"name="so_far" value="7""#,
        r#"name="undone" value="1-1""#,
    ] {
        assert!(page.text.contains(expect), "{expect} in {}", page.text);
    }
}

#[tokio::test]
async fn what_goes_is_as_many_as_were_asked_about() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let project = house.project.id.to_string();
    house.say(house.project.id, "one", 1);
    let mut fields = vec![
        ("project", &*project),
        ("all", "1"),
        ("matching", "project=1&query="),
        ("do", "delete"),
    ];
    let page = ada.submit(ACT, &fields).await;
    let sure = between(&page.text, r#"name="sure" value=""#, "\"").to_owned();
    let late = house.say(house.project.id, "two", 1);
    fields.push(("sure", &sure));
    let page = ada.submit(ACT, &fields).await;
    assert!(page.text.contains("Delete 2 issues?"), "{}", page.text);
    assert_eq!(issue(&house, late).id, late);
}

#[tokio::test]
async fn an_undo_passes_over_what_was_taken_back_before() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids = many(&house, 2);
    let mut undos = Vec::new();
    for id in &ids {
        let page = ada.read(&act(&ada, &[*id], "archive:forever").await).await;
        undos.push(between(&page, r#"value="undo:"#, "\"").to_owned());
    }
    act(&ada, &[], &format!("undo:{}", undos[1])).await;
    let both = format!("undo:{}", undos.join("."));
    let page = ada.read(&act(&ada, &[], &both).await).await;
    assert!(page.contains("1 issue changed back."), "{page}");
    assert_eq!(issue(&house, ids[0]).status.name(), "unresolved");
    let project = house.project.id.to_string();
    let fields = [("project", &*project), ("do", &*both)];
    let gone = ada.submit(ACT, &fields).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_undo_counts_what_people_see() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids = many(&house, 3);
    act(&ada, &ids, "merge").await;
    let shown = house.app.ledger.issue(house.project.id, ids[0]).unwrap();
    let list = act(&ada, &[shown.unwrap().id], "delete").await;
    let page = ada.read(&list).await;
    assert!(page.contains("1 issue deleted."), "{page}");
    let undo = between(&page, r#"value="undo:"#, "\"").to_owned();
    let list = act(&ada, &[], &format!("undo:{undo}")).await;
    let page = ada.read(&list).await;
    assert!(page.contains("1 issue changed back."), "{page}");
}
