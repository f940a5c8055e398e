//! What belongs to an issue: its users, its releases, what people say about it and want of it.

use std::thread;

use watchpost_model::{Assignee, Deed, Priority, UserId};

use super::counting::of_user;
use super::{apply, apply_one, at, grouped, issue, message, project};
use crate::{Action, Actor, Asker, IssueQuery, Ledger, NewUser, ReleaseChange, Sort};

pub(super) fn user(ledger: &dyn Ledger, email: &str) -> UserId {
    let new = NewUser {
        email,
        name: "Ada",
        password_hash: "none",
    };
    ledger.create_user(&new, at(0)).expect("a new user").id
}

/// Each user counts once, through batches, threads and replays, beyond those counted by name too.
pub fn users_are_counted_once(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = |first: u128| {
        let users = first..first + 500;
        let events = users.map(|number| of_user(web, number, &format!("u{number}"), 10));
        events.collect::<Vec<_>>()
    };
    let id = apply(ledger, &batch(0))[0].issue;
    assert_eq!(issue(ledger, web, id).user_count, 500);
    thread::scope(|scope| {
        for worker in 0..3 {
            scope.spawn(move || apply(ledger, &batch(worker * 500)));
        }
    });
    assert_eq!(issue(ledger, web, id).user_count, 1500);
    // The same users in other events, some of them beyond those that are counted by name.
    let again = (5000..5100_u128).map(|event| {
        let name = format!("u{}", (event - 5000) * 15);
        of_user(web, event, &name, 20)
    });
    apply(ledger, &again.collect::<Vec<_>>());
    apply(ledger, &batch(1000));
    let found = issue(ledger, web, id);
    assert_eq!((found.user_count, found.times_seen), (1500, 1600));
}

/// Exact up to ten thousand, then near it, and never less than before.
pub fn many_users_are_estimated(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let (mut id, mut last) = (None, 0);
    for round in 0..24_u128 {
        let users = round * 500..(round + 1) * 500;
        let events = users.map(|number| of_user(web, number, &format!("u{number}"), 10));
        let applied = apply(ledger, &events.collect::<Vec<_>>());
        let of = *id.get_or_insert(applied[0].issue);
        let count = issue(ledger, web, of).user_count;
        let expect = u64::try_from((round + 1) * 500).unwrap_or(0);
        if expect <= 10_000 {
            assert_eq!(count, expect);
        }
        assert!(
            count.abs_diff(expect) * 100 <= expect * 7,
            "{count} of {expect}"
        );
        assert!(count >= last, "{count} after {last}");
        last = count;
    }
}

/// The digest finds releases, people name them; each counts its events.
pub fn releases_are_found_and_named(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let of = |project, event, release: &str, secs| {
        let mut grouped = grouped(project, event, "boom", secs);
        grouped.event.release = Some(release.to_owned());
        grouped
    };
    let batch = [
        of(web, 1, "shop@1.0", 30),
        of(web, 2, "shop@1.0", 10),
        of(web, 3, "shop@1.1", 20),
        of(api, 4, "shop@1.0", 40),
    ];
    apply(ledger, &batch);
    apply(ledger, &batch);
    let change = ReleaseChange {
        released: Some(at(50)),
        is_ignored: Some(true),
    };
    ledger
        .put_release(web, "shop@0.9", &change, at(60))
        .expect("kept");
    ledger
        .put_release(web, "shop@1.1", &ReleaseChange::default(), at(60))
        .expect("kept");
    let releases = ledger.releases(web, None, 10).expect("a healthy ledger");
    let rows: Vec<_> = releases
        .iter()
        .map(|release| (release.version.as_str(), release.events, release.is_ignored))
        .collect();
    let expect = [
        ("shop@0.9", 0, true),
        ("shop@1.1", 1, false),
        ("shop@1.0", 2, false),
    ];
    assert_eq!(rows, expect);
    let first = ledger.release(web, "shop@1.0").expect("a healthy ledger");
    let first = first.expect("it is there");
    assert_eq!((first.first_seen, first.last_seen), (at(10), at(30)));
    assert_eq!(first.new_issues, 1);
    assert_eq!(
        ledger.release(api, "shop@1.1").expect("a healthy ledger"),
        None
    );
}

/// Comments are their writer's.
pub fn comments_are_written_changed_and_deleted(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let (ada, bob) = (
        user(ledger, "ada@example.org"),
        user(ledger, "bob@example.org"),
    );
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    let said = ledger.comment(web, id, (ada, "It is the cache"), at(20));
    let said = said.expect("a comment");
    assert_eq!((said.by, said.text("text")), (Some(ada), "It is the cache"));
    assert_eq!(
        ledger.comment_counts(web, &[id]).expect("counts"),
        [(id, 1)]
    );
    let theirs = ledger.edit_comment(web, id, said.id, (bob, Some("No")));
    assert_eq!(message(theirs), "comment does not exist");
    let changed = ledger.edit_comment(web, id, said.id, (ada, Some("It is the disk")));
    let changed = changed.expect("a comment").expect("still there");
    assert_eq!(
        (changed.id, changed.text("text")),
        (said.id, "It is the disk")
    );
    assert_eq!(changed.at, at(20));
    let long = "ä".repeat(20_000);
    let long = ledger
        .comment(web, id, (bob, &long), at(30))
        .expect("a comment");
    assert!(long.text("text").len() <= 16 * 1024);
    ledger
        .edit_comment(web, id, said.id, (ada, None))
        .expect("deleted");
    let left = ledger.activity(web, id).expect("a healthy ledger");
    assert_eq!(left, [long]);
    // Who takes part hears of it, unless they said no.
    let personal = ledger.personal(web, &[id], ada).expect("a healthy ledger");
    assert_eq!(personal[0].1.is_subscribed, Some(true));
}

/// Bookmarks are of one person, assignees of all.
pub fn people_and_issues(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let (ada, bob) = (
        user(ledger, "ada@example.org"),
        user(ledger, "bob@example.org"),
    );
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    let act = |actor, action: &Action, secs| {
        let acted = ledger.act(web, &[id], action, actor, at(secs));
        !acted.expect("a healthy ledger").changed.is_empty()
    };
    let by_ada = Actor::User(ada);
    assert!(act(by_ada, &Action::Bookmark(true), 20));
    assert!(!act(by_ada, &Action::Bookmark(true), 21));
    assert!(act(by_ada, &Action::See, 22));
    assert!(act(Actor::User(bob), &Action::Subscribe(false), 23));
    assert!(!act(Actor::System, &Action::Bookmark(true), 24));
    let of_ada = ledger.personal(web, &[id], ada).expect("a healthy ledger")[0].1;
    assert!(of_ada.is_bookmarked && of_ada.is_subscribed.is_none());
    assert_eq!(of_ada.seen, Some(at(22)));
    // Bob is asked to look after it, but did not want to hear of it.
    let to_bob = Assignee::User(bob);
    assert!(act(by_ada, &Action::Assign(Some(to_bob)), 30));
    assert!(!act(by_ada, &Action::Assign(Some(to_bob)), 31));
    assert_eq!(issue(ledger, web, id).assignee, Some(to_bob));
    let of_bob = ledger.personal(web, &[id], bob).expect("a healthy ledger")[0].1;
    assert_eq!(of_bob.is_subscribed, Some(false));
    assert!(act(by_ada, &Action::Assign(None), 32));
    let nobody = Action::Assign(Some(Assignee::User(UserId(99))));
    let refused = ledger.act(web, &[id], &nobody, by_ada, at(33));
    assert_eq!(message(refused), "user does not exist");
    assert!(act(by_ada, &Action::Prioritize(Priority::Low), 34));
    let log = ledger.activity(web, id).expect("a healthy ledger");
    let deeds: Vec<_> = log
        .iter()
        .rev()
        .map(|entry| (entry.deed, entry.by))
        .collect();
    let expect = [Deed::Assigned, Deed::Unassigned, Deed::SetPriority];
    assert_eq!(deeds, expect.map(|deed| (deed, Some(ada))));
}

/// What people and releases are to issues can be searched for, and denied.
pub fn issues_are_found_by_what_belongs_to_them(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let ada = user(ledger, "ada@example.org");
    let mut first = of_user(web, 1, "u1", 10);
    first.event.release = Some("shop@1.0".to_owned());
    let ids = [
        apply_one(ledger, first).issue,
        apply_one(ledger, grouped(web, 2, "other", 11)).issue,
    ];
    let by_ada = Actor::User(ada);
    for action in [
        Action::Assign(Some(Assignee::User(ada))),
        Action::Bookmark(true),
        Action::Prioritize(Priority::Low),
    ] {
        let acted = ledger.act(web, &ids[..1], &action, by_ada, at(20));
        acted.expect("a healthy ledger");
    }
    let asker = Asker {
        user: Some(ada),
        ..Asker::at(at(30))
    };
    for text in [
        "assigned:me",
        "assigned:ada@example.org",
        "is:assigned",
        "bookmarks:me",
        "priority:low",
        "userCount:>0",
        "firstRelease:shop@1.*",
    ] {
        let found = |text: &str| {
            let query = IssueQuery::parse(web, text, Sort::default(), asker);
            let page = ledger.find_issues(&query.expect("a search"));
            let rows = page.expect("a healthy ledger").rows;
            rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(found(text), ids[..1], "{text}");
        assert_eq!(found(&format!("!{text}")), ids[1..], "not {text}");
    }
}
