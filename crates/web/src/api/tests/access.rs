//! Who may pass which door, for every door of the route table.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use watchpost_model::{Clock as _, Role};
use watchpost_store::NewUser;

use super::house::{House, TOKEN};
use super::real::{body, real};
use crate::api::door::Access;
use crate::api::{Door, doors};

async fn send(house: &House, door: &Door, path: &str, token: Option<&str>) -> (u16, String) {
    let method = Method::from_bytes(door.method.as_bytes()).unwrap();
    let answer = house.send(method, path, token, &body(door)).await;
    (answer.status.as_u16(), answer.text)
}

#[tokio::test]
async fn every_door_opens_with_the_full_token() {
    let house = House::new();
    for door in doors() {
        let path = real(&door, &house, "acme", "web");
        let (status, text) = send(&house, &door, &path, Some(TOKEN)).await;
        assert!(
            (200..300).contains(&status),
            "{} {path}: {status} {text}",
            door.method
        );
    }
}

#[tokio::test]
async fn w23_no_token_no_answer() {
    let house = House::new();
    for door in doors() {
        let path = real(&door, &house, "acme", "web");
        let open = door.access == Access::Open;
        let (status, _) = send(&house, &door, &path, None).await;
        assert_eq!(
            status,
            if open { 200 } else { 401 },
            "{} {path}",
            door.method
        );
        let (status, _) = send(&house, &door, &path, Some("wrong")).await;
        let health = door.path.ends_with("/health/");
        assert_eq!(
            status,
            if health { 200 } else { 401 },
            "{} {path}",
            door.method
        );
    }
}

#[tokio::test]
async fn w23_a_token_opens_what_its_scopes_say() {
    let house = House::new();
    for (place, scope) in watchpost_model::Scope::ALL.iter().enumerate() {
        let token = format!("token-{place}");
        house.add_token(&token, &[scope]);
        for door in doors() {
            let path = real(&door, &house, "acme", "web");
            let (status, text) = send(&house, &door, &path, Some(&token)).await;
            let expect = match door.access {
                Access::Open | Access::AnyToken => true,
                Access::OneOf(wanted) => wanted.iter().any(|wanted| covers(scope, wanted)),
            };
            let got = (200..300).contains(&status);
            assert_eq!(
                got, expect,
                "{} {path} with {scope}: {status} {text}",
                door.method
            );
            assert!(
                got || status == 403,
                "{} {path} with {scope}: {status}",
                door.method
            );
        }
    }
}

#[tokio::test]
async fn w10_a_token_opens_what_the_role_of_its_owner_says() {
    let house = House::new();
    let (ledger, now) = (&house.app.ledger, house.clock.now());
    let new = NewUser {
        email: "chief@example.org",
        name: "Chief",
        password_hash: "none",
    };
    let chief = ledger.create_user(&new, now).unwrap().id;
    for org in [house.org.id, house.rival.org] {
        ledger.put_member(org, chief, Role::Owner, now).unwrap();
        ledger.remove_member(org, house.user.id).unwrap();
    }
    for role in [None].into_iter().chain(Role::ALL.map(Some)) {
        if let Some(role) = role {
            ledger
                .put_member(house.org.id, house.user.id, role, now)
                .unwrap();
        }
        for door in doors() {
            let path = real(&door, &house, "acme", "web");
            let (status, text) = send(&house, &door, &path, Some(TOKEN)).await;
            let place = format!("{} {path} as {role:?}: {status} {text}", door.method);
            let is_inside = door.path.contains("{org}") || door.path.contains("{issue}");
            // Of the whole server: for members of any organization.
            let is_metrics = door.path == "/metrics";
            let may = match (door.access, role) {
                (Access::Open | Access::AnyToken, _) => true,
                (Access::OneOf(_), None) => !is_inside && !is_metrics,
                (Access::OneOf(wanted), Some(role)) => {
                    wanted.iter().any(|scope| role.may_use(scope))
                }
            };
            let refused = if role.is_some() || is_metrics {
                403
            } else {
                404
            };
            assert_eq!(status == refused, !may, "{place}");
        }
    }
}

/// Written out, so that a mistake in the rule is not repeated here.
fn covers(have: &str, need: &str) -> bool {
    match need {
        "org:read" => ["org:read", "org:write", "org:admin"].contains(&have),
        "project:read" => ["project:read", "project:write", "project:admin"].contains(&have),
        "project:write" => ["project:write", "project:admin"].contains(&have),
        "event:read" => ["event:read", "event:write", "event:admin"].contains(&have),
        "event:admin" => have == "event:admin",
        "project:releases" | "org:ci" | "team:admin" | "org:admin" | "member:admin"
        | "project:admin" => have == need,
        "member:read" => ["member:read", "member:write", "member:admin"].contains(&have),
        "member:write" => ["member:write", "member:admin"].contains(&have),
        "event:write" => ["event:write", "event:admin"].contains(&have),
        "team:read" => ["team:read", "team:write", "team:admin"].contains(&have),
        "team:write" => ["team:write", "team:admin"].contains(&have),
        "org:write" => ["org:write", "org:admin"].contains(&have),
        other => panic!("{other} is new"),
    }
}

#[tokio::test]
async fn w10_nothing_is_found_in_a_foreign_place() {
    let house = House::new();
    let places = [
        ("rival", "web"),
        ("acme", "spy"),
        ("rival", "spy"),
        ("nobody", "web"),
    ];
    for door in doors() {
        for (org, project) in places {
            let path = real(&door, &house, org, project);
            if path == real(&door, &house, "acme", "web") {
                continue;
            }
            // Lists and pages of the other organization are its own, not foreign.
            let own = org == "rival" && (project == "spy" || !door.path.contains("{project}"));
            // A tag that nobody has sent is known everywhere: it has no values.
            let named = door.path.replace("/tags/{key}/", "/tags/");
            let ids = [
                "{issue}",
                "{name}",
                "{event}",
                "{key}",
                "{entry}",
                "{team}",
                "{file}",
                "{search}",
                "{environment}",
                "{member}",
            ];
            if own && !ids.iter().any(|id| named.contains(id)) {
                continue;
            }
            let (status, text) = send(&house, &door, &path, Some(TOKEN)).await;
            assert_eq!(status, 404, "{} {path}: {text}", door.method);
            assert_eq!(
                text, r#"{"detail":"The requested resource does not exist"}"#,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn refusals_are_worded_as_tools_expect() {
    let house = House::new();
    let check = async |headers: &[&str], expect: (u16, &str)| {
        let headers = headers
            .iter()
            .map(|value| (header::AUTHORIZATION, (*value).to_owned()));
        let headers: Vec<_> = headers.collect();
        let answer = house
            .send_with(Method::GET, "/api/0/auth/", &headers, "")
            .await;
        assert_eq!(
            answer.refusal(),
            (expect.0, expect.1.to_owned()),
            "{headers:?}"
        );
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE));
    };
    let nobody = (401, "Authentication credentials were not provided.");
    check(&[], nobody).await;
    check(&["Basic YTo="], nobody).await;
    check(&["Bearer"], nobody).await;
    check(&["Bearer x"], (401, "Invalid token")).await;
    check(
        &[&format!("Bearer {}", "x".repeat(5000))],
        (401, "Invalid token"),
    )
    .await;
    let headers = [(header::AUTHORIZATION, format!("bearer  {TOKEN} "))];
    let answer = house
        .send_with(Method::GET, "/api/0/auth/", &headers, "")
        .await;
    assert_eq!(answer.good()["email"], "ada@example.org");
    house.add_token("reader", &["event:read"]);
    let answer = house
        .send(Method::GET, "/api/0/projects/", Some("reader"), "")
        .await;
    let forbidden = "You do not have permission to perform this action.";
    assert_eq!(answer.refusal(), (403, forbidden.to_owned()));
}

#[tokio::test]
async fn what_is_no_door_answers_in_json_too() {
    let house = House::new();
    let paths = [
        "/api/0",
        "/api/0/nothing/",
        "/api/0/organizations",
        "/api/0/projects/acme/web/nothing/",
        "/api/0/organizations/acme/issues/1/nothing/",
        "/api/0/organizations/%ff/",
        "/api/0/organizations/acme/issues/%ff/",
        "/api/0/organizations/acme/eventids/nothing/",
        "/api/0/organizations/acme/shortids/nothing/",
    ];
    for path in paths {
        let answer = house.get(path).await;
        let missing = "The requested resource does not exist";
        assert_eq!(answer.refusal(), (404, missing.to_owned()), "{path}");
    }
    let answer = house
        .send(Method::DELETE, "/api/0/projects/", Some(TOKEN), "")
        .await;
    assert_eq!(answer.refusal().0, 405);
    assert_eq!(answer.headers[header::ALLOW], "GET,HEAD");
    let answer = house
        .send(Method::OPTIONS, "/api/0/projects/", None, "")
        .await;
    assert_eq!(answer.refusal().0, 405);
}

#[tokio::test]
async fn the_gates_of_clients_fit_beside_the_api() {
    use axum::routing::any;
    let house = House::new();
    let gates = axum::Router::new()
        .route("/api/store/", any(async || "gate"))
        .route("/api/{project}/store/", any(async || "gate"))
        .route("/api/{project}/envelope/", any(async || "gate"));
    let router = crate::router(house.app.clone()).merge(gates);
    let check = async |path: &str, expect: &str| {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let body = router.clone().oneshot(request).await.unwrap().into_body();
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(String::from_utf8_lossy(&bytes), expect, "{path}");
    };
    check("/api/store/", "gate").await;
    check("/api/7/envelope/", "gate").await;
    check("/api/07/envelope/", "gate").await;
    let missing = r#"{"detail":"The requested resource does not exist"}"#;
    check("/api/0/envelope/", missing).await;
}

#[tokio::test]
async fn w14_no_other_origin_is_let_in() {
    let house = House::new();
    for origin in [
        "https://evil.example",
        "null",
        "http://errors.test:9000.evil.example",
    ] {
        let headers = [
            (header::ORIGIN, origin.to_owned()),
            (header::AUTHORIZATION, format!("Bearer {TOKEN}")),
        ];
        let answer = house
            .send_with(Method::GET, "/api/0/projects/", &headers, "")
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        let cors = answer
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control"));
        assert!(!cors, "{:?}", answer.headers);
    }
}

#[test]
fn the_api_page_lists_exactly_the_doors() {
    let page = include_str!("../../../../../docs/API.md");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains("` | `/"));
    let mut listed: Vec<String> = Vec::new();
    for row in rows {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let (methods, path) = (cells.next().unwrap(), cells.next().unwrap());
        for method in methods.trim_matches('`').split(' ') {
            listed.push(format!("{method} {}", path.trim_matches('`')));
        }
    }
    let mut built: Vec<String> = doors()
        .iter()
        .map(|door| format!("{} {}", door.method, door.path))
        .collect();
    listed.sort();
    built.sort();
    assert_eq!(listed, built);
}
