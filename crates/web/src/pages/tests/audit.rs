//! The audit log: what is noted of whom, and that nothing is missed.

use axum::http::{Method, StatusCode};
use watchpost_model::{Clock as _, Role};
use watchpost_store::{AuditEntry, AuditQuery};

use super::browser::{Browser, between};
use super::life::act;
use super::roles::demote;
use crate::api::tests::house::{House, TOKEN, message};

const LOG: &str = "/settings/acme/audit-log/";

fn entries(house: &House) -> Vec<AuditEntry> {
    let query = AuditQuery {
        org: house.org.id,
        user: None,
        action: None,
        text: None,
        before: None,
        limit: 1000,
    };
    house.app.ledger.audit(&query).unwrap()
}

/// Address, fields, action, field of the entry.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

/// What each kind of settings is changed by.
const CHANGES: [Row; 15] = [
    (
        "/settings/acme/",
        &[("name", "Acme Ltd"), ("slug", "acme")],
        "org.edit",
        "name",
    ),
    (
        "/settings/acme/projects/web/",
        &[("name", "Shop"), ("origins", "*")],
        "project.edit",
        "name",
    ),
    (
        "/settings/acme/projects/web/keys/",
        &[("label", "new")],
        "key.create",
        "key 2 (new)",
    ),
    (
        "/settings/acme/projects/web/keys/2/",
        &[("active", "no")],
        "key.edit",
        "key 2 (new)",
    ),
    (
        "/settings/acme/projects/web/keys/2/rotation/",
        &[],
        "key.create",
        "key 3 (new)",
    ),
    (
        "/settings/acme/projects/web/keys/2/deletion/",
        &[],
        "key.remove",
        "key 2 (new)",
    ),
    (
        "/settings/acme/projects/web/filters/",
        &[("localhost", "yes")],
        "rules.edit",
        "filters.localhost",
    ),
    (
        "/settings/acme/teams/",
        &[("name", "Core")],
        "team.create",
        "team #core",
    ),
    (
        "/settings/acme/teams/1/",
        &[("do", "delete:")],
        "team.remove",
        "team #core",
    ),
    (
        "/settings/acme/members/",
        &[("email", "bo@x.example"), ("role", "member")],
        "member.create",
        "invite bo@x.example",
    ),
    (
        "/settings/acme/members/invites/1/",
        &[],
        "member.remove",
        "invite bo@x.example",
    ),
    (
        "/organizations/acme/projects/new/",
        &[("name", "Till"), ("slug", "till")],
        "project.create",
        "project till",
    ),
    (
        "/settings/account/details/",
        &[("name", "Ada L."), ("email", "ada@example.org")],
        "user.edit",
        "name",
    ),
    (
        "/settings/account/api/auth-tokens/",
        &[("purpose", "read"), ("label", "ci")],
        "token.create",
        "token 2 (ci)",
    ),
    (
        "/settings/account/api/auth-tokens/2/deletion/",
        &[],
        "token.remove",
        "token 2 (ci)",
    ),
];

#[tokio::test]
async fn every_change_of_settings_is_noted() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    for (path, fields, action, field) in CHANGES {
        let before = entries(&house).len();
        let answer = ada.submit(path, fields).await;
        let place = format!("{path}: {} {}", answer.status, answer.text);
        let done = answer.status.is_success() || answer.status.is_redirection();
        assert!(done, "{place}");
        let all = entries(&house);
        assert_eq!(all.len(), before + 1, "{place}");
        let deed = &all[0].deed;
        assert_eq!(
            (&*deed.action, deed.user),
            (action, Some(house.user.id)),
            "{place}"
        );
        let fields: Vec<&str> = deed.changes.iter().map(|change| &*change.field).collect();
        assert!(fields.contains(&field), "{place}: {fields:?}");
        assert_eq!(deed.via, "page");
    }
    let secrets = [&house.key.secret, &house.key.public];
    let text = format!("{:?}", entries(&house));
    assert!(
        secrets.iter().all(|secret| !text.contains(*secret)),
        "{text}"
    );
}

#[tokio::test]
async fn what_changes_nothing_is_not_noted() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    ada.submit(
        "/settings/acme/",
        &[("name", "Acme Inc."), ("slug", "acme")],
    )
    .await;
    ada.submit("/settings/acme/", &[("name", "X"), ("slug", "Not a slug")])
        .await;
    ada.post("/settings/acme/", &[("name", "X"), ("slug", "acme")])
        .await;
    Browser::stranger(&house)
        .post("/settings/acme/", &[("name", "X")])
        .await;
    assert_eq!(entries(&house), []);
}

/// Every address below the settings that takes a form is watched.
#[test]
fn no_address_of_the_settings_is_missed() {
    let shown = format!("{:?}", crate::pages::routes());
    let paths = shown.split('"').filter(|text| text.starts_with('/'));
    let mut count = 0;
    for path in paths {
        let concerns = path.starts_with("/settings/") || path.contains("/projects/new/");
        if concerns {
            count += 1;
            assert!(crate::audit::is_watched(path), "{path}");
        }
    }
    assert!(count > 20, "{shown}");
    for door in crate::api::tests::changing_doors() {
        let is_work = [
            "/issues/",
            "/releases/",
            "searches/",
            "/comments/",
            "/notes/",
            // Noted by what it does.
            "/quarantine/",
        ];
        if is_work.iter().all(|work| !door.contains(work)) {
            assert!(crate::audit::is_watched(&door), "{door}");
        }
    }
}

#[tokio::test]
async fn the_api_and_forgotten_issues_are_noted() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    house
        .put("/api/0/projects/acme/web/keys/1/", r#"{"isActive":false}"#)
        .await
        .good();
    let deed = entries(&house).remove(0).deed;
    assert_eq!((&*deed.action, &*deed.via), ("key.edit", "token:1"));
    let change = &deed.changes[0];
    assert!(change.before.as_deref().unwrap().contains("enabled"));
    assert!(change.after.as_deref().unwrap().contains("disabled"));
    let issue = house.say(house.project.id, "boom", 1);
    let fields = [
        ("do", "delete"),
        ("issue", &*issue.to_string()),
        ("project", "web"),
        ("sure", "1"),
    ];
    let answer = ada.submit("/organizations/acme/issues/act/", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let deed = entries(&house).remove(0).deed;
    assert_eq!((&*deed.action, &*deed.object), ("issue.delete", "web"));
    assert_eq!(deed.changes[0].before, Some(issue.to_string()));
    assert!(TOKEN.len() > 4 && !format!("{:?}", entries(&house)).contains(TOKEN));
}

#[tokio::test]
async fn the_log_is_read_filtered_and_taken_away() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let empty = ada.read(LOG).await;
    assert!(empty.contains("No entries"), "{empty}");
    for name in ["<b>One</b>", "=Two"] {
        ada.submit("/settings/acme/", &[("name", name), ("slug", "acme")])
            .await;
    }
    ada.submit("/settings/acme/teams/", &[("name", "Core")])
        .await;
    let page = ada.read(LOG).await;
    assert!(
        page.contains("&#60;b&#62;One") && page.contains("team.create"),
        "{page}"
    );
    let page = ada
        .read(&format!(
            "{LOG}?action=org.edit&q=two&user={}",
            house.user.id
        ))
        .await;
    assert!(
        page.contains("=Two") && !page.contains("<code>team.create"),
        "{page}"
    );
    let page = ada.read(&format!("{LOG}?user=99")).await;
    assert!(page.contains("No entries"), "{page}");
    let csv = ada.get(&format!("{LOG}csv/?action=org.edit")).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
    assert!(csv.text.contains(",\"'=Two\""), "{}", csv.text);
    // Whoever leaves takes their account's entries with them, and the log stays.
    let now = house.clock.now();
    let ledger = &house.app.ledger;
    ledger
        .put_member(house.org.id, house.user.id, Role::Manager, now)
        .unwrap_err();
    assert_eq!(entries(&house).len(), 3);
}

/// Action, object, field and the value before of the newest entry, and how many there are.
fn newest(house: &House) -> (usize, [String; 4]) {
    let all = entries(house);
    let Some(entry) = all.first() else {
        return (0, Default::default());
    };
    let (deed, change) = (&entry.deed, &entry.deed.changes[0]);
    let before = change.before.clone().unwrap_or_default();
    let told = [&deed.action, &deed.object, &change.field, &before];
    (all.len(), told.map(Clone::clone))
}

#[tokio::test]
async fn what_becomes_of_quarantine_is_noted_when_it_is_done() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids = [1, 2].map(|number| house.reject(house.project.id, number, b"{}").to_string());
    let list = "/organizations/acme/quarantine/";
    let fields = [("act", "drop"), ("entry", &*ids[0])];
    let asked = ada.submit(list, &fields).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert_eq!(newest(&house).0, 0, "it was asked, not done");
    let sure = [fields[0], fields[1], ("confirmed", "yes")];
    ada.submit(list, &sure).await;
    let expect = ["quarantine.drop", "acme", "1 entries", &ids[0]].map(str::to_owned);
    assert_eq!(newest(&house), (1, expect));
    let one = format!("/api/0{list}{}/", ids[1]);
    for (method, path, action, count) in [
        (
            Method::POST,
            format!("{one}replay/"),
            "quarantine.replay",
            2,
        ),
        (
            Method::POST,
            format!("{one}replay/"),
            "quarantine.replay",
            2,
        ),
        (Method::DELETE, one.clone(), "quarantine.drop", 3),
        (Method::DELETE, one.clone(), "quarantine.drop", 3),
    ] {
        house.send(method, &path, Some(TOKEN), "").await;
        let expect = [action, "acme", "1 entries", &ids[1]].map(str::to_owned);
        assert_eq!(newest(&house), (count, expect), "{path}");
    }
    assert_eq!(entries(&house)[0].deed.via, "token:1");
}

#[tokio::test]
async fn environments_are_hidden_by_who_sets_up_projects_and_it_is_noted() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let mut grouped = message(house.project.id, "boom", 1);
    grouped.event.environment = Some("qa".to_owned());
    house.store(grouped);
    let (path, project) = (
        "/organizations/acme/environments/",
        house.project.id.to_string(),
    );
    let hide = [("project", &*project), ("name", "qa"), ("do", "hide")];
    let of =
        |before: &str| ["environment.edit", "web", "environment qa", before].map(str::to_owned);
    for _ in 0..2 {
        ada.submit(path, &hide).await;
        assert_eq!(newest(&house), (1, of("shown")));
    }
    let api = "/api/0/projects/acme/web/environments/qa/";
    for _ in 0..2 {
        house.put(api, r#"{"isHidden":false}"#).await.good();
        assert_eq!(newest(&house), (2, of("hidden")));
    }
    demote(&house);
    let answer = ada.submit(path, &hide).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    assert_eq!(newest(&house).0, 2);
}

#[tokio::test]
async fn bringing_deleted_issues_back_is_noted() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "boom", 1);
    for (what, count) in [("resolve", 0), ("delete", 1)] {
        let page = ada.read(&act(&ada, &[id], what).await).await;
        assert_eq!(newest(&house).0, count);
        let undo = between(&page, r#"value="undo:"#, "\"").to_owned();
        act(&ada, &[], &format!("undo:{undo}")).await;
    }
    let expect = ["issue.restore", "web", "1 issues", &id.to_string()].map(str::to_owned);
    assert_eq!(newest(&house), (2, expect));
}
