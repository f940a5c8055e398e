//! Issues that are split by their keys, beside an archive whose partitions end after a few events.
//! What comes of it is compared with issues that were never one.

use std::cell::Cell;
use std::thread;

use watchpost_model::{
    Deed, Event, EventId, Explanation, Face, Grouped, GroupingHash, IssueId, ProjectId, Timestamp,
    Variant,
};

use super::counting::of_user;
use super::{
    all, apply_one, at, filings, hash, issue, project, temp_archive, temp_archive_in_parts,
};
use crate::{
    Actor, Archive, ArchivedEvent, EventFilter, Filing, Leaving, Ledger, Split, SplitStage,
    TagCount, Unmerged, carry_out,
};

/// An event with the keys `name` and "all", which every event has.
pub(crate) fn event(web: ProjectId, number: u32, name: &str, shared: bool) -> Grouped {
    let turn = i64::from(number) * 37 % 60;
    let user = format!("user-{}", number % 7);
    let mut made = of_user(web, u128::from(number), &user, 10_000 + turn * 200);
    made.hashes = vec![hash(name)];
    if shared {
        made.hashes.push(hash("all"));
    }
    let variant = |key: &GroupingHash| Variant {
        hash: key.hex(),
        ..Variant::default()
    };
    made.explanation = Explanation {
        version: 1,
        variants: made.hashes.iter().map(variant).collect(),
        ..Explanation::default()
    };
    name.clone_into(&mut made.title);
    made.event.release = Some(format!("1.{}", turn / 10));
    made.event.server_name = Some(format!("host-{}", number % 4));
    made
}

pub(crate) fn named(number: u32) -> &'static str {
    if number.is_multiple_of(3) { "b" } else { "a" }
}

/// As the digest does it; where the events were filed.
pub(crate) fn file(
    ledger: &dyn Ledger,
    archive: &dyn Archive,
    batch: Vec<Grouped>,
) -> Vec<IssueId> {
    let ids: Vec<_> = batch
        .iter()
        .map(|one| (one.project, one.event.event_id))
        .collect();
    let known = archive.known(&ids).expect("a healthy archive");
    let filings = filings(&batch).into_iter().zip(&known);
    let filings: Vec<Filing> = filings
        .map(|(filing, known)| Filing {
            known: *known,
            ..filing
        })
        .collect();
    let applied = ledger.apply(&filings, &[]).expect("a healthy ledger");
    let homes: Vec<_> = applied.iter().map(|done| done.home).collect();
    let missing = batch.into_iter().zip(known).zip(&homes);
    let missing = missing.filter(|((_, known), home)| *known != Some(**home));
    let missing = missing.map(|((made, _), home)| super::archived(*home, made));
    let missing: Vec<ArchivedEvent> = missing.collect();
    archive.append(&missing).expect("a healthy archive");
    ledger.settle(&ids).expect("a healthy ledger");
    homes
}

/// Events with a shared key, all in one issue; and the same as two issues in a project of its own.
pub(crate) fn one_and_two(
    ledger: &dyn Ledger,
    archive: &dyn Archive,
) -> (ProjectId, IssueId, [IssueId; 2]) {
    let (web, plain) = (project(ledger, "web").id, project(ledger, "plain").id);
    let batch = |of, shared| (1..=60).map(move |number| event(of, number, named(number), shared));
    let homes = file(ledger, archive, batch(web, true).collect());
    assert!(homes.iter().all(|home| *home == homes[0]));
    let two = file(ledger, archive, batch(plain, false).collect());
    (web, homes[0], [two[0], two[2]])
}

pub(super) fn leave(ledger: &dyn Ledger, web: ProjectId, from: IssueId, name: &str) -> Unmerged {
    let leaving = Leaving {
        keys: &[hash(name)],
        parts: &[],
    };
    let left = ledger.unmerge(web, from, &leaving, Actor::System, at(90_000));
    left.expect("a healthy ledger")
}

pub(crate) fn face(event: &Event) -> Face {
    Face {
        kind: String::new(),
        value: event.event_id.to_string(),
        culprit: String::new(),
    }
}

pub(crate) fn the_split(ledger: &dyn Ledger) -> Split {
    let mut splits = ledger.splits().expect("a healthy ledger");
    assert_eq!(splits.len(), 1);
    splits.remove(0)
}

pub(crate) fn finish(ledger: &dyn Ledger, archive: &dyn Archive) {
    let split = the_split(ledger);
    while !carry_out((ledger, archive), split.clone(), &face, &|| true).expect("healthy stores") {
        thread::yield_now();
    }
    assert_eq!(ledger.splits().expect("a healthy ledger"), []);
}

type Facts = (
    (u64, u64, Timestamp, Timestamp),
    (Option<String>, Option<String>),
    Vec<(Timestamp, u64)>,
    Vec<TagCount>,
    Vec<EventId>,
);

/// Everything that is counted of an issue, and its events.
fn facts(ledger: &dyn Ledger, archive: &dyn Archive, web: ProjectId, id: IssueId) -> Facts {
    let shown = issue(ledger, web, id);
    assert_eq!(shown.id, id);
    let family = ledger.family(web, id).expect("a family");
    let of = EventFilter::of_issues(&family);
    let (mut events, mut next) = (Vec::new(), None);
    loop {
        let page = archive.events(web, &of, next.as_ref(), 100);
        let page = page.expect("a healthy archive");
        events.extend(page.rows.iter().map(|row| row.event));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    events.sort();
    let seen = (shown.first_seen, shown.last_seen);
    (
        (shown.times_seen, shown.user_count, seen.0, seen.1),
        (shown.first_release, shown.last_release),
        ledger.hourly(web, id, at(0)).expect("a chart"),
        ledger.issue_tags(web, id, 5000).expect("tags"),
        events,
    )
}

/// The plain project's issues are how the split ones must be.
pub(super) fn check_as_plain(
    ledger: &dyn Ledger,
    archive: &dyn Archive,
    ids: [IssueId; 2],
    two: [IssueId; 2],
) {
    let (web, plain) = (project_of(ledger, "web"), project_of(ledger, "plain"));
    for (id, like) in ids.into_iter().zip(two) {
        let expect = facts(ledger, archive, plain, like);
        assert_eq!(facts(ledger, archive, web, id), expect, "{id}");
    }
}

fn project_of(ledger: &dyn Ledger, slug: &str) -> ProjectId {
    let org = ledger.org("acme").expect("a ledger").expect("there");
    let found = ledger.projects(org.id).expect("a ledger");
    found.iter().find(|one| one.slug == slug).expect("there").id
}

/// Chosen keys get an issue of their own, with what was counted and what is stored; for good.
pub fn r15_keys_leave_with_their_events(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, two) = one_and_two(ledger, archive);
    archive.finish_chores();
    let before = issue(ledger, web, one);
    let left = leave(ledger, web, one, "b");
    let new = left.leaving[0];
    assert_eq!((left.left, left.undo.is_some()), (vec![], true));
    assert_eq!(all(ledger, web), [before], "nothing shows yet");
    finish(ledger, archive);
    check_as_plain(ledger, archive, [one, new], two);
    let shown = issue(ledger, web, new);
    assert_eq!(
        (&*shown.title, &*shown.value),
        ("b", &*EventId(3).to_string())
    );
    assert_eq!(ledger.hashes(web, new).expect("keys").len(), 1);
    for (id, deed) in [(one, Deed::UnmergeSource), (new, Deed::UnmergeDestination)] {
        let log = ledger.activity(web, id).expect("a healthy ledger");
        assert_eq!(log[0].deed, deed);
        assert_eq!(log[0].data["events"], 20);
    }
    // Also when others are merged again.
    let other = apply_one(ledger, event(web, 100, "c", false)).issue;
    ledger
        .merge(web, &[one, other], Actor::System, at(91_000))
        .expect("merged");
    for (number, name, expect) in [(101, "b", new), (102, "a", one), (103, "d", one)] {
        let next = file(ledger, archive, vec![event(web, number, name, true)]);
        assert_eq!(next, [expect], "{name}");
    }
    assert_eq!(archive.check().expect("an archive"), Vec::<String>::new());
}

/// The digest files into both while one is split: nothing is lost, nothing counted twice.
pub fn r15_a_split_is_exact_while_events_are_filed(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, two) = one_and_two(ledger, archive);
    let plain = project_of(ledger, "plain");
    let (mut new, split) = (None, Cell::new(None));
    thread::scope(|scope| {
        let digest = scope.spawn(move || {
            for batch in 0..30_u32 {
                for (of, shared) in [(web, true), (plain, false)] {
                    let numbers = 1000 + batch * 4..1004 + batch * 4;
                    let made = numbers.map(|number| event(of, number, named(number), shared));
                    file(ledger, archive, made.collect());
                }
            }
        });
        new = leave(ledger, web, one, "b").leaving.pop();
        split.set(Some(the_split(ledger)));
        let split = split.take().expect("a split");
        // Two at once do no more than one.
        let helper = split.clone();
        scope.spawn(move || carry_out((ledger, archive), helper, &face, &|| true));
        while !carry_out((ledger, archive), split.clone(), &face, &|| true).expect("stores") {
            thread::yield_now();
        }
        digest.join().expect("a digest");
    });
    assert_eq!(ledger.splits().expect("a healthy ledger"), []);
    check_as_plain(ledger, archive, [one, new.expect("a new issue")], two);
}

/// A thousand users are counted by name, the others are a set that nothing can be taken out of.
pub fn users_beyond_those_by_name_leave(ledger: &dyn Ledger) {
    let archive = &*temp_archive();
    let web = project(ledger, "web").id;
    let made = |number: u32| {
        let mut made = event(web, number, named(number), true);
        let user = made.event.user.as_mut().expect("a user");
        user.id = Some(format!("user-{}", number % 1700));
        made
    };
    let one = file(ledger, archive, (1..=2500).map(made).collect())[0];
    assert_eq!(issue(ledger, web, one).user_count, 1700);
    let new = leave(ledger, web, one, "b").leaving[0];
    finish(ledger, archive);
    let users = |is_wanted: fn(u32) -> bool| {
        let numbers = (1..=2500_u32).filter(|number| is_wanted(*number));
        let users: std::collections::BTreeSet<_> = numbers.map(|number| number % 1700).collect();
        users.len() as u64
    };
    let counts = [one, new].map(|id| issue(ledger, web, id).user_count);
    let expect = [
        users(|number| !number.is_multiple_of(3)),
        users(|number| number.is_multiple_of(3)),
    ];
    assert_eq!(counts, expect);
    // Those who stayed are known.
    let again = (1..=2500).filter(|number: &u32| !number.is_multiple_of(3));
    let again = again.map(|number| {
        let mut made = made(number);
        made.event.event_id = EventId(u128::from(number) + 100_000);
        made
    });
    file(ledger, archive, again.collect());
    assert_eq!(issue(ledger, web, one).user_count, expect[0]);
}

/// A crash after any step: the next start goes on from there.
pub fn a_split_goes_on_where_it_was_cut_off(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, two) = one_and_two(ledger, archive);
    // More than one step looks at.
    for (of, shared) in [(web, true), (project_of(ledger, "plain"), false)] {
        let made = (200..400).map(|number| event(of, number, named(number), shared));
        file(ledger, archive, made.collect());
    }
    let new = leave(ledger, web, one, "b").leaving[0];
    let mut stages = Vec::new();
    while let Some(split) = ledger.splits().expect("a healthy ledger").pop() {
        stages.push((split.stage, split.place));
        // What moves is found first, a hundred at a time.
        let moves = split.stage == SplitStage::Move;
        let left = Cell::new(if moves { 3 } else { 1 });
        let goes_on = || left.replace(left.get() - 1) > 0;
        carry_out((ledger, archive), split, &face, &goes_on).expect("healthy stores");
    }
    let steps = |stage| stages.iter().filter(|(of, _)| *of == stage).count();
    let counted = steps(SplitStage::Count);
    assert!(counted > 3, "{counted} steps");
    assert_eq!(steps(SplitStage::Review), counted);
    assert!(steps(SplitStage::Move) > 1, "file by file: {stages:?}");
    check_as_plain(ledger, archive, [one, new], two);
}

/// An event that the ledger has and the archive has not yet is not left behind.
pub fn a_split_waits_for_events_on_their_way(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, two) = one_and_two(ledger, archive);
    let late = |number| event(web, number, named(number), true);
    let on_their_way: Vec<_> = [70, 71, 72].into_iter().map(late).collect();
    let filed = ledger.apply(&filings(&on_their_way), &[]);
    assert!(filed.expect("a ledger").iter().all(|done| done.home == one));
    let new = leave(ledger, web, one, "b").leaving[0];
    let go_on = || carry_out((ledger, archive), the_split(ledger), &face, &|| true);
    for _ in 0..2 {
        assert!(!go_on().expect("healthy stores"), "they are not there");
    }
    let kept: Vec<_> = on_their_way
        .into_iter()
        .map(|made| super::archived(one, made))
        .collect();
    archive.append(&kept).expect("a healthy archive");
    finish(ledger, archive);
    let plain = project_of(ledger, "plain");
    let same = [70, 71, 72].map(|number| event(plain, number, named(number), false));
    file(ledger, archive, same.into());
    check_as_plain(ledger, archive, [one, new], two);
}

/// Many keys leave as one issue, and it comes to an end.
pub fn r15_27_keys_leave_at_once(ledger: &dyn Ledger) {
    let archive = &*temp_archive();
    let web = project(ledger, "web").id;
    let names: Vec<String> = (0..30).map(|number| format!("key {number}")).collect();
    let made =
        (0..900_u32).map(|number| event(web, number + 1, &names[number as usize % 30], true));
    let one = file(ledger, archive, made.collect())[0];
    let keys: Vec<_> = names.iter().skip(3).map(|name| hash(name)).collect();
    let leaving = Leaving {
        keys: &keys,
        parts: &[],
    };
    let left = ledger.unmerge(web, one, &leaving, Actor::System, at(90_000));
    let new = left.expect("a healthy ledger").leaving;
    assert_eq!(new.len(), 1);
    finish(ledger, archive);
    let times = [one, new[0]].map(|id| facts(ledger, archive, web, id));
    let times = times.map(|(counted, .., events)| (counted.0, events.len()));
    assert_eq!(times, [(90, 90), (810, 810)]);
}

/// Events that are stored no more are counted on where they were.
pub fn what_is_stored_no_more_stays_counted(ledger: &dyn Ledger) {
    let archive = &*temp_archive_in_parts();
    let (web, one, [a, _]) = one_and_two(ledger, archive);
    let forgotten = archive.delete_before(web, at(12_000), None);
    let forgotten = forgotten.expect("a healthy archive").events;
    assert_eq!(forgotten, 10);
    let before = issue(ledger, web, one);
    let new = leave(ledger, web, one, "b").leaving[0];
    finish(ledger, archive);
    let (left, new) = (issue(ledger, web, one), issue(ledger, web, new));
    assert_eq!(left.times_seen + new.times_seen, 60);
    let stored = facts(ledger, archive, web, new.id).4.len() as u64;
    assert_eq!(new.times_seen, stored, "exactly those that are stored");
    assert_eq!(left.first_seen, before.first_seen, "by one that is gone");
    assert_eq!(left.user_count, 7);
    let like = issue(ledger, project_of(ledger, "plain"), a);
    assert_eq!(left.last_seen, like.last_seen);
    let hours = ledger.hourly(web, one, at(0)).expect("a chart");
    let counted: u64 = hours.iter().map(|(_, times)| times).sum();
    assert_eq!(counted, left.times_seen);
}
