//! What people do with issues on the pages, without JavaScript.

use axum::http::StatusCode;
use watchpost_model::{Assignee, Issue, IssueId, Priority, Status, Substatus};

use watchpost_store::{Actor, NewTeam};

use super::browser::{Browser, between, location};
use crate::api::tests::house::House;

const ACT: &str = "/organizations/acme/issues/act/";

fn issue(house: &House, id: IssueId) -> Issue {
    let found = house.app.ledger.issue(house.project.id, id).unwrap();
    found.unwrap()
}

fn page_of(id: IssueId) -> String {
    format!("/organizations/acme/issues/{id}/")
}

async fn act(ada: &Browser<'_>, ids: &[IssueId], what: &str) -> String {
    let project = ada.house.project.id.to_string();
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut fields = vec![("project", &*project), ("do", what), ("release", "2.0")];
    fields.extend(ids.iter().map(|id| ("issue", id.as_str())));
    let answer = ada.submit(ACT, &fields).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "{what}: {}",
        answer.text
    );
    location(&answer)
}

#[tokio::test]
async fn every_action_of_the_page_works_and_shows() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "boom", 1);
    let to_ada = format!("assign:user:{}", house.user.id);
    for (what, expect) in [
        ("resolve", "</span>Resolved"),
        ("open", "</span>Unresolved"),
        ("resolve:in", "Resolved in 2.0"),
        ("archive:escalating", "Archived until it escalates"),
        ("open", "</span>Unresolved"),
        ("archive:hours:24", "Archived until"),
        ("archive:events:100:60", "Archived until 100 events"),
        ("archive:users:10", "Archived until 10 users"),
        ("archive:forever", "</span>Archived<"),
        ("open", "opened it again"),
        ("review", "reviewed it"),
        ("priority:low", "Priority: low"),
        (&to_ada, "gave it to Ada"),
        ("bookmark:on", "Remove the bookmark"),
        ("subscribe:off", ">Subscribe<"),
    ] {
        act(&ada, &[id], what).await;
        let page = ada.read(&page_of(id)).await;
        assert!(page.contains(expect), "{what}: {expect} in {page}");
    }
    let after = issue(&house, id);
    assert_eq!(after.assignee, Some(Assignee::User(house.user.id)));
    assert_eq!((after.priority, after.is_reviewed), (Priority::Low, true));
    let project = house.project.id.to_string();
    for wrong in [
        "",
        "explode",
        "archive:sometimes",
        "priority:urgent",
        "assign:group:1",
    ] {
        let fields = [("project", &*project), ("do", wrong)];
        let answer = ada.submit(ACT, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn a_team_gets_an_issue_and_both_pages_show_it() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let core = NewTeam {
        org: house.org.id,
        slug: "core",
        name: "</bdi><script>alert(1)</script>",
    };
    let core = house.app.ledger.create_team(&core, house.app.clock.now());
    let core = core.unwrap();
    let id = house.say(house.project.id, "boom", 1);
    let page = ada.read(&page_of(id)).await;
    let choice = format!(r#"value="assign:team:{}"><bdi>#core</bdi>"#, core.id);
    assert!(page.contains(&choice), "{page}");
    let list = act(&ada, &[id], &format!("assign:team:{}", core.id)).await;
    let list = ada.read(&list).await;
    assert!(
        list.contains("Assigned to </span><bdi>#core</bdi>"),
        "{list}"
    );
    let page = ada.read(&page_of(id)).await;
    assert!(page.contains("gave it to #core"), "{page}");
    let actor = Actor::User(house.user.id);
    house
        .app
        .ledger
        .delete_team(&core, actor, house.app.clock.now())
        .unwrap();
    let page = ada.read(&page_of(id)).await;
    assert!(
        page.contains("took it from everybody: #core was deleted"),
        "{page}"
    );
    assert!(
        page.contains("gave it to #core"),
        "the log still says so: {page}"
    );
}

#[tokio::test]
async fn many_issues_are_archived_and_that_is_undone() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids = ["one", "two"].map(|text| house.say(house.project.id, text, 1));
    let list = act(&ada, &ids, "archive:escalating").await;
    let page = ada.read(&list).await;
    assert!(page.contains("2 issues archived."), "{page}");
    let undo = between(&page, r#"name="do" value="undo:"#, "\"").to_owned();
    let archived = ada.read(&format!("{list}&query=is:archived")).await;
    assert!(
        archived.contains("Archived until it escalates"),
        "{archived}"
    );
    act(&ada, &[], &format!("undo:{undo}")).await;
    for id in ids {
        let back = (Status::Unresolved, Some(Substatus::New));
        let is = issue(&house, id);
        assert_eq!((is.status, is.substatus), back);
    }
}

#[tokio::test]
async fn issues_are_merged_and_taken_apart() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let [one, two] = ["one", "two"].map(|text| house.say(house.project.id, text, 1));
    house.say(house.project.id, "one", 2);
    act(&ada, &[one, two], "merge").await;
    // The address of either shows both, with all their events.
    let page = ada.read(&page_of(two)).await;
    assert!(page.contains("merged 1 issue into it"), "{page}");
    assert!(page.contains("3 of 3"), "{page}");
    let events = ada.read(&format!("{}events/", page_of(one))).await;
    assert!(events.matches("/events/").count() >= 3);
    act(&ada, &[one], &format!("unmerge:{two}")).await;
    assert_eq!(issue(&house, two).id, two);
    assert_eq!(issue(&house, one).times_seen, 2);
}

#[tokio::test]
async fn people_comment_and_change_their_words() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "boom", 1);
    let path = format!("{}comments/", page_of(id));
    let said = [("do", "add"), ("text", "<b>the cache</b>")];
    assert_eq!(location(&ada.submit(&path, &said).await), page_of(id));
    let page = ada.read(&page_of(id)).await;
    assert!(page.contains("&#60;b&#62;the cache"), "{page}");
    let note = between(&page, r#"name="note" value=""#, "\"").to_owned();
    ada.submit(
        &path,
        &[("do", "edit"), ("note", &note), ("text", "the disk")],
    )
    .await;
    assert!(ada.read(&page_of(id)).await.contains("the disk"));
    ada.submit(&path, &[("do", "delete"), ("note", &note)])
        .await;
    assert!(!ada.read(&page_of(id)).await.contains("the disk"));
    let empty = ada.submit(&path, &[("do", "add"), ("text", " ")]).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn w12_actions_stay_within_the_project() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let foreign = house.say(house.rival.id, "theirs", 1);
    for what in ["archive:forever", "delete", "discard", "merge"] {
        act(&ada, &[foreign], what).await;
    }
    let theirs = house.app.ledger.issue(house.rival.id, foreign).unwrap();
    assert_eq!(theirs.map(|issue| issue.status), Some(Status::Unresolved));
    let path = format!("{}comments/", page_of(foreign));
    let answer = ada.submit(&path, &[("do", "add"), ("text", "hm")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let own = house.say(house.project.id, "ours", 1);
    let list = act(&ada, &[own], "delete").await;
    assert!(ada.read(&list).await.contains("1 issue deleted."));
    assert_eq!(ada.get(&page_of(own)).await.status, StatusCode::NOT_FOUND);
}
