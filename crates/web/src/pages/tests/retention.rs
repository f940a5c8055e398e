//! Issues whose events were forgotten: the counts outlive the bodies, and the pages say so.

use axum::http::StatusCode;

use super::browser::Browser;
use crate::api::tests::house::{House, message};

/// Forgets all events of the project that were received before the given minute of the hour.
fn forget(house: &House, minute: i64) {
    let project = house.project.id;
    let before = message(project, "", minute).event.received;
    house
        .app
        .archive
        .delete_before(project, before, None)
        .unwrap();
}

#[tokio::test]
async fn an_issue_says_how_many_of_its_events_are_left() {
    let house = House::new();
    let browser = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "Boom", 1);
    for minute in 2..6 {
        house.say(house.project.id, "Boom", minute);
    }
    let path = format!("/organizations/acme/issues/{issue}/");
    let page = browser.get(&path).await.text;
    assert!(!page.contains("counted"), "all are there");
    forget(&house, 4);
    let page = browser.get(&path).await.text;
    assert!(page.contains("2 of 5 counted events are stored"), "{page}");
    forget(&house, 59);
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    let none = "5 were counted; none of them is stored any more";
    assert!(page.text.contains(none), "{}", page.text);
    for rest in ["events/", "?period=24h"] {
        let page = browser.get(&format!("{path}{rest}")).await;
        assert_eq!(page.status, StatusCode::OK, "{rest}");
    }
    for gone in ["events/latest/", "events/oldest/", "events/latest/json/"] {
        let page = browser.get(&format!("{path}{gone}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{gone}");
    }
    // Lists, feeds and the API live on what was counted.
    for path in ["/organizations/acme/issues/", "/"] {
        let page = browser.get(path).await;
        assert!(!page.status.is_server_error(), "{path}");
    }
    let api = format!("/api/0/organizations/acme/issues/{issue}/");
    assert_eq!(house.get(&api).await.json()["count"], "5");
    let latest = house.get(&format!("{api}events/latest/")).await;
    assert_eq!(latest.status, StatusCode::NOT_FOUND);
}
