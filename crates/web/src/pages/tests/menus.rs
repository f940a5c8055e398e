//! What people write into the menus of an issue instead of choosing it.

use axum::http::StatusCode;

use super::browser::Browser;
use super::life::{ACT, page_of};
use crate::api::tests::house::House;

#[tokio::test]
async fn people_write_when_whom_and_which_commit() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "boom", 1);
    let (project, issue) = (house.project.id.to_string(), id.to_string());
    let send = async |what: &str, field: (&str, &str)| {
        let fields = [
            ("project", &*project),
            ("issue", &*issue),
            ("do", what),
            field,
        ];
        ada.submit(ACT, &fields).await.status
    };
    let email = house.user.email.to_uppercase();
    for (what, field, expect) in [
        ("archive:own", ("count", "12"), "Archived until 12 events"),
        (
            "archive:own",
            ("date", "2999-12-24"),
            "Archived until 2999-12-24",
        ),
        (
            "resolve:commit",
            ("commit", "abcdef0123456789"),
            "Resolved in commit abcdef012345",
        ),
        ("assign:to", ("whom", &email), "gave it to Ada"),
    ] {
        assert_eq!(send(what, field).await, StatusCode::SEE_OTHER, "{what}");
        let page = ada.read(&page_of(id)).await;
        assert!(page.contains(expect), "{what}: {expect} in {page}");
    }
    for (what, field) in [
        ("archive:own", ("count", "0")),
        ("archive:own", ("count", "")),
        ("archive:own", ("date", "1999-01-01")),
        ("archive:own", ("date", "soon")),
        ("resolve:commit", ("commit", "")),
        ("assign:to", ("whom", "nobody@example.com")),
        ("assign:to", ("whom", "#nobody")),
        ("assign:to", ("whom", "")),
    ] {
        let answer = send(what, field).await;
        assert_eq!(answer, StatusCode::BAD_REQUEST, "{what} {field:?}");
    }
}
