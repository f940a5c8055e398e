//! Splits at their edges: sides without events, parts that are split, what people did meanwhile.

use watchpost_model::{IssueId, ProjectId};

use super::splitting::{finish, one_and_two};
use super::{at, hash, issue, temp_archive_in_parts};
use crate::{Actor, Leaving, Ledger};

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
