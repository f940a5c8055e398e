//! Questions over events: the page, its file, saved queries, dashboards.

use axum::http::StatusCode;
use watchpost_model::{IssueId, ProjectId, UserContext};
use watchpost_store::{NewQuery, NewUser, TileShape};

use super::browser::{Browser, between, location};
use crate::api::tests::house::{House, message};

const EXPLORE: &str = "/organizations/acme/explore/";
const QUERIES: &str = "/organizations/acme/explore/queries/";
const DASHBOARDS: &str = "/organizations/acme/dashboards/";

/// Keeps an event of today.
fn keep(house: &House, project: ProjectId, text: &str, minute: i64, release: &str) -> IssueId {
    let mut grouped = message(project, text, minute);
    grouped.event.release = Some(release.to_owned());
    grouped.event.environment = Some("production".to_owned());
    grouped.event.user = Some(UserContext {
        email: Some(format!("jo{}@example.org", minute % 2)),
        ..UserContext::default()
    });
    house.store(grouped)
}

/// Three of the shop, one of the API, one of another organization.
fn fill(house: &House) -> (IssueId, ProjectId) {
    let other = house.add_project("api").id;
    let cart = keep(house, house.project.id, "cart is broken", 1, "1.0");
    keep(house, house.project.id, "cart is broken", 2, "1.1");
    keep(house, house.project.id, "<b>pay</b> failed", 3, "1.1");
    keep(house, other, "queue is full", 4, "7");
    keep(house, house.rival.id, "nobody's business", 5, "6.6.6");
    (cart, other)
}

/// The rows of the table of groups: values, events and users.
fn groups(page: &str) -> Vec<String> {
    let table = between(page, "<table class=\"table groups\">", "</table>");
    let rows = table.split("<tr>").skip(2);
    let row = |row: &str| {
        let cells = row
            .split("<td")
            .skip(1)
            .take_while(|cell| !cell.contains("<time"));
        let text = |cell: &str| {
            let cell = cell.split_once('>').unwrap().1;
            let parts = cell
                .split('<')
                .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
            parts.collect::<String>()
        };
        cells.map(text).collect::<Vec<_>>().join("|")
    };
    rows.map(row).collect()
}

#[tokio::test]
async fn events_of_all_projects_are_listed_and_narrowed() {
    let house = House::new();
    let (cart, other) = fill(&house);
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(EXPLORE).await;
    for text in [
        "cart is broken",
        "queue is full",
        "&#60;b&#62;pay",
        "4 events in 14 days",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("business"), "another organization's");
    assert!(page.contains(&format!("/issues/{cart}/events/")), "{page}");
    // A value leads to the same with that filter.
    assert!(page.contains("query=release%3A1.1&#38;"), "{page}");
    let page = ada.read(&format!("{EXPLORE}?query=release:1.1")).await;
    assert!(page.contains("2 events in 14 days"), "{page}");
    let page = ada
        .read(&format!("{EXPLORE}?project={other}&statsPeriod=24h"))
        .await;
    assert!(
        page.contains("1 event in 24 hours") && !page.contains("cart is"),
        "{page}"
    );
    let page = ada.read(&format!("{EXPLORE}?issue={cart}")).await;
    assert!(
        page.contains("2 events in 14 days") && page.contains("one issue"),
        "{page}"
    );
    let page = ada.read(&format!("{EXPLORE}?environment=staging")).await;
    assert!(page.contains("No event matches"), "{page}");
    let rivals = format!("{EXPLORE}?project={}", house.rival.id);
    assert!(ada.read(&rivals).await.contains("No event matches"));
}

#[tokio::test]
async fn events_are_grouped_and_every_row_leads_on() {
    let house = House::new();
    let (cart, _) = fill(&house);
    let ada = Browser::signed_in(&house).await;
    let page = ada
        .read(&format!("{EXPLORE}?field=release&field=user&sort=values"))
        .await;
    let expect = [
        "1.0|jo1@example.org|1|1",
        "1.1|jo0@example.org|1|1",
        "1.1|jo1@example.org|1|1",
        "7|jo0@example.org|1|1",
    ];
    assert_eq!(groups(&page), expect);
    assert!(page.contains("4 events in 14 days"));
    let page = ada
        .read(&format!("{EXPLORE}?field=release&sort=-users"))
        .await;
    assert_eq!(groups(&page), ["1.1|2|2", "1.0|1|1", "7|1|1"]);
    assert!(page.contains("aria-sort=\"descending\""), "{page}");
    let table = between(&page, "<table class=\"table groups\">", "</table>");
    let row = between(table, "1.1</bdi>", "</tr>");
    let issues = between(row, "<a href=\"", "\"").replace("&#38;", "&");
    assert_eq!(groups(&ada.read(&issues).await).len(), 2, "{issues}");
    // By issue: its title leads there.
    let page = ada.read(&format!("{EXPLORE}?field=issue&query=cart")).await;
    assert_eq!(groups(&page), ["cart is broken|2|2"]);
    assert!(page.contains(&format!("/organizations/acme/issues/{cart}/\"")));
    // By what only bodies know.
    let page = ada
        .read(&format!("{EXPLORE}?field=error.unhandled&field=project"))
        .await;
    assert_eq!(groups(&page).len(), 2, "{page}");
}

#[tokio::test]
async fn merged_issues_are_one_row() {
    let house = House::new();
    let web = house.project.id;
    let ids = [
        keep(&house, web, "a", 1, "1"),
        keep(&house, web, "b", 2, "1"),
    ];
    let actor = watchpost_store::Actor::System;
    let now = house.app.clock.now();
    house.app.ledger.merge(web, &ids, actor, now).unwrap();
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(&format!("{EXPLORE}?field=issue")).await;
    assert_eq!(groups(&page).len(), 1, "{page}");
    assert!(groups(&page)[0].ends_with("|2|2"), "{page}");
    for id in ids {
        let page = ada.read(&format!("{EXPLORE}?issue={id}")).await;
        assert!(page.contains("2 events in 14 days"), "{page}");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_said() {
    let house = House::new();
    fill(&house);
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(&format!("{EXPLORE}?query=cart+is:new")).await;
    assert!(page.contains("cart <mark>is:new</mark>"), "{page}");
    let page = ada.read(&format!("{EXPLORE}?field=is")).await;
    assert!(page.contains("Events cannot be grouped by `is`"), "{page}");
    let answer = ada.get(&format!("{EXPLORE}csv/?field=is")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let stranger = Browser::stranger(&house);
    assert_eq!(stranger.get(EXPLORE).await.status, StatusCode::SEE_OTHER);
    let elsewhere = ada.get("/organizations/nobody/explore/").await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_has_the_same() {
    let house = House::new();
    fill(&house);
    let ada = Browser::signed_in(&house).await;
    let answer = ada
        .get(&format!("{EXPLORE}csv/?field=release&query=cart"))
        .await;
    let kind = answer.headers.get("content-type").unwrap();
    assert_eq!(kind, "text/csv; charset=utf-8");
    let lines: Vec<&str> = answer.text.lines().collect();
    assert_eq!(lines[0], "release,events,users,first,last");
    assert!(
        lines[1].starts_with("1.0,1,1,") && lines.len() == 3,
        "{lines:?}"
    );
    let answer = ada.get(&format!("{EXPLORE}csv/")).await;
    assert_eq!(answer.text.lines().count(), 5);
    assert!(answer.text.contains(",web,") && answer.text.contains(",<b>pay</b> failed,"));
}

#[tokio::test]
async fn queries_are_saved_changed_and_deleted() {
    let house = House::new();
    fill(&house);
    let ada = Browser::signed_in(&house).await;
    let page = ada
        .read(&format!("{EXPLORE}?field=release&query=%3Ccart"))
        .await;
    let link = between(&page, "queries/?", "\"").replace("&#38;", "&");
    let form = ada.read(&format!("{QUERIES}?{link}")).await;
    let asked = between(&form, "name=\"asked\" value=\"", "\"").replace("&#38;", "&");
    assert_eq!(asked, link);
    let answer = ada
        .submit(QUERIES, &[("name", "<b>Carts"), ("asked", &asked)])
        .await;
    assert_eq!(location(&answer), QUERIES);
    let page = ada.read(QUERIES).await;
    assert!(
        page.contains("&#60;b&#62;Carts") && page.contains("saved by <bdi>Ada"),
        "{page}"
    );
    let (ledger, org, user) = (&house.app.ledger, house.org.id, house.user.id);
    let saved = ledger.saved_queries(org, user).unwrap().remove(0);
    assert_eq!((saved.owner, saved.asked), (Some(user), asked.clone()));
    let place = format!("{QUERIES}{}/", saved.id);
    assert_eq!(ada.target(&place).await, format!("{EXPLORE}?{asked}"));
    assert!(
        ada.read(EXPLORE).await.contains("&#60;b&#62;Carts"),
        "it is in the menu"
    );
    let shared = [("name", "Carts"), ("asked", "field=user"), ("shared", "1")];
    ada.submit(&place, &shared).await;
    let saved = ledger.saved_queries(org, user).unwrap().remove(0);
    assert_eq!(saved.asked, "query=&field=user&sort=-count&statsPeriod=14d");
    assert_eq!((&*saved.name, saved.owner), ("Carts", None));
    let wrong = [("name", ""), ("asked", "field=user")];
    let answer = ada.submit(QUERIES, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = [("name", "x"), ("asked", "query=is:new")];
    let answer = ada.submit(QUERIES, &wrong).await;
    assert!(
        answer.text.contains("The search is not understood"),
        "{}",
        answer.text
    );
    let forged = ada.post(&place, &[("do", "delete")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    ada.submit(&place, &[("do", "delete")]).await;
    assert!(ledger.saved_queries(org, user).unwrap().is_empty());
    assert_eq!(ada.get(&place).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn w10_queries_of_others_are_not_there() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let new = NewUser {
        email: "ben@example.org",
        name: "Ben",
        password_hash: "none",
    };
    let (ledger, now) = (&house.app.ledger, house.user.created);
    let ben = ledger.create_user(&new, now).unwrap().id;
    let theirs = NewQuery {
        org: house.org.id,
        owner: Some(ben),
        name: "Bens",
        asked: "query=",
        creator: ben,
    };
    let id = ledger.save_query(&theirs, now).unwrap().id;
    let place = format!("{QUERIES}{id}/");
    assert_eq!(ada.get(&place).await.status, StatusCode::NOT_FOUND);
    let answer = ada.submit(&place, &[("do", "delete")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!ada.read(QUERIES).await.contains("Bens"));
    // Nor does it become a tile.
    ada.submit(DASHBOARDS, &[("name", "Shop")]).await;
    let made = ledger.dashboards(house.org.id).unwrap().remove(0).id;
    let add = [
        ("do", "add"),
        ("query", &*id.to_string()),
        ("shape", "chart"),
    ];
    let answer = ada.submit(&format!("{DASHBOARDS}{made}/"), &add).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dashboard_shows_tiles_of_every_shape() {
    let house = House::new();
    fill(&house);
    let ada = Browser::signed_in(&house).await;
    assert!(ada.read(DASHBOARDS).await.contains("No dashboard yet"));
    let asked = "query=cart&field=release&statsPeriod=24h";
    ada.submit(QUERIES, &[("name", "Carts"), ("asked", asked)])
        .await;
    let answer = ada.submit(DASHBOARDS, &[("name", "<i>Shop")]).await;
    let here = location(&answer);
    let (ledger, org) = (&house.app.ledger, house.org.id);
    let query = ledger.saved_queries(org, house.user.id).unwrap().remove(0);
    for shape in TileShape::ALL {
        let add = [
            ("do", "add"),
            ("query", &*query.id.to_string()),
            ("shape", shape.name()),
        ];
        assert_eq!(location(&ada.submit(&here, &add).await), here);
    }
    let page = ada.read(&here).await;
    for text in [
        "&#60;i&#62;Shop",
        "2 events in 24 hours",
        "<p class=\"figure\"><b>2</b> events</p><p>2 users</p>",
        "<bdi>1.1</bdi>",
        "made by <bdi>Ada",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let page = ada.read(&format!("{here}?statsPeriod=7d")).await;
    assert!(page.contains("2 events in 7 days"), "{page}");
    // It goes on without the query that it was made of.
    ada.submit(&format!("{QUERIES}{}/", query.id), &[("do", "delete")])
        .await;
    let shapes = || {
        let made = ledger.dashboards(org).unwrap().remove(0).id;
        let tiles = ledger.dashboard(org, made).unwrap().1;
        tiles
            .iter()
            .map(|tile| tile.shape.name())
            .collect::<Vec<_>>()
    };
    let made = ledger.dashboards(org).unwrap().remove(0).id;
    let first = ledger.dashboard(org, made).unwrap().1[0].id;
    ada.submit(&here, &[("do", &format!("later:{first}"))])
        .await;
    assert_eq!(shapes(), ["table", "chart", "number"]);
    ada.submit(&here, &[("do", &format!("remove:{first}"))])
        .await;
    assert_eq!(shapes(), ["table", "number"]);
    let answer = ada.submit(&here, &[("do", "rename"), ("name", "")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    ada.submit(&here, &[("do", "rename"), ("name", "Carts")])
        .await;
    let taken = ada.submit(DASHBOARDS, &[("name", "Carts")]).await;
    assert!(
        taken.text.contains("There is a dashboard `Carts` already"),
        "{}",
        taken.text
    );
    let odd = ada.submit(&here, &[("do", "nothing")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        location(&ada.submit(&here, &[("do", "delete")]).await),
        DASHBOARDS
    );
    assert_eq!(ada.get(&here).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_query_is_saved_from_its_first_page() {
    let house = House::new();
    fill(&house);
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(&format!("{QUERIES}?query=cart&cursor=7")).await;
    let asked = between(&page, "name=\"asked\" value=\"", "\"");
    assert!(!asked.contains("cursor"), "{asked}");
    let fields = [("name", "Carts"), ("asked", "query=cart&cursor=7")];
    let answer = ada.submit(QUERIES, &fields).await;
    assert_eq!(location(&answer), QUERIES);
    let (org, user) = (house.org.id, house.user.id);
    let saved = house.app.ledger.saved_queries(org, user).unwrap();
    assert_eq!(saved[0].asked, "query=cart&statsPeriod=14d");
}

#[tokio::test]
async fn several_environments_stay_chosen() {
    let house = House::new();
    fill(&house);
    let ada = Browser::signed_in(&house).await;
    let page = ada
        .read(&format!("{EXPLORE}?environment=production&environment=eu"))
        .await;
    for name in ["production", "eu"] {
        let chosen = format!("name=\"environment\" value=\"{name}\" checked");
        assert!(page.contains(&chosen), "{name}: {page}");
    }
    assert!(page.contains("2 environments"), "{page}");
}
