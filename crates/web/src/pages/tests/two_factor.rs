//! The second factor, without JavaScript.

use axum::http::StatusCode;
use totp_rs::{Builder, Secret};
use watchpost_model::Clock as _;

use super::browser::{Browser, PASSWORD, between, location};
use crate::api::tests::house::House;

const HERE: &str = "/settings/account/security/two-factor/";
const CODE: &str = "/auth/code/";

/// What an authenticator with that key shows now.
fn code(house: &House, key: &str) -> String {
    let secret = Secret::try_from_base32(key).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let secs = u64::try_from(house.clock.now().as_secs()).unwrap();
    totp.generate(secs).to_string()
}

/// Switches it on; the key, and the recovery codes.
async fn switch_on(house: &House, ada: &Browser<'_>) -> (String, Vec<String>) {
    let wrong = ada
        .submit(HERE, &[("do", "begin"), ("present", "wrong")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = ada
        .submit(HERE, &[("do", "begin"), ("present", PASSWORD)])
        .await
        .text;
    assert!(page.contains("<svg class=\"qr\""), "{page}");
    let key = between(&page, "type the key: <code>", "<").to_owned();
    let wrong = ada
        .submit(
            HERE,
            &[("do", "confirm"), ("code", "000000"), ("present", PASSWORD)],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains(&key), "{}", wrong.text);
    let code = code(house, &key);
    let fields = [("do", "confirm"), ("code", &*code), ("present", PASSWORD)];
    let page = ada.submit(HERE, &fields).await.text;
    let list = between(&page, "<ul class=\"recovery\">", "</ul>");
    let codes = list.split("<code>").skip(1);
    let codes: Vec<String> = codes.map(|code| code.chars().take(23).collect()).collect();
    assert_eq!(codes.len(), 10, "{page}");
    (key, codes)
}

#[tokio::test]
async fn w20_signing_in_takes_a_code_that_works_once() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (key, _) = switch_on(&house, &ada).await;
    let again = ada.read(HERE).await;
    assert!(
        again.contains("10 recovery codes are left") && !again.contains(&key),
        "{again}"
    );

    let next = "/organizations/acme/issues/";
    let stranger = Browser::stranger(&house);
    assert_eq!(stranger.target(CODE).await, "/auth/login/");
    let answer = stranger.sign_in("ada@example.org", PASSWORD, next).await;
    let asked = location(&answer);
    assert!(asked.starts_with(CODE), "{asked}");
    assert_eq!(stranger.cookie("watchpost"), None);
    assert_eq!(stranger.get(HERE).await.status, StatusCode::SEE_OTHER);
    let half = stranger.cookie("watchpost-half").unwrap();
    let thief = Browser::stranger(&house);
    thief.set_cookie("watchpost", &half);
    assert_eq!(
        thief.get(HERE).await.status,
        StatusCode::SEE_OTHER,
        "half is none"
    );
    assert!(stranger.read(&asked).await.contains("Second step"));
    let send = async |browser: &Browser<'_>, code: &str| {
        browser.post(CODE, &[("code", code), ("next", next)]).await
    };
    // The code of setting it up was used.
    let replay = send(&stranger, &code(&house, &key)).await;
    assert_eq!(replay.status, StatusCode::UNAUTHORIZED);
    house.clock.advance_secs(30);
    let fresh = code(&house, &key);
    assert_eq!(location(&send(&stranger, &fresh).await), next);
    stranger.read(HERE).await;
    let other = Browser::stranger(&house);
    other.sign_in("ada@example.org", PASSWORD, "").await;
    assert_eq!(send(&other, &fresh).await.status, StatusCode::UNAUTHORIZED);
    house.clock.advance_secs(300);
    assert_eq!(
        location(&send(&other, &code(&house, &key)).await),
        "/auth/login/?next=%2Forganizations%2Facme%2Fissues%2F"
    );
}

#[tokio::test]
async fn w25_codes_cannot_be_guessed_in_a_row() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (key, _) = switch_on(&house, &ada).await;
    house.clock.advance_secs(60);
    let stranger = Browser::stranger(&house);
    stranger.sign_in("ada@example.org", PASSWORD, "").await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = stranger.post(CODE, &[("code", "000000")]).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    let fields = [("code", &*code(&house, &key))];
    assert_eq!(
        stranger.post(CODE, &fields).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    house.clock.advance_secs(2);
    assert_eq!(location(&stranger.post(CODE, &fields).await), "/");
}

#[tokio::test]
async fn recovery_codes_work_once_and_it_is_switched_off_with_the_password() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (_, codes) = switch_on(&house, &ada).await;
    let enter = async |code: &str| {
        let browser = Browser::stranger(&house);
        browser.sign_in("ada@example.org", PASSWORD, "").await;
        browser.post(CODE, &[("code", code)]).await.status.as_u16()
    };
    assert_eq!(enter(&codes[0]).await, 303);
    assert_eq!(enter(&codes[0]).await, 401);
    assert_eq!(enter(&codes[1].to_uppercase().replace('-', " ")).await, 303);
    let page = ada
        .submit(HERE, &[("do", "codes"), ("present", PASSWORD)])
        .await
        .text;
    assert!(page.contains("10 recovery codes are left"), "{page}");
    assert_eq!(enter(&codes[2]).await, 401, "new ones replace the old");
    let wrong = ada.submit(HERE, &[("do", "off"), ("present", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        location(
            &ada.submit(HERE, &[("do", "off"), ("present", PASSWORD)])
                .await
        ),
        HERE
    );
    let stranger = Browser::stranger(&house);
    let answer = stranger.sign_in("ada@example.org", PASSWORD, "").await;
    assert_eq!(location(&answer), "/");
}

#[tokio::test]
async fn w20_whoever_finds_an_open_session_switches_nothing_on() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let present = ("present", PASSWORD);
    let is_on = || {
        let factor = house.app.ledger.two_factor(house.user.id).unwrap();
        factor.is_some_and(|factor| factor.is_on)
    };
    let page = ada.submit(HERE, &[("do", "begin"), present]).await.text;
    let key = between(&page, "type the key: <code>", "<").to_owned();
    let later = ada.read(HERE).await;
    assert!(!later.contains(&key) && later.contains("Set up"), "{later}");
    let code = code(&house, &key);
    for fields in [
        vec![("do", "confirm"), ("code", &*code)],
        vec![("do", "confirm"), ("code", &*code), ("present", "wrong")],
    ] {
        let answer = ada.submit(HERE, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!answer.text.contains(&key), "{}", answer.text);
    }
    // Nor does asking for codes without a confirmed authenticator: it would lock them out.
    let answer = ada.submit(HERE, &[("do", "codes"), present]).await;
    assert_eq!((answer.status, is_on()), (StatusCode::NOT_FOUND, false));
    let fields = [("do", "confirm"), ("code", &*code), present];
    let answer = ada.submit(HERE, &fields).await;
    assert_eq!((answer.status, is_on()), (StatusCode::OK, true));
}
