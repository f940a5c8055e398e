//! From an empty installation to the first event: names, the guide, refusals, the test event.

use axum::http::StatusCode;
use watchpost_model::{KeyId, Rejection};

use super::browser::{Browser, location};
use crate::api::tests::house::House;

const GUIDE: &str = "/organizations/acme/projects/web/getting-started/";
const WELCOME: &str = "/settings/acme/welcome/";

fn rejection(house: &House, reason: &'static str, status: u16) -> Rejection {
    Rejection {
        last: house.app.clock.now(),
        count: 1,
        reason,
        status,
        detail: "the <b>detail</b>".to_owned(),
        key: None,
        named: Some(house.project.id),
        origin: Some("https://shop.example".to_owned()),
        client: Some("<i>shop</i>/1.0".to_owned()),
    }
}

#[tokio::test]
async fn the_platform_of_the_project_chooses_what_the_guide_shows() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let page = ada.read(GUIDE).await;
    assert!(page.contains("<h2>Python</h2>"), "{page}");
    assert!(!page.contains("<details class=\"fold\" open"));
    for (wanted, platform, expect) in [
        ("", "python-django", "<h2>Django</h2>"),
        ("", "csharp", "<h2>.NET</h2>"),
        ("", "javascript-svelte", "<h2>Browser</h2>"),
        ("go", "python", "<h2>Go</h2>"),
        ("", "cobol", "<h2>curl</h2>"),
    ] {
        let mut project = house.project_now("web");
        project.platform = Some(platform.to_owned());
        house.app.ledger.update_project(&project).unwrap();
        let page = ada.read(&format!("{GUIDE}?client={wanted}")).await;
        assert!(page.contains(expect), "{wanted} {platform}");
    }
    let page = ada.read(GUIDE).await;
    assert!(
        page.contains("<details class=\"fold\" open"),
        "nothing chosen"
    );
}

#[tokio::test]
async fn a_refused_client_is_explained_where_somebody_waits() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert!(!ada.read(GUIDE).await.contains("A request was refused"));
    let others = [
        ("project_id", 403, None, "Its key is not known here"),
        (
            "project_id",
            403,
            Some(KeyId(99)),
            "belongs to another project",
        ),
        ("cors", 403, None, "The origin https://shop.example may not"),
        ("too_large", 413, None, "too large: the &#60;b&#62;detail"),
        ("invalid_json", 400, None, "It could not be read"),
        ("project_quota", 429, None, "A quota is used up"),
    ];
    for (reason, status, key, expect) in others {
        let one = Rejection {
            key,
            ..rejection(&house, reason, status)
        };
        *house.refused.lock().unwrap() = vec![one];
        let page = ada.read(GUIDE).await;
        assert!(page.contains("A request was refused"), "{reason}");
        assert!(page.contains(expect), "{reason}: {page}");
        assert!(page.contains("&#60;i&#62;shop"), "escaped");
    }
    let disabled = Rejection {
        key: Some(house.key.id),
        ..rejection(&house, "project_id", 403)
    };
    let ledger = &house.app.ledger;
    ledger
        .set_key_active(house.project.id, house.key.id, false)
        .unwrap();
    *house.refused.lock().unwrap() = vec![disabled; 9];
    let page = ada.read(GUIDE).await;
    assert_eq!(
        page.matches("“default”, is disabled").count(),
        5,
        "the last ones"
    );
}

#[tokio::test]
async fn a_filtered_event_is_explained_too() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    super::rules::filter(&house, 1, "Boom");
    super::rules::filter(&house, 2, "Boom");
    let page = ada.read(GUIDE).await;
    assert_eq!(page.matches("An event was filtered out").count(), 1);
    assert!(page.contains("“error-message”"), "{page}");
    assert!(page.contains("/settings/acme/projects/web/filters/"));
    house.clock.advance_secs(2 * 3600);
    assert!(!ada.read(GUIDE).await.contains("filtered out"), "long ago");
}

#[tokio::test]
async fn a_test_event_is_seen_at_once_and_names_nobody() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let door = format!("{GUIDE}test-event/");
    assert_eq!(ada.post(&door, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.get(&door).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(location(&ada.submit(&door, &[]).await), GUIDE);
    let page = ada.read(GUIDE).await;
    assert!(page.contains("Test event sent."));
    assert!(page.contains("An event arrived"));
    assert!(page.contains("Test event from Watchpost"));
    let list = format!("/organizations/acme/issues/?project={}", house.project.id);
    let answer = ada.submit(&door, &[("return_to", &list)]).await;
    assert_eq!(location(&answer), list);
}

#[tokio::test]
async fn an_empty_list_offers_the_test_event() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let list = format!("/organizations/acme/issues/?project={}", house.project.id);
    let page = ada.read(&list).await;
    assert!(
        page.contains(&format!("action=\"{GUIDE}test-event/\"")),
        "{page}"
    );
    assert!(
        page.contains(&format!("name=\"return_to\" value=\"{list}\"")),
        "{page}"
    );
}

#[tokio::test]
async fn without_an_enabled_key_no_test_event_is_sent() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (project, key) = (house.project.id, house.key.id);
    house
        .app
        .ledger
        .set_key_active(project, key, false)
        .unwrap();
    let answer = ada.submit(&format!("{GUIDE}test-event/"), &[]).await;
    assert_eq!(location(&answer), GUIDE);
    let page = ada.read(GUIDE).await;
    assert!(page.contains("no enabled key") && page.contains("Waiting for the first event"));
}

#[tokio::test]
async fn what_is_in_use_is_not_named_again() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house.add_project("second");
    for path in ["/welcome/", WELCOME] {
        assert_eq!(ada.target(path).await, "/", "{path}");
    }
    let fields = [("org", "Mine"), ("project", "Mine")];
    assert_eq!(location(&ada.submit(WELCOME, &fields).await), "/");
    assert_eq!(house.project_now("web").name, "web");
}

#[tokio::test]
async fn a_new_installation_is_named_once() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert_eq!(ada.target("/welcome/").await, WELCOME);
    let page = ada.read(WELCOME).await;
    assert!(page.contains("value=\"Acme Inc.\"") && page.contains("value=\"web\""));
    for wrong in [
        [("org", ""), ("project", "Shop")],
        [("org", "Bolt"), ("project", "")],
    ] {
        let answer = ada.submit(WELCOME, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let fields = [
        ("org", "Bolt & Söhne"),
        ("project", "Web Shop"),
        ("platform", "python-django"),
    ];
    let answer = ada.submit(WELCOME, &fields).await;
    let guide = "/organizations/bolt-s-hne/projects/web-shop/getting-started/";
    assert_eq!(location(&answer), guide);
    assert!(ada.read(guide).await.contains("<h2>Django</h2>"));
    let named = house.app.ledger.org("bolt-s-hne").unwrap();
    assert_eq!(named.unwrap().name, "Bolt & Söhne");
    let taken = [("org", "Rival"), ("project", "Shop")];
    let answer = ada.submit("/settings/bolt-s-hne/welcome/", &taken).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("taken"));
    // A name without a letter of addresses keeps the address.
    let again = "/settings/bolt-s-hne/welcome/";
    let fields = [("org", "日本"), ("project", "店")];
    let kept = "/organizations/bolt-s-hne/projects/web-shop/getting-started/";
    assert_eq!(location(&ada.submit(again, &fields).await), kept);
    house.say(house.project.id, "Boom", 1);
    assert_eq!(ada.target("/welcome/").await, "/", "it is in use");
}

#[tokio::test]
async fn pages_of_projects_lead_to_a_new_one_where_there_are_none() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (ledger, now) = (&house.app.ledger, house.app.clock.now());
    let bare = ledger.create_org("bare", "Bare", now).unwrap();
    let owner = watchpost_model::Role::Owner;
    ledger
        .put_member(bare.id, house.user.id, owner, now)
        .unwrap();
    for page in ["issues/?project=-1", "issues/", "tags/", "environments/"] {
        let target = ada.target(&format!("/organizations/bare/{page}")).await;
        assert_eq!(target, "/organizations/bare/projects/new/", "{page}");
    }
    ada.read("/organizations/bare/projects/new/").await;
    let tag = ada.get("/organizations/bare/tags/?project=7").await;
    assert_eq!(tag.status, StatusCode::NOT_FOUND);
}
