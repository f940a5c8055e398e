//! The page of an issue around its event: graph, filter, steps, tags, tickets, the link for
//! strangers, and what is said when it is gone.

use axum::http::StatusCode;
use serde_json::{Value, json};
use watchpost_model::{Deed, IssueId, Project, Timestamp};
use watchpost_store::{Actor, Forget};

use super::browser::{Browser, between, location};
use super::life::{act, page_of};
use crate::api::tests::house::{House, message};

/// Stores an event of one issue with these fields on top.
fn store(house: &House, project: &Project, minute: i64, fields: Value) -> (IssueId, String) {
    let mut grouped = message(project.id, &format!("boom {minute}"), minute);
    grouped.hashes = message(project.id, "boom", 0).hashes;
    let mut whole = serde_json::to_value(&grouped.event).unwrap();
    let Value::Object(fields) = fields else {
        panic!("fields are an object");
    };
    whole.as_object_mut().unwrap().extend(fields);
    grouped.event = serde_json::from_value(whole).unwrap();
    let id = grouped.event.event_id.to_string();
    (house.store(grouped), id)
}

/// Three events: two in production, one in staging, each with its own `os`.
fn three(house: &House) -> (IssueId, [String; 3]) {
    let event = |minute, environment: &str, os: &str| {
        let fields = json!({
            "environment": environment,
            "release": format!("shop@{minute}"),
            "tags": [{"key": "os.name", "value": os}, {"key": "os.version", "value": "1"}],
        });
        store(house, &house.project, minute, fields)
    };
    let (issue, first) = event(1, "production", "Debian");
    let (_, second) = event(2, "staging", "Haiku 1");
    let (_, third) = event(3, "production", "Haiku 1");
    (issue, [first, second, third])
}

#[tokio::test]
async fn a_filter_narrows_graph_steps_and_table_together() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (issue, [first, second, third]) = three(&house);
    let own = page_of(issue);
    let page = ada.read(&own).await;
    assert!(page.contains("3 events in 24 hours") && page.contains("3 of 3"));
    let page = ada.read(&format!("{own}?environment=production")).await;
    assert!(page.contains("2 events in 24 hours"), "{page}");
    assert!(page.contains("2 of 2 that match"), "{page}");
    // What stands above does not follow.
    assert!(page.contains("<dt>Events</dt><dd>3</dd>"), "{page}");
    let older = format!("{own}events/{first}/?environment=production");
    assert!(page.contains(&older), "steps stay narrowed: {page}");
    let table = ada
        .read(&format!("{own}events/?environment=production"))
        .await;
    assert!(
        !table.contains(&second) && table.contains(&third),
        "{table}"
    );
    let query = "os.name%3A%22Haiku%201%22";
    let page = ada.read(&format!("{own}?query={query}")).await;
    assert!(page.contains("2 of 2 that match"), "{page}");
    let page = ada
        .read(&format!("{own}events/{first}/?query={query}"))
        .await;
    assert!(page.contains("not among the 2 that match"), "{page}");
    let page = ada.read(&format!("{own}?query=nothing")).await;
    assert!(page.contains("No event matches"), "{page}");
    let page = ada
        .read(&format!("{own}events/oldest/?query=nothing"))
        .await;
    assert!(page.contains("No event matches"), "{page}");
    let page = ada.read(&format!("{own}?query=stack.functio:x")).await;
    assert!(page.contains("query-wrong") && page.contains("3 of 3"));
}

#[tokio::test]
async fn a_time_narrows_events_and_releases_are_marked() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (issue, _) = three(&house);
    let own = page_of(issue);
    let page = ada.read(&format!("{own}?statsPeriod=90d")).await;
    assert!(page.contains("3 events in 90 days"), "{page}");
    let marks = page.matches("class=\"began\"").count();
    assert_eq!(marks, 3, "{page}");
    assert!(page.contains("firstRelease%3Ashop%402"), "{page}");
    assert!(page.contains("Suspect release"), "{page}");
    house.clock.advance_secs(3 * 24 * 3600);
    let page = ada.read(&format!("{own}?statsPeriod=24h")).await;
    assert!(page.contains("0 events in 24 hours"), "{page}");
    assert!(page.contains("No event matches"), "{page}");
    let page = ada.read(&own).await;
    assert!(page.contains("3 events in 14 days"), "{page}");
}

#[tokio::test]
async fn the_event_that_tells_most_is_recommended() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let user = json!({"user": {"id": "7"}});
    let (issue, rich) = store(&house, &house.project, 1, user);
    let (_, poor) = store(&house, &house.project, 2, json!({}));
    let own = page_of(issue);
    let page = ada.read(&own).await;
    assert!(page.contains("Latest received event") && page.contains(&poor));
    let page = ada.read(&format!("{own}events/recommended/")).await;
    assert!(page.contains("Recommended event"), "{page}");
    assert!(page.contains(&format!("<code>{rich}</code>")), "{page}");
    let page = ada
        .read(&format!("{own}events/recommended/?query=boom+2"))
        .await;
    assert!(page.contains(&format!("<code>{poor}</code>")), "{page}");
}

#[tokio::test]
async fn tags_lead_to_events_with_them_and_without_them() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (issue, [first, second, third]) = three(&house);
    let own = page_of(issue);
    let page = ada.read(&own).await;
    assert!(page.contains("tag-branch"), "a tree: {page}");
    let without = between(&page, "class=\"without\" href=\"", "\"").replace("&amp;", "&");
    assert!(without.contains("query=%21"), "{without}");
    let page = ada.read(&format!("{own}tags/os.name/")).await;
    for expect in ["2 values", "Haiku 1", "66%", "Debian", "33%", "Without it"] {
        assert!(page.contains(expect), "{expect} in {page}");
    }
    assert!(!page.contains("not noted"), "{page}");
    let only = between(&page, "<td><a href=\"", "\"").to_owned();
    let page = ada.read(&only).await;
    assert!(page.contains("2 of 2 that match"), "{only}: {page}");
    let csv = ada.read(&format!("{own}tags/os.name/csv/")).await;
    assert!(
        csv.starts_with(
            "value,events,percent,first_seen,last_seen\r\nHaiku 1,2,66,2026-05-04T11:02"
        ),
        "{csv}"
    );
    let none = ada.get(&format!("{own}tags/nothing/")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let query = format!("{own}events/?query=%21os.name%3ADebian");
    let table = ada.read(&query).await;
    assert!(!table.contains(&first) && table.contains(&second) && table.contains(&third));
}

#[tokio::test]
async fn columns_are_chosen_and_remembered_and_taken_along_as_csv() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (issue, _) = three(&house);
    let own = page_of(issue);
    let chosen = format!("{own}events/?columns=os.name&columns=release");
    let page = ada.read(&chosen).await;
    assert!(page.contains("<bdi>os.name</bdi></th>"), "{page}");
    assert!(page.contains("<bdi>Haiku 1</bdi>"), "{page}");
    assert!(!page.contains("<bdi>Server</bdi></th>"), "{page}");
    let page = ada.read(&format!("{own}events/")).await;
    assert!(
        page.contains("<bdi>os.name</bdi></th>"),
        "remembered: {page}"
    );
    let csv = ada
        .read(&format!("{own}events/csv/?query=os.name:Debian"))
        .await;
    let mut lines = csv.lines();
    let heads = "event,title,level,happened,received,os.name,release";
    assert_eq!(lines.next(), Some(heads));
    assert!(lines.next().unwrap().ends_with(",Debian,shop@1"), "{csv}");
    assert_eq!(lines.next(), None);
    let wrong = ada.get(&format!("{own}events/csv/?query=is:")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn tickets_are_linked_by_their_address() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "boom", 1);
    let tickets = format!("{}tickets/", page_of(issue));
    for bad in ["javascript:alert(1)", "mailto:a@b.example", "bugs/1", ""] {
        let fields = [("do", "link"), ("url", bad)];
        let answer = ada.submit(&tickets, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let url = "https://bugs.example/1";
    let fields = [("do", "link"), ("url", url), ("title", "<Crash>")];
    let answer = ada.submit(&tickets, &fields).await;
    assert_eq!(location(&answer), page_of(issue));
    let again = ada.submit(&tickets, &fields).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.text.contains("linked already"), "{}", again.text);
    let page = ada.read(&page_of(issue)).await;
    assert!(page.contains(&format!("href=\"{url}\"")), "{page}");
    assert!(page.contains("linked the ticket &#60;Crash&#62;"), "{page}");
    assert!(page.contains("Who takes part") && page.contains(">Ada</bdi>"));
    let ticket = between(&page, "name=\"ticket\" value=\"", "\"").to_owned();
    let fields = [("do", "unlink"), ("ticket", ticket.as_str())];
    assert_eq!(
        ada.submit(&tickets, &fields).await.status,
        StatusCode::SEE_OTHER
    );
    let page = ada.read(&page_of(issue)).await;
    assert!(page.contains("unlinked the ticket"), "{page}");
    assert!(!page.contains(&format!("href=\"{url}\"")), "{page}");
    // Of another organization nothing changes.
    let spy = house.say(house.rival.id, "boom", 1);
    let theirs = format!("{}tickets/", page_of(spy));
    let answer = ada.submit(&theirs, &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_deleted_an_issue_is_told() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "boom", 1);
    let spy = house.say(house.rival.id, "boom", 1);
    act(&ada, &[issue], "delete").await;
    let gone = ada.get(&page_of(issue)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let says = "WEB-1 was deleted by Ada on 2026-05-04 12:30:00 UTC.";
    assert!(gone.text.contains(says), "{}", gone.text);
    let by = Actor::System;
    let now = Timestamp::default();
    let ledger = &house.app.ledger;
    let forgotten = ledger.forget_issues(house.rival.id, &[spy], Forget::Delete, by, now);
    assert_eq!(forgotten.unwrap(), [spy]);
    let other = ada.get(&page_of(spy)).await;
    assert!(!other.text.contains("was deleted by"), "{}", other.text);
}

#[tokio::test]
async fn similar_issues_say_why_and_are_merged() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let say = |text: &str, culprit: &str| {
        let mut grouped = message(house.project.id, text, 1);
        (grouped.kind, grouped.culprit) = ("KeyError".into(), culprit.into());
        house.store(grouped)
    };
    let one = say("one", "shop.pay");
    let two = say("two", "shop.pay");
    say("three", "shop.cart");
    let page = ada.read(&format!("{}similar/", page_of(one))).await;
    assert!(
        page.contains("Both have the same type, the same place."),
        "{page}"
    );
    assert!(
        !page.contains("WEB-3<"),
        "the type alone says little: {page}"
    );
    act(&ada, &[one, two], "merge").await;
    let page = ada.read(&format!("{}similar/", page_of(one))).await;
    assert!(page.contains("No issue looks like this one"), "{page}");
}

#[tokio::test]
async fn what_came_with_an_issue_is_said() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let tags = |os: &str| json!({"tags": [{"key": "os.name", "value": os}]});
    let (issue, _) = store(&house, &house.project, 1, tags("Haiku"));
    let page = ada.read(&page_of(issue)).await;
    assert!(page.contains("What changed when it began"), "{page}");
    let entries = house.app.ledger.activity(house.project.id, issue).unwrap();
    assert!(entries.iter().all(|entry| entry.deed != Deed::SetPublic));
}

#[tokio::test]
async fn tabs_keep_what_a_page_is_narrowed_to() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (issue, _) = three(&house);
    let own = page_of(issue);
    let narrow = "?query=level%3Aerror&#38;environment=production&#38;statsPeriod=24h";
    for place in ["events/", "tags/os.name/", "merged/", "similar/", "share/"] {
        let path = format!("{own}{place}{narrow}").replace("&#38;", "&");
        let page = ada.read(&path).await;
        let tabs = between(&page, "<nav class=\"tabs\"", "</nav>");
        for tab in ["", "events/", "merged/", "similar/", "share/"] {
            let link = format!("href=\"{own}{tab}{narrow}\"");
            assert!(tabs.contains(&link), "{link} on {place}: {tabs}");
        }
    }
}

#[tokio::test]
async fn a_graph_of_all_events_does_not_claim_to_match() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (issue, _) = three(&house);
    let own = page_of(issue);
    let title = |page: &str| between(page, "<h2 class=\"chart-title\">", "</h2>").to_owned();
    let page = ada.read(&format!("{own}?query=stack.functio:x")).await;
    assert_eq!(title(&page), "3 events in 24 hours");
    let page = ada.read(&format!("{own}?query=level:error")).await;
    assert!(title(&page).contains("that match"), "{page}");
}

#[tokio::test]
async fn a_tag_of_dots_has_a_page_and_a_file() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let tags = json!({"tags": [{"key": "..", "value": "up"}]});
    let (issue, _) = store(&house, &house.project, 1, tags);
    let own = page_of(issue);
    let page = ada.read(&format!("{own}?query=boom")).await;
    assert!(!page.contains("/tags/../"), "{page}");
    let link = format!("{own}tags/-/?key=..&#38;query=boom");
    assert!(page.contains(&link), "{page}");
    let page = ada.read(&link.replace("&#38;", "&")).await;
    assert!(page.contains("<bdi>up</bdi>"), "{page}");
    assert!(!page.contains("/tags/../"), "{page}");
    let csv = format!("{own}tags/-/csv/?key=..");
    assert!(page.contains(&format!("href=\"{csv}\"")), "{page}");
    assert!(ada.read(&csv).await.contains("\r\nup,1,"), "{csv}");
}
