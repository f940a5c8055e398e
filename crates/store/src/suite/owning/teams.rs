//! Teams, their issues, and finding those.

use watchpost_model::{Assignee, Deed, IssueId, Roster, Team, UserId};

use super::{Says, apply, member, suggested, team, user};
use crate::suite::{all, apply_one, at, grouped, issue, message, project};
use crate::{Action, Actor, Asker, IssueQuery, Ledger, NewTeam, Sort};

fn teams(ledger: &dyn Ledger, of: &Team) -> Vec<Roster> {
    ledger.teams(of.org).expect("a healthy ledger")
}

/// Made, renamed, filled; names are unique.
pub fn teams_have_members_and_projects(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let ada = user(ledger, "ada@example.org");
    let core = team(ledger, "core");
    let again = NewTeam {
        org: core.org,
        slug: "core",
        name: "Core",
    };
    let refused = ledger.create_team(&again, at(0));
    assert!(message(refused).contains("core"));
    assert_eq!(ledger.set_member(&core, ada, true).ok(), Some(true));
    assert_eq!(ledger.set_member(&core, ada, true).ok(), Some(false));
    let nobody = ledger.set_member(&core, UserId(99), true);
    assert_eq!(message(nobody), "user does not exist");
    for project in [web, api] {
        assert_eq!(
            ledger.set_team_project(&core, project, true).ok(),
            Some(true)
        );
    }
    assert_eq!(ledger.set_team_project(&core, api, false).ok(), Some(true));
    let renamed = Team {
        slug: "heart".to_owned(),
        name: "The heart".to_owned(),
        ..core
    };
    ledger.update_team(&renamed).expect("a healthy ledger");
    let expect = Roster {
        members: vec![ada],
        projects: vec![web],
        team: renamed.clone(),
    };
    assert_eq!(teams(ledger, &renamed), [expect]);
    assert_eq!(ledger.set_member(&renamed, ada, false).ok(), Some(true));
    let gone = ledger.delete_team(&renamed, Actor::System, at(9));
    assert_eq!(gone.expect("a healthy ledger"), 0);
    assert!(teams(ledger, &renamed).is_empty());
    let gone = ledger.update_team(&renamed);
    assert_eq!(message(gone), "team does not exist");
}

/// The right id in a wrong organization finds nothing.
pub fn w10_teams_of_another_organization_are_not_there(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let other = ledger.create_org("other", "Other", at(0)).expect("an org");
    let new = NewTeam {
        org: other.id,
        slug: "core",
        name: "Core",
    };
    let foreign = ledger.create_team(&new, at(0)).expect("a new team");
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    let give = Action::Assign(Some(Assignee::Team(foreign.id)));
    let refused = ledger.act(web, &[id], &give, Actor::System, at(20));
    assert_eq!(message(refused), "team does not exist");
    let refused = ledger.set_team_project(&foreign, web, true);
    assert_eq!(message(refused), "project does not exist");
    apply(
        ledger,
        grouped(web, 2, "boom", 30),
        &Says::new(1, &["core"]),
    );
    assert_eq!(issue(ledger, web, id).assignee, None);
    assert!(suggested(ledger, web, id).is_empty());
    let ours = team(ledger, "core");
    let posing = Team {
        org: other.id,
        ..ours
    };
    let refused = ledger.delete_team(&posing, Actor::System, at(40));
    assert_eq!(message(refused), "team does not exist");
}

/// Given by hand, told in the activity, taken back.
pub fn a_team_looks_after_issues(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let core = team(ledger, "core");
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    let give = Action::Assign(Some(Assignee::Team(core.id)));
    let acted = ledger.act(web, &[id], &give, Actor::System, at(20));
    let undo = acted.expect("a healthy ledger").undo.expect("an undo");
    assert_eq!(
        issue(ledger, web, id).assignee,
        Some(Assignee::Team(core.id))
    );
    let log = ledger.activity(web, id).expect("a healthy ledger");
    assert_eq!(
        (log[0].deed, log[0].text("name")),
        (Deed::Assigned, "#core")
    );
    let undone = ledger.undo(web, undo, Actor::System, at(30));
    assert_eq!(undone.expect("a healthy ledger"), [id]);
    assert_eq!(issue(ledger, web, id).assignee, None);
}

/// Their activity says why, and no undo brings the team back.
pub fn issues_of_a_deleted_team_are_nobodys(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let core = team(ledger, "core");
    let rules = Says::new(1, &["core"]);
    let ids: Vec<IssueId> = (0..250_u128)
        .map(|event| {
            apply(
                ledger,
                grouped(web, event, &format!("boom {event}"), 10),
                &rules,
            )
        })
        .collect();
    let take = Action::Assign(None);
    let acted = ledger.act(web, &ids[..1], &take, Actor::System, at(20));
    let undo = acted.expect("a healthy ledger").undo.expect("an undo");
    let gone = ledger.delete_team(&core, Actor::System, at(30));
    assert_eq!(gone.expect("a healthy ledger"), 249);
    for id in &ids {
        assert_eq!(issue(ledger, web, *id).assignee, None);
        assert!(suggested(ledger, web, *id).is_empty());
    }
    let log = ledger.activity(web, ids[9]).expect("a healthy ledger");
    let told = (log[0].deed, log[0].text("reason"));
    assert_eq!(told, (Deed::Unassigned, "#core was deleted"));
    let undone = ledger.undo(web, undo, Actor::System, at(40));
    undone.expect("a healthy ledger");
    assert_eq!(issue(ledger, web, ids[0]).assignee, None);
}

/// A team is deleted while events open issues for it: none is left with somebody who is not there.
pub fn a_team_is_deleted_while_issues_are_given_to_it(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let core = team(ledger, "core");
    std::thread::scope(|scope| {
        for worker in 0..2_u128 {
            scope.spawn(move || {
                let rules = Says::new(1, &["core"]);
                for event in worker * 100..worker * 100 + 40 {
                    let name = format!("boom {event}");
                    apply(ledger, grouped(web, event, &name, 10), &rules);
                }
            });
        }
        let gone = ledger.delete_team(&core, Actor::System, at(30));
        gone.expect("a healthy ledger");
    });
    let issues = all(ledger, web);
    assert_eq!(issues.len(), 80);
    assert!(issues.iter().all(|issue| issue.assignee.is_none()));
}

/// By the team that has them, by one's own teams, and by who might have them.
pub fn issues_are_found_by_teams_and_suggestions(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let (ada, bob) = (
        member(ledger, "ada@example.org"),
        user(ledger, "bob@example.org"),
    );
    let (core, _pay) = (team(ledger, "core"), team(ledger, "pay"));
    ledger
        .set_member(&core, ada, true)
        .expect("a healthy ledger");
    apply_one(ledger, grouped(web, 1, "nobody's", 40));
    let mut rules = Says::new(1, &["pay", "core ada@example.org"]);
    apply(ledger, grouped(web, 2, "of core", 30), &rules);
    rules.suggestion.assigns = false;
    apply(ledger, grouped(web, 3, "perhaps core", 20), &rules);
    let hers = apply(ledger, grouped(web, 4, "of bob", 10), &rules);
    let give = Action::Assign(Some(Assignee::User(bob)));
    let acted = ledger.act(web, &[hers], &give, Actor::System, at(50));
    acted.expect("a healthy ledger");
    let check = |text: &str, expect: &[&str]| {
        let asker = Asker {
            user: Some(ada),
            ..Asker::at(at(100))
        };
        let query = IssueQuery::parse(web, text, Sort::LastSeen, asker);
        let page = ledger.find_issues(&query.expect("a search"));
        let rows = page.expect("a healthy ledger").rows;
        let titles: Vec<String> = rows.into_iter().map(|row| row.title).collect();
        assert_eq!(titles, expect, "{text}");
    };
    check("assigned:#core", &["of core"]);
    check("assigned:#Core", &["of core"]);
    check("!assigned:#core", &["nobody's", "perhaps core", "of bob"]);
    check("assigned:my_teams", &["of core"]);
    check(
        "assigned:[my_teams, none]",
        &["nobody's", "of core", "perhaps core"],
    );
    check("assigned:#ghosts", &[]);
    check("assigned:me", &[]);
    check("assigned_or_suggested:me", &["perhaps core"]);
    check("assigned_or_suggested:#core", &["of core", "perhaps core"]);
    check(
        "assigned_or_suggested:my_teams",
        &["of core", "perhaps core"],
    );
    check("assigned_or_suggested:#pay", &["perhaps core"]);
    check("assigned_or_suggested:bob@example.org", &["of bob"]);
    check("assigned_or_suggested:none", &["nobody's"]);
    check("!assigned_or_suggested:my_teams", &["nobody's", "of bob"]);
    check("bookmarks:#core", &[]);
}
