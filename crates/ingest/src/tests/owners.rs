//! A new issue has its owner at once, by the rules of its project, whatever crashes.

use std::fs;

use axum::http::StatusCode;
use serde_json::json;
use watchpost_model::{Assignee, EventId, Issue, ProjectId, Rules, Team, Timestamp};
use watchpost_store::{
    Actor, IssueLedger, IssueQuery, LifeLedger, NewTeam, OrgLedger, OwnershipLedger, RulesLedger,
    TeamLedger,
};

use super::house::{Plan, TestHouse};

const WEB: ProjectId = ProjectId(1);

fn team(house: &TestHouse, slug: &str) -> Team {
    let orgs = house.stores.orgs().unwrap();
    let new = NewTeam {
        org: orgs[0].id,
        slug,
        name: slug,
    };
    house
        .stores
        .create_team(&new, Timestamp::from_secs(1))
        .unwrap()
}

fn write(house: &TestHouse, rules: &str) {
    let change = |all: &mut Rules| rules.clone_into(&mut all.ownership.rules);
    let now = Timestamp::from_secs(1);
    house
        .stores
        .change_rules(WEB, &change, Actor::System, now)
        .unwrap();
}

async fn fail(house: &TestHouse, id: u128, kind: &str, file: &str) {
    let frame = json!({"filename": file, "function": kind, "in_app": true});
    let exception = json!({"type": kind, "value": "", "stacktrace": {"frames": [frame]}});
    let event = json!({"event_id": EventId(id), "exception": {"values": [exception]}});
    let answer = house.post_auth("/api/1/store/", event.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
}

fn issue(house: &TestHouse, kind: &str) -> Issue {
    let found = house
        .stores
        .find_issues(&IssueQuery::all(WEB))
        .unwrap()
        .rows;
    found.into_iter().find(|issue| issue.kind == kind).unwrap()
}

fn owner(house: &TestHouse, kind: &str) -> Option<Assignee> {
    issue(house, kind).assignee
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_issue_has_its_owner_by_the_rules_of_the_moment() {
    let house = TestHouse::new();
    let [core, pay] = ["core", "pay"].map(|slug| Some(Assignee::Team(team(&house, slug).id)));
    fail(&house, 1, "Before", "app/pay/card.py").await;
    house.digested();
    assert_eq!(owner(&house, "Before"), None);
    write(&house, "path:app/* #core\npath:app/pay/* #pay");
    fail(&house, 2, "Pay", "app/pay/card.py").await;
    fail(&house, 3, "Core", "app/db.py").await;
    fail(&house, 4, "Other", "lib/db.py").await;
    fail(&house, 5, "Before", "app/pay/card.py").await;
    house.digested();
    let owners = ["Pay", "Core", "Other", "Before"].map(|kind| owner(&house, kind));
    assert_eq!(owners, [pay, core, None, pay]);
    let file = Some("* @shop/core");
    house
        .stores
        .set_codeowners(WEB, file, Timestamp::from_secs(2))
        .unwrap();
    fail(&house, 6, "Late", "lib/db.py").await;
    fail(&house, 7, "Other", "lib/db.py").await;
    house.digested();
    assert_eq!(
        [owner(&house, "Late"), owner(&house, "Other")],
        [core, core]
    );
    let only_suggest = |all: &mut Rules| all.ownership.auto_assign = false;
    let now = Timestamp::from_secs(3);
    house
        .stores
        .change_rules(WEB, &only_suggest, Actor::System, now)
        .unwrap();
    fail(&house, 8, "Last", "app/db.py").await;
    house.digested();
    let last = issue(&house, "Last");
    let suggested = house.stores.suggested(WEB, &[last.id]).unwrap();
    assert_eq!(
        (last.assignee, suggested[0].1[0].rule.as_str()),
        (None, "path:app/* #core")
    );
}

/// Nobody should have to change the rules again for them to be in force.
#[tokio::test(flavor = "multi_thread")]
async fn rules_that_cannot_be_read_for_a_while_are_those_of_before_until_they_can() {
    let house = TestHouse::new();
    let [core, pay] = ["core", "pay"].map(|slug| Some(Assignee::Team(team(&house, slug).id)));
    write(&house, "path:app/* #core");
    fail(&house, 1, "First", "app/db.py").await;
    house.digested();
    house.stores.faults().owners_down = true;
    write(&house, "path:app/* #pay");
    fail(&house, 2, "Meanwhile", "app/db.py").await;
    house.digested();
    house.stores.faults().owners_down = false;
    fail(&house, 3, "Later", "app/db.py").await;
    house.digested();
    let owners = ["First", "Meanwhile", "Later"].map(|kind| owner(&house, kind));
    assert_eq!(owners, [core, core, pay]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_an_issue_is_given_away_once_through_crashes() {
    let mut house = TestHouse::new();
    let core = team(&house, "core");
    write(&house, "path:* #core");
    for id in 0..4 {
        fail(&house, id, "Boom", "app/db.py").await;
        house.digested();
        fs::write(house.dir.path().join("spool/position"), [0; 1024]).unwrap();
        house = house.crash_and_restart(Plan::default());
    }
    house.digested();
    let issue = issue(&house, "Boom");
    assert_eq!(
        (issue.times_seen, issue.assignee),
        (4, Some(Assignee::Team(core.id)))
    );
    assert_eq!(house.stores.activity(WEB, issue.id).unwrap().len(), 1);
}
