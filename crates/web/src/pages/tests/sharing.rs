//! Strangers who follow a link to one issue: what they see, and all that they do not.

use axum::http::StatusCode;
use serde_json::json;
use watchpost_model::IssueId;

use super::browser::{Browser, between};
use super::life::{act, page_of};
use crate::api::tests::house::{House, message};

const HIDDEN: [&str; 6] = [
    "hunter2",
    "ada.l",
    "/home/ada",
    "10.1.2.3",
    "secret-tag",
    "web-9",
];

/// An event that tells much.
fn rich(house: &House) -> IssueId {
    let mut grouped = message(house.project.id, "boom", 1);
    let mut whole = serde_json::to_value(&grouped.event).unwrap();
    let fields = json!({
        "server_name": "web-9",
        "user": {"username": "ada.l", "ip_address": "10.1.2.3"},
        "request": {"url": "https://shop.example/pay?k=hunter2"},
        "tags": [{"key": "secret-tag", "value": "x"}],
        "extra": {"password": "hunter2"},
        "breadcrumbs": {"values": [{"message": "hunter2"}]},
        "exception": {"values": [{"type": "Boom", "stacktrace": {"frames": [{
            "function": "pay_all", "filename": "shop/pay.py", "abs_path": "/home/ada/shop/pay.py",
            "lineno": 7, "context_line": "raise Boom()", "in_app": true,
            "vars": [{"name": "token", "value": "hunter2"}],
        }]}}]},
    });
    whole
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    grouped.event = serde_json::from_value(whole).unwrap();
    house.store(grouped)
}

/// Makes a link; its path.
async fn share(ada: &Browser<'_>, issue: IssueId, whole: &str) -> String {
    let path = format!("{}share/", page_of(issue));
    let fields = [("do", "share"), ("whole", whole)];
    let answer = ada.submit(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let link = between(&answer.text, "value=\"http://errors.test:9000", "\"");
    assert_eq!(link.len(), "/share/issue//".len() + 64, "{link}");
    link.to_owned()
}

#[tokio::test]
async fn strangers_see_title_and_stack_and_nothing_else() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = rich(&house);
    let link = share(&ada, issue, "").await;
    let stranger = Browser::stranger(&house);
    let page = stranger.get(&link).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for seen in ["boom", "pay_all", "shop/pay.py", "Boom()"] {
        assert!(page.text.contains(seen), "{seen} in {}", page.text);
    }
    for hidden in HIDDEN.iter().chain(&["/organizations/", "Sign out"]) {
        assert!(!page.text.contains(hidden), "{hidden} in {}", page.text);
    }
    assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert_eq!(page.headers["cache-control"], "private, no-store");
    // The link is shown once, and only its hash is kept.
    let again = ada.read(&format!("{}share/", page_of(issue))).await;
    assert!(!again.contains(&link) && again.contains("Stop sharing"));
    let own = ada.read(&page_of(issue)).await;
    assert!(own.contains("by which strangers see its title and stack"));
    for wrong in ["/share/issue/x/", &link.replace("issue/", "issue/0")] {
        assert_eq!(stranger.get(wrong).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn more_is_seen_when_somebody_chose_so() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = rich(&house);
    let link = share(&ada, issue, "yes").await;
    let page = Browser::stranger(&house).read(&link).await;
    for seen in ["hunter2", "ada.l", "secret-tag"] {
        assert!(page.contains(seen), "{seen} in {page}");
    }
}

#[tokio::test]
async fn a_link_that_was_taken_back_or_merged_leads_nowhere() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let stranger = Browser::stranger(&house);
    let issue = rich(&house);
    let (old, new) = (share(&ada, issue, "").await, share(&ada, issue, "").await);
    assert_eq!(stranger.get(&old).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.get(&new).await.status, StatusCode::OK);
    let other = house.say(house.project.id, "other", 1);
    house.say(house.project.id, "other", 2);
    act(&ada, &[issue, other], "merge").await;
    assert_eq!(stranger.get(&new).await.status, StatusCode::NOT_FOUND);
    let third = share(&ada, other, "").await;
    let path = format!("{}share/", page_of(other));
    let answer = ada.submit(&path, &[("do", "stop")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(stranger.get(&third).await.status, StatusCode::NOT_FOUND);
    let page = ada.read(&page_of(other)).await;
    assert!(page.contains("took back the link"), "{page}");
}

#[tokio::test]
async fn w10_events_of_what_was_merged_into_it_are_not_shown() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = rich(&house);
    house.say(house.project.id, "boom", 2);
    let link = share(&ada, issue, "yes").await;
    let other = house.say(house.project.id, "nobody shared this", 30);
    act(&ada, &[issue, other], "merge").await;
    let page = Browser::stranger(&house).read(&link).await;
    assert!(
        page.contains("boom") && !page.contains("nobody shared this"),
        "{page}"
    );
}

#[tokio::test]
async fn w13_only_people_share_and_only_what_is_theirs() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = rich(&house);
    let path = format!("{}share/", page_of(issue));
    let forged = ada.post(&path, &[("do", "share")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let stranger = Browser::stranger(&house);
    assert_eq!(stranger.get(&path).await.status, StatusCode::SEE_OTHER);
    let spy = house.say(house.rival.id, "boom", 1);
    let path = format!("{}share/", page_of(spy));
    let answer = ada.submit(&path, &[("do", "share")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
