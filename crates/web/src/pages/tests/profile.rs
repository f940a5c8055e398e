//! One's own account: details, password, sessions, sign-ins.

use axum::http::{StatusCode, header};
use watchpost_model::Clock as _;

use super::browser::{Browser, PASSWORD, between, location};
use crate::api::tests::house::House;

const DETAILS: &str = "/settings/account/details/";
const SECURITY: &str = "/settings/account/security/";

#[tokio::test]
async fn another_address_takes_the_password() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert_eq!(ada.target("/settings/account/").await, DETAILS);
    let send = async |name: &str, email: &str, present: &str| {
        let fields = [("name", name), ("email", email), ("present", present)];
        ada.submit(DETAILS, &fields).await.status.as_u16()
    };
    let known = || {
        let user = house.app.ledger.user(house.user.id).unwrap().unwrap();
        (user.name, user.email)
    };
    let is = |name: &str, email: &str| (name.to_owned(), email.to_owned());
    assert_eq!(send("Ada L.", "ada@example.org", "").await, 303);
    assert_eq!(known(), is("Ada L.", "ada@example.org"));
    assert_eq!(send("Ada", "new@example.org", "").await, 422);
    assert_eq!(
        send("Ada", "new@example.org", "not the password").await,
        422
    );
    assert_eq!(send("", "ada@example.org", "").await, 422);
    assert_eq!(send("Ada", "no address", PASSWORD).await, 422);
    assert_eq!(known(), is("Ada L.", "ada@example.org"));
    assert_eq!(send("Ada", "New@Example.org", PASSWORD).await, 303);
    assert_eq!(known(), is("Ada", "new@example.org"));
    let page = ada.read(DETAILS).await;
    assert!(
        page.contains("Acme Inc.") && page.contains("owner"),
        "{page}"
    );
}

#[tokio::test]
async fn w19_a_new_password_ends_all_other_sessions() {
    let house = House::new();
    let (ada, other) = (
        Browser::signed_in(&house).await,
        Browser::signed_in(&house).await,
    );
    let path = format!("{SECURITY}password/");
    let send = async |present: &str, password: &str| {
        let fields = [("present", present), ("password", password)];
        ada.submit(&path, &fields).await
    };
    let new = "a better one altogether";
    for (present, password) in [("wrong password", new), (PASSWORD, "short"), ("", new)] {
        let answer = send(present, password).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{present}");
    }
    let before = ada.cookie("watchpost");
    assert_eq!(location(&send(PASSWORD, new).await), SECURITY);
    assert_ne!(ada.cookie("watchpost"), before, "the session is a new one");
    let page = ada.read(SECURITY).await;
    assert!(
        page.contains("You are signed out everywhere else"),
        "{page}"
    );
    assert_eq!(other.get(SECURITY).await.status, StatusCode::SEE_OTHER);
    let stranger = Browser::stranger(&house);
    let old = stranger.sign_in("ada@example.org", PASSWORD, "").await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    let signed_in = stranger.sign_in("ada@example.org", new, "").await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sessions_are_seen_and_ended() {
    let house = House::new();
    let (ada, other, third) = (
        Browser::signed_in(&house).await,
        Browser::signed_in(&house).await,
        Browser::signed_in(&house).await,
    );
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let agent = [(header::USER_AGENT, firefox.to_owned())];
    let fields = [("email", "ada@example.org"), ("password", PASSWORD)];
    let method = axum::http::Method::POST;
    let fourth = Browser::stranger(&house);
    fourth
        .send_with(method, "/auth/login/", &fields, &agent)
        .await;
    let page = ada.read(SECURITY).await;
    assert!(
        page.contains("Firefox on Linux") && page.contains("this one"),
        "{page}"
    );
    let id = between(&page, r#"name="session" value=""#, "\"");
    let path = format!("{SECURITY}sessions/");
    assert_eq!(
        location(&ada.submit(&path, &[("session", id)]).await),
        SECURITY
    );
    let unknown = ada.submit(&path, &[("session", id)]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let now = house.clock.now();
    let open = || house.app.ledger.sessions(house.user.id, now).unwrap().len();
    assert_eq!(open(), 3);
    ada.submit(&path, &[("do", "others")]).await;
    assert_eq!(open(), 1);
    for gone in [other, third, fourth] {
        assert_eq!(gone.get(SECURITY).await.status, StatusCode::SEE_OTHER);
    }
    ada.read(SECURITY).await;
}

#[tokio::test]
async fn the_last_use_of_a_session_is_noted_now_and_then() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let used = || {
        let sessions = house.app.ledger.sessions(house.user.id, house.clock.now());
        sessions.unwrap()[0].used
    };
    let began = used();
    house.clock.advance_secs(300);
    ada.read(SECURITY).await;
    assert_eq!(used(), began, "a page is no write");
    house.clock.advance_secs(300);
    ada.read(SECURITY).await;
    assert_eq!(used(), house.clock.now());
}

#[tokio::test]
async fn whoever_tries_to_sign_in_is_seen() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let stranger = Browser::stranger(&house);
    stranger
        .sign_in("ada@example.org", "wrong password", "")
        .await;
    stranger
        .sign_in("nobody@example.org", "wrong password", "")
        .await;
    // It is noted behind the answer, so that it takes as long as an unknown address.
    let noted = || house.app.ledger.sign_ins(house.user.id).unwrap();
    while noted().len() < 2 {
        tokio::task::yield_now().await;
    }
    let good: Vec<bool> = noted().iter().map(|noted| noted.is_good).collect();
    assert_eq!(good, [false, true]);
    let page = ada.read(SECURITY).await;
    assert!(
        page.contains("refused") && page.contains("signed in"),
        "{page}"
    );
}
