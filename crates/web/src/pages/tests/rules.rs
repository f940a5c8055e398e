//! The pages of the rules of a project.

use axum::http::StatusCode;
use watchpost_model::{EventId, FilterReason, FilteredEvent, Glimpse, ProjectId, Rules, Unwanted};
use watchpost_store::{Actor, FilteredUnsettled};

use super::browser::{Browser, location};
use crate::api::tests::house::House;

const FILTERS: &str = "/settings/acme/projects/web/filters/";
const CHANGES: &str = "/settings/acme/projects/web/changes/";
const HOSTILE: &str = "</textarea><script>alert(1)</script>\"'&";

fn rules(house: &House, project: ProjectId) -> Rules {
    house.app.ledger.rules(project).unwrap()
}

/// Counts an event as filtered, as the digest does.
fn filter(house: &House, number: u64, title: &str) {
    let unwanted = Unwanted {
        project: house.project.id,
        key: house.key.id,
        event: EventId(number.into()),
        received: house.app.clock.now(),
        reason: FilterReason {
            name: "error-message",
            pattern: HOSTILE.to_owned(),
        },
        glimpse: Glimpse {
            title: title.to_owned(),
            url: Some("javascript:alert(1)".to_owned()),
            ..Glimpse::default()
        },
    };
    let shown = FilteredUnsettled {
        unwanted,
        spooled: Some(number),
        known: None,
    };
    house.app.ledger.count_filtered(&[shown], 0).unwrap();
}

#[tokio::test]
async fn filters_are_saved_shown_and_remembered() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let fields = [
        ("localhost", "yes"),
        ("web_crawlers", "yes"),
        ("legacy_browsers", "ie"),
        ("legacy_browsers", "safari"),
        ("error_messages", " *noise* \r\n\r\nTypeError: x*\r\n"),
        ("releases", "*-dev"),
        ("ip_addresses", "10.0.0.0/8"),
    ];
    assert_eq!(location(&ada.submit(FILTERS, &fields).await), FILTERS);
    let filters = rules(&house, house.project.id).filters;
    assert!(filters.localhost && filters.web_crawlers && !filters.browser_extensions);
    assert_eq!(filters.legacy_browsers, ["ie", "safari"]);
    assert_eq!(filters.error_messages, ["*noise*", "TypeError: x*"]);
    assert_eq!(
        (&*filters.releases[0], &*filters.ip_addresses[0]),
        ("*-dev", "10.0.0.0/8")
    );
    let page = ada.read(FILTERS).await;
    assert!(page.contains("Saved.") && page.contains("*noise*\nTypeError: x*</textarea>"));
    assert_eq!(page.matches(" checked").count(), 4);
    assert!(!ada.read(FILTERS).await.contains("Saved."), "said once");
    let changes = house.app.ledger.rules_changes(house.project.id).unwrap();
    assert_eq!(changes[0].user, Some(house.user.id));
    // An empty form switches all off.
    ada.submit(FILTERS, &[]).await;
    assert_eq!(
        rules(&house, house.project.id).filters,
        Rules::default().filters
    );
}

#[tokio::test]
async fn wrong_patterns_are_named_and_nothing_is_saved() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let typed = format!("*fine*\n[{HOSTILE}");
    let fields = [("error_messages", &*typed), ("ip_addresses", "10.0.0.0/99")];
    let answer = ada.submit(FILTERS, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("line 2: "), "{}", answer.text);
    assert!(answer.text.contains("a range ends in"), "{}", answer.text);
    assert!(
        answer.text.contains("*fine*\n[&#60;/textarea"),
        "what was typed is still there"
    );
    assert!(!answer.text.contains("<script>alert"), "w02: escaped");
    assert_eq!(rules(&house, house.project.id), Rules::default());
    let many = "x\n".repeat(201);
    let answer = ada.submit(FILTERS, &[("releases", &many)]).await;
    assert!(answer.text.contains("at most 200 are allowed"));
}

#[tokio::test]
async fn what_was_filtered_is_counted_and_shown_escaped() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert!(ada.read(FILTERS).await.contains("Nothing was filtered."));
    filter(&house, 1, "first");
    filter(&house, 2, "<script>alert(2)</script>");
    let page = ada.read(FILTERS).await;
    assert!(
        page.contains(r#"<td>error-message</td><td class="number">2"#),
        "{page}"
    );
    assert!(page.contains("first") && page.contains("&#60;script&#62;alert(2)"));
    assert!(!page.contains("<script>alert") && !page.contains("href=\"javascript"));
    house.clock.advance_secs(25 * 3600);
    assert!(ada.read(FILTERS).await.contains("Nothing was filtered."));
    let others: Vec<FilteredEvent> = house
        .app
        .ledger
        .filtered_events(house.rival.id, watchpost_model::Timestamp::default())
        .unwrap();
    assert!(others.is_empty());
}

#[tokio::test]
async fn a_change_is_shown_and_undone() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert!(ada.read(CHANGES).await.contains("Nobody has changed"));
    ada.submit(FILTERS, &[("releases", HOSTILE)]).await;
    let off = |rules: &mut Rules| rules.scrubbing.enabled = false;
    let now = house.app.clock.now();
    let ledger = &house.app.ledger;
    ledger
        .change_rules(house.project.id, &off, Actor::System, now)
        .unwrap();
    let page = ada.read(CHANGES).await;
    assert!(page.contains("ada@example.org") && page.contains("the command line"));
    assert!(page.contains("Filter: releases") && page.contains("Scrubbing"));
    assert!(page.contains("&#60;script&#62;") && !page.contains("<script>alert"));
    let first = ledger.rules_changes(house.project.id).unwrap()[1].id;
    let back = format!("{CHANGES}{first}/");
    assert_eq!(location(&ada.submit(&back, &[]).await), CHANGES);
    assert_eq!(rules(&house, house.project.id), Rules::default());
    assert!(ada.read(CHANGES).await.contains("again what they were"));
    assert_eq!(ledger.rules_changes(house.project.id).unwrap().len(), 3);
    // Of another project it is none.
    let answer = ada
        .submit(
            &format!("/settings/rival/projects/spy/changes/{first}/"),
            &[],
        )
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn w13_rules_are_changed_by_our_own_forms_only() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let answer = ada.post(FILTERS, &[("localhost", "yes")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let guest = Browser::stranger(&house);
    assert!(guest.target(FILTERS).await.starts_with("/auth/login/"));
    assert_eq!(rules(&house, house.project.id), Rules::default());
}
