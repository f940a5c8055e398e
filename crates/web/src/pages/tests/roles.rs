//! Who may do what on the pages: every address of the router, every role, and who is no member.

use axum::http::{Method, StatusCode};
use watchpost_model::{Clock as _, Permission, Role, UserId};
use watchpost_store::NewUser;

use super::browser::{Browser, PASSWORD, between, location};
use crate::api::tests::house::House;
use crate::rights::needed;
use crate::secret::hash_password;

const MEMBERS: &str = "/settings/acme/members/";

/// Somebody with an account, and what they are in the organization.
pub(super) fn person(house: &House, email: &str, role: Option<Role>) -> UserId {
    let (ledger, now) = (&house.app.ledger, house.clock.now());
    let password_hash = &hash_password(PASSWORD).unwrap();
    let new = NewUser {
        email,
        name: email,
        password_hash,
    };
    let user = ledger.create_user(&new, now).unwrap().id;
    if let Some(role) = role {
        ledger.put_member(house.org.id, user, role, now).unwrap();
    }
    user
}

pub(super) async fn browser<'a>(house: &'a House, email: &str) -> Browser<'a> {
    let browser = Browser::stranger(house);
    let answer = browser.sign_in(email, PASSWORD, "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{email}");
    browser
}

/// Ada is a plain member from now on.
pub(super) fn demote(house: &House) {
    person(house, "chief@x.example", Some(Role::Owner));
    let (ledger, now) = (&house.app.ledger, house.clock.now());
    let done = ledger.put_member(house.org.id, house.user.id, Role::Member, now);
    done.unwrap();
}

/// Ada is in no organization any more.
pub(super) fn turn_out(house: &House) {
    let chief = person(house, "chief@x.example", Some(Role::Owner));
    let (ledger, now) = (&house.app.ledger, house.clock.now());
    let rival = house.rival.org;
    ledger.put_member(rival, chief, Role::Owner, now).unwrap();
    for org in [house.org.id, rival] {
        ledger.remove_member(org, house.user.id).unwrap();
    }
}

/// The addresses of the pages, as the router has them.
fn patterns() -> Vec<String> {
    let shown = format!("{:?}", crate::pages::routes());
    let mut all: Vec<String> = shown
        .split('"')
        .filter(|text| text.starts_with('/') && text.contains("{org}"))
        .map(str::to_owned)
        .collect();
    all.sort();
    all.dedup();
    assert!(all.len() > 25, "{shown}");
    all
}

/// An address with real names.
fn real(house: &House, pattern: &str) -> String {
    let issue = house.say(house.project.id, "boom", 1);
    pattern
        .replace("{org}", "acme")
        .replace("{project}", "web")
        .replace("{issue}", &issue.to_string())
        .replace("{key}", &house.key.id.to_string())
        .replace("{event}", "latest")
        .replace("{team}", "1")
        .replace("{member}", "1")
        .replace("{change}", "1")
        .replace(['{', '}'], "")
}

#[tokio::test]
async fn w10_every_address_asks_for_the_role() {
    let house = House::new();
    Browser::signed_in(&house).await;
    let mut people = Vec::new();
    for role in [None].into_iter().chain(Role::ALL.map(Some)) {
        let name = role.map_or("outsider", Role::name);
        let email = format!("{name}@x.example");
        let user = person(&house, &email, role);
        people.push((name, user, role, browser(&house, &email).await));
    }
    let places = patterns();
    for pattern in &places {
        let path = real(&house, pattern);
        for (name, user, role, browser) in &people {
            for method in [Method::GET, Method::POST] {
                let answer = match method {
                    Method::GET => browser.get(&path).await,
                    _ => browser.submit(&path, &[]).await,
                };
                if answer.status == StatusCode::METHOD_NOT_ALLOWED {
                    continue;
                }
                let place = format!("{method} {pattern} as {name}: {}", answer.status);
                let Some(role) = role else {
                    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{place}");
                    continue;
                };
                let refused = answer.text.contains("Your role does not allow this");
                assert_eq!(refused, !role.may(needed(&method, pattern)), "{place}");
                assert_eq!(refused, answer.status == StatusCode::FORBIDDEN, "{place}");
                // One of the addresses lets people leave.
                let (org, now) = (house.org.id, house.clock.now());
                let back = house.app.ledger.put_member(org, *user, *role, now);
                back.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn pages_say_what_a_role_lacks() {
    let house = House::new();
    Browser::signed_in(&house).await;
    person(&house, "bo@x.example", Some(Role::Member));
    let bo = browser(&house, "bo@x.example").await;
    let words = "Your role here is member";
    let page = bo.read("/settings/acme/projects/web/keys/").await;
    assert!(page.contains(words), "{page}");
    let page = bo.read("/organizations/acme/issues/?project=1").await;
    assert!(
        !page.contains(words) && !page.contains("audit-log"),
        "{page}"
    );
    assert_eq!(
        bo.get("/settings/rival/").await.status,
        StatusCode::NOT_FOUND
    );
    let answer = bo.get("/settings/acme/audit-log/").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text.contains(Permission::ReadAudit.words()));
}

#[tokio::test]
async fn w21_an_invite_makes_a_member_of_a_new_account() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let fields = [("email", "Bo@Example.org"), ("role", "admin")];
    let page = ada.submit(MEMBERS, &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let link = between(&page.text, r#"id="link" value=""#, "\"");
    let path = link.strip_prefix("http://errors.test:9000").unwrap();
    let list = ada.read(MEMBERS).await;
    assert!(
        list.contains("bo@example.org") && !list.contains(path),
        "{list}"
    );

    let answer = ada.get(path).await.text;
    assert!(answer.contains("You are signed in as"), "{answer}");
    let stolen = ada.submit(path, &[]).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    let bo = Browser::stranger(&house);
    let short = bo
        .post(path, &[("name", "Bo"), ("password", "short")])
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("name", "Bo"), ("password", PASSWORD), ("role", "owner")];
    let joined = bo.post(path, &fields).await;
    assert_eq!(location(&joined), "/");
    bo.read(MEMBERS).await;
    let ledger = &house.app.ledger;
    let (user, _) = ledger.user_by_email("bo@example.org").unwrap().unwrap();
    let role = ledger.role(house.org.id, user.id).unwrap();
    assert_eq!(role, Some(Role::Admin), "as it was invited, not as it says");
    let again = Browser::stranger(&house).get(path).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn w21_an_invite_is_used_by_the_account_that_it_names() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let invite = async |email: &str| {
        let fields = [("email", email), ("role", "member")];
        let page = ada.submit(MEMBERS, &fields).await.text;
        let link = between(&page, r#"id="link" value=""#, "\"").to_owned();
        link.replace("http://errors.test:9000", "")
    };
    let bo = person(&house, "bo@x.example", None);
    let path = invite("bo@x.example").await;
    let stranger = Browser::stranger(&house);
    let page = stranger.read(&path).await;
    assert!(page.contains("Sign in with it first"), "{page}");
    let answer = stranger
        .post(&path, &[("name", "x"), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let browser = browser(&house, "bo@x.example").await;
    assert_eq!(browser.get("/").await.status, StatusCode::NOT_FOUND);
    let answer = browser.post(&path, &[]).await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "without the token of a form"
    );
    let page = browser.read(&path).await;
    let token = between(&page, r#"name="csrf" value=""#, "\"").to_owned();
    assert_eq!(
        location(&browser.post(&path, &[("csrf", &token)]).await),
        "/"
    );
    let role = house.app.ledger.role(house.org.id, bo).unwrap();
    assert_eq!(role, Some(Role::Member));

    let path = invite("al@x.example").await;
    let page = ada.read(MEMBERS).await;
    let revoke = between(&page, r#"action="/settings/acme/members/invites/"#, "\"");
    let answer = ada.submit(&format!("{MEMBERS}invites/{revoke}"), &[]).await;
    assert_eq!(location(&answer), MEMBERS);
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn w38_roles_are_changed_up_to_ones_own() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let bo = person(&house, "bo@x.example", Some(Role::Manager));
    let al = person(&house, "al@x.example", Some(Role::Member));
    let (of_ada, of_bo, of_al) = (
        format!("{MEMBERS}{}/", house.user.id),
        format!("{MEMBERS}{bo}/"),
        format!("{MEMBERS}{al}/"),
    );
    let manager = browser(&house, "bo@x.example").await;
    let role = |name: &'static str| [("do", "role"), ("role", name)];
    for (path, fields) in [
        (&of_bo, role("owner")),
        (&of_al, role("owner")),
        (&of_ada, role("member")),
        (&of_ada, [("do", "remove"), ("role", "")]),
    ] {
        let answer = manager.submit(path, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {fields:?}");
    }
    let answer = manager
        .submit(MEMBERS, &[("email", "x@y"), ("role", "owner")])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        location(&manager.submit(&of_al, &role("admin")).await),
        MEMBERS
    );
    let last = ada.submit(&of_ada, &role("member")).await;
    assert_eq!(last.status, StatusCode::CONFLICT, "{}", last.text);
    let last = ada.submit(&format!("{MEMBERS}leave/"), &[]).await;
    assert_eq!(last.status, StatusCode::CONFLICT);
    ada.submit(&of_al, &[("do", "remove")]).await;
    assert_eq!(house.app.ledger.role(house.org.id, al).unwrap(), None);
    manager.submit(&format!("{MEMBERS}leave/"), &[]).await;
    assert_eq!(manager.get(MEMBERS).await.status, StatusCode::NOT_FOUND);
}
