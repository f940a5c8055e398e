//! Finding anything by its name.

use axum::http::StatusCode;
use serde_json::Value;

use super::browser::{Browser, location};
use super::life::{act, issue, page_of};
use crate::api::tests::house::House;

const FIND: &str = "/organizations/acme/search/";

/// The rows as the script gets them: kind, label, where they lead.
async fn found(ada: &Browser<'_>, query: &str) -> Vec<[String; 3]> {
    let answer = ada.look(&format!("{FIND}?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let rows: Vec<Value> = serde_json::from_str(&answer.text).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| ["kind", "label", "href"].map(|name| text(row, name)))
        .collect()
}

#[tokio::test]
async fn every_page_of_the_navigation_and_the_settings_is_found() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for (text, href) in [
        ("explore", "/organizations/acme/explore/"),
        ("saved+queries", "/organizations/acme/explore/queries/"),
        ("members", "/settings/acme/members/"),
        ("organization", "/settings/acme/"),
        ("audit", "/settings/acme/audit-log/"),
        ("security", "/settings/account/security/"),
        ("display", "/settings/acme/projects/web/showing/"),
    ] {
        let rows = found(&ada, &format!("q={text}")).await;
        assert!(rows.iter().any(|row| row[2] == href), "{text}: {rows:?}");
        ada.read(href).await;
    }
    let keys = ada.read("/organizations/acme/shortcuts/").await;
    assert!(keys.contains("/organizations/acme/explore/\">Explore"));
}

#[tokio::test]
async fn pages_projects_issues_and_ids_are_found() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "unicorn exploded", 1);
    house.say(house.rival.id, "unicorn of others", 1);
    let event = house.app.archive.latest(house.project.id, id).unwrap();
    let event = event.unwrap().event.event_id;
    let short = issue(&house, id).short_id("web").to_string();
    for (text, expect) in [
        ("q=unicorn", ["Issue", "unicorn exploded", &page_of(id)]),
        (
            "q=grouping",
            [
                "Settings",
                "Grouping rules",
                "/settings/acme/projects/web/grouping/",
            ],
        ),
        (
            "q=rel",
            ["Page", "Releases", "/organizations/acme/releases/"],
        ),
        ("q=dark", ["Action", "Dark theme", "/theme/"]),
        (&format!("q={short}"), ["Id", &short, &page_of(id)]),
        (
            &format!("q={event}"),
            [
                "Id",
                &event.to_string(),
                &format!("{}events/{event}/", page_of(id)),
            ],
        ),
    ] {
        let rows = found(&ada, text).await;
        assert!(rows.iter().any(|row| row == &expect), "{text}: {rows:?}");
        assert!(
            rows.iter().all(|row| !row[1].contains("of others")),
            "{rows:?}"
        );
    }
    let all = found(&ada, "q=").await;
    assert!(all.len() < 60, "{}", all.len());
    let none = ada.get("/organizations/nobody/search/?q=x").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_open_issue_is_acted_on_without_script_too() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "boom", 1);
    let labels = async |issue: String| -> Vec<String> {
        let rows = found(&ada, &format!("q=&issue={issue}")).await;
        let actions = rows.into_iter().filter(|row| row[0] == "Action");
        actions.map(|row| row[1].clone()).collect()
    };
    assert!(labels(id.to_string()).await.contains(&"Resolve".to_owned()));
    act(&ada, &[id], "resolve").await;
    let resolved = labels(id.to_string()).await;
    assert!(resolved.contains(&"Reopen".to_owned()) && !resolved.contains(&"Resolve".to_owned()));
    let foreign = house.say(house.rival.id, "theirs", 1);
    assert!(
        !labels(foreign.to_string())
            .await
            .contains(&"Delete".to_owned())
    );
    let page = ada.read(&format!("{FIND}?q=reopen&issue={id}")).await;
    assert!(page.contains(r#"name="do" value="open""#), "{page}");
    let page = ada.read(&format!("{FIND}?q=zzzz")).await;
    assert!(page.contains("Search issues of"), "{page}");
    let short = issue(&house, id).short_id("web").to_string();
    let there = ada.get(&format!("{FIND}?q={short}")).await;
    assert_eq!(location(&there), page_of(id));
}
