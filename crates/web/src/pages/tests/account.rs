//! Signing in and out, setting up, and what a form must bring.

use axum::http::{HeaderName, Method, StatusCode, header};

use super::browser::{Browser, PASSWORD, between, location};
use super::roles::turn_out;
use crate::api::tests::house::House;
use crate::secret::Secret;

const TOKENS: &str = "/settings/account/api/auth-tokens/";

#[tokio::test]
async fn a_stranger_is_sent_to_sign_in_and_back() {
    let house = House::new();
    let stranger = Browser::stranger(&house);
    let page = "/organizations/acme/issues/?query=a b".replace(' ', "%20");
    let target = stranger.target(&page).await;
    assert_eq!(
        target,
        "/auth/login/?next=%2Forganizations%2Facme%2Fissues%2F%3Fquery%3Da%2520b"
    );
    let form = stranger.read(&target).await;
    assert_eq!(between(&form, r#"name="next" value=""#, "\""), page);
    Browser::signed_in(&house).await;
    let answer = stranger.sign_in("ada@example.org", PASSWORD, &page).await;
    assert_eq!(location(&answer), page);
    assert_eq!(stranger.target("/auth/login/").await, "/");
}

#[tokio::test]
async fn w15_next_never_leads_elsewhere() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for next in ["//evil", "/\\evil", "https://evil", "/\tevil"] {
        let stranger = Browser::stranger(&house);
        let answer = stranger.sign_in("ada@example.org", PASSWORD, next).await;
        assert_eq!(location(&answer), "/", "{next}");
        let query = form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
        assert_eq!(ada.target(&format!("/auth/login/?next={query}")).await, "/");
    }
}

#[tokio::test]
async fn unknown_people_and_wrong_passwords_get_the_same_answer() {
    let house = House::new();
    Browser::signed_in(&house).await;
    let stranger = Browser::stranger(&house);
    let wrong = stranger
        .sign_in("ada@example.org", "wrong password", "")
        .await;
    let unknown = stranger
        .sign_in("eve@example.org", "wrong password", "")
        .await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.text, unknown.text.replace("eve@", "ada@"));
    assert_eq!(stranger.cookie("watchpost"), None);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_nobody_is_locked_out() {
    let house = House::new();
    Browser::signed_in(&house).await;
    let stranger = Browser::stranger(&house);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = stranger
            .sign_in("ada@example.org", "wrong password", "")
            .await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    let refused = stranger.sign_in("ada@example.org", PASSWORD, "").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers[header::RETRY_AFTER], "2");
    house.clock.advance_secs(2);
    let answer = stranger.sign_in("ada@example.org", PASSWORD, "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn w19_every_session_is_new_and_ends_on_the_server() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let first = ada.cookie("watchpost").unwrap();
    let answer = ada.sign_in("ada@example.org", PASSWORD, "").await;
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(line.ends_with("; HttpOnly; SameSite=Lax"), "{line}");
    assert_ne!(ada.cookie("watchpost").unwrap(), first);

    let kept = ada.cookie("watchpost").unwrap();
    assert_eq!(
        location(&ada.submit("/auth/logout/", &[]).await),
        "/auth/login/"
    );
    ada.set_cookie("watchpost", &kept);
    assert_eq!(ada.get(TOKENS).await.status, StatusCode::SEE_OTHER);

    ada.set_cookie("watchpost", &first);
    assert_eq!(ada.get(TOKENS).await.status, StatusCode::OK);
    house.clock.advance_secs(30 * 24 * 3600);
    assert_eq!(ada.get(TOKENS).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn w13_a_form_needs_the_token_of_its_own_session() {
    let house = House::new();
    let (ada, other) = (
        Browser::signed_in(&house).await,
        Browser::signed_in(&house).await,
    );
    let page = other.read(TOKENS).await;
    let foreign = between(&page, r#"name="csrf" value=""#, "\"");
    let paths = [
        TOKENS,
        "/theme/",
        "/auth/logout/",
        "/organizations/acme/issues/act/",
        "/organizations/acme/projects/new/",
        "/settings/acme/projects/web/",
        "/settings/acme/projects/web/keys/",
        "/settings/acme/projects/web/keys/1/",
        "/settings/account/api/auth-tokens/1/deletion/",
    ];
    for path in paths {
        for fields in [vec![], vec![("csrf", "")], vec![("csrf", foreign)]] {
            let answer = ada.post(path, &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {fields:?}");
            assert!(
                answer.text.contains("Nothing was changed"),
                "{}",
                answer.text
            );
        }
    }
    assert_eq!(house.app.ledger.tokens(house.user.id).unwrap().len(), 1);
}

#[tokio::test]
async fn w13_forms_of_other_sites_and_other_kinds_are_refused() {
    let house = House::new();
    Browser::signed_in(&house).await;
    let body = format!(
        "email=ada%40example.org&password={}",
        PASSWORD.replace(' ', "+")
    );
    let form = || {
        (
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded".to_owned(),
        )
    };
    let site = |value: &str| (HeaderName::from_static("sec-fetch-site"), value.to_owned());
    let send = async |headers: &[(HeaderName, String)]| {
        let answer = house
            .send_with(Method::POST, "/auth/login/", headers, &body)
            .await;
        answer.status.as_u16()
    };
    assert_eq!(send(&[form(), site("same-origin")]).await, 303);
    assert_eq!(send(&[form(), site("cross-site")]).await, 403);
    assert_eq!(
        send(&[form(), (header::ORIGIN, "null".to_owned())]).await,
        403
    );
    assert_eq!(
        send(&[(header::CONTENT_TYPE, "text/plain".to_owned())]).await,
        400
    );
}

#[tokio::test]
async fn w42_the_setup_link_makes_one_account() {
    let house = House::new();
    let link = Secret::draw("").unwrap();
    let expires = house.app.clock.now().plus_secs(60);
    house
        .app
        .ledger
        .put_setup_link(link.hash(), expires)
        .unwrap();
    let path = format!("/setup/{}", link.as_str());
    let browser = Browser::stranger(&house);
    assert!(
        browser
            .read(&path)
            .await
            .contains("Create the first account")
    );
    let create = async |path: &str, name, email, password| {
        let fields = [("name", name), ("email", email), ("password", password)];
        browser.post(path, &fields).await.status.as_u16()
    };
    assert_eq!(
        create(&path, "Bo", "bo@example.org", "too short").await,
        422
    );
    assert_eq!(
        create(&path, "Bo", "no address", "long enough it is").await,
        422
    );
    assert_eq!(
        create(&path, "", "bo@example.org", "long enough it is").await,
        422
    );
    assert_eq!(
        create(&path, "Bo", "ada@example.org", "long enough it is").await,
        422
    );
    assert_eq!(
        create("/setup/guess", "Bo", "bo@example.org", "long enough it is").await,
        404
    );
    assert_eq!(
        create(&path, "Bo", "Bo@example.org", "long enough it is").await,
        303
    );
    assert_eq!(browser.get(TOKENS).await.status, StatusCode::OK);
    assert_eq!(
        create(&path, "Cy", "cy@example.org", "long enough it is").await,
        404
    );
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    let known = house.app.ledger.user_by_email("bo@example.org").unwrap();
    assert_eq!(known.unwrap().0.name, "Bo");
}

#[tokio::test]
async fn a_theme_is_in_the_first_answer() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert!(ada.read(TOKENS).await.contains(r#"data-theme="auto""#));
    let answer = ada
        .submit("/theme/", &[("theme", "dark"), ("return_to", TOKENS)])
        .await;
    assert_eq!(location(&answer), TOKENS);
    let page = ada.read(TOKENS).await;
    assert!(page.contains(r#"data-theme="dark""#));
    assert!(page.contains(r#"name="color-scheme" content="dark""#));
}

#[tokio::test]
async fn tokens_are_shown_once_and_only_their_owner_deletes_them() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let answer = ada
        .submit(TOKENS, &[("label", "Bot"), ("purpose", "read")])
        .await;
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let token = between(&answer.text, r#"id="token" value=""#, "\"").to_owned();
    let (known, owner) = house
        .app
        .ledger
        .token(&crate::secret::hash_of(&token))
        .unwrap()
        .unwrap();
    assert_eq!((known.label.as_str(), owner.id), ("Bot", house.user.id));
    assert!(known.scopes.iter().all(|scope| scope.0.ends_with(":read")));
    let page = ada.read(TOKENS).await;
    assert!(page.contains("Bot") && !page.contains(&token));
    let path = format!("{TOKENS}{}/deletion/", known.id);
    assert_eq!(location(&ada.submit(&path, &[]).await), TOKENS);
    assert_eq!(house.app.ledger.tokens(house.user.id).unwrap().len(), 1);
    let answer = ada
        .submit(TOKENS, &[("label", "x"), ("purpose", "nonsense")])
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn who_is_in_no_organization_keeps_their_account() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    turn_out(&house);
    for path in [
        "/settings/account/details/",
        "/settings/account/security/",
        "/settings/account/security/two-factor/",
        TOKENS,
    ] {
        let page = ada.read(path).await;
        assert!(page.contains("Sign out"), "{path}: {page}");
        assert!(
            !page.contains("acme") && !page.contains("Acme"),
            "{path}: {page}"
        );
    }
    ada.submit(&format!("{TOKENS}1/deletion/"), &[]).await;
    assert_eq!(house.app.ledger.tokens(house.user.id).unwrap(), []);
    let front = ada.get("/").await;
    assert_eq!(front.status, StatusCode::NOT_FOUND);
    let token = between(&front.text, r#"name="csrf" value=""#, "\"");
    let out = ada.post("/auth/logout/", &[("csrf", token)]).await;
    assert_eq!(location(&out), "/auth/login/");
    assert_eq!(ada.get(TOKENS).await.status, StatusCode::SEE_OTHER);
    let stranger = Browser::stranger(&house).get("/nothing/").await;
    assert!(!stranger.text.contains("Sign out"), "{}", stranger.text);
}

#[tokio::test]
async fn w25_the_present_password_cannot_be_guessed_in_a_row() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (change, factor) = (
        "/settings/account/security/password/",
        "/settings/account/security/two-factor/",
    );
    let mut statuses = Vec::new();
    for path in [change, factor, change, factor, change, factor] {
        let fields = [
            ("present", "wrong"),
            ("password", "another long one"),
            ("do", "begin"),
        ];
        statuses.push(ada.submit(path, &fields).await.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
    let fields = [("present", PASSWORD), ("do", "begin")];
    let waits = ada.submit(factor, &fields).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(waits.text.contains("Try again in 2 s"), "{}", waits.text);
    house.clock.advance_secs(2);
    let answer = ada.submit(factor, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}
