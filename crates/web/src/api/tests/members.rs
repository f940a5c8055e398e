//! Members and invites in the API.

use axum::http::Method;
use serde_json::Value;
use watchpost_model::{Clock as _, Role};

use super::house::{House, TOKEN};

const MEMBERS: &str = "/api/0/organizations/acme/members/";

async fn send(house: &House, method: Method, path: &str, body: &str) -> (u16, Value) {
    let answer = house.send(method, path, Some(TOKEN), body).await;
    let json = serde_json::from_str(&answer.text).unwrap_or_default();
    (answer.status.as_u16(), json)
}

#[tokio::test]
async fn people_are_invited_changed_and_removed() {
    let house = House::new();
    let wanted = r#"{"email":"Bo@Example.org","orgRole":"admin"}"#;
    let (status, invited) = send(&house, Method::POST, MEMBERS, wanted).await;
    assert_eq!(
        (status, &invited["pending"]),
        (201, &Value::Bool(true)),
        "{invited}"
    );
    let link = invited["inviteLink"].as_str().unwrap();
    assert!(
        link.starts_with("http://errors.test:9000/invite/"),
        "{link}"
    );
    let (_, list) = send(&house, Method::GET, MEMBERS, "").await;
    let rows = list.as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["orgRole"], &rows[1]["email"]),
        (&"owner".into(), &"bo@example.org".into())
    );
    assert!(!list.to_string().contains("/invite/"), "{list}");
    let one = format!("{MEMBERS}{}/", invited["id"].as_str().unwrap());
    assert_eq!(
        send(&house, Method::PUT, &one, r#"{"orgRole":"owner"}"#)
            .await
            .0,
        400
    );
    assert_eq!(send(&house, Method::DELETE, &one, "").await.0, 204);
    assert_eq!(send(&house, Method::GET, &one, "").await.0, 404);

    let me = format!("{MEMBERS}me/");
    let (status, refused) = send(&house, Method::PUT, &me, r#"{"orgRole":"member"}"#).await;
    assert_eq!(status, 409, "{refused}");
    assert_eq!(
        send(&house, Method::PUT, &me, r#"{"orgRole":"king"}"#)
            .await
            .0,
        400
    );
    for wrong in [
        r#"{"email":"no address"}"#,
        r#"{"email":"ada@example.org","role":"king"}"#,
    ] {
        assert_eq!(
            send(&house, Method::POST, MEMBERS, wrong).await.0,
            400,
            "{wrong}"
        );
    }
    let member = r#"{"email":"ada@example.org"}"#;
    assert_eq!(send(&house, Method::POST, MEMBERS, member).await.0, 409);
}

#[tokio::test]
async fn w38_a_role_above_ones_own_is_nobodys_to_give() {
    let house = House::new();
    let (ledger, now) = (&house.app.ledger, house.clock.now());
    let new = watchpost_store::NewUser {
        email: "chief@example.org",
        name: "Chief",
        password_hash: "none",
    };
    let chief = ledger.create_user(&new, now).unwrap().id;
    let org = house.org.id;
    ledger.put_member(org, chief, Role::Owner, now).unwrap();
    ledger
        .put_member(org, house.user.id, Role::Manager, now)
        .unwrap();
    let of_chief = format!("{MEMBERS}{chief}/");
    for (method, path, body) in [
        (
            Method::POST,
            MEMBERS,
            r#"{"email":"x@y.example","orgRole":"owner"}"#,
        ),
        (Method::PUT, &*of_chief, r#"{"orgRole":"member"}"#),
        (
            Method::PUT,
            &format!("{MEMBERS}me/"),
            r#"{"orgRole":"owner"}"#,
        ),
        (Method::DELETE, &*of_chief, ""),
    ] {
        let (status, text) = send(&house, method, path, body).await;
        assert_eq!(status, 403, "{path} {body}: {text}");
    }
    assert_eq!(ledger.role(org, chief).unwrap(), Some(Role::Owner));
}
