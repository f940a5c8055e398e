//! Changes of issues that are taken back: [`crate::LifeLedger::undo`].

use watchpost_model::{Assignee, Change, IssueId, Level, Priority, ProjectId, Status, Until};

use super::belonging::user;
use super::{apply, apply_one, at, grouped, issue, message, project};
use crate::{Action, Actor, Ledger, Resolve};

/// Every change of issues can be taken back once, to what they were.
pub fn changes_are_undone(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let ada = user(ledger, "ada@example.org");
    let batch = [grouped(web, 1, "a", 10), grouped(web, 2, "b", 10)];
    let ids: Vec<_> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    act(ledger, web, ids[1], &Action::Archive(Until::Forever), 15);
    let before = [issue(ledger, web, ids[0]), issue(ledger, web, ids[1])];
    let actor = Actor::User(ada);
    for action in [
        Action::Resolve(Resolve::Now),
        Action::Archive(Until::Escalating),
        Action::Prioritize(Priority::Low),
        Action::Assign(Some(Assignee::User(ada))),
        Action::Review,
    ] {
        let acted = ledger.act(web, &ids, &action, actor, at(20)).expect("done");
        assert_eq!(acted.changed, ids, "{action:?}");
        let undo = acted.undo.expect("it can be undone");
        assert_eq!(
            message(ledger.undo(api, undo, actor, at(21))),
            "change that can be undone does not exist"
        );
        assert_eq!(ledger.undo(web, undo, actor, at(21)).expect("undone"), ids);
        assert!(ledger.undo(web, undo, actor, at(22)).is_err(), "once");
        let after = [issue(ledger, web, ids[0]), issue(ledger, web, ids[1])];
        assert_eq!(after, before, "{action:?}");
    }
    let acted = ledger.act(web, &ids, &Action::Resolve(Resolve::Now), actor, at(30));
    ledger.age(at(31 + 24 * 3600)).expect("aged");
    let undo = acted.expect("done").undo.expect("it can be undone");
    assert!(ledger.undo(web, undo, actor, at(32 + 24 * 3600)).is_err());
}

fn act(ledger: &dyn Ledger, web: ProjectId, id: IssueId, action: &Action, secs: i64) -> i64 {
    let acted = ledger.act(web, &[id], action, Actor::System, at(secs));
    let undo = acted.expect("a healthy ledger").undo;
    undo.expect("something that can be undone")
}

/// What others changed since stays, and the entry says so.
pub fn an_undo_takes_back_no_change_of_others(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let ada = user(ledger, "ada@example.org");
    let mut first = grouped(web, 1, "boom", 5);
    first.event.level = Level::Warning;
    let id = apply_one(ledger, first).issue;
    let to_ada = Some(Assignee::User(ada));
    let undo = |undo, secs| {
        let undone = ledger.undo(web, undo, Actor::System, at(secs));
        undone.expect("a healthy ledger")
    };
    let is = || {
        let is = issue(ledger, web, id);
        (is.status, is.assignee, is.priority)
    };
    let reason = || {
        let activity = ledger.activity(web, id).expect("a healthy ledger");
        activity[0].text("reason").to_owned()
    };
    // One gives it to somebody, another resolves it, the first one takes the giving back.
    let given = act(ledger, web, id, &Action::Assign(to_ada), 10);
    let resolved = act(ledger, web, id, &Action::Resolve(Resolve::Now), 11);
    assert_eq!(undo(given, 12), [id]);
    assert_eq!(is(), (Status::Resolved, None, Priority::Medium));
    assert_eq!(reason(), "undone");
    // What came back by itself is not resolved behind its back either.
    act(ledger, web, id, &Action::Assign(to_ada), 13);
    let back = apply_one(ledger, grouped(web, 2, "boom", 14));
    assert_eq!(back.change, Change::Reopened);
    assert_eq!(undo(resolved, 15), []);
    assert_eq!(is(), (Status::Unresolved, to_ada, Priority::Medium));
    // Of two fields that an action changed one is another's meanwhile.
    act(ledger, web, id, &Action::Archive(Until::Escalating), 16);
    let events = (0..50).map(|event| grouped(web, 100 + event, "boom", 4000));
    assert_eq!(apply(ledger, &events.collect::<Vec<_>>()).len(), 50);
    assert_eq!(is(), (Status::Unresolved, to_ada, Priority::High));
    let review = act(ledger, web, id, &Action::Review, 4001);
    act(ledger, web, id, &Action::Archive(Until::Forever), 4002);
    let opened = act(ledger, web, id, &Action::Open, 4003);
    act(ledger, web, id, &Action::Prioritize(Priority::Low), 4004);
    assert_eq!(undo(opened, 4005), [id]);
    assert_eq!(is(), (Status::Archived, to_ada, Priority::Low));
    assert_eq!(reason(), "undone, but for what changed since: priority");
    assert_eq!(undo(review, 4006), [id]);
    assert!(!issue(ledger, web, id).is_reviewed);
    assert_eq!(issue(ledger, web, id).status, Status::Archived);
}

/// The limit of an archived issue is worked out anew each day: that is nobody's change.
pub fn an_archiving_that_was_judged_anew_is_undone(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let id = apply_one(ledger, grouped(web, 1, "boom", 5)).issue;
    let undo = act(ledger, web, id, &Action::Archive(Until::Escalating), 10);
    assert_eq!(ledger.age(at(10 + 24 * 3600)).expect("aged").judged, 1);
    let undone = ledger.undo(web, undo, Actor::System, at(11 + 24 * 3600));
    assert_eq!(undone.expect("a healthy ledger"), [id]);
    assert_eq!(issue(ledger, web, id).status, Status::Unresolved);
}
