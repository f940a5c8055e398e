//! What people do with issues on the pages, without JavaScript.

use axum::http::StatusCode;
use watchpost_model::{
    Assignee, Change, Explanation, Issue, IssueId, Priority, Status, Substatus, Variant,
};
use watchpost_store::Actor;
use watchpost_store::suite::hash;

use super::browser::{Browser, between, location};
use crate::api::tests::house::{House, message};

pub(super) const ACT: &str = "/organizations/acme/issues/act/";

pub(super) fn issue(house: &House, id: IssueId) -> Issue {
    let found = house.app.ledger.issue(house.project.id, id).unwrap();
    found.unwrap()
}

pub(super) fn page_of(id: IssueId) -> String {
    format!("/organizations/acme/issues/{id}/")
}

pub(super) async fn act(ada: &Browser<'_>, ids: &[IssueId], what: &str) -> String {
    let project = ada.house.project.id.to_string();
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut fields = vec![("project", &*project), ("do", what), ("release", "2.0")];
    let sure = ids.len().to_string();
    fields.push(("sure", &*sure));
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
async fn an_issue_that_is_nobodys_again_is_unassigned() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let id = house.say(house.project.id, "boom", 1);
    let to_ada = format!("assign:user:{}", house.user.id);
    for (what, expect) in [
        (&*to_ada, "1 issue assigned."),
        ("assign:", "1 issue unassigned."),
    ] {
        let list = act(&ada, &[id], what).await;
        let page = ada.read(&list).await;
        assert!(page.contains(expect), "{what}: {expect} in {page}");
    }
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

/// An event with a key of its own, and one that all have.
fn keyed(house: &House, text: &str, minute: i64) -> IssueId {
    let mut event = message(house.project.id, text, minute);
    event.hashes.push(hash("all"));
    event.explanation = Explanation {
        version: 1,
        variants: event
            .hashes
            .iter()
            .zip(["app", "system"])
            .map(|(hash, name)| Variant {
                name: name.to_owned(),
                hash: hash.hex(),
                components: Vec::new(),
            })
            .collect(),
        ..Explanation::default()
    };
    house.store(event)
}

#[tokio::test]
async fn r15_keys_are_taken_out_on_the_page_and_that_is_undone() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let one = keyed(&house, "one", 1);
    let keys = format!("{}merged/", page_of(one));
    let page = ada.read(&keys).await;
    assert!(page.contains("nothing can be taken out"), "{page}");
    assert_eq!(keyed(&house, "two", 2), one);
    let page = ada.read(&keys).await;
    let (before, _) = page.split_once(">two</bdi>").unwrap();
    let (_, chosen) = before.rsplit_once(r#"name="key" value=""#).unwrap();
    let (chosen, _) = chosen.split_once('"').unwrap();
    let (project, issues) = (house.project.id.to_string(), one.to_string());
    let fields = [
        ("project", &*project),
        ("issue", &*issues),
        ("key", chosen),
        ("do", "unmerge"),
    ];
    let answer = ada.submit(ACT, &fields).await;
    let page = ada.read(&location(&answer)).await;
    assert!(page.contains("1 issue taken out."), "{page}");
    let undo = between(&page, r#"name="do" value="undo:"#, "\"").to_owned();
    house.is_split().await;
    let two = house.say(house.project.id, "two", 3);
    assert_ne!(two, one);
    let page = ada.read(&page_of(two)).await;
    assert!(page.contains("took it out of another issue"), "{page}");
    let page = ada.read(&page_of(one)).await;
    assert!(page.contains("took keys out of it, with 1 event"), "{page}");
    act(&ada, &[], &format!("undo:{undo}")).await;
    assert_eq!(issue(&house, two).id, one);
    assert_eq!(issue(&house, one).times_seen, 3);
    let nothing = [("project", &*project), ("do", "unmerge")];
    let answer = ada.submit(ACT, &nothing).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn r15_what_may_belong_to_a_merge_is_one_click_away() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let [one, two] = ["one", "two"].map(|text| house.say(house.project.id, text, 1));
    act(&ada, &[one, two], "merge").await;
    assert!(!ada.read(&page_of(one)).await.contains("may belong"));
    let mut late = message(house.project.id, "two", 5);
    late.hashes = vec![hash("another variant")];
    let late = house.store(late);
    let page = ada.read(&page_of(one)).await;
    assert!(page.contains("1 later issue may belong"), "{page}");
    let page = ada.read(&format!("{}merged/", page_of(one))).await;
    assert!(
        page.contains("It has the title of what was merged"),
        "{page}"
    );
    assert_eq!(
        between(&page, r#"value="merge">"#, "<"),
        "Merge it into this issue"
    );
    let list = act(&ada, &[one, late], "merge").await;
    let page = ada.read(&list).await;
    let undo = between(&page, r#"name="do" value="undo:"#, "\"").to_owned();
    assert_eq!(issue(&house, late).id, one);
    act(&ada, &[], &format!("undo:{undo}")).await;
    assert_eq!(issue(&house, late).id, late);
    let page = ada.read(&format!("{}merged/", page_of(one))).await;
    assert!(
        !page.contains("May belong"),
        "somebody said that it does not"
    );
}

#[tokio::test]
async fn r25_only_issues_that_somebody_saw_are_merged_at_once() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let ids: Vec<IssueId> = (0..101)
        .map(|number| house.say(house.project.id, &format!("boom {number}"), 1))
        .collect();
    let project = house.project.id.to_string();
    let named: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut fields = vec![("project", &*project), ("do", "merge")];
    fields.extend(named.iter().map(|id| ("issue", id.as_str())));
    let answer = ada.submit(ACT, &fields).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.text.contains("at most 100 issues"),
        "{}",
        answer.text
    );
    assert!(
        ids.iter().all(|id| issue(&house, *id).id == *id),
        "none is merged"
    );
    let list = act(&ada, &ids[..3], "merge").await;
    let page = ada.read(&list).await;
    assert!(page.contains("3 issues merged."), "counted: {page}");
    let undo = between(&page, r#"name="do" value="undo:"#, "\"").to_owned();
    act(&ada, &[], &format!("undo:{undo}")).await;
    assert!(ids.iter().all(|id| issue(&house, *id).id == *id), "undone");
}

#[tokio::test]
async fn discarded_issues_are_shown_and_let_in_again() {
    const STONES: &str = "/settings/acme/projects/web/discarded/";
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    assert!(ada.read(STONES).await.contains("No issue is discarded"));
    let noise = house.say(house.project.id, "<b>noise", 1);
    act(&ada, &[noise], "discard").await;
    let dropped = house.drop_one(message(house.project.id, "<b>noise", 2));
    assert_eq!(dropped, Change::Discarded);
    let page = ada.read(STONES).await;
    assert!(page.contains("&#60;b&#62;noise"), "{page}");
    assert!(page.contains(r#"<td class="number">1<"#), "{page}");
    assert!(page.contains(&house.user.email), "{page}");
    let stone = between(&page, r#"name="stone" value=""#, "\"").to_owned();
    let foreign = format!(
        "/settings/acme/projects/{}/discarded/",
        house.add_project("shop").slug
    );
    let fields = [("stone", &*stone)];
    assert_eq!(
        ada.submit(&foreign, &fields).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(location(&ada.submit(STONES, &fields).await), STONES);
    assert!(ada.read(STONES).await.contains("let in again"));
    assert_ne!(house.say(house.project.id, "<b>noise", 3), noise);
    assert_eq!(
        ada.submit(STONES, &[("stone", "x")]).await.status,
        StatusCode::NOT_FOUND
    );
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
    for wrong in [
        vec![("do", "add"), ("text", " ")],
        vec![("do", "delete"), ("note", "x")],
        vec![("do", "edit"), ("text", "whose?")],
    ] {
        let answer = ada.submit(&path, &wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong:?}");
    }
}

#[tokio::test]
async fn w12_actions_stay_within_the_project() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let foreign = house.say(house.rival.id, "theirs", 1);
    for what in ["archive:forever", "delete", "discard"] {
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

#[tokio::test]
async fn w12_merges_stay_within_the_project() {
    let house = House::new();
    let ada = Browser::signed_in(&house).await;
    let (web, rival) = (house.project.id, house.rival.id);
    let [own, second] = ["ours", "ours, too"].map(|text| house.say(web, text, 1));
    let [foreign, kin] = ["theirs", "kin"].map(|text| house.say(rival, text, 1));
    let family = |project, id| house.app.ledger.family(project, id).unwrap();
    // One of each: there is nothing to merge it with.
    act(&ada, &[own, foreign], "merge").await;
    assert_eq!(
        (family(web, own), family(rival, foreign)),
        (vec![own], vec![foreign])
    );
    act(&ada, &[own, foreign, second], "merge").await;
    assert_eq!(family(web, own), [own, second]);
    assert_eq!(family(rival, foreign), [foreign]);
    let by = Actor::System;
    let now = house.app.clock.now();
    let merged = house.app.ledger.merge(rival, &[foreign, kin], by, now);
    let merged = merged.unwrap().unwrap();
    let project = web.to_string();
    let foreign_id = foreign.to_string();
    for what in [format!("unmerge:{kin}"), format!("undo:{}", merged.undo)] {
        let fields = [
            ("project", &*project),
            ("issue", &*foreign_id),
            ("do", &*what),
        ];
        let answer = ada.submit(ACT, &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{what}");
        assert_eq!(family(rival, foreign), [foreign, kin], "{what}");
    }
    // It was not used up either.
    let undone = house.app.ledger.undo(rival, merged.undo, by, now);
    assert_eq!(undone.unwrap().len(), 2);
    assert_eq!(family(rival, foreign), [foreign]);
}
