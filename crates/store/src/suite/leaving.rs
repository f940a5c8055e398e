//! Splits at their edges: sides without events, parts that are split, what people did meanwhile.

use watchpost_model::{Assignee, IssueId, Priority, ProjectId, Status};

use super::belonging::user;
use super::splitting::{event, file, finish, one_and_two};
use super::{apply, at, grouped, hash, issue, temp_archive_in_parts};
use crate::{Action, Actor, Leaving, Ledger, Resolve, Unkept};

fn leave(ledger: &dyn Ledger, web: ProjectId, from: IssueId, names: &[&str]) -> IssueId {
    let keys: Vec<_> = names.iter().map(|name| hash(name)).collect();
    let leaving = Leaving {
        keys: &keys,
        parts: &[],
    };
    let left = ledger.unmerge(web, from, &leaving, Actor::System, at(90_000));
    left.expect("a healthy ledger").leaving[0]
}

/// What leaves is named by `names`; of 60 events `left` stay, and both sides are as old as before.
fn check_times(ledger: &dyn Ledger, names: &[&str], left: u64) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let before = issue(ledger, web, one);
    let new = leave(ledger, web, one, names);
    finish(ledger, archive);
    for (id, times) in [(one, left), (new, 60 - left)] {
        let found = issue(ledger, web, id);
        let seen = (found.times_seen, found.first_seen, found.last_seen);
        assert_eq!(seen, (times, before.first_seen, before.last_seen));
    }
    assert_eq!(super::forget(ledger, web, 10_000, None), [], "none is old");
}

/// Each event has a key that is more specific than the one that leaves: the new issue has none.
pub fn a_new_issue_without_events_is_as_old_as_the_other(ledger: &dyn Ledger) {
    check_times(ledger, &["all"], 60);
}

/// Every key that is most specific in an event leaves: the old issue has none.
pub fn an_old_issue_without_events_is_as_old_as_the_other(ledger: &dyn Ledger) {
    check_times(ledger, &["a", "b"], 0);
}

/// An issue that was merged meanwhile is asked for as what shows it.
pub fn keys_of_a_part_leave_what_shows_it(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let made = (1000..1070).map(|number| grouped(web, number, "other", 10));
    let other = apply(ledger, &made.collect::<Vec<_>>())[0].issue;
    let merged = ledger.merge(web, &[one, other], Actor::System, at(80_000));
    assert_eq!(merged.expect("a ledger").expect("a merge").into, other);
    let new = leave(ledger, web, one, &["b"]);
    let times = |id| {
        let found = issue(ledger, web, id);
        (found.id, found.times_seen)
    };
    assert_eq!(times(one), (other, 130), "until it is done");
    finish(ledger, archive);
    assert_eq!((times(one), times(new)), ((other, 110), (new, 20)));
    let left = Leaving {
        keys: &[],
        parts: &[one],
    };
    let left = ledger.unmerge(web, other, &left, Actor::System, at(90_001));
    assert_eq!(left.expect("a healthy ledger").left, [one]);
    assert_eq!((times(one), times(other)), ((one, 40), (other, 70)));
}

/// What people make of an issue while keys leave it, they make of what leaves.
pub fn a_new_issue_is_as_the_other_is_when_it_shows_up(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let ada = user(ledger, "ada@example.org");
    let new = leave(ledger, web, one, &["b"]);
    for action in [
        Action::Assign(Some(Assignee::User(ada))),
        Action::Prioritize(Priority::Low),
        Action::Resolve(Resolve::Now),
    ] {
        let acted = ledger.act(web, &[one], &action, Actor::User(ada), at(90_001));
        acted.expect("a healthy ledger");
    }
    finish(ledger, archive);
    let stand = |id| {
        let found = issue(ledger, web, id);
        (found.status, found.assignee, found.priority)
    };
    let expect = (Status::Resolved, Some(Assignee::User(ada)), Priority::Low);
    assert_eq!([stand(one), stand(new)], [expect, expect]);
}

/// What the archive could not take is on no way: a split does not wait for its replay, which keeps
/// it where it is counted.
pub fn a_split_does_not_wait_for_what_is_in_quarantine(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, _) = one_and_two(ledger, archive);
    let ill = event(web, 300, "b", true);
    apply(ledger, std::slice::from_ref(&ill));
    let filed = crate::UpkeepLedger::unsettled(ledger, None, 10).expect("a healthy ledger");
    assert_eq!(filed, [(web, ill.event.event_id)]);
    let unkept = Unkept {
        project: web,
        event: ill.event.event_id,
        key: ill.key,
    };
    ledger.count_unkept(&[unkept]).expect("counted");
    let new = leave(ledger, web, one, &["b"]);
    finish(ledger, archive);
    assert_eq!(issue(ledger, web, one).times_seen, 41, "it stays counted");
    assert_eq!(file(ledger, archive, vec![ill]), [one]);
    assert_eq!(issue(ledger, web, one).times_seen, 41);
    assert_eq!(issue(ledger, web, new).times_seen, 20);
}
