//! What is around an issue: links for strangers, tickets, values that came with it, what looks
//! like it, and who deleted it.

use serde_json::json;
use watchpost_model::{Deed, Grouped, IssueId, ProjectId, Tag, UserId};

use super::belonging::user;
use super::{apply_one, at, grouped, issue, message, project};
use crate::limits::TICKET_COUNT_MAX;
use crate::{Actor, DeletedIssue, Forget, Ledger, NewShare};

fn file(ledger: &dyn Ledger, project: ProjectId, name: &str, secs: i64) -> IssueId {
    let event = u128::try_from(secs).expect("a time after 1970");
    apply_one(ledger, grouped(project, event, name, secs)).issue
}

fn with_tag(mut event: Grouped, key: &str, value: &str) -> Grouped {
    event.event.tags.push(Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    });
    event
}

fn deeds(ledger: &dyn Ledger, project: ProjectId, issue: IssueId) -> Vec<(Deed, Option<UserId>)> {
    let entries = ledger.activity(project, issue).expect("a healthy ledger");
    entries.iter().map(|entry| (entry.deed, entry.by)).collect()
}

fn link(number: u8) -> NewShare {
    NewShare {
        hash: [number; 32],
        is_whole: false,
    }
}

/// One link per issue, known by its hash, told in the log.
pub fn strangers_see_an_issue_while_it_is_shared(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let other = project(ledger, "other").id;
    let ada = user(ledger, "ada@example.org");
    let boom = file(ledger, web, "boom", 5);
    let seen = |number: u8| {
        let share = ledger.shared(&[number; 32]).expect("a healthy ledger");
        share.map(|share| (share.project, share.issue, share.is_whole))
    };
    let share = |project, number| ledger.share_issue(project, boom, &link(number), ada, at(9));
    assert_eq!(message(share(other, 1)), "issue does not exist");
    share(web, 1).expect("a link");
    assert_eq!((seen(1), seen(2)), (Some((web, boom, false)), None));
    let known = ledger.share_of(web, boom).expect("a healthy ledger");
    let known = known.expect("a link");
    assert_eq!((known.by, known.created), (Some(ada), at(9)));
    assert_eq!(ledger.share_of(other, boom).expect("healthy"), None);
    share(web, 2).expect("another link");
    assert_eq!((seen(1), seen(2)), (None, Some((web, boom, false))));
    let stop = || ledger.stop_sharing(web, boom, ada, at(10));
    assert!(stop().expect("a healthy ledger"));
    assert!(!stop().expect("a healthy ledger"), "stopped already");
    assert_eq!(seen(2), None);
    let expect = [Deed::SetPrivate, Deed::SetPublic, Deed::SetPublic];
    assert_eq!(
        deeds(ledger, web, boom),
        expect.map(|deed| (deed, Some(ada)))
    );
    share(web, 3).expect("a link");
    let gone = ledger.forget_issues(web, &[boom], Forget::Delete, Actor::System, at(11));
    assert_eq!(gone.expect("a healthy ledger"), [boom]);
    assert_eq!(seen(3), None);
}

/// The link would show what nobody shared.
pub fn w10_a_merged_issue_is_not_shared_any_more(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let ada = user(ledger, "ada@example.org");
    let (one, two) = (file(ledger, web, "one", 5), file(ledger, web, "two", 6));
    file(ledger, web, "two", 7);
    let share = ledger.share_issue(web, one, &link(1), ada, at(9));
    share.expect("a link");
    let merged = ledger.merge(web, &[one, two], Actor::System, at(10));
    let merged = merged.expect("a healthy ledger").expect("a merge");
    assert_eq!(merged.into, two);
    assert_eq!(ledger.shared(&[1; 32]).expect("a healthy ledger"), None);
    let undone = ledger.undo(web, merged.undo, Actor::System, at(11));
    undone.expect("a healthy ledger");
    let shared = ledger.shared(&[1; 32]).expect("a healthy ledger");
    assert_eq!(shared, None, "nobody shared it again");
}

/// Each address once, told in the log; those of a merged issue go with it.
pub fn tickets_are_linked_and_unlinked(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let ada = user(ledger, "ada@example.org");
    let boom = file(ledger, web, "boom", 5);
    let add = |url| ledger.link_ticket(web, boom, (url, "Crash"), ada, at(9));
    add("https://bugs.example/1").expect("a ticket");
    let again = message(add("https://bugs.example/1"));
    assert!(again.ends_with("exists already"), "{again}");
    let all = ledger.tickets(web, boom).expect("a healthy ledger");
    let found = (all[0].url.as_str(), all[0].title.as_str(), all[0].by);
    assert_eq!(found, ("https://bugs.example/1", "Crash", Some(ada)));
    let other = project(ledger, "other").id;
    assert_eq!(ledger.tickets(other, boom).expect("healthy"), []);
    let remove = |project| ledger.unlink_ticket(project, boom, all[0].id, ada, at(10));
    assert_eq!(message(remove(other)), "ticket does not exist");
    remove(web).expect("unlinked");
    assert_eq!(message(remove(web)), "ticket does not exist");
    let expect = [Deed::UnlinkIssue, Deed::CreateIssue];
    assert_eq!(
        deeds(ledger, web, boom),
        expect.map(|deed| (deed, Some(ada)))
    );
}

/// Somebody who clicks all day fills no disk.
pub fn tickets_are_bounded(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let boom = file(ledger, web, "boom", 5);
    let add = |number: u64| {
        let url = format!("https://bugs.example/{number}");
        ledger.link_ticket(web, boom, (&url, ""), UserId(1), at(9))
    };
    for number in 0..TICKET_COUNT_MAX {
        add(number).expect("a ticket");
    }
    assert!(add(TICKET_COUNT_MAX).is_err());
}

/// First and last, frequent ones first, in parts; merged issues are one.
pub fn values_of_a_tag_know_when_they_came(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let say = |event, name, secs, value| {
        apply_one(
            ledger,
            with_tag(grouped(web, event, name, secs), "os", value),
        )
        .issue
    };
    let one = say(1, "one", 10, "Debian");
    say(2, "one", 30, "Debian");
    say(3, "one", 20, "Haiku");
    let values = |issue, part| {
        let found = ledger.issue_tag_values(web, issue, "os", part);
        let (values, count) = found.expect("a healthy ledger");
        let row = |value: crate::IssueValue| {
            let times = (value.first_seen, value.last_seen);
            (value.value, value.times_seen, times)
        };
        (values.into_iter().map(row).collect::<Vec<_>>(), count)
    };
    let debian = ("Debian".to_owned(), 2, (Some(at(10)), at(30)));
    let haiku = ("Haiku".to_owned(), 1, (Some(at(20)), at(20)));
    let all = vec![debian.clone(), haiku.clone()];
    assert_eq!(values(one, (0, 10)), (all, 2));
    assert_eq!(values(one, (1, 1)), (vec![haiku.clone()], 2));
    let two = say(4, "two", 5, "Debian");
    let merged = ledger.merge(web, &[one, two], Actor::System, at(40));
    merged.expect("a healthy ledger").expect("a merge");
    let debian = ("Debian".to_owned(), 3, (Some(at(5)), at(30)));
    assert_eq!(values(one, (0, 10)), (vec![debian, haiku], 2));
    let other = project(ledger, "other").id;
    let found = ledger.issue_tag_values(other, one, "os", (0, 10));
    assert_eq!(found.expect("a healthy ledger"), (Vec::new(), 0));
}

/// What the project knew before is not.
pub fn what_is_new_with_an_issue(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let say = |event, name, secs, value| {
        apply_one(
            ledger,
            with_tag(grouped(web, event, name, secs), "os", value),
        )
        .issue
    };
    say(1, "before", 10, "Debian");
    let boom = say(2, "boom", 500, "Debian");
    say(3, "boom", 510, "Haiku");
    let new = ledger.newcomers(web, boom, &["os", "release"], (at(400), at(600)));
    let new = new.expect("a healthy ledger");
    let new: Vec<_> = new
        .iter()
        .map(|new| (new.key.as_str(), new.value.as_str(), new.first_seen))
        .collect();
    assert_eq!(new, [("os", "Haiku", at(510))]);
}

/// The same title, type or place, what is most alike first.
pub fn issues_that_look_alike(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let say = |event: u128, title: &str, kind: &str, culprit: &str| {
        let mut event = grouped(web, event, &format!("key {event}"), 10);
        (event.title, event.kind, event.culprit) = (title.into(), kind.into(), culprit.into());
        apply_one(ledger, event).issue
    };
    let boom = say(1, "KeyError: a", "KeyError", "shop.pay");
    let place = say(2, "TypeError: b", "TypeError", "shop.pay");
    let kind = say(3, "KeyError: c", "KeyError", "");
    let both = say(4, "KeyError: d", "KeyError", "shop.pay");
    say(5, "ValueError", "ValueError", "shop.cart");
    say(6, "nothing", "", "");
    let found = ledger.alike(web, &issue(ledger, web, boom));
    let found = found.expect("a healthy ledger");
    let found: Vec<_> = found
        .iter()
        .map(|one| (one.issue.id, one.is_title, one.is_kind, one.is_culprit))
        .collect();
    let expect = [
        (both, false, true, true),
        (place, false, false, true),
        (kind, false, true, false),
    ];
    assert_eq!(found, expect);
}

/// Whoever follows an old link is told; other organizations learn nothing.
pub fn who_deleted_an_issue_is_known(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let other = project(ledger, "other").id;
    let ada = user(ledger, "ada@example.org");
    let boom = file(ledger, web, "boom", 5);
    let known = |project, issue| {
        let found = ledger.deleted_issue(&[project], issue);
        found.expect("a healthy ledger")
    };
    assert_eq!(known(web, boom), None);
    let by = Actor::User(ada);
    let gone = ledger.forget_issues(web, &[boom], Forget::Discard, by, at(9));
    gone.expect("a healthy ledger");
    let expect = DeletedIssue {
        number: 1,
        project: web,
        at: at(9),
        by: Some(ada),
        is_discarded: true,
    };
    assert_eq!(known(web, boom), Some(expect));
    assert_eq!(known(other, boom), None);
}

/// Who wants to hear of it, and nobody else.
pub fn who_takes_part_is_subscribed(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let (ada, ben) = (
        user(ledger, "ada@example.org"),
        user(ledger, "ben@example.org"),
    );
    let boom = file(ledger, web, "boom", 5);
    ledger.comment(web, boom, (ada, "hm"), at(6)).expect("said");
    let off = crate::Action::Subscribe(false);
    let acted = ledger.act(web, &[boom], &off, Actor::User(ben), at(7));
    acted.expect("a healthy ledger");
    let subscribers = ledger.subscribers(web, boom).expect("a healthy ledger");
    assert_eq!(subscribers, [ada]);
    let entries = ledger.activity(web, boom).expect("a healthy ledger");
    assert_eq!(entries[0].data, json!({ "text": "hm" }));
}

/// Those of which an event came, the newest first.
pub fn releases_since(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    for (event, release, secs) in [(1, "1.0", 10), (2, "1.1", 20), (3, "1.2", 30)] {
        let mut event = grouped(web, event, "boom", secs);
        event.event.release = Some(release.to_owned());
        apply_one(ledger, event);
    }
    let change = crate::ReleaseChange::default();
    ledger
        .put_release(web, "9.9", &change, at(25))
        .expect("a release");
    let since = |secs, limit| {
        let found = ledger.releases_since(web, at(secs), limit);
        found.expect("a healthy ledger")
    };
    let named = |name: &str, secs| (name.to_owned(), at(secs));
    assert_eq!(since(20, 9), [named("1.2", 30), named("1.1", 20)]);
    assert_eq!(since(0, 1), [named("1.2", 30)]);
    let began = |release| ledger.release_began(web, release).expect("healthy");
    assert_eq!((began("1.1"), began("9.9")), (Some(at(20)), None));
}
