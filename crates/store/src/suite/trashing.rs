//! Issues that are deleted, and brought back or not: [`crate::TrashLedger`].

use watchpost_model::{
    Assignee, Change, Deed, Grouped, Issue, IssueId, ProjectId, Status, Substatus, Timestamp, Until,
};

use super::belonging::user;
use super::owning::team;
use super::{all, apply, apply_one, at, filings, grouped, issue, message, project};
use crate::limits::TRASH_SECS;
use crate::{Action, Actor, Forget, Ledger, Resolve, Trashed};

/// Two events of "a", one of "b" which is merged into it, one of "c".
fn three(ledger: &dyn Ledger) -> (ProjectId, IssueId, IssueId) {
    let web = project(ledger, "web").id;
    let batch = [
        grouped(web, 1, "a", 10),
        grouped(web, 2, "a", 11),
        grouped(web, 3, "b", 12),
        grouped(web, 4, "c", 13),
    ];
    let ids: Vec<IssueId> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    let merged = ledger.merge(web, &[ids[0], ids[2]], Actor::System, at(20));
    merged.expect("a healthy ledger").expect("a merge");
    (web, ids[0], ids[2])
}

/// Deletes; by what it can be undone.
fn trash(ledger: &dyn Ledger, web: ProjectId, id: IssueId, how: Forget) -> i64 {
    let done = ledger.trash_issues(web, &[id], how, Actor::System, at(100));
    let done = done.expect("a healthy ledger");
    assert_eq!(done.changed.first(), Some(&id));
    done.undo.expect("something that can be undone")
}

fn undo(ledger: &dyn Ledger, web: ProjectId, undo: i64, secs: i64) -> Vec<IssueId> {
    let back = ledger.undo(web, undo, Actor::System, at(secs));
    back.expect("it can be undone")
}

/// Everything that tells of an issue.
fn shown(ledger: &dyn Ledger, web: ProjectId, id: IssueId) -> (Issue, Vec<IssueId>, usize, usize) {
    (
        issue(ledger, web, id),
        ledger.family(web, id).expect("a healthy ledger"),
        ledger.hashes(web, id).expect("a healthy ledger").len(),
        ledger
            .hourly(web, id, at(0))
            .expect("a healthy ledger")
            .len(),
    )
}

fn waits(ledger: &dyn Ledger, before: Timestamp) -> Vec<Trashed> {
    ledger.trash(before).expect("a healthy ledger")
}

/// It is gone from everything at once, and comes back with its parts, its counts and its past.
pub fn deleted_issues_come_back_whole(ledger: &dyn Ledger) {
    let (web, a, b) = three(ledger);
    let api = project(ledger, "api").id;
    let ada = user(ledger, "ada@example.org");
    let by = Actor::User(ada);
    let aside = Action::Archive(Until::Forever);
    ledger.act(web, &[a], &aside, by, at(30)).expect("archived");
    let bookmark = Action::Bookmark(true);
    ledger
        .act(web, &[a], &bookmark, by, at(31))
        .expect("remembered");
    ledger.comment(web, a, (ada, "ours"), at(32)).expect("said");
    let before = shown(ledger, web, a);
    let foreign = ledger.trash_issues(api, &[a], Forget::Delete, by, at(99));
    assert_eq!(foreign.expect("none").undo, None);
    let done = trash(ledger, web, a, Forget::Delete);
    assert_eq!(all(ledger, web).len(), 1);
    assert_eq!(ledger.status_counts(web).expect("counts").archived, 0);
    assert_eq!(ledger.issue(web, a).expect("a healthy ledger"), None);
    let number = ledger.issue_by_number(web, before.0.number);
    assert_eq!(number.expect("a healthy ledger"), None);
    assert_eq!(ledger.issue_project(&[web], b).expect("none"), None);
    assert_eq!(ledger.family(web, a).expect("none"), []);
    assert_eq!(ledger.activity(web, a).expect("none"), []);
    assert_eq!(ledger.trashed(web).expect("the trash"), [a, b]);
    assert_eq!(ledger.trashed(api).expect("the trash"), []);
    assert!(ledger.undo(api, done, by, at(101)).is_err());
    assert_eq!(undo(ledger, web, done, 102), [a]);
    assert_eq!(shown(ledger, web, a), before);
    assert_eq!(ledger.trashed(web).expect("the trash"), []);
    let personal = ledger.personal(web, &[a], ada).expect("a healthy ledger");
    assert!(personal[0].1.is_bookmarked);
    let log = ledger.activity(web, a).expect("a healthy ledger");
    let told = (log[0].deed, log[0].text("reason"), log[1].text("text"));
    assert_eq!(told, (Deed::SetIgnored, "its deletion was undone", "ours"));
    assert!(ledger.undo(web, done, by, at(103)).is_err(), "once");
    let next = apply_one(ledger, grouped(web, 9, "b", 110));
    assert_eq!((next.issue, next.change), (a, Change::Repeated));
    assert_eq!(ledger.check().expect("a ledger"), Vec::<String>::new());
}

/// Its events are wanted again.
pub fn discarded_issues_come_back(ledger: &dyn Ledger) {
    let (web, a, _) = three(ledger);
    let before = shown(ledger, web, a);
    let done = trash(ledger, web, a, Forget::Discard);
    let thrown = apply_one(ledger, grouped(web, 8, "b", 101));
    assert_eq!(thrown.change, Change::Discarded);
    assert_eq!(ledger.tombstones(web).expect("tombstones").len(), 1);
    assert_eq!(undo(ledger, web, done, 102), [a]);
    assert_eq!(shown(ledger, web, a), before);
    assert_eq!(ledger.tombstones(web).expect("tombstones"), []);
    for (number, name) in [(9, "a"), (10, "b")] {
        let next = apply_one(ledger, grouped(web, number, name, 110));
        assert_eq!((next.issue, next.change), (a, Change::Repeated));
    }
}

/// The next event opens a new issue, which the old one shows when it is back; what somebody
/// merged or discarded meanwhile stays so.
pub fn what_arrived_meanwhile_is_part_of_what_comes_back(ledger: &dyn Ledger) {
    let (web, a, _) = three(ledger);
    let done = trash(ledger, web, a, Forget::Delete);
    let meanwhile = apply_one(ledger, grouped(web, 8, "b", 101));
    assert_eq!(meanwhile.change, Change::New);
    assert_eq!(issue(ledger, web, meanwhile.issue).times_seen, 1);
    assert_eq!(undo(ledger, web, done, 102), [a, meanwhile.issue]);
    let back = shown(ledger, web, a);
    assert_eq!((back.0.times_seen, back.1.len(), back.2), (4, 3, 2));
    assert_eq!(issue(ledger, web, meanwhile.issue).id, a);
    // Two of the same kind in the trash: the older one comes back with what is not another's.
    let first = trash(ledger, web, a, Forget::Delete);
    let second = apply_one(ledger, grouped(web, 9, "a", 103)).issue;
    let second_undo = trash(ledger, web, second, Forget::Discard);
    assert_eq!(undo(ledger, web, first, 104), [a]);
    let thrown = apply_one(ledger, grouped(web, 10, "a", 105));
    assert_eq!(thrown.change, Change::Discarded);
    let again = apply_one(ledger, grouped(web, 11, "b", 105));
    assert_eq!(again.issue, a);
    assert_eq!(undo(ledger, web, second_undo, 106), [second]);
    let next = apply_one(ledger, grouped(web, 12, "a", 107));
    assert_eq!((next.issue, next.change), (second, Change::Repeated));
    assert_eq!(issue(ledger, web, a).status, Status::Unresolved);
}

/// It came back while it was in the trash; one that somebody archived stays so.
pub fn a_resolved_issue_with_news_comes_back_open(ledger: &dyn Ledger) {
    let (web, a, _) = three(ledger);
    let resolve = Action::Resolve(Resolve::Now);
    let done = ledger.act(web, &[a], &resolve, Actor::System, at(30));
    done.expect("resolved");
    let quiet = trash(ledger, web, a, Forget::Delete);
    undo(ledger, web, quiet, 101);
    assert_eq!(issue(ledger, web, a).status, Status::Resolved);
    let done = trash(ledger, web, a, Forget::Delete);
    let news = apply_one(ledger, grouped(web, 8, "b", 101)).issue;
    assert_eq!(undo(ledger, web, done, 102), [a, news]);
    let back = issue(ledger, web, a);
    let regressed = Some(Substatus::Regressed);
    assert_eq!(
        (back.status, back.substatus),
        (Status::Unresolved, regressed)
    );
    let log = ledger.activity(web, a).expect("a healthy ledger");
    assert_eq!(log[0].deed, Deed::SetRegression);
    let aside = Action::Archive(Until::Forever);
    let done = ledger.act(web, &[a], &aside, Actor::System, at(103));
    done.expect("archived");
    let done = trash(ledger, web, a, Forget::Delete);
    apply_one(ledger, grouped(web, 9, "b", 104));
    undo(ledger, web, done, 105);
    assert_eq!(issue(ledger, web, a).status, Status::Archived);
}

/// A team that was deleted looks after nothing.
pub fn who_is_gone_meanwhile_does_not_come_back(ledger: &dyn Ledger) {
    let (web, a, b) = three(ledger);
    let core = team(ledger, "core");
    let give = Action::Assign(Some(Assignee::Team(core.id)));
    let given = ledger.act(web, &[a], &give, Actor::System, at(30));
    given.expect("a healthy ledger");
    let done = trash(ledger, web, a, Forget::Delete);
    let gone = ledger.delete_team(&core, Actor::System, at(100));
    gone.expect("a healthy ledger");
    undo(ledger, web, done, 102);
    assert_eq!(issue(ledger, web, a).assignee, None);
    assert_eq!(ledger.family(web, a).expect("both"), [a, b]);
}

/// After its time nothing brings it back, and emptying the trash leaves nothing of it.
pub fn what_stays_deleted_goes_for_good(ledger: &dyn Ledger) {
    let (web, a, b) = three(ledger);
    let done = trash(ledger, web, a, Forget::Delete);
    let late = 100 + TRASH_SECS;
    assert_eq!(waits(ledger, at(100)), []);
    let all_of = Trashed {
        project: web,
        issues: vec![a, b],
    };
    assert_eq!(waits(ledger, at(101)), std::slice::from_ref(&all_of));
    assert_eq!(
        message(ledger.undo(web, done, Actor::System, at(late + 1))),
        "change that can be undone does not exist"
    );
    ledger.empty_trash(&all_of).expect("a healthy ledger");
    ledger.empty_trash(&all_of).expect("again");
    assert_eq!(waits(ledger, at(late)), []);
    assert!(ledger.undo(web, done, Actor::System, at(101)).is_err());
    let counted = ledger.tag_keys(web).expect("a healthy ledger");
    assert!(counted.iter().all(|tag| tag.times_seen <= 1), "{counted:?}");
    let next = apply_one(ledger, grouped(web, 9, "a", 110));
    assert_eq!(next.change, Change::New);
    assert_eq!(issue(ledger, web, next.issue).times_seen, 1);
    // What is not in the trash is not emptied.
    let there = Trashed {
        project: web,
        issues: vec![next.issue],
    };
    ledger.empty_trash(&there).expect("a healthy ledger");
    assert_eq!(issue(ledger, web, next.issue).times_seen, 1);
}

/// A crash shows events again that were counted before; what came back knows them.
pub fn events_counted_before_a_deletion_are_not_counted_again(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch: [Grouped; 1] = [grouped(web, 1, "a", 10)];
    let filed = filings(&batch);
    let first = ledger.apply(&filed, &[]).expect("a healthy ledger");
    let id = first[0].issue;
    let done = trash(ledger, web, id, Forget::Delete);
    // Whatever else is emptied meanwhile.
    let other = apply_one(ledger, grouped(web, 2, "z", 11)).issue;
    trash(ledger, web, other, Forget::Delete);
    let others = Trashed {
        project: web,
        issues: vec![other],
    };
    ledger.empty_trash(&others).expect("a healthy ledger");
    undo(ledger, web, done, 101);
    let again = ledger.apply(&filed, &[]).expect("a healthy ledger");
    assert_eq!((again[0].issue, again[0].change), (id, Change::Duplicate));
    assert_eq!(issue(ledger, web, id).times_seen, 1);
}
