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
pub(super) fn filter(house: &House, number: u64, title: &str) {
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

const SCRUBBING: &str = "/settings/acme/projects/web/scrubbing/";

#[tokio::test]
async fn scrubbing_is_saved_and_wrong_rules_are_named() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(SCRUBBING).await;
    assert_eq!(
        page.matches(" checked").count(),
        2,
        "usual: on, with defaults"
    );
    let advanced = r#"{"applications": {"$user.email": ["@anything:remove"]}}"#;
    let fields = [
        ("enabled", "yes"),
        ("ip_addresses", "yes"),
        ("sensitive_fields", "PIN\r\n card_holder "),
        ("safe_fields", "token_count"),
        ("advanced", advanced),
    ];
    assert_eq!(location(&ada.submit(SCRUBBING, &fields).await), SCRUBBING);
    let scrubbing = rules(&house, house.project.id).scrubbing;
    assert!(scrubbing.enabled && scrubbing.ip_addresses && !scrubbing.defaults);
    assert_eq!(scrubbing.sensitive_fields, ["pin", "card_holder"]);
    assert_eq!(scrubbing.advanced, advanced);
    assert!(
        ada.read(SCRUBBING)
            .await
            .contains("pin\ncard_holder</textarea>")
    );
    let wrong = [
        ("enabled", "yes"),
        ("advanced", "{\"rules\": {}\n</textarea><script>"),
    ];
    let answer = ada.submit(SCRUBBING, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("<p class=\"wrong\">line "),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("<script>\n") && answer.text.contains("&#60;script&#62;"));
    assert_eq!(rules(&house, house.project.id).scrubbing, scrubbing);
}

#[tokio::test]
async fn rules_are_tried_on_an_event_and_nothing_is_stored() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let trial = async |rules: &str, event: &str| {
        let fields = [
            ("do", "try"),
            ("enabled", "yes"),
            ("defaults", "yes"),
            ("sensitive_fields", rules),
            ("event", event),
        ];
        let answer = ada.submit(SCRUBBING, &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.text
    };
    let pasted = r#"{"message": "boom", "extra": {"pin": "4711", "password": "hunter2", "a": 1}}"#;
    let page = trial("pin", pasted).await;
    assert!(
        page.contains(">extra.pin<") && page.contains(">extra.password<"),
        "{page}"
    );
    let shown = page
        .split("The event as it would be stored")
        .nth(1)
        .unwrap();
    assert!(
        !shown.contains("4711") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert!(
        trial("", r#"{"message": "boom"}"#)
            .await
            .contains("They hide nothing in it.")
    );
    let issue = house.say(house.project.id, "boom pin=1", 1);
    let latest = house.app.archive.latest(house.project.id, issue).unwrap();
    let id = latest.unwrap().event.event_id.to_string();
    assert!(trial("", &id).await.contains("boom pin=1"));
    for (wrong, expect) in [
        ("", "Give the id of a stored event"),
        ("{\"a\":", "not the JSON of an event"),
        (
            "0123456789abcdef0123456789abcdef",
            "This project has no event",
        ),
        ("<script>alert(1)</script>", "Give the id of a stored event"),
    ] {
        let page = trial("", wrong).await;
        assert!(page.contains(expect), "{wrong}: {page}");
        assert!(!page.contains("<script>alert"));
    }
    // Of another project it is none.
    let foreign = house.say(house.rival.id, "spy", 1);
    let foreign = house.app.archive.latest(house.rival.id, foreign).unwrap();
    let foreign = foreign.unwrap().event.event_id.to_string();
    assert!(
        trial("", &foreign)
            .await
            .contains("This project has no event")
    );
    assert_eq!(rules(&house, house.project.id), Rules::default());
    assert!(
        house
            .app
            .ledger
            .rules_changes(house.project.id)
            .unwrap()
            .is_empty()
    );
}

const GROUPING: &str = "/settings/acme/projects/web/grouping/";

#[tokio::test]
async fn grouping_is_saved_and_wrong_lines_are_named() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let rule = "error.type:DatabaseUnavailable -> system-down";
    let fields = [
        ("fingerprint_rules", rule),
        (
            "stack_rules",
            "stack.function:log_* -group\r\nstack.function:x -app",
        ),
        ("split_by_message", "yes"),
        ("version", "2"),
    ];
    assert_eq!(location(&ada.submit(GROUPING, &fields).await), GROUPING);
    let grouping = rules(&house, house.project.id).grouping;
    assert_eq!(grouping.fingerprint_rules, rule);
    assert_eq!(grouping.stack_rules.lines().count(), 2);
    assert!(grouping.split_by_message && !grouping.ignore_client_fingerprint);
    assert_eq!(grouping.version, Some(2));
    let page = ada.read(GROUPING).await;
    assert!(
        page.contains("error.type:DatabaseUnavailable -&#62; system-down"),
        "{page}"
    );
    let wrong = [(
        "fingerprint_rules",
        "fine:x -> a\n</textarea><script>alert(1)",
    )];
    let answer = ada.submit(GROUPING, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.text.contains("<p class=\"wrong\">line 2: "),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("<script>alert"), "escaped");
    assert_eq!(rules(&house, house.project.id).grouping, grouping);
}

#[tokio::test]
async fn a_forecast_says_what_would_split_and_join() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for (minute, text) in ["red apple", "green apple", "red pear"].iter().enumerate() {
        house.say(house.project.id, text, i64::try_from(minute).unwrap());
    }
    let forecast = async |rules: &str| {
        let fields = [("do", "try"), ("fingerprint_rules", rules)];
        let answer = ada.submit(GROUPING, &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.text
    };
    let page = forecast("message:\"* apple\" -> apples").await;
    assert!(
        page.contains("All events of the last week are among them."),
        "{page}"
    );
    assert!(
        page.contains("the last 3 events") && page.contains("Would join"),
        "{page}"
    );
    assert!(page.contains("they make 3 issues, by these 2"), "{page}");
    assert!(!page.contains("Would split"));
    assert!(
        forecast("")
            .await
            .contains("No issue would be split and none joined.")
    );
    assert_eq!(rules(&house, house.project.id), Rules::default());
    ada.submit(
        GROUPING,
        &[("fingerprint_rules", "message:\"* apple\" -> apples")],
    )
    .await;
    let page = forecast("").await;
    assert!(
        page.contains("Would split") && !page.contains("Would join"),
        "{page}"
    );
}
