//! Issues by what only their events know: lists, changes of many, what completes such a search.

use serde_json::Value;
use watchpost_model::{Exception, Frame, Grouped, Mechanism, ProjectId, Stacktrace, Status};
use watchpost_store::limits::{ISSUE_LOOK_EVENT_COUNT_MAX, SEARCH_EVENT_COUNT_MAX};
use watchpost_store::search::Bounds;
use watchpost_store::suite::archived;
use watchpost_store::{Asker, Filing, IssueQuery, Sort};

use super::super::issue_list::whole;
use super::house::{House, message};
use super::issue_list::{OF_ORG, OF_PROJECT, next, titles};

/// An exception that nobody caught, in that function.
fn raised(project: ProjectId, text: &str, minute: i64, function: &str) -> Grouped {
    let mut grouped = message(project, text, minute);
    let frame = Frame {
        function: Some(function.to_owned()),
        ..Frame::default()
    };
    grouped.event.exceptions = vec![Exception {
        mechanism: Some(Mechanism {
            kind: "excepthook".to_owned(),
            handled: Some(false),
            ..Mechanism::default()
        }),
        stacktrace: Some(Stacktrace {
            frames: vec![frame],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    }];
    grouped
}

/// So many issues of ten equal events each, in one batch.
pub(crate) fn crowd(house: &House, count: usize, dist: &str) {
    let mut batch = Vec::new();
    for issue in 0..count {
        for minute in 0..ISSUE_LOOK_EVENT_COUNT_MAX {
            let minute = i64::try_from(minute).unwrap();
            let mut grouped = message(house.project.id, &format!("crowd {issue}"), minute - 60);
            grouped.event.dist = Some(dist.to_owned());
            batch.push(grouped);
        }
    }
    let filings: Vec<Filing> = batch.iter().cloned().map(Filing::new).collect();
    let applied = house.app.ledger.apply(&filings, &[]).unwrap();
    let kept = applied.iter().zip(batch);
    let kept: Vec<_> = kept.map(|(one, event)| archived(one.home, event)).collect();
    house.app.archive.append(&kept).unwrap();
}

#[tokio::test]
async fn issues_are_found_by_their_events() {
    let house = House::new();
    let (web, shop) = (house.project.id, house.add_project("shop").id);
    house.store(raised(web, "cart", 1, "checkout"));
    house.store(raised(shop, "order", 2, "checkout"));
    house.store(raised(web, "login", 3, "sign_in"));
    house.store(raised(house.rival.id, "theirs", 4, "checkout"));
    let check = async |list: &str, query: &str, expect: &[&str]| {
        let answer = house.get(&format!("{list}?query={query}")).await;
        assert_eq!(titles(&answer), expect, "{list} {query}");
        assert_eq!(next(&answer), None);
        assert!(!answer.headers.contains_key("x-watchpost-note"));
    };
    let sentrys = "stack.function:checkout+error.unhandled:true+is:unresolved";
    check(OF_PROJECT, sentrys, &["cart"]).await;
    check(OF_ORG, sentrys, &["order", "cart"]).await;
    check(OF_ORG, "!stack.function:checkout", &["login"]).await;
    check(
        OF_ORG,
        "login+OR+stack.function:check*",
        &["login", "order", "cart"],
    )
    .await;
    check(OF_ORG, "project:shop+has:error.mechanism", &["order"]).await;
    check(OF_ORG, "error.handled:true", &[]).await;
    let wrong = house
        .get(&format!("{OF_ORG}?query=a+error.main_thread:true"))
        .await;
    assert_eq!(wrong.refusal().0, 400);
    assert_eq!(wrong.json()["position"], 2);
}

#[tokio::test]
async fn pages_of_several_projects_follow_each_other() {
    let house = House::new();
    let (web, shop) = (house.project.id, house.add_project("shop").id);
    let mut expect = Vec::new();
    for minute in (0..20).rev() {
        // The second project ends on the first page.
        let project = if minute > 17 { shop } else { web };
        house.store(raised(project, &format!("error {minute}"), minute, "f"));
        expect.push(format!("error {minute}"));
    }
    let mut url = format!("{OF_ORG}?limit=3&query=stack.function:f");
    let mut seen = Vec::new();
    loop {
        let answer = house.get(&url).await;
        assert!(seen.len() <= expect.len(), "it never ends: {seen:?}");
        seen.extend(titles(&answer));
        match next(&answer) {
            Some(next) => url = next,
            None => break,
        }
    }
    assert_eq!(seen, expect);
    for cursor in ["x", "e30x:0:0", "eyIxIjoieCJ9:0:0"] {
        let strange = format!("{OF_ORG}?query=dist:1&cursor={cursor}");
        assert_eq!(house.get(&strange).await.refusal().0, 400, "{cursor}");
    }
}

#[tokio::test]
async fn a_page_that_ends_early_says_so_and_goes_on() {
    let house = House::new();
    let seen = SEARCH_EVENT_COUNT_MAX / ISSUE_LOOK_EVENT_COUNT_MAX;
    let mut old = message(house.project.id, "old", -100);
    old.event.dist = Some("rare".to_owned());
    house.store(old);
    crowd(&house, seen, "usual");
    let first = house.get(&format!("{OF_PROJECT}?query=dist:rare")).await;
    assert_eq!(titles(&first), [""; 0]);
    let note = first.headers["x-watchpost-note"].to_str().unwrap();
    let words = format!("The newest events of {seen} issues were looked at");
    assert!(note.starts_with(&words), "{note}");
    assert!(note.ends_with("The next page goes on."), "{note}");
    let second = house.get(&next(&first).unwrap()).await;
    assert_eq!(titles(&second), ["old"]);
    assert_eq!(next(&second), None);
    assert!(!second.headers.contains_key("x-watchpost-note"));
}

#[tokio::test]
async fn a_change_by_query_changes_all_that_is_found_or_nothing() {
    let house = House::new();
    let (web, body) = (house.project.id, r#"{"status":"resolved"}"#);
    house.store(raised(web, "cart", 1, "checkout"));
    house.store(raised(web, "login", 2, "sign_in"));
    let query = format!("{OF_PROJECT}?query=stack.function:checkout");
    house.put(&query, body).await.good();
    let resolved = || {
        let found = house.app.ledger.find_issues(&IssueQuery {
            status: Some(Status::Resolved),
            ..IssueQuery::all(web)
        });
        let rows = found.unwrap().rows.into_iter();
        rows.map(|issue| issue.title).collect::<Vec<_>>()
    };
    assert_eq!(resolved(), ["cart"]);
    let query = IssueQuery::parse(web, "dist:1", Sort::LastSeen, Asker::default()).unwrap();
    let bounds = |issues, events| Bounds { issues, events };
    let all = |bounds| whole(&house.app, &query, bounds);
    let enough = 2 * ISSUE_LOOK_EVENT_COUNT_MAX;
    assert_eq!(all(bounds(10, enough)).unwrap(), []);
    let refused = all(bounds(10, ISSUE_LOOK_EVENT_COUNT_MAX)).unwrap_err();
    assert!(refused.to_string().contains("Nothing was changed"));
    for (minute, text) in [(3, "cart"), (4, "login")] {
        let mut event = message(web, text, minute);
        event.event.dist = Some("1".to_owned());
        house.store(event);
    }
    assert_eq!(all(bounds(2, enough)).unwrap().len(), 2);
    assert!(all(bounds(1, enough)).is_err(), "the second is found, too");
}

#[tokio::test]
async fn values_of_recent_events_complete_a_search() {
    let house = House::new();
    let web = house.project.id;
    for (minute, function) in [(1, "checkout"), (2, "sign_in"), (3, "checkout")] {
        let mut event = raised(web, "cart", minute, function);
        event.event.dist = Some(format!("{minute}"));
        house.store(event);
    }
    house.store(raised(house.rival.id, "theirs", 4, "secret"));
    let values = async |query: &str| -> Vec<Value> {
        let path = format!("/api/0/organizations/acme/search/values/?{query}");
        let rows = house.get(&path).await.good();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["value"].clone()).collect()
    };
    assert_eq!(values("key=stack.function").await, ["checkout", "sign_in"]);
    assert_eq!(values("key=stack.function&query=SIGN").await, ["sign_in"]);
    assert_eq!(values("key=dist").await.len(), 3);
    assert_eq!(
        values("key=error.mechanism&project=web").await,
        ["excepthook"]
    );
    assert_eq!(values("key=error.unhandled").await, ["true", "false"]);
    assert_eq!(values("key=flags%5B%22x%22%5D").await, [""; 0]);
    assert_eq!(values("key=a+OR+dist").await, [""; 0]);
}
