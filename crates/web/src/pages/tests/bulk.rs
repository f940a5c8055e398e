//! Changing many issues at once, deleting with a way back, and taking lists along.

use axum::http::{StatusCode, header};
use watchpost_model::{IssueId, Role, Status};

use super::browser::{Browser, between, location};
use super::life::{ACT, act, issue, page_of};
use super::roles::person;
use crate::api::tests::house::{House, message};

pub(super) const LIST: &str =
    "/organizations/acme/issues/?project=1&query=is%3Aunresolved&sort=date";

/// So many issues of the project.
pub(in crate::pages) fn many(house: &House, count: u128) -> Vec<IssueId> {
    let web = house.project.id;
    let filings: Vec<_> = (0..count)
        .map(|number| {
            let mut grouped = message(web, &format!("kind {number:04}"), 1);
            grouped.event.event_id = watchpost_model::EventId(900_000 + number);
            grouped
        })
        .collect();
    let filed = filings.chunks(500).flat_map(|batch| {
        let batch = watchpost_store::suite::filings(batch);
        house.app.ledger.apply(&batch, &[]).unwrap()
    });
    filed.map(|applied| applied.issue).collect()
}

fn open_count(house: &House) -> u64 {
    let counts = house.app.ledger.status_counts(house.project.id);
    counts.unwrap().unresolved
}

#[tokio::test]
async fn all_that_match_are_changed_and_changed_back() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    many(&house, 130);
    let project = house.project.id.to_string();
    let list = ada.read(LIST).await;
    assert!(list.contains("All that match"), "{list}");
    let matching = "project=1&query=is%3Aunresolved+kind&sort=date&cursor=nonsense";
    let fields = [
        ("project", &*project),
        ("all", "1"),
        ("matching", matching),
        ("return_to", LIST),
        ("do", "archive:forever"),
    ];
    let answer = ada.submit(ACT, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(open_count(&house), 0);
    let page = ada.read(&location(&answer)).await;
    assert!(page.contains("130 issues archived."), "{page}");
    let undo = between(&page, r#"value="undo:"#, "\"").to_owned();
    act(&ada, &[], &format!("undo:{undo}")).await;
    assert_eq!(open_count(&house), 130);
}

#[tokio::test]
async fn more_than_one_request_takes_goes_on_and_is_undone_as_one() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    many(&house, 1000);
    let web = house.project.id;
    let more: Vec<_> = (0..50)
        .map(|n| message(web, &format!("more {n}"), 130))
        .collect();
    for grouped in more {
        house.store(grouped);
    }
    let project = web.to_string();
    let mut fields = vec![
        ("project", project.clone()),
        ("all", "1".to_owned()),
        ("matching", "project=1&query=is%3Aunresolved".to_owned()),
        ("return_to", LIST.to_owned()),
        ("do", "bookmark:on".to_owned()),
    ];
    for what in ["bookmark:on", "resolve"] {
        fields.retain(|(name, _)| !["after", "so_far", "undone", "do"].contains(name));
        fields.push(("do", what.to_owned()));
        let sent: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let page = ada.submit(ACT, &sent).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.text.contains("<p class=\"lead\">50 more match."),
            "{}",
            page.text
        );
        for name in ["after", "so_far", "undone"] {
            let start = format!("name=\"{name}\" value=\"");
            let value = between(&page.text, &start, "\"").to_owned();
            fields.push((name, value));
        }
        let sent: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let answer = ada.submit(ACT, &sent).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    }
    assert_eq!(open_count(&house), 0);
    let page = ada.read(LIST).await;
    assert!(page.contains("1,050 issues resolved."), "{page}");
    let undo = between(&page, r#"value="undo:"#, "\"").to_owned();
    act(&ada, &[], &format!("undo:{undo}")).await;
    assert_eq!(open_count(&house), 1050);
}

#[tokio::test]
async fn deleting_asks_first_and_comes_back() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let [one, two] = ["<b>one", "two"].map(|text| house.say(house.project.id, text, 1));
    let project = house.project.id.to_string();
    let (first, second) = (one.to_string(), two.to_string());
    for (what, verb) in [("delete", "Delete"), ("discard", "Discard")] {
        let mut fields = vec![
            ("project", &*project),
            ("issue", &*first),
            ("issue", &*second),
            ("return_to", LIST),
            ("do", what),
        ];
        let page = ada.submit(ACT, &fields).await;
        assert_eq!(page.status, StatusCode::OK);
        for expect in [
            &*format!("{verb} 2 issues?"),
            "2 events go with them.",
            "&#60;b&#62;one",
            "name=\"sure\" value=\"2\"",
        ] {
            assert!(page.text.contains(expect), "{expect} in {}", page.text);
        }
        assert_eq!(open_count(&house), 2, "nothing happened yet");
        fields.push(("sure", "2"));
        let answer = ada.submit(ACT, &fields).await;
        assert_eq!(location(&answer), LIST);
        assert_eq!(open_count(&house), 0);
        assert_eq!(ada.get(&page_of(one)).await.status, StatusCode::NOT_FOUND);
        let page = ada.read(LIST).await;
        assert!(page.contains("Undo works for 15 minutes."), "{page}");
        let undo = between(&page, r#"value="undo:"#, "\"").to_owned();
        act(&ada, &[], &format!("undo:{undo}")).await;
        assert_eq!(open_count(&house), 2);
        ada.read(&page_of(one)).await;
    }
    assert_eq!(house.app.ledger.tombstones(house.project.id).unwrap(), []);
    // From its own page one comes to the list.
    let fields = [
        ("project", &*project),
        ("issue", &*first),
        ("return_to", &*page_of(one)),
        ("do", "delete"),
        ("sure", "1"),
    ];
    let answer = ada.submit(ACT, &fields).await;
    assert_eq!(location(&answer), "/organizations/acme/issues/?project=1");
}

#[tokio::test]
async fn what_is_deleted_is_in_no_list_of_events() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let [one, other] = ["one", "other"].map(|text| house.say(house.project.id, text, 1));
    let event = house.app.archive.latest(house.project.id, one).unwrap();
    let event = event.unwrap().event.event_id;
    let of_project = "/api/0/projects/acme/web/events/";
    let of_event = format!("/api/0/organizations/acme/eventids/{event}/");
    let shown = async || {
        let rows = house.get(of_project).await.good();
        let rows = rows.as_array().unwrap().len();
        let by_id = house.get(&of_event).await.status;
        let page = ada.get(&format!("/search?q={event}")).await;
        (rows, by_id, location(&page).contains("/events/"))
    };
    assert_eq!(shown().await, (2, StatusCode::OK, true));
    act(&ada, &[one], "delete").await;
    assert_eq!(shown().await, (1, StatusCode::NOT_FOUND, false));
    assert_eq!(issue(&house, other).status, Status::Unresolved);
}

#[tokio::test]
async fn many_are_given_to_somebody_and_merged() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids = many(&house, 3);
    let to_ada = format!("assign:user:{}", house.user.id);
    let list = ada.read(LIST).await;
    assert!(list.contains(&format!(r#"value="{to_ada}" data-bulk>To me"#)));
    act(&ada, &ids, &to_ada).await;
    assert!(ids.iter().all(|id| issue(&house, *id).assignee.is_some()));
    act(&ada, &ids, "merge").await;
    assert_eq!(open_count(&house), 1);
    let project = house.project.id.to_string();
    many(&house, 150);
    let fields = [
        ("project", &*project),
        ("all", "1"),
        ("matching", "project=1&query="),
        ("do", "merge"),
    ];
    let refused = ada.submit(ACT, &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let wrong = [
        ("project", &*project),
        ("all", "1"),
        ("matching", "query=is:"),
        ("do", "resolve"),
    ];
    let refused = ada.submit(ACT, &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_list_is_taken_along_as_a_file() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    many(&house, 120);
    house.say(house.project.id, "=HYPERLINK(\"http://evil\")", 1);
    let list = ada.read(LIST).await;
    let href = between(&list, "/organizations/acme/issues/csv/?", "\"").replace("&#38;", "&");
    let path = format!("/organizations/acme/issues/csv/?{href}");
    let answer = ada.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    let kind = answer.headers.get(header::CONTENT_TYPE).unwrap();
    assert_eq!(kind, "text/csv; charset=utf-8");
    let lines: Vec<&str> = answer.text.split("\r\n").collect();
    assert!(lines[0].starts_with("short_id,id,project,level,"));
    assert_eq!(lines.len(), 1 + 121 + 1);
    assert!(answer.text.contains("\"'=HYPERLINK(\"\"http://evil\"\")\""));
    assert!(
        lines[5].contains("/organizations/acme/issues/"),
        "{}",
        lines[5]
    );
    let count = ada
        .read("/organizations/acme/issues/count/?project=1&query=kind")
        .await;
    assert_eq!(count, r#"{"count":120,"isMore":false}"#);
    let none = ada
        .get("/organizations/acme/issues/csv/?project=1&query=zzz")
        .await;
    assert_eq!(none.text.lines().count(), 1);
}

#[tokio::test]
async fn rows_are_previewed_and_packed() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "<i>boom", 1);
    let preview = ada.read(&format!("{}preview/", page_of(id))).await;
    assert!(preview.contains("&#60;i&#62;boom"), "{preview}");
    assert!(!preview.contains("<html"));
    let foreign = house.say(house.rival.id, "theirs", 1);
    let hidden = ada.get(&format!("{}preview/", page_of(foreign))).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    assert!(
        ada.read(LIST)
            .await
            .contains(r#"class="issues comfortable""#)
    );
    let fields = [("density", "compact"), ("return_to", LIST)];
    let answer = ada.submit("/preferences/", &fields).await;
    assert_eq!(location(&answer), LIST);
    let list = ada.read(LIST).await;
    assert!(list.contains(r#"class="issues compact""#));
    assert!(list.contains(r#"data-keys="on""#));
    ada.submit("/preferences/", &[("keys", "off")]).await;
    let list = ada.read(LIST).await;
    assert!(list.contains(r#"data-keys="off""#));
    let keys = ada.read("/organizations/acme/shortcuts/?from=//evil").await;
    assert!(keys.contains("Turn single keys on") && !keys.contains("href=\"//evil"));
    assert!(list.contains(r#"class="issues compact""#), "one at a time");
}

#[tokio::test]
async fn w10_the_menu_offers_people_of_the_organization_only() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    person(&house, "bo@x.example", Some(Role::Member));
    person(&house, "spy@x.example", None);
    house.say(house.project.id, "boom", 1);
    let list = ada.read(LIST).await;
    assert!(
        list.contains("bo@x.example") && !list.contains("spy@x.example"),
        "{list}"
    );
}
