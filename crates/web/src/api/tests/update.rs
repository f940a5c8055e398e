//! Resolving and reopening, and who hears of it.

use axum::http::{Method, StatusCode};
use watchpost_model::{Change, IssueId, Status};

use super::house::House;

const OF_PROJECT: &str = "/api/0/projects/acme/web/issues/";
const OF_ORG: &str = "/api/0/organizations/acme/issues/";
const RESOLVED: &str = r#"{"status":"resolved","snoozeDuration":null}"#;

fn status(house: &House, project: watchpost_model::ProjectId, issue: IssueId) -> Status {
    house
        .app
        .ledger
        .issue(project, issue)
        .unwrap()
        .unwrap()
        .status
}

#[tokio::test]
async fn resolving_tells_whoever_watches_once() {
    let house = House::new();
    let issue = house.say(house.project.id, "boom", 1);
    let mut news = house.app.news.subscribe();
    let one = format!("{OF_ORG}{issue}/");
    let answer = house.put(&one, RESOLVED).await.good();
    assert_eq!(
        (&answer["status"], &answer["count"]),
        (&"resolved".into(), &"1".into())
    );
    let heard = news.try_recv().unwrap();
    assert_eq!((heard.project, heard.issue), (house.project.id, issue));
    assert_eq!((heard.event, heard.change), (None, Change::Repeated));
    // Nothing changes the second time.
    house.put(&one, RESOLVED).await.good();
    assert!(news.try_recv().is_err());
    let answer = house
        .put(&one, r#"{"status":"unresolved","assignedTo":"user:1"}"#)
        .await
        .good();
    assert_eq!(
        (&answer["status"], &answer["assignedTo"]["email"]),
        (&"unresolved".into(), &"ada@example.org".into())
    );
}

#[tokio::test]
async fn many_at_once_by_id_by_status_or_all() {
    let house = House::new();
    let web = house.project.id;
    let ids: Vec<IssueId> = (0..130)
        .map(|n| house.say(web, &format!("error {n}"), n))
        .collect();
    let resolved = |house: &House| {
        ids.iter()
            .filter(|id| status(house, web, **id) == Status::Resolved)
            .count()
    };
    let url = format!("{OF_PROJECT}?id={}&id={}&id=99999", ids[0], ids[1]);
    assert_eq!(house.put(&url, RESOLVED).await.good()["status"], "resolved");
    assert_eq!(resolved(&house), 2);
    let back = r#"{"status":"unresolved"}"#;
    house
        .put(&format!("{OF_PROJECT}?status=resolved"), back)
        .await
        .good();
    assert_eq!(resolved(&house), 0);
    house
        .put(&format!("{OF_ORG}?query=error+12"), RESOLVED)
        .await
        .good();
    assert_eq!(resolved(&house), 12);
    house.put(OF_PROJECT, RESOLVED).await.good();
    assert_eq!(resolved(&house), ids.len());
    let none = house
        .put(&format!("{OF_PROJECT}?status=unresolved"), RESOLVED)
        .await;
    assert_eq!(
        (none.status, none.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
}

#[tokio::test]
async fn w12_foreign_issues_stay_as_they_are() {
    let house = House::new();
    let own = house.say(house.project.id, "ours", 1);
    let foreign = house.say(house.rival.id, "theirs", 1);
    let other = house.add_project("shop").id;
    let aside = house.say(other, "of another project", 1);
    house
        .put(
            &format!("{OF_PROJECT}?id={own}&id={foreign}&id={aside}"),
            RESOLVED,
        )
        .await
        .good();
    assert_eq!(status(&house, house.project.id, own), Status::Resolved);
    assert_eq!(status(&house, house.rival.id, foreign), Status::Unresolved);
    assert_eq!(status(&house, other, aside), Status::Unresolved);
    house.put(OF_ORG, RESOLVED).await.good();
    assert_eq!(status(&house, house.rival.id, foreign), Status::Unresolved);
    assert_eq!(status(&house, other, aside), Status::Resolved);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let house = House::new();
    let issue = house.say(house.project.id, "boom", 1);
    for body in [
        "",
        "[]",
        "{}",
        r#"{"assignedTo":"user:99"}"#,
        r#"{"assignedTo":"team:1"}"#,
        r#"{"status":"gone"}"#,
        r#"{"status":"ignored","substatus":"ongoing"}"#,
        r#"{"priority":"urgent"}"#,
        r#"{"statusDetails":{"inNextRelease":true}}"#,
        r#"{"status":1}"#,
        r#"{"status":null}"#,
    ] {
        for url in [OF_PROJECT, OF_ORG, &format!("{OF_ORG}{issue}/")] {
            let (code, detail) = house.put(url, body).await.refusal();
            assert_eq!(code, 400, "{url} {body}");
            assert!(!detail.is_empty());
        }
    }
    let url = format!("{OF_PROJECT}?status=lost");
    assert_eq!(house.put(&url, RESOLVED).await.refusal().0, 400);
    house.add_token("reader", &["event:read", "org:admin", "project:admin"]);
    let answer = house
        .send(Method::PUT, OF_ORG, Some("reader"), RESOLVED)
        .await;
    assert_eq!(answer.refusal().0, 403);
    assert_eq!(status(&house, house.project.id, issue), Status::Unresolved);
}
