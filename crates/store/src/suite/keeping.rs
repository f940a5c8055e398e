//! What an archive must do to stay small: recognise what it has, count it, let go of it.

use std::collections::BTreeSet;
use std::thread;

use watchpost_model::{EventId, IssueId, Timestamp};

use super::archive::{API, BANG, BOOM, WEB, append, event, list, of_issue};
use super::at;
use crate::{Archive, ArchivedEvent, EventFilter, Freed, Keep, Usage};

/// As many events as a partition has in the smallest engine of the tests.
const PART: u128 = 3;

fn usage(archive: &dyn Archive) -> Vec<Usage> {
    archive.usage().expect("an archive counts")
}

fn retain(archive: &dyn Archive, since: Timestamp, bytes_max: Option<u64>) -> Freed {
    let keep = Keep {
        project: WEB,
        since,
        bytes_max,
    };
    archive.retain(&[keep]).expect("an archive lets go")
}

fn all(archive: &dyn Archive) -> Vec<u128> {
    list(archive, WEB, &EventFilter::default())
}

/// One event after the other, of second 1 and so on.
fn fill(archive: &dyn Archive, count: u128) {
    for id in 1..=count {
        let secs = i64::try_from(id).unwrap_or(0);
        append(
            archive,
            &[event(WEB, [BOOM, BANG][id as usize % 2], id, secs)],
        );
        if id % 10 == 0 {
            append(archive, &[event(API, BOOM, id, secs)]);
        }
    }
}

/// In the order asked, by project, also when the answer is spread over all that is stored.
pub fn known_events_are_recognised(archive: &dyn Archive) {
    fill(archive, 20);
    let known = |ids: &[(_, u128)]| {
        let ids: Vec<_> = ids
            .iter()
            .map(|(project, id)| (*project, EventId(*id)))
            .collect();
        archive.known(&ids).expect("an archive knows")
    };
    assert_eq!(known(&[]), []);
    let asked = [
        (WEB, 20),
        (WEB, 99),
        (API, 7),
        (WEB, 1),
        (API, 10),
        (WEB, 20),
    ];
    let expect = [Some(BOOM), None, None, Some(BANG), Some(BOOM), Some(BOOM)];
    assert_eq!(known(&asked), expect);
    // What is there is not kept again, wherever it is.
    let again = (1..=25).map(|id| event(WEB, [BOOM, BANG][id as usize % 2], id, 50));
    append(archive, &again.collect::<Vec<_>>());
    assert_eq!(archive.count().expect("an archive"), 22 + 5);
    archive.delete_issues(WEB, &[BANG]).expect("an archive");
    assert_eq!(known(&[(WEB, 1), (WEB, 2)]), [None, Some(BOOM)]);
    // What was forgotten was kept once: what comes next is counted on.
    assert_eq!(archive.kept_to().expect("an archive"), Some(27));
    archive
        .delete_issues(WEB, &[IssueId(77)])
        .expect("an archive");
    assert_eq!(archive.kept_to().expect("an archive"), Some(27));
    append(archive, &[event(WEB, BOOM, 90, 60)]);
    assert_eq!(archive.kept_to().expect("an archive"), Some(28));
}

/// An event whose issue was forgotten belongs to another one when it is kept again.
pub fn an_event_is_where_it_was_kept_last(archive: &dyn Archive) {
    const ANEW: IssueId = IssueId(77);
    fill(archive, 20);
    let again: Vec<_> = [2, 20].map(|id| event(WEB, ANEW, id, 50)).into();
    append(archive, &again);
    let count = archive.count().expect("an archive");
    append(archive, &again);
    assert_eq!(
        archive.count().expect("an archive"),
        count,
        "once is enough"
    );
    for id in [2, 20].map(EventId) {
        let known = archive.known(&[(WEB, id)]).expect("an archive knows");
        assert_eq!(known, [Some(ANEW)]);
        let found = archive.event(WEB, id).expect("an archive");
        assert_eq!(found.map(|found| found.issue), Some(ANEW));
        let homes = archive.find(&[WEB, API], id).expect("an archive");
        let homes = homes.into_iter().filter(|(project, _)| *project == WEB);
        assert_eq!(homes.collect::<Vec<_>>(), [(WEB, ANEW)]);
    }
    let mut listed = list(archive, WEB, &of_issue(ANEW));
    listed.sort_unstable();
    assert_eq!(listed, [2, 20]);
    // What is left of the forgotten issue goes without it.
    archive.delete_issues(WEB, &[BOOM]).expect("an archive");
    let known = [2, 4].map(|id| (WEB, EventId(id)));
    let known = archive.known(&known).expect("an archive knows");
    assert_eq!(known, [Some(ANEW), None]);
    assert_eq!(archive.count().expect("an archive"), 10 + 2 + 2);
}

/// Events, bytes and the oldest, of what is there now.
pub fn usage_is_counted_by_project(archive: &dyn Archive) {
    assert_eq!(usage(archive), []);
    fill(archive, 20);
    let found = usage(archive);
    let facts = found
        .iter()
        .map(|usage| (usage.project, usage.events, usage.oldest));
    let facts: Vec<_> = facts.collect();
    assert_eq!(facts, [(WEB, 20, at(1)), (API, 2, at(10))]);
    assert!(found[0].bytes > found[1].bytes && found[1].bytes > 2 * 100);
    assert!(found[0].bytes < 20 * 1000, "{found:?}");
    let freed = archive
        .delete_before(WEB, at(11), None)
        .expect("an archive");
    assert_eq!(freed.events, 10);
    assert!(freed.bytes > 0);
    let after = usage(archive);
    assert_eq!((after[0].events, after[0].oldest), (10, at(11)));
    assert!(after[0].bytes < found[0].bytes * 6 / 10, "{after:?}");
    assert_eq!(after[1], found[1]);
    archive.delete_issues(API, &[BOOM]).expect("an archive");
    assert_eq!(usage(archive).len(), 1, "nothing left, nothing counted");
}

/// By age: nothing that is young, and of the old all but what shares a partition with the young.
pub fn what_is_too_old_goes(archive: &dyn Archive) {
    fill(archive, 40);
    let before = usage(archive);
    assert_eq!(retain(archive, at(0), None), Freed::default());
    let freed = retain(archive, at(21), None);
    let left = all(archive);
    assert!(
        left.starts_with(&(21..=40).rev().collect::<Vec<_>>()),
        "{left:?}"
    );
    assert!(left.len() < 20 + PART as usize, "{left:?}");
    assert_eq!(freed.events, 40 - left.len() as u64);
    assert!(freed.bytes > 0);
    let after = usage(archive);
    assert_eq!(after[0].events, left.len() as u64);
    assert_eq!(after[1], before[1], "the other project keeps everything");
    assert_eq!(
        list(archive, API, &EventFilter::default()),
        [40, 30, 20, 10]
    );
    // Everything: the archive goes on as an empty one.
    retain(archive, at(1000), None);
    assert_eq!(all(archive), []);
    append(archive, &[event(WEB, BOOM, 1, 2000)]);
    assert_eq!(all(archive), [1]);
}

/// By bytes: the newest stay, and no more than fit.
pub fn what_is_too_much_goes_oldest_first(archive: &dyn Archive) {
    fill(archive, 40);
    let bytes = usage(archive)[0].bytes;
    assert_eq!(retain(archive, at(0), Some(bytes)), Freed::default());
    retain(archive, at(0), Some(bytes / 2));
    let left = all(archive);
    let expect: Vec<_> = (41 - left.len() as u128..=40).rev().collect();
    assert_eq!(left, expect, "the newest stay");
    assert!(usage(archive)[0].bytes <= bytes / 2);
    assert!(left.len() > 20 - 2 * PART as usize, "{left:?}");
    assert_eq!(usage(archive)[1].events, 4);
    retain(archive, at(0), Some(0));
    assert_eq!(all(archive), []);
}

/// What is young is always there, whatever goes on beside.
pub fn asking_while_events_are_kept_and_forgotten(archive: &dyn Archive) {
    const COUNT: i64 = 150;
    let made = |id: i64| event(WEB, BOOM, u128::from(id.unsigned_abs()), id);
    thread::scope(|scope| {
        scope.spawn(|| {
            for id in 1..=COUNT {
                let batch: [ArchivedEvent; 2] = [made(id), made(id + 10_000)];
                append(archive, &batch);
            }
        });
        scope.spawn(|| {
            for since in (0..100).step_by(10) {
                retain(archive, at(since), None);
                archive.delete_issues(API, &[BOOM]).expect("an archive");
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..40 {
                    let newest = all(archive);
                    let ids: BTreeSet<_> = newest.iter().collect();
                    assert_eq!(ids.len(), newest.len(), "nothing is shown twice");
                    let latest = archive.latest(WEB, BOOM).expect("an archive");
                    if let Some(latest) = latest {
                        let id = latest.event.event_id;
                        let found = archive.event(WEB, id).expect("an archive");
                        assert_eq!(found, Some(latest));
                        archive.neighbours(WEB, &[BOOM], id).expect("an archive");
                    }
                }
            });
        }
    });
    for id in 100..=COUNT {
        for id in [id, id + 10_000] {
            let id = EventId(u128::from(id.unsigned_abs()));
            assert!(
                archive.event(WEB, id).expect("an archive").is_some(),
                "{id}"
            );
        }
    }
    assert_eq!(archive.check().expect("an archive"), Vec::<String>::new());
}
