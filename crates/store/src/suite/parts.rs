//! Issues that were merged, asked as one: searches, and what brings them back.

use watchpost_model::{
    Bound, Change, Grouped, IssueId, ProjectId, Status, Tag, Until, UserContext,
};

use super::counting::of_user;
use super::{apply, apply_one, at, fill, grouped, hash, issue, project};
use crate::{Action, Actor, Asker, IssueQuery, Ledger, Sort};

/// The titles that a search text finds.
fn search(ledger: &dyn Ledger, project: ProjectId, text: &str) -> Vec<String> {
    let query = IssueQuery::parse(project, text, Sort::LastSeen, Asker::at(at(1000)));
    let page = ledger.find_issues(&query.expect("a good search text"));
    let rows = page.expect("a healthy ledger").rows;
    rows.into_iter().map(|issue| issue.title).collect()
}

pub(super) fn merge(ledger: &dyn Ledger, web: ProjectId, issues: &[IssueId]) -> i64 {
    let merged = ledger.merge(web, issues, Actor::System, at(500));
    merged.expect("a healthy ledger").expect("a merge").undo
}

/// The issues of events, in their order.
fn issues(ledger: &dyn Ledger, batch: &[Grouped]) -> Vec<IssueId> {
    let applied = apply(ledger, batch);
    applied.iter().map(|applied| applied.issue).collect()
}

/// What an issue is found by, it is found by when it is part of another, too.
pub fn a_search_finds_what_was_merged(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut batch = [
        grouped(web, 1, "chrome", 10),
        grouped(web, 2, "chrome", 11),
        grouped(web, 3, "firefox", 12),
        grouped(web, 4, "alone", 9),
    ];
    fill(&mut batch[2].event);
    batch[2].event.tags = vec![Tag {
        key: "browser.name".to_owned(),
        value: "Firefox".to_owned(),
    }];
    batch[2].event.user = Some(UserContext {
        email: Some("ada@example.org".to_owned()),
        id: Some("7".to_owned()),
        ..UserContext::default()
    });
    let ids = issues(ledger, &batch);
    let undo = merge(ledger, web, &[ids[0], ids[2]]);
    let of_part = [
        "browser.name:Firefox",
        "has:browser.name",
        "release:2.4.1",
        "release:latest",
        "release:>=2.0",
        "environment:production",
        "url:*cart",
        "user.email:ada@example.org",
        "user.id:7",
        "server:web-1",
        "site:shop.example",
        "browser.name:[Firefox, Opera]",
    ];
    for text in of_part {
        assert_eq!(search(ledger, web, text), ["chrome"], "{text}");
        let not = format!("!{text}");
        assert_eq!(search(ledger, web, &not), ["alone"], "{not}");
    }
    ledger
        .undo(web, undo, Actor::System, at(501))
        .expect("undone");
    for text in of_part {
        assert_eq!(search(ledger, web, text), ["firefox"], "{text}");
        let not = format!("!{text}");
        assert_eq!(search(ledger, web, &not), ["chrome", "alone"], "{not}");
    }
}

/// So many events of the issue `name`, each by a user of its own.
fn events(web: ProjectId, name: &str, numbers: std::ops::Range<u128>, secs: i64) -> Vec<Grouped> {
    let of = |number| {
        let mut grouped = of_user(web, number, &format!("{name} {number}"), secs);
        grouped.hashes = vec![hash(name)];
        grouped
    };
    numbers.map(of).collect()
}

fn archive(ledger: &dyn Ledger, web: ProjectId, id: IssueId, until: Until, secs: i64) {
    let acted = ledger.act(web, &[id], &Action::Archive(until), Actor::System, at(secs));
    assert_eq!(acted.expect("a healthy ledger").changed, [id]);
}

fn met(events: Option<u64>, users: Option<u64>, window_mins: Option<u32>) -> Until {
    let bound = |count| Bound { count, window_mins };
    Until::Met {
        time: None,
        events: events.map(bound),
        users: users.map(bound),
    }
}

/// What was merged into an archived issue had its events before: they open nothing, and neither
/// does what leaves.
pub fn merges_and_unmerges_wake_nothing(ledger: &dyn Ledger) {
    let untils = [
        met(Some(5), None, None),
        met(None, Some(5), None),
        Until::Escalating,
    ];
    for (round, until) in (0_u128..).zip(untils) {
        let web = project(ledger, &format!("web-{round}")).id;
        let (big, small) = (
            events(web, "big", 0..40, 10),
            events(web, "small", 50..62, 20),
        );
        let ids = issues(ledger, &[big[0].clone(), small[0].clone()]);
        apply(ledger, &big);
        archive(ledger, web, ids[0], until.clone(), 3 * 3600);
        apply(ledger, &small);
        let undo = merge(ledger, web, &ids);
        let late = 5 * 3600;
        let is = |id| issue(ledger, web, id).status;
        let one = apply(ledger, &events(web, "big", 100..101, late));
        assert_eq!(one[0].change, Change::Repeated, "{until:?}");
        let other = apply(ledger, &events(web, "small", 101..104, late));
        assert!(
            other.iter().all(|done| done.change == Change::Repeated),
            "{until:?}"
        );
        assert_eq!(is(ids[0]), Status::Archived, "{until:?}");
        // Three of the four since then leave.
        ledger
            .undo(web, undo, Actor::System, at(late + 1))
            .expect("undone");
        let more = apply(ledger, &events(web, "big", 110..113, late));
        assert!(
            more.iter().all(|done| done.change == Change::Repeated),
            "{until:?}"
        );
        assert_eq!(is(ids[0]), Status::Archived, "{until:?}");
        // They still count what comes.
        let enough = apply(ledger, &events(web, "big", 120..600, late));
        assert!(
            enough.iter().any(|done| done.change == Change::Reopened),
            "{until:?}"
        );
    }
}

/// An archived issue with parts that goes into another and comes back waits for as much as before.
pub fn an_archived_part_waits_as_before(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batches = [("a", 0..90), ("b", 100..120), ("c", 200..210)];
    let ids = batches.map(|(name, numbers)| issues(ledger, &events(web, name, numbers, 10))[0]);
    merge(ledger, web, &ids[1..]);
    archive(ledger, web, ids[1], met(Some(3), None, None), 3 * 3600);
    let undo = merge(ledger, web, &ids[..2]);
    assert_eq!(issue(ledger, web, ids[1]).id, ids[0]);
    ledger
        .undo(web, undo, Actor::System, at(600))
        .expect("undone");
    let late = 5 * 3600;
    for (number, expect) in [
        (300, Change::Repeated),
        (301, Change::Repeated),
        (302, Change::Reopened),
    ] {
        let event = events(web, "c", number..number + 1, late).remove(0);
        let applied = apply_one(ledger, event);
        assert_eq!(
            (applied.issue, applied.change),
            (ids[1], expect),
            "{number}"
        );
    }
}

/// A user of two parts is one, and those that are not counted by name are none.
pub fn users_within_a_time_are_counted_once(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let of = |name: &str, user: &str, number, secs| {
        let mut grouped = of_user(web, number, user, secs);
        grouped.hashes = vec![hash(name)];
        grouped
    };
    let many = (0..1200).map(|number| of("a", &format!("user {number}"), number, 10));
    let many: Vec<_> = many.collect();
    let id = apply(ledger, &many)[0].issue;
    let part = apply_one(ledger, of("b", "user 1", 2000, 10)).issue;
    merge(ledger, web, &[id, part]);
    archive(ledger, web, id, met(None, Some(3), Some(600)), 100);
    let later = [
        of("a", "user 1", 3000, 200),
        of("b", "user 1", 3001, 200),
        of("a", "user 999", 3002, 200),
        of("a", "user 2", 3003, 200),
    ];
    for event in later {
        assert_eq!(apply_one(ledger, event).change, Change::Repeated);
    }
    let third = apply_one(ledger, of("a", "user 3", 3004, 200));
    assert_eq!(third.change, Change::Reopened);
}
