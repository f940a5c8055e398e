//! Questions about many events at once: over time, and by what they have in common.

use std::time::Duration;

use watchpost_model::{Exception, Frame, IssueId, Level, ProjectId, Stacktrace, UserContext};

use super::archive::{API, BANG, BOOM, WEB, append, event};
use super::at;
use super::searching::tag;
use crate::{
    Archive, ArchivedEvent, Asker, Buckets, EventFilter, EventGroups, EventsAsked, GroupField,
    GroupOrder, GroupQuery, Search, StoreError,
};

const BOTH: [ProjectId; 2] = [WEB, API];

fn filter(text: &str) -> EventFilter {
    EventFilter {
        search: Search::parse(text).expect("a search"),
        asker: Asker::at(at(1000)),
        ..EventFilter::default()
    }
}

/// Ten pieces of a hundred seconds from second 0.
fn tens() -> Buckets {
    Buckets {
        since: at(0),
        secs: 100,
        count: 10,
    }
}

fn counts(archive: &dyn Archive, projects: &[ProjectId], filter: EventFilter) -> Vec<u64> {
    let asked = EventsAsked::new(projects, filter);
    let found = archive.histogram(&asked, tens()).expect("an archive");
    assert_eq!(found.extent.cut, None);
    found.counts
}

fn fields(names: &[&str]) -> GroupQuery {
    let fields = names
        .iter()
        .map(|name| GroupField::parse(name).expect("a field"));
    GroupQuery::by(fields.collect())
}

fn groups(archive: &dyn Archive, filter: EventFilter, query: &GroupQuery) -> EventGroups {
    let asked = EventsAsked::new(&BOTH, filter);
    archive.group_by(&asked, query).expect("an archive")
}

/// The values of the groups, with the numbers of events and users.
fn told(groups: &EventGroups) -> Vec<(String, u64, u64)> {
    let rows = groups.rows.iter();
    rows.map(|row| (row.values.join("|"), row.events, row.users))
        .collect()
}

fn by(archive: &dyn Archive, text: &str, names: &[&str]) -> Vec<(String, u64, u64)> {
    told(&groups(archive, filter(text), &fields(names)))
}

fn made(project: ProjectId, id: u128, secs: i64, release: &str) -> ArchivedEvent {
    let issue = if id.is_multiple_of(2) { BOOM } else { BANG };
    let mut archived = event(project, issue, id, secs);
    archived.event.release = Some(release.to_owned());
    archived.event.environment = Some("production".to_owned());
    archived.event.user = Some(UserContext {
        id: Some(format!("user {}", id % 3)),
        ..UserContext::default()
    });
    archived.event.tags = vec![tag(
        "browser.name",
        if id < 5 { "Firefox" } else { "Opera" },
    )];
    archived
}

/// Nine events of two projects, in as many batches, so that engines may part them.
fn keep(archive: &dyn Archive) {
    for (id, secs, release) in [
        (1, 50, "1.0"),
        (2, 150, "1.0"),
        (3, 151, "1.1"),
        (4, 350, "1.1"),
        (5, 351, "1.1"),
        (6, 950, "1.1"),
        (7, 2000, "1.2"),
    ] {
        append(archive, &[made(WEB, id, secs, release)]);
    }
    let mut bare = event(API, BOOM, 8, 360);
    bare.event.level = Level::Fatal;
    append(archive, &[bare, event(ProjectId(9), BOOM, 9, 360)]);
}

/// Of projects, issues, columns and bodies alike.
pub fn events_are_counted_over_time(archive: &dyn Archive) {
    keep(archive);
    let check = |filter: EventFilter, expect: [u64; 10]| {
        assert_eq!(counts(archive, &BOTH, filter.clone()), expect, "{filter:?}");
    };
    check(filter(""), [1, 2, 0, 3, 0, 0, 0, 0, 0, 1]);
    assert_eq!(
        counts(archive, &[API], filter("")),
        [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(counts(archive, &[], filter("")), [0; 10]);
    check(
        EventFilter::of_issues(&[BANG]),
        [1, 1, 0, 1, 0, 0, 0, 0, 0, 0],
    );
    check(
        EventFilter::of_issues(&[BANG, BOOM]),
        [1, 2, 0, 3, 0, 0, 0, 0, 0, 1],
    );
    check(filter("release:1.1"), [0, 1, 0, 2, 0, 0, 0, 0, 0, 1]);
    check(filter("release:>=1.1"), [0, 1, 0, 2, 0, 0, 0, 0, 0, 1]);
    check(filter("!release:1*"), [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    check(filter("browser.name:Opera"), [0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    check(
        filter("\"event 5\" release:1.1"),
        [0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    );
    let of_issue = EventFilter {
        search: filter("release:1.1").search,
        ..EventFilter::of_issues(&[BOOM])
    };
    check(of_issue, [0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    let logger = EventFilter {
        logger: Some("nobody".to_owned()),
        ..filter("")
    };
    check(logger, [0; 10]);
    let production = EventFilter {
        environments: vec!["production".to_owned(), "staging".to_owned()],
        ..filter("")
    };
    check(production, [1, 2, 0, 2, 0, 0, 0, 0, 0, 1]);
    let fatal = EventFilter {
        level_at_least: Some(Level::Fatal),
        ..filter("")
    };
    check(fatal, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    let within = EventFilter {
        since: Some(at(151)),
        until: Some(at(351)),
        ..filter("")
    };
    check(within, [0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
}

/// Lists heed moments of receipt, and show several projects as one.
pub fn lists_are_of_several_projects_and_of_a_time(archive: &dyn Archive) {
    keep(archive);
    let within = EventFilter {
        since: Some(at(151)),
        until: Some(at(351)),
        ..filter("")
    };
    let page = archive.events(WEB, &within, None, 10).expect("an archive");
    let ids: Vec<_> = page.rows.iter().map(|row| row.event.0).collect();
    assert_eq!(ids, [4, 3], "lists heed it, too");
    for text in ["", "event"] {
        let first = archive
            .events_of(&BOTH, &filter(text), None, 3)
            .expect("an archive");
        let rest = archive.events_of(&BOTH, &filter(text), first.next.as_ref(), 9);
        let rest = rest.expect("an archive");
        let ids = [first.rows, rest.rows]
            .concat()
            .iter()
            .map(|row| row.event.0)
            .collect::<Vec<_>>();
        assert_eq!(
            ids,
            [7, 6, 8, 5, 4, 3, 2, 1],
            "of several projects as if they were one"
        );
    }
}

/// By columns, by what only bodies know, by several at once, and by nothing.
pub fn events_are_grouped(archive: &dyn Archive) {
    keep(archive);
    let row = |values: &str, events, users| (values.to_owned(), events, users);
    let check = |text: &str, names: &[&str], expect: &[(String, u64, u64)]| {
        assert_eq!(by(archive, text, names), expect, "{text} by {names:?}");
    };
    check("", &[], &[row("", 8, 3)]);
    let releases = [
        row("1.1", 4, 3),
        row("1.0", 2, 2),
        row("", 1, 0),
        row("1.2", 1, 1),
    ];
    check("", &["release"], &releases);
    check("", &["project"], &[row("1", 7, 3), row("2", 1, 0)]);
    check("", &["issue"], &[row("10", 4, 3), row("11", 4, 3)]);
    check("", &["level"], &[row("error", 7, 3), row("fatal", 1, 0)]);
    let browsers = [row("Firefox", 4, 3), row("Opera", 3, 3), row("", 1, 0)];
    check("", &["browser.name"], &browsers);
    check("release:1.0", &["browser.name"], &[row("Firefox", 2, 2)]);
    check(
        "browser.name:Opera",
        &["release"],
        &[row("1.1", 2, 2), row("1.2", 1, 1)],
    );
    let three = [
        row("1.1|Opera|10", 1, 1),
        row("1.1|Opera|11", 1, 1),
        row("1.2|Opera|11", 1, 1),
    ];
    check(
        "browser.name:Opera",
        &["release", "browser.name", "issue"],
        &three,
    );
    check("release:1.2", &["user"], &[row("user 1", 1, 1)]);
    check("release:9", &["user"], &[]);
    check("has:release", &["error.unhandled"], &[row("false", 7, 3)]);
    let firsts = groups(archive, filter(""), &fields(&["release"]));
    let span = (firsts.rows[0].first, firsts.rows[0].last);
    assert_eq!(span, (at(151), at(950)));
    assert_eq!(
        (firsts.events, firsts.group_count, firsts.others),
        (8, 4, 0)
    );
    assert_eq!((firsts.extent.events, firsts.extent.opened), (8, 0));
}

/// In every order, both ways, and not more than asked for.
pub fn groups_are_ordered(archive: &dyn Archive) {
    keep(archive);
    let check = |order, is_ascending, expect: &[&str]| {
        let query = GroupQuery {
            order,
            is_ascending,
            limit: 3,
            ..fields(&["release"])
        };
        let found = groups(archive, filter("has:release"), &query);
        let values: Vec<_> = found.rows.iter().map(|row| &*row.values[0]).collect();
        assert_eq!(values, expect, "{order:?} {is_ascending}");
    };
    check(GroupOrder::Events, false, &["1.1", "1.0", "1.2"]);
    check(GroupOrder::Events, true, &["1.2", "1.0", "1.1"]);
    check(GroupOrder::Users, false, &["1.1", "1.0", "1.2"]);
    check(GroupOrder::First, false, &["1.2", "1.1", "1.0"]);
    check(GroupOrder::Last, true, &["1.0", "1.1", "1.2"]);
    check(GroupOrder::Values, false, &["1.2", "1.1", "1.0"]);
    check(GroupOrder::Values, true, &["1.0", "1.1", "1.2"]);
    let one = GroupQuery {
        limit: 1,
        ..fields(&["release"])
    };
    assert_eq!(told(&groups(archive, filter(""), &one)).len(), 1);
}

/// The most frequent values of the first field, and the others.
pub fn groups_are_counted_over_time(archive: &dyn Archive) {
    keep(archive);
    for text in ["", "event"] {
        let query = GroupQuery {
            buckets: Some(tens()),
            ..fields(&["release", "user"])
        };
        let found = groups(archive, filter(text), &query);
        let series: Vec<_> = found
            .series
            .iter()
            .map(|one| (one.value.as_deref(), &*one.counts))
            .collect();
        let expect: [(Option<&str>, &[u64]); 3] = [
            (Some("1.1"), &[0, 1, 0, 2, 0, 0, 0, 0, 0, 1]),
            (Some("1.0"), &[1, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            (Some(""), &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
        ];
        assert_eq!(series, expect, "{text}");
    }
}

/// What was merged counts with the issue that shows it.
pub fn merged_issues_are_one_group(archive: &dyn Archive) {
    keep(archive);
    for text in ["", "event"] {
        let query = GroupQuery {
            merged: vec![(BANG, BOOM)],
            ..fields(&["issue"])
        };
        let found = told(&groups(archive, filter(text), &query));
        assert_eq!(found, [("10".to_owned(), 8, 3)], "{text}");
    }
}

/// The newest are looked at, of all projects alike, and what was left out is told.
pub fn what_is_looked_at_is_bounded(archive: &dyn Archive) {
    for number in 0..40_u128 {
        let secs = i64::try_from(number).expect("small");
        append(
            archive,
            &[
                event(WEB, BOOM, number, secs),
                event(API, BANG, number, secs),
            ],
        );
    }
    let query = fields(&["project"]);
    let asked = EventsAsked {
        row_count_max: 20,
        ..EventsAsked::new(&BOTH, filter("level:error"))
    };
    let found = archive.group_by(&asked, &query).expect("an archive");
    let cut = found.extent.cut.expect("not all of it").as_secs();
    let since = u64::try_from(40 - cut).expect("a second of those");
    assert_eq!((found.extent.events, found.events), (2 * since, 2 * since));
    assert!((10..=20).contains(&since), "{since}");
    let told = told(&found);
    assert_eq!(
        told,
        [("1".to_owned(), since, 0), ("2".to_owned(), since, 0)]
    );
    let asked = EventsAsked {
        body_count_max: 15,
        ..EventsAsked::new(&BOTH, filter("event"))
    };
    let found = archive.group_by(&asked, &query).expect("an archive");
    assert_eq!((found.events, found.extent.opened), (15, 15));
    assert_eq!(found.extent.cut, Some(at(32)));
    assert_eq!(found.rows.len(), 2);
    let all = EventsAsked::new(&BOTH, filter("event"));
    let found = archive.group_by(&all, &query).expect("an archive");
    assert_eq!((found.events, found.extent.cut), (80, None));
    let hasty = EventsAsked {
        time_max: Duration::ZERO,
        ..EventsAsked::new(&BOTH, filter("event"))
    };
    let refused = archive.group_by(&hasty, &query);
    assert!(
        matches!(refused, Err(StoreError::Slow { secs: 0 })),
        "{refused:?}"
    );
}

/// What was opened last is told, also when a window of time begins there.
pub fn a_cut_between_two_windows_is_told(archive: &dyn Archive) {
    let numbers = 0..600_u32;
    let batch = numbers.map(|number| event(WEB, BOOM, number.into(), number.into()));
    append(archive, &batch.collect::<Vec<_>>());
    // With so many issues the newest 500 events are one window.
    let issues: Vec<_> = (0..40).map(|number| IssueId(BOOM.0 + number)).collect();
    let mut of_issues = EventFilter::of_issues(&issues);
    of_issues.search = filter("event").search;
    let mut asked = EventsAsked::new(&[WEB], of_issues);
    asked.body_count_max = 500;
    let query = fields(&["level"]);
    let found = archive.group_by(&asked, &query).expect("an archive");
    assert_eq!((found.events, found.extent.opened), (500, 500));
    assert_eq!(found.extent.cut, Some(at(100)));
}

/// An event of many values in each of three fields is in some of their groups.
pub fn groups_of_one_event_are_bounded(archive: &dyn Archive) {
    let mut many = event(WEB, BOOM, 1, 10);
    let exceptions = (0..20).map(|number| Exception {
        kind: Some(format!("Error{number}")),
        stacktrace: Some(Stacktrace {
            frames: vec![Frame {
                filename: Some(format!("file{number}")),
                function: Some(format!("do{number}")),
                ..Frame::default()
            }],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    });
    many.event.exceptions = exceptions.collect();
    append(archive, &[many]);
    let query = fields(&["error.type", "stack.filename", "stack.function"]);
    let found = groups(archive, filter(""), &query);
    let told = (found.events, found.group_count, found.others);
    assert_eq!(told, (1, 100, 1));
}

/// Without a look at each event.
pub fn what_is_in_the_trash_is_not_counted(archive: &dyn Archive) {
    keep(archive);
    let check = |without: &[IssueId], expect: [u64; 10]| {
        let mut asked = EventsAsked::new(&BOTH, filter(""));
        asked.filter.without = without.to_vec();
        asked.row_count_max = 1;
        let found = archive.histogram(&asked, tens()).expect("an archive");
        let told = (found.counts, found.extent.cut, found.extent.events);
        assert_eq!(told, (expect.to_vec(), None, expect.iter().sum()));
    };
    check(&[BANG], [0, 1, 0, 2, 0, 0, 0, 0, 0, 1]);
    check(&[BOOM], [1, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    check(&[BANG, BOOM, IssueId(99)], [0; 10]);
}
