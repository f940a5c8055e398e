//! Projects, keys, the first-run guide, and the ways in.

use axum::http::{StatusCode, header};

use super::browser::{Browser, between, location};
use crate::api::tests::house::House;

#[tokio::test]
async fn the_front_door_leads_to_the_guide_and_then_to_the_issues() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let guide = "/organizations/acme/projects/web/getting-started/";
    assert_eq!(ada.target("/").await, guide);
    let page = ada.read(guide).await;
    assert!(page.contains("Waiting for the first event"));
    house.say(house.project.id, "Boom", 1);
    let page = ada.read(guide).await;
    assert!(page.contains("An event arrived"));
    let event = between(&page, r#"class="button primary push" href=""#, "\"").to_owned();
    assert!(ada.read(&event).await.contains("Boom"));
    let issues = |org: &str, id| format!("/organizations/{org}/issues/?project={id}");
    assert_eq!(ada.target("/").await, issues("acme", house.project.id));
    house.say(house.rival.id, "Boom", 1);
    let theirs = issues("rival", house.rival.id);
    ada.read(&theirs).await;
    assert_eq!(ada.target("/").await, theirs, "the project seen last");
    house.add_project("api");
    ada.read(&issues("acme", house.project.id)).await;
    let all = "/organizations/acme/projects/";
    assert_eq!(ada.target("/").await, all, "there are several");
}

#[tokio::test]
async fn the_guide_fills_in_the_address_and_says_when_there_is_no_key() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let guide = "/organizations/acme/projects/web/getting-started/";
    let dsn = house.key.dsn("http://errors.test:9000");
    for client in [
        "curl",
        "python",
        "javascript-react",
        "raven-js",
        "2010",
        "nonsense",
    ] {
        let page = ada.read(&format!("{guide}?client={client}")).await;
        assert!(page.contains(&dsn), "{client}");
    }
    house
        .app
        .ledger
        .set_key_active(house.project.id, house.key.id, false)
        .unwrap();
    assert!(ada.read(guide).await.contains("no enabled key"));
}

#[tokio::test]
async fn a_project_is_made_with_a_key() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let new = "/organizations/acme/projects/new/";
    let make = async |name: &str| {
        ada.submit(new, &[("name", name), ("platform", "rust")])
            .await
    };
    let answer = make("Web Shop").await;
    assert_eq!(
        location(&answer),
        "/organizations/acme/projects/web-shop/getting-started/"
    );
    let project = house.project_now("web-shop");
    assert_eq!(project.platform.as_deref(), Some("rust"));
    assert_eq!(house.app.ledger.keys(project.id).unwrap().len(), 1);
    let taken = make("Web Shop").await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text.contains("choose another slug"));
    assert_eq!(make("").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn settings_are_kept_and_checked() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let path = "/settings/acme/projects/web/";
    let fields = [
        ("name", "Shop"),
        ("platform", "ruby"),
        ("origins", " https://shop.example\r\n\r\n*.shop.example\r\n"),
    ];
    assert_eq!(location(&ada.submit(path, &fields).await), path);
    let project = house.project_now("web");
    assert_eq!(
        (project.name.as_str(), project.platform.as_deref()),
        ("Shop", Some("ruby"))
    );
    assert_eq!(
        project.allowed_origins,
        ["https://shop.example", "*.shop.example"]
    );
    assert_eq!(
        ada.submit(path, &[("name", "")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let wrong = [("name", "x"), ("origins", "a b")];
    assert_eq!(
        ada.submit(path, &wrong).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn limits_of_a_project_and_of_a_key_are_kept_shown_and_checked() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let path = "/settings/acme/projects/web/";
    let row = [
        ("quota_limit", "100"),
        ("quota_category", "transaction"),
        ("quota_window", "60"),
    ];
    let project = || house.project_now("web");
    let fields = [
        &[
            ("name", "Shop"),
            ("origins", "*"),
            ("spike_protection", "yes"),
            ("retention_days", "30"),
            ("retention_megabytes", "2000"),
        ][..],
        &row,
    ]
    .concat();
    assert_eq!(location(&ada.submit(path, &fields).await), path);
    let quota = watchpost_model::Quota {
        category: Some("transaction".into()),
        limit: 100,
        window_secs: 60,
    };
    let kept = project();
    assert_eq!(kept.quotas, std::slice::from_ref(&quota));
    assert!(kept.spike_protection);
    assert_eq!(kept.retention.days, Some(30));
    assert_eq!(kept.retention.bytes, Some(2_000_000_000));
    let page = ada.read(path).await;
    for shown in [
        r#"name="quota_limit" value="100""#,
        r#"<option value="transaction" selected>"#,
        r#"value="yes" checked"#,
        r#"value="2000""#,
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    let wrong = [("name", "Shop"), ("retention_days", "0")];
    let refused = ada.submit(path, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(project().quotas.len(), 1, "a refused form changes nothing");
    let keys = "/settings/acme/projects/web/keys/";
    let one = format!("{keys}{}/quotas/", house.key.id);
    assert_eq!(location(&ada.submit(&one, &row).await), keys);
    let key = || house.app.ledger.keys(house.project.id).unwrap().remove(0);
    assert_eq!(key().quotas, [quota]);
    assert!(ada.read(keys).await.contains("Quotas (1)"));
    let refused = ada.submit(&one, &[row, row].concat()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("the same window"));
    assert_eq!(location(&ada.submit(&one, &[]).await), keys);
    assert_eq!(key().quotas, []);
}

#[tokio::test]
async fn keys_are_shown_made_and_switched() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let path = "/settings/acme/projects/web/keys/";
    let page = ada.read(path).await;
    let base = "http://errors.test:9000";
    for shown in [
        house.key.dsn(base),
        house.key.dsn_with_secret(base),
        format!("{base}/store/"),
    ] {
        assert!(page.contains(&format!("value=\"{shown}\"")), "{shown}");
    }
    assert_eq!(
        location(&ada.submit(path, &[("label", "Browser")]).await),
        path
    );
    assert!(ada.read(path).await.contains("Key created"));
    assert!(
        !ada.read(path).await.contains("Key created"),
        "it is said once"
    );
    let keys = house.app.ledger.keys(house.project.id).unwrap();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0].secret, keys[1].secret);
    let one = format!("{path}{}/", keys[0].id);
    ada.submit(&one, &[("active", "no")]).await;
    assert!(!house.app.ledger.keys(house.project.id).unwrap()[0].active);
    ada.submit(&one, &[("active", "yes")]).await;
    assert!(house.app.ledger.keys(house.project.id).unwrap()[0].active);
}

#[tokio::test]
async fn w10_foreign_keys_and_projects_cannot_be_reached() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let other = house.add_project("other");
    let path = format!("/settings/acme/projects/other/keys/{}/", house.key.id);
    ada.submit(&path, &[("active", "no")]).await;
    assert!(house.app.ledger.keys(house.project.id).unwrap()[0].active);
    assert_eq!(other.slug, "other");
    for path in [
        "/settings/acme/projects/spy/",
        "/settings/nobody/projects/web/",
    ] {
        assert_eq!(ada.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn old_addresses_and_pasted_ids_lead_to_the_page() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let issue = house.say(house.project.id, "Boom", 1);
    let page = format!("/organizations/acme/issues/{issue}/");
    let latest = house
        .app
        .archive
        .latest(house.project.id, issue)
        .unwrap()
        .unwrap();
    let id = latest.event.event_id;
    let event = format!("{page}events/{id}/");
    let known = house
        .app
        .ledger
        .issue(house.project.id, issue)
        .unwrap()
        .unwrap();
    let short = known.short_id("web").to_string();
    let tokens = "/settings/account/api/auth-tokens/";
    let cases = [
        (format!("/group/{issue}"), page.clone()),
        (format!("/group/{issue}/messages/{id}"), event.clone()),
        (
            format!("/group/{issue}/messages/7"),
            format!("{page}events/"),
        ),
        (format!("/search?q={id}"), event.clone()),
        (format!("/search?q={}", short.to_lowercase()), page.clone()),
        (
            "/search?q=some+words".into(),
            format!(
                "/organizations/acme/issues/?project={}&query=some%20words",
                house.project.id
            ),
        ),
        (
            format!("/organizations/acme/issues/?query={short}"),
            page.clone(),
        ),
        (
            format!("/organizations/acme/projects/web/events/{id}/"),
            event,
        ),
        ("/login".into(), "/auth/login/".into()),
        (
            "/orgredirect/organizations/:orgslug/settings/auth-tokens/".into(),
            tokens.into(),
        ),
    ];
    for (path, expect) in cases {
        assert_eq!(ada.target(&path).await, expect, "{path}");
    }
    let answer = ada
        .get(&format!("/organizations/acme/issues/{issue}?period=7d"))
        .await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(location(&answer), format!("{page}?period=7d"));
    for gone in [
        "/group/999",
        "/group/x",
        "/organizations/acme/projects/web/events/0/",
    ] {
        assert_eq!(ada.get(gone).await.status, StatusCode::NOT_FOUND, "{gone}");
    }
}

#[tokio::test]
async fn w08_every_answer_carries_the_safety_headers() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let page = ada.read("/settings/account/api/auth-tokens/").await;
    let style = between(&page, r#"rel="stylesheet" href=""#, "\"").to_owned();
    let paths = [
        style.as_str(),
        "/",
        "/nothing",
        "/api/0/nothing",
        "/robots.txt",
        "/static/none.css",
        "/settings/account/api/auth-tokens/",
        "/feeds/none/messages.xml",
        "/setup/none",
    ];
    for path in paths {
        let answer = ada.get(path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{path}"
        );
        assert_eq!(
            answer.headers[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{path}"
        );
        assert_eq!(
            answer.headers[header::REFERRER_POLICY],
            "same-origin",
            "{path}"
        );
    }
    let kept = &ada.get(&style).await.headers[header::CACHE_CONTROL];
    assert_eq!(kept, "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn faults_are_pages_for_people_and_json_for_programs() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let page = ada.get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("<h1>Nothing here</h1>"), "{}", page.text);
    let answer = ada.get("/api/nothing").await;
    assert_eq!(answer.refusal().0, 404);
}
