//! The page of ownership rules, without JavaScript.

use axum::http::StatusCode;
use serde_json::json;
use watchpost_model::{Ownership, Rules};
use watchpost_store::NewTeam;
use watchpost_store::limits::CODEOWNERS_BYTES_MAX;

use super::browser::{Browser, location};
use crate::api::tests::house::{House, message};

const PAGE: &str = "/settings/acme/projects/web/ownership/";

fn ownership(house: &House) -> Ownership {
    house.app.ledger.rules(house.project.id).unwrap().ownership
}

fn file(house: &House) -> Option<String> {
    let record = house.app.ledger.ownership(house.project.id).unwrap();
    record?.codeowners.map(|file| file.raw)
}

fn team(house: &House, slug: &str) {
    let new = NewTeam {
        org: house.org.id,
        slug,
        name: slug,
    };
    house
        .app
        .ledger
        .create_team(&new, house.app.clock.now())
        .unwrap();
}

#[tokio::test]
async fn rules_and_file_are_saved_shown_and_remembered() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(PAGE).await;
    assert_eq!(page.matches(" checked").count(), 1, "issues are assigned");
    let fields = [
        ("rules", "# pay\r\npath:src/pay/* #pay </textarea>@x\r\n"),
        ("codeowners", "* @core\r\n[Section]\r\n"),
    ];
    assert_eq!(location(&ada.submit(PAGE, &fields).await), PAGE);
    let saved = ownership(&house);
    assert_eq!(saved.rules, "# pay\npath:src/pay/* #pay </textarea>@x\n");
    assert!(!saved.auto_assign && saved.fallthrough);
    assert_eq!(file(&house).as_deref(), Some("* @core\n[Section]\n"));
    let page = ada.read(PAGE).await;
    assert!(
        page.contains("Saved.") && page.contains("#pay &#60;/textarea&#62;@x"),
        "{page}"
    );
    assert!(
        page.contains("Passed over: line 2: character 1: `[`"),
        "{page}"
    );
    assert!(
        page.contains("<code>#core</code>") && page.contains("<code>#pay</code>"),
        "{page}"
    );
    let changes = ada.read("/settings/acme/projects/web/changes/").await;
    assert!(changes.contains("Ownership: rules") && changes.contains("Ownership: assign"));
    // What did not change stays as it is, and an empty file is none.
    let before = house.app.ledger.ownership_versions().unwrap();
    ada.submit(PAGE, &fields).await;
    assert_eq!(house.app.ledger.ownership_versions().unwrap(), before);
    ada.submit(
        PAGE,
        &[
            ("rules", ""),
            ("codeowners", "\r\n"),
            ("auto_assign", "yes"),
        ],
    )
    .await;
    assert_eq!(
        (ownership(&house), file(&house)),
        (Ownership::default(), None)
    );
}

#[tokio::test]
async fn wrong_rules_are_named_and_nothing_is_saved() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let fields = [("rules", "path:a core"), ("codeowners", "* @core")];
    let answer = ada.submit(PAGE, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let expect = "Ownership rules, line 1: character 8: `core` is nobody";
    assert!(answer.text.contains(expect), "{}", answer.text);
    assert!(
        answer.text.contains("* @core"),
        "what was typed is still there"
    );
    assert_eq!(
        (ownership(&house), file(&house)),
        (Ownership::default(), None)
    );
    let large = "src/a/b/c/ @core\n".repeat(CODEOWNERS_BYTES_MAX / 17 + 1);
    let answer = ada.submit(PAGE, &[("codeowners", &large)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("at most 3145728 are allowed"));
    let fits = "src/a/b/c/ @core\n".repeat(CODEOWNERS_BYTES_MAX / 17);
    assert_eq!(
        location(&ada.submit(PAGE, &[("codeowners", &fits)]).await),
        PAGE
    );
}

#[tokio::test]
async fn rules_are_tried_on_an_event_and_nothing_is_saved() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for slug in ["core", "pay"] {
        team(&house, slug);
    }
    let stored = message(house.project.id, "boom", 1);
    let id = stored.event.event_id.to_string();
    house.store(stored);
    let pasted = json!({"message": "boom", "tags": {"customer": "gold"}}).to_string();
    let check = async |rules: &str, auto: &str, event: &str, expect: &str| {
        let fields = [
            ("rules", rules),
            ("codeowners", "app/ @core"),
            ("auto_assign", auto),
            ("event", event),
            ("do", "try"),
        ];
        let answer = ada.submit(PAGE, &fields).await;
        assert!(answer.text.contains(expect), "{expect} in {}", answer.text);
    };
    let rules = "tags.level:* #core\ntags.level:* #ghosts #pay";
    check(
        rules,
        "yes",
        &id,
        "Its issue goes to <b><bdi>#pay</bdi></b>",
    )
    .await;
    check(rules, "", &id, "<b><bdi>#pay</bdi></b> is suggested first").await;
    check(
        rules,
        "",
        &id,
        r#"rules, line 2</td><td class="mono"><bdi>tags.level:* #ghosts #pay"#,
    )
    .await;
    check("tags.x:y #core", "yes", &id, "It fits no rule").await;
    check(
        "tags.level:* #ghosts",
        "yes",
        &id,
        "Nobody of those names is here",
    )
    .await;
    check(
        "tags.customer:gold #core",
        "yes",
        &pasted,
        "goes to <b><bdi>#core",
    )
    .await;
    check(rules, "yes", "nonsense", "Give the id of a stored event").await;
    assert_eq!(
        house.app.ledger.rules(house.project.id).unwrap(),
        Rules::default()
    );
}
