//! Issues that are shown as one, taken apart again, and forgotten.

use watchpost_model::{Change, Deed, Grouped, Issue, IssueId, Outcome, ProjectId, Status};

use super::counting::of_user;
use super::{all, apply, apply_one, at, filings, grouped, hash, issue, project};
use crate::{Action, Actor, Forget, Leaving, Ledger, Merged, Resolve};

/// An event of the issue `name`, by `user`, in `release`.
fn event(
    web: ProjectId,
    number: u128,
    (name, user, release): (&str, &str, &str),
    secs: i64,
) -> Grouped {
    let mut event = of_user(web, number, user, secs);
    event.hashes = vec![hash(name)];
    name.clone_into(&mut event.title);
    event.event.release = Some(release.to_owned());
    event
}

fn merge(ledger: &dyn Ledger, web: ProjectId, issues: &[IssueId], secs: i64) -> Merged {
    let merged = ledger.merge(web, issues, Actor::System, at(secs));
    merged.expect("a healthy ledger").expect("a merge")
}

/// Three events of "a" by two users, two of "b", of which one user is the same.
fn two(ledger: &dyn Ledger) -> (ProjectId, IssueId, IssueId) {
    let web = project(ledger, "web").id;
    let batch = [
        event(web, 1, ("a", "ada", "1.1"), 3600),
        event(web, 2, ("a", "bob", "1.1"), 3601),
        event(web, 3, ("a", "bob", "1.1"), 7200),
        event(web, 4, ("b", "bob", "1.0"), 3599),
        event(web, 5, ("b", "cleo", "1.2"), 7201),
    ];
    let ids: Vec<_> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    (web, ids[0], ids[3])
}

fn counted(ledger: &dyn Ledger, web: ProjectId, id: IssueId, key: &str) -> Vec<(String, u64)> {
    let tags = ledger.issue_tags(web, id, 10).expect("tags");
    let tags = tags.into_iter().filter(|tag| tag.key == key);
    tags.map(|tag| (tag.value, tag.times_seen)).collect()
}

fn hours(ledger: &dyn Ledger, web: ProjectId, id: IssueId) -> Vec<u64> {
    let hours = ledger.hourly(web, id, at(0)).expect("a chart");
    hours.into_iter().map(|(_, count)| count).collect()
}

fn releases(issue: &Issue) -> (Option<&str>, Option<&str>) {
    (
        issue.first_release.as_deref(),
        issue.last_release.as_deref(),
    )
}

/// Past and future events are those of one issue, each user counts once.
pub fn r15_merged_issues_are_one(ledger: &dyn Ledger) {
    let (web, a, b) = two(ledger);
    let merged = merge(ledger, web, &[b, a, b, IssueId(999)], 8000);
    assert_eq!((merged.into, merged.parts), (a, vec![b]));
    let check = |times, users, of_hours: &[u64]| {
        let shown = issue(ledger, web, a);
        assert_eq!((shown.times_seen, shown.user_count), (times, users));
        assert_eq!(hours(ledger, web, a), of_hours);
        assert_eq!(all(ledger, web), [shown], "the lists show one");
    };
    check(5, 3, &[1, 2, 2]);
    let shown = issue(ledger, web, a);
    assert_eq!((shown.first_seen, shown.last_seen), (at(3599), at(7201)));
    assert_eq!(releases(&shown), (Some("1.0"), Some("1.2")));
    let users = [("bob", 3), ("ada", 1), ("cleo", 1)];
    let users = users.map(|(name, times)| (name.to_owned(), times));
    assert_eq!(counted(ledger, web, a, "user"), users);
    // The other's address leads here.
    assert_eq!(issue(ledger, web, b).id, a);
    assert_eq!(ledger.family(web, a).expect("a family"), [a, b]);
    let families = ledger.families(web, &[b, IssueId(999), a]);
    let both = vec![a, b];
    assert_eq!(families.expect("families"), [both.clone(), vec![], both]);
    let batch = [
        event(web, 6, ("b", "ada", "1.3"), 7300),
        event(web, 7, ("b", "dora", "1.3"), 7301),
        event(web, 8, ("a", "ada", "1.3"), 7302),
    ];
    let applied = apply(ledger, &batch);
    let places: Vec<_> = applied.iter().map(|done| (done.issue, done.home)).collect();
    assert_eq!(places, [(a, b), (a, b), (a, a)]);
    assert!(applied.iter().all(|done| done.change == Change::Repeated));
    check(8, 4, &[1, 2, 5]);
    let applied = apply(ledger, &batch);
    assert!(applied.iter().all(|done| done.change == Change::Duplicate));
    let places: Vec<_> = applied.iter().map(|done| (done.issue, done.home)).collect();
    assert_eq!(
        places,
        [(a, b), (a, b), (a, a)],
        "a replay goes the same way"
    );
    check(8, 4, &[1, 2, 5]);
    let keys = ledger.hashes(web, a).expect("keys");
    let homes: Vec<_> = keys.iter().map(|key| key.home).collect();
    assert_eq!(homes, [a, b]);
}

/// What brings an issue back brings it back whoever of them has the event.
pub fn merged_issues_share_their_status(ledger: &dyn Ledger) {
    let (web, a, b) = two(ledger);
    merge(ledger, web, &[a, b], 8000);
    let fixed = Action::Resolve(Resolve::Now);
    let acted = ledger.act(web, &[a, b], &fixed, Actor::System, at(8001));
    assert_eq!(acted.expect("a healthy ledger").changed, [a]);
    let back = apply_one(ledger, event(web, 9, ("b", "ada", "1.0"), 9000));
    assert_eq!((back.issue, back.change), (a, Change::Reopened));
    assert_eq!(issue(ledger, web, a).status, Status::Unresolved);
}

/// Each part leaves with what it had and what it got since, and stays away.
pub fn r15_an_unmerge_is_exact_and_stays(ledger: &dyn Ledger) {
    let (web, a, b) = two(ledger);
    ledger
        .act(
            web,
            &[b],
            &Action::Resolve(Resolve::Now),
            Actor::System,
            at(7999),
        )
        .expect("resolved");
    merge(ledger, web, &[a, b], 8000);
    let batch = [
        event(web, 6, ("b", "ada", "1.3"), 7300),
        event(web, 7, ("a", "dora", "1.3"), 7302),
    ];
    apply(ledger, &batch);
    let leaving = Leaving {
        parts: &[b, a],
        keys: &[],
    };
    let left = ledger.unmerge(web, a, &leaving, Actor::System, at(9000));
    let left = left.expect("a healthy ledger");
    assert_eq!((left.left, left.leaving), (vec![b], vec![]));
    let (one, other) = (issue(ledger, web, a), issue(ledger, web, b));
    assert_eq!((one.times_seen, one.user_count), (4, 3));
    assert_eq!((other.times_seen, other.user_count), (3, 3));
    assert_eq!((one.first_seen, one.last_seen), (at(3600), at(7302)));
    assert_eq!((other.first_seen, other.last_seen), (at(3599), at(7300)));
    assert_eq!(releases(&one), (Some("1.1"), Some("1.3")));
    assert_eq!(releases(&other), (Some("1.0"), Some("1.3")));
    assert_eq!(
        (one.status, other.status),
        (Status::Unresolved, Status::Resolved)
    );
    assert_eq!(hours(ledger, web, b), [1, 2]);
    let next = apply_one(ledger, event(web, 10, ("b", "ada", "1.3"), 9100));
    assert_eq!((next.issue, next.home), (b, b));
    let log = ledger.activity(web, a).expect("a healthy ledger");
    let deeds: Vec<_> = log.iter().map(|entry| entry.deed).collect();
    assert_eq!(deeds, [Deed::UnmergeSource, Deed::Merge]);
    let log = ledger.activity(web, b).expect("a healthy ledger");
    assert!(
        log.iter()
            .any(|entry| entry.deed == Deed::UnmergeDestination)
    );
}

/// Merges of merges, taken back step by step.
pub fn a_merge_is_undone(ledger: &dyn Ledger) {
    let (web, a, b) = two(ledger);
    let c = apply_one(ledger, event(web, 20, ("c", "zoe", "2.0"), 100)).issue;
    let before = [a, b, c].map(|id| issue(ledger, web, id));
    let first = merge(ledger, web, &[b, c], 8000);
    assert_eq!((first.into, &first.parts), (b, &vec![c]));
    let joined = issue(ledger, web, b);
    assert_eq!((joined.times_seen, joined.user_count), (3, 3));
    let second = merge(ledger, web, &[a, b], 8001);
    assert_eq!(issue(ledger, web, a).times_seen, 6);
    assert_eq!(issue(ledger, web, c).id, a, "parts of parts go along");
    let undo = |id| {
        ledger
            .undo(web, id, Actor::System, at(8002))
            .expect("undone")
    };
    assert_eq!(undo(second.undo), [b, a]);
    assert_eq!(issue(ledger, web, a), before[0]);
    assert_eq!(issue(ledger, web, b), joined);
    assert_eq!(issue(ledger, web, c).id, b);
    assert_eq!(undo(first.undo), [c, b]);
    assert_eq!([a, b, c].map(|id| issue(ledger, web, id)), before);
    assert_eq!(all(ledger, web).len(), 3);
}

/// A deleted issue leaves nothing, and the next event is a new one.
pub fn deleted_issues_begin_anew(ledger: &dyn Ledger) {
    let (web, a, b) = two(ledger);
    merge(ledger, web, &[a, b], 8000);
    let forgotten = ledger.forget_issues(web, &[b, a], Forget::Delete, Actor::System, at(8001));
    assert_eq!(forgotten.expect("forgotten"), [a, b], "with its parts");
    assert_eq!(all(ledger, web), []);
    assert_eq!(ledger.tag_values(web, "user", 10).expect("tags"), []);
    let next = apply_one(ledger, event(web, 30, ("b", "ada", "1.0"), 9000));
    assert_eq!(next.change, Change::New);
    assert_eq!(issue(ledger, web, next.issue).times_seen, 1);
}

/// A discarded issue takes no more events; each is an outcome, once.
pub fn discarded_issues_take_no_events(ledger: &dyn Ledger) {
    let (web, a, b) = two(ledger);
    let forgotten = ledger.forget_issues(web, &[a], Forget::Discard, Actor::System, at(8000));
    assert_eq!(forgotten.expect("forgotten"), [a]);
    let batch = filings(&[
        event(web, 40, ("a", "ada", "1.0"), 9000),
        event(web, 41, ("b", "ada", "1.0"), 9000),
        event(web, 44, ("a", "bob", "1.0"), 8999),
    ]);
    for _ in 0..2 {
        let applied = ledger.apply(&batch, &[]).expect("a healthy ledger");
        assert_eq!(
            applied[0].change,
            Change::Discarded,
            "also when it is replayed"
        );
        assert_eq!(applied[1].issue, b);
    }
    let outcomes = ledger.outcomes(Some(web), at(0)).expect("outcomes");
    let dropped = outcomes
        .iter()
        .filter(|row| row.outcome == Outcome::Filtered);
    let dropped: Vec<_> = dropped
        .map(|row| (row.reason.as_str(), row.quantity))
        .collect();
    assert_eq!(dropped, [("discarded", 2)]);
    assert_eq!(all(ledger, web).len(), 1);
    let tombstones = ledger.tombstones(web).expect("tombstones");
    assert_eq!(tombstones.len(), 1);
    let stone = &tombstones[0];
    assert_eq!((&*stone.title, stone.at), ("a", at(8000)));
    let since = (stone.events, stone.last_seen);
    assert_eq!(since, (2, Some(at(9000))), "a replay is not counted");
    let other = project(ledger, "api").id;
    assert!(ledger.delete_tombstone(other, tombstones[0].id).is_err());
    ledger
        .delete_tombstone(web, tombstones[0].id)
        .expect("wanted again");
    let next = apply_one(ledger, event(web, 42, ("a", "ada", "1.0"), 9001));
    assert_eq!(next.change, Change::New);
    assert_eq!(
        ledger.check().expect("a healthy ledger"),
        Vec::<String>::new()
    );
    // An event of nobody's key opens issues as ever.
    let new = apply_one(ledger, grouped(web, 43, "fresh", 9002));
    assert_eq!(new.change, Change::New);
}
