//! What lists of events must do, and the ways from one event to its neighbours.

use watchpost_model::{EventId, IssueId, Level};

use super::archive::{API, BANG, BOOM, WEB, append, event, ids, list, of_issue, page};
use crate::{Archive, Cursor, EventFilter, Neighbours, latest_of, oldest_of};

/// By time of receipt; of the same moment, the one that was kept last.
pub fn lists_show_the_newest_first(archive: &dyn Archive) {
    let batch = [(1, 10), (2, 30), (3, 20), (4, 30)];
    append(archive, &batch.map(|(id, secs)| event(WEB, BOOM, id, secs)));
    append(archive, &[event(WEB, BANG, 5, 25), event(API, BOOM, 6, 26)]);
    assert_eq!(list(archive, WEB, &EventFilter::default()), [4, 2, 5, 3, 1]);
    assert_eq!(list(archive, WEB, &of_issue(BOOM)), [4, 2, 3, 1]);
    assert_eq!(page(archive, WEB, &of_issue(BOOM), None, 0).rows.len(), 1);
}

/// Each filter alone, and two together.
pub fn lists_filter(archive: &dyn Archive) {
    let make = |id: u128, level, logger: &str, server: &str| {
        let mut archived = event(WEB, BOOM, id, 10);
        archived.event.level = level;
        archived.event.logger = Some(logger.to_owned());
        archived.event.server_name = Some(server.to_owned());
        archived.event.site = Some(format!("{server}.example"));
        archived
    };
    append(
        archive,
        &[
            make(1, Level::Debug, "shop", "a"),
            make(2, Level::Warning, "shop", "b"),
            make(3, Level::Error, "cart", "b"),
            make(4, Level::Fatal, "cart", "a"),
        ],
    );
    let check = |filter: EventFilter, expect: &[u128]| {
        assert_eq!(list(archive, WEB, &filter), expect, "{filter:?}");
    };
    let some = |text: &str| Some(text.to_owned());
    let base = EventFilter::default;
    let level_at_least = Some(Level::Warning);
    check(
        EventFilter {
            level_at_least,
            ..base()
        },
        &[4, 3, 2],
    );
    check(
        EventFilter {
            logger: some("shop"),
            ..base()
        },
        &[2, 1],
    );
    check(
        EventFilter {
            server_name: some("a"),
            ..base()
        },
        &[4, 1],
    );
    check(
        EventFilter {
            site: some("b.example"),
            ..base()
        },
        &[3, 2],
    );
    let (logger, server_name) = (some("cart"), some("a"));
    check(
        EventFilter {
            logger,
            server_name,
            ..base()
        },
        &[4],
    );
    check(
        EventFilter {
            site: some("c"),
            ..base()
        },
        &[],
    );
}

/// What arrives while somebody turns pages neither repeats nor hides a row.
pub fn paging_is_stable_while_events_arrive(archive: &dyn Archive) {
    let batch: Vec<_> = (0..23)
        .map(|id| event(WEB, BOOM, id, i64::try_from(id / 2).unwrap_or(0)))
        .collect();
    append(archive, &batch);
    let (mut walked, mut cursor, mut arriving) = (Vec::new(), None, 100);
    loop {
        let page = page(archive, WEB, &of_issue(BOOM), cursor.as_ref(), 5);
        walked.extend(ids(&page));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
        arriving += 1;
        append(archive, &[event(WEB, BOOM, arriving, 1000)]);
    }
    let expect: Vec<_> = (0..23).rev().collect();
    assert_eq!(walked, expect);
}

/// A cursor is a client's text.
pub fn cursors_of_others_are_refused(archive: &dyn Archive) {
    for text in [
        "",
        "1",
        "1:",
        "1:2:3",
        "x:1",
        "date:1:2",
        "99999999999999999999:1",
    ] {
        let cursor = Cursor(text.to_owned());
        let page = archive.events(WEB, &EventFilter::default(), Some(&cursor), 10);
        let error = page.expect_err(text);
        assert_eq!(error.to_string(), "page does not exist", "{text}");
    }
}

/// By time of receipt within the issue.
pub fn neighbours_of_an_event(archive: &dyn Archive) {
    let batch = [(1, 10), (2, 30), (3, 20), (4, 30)];
    append(archive, &batch.map(|(id, secs)| event(WEB, BOOM, id, secs)));
    append(archive, &[event(WEB, BANG, 5, 25)]);
    let check = |id: u128, previous: Option<u128>, next: Option<u128>, position| {
        let expect = Neighbours {
            oldest: Some(EventId(1)),
            previous: previous.map(EventId),
            next: next.map(EventId),
            latest: Some(EventId(4)),
            position,
            stored: 4,
        };
        let around = archive.neighbours(WEB, &[BOOM], EventId(id));
        assert_eq!(around.expect("an archive"), expect, "{id}");
    };
    check(1, None, Some(3), 1);
    check(3, Some(1), Some(2), 2);
    check(2, Some(3), Some(4), 3);
    check(4, Some(2), None, 4);
    // Of another issue, and of none: nothing around it.
    check(5, None, None, 0);
    check(99, None, None, 0);
}

/// Merged issues are one list and one row of neighbours, in the order of receipt.
pub fn merged_issues_are_one_list(archive: &dyn Archive) {
    let batch = [(1, 10), (2, 30), (3, 20), (4, 40)];
    for (id, secs) in batch {
        let issue = if id % 2 == 0 { BOOM } else { BANG };
        append(archive, &[event(WEB, issue, id, secs)]);
    }
    append(archive, &[event(WEB, IssueId(77), 5, 25)]);
    let family = [BOOM, BANG];
    let filter = EventFilter::of_issues(&family);
    assert_eq!(list(archive, WEB, &filter), [4, 2, 3, 1]);
    let first = page(archive, WEB, &filter, None, 2);
    let rest = page(archive, WEB, &filter, first.next.as_ref(), 2);
    assert_eq!((ids(&first), ids(&rest)), (vec![4, 2], vec![3, 1]));
    let around = archive.neighbours(WEB, &family, EventId(3));
    let expect = Neighbours {
        oldest: Some(EventId(1)),
        previous: Some(EventId(1)),
        next: Some(EventId(2)),
        latest: Some(EventId(4)),
        position: 2,
        stored: 4,
    };
    assert_eq!(around.expect("an archive"), expect);
    let id = |found: Option<crate::ArchivedEvent>| found.map(|found| found.event.event_id);
    let latest = latest_of(archive, WEB, &family).expect("an archive");
    let oldest = oldest_of(archive, WEB, &family).expect("an archive");
    assert_eq!(
        (id(latest), id(oldest)),
        (Some(EventId(4)), Some(EventId(1)))
    );
}

/// The latest events of many issues at once are those of each alone.
pub fn the_latest_of_many_issues(archive: &dyn Archive) {
    for id in 1..=24 {
        let issue = IssueId(i64::try_from(id % 5).unwrap_or(0));
        let secs = i64::try_from(id * 7 % 24).unwrap_or(0);
        append(archive, &[event(WEB, issue, id, secs)]);
    }
    append(archive, &[event(API, IssueId(1), 99, 999)]);
    let families = [
        vec![0, 3],
        vec![1],
        vec![77],
        vec![2, 4, 77],
        vec![],
        vec![3],
    ];
    let families = families.map(|family| family.into_iter().map(IssueId).collect::<Vec<_>>());
    let found = archive.latest_each(WEB, &families).expect("an archive");
    assert_eq!(found.len(), families.len());
    for (family, found) in families.iter().zip(found) {
        let expect = latest_of(archive, WEB, family).expect("an archive");
        assert_eq!(found, expect, "{family:?}");
    }
}

/// The ends of an issue, with their bodies.
pub fn oldest_and_latest(archive: &dyn Archive) {
    let (old, new) = (event(WEB, BOOM, 2, 10), event(WEB, BOOM, 1, 30));
    append(
        archive,
        &[new.clone(), old.clone(), event(WEB, BANG, 3, 99)],
    );
    assert_eq!(archive.oldest(WEB, BOOM).expect("an archive"), Some(old));
    assert_eq!(archive.latest(WEB, BOOM).expect("an archive"), Some(new));
    assert_eq!(archive.latest(WEB, IssueId(99)).expect("an archive"), None);
}
