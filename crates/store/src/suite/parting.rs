//! Issues that are taken apart: what can be undone, and what people keep.

use watchpost_model::{
    Assignee, Change, Condition, Deed, Issue, IssueId, Priority, ProjectId, Status, Substatus,
    Until, UserId,
};

use super::belonging::user;
use super::splitting::{check_as_plain, event, face, file, finish, leave, one_and_two, the_split};
use super::{all, apply_one, at, grouped, hash, issue, project, temp_archive_in_parts};
use crate::{
    Action, Actor, Archive, EventFilter, Forget, Leaving, Ledger, Personal, Resolve, carry_out,
};

/// That it is the only issue. Its trend was added up in another order, so the last digits differ.
#[track_caller]
fn check_only(ledger: &dyn Ledger, web: ProjectId, before: &Issue) {
    let mut now = all(ledger, web);
    for issue in &mut now {
        assert!(issue.trend.0.abs_diff(before.trend.0) < 100, "{issue:?}");
        issue.trend = before.trend;
    }
    assert_eq!(now, std::slice::from_ref(before), "they stayed one");
}

/// Undone before it is done and after; either way the same issue leaves again.
pub fn a_split_is_undone_and_done_again(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, two) = one_and_two(ledger, archive);
    let before = issue(ledger, web, one);
    let undo = |id: Option<i64>| {
        let undone = ledger.undo(web, id.expect("an undo"), Actor::System, at(95_000));
        undone.expect("a healthy ledger")
    };
    let left = leave(ledger, web, one, "b");
    let new = left.leaving[0];
    let again = Leaving {
        parts: &[],
        keys: &[hash("all")],
    };
    let refused = ledger.unmerge(web, one, &again, Actor::System, at(90_001));
    assert!(refused.is_err(), "one after the other");
    assert_eq!(undo(left.undo), [new, one]);
    finish(ledger, archive);
    check_only(ledger, web, &before);
    assert_eq!(ledger.family(web, one).expect("a family"), [one, new]);
    // It is a part with its events now, so it leaves at once, under its number.
    let left = leave(ledger, web, one, "b");
    assert_eq!((&left.left, &left.leaving), (&vec![new], &vec![]));
    check_as_plain(ledger, archive, [one, new], two);
    assert_eq!(undo(left.undo), [new, one]);
    check_only(ledger, web, &before);
    let log = ledger.activity(web, new).expect("a healthy ledger");
    assert_eq!(
        (log[0].deed, log[0].text("reason")),
        (Deed::Merge, "undone")
    );
    let next = file(ledger, archive, vec![event(web, 500, "b", true)]);
    assert_eq!(next, [new]);
    assert_eq!(issue(ledger, web, new).id, one, "shown there");
}

/// Parts that were taken out are one with the rest again, whatever was merged meanwhile.
pub fn an_unmerge_of_parts_is_undone(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let [a, b, c] = ["a", "b", "c"].map(|name| {
        let number = name.bytes().map(u128::from).sum();
        apply_one(ledger, grouped(web, number, name, 10)).issue
    });
    let merge = |issues: &[IssueId]| {
        let merged = ledger.merge(web, issues, Actor::System, at(20));
        merged.expect("a healthy ledger").expect("a merge").into
    };
    assert_eq!(merge(&[a, b]), a);
    let leaving = Leaving {
        parts: &[b],
        keys: &[],
    };
    let left = ledger.unmerge(web, a, &leaving, Actor::System, at(30));
    let undo = left.expect("a healthy ledger").undo.expect("an undo");
    apply_one(ledger, grouped(web, 7, "c", 31));
    assert_eq!(merge(&[a, c]), c);
    let undone = ledger.undo(web, undo, Actor::System, at(40));
    assert_eq!(undone.expect("a healthy ledger"), [b, c]);
    assert_eq!(ledger.family(web, c).expect("a family"), [c, a, b]);
    assert_eq!(issue(ledger, web, c).times_seen, 4);
    assert!(ledger.undo(web, undo, Actor::System, at(41)).is_err());
}

fn act(ledger: &dyn Ledger, web: ProjectId, id: IssueId, action: &Action, by: UserId) {
    let acted = ledger.act(web, &[id], action, Actor::User(by), at(80_000));
    assert_eq!(acted.expect("a healthy ledger").changed, [id]);
}

fn personal(ledger: &dyn Ledger, web: ProjectId, id: IssueId, of: UserId) -> Personal {
    let found = ledger.personal(web, &[id], of).expect("a healthy ledger");
    found.first().map(|(_, found)| *found).unwrap_or_default()
}

/// What is of people goes through merges and unmerges: each part has its own back, and what is
/// split off begins as the issue is, for the same people.
pub fn a_split_leaves_people_what_they_have(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let (ada, bob) = (
        user(ledger, "ada@example.org"),
        user(ledger, "bob@example.org"),
    );
    let other = file(ledger, archive, vec![event(web, 300, "other", false)])[0];
    act(
        ledger,
        web,
        one,
        &Action::Assign(Some(Assignee::User(ada))),
        ada,
    );
    act(ledger, web, one, &Action::Prioritize(Priority::Low), ada);
    act(ledger, web, one, &Action::Archive(Until::Forever), ada);
    act(
        ledger,
        web,
        other,
        &Action::Assign(Some(Assignee::User(bob))),
        bob,
    );
    act(ledger, web, other, &Action::Bookmark(true), bob);
    act(ledger, web, other, &Action::Resolve(Resolve::Now), bob);
    ledger
        .merge(web, &[one, other], Actor::User(ada), at(80_001))
        .expect("a merge");
    let shown = issue(ledger, web, other);
    assert_eq!((shown.id, shown.assignee), (one, Some(Assignee::User(ada))));
    let left = Leaving {
        parts: &[],
        keys: &[hash("other"), hash("b")],
    };
    let left = ledger.unmerge(web, one, &left, Actor::User(bob), at(80_002));
    let left = left.expect("a healthy ledger");
    assert_eq!(left.left, [other]);
    finish(ledger, archive);
    let new = left.leaving[0];
    let stands = [one, other, new].map(|id| {
        let found = issue(ledger, web, id);
        (found.status, found.assignee, found.priority)
    });
    let of_one = (Status::Archived, Some(Assignee::User(ada)), Priority::Low);
    let of_other = (Status::Resolved, Some(Assignee::User(bob)), Priority::High);
    assert_eq!(stands, [of_one, of_other, of_one]);
    assert!(personal(ledger, web, other, bob).is_bookmarked);
    for id in [one, new] {
        assert_eq!(personal(ledger, web, id, ada).is_subscribed, Some(true));
        assert_eq!(personal(ledger, web, id, bob), Personal::default());
    }
    let log = ledger.activity(web, new).expect("a healthy ledger");
    assert_eq!(
        (log[0].deed, log[0].by),
        (Deed::UnmergeDestination, Some(bob))
    );
    // It comes back by itself as it would have.
    act(ledger, web, new, &Action::Resolve(Resolve::Now), ada);
    let mut late = event(web, 301, "b", true);
    (late.event.timestamp, late.event.received) = (at(99_000), at(99_000));
    let back = apply_one(ledger, late);
    assert_eq!((back.issue, back.change), (new, Change::Reopened));
    assert_eq!(
        issue(ledger, web, new).substatus,
        Some(Substatus::Regressed)
    );
}

/// An archived issue waits for as many events as before, also when it has fewer now.
pub fn a_split_of_an_archived_issue_waits_on(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let ada = user(ledger, "ada@example.org");
    let bound = watchpost_model::Bound {
        count: 2,
        window_mins: None,
    };
    let until = Until::Met {
        time: None,
        events: Some(bound),
        users: None,
    };
    act(ledger, web, one, &Action::Archive(until), ada);
    let new = leave(ledger, web, one, "b").leaving[0];
    finish(ledger, archive);
    for (id, name, times) in [(one, "a", 40), (new, "b", 20)] {
        let Some(Condition::Archived(archiving)) = issue(ledger, web, id).condition else {
            panic!("{name} is archived");
        };
        assert_eq!(archiving.times_seen, times);
        let first = u32::try_from(times).unwrap_or(0) * 100;
        for (number, status) in [(first, Status::Archived), (first + 1, Status::Unresolved)] {
            file(ledger, archive, vec![event(web, number, name, true)]);
            assert_eq!(issue(ledger, web, id).status, status, "{name} {number}");
        }
    }
}

/// Whoever deletes the issue deletes what is leaving it, in the archive too.
pub fn what_is_deleted_is_not_split(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let new = leave(ledger, web, one, "b").leaving[0];
    let split = the_split(ledger);
    let gone = ledger.forget_issues(web, &[one], Forget::Delete, Actor::System, at(90_001));
    let gone = gone.expect("forgotten");
    assert_eq!(gone, [one, new]);
    archive.delete_issues(web, &gone).expect("forgotten");
    assert!(carry_out((ledger, archive), split, &face, &|| true).expect("healthy stores"));
    assert_eq!(all(ledger, web), []);
    let left = archive.events(web, &EventFilter::default(), None, 100);
    assert_eq!(left.expect("a healthy archive").rows, []);
    assert_eq!(ledger.check().expect("a ledger"), Vec::<String>::new());
    let next = apply_one(ledger, event(web, 400, "b", true));
    assert_eq!(next.change, Change::New);
}

/// Without a key of the issue nothing leaves it, and some key stays.
pub fn keys_of_others_stay_where_they_are(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, [plain, _]) = one_and_two(ledger, archive);
    let other = apply_one(ledger, event(web, 300, "other", false)).issue;
    let all_of_it = [hash("a"), hash("b"), hash("all")];
    for keys in [
        &[hash("other")] as &[_],
        &[hash("nobody's")],
        &[],
        &all_of_it,
    ] {
        let leaving = Leaving { parts: &[], keys };
        let left = ledger.unmerge(web, one, &leaving, Actor::System, at(90_000));
        assert_eq!(left.expect("a healthy ledger"), crate::Unmerged::default());
    }
    let leaving = Leaving {
        parts: &[other],
        keys: &[hash("a")],
    };
    let foreign = ledger.unmerge(web, plain, &leaving, Actor::System, at(90_000));
    assert!(foreign.is_err(), "another project's");
    assert_eq!(ledger.splits().expect("a healthy ledger"), []);
}

/// A new variant of what was merged is offered, with the reason; what somebody took out is not.
pub fn r15_what_belongs_to_a_merge_is_offered(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let made = |of, number, key: &str, title: &str, place: &str| {
        let mut made = grouped(of, number, key, 10);
        (made.kind, made.culprit) = ("E".to_owned(), place.to_owned());
        title.clone_into(&mut made.title);
        apply_one(ledger, made).issue
    };
    let (a, b) = (
        made(web, 1, "a", "E: a", "f"),
        made(web, 2, "b", "E: b", "g"),
    );
    let kin = |id| {
        let kin = ledger.kin(web, id).expect("a healthy ledger");
        kin.into_iter()
            .map(|kin| (kin.issue, kin.like, kin.is_title))
            .collect::<Vec<_>>()
    };
    let late = made(web, 3, "a2", "E: a", "other");
    assert_eq!(kin(a), [], "nothing was merged");
    let merge = |issues: &[IssueId]| {
        let merged = ledger.merge(web, issues, Actor::System, at(20));
        merged.expect("a healthy ledger").expect("a merge")
    };
    merge(&[a, b]);
    let placed = made(web, 4, "b2", "E: another b", "g");
    made(web, 5, "c", "E: c", "elsewhere");
    made(api, 6, "b2", "E: b", "g");
    assert_eq!(kin(a), [(placed, b, false), (late, a, true)]);
    assert_eq!(ledger.kin(api, a).expect("a healthy ledger"), [], "w12");
    let joined = merge(&[a, late]);
    assert_eq!(kin(a), [(placed, b, false)]);
    ledger
        .undo(web, joined.undo, Actor::System, at(21))
        .expect("undone");
    assert_eq!(
        kin(a),
        [(placed, b, false)],
        "somebody said that it is another"
    );
}

/// Events of different stacks that are one issue by themselves leave a trace, with the reason, and
/// can be taken apart for good.
pub fn r24_what_joins_by_itself_is_told_and_undone(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let web = project(ledger, "web").id;
    let one = file(ledger, archive, vec![event(web, 1, "a", true)])[0];
    let log = || ledger.activity(web, one).expect("a healthy ledger");
    file(ledger, archive, vec![event(web, 2, "a", true)]);
    assert_eq!(log(), [], "the same key is the same problem");
    for number in [3, 4] {
        assert_eq!(
            file(ledger, archive, vec![event(web, number, "b", true)]),
            [one]
        );
    }
    let entries = log();
    assert_eq!(entries.len(), 1, "each key once");
    assert_eq!((entries[0].deed, entries[0].by), (Deed::KeyJoined, None));
    assert_eq!(entries[0].text("key"), hash("b").to_string());
    assert_eq!(entries[0].text("for"), hash("all").hex());
    let left = leave(ledger, web, one, "b");
    finish(ledger, archive);
    let next = file(ledger, archive, vec![event(web, 5, "b", true)]);
    assert_eq!(next, left.leaving);
    assert_eq!(issue(ledger, web, next[0]).times_seen, 3);
    // However many there are, the log stays short.
    for number in 0..60 {
        let name = format!("variant {number}");
        file(ledger, archive, vec![event(web, 100 + number, &name, true)]);
    }
    let joined = log()
        .into_iter()
        .filter(|entry| entry.deed == Deed::KeyJoined);
    assert_eq!(joined.count(), 50);
}
