//! What counting must do: hours and tags of filed events, and forgetting them again.

use std::thread;

use watchpost_model::{Change, Grouped, ProjectId, Status, Tag, UserContext};

use super::{all, apply, apply_one, at, fill, forget, grouped, hash, issue, project};
use crate::limits::KEY_COUNT_MAX;
use crate::{Actor, Ledger, TagCount};

fn counted(tags: &[TagCount], key: &str) -> Vec<(String, u64)> {
    let tags = tags.iter().filter(|tag| tag.key == key);
    tags.map(|tag| (tag.value.clone(), tag.times_seen))
        .collect()
}

/// An event of the user `name`.
pub(super) fn of_user(project: ProjectId, event: u128, name: &str, secs: i64) -> Grouped {
    let mut grouped = grouped(project, event, "boom", secs);
    grouped.event.user = Some(UserContext {
        id: Some(name.to_owned()),
        ..UserContext::default()
    });
    grouped
}

/// No count is lost when workers file into the same issues.
pub fn counts_are_exact_from_many_threads(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    thread::scope(|scope| {
        for worker in 0..4_u128 {
            scope.spawn(move || {
                for batch in 0..10_u128 {
                    let first = worker * 1000 + batch * 20;
                    let batch: Vec<_> = (first..first + 20)
                        .map(|event| grouped(web, event, ["a", "b"][(event % 2) as usize], 10))
                        .collect();
                    apply(ledger, &batch);
                }
            });
        }
    });
    let issues = all(ledger, web);
    let times: Vec<_> = issues.iter().map(|issue| issue.times_seen).collect();
    assert_eq!(times, [400, 400]);
    for issue in issues {
        let hours = ledger.hourly(web, issue.id, at(0)).expect("a chart");
        assert_eq!(hours, [(at(0), 400)]);
        let tags = ledger.issue_tags(web, issue.id, 10).expect("tags");
        assert_eq!(counted(&tags, "level"), [("error".to_owned(), 400)]);
    }
}

/// Events that all bring a key of their own are found by the one that they share.
pub fn keys_of_an_issue_are_bounded(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let most = u128::from(KEY_COUNT_MAX);
    let event = |number: u128| Grouped {
        hashes: vec![hash(&format!("own {number}")), hash("shared")],
        ..grouped(web, number, "boom", 10)
    };
    let batch: Vec<_> = (0..most + 200).map(event).collect();
    for part in batch.chunks(500) {
        apply(ledger, part);
    }
    let [found] = all(ledger, web).try_into().expect("one issue");
    assert_eq!(u128::from(found.times_seen), most + 200);
    let keys = ledger.hashes(web, found.id).expect("keys");
    assert_eq!(keys.len() as u128, most);
    let later = apply_one(ledger, event(most + 500));
    assert_eq!((later.issue, later.change), (found.id, Change::Repeated));
}

/// The first thousand values are kept by name, the rest in one number that is still exact.
pub fn i32_values_of_tags_are_bounded(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch: Vec<_> = (0..1500)
        .map(|number| {
            let mut grouped = grouped(web, number, "boom", 10);
            grouped.event.server_name = Some(format!("host-{number:04}"));
            grouped
        })
        .collect();
    let applied = apply(ledger, &batch);
    let id = applied.first().expect("an answer").issue;
    let count = ledger.value_counts(web, &[id], "server_name");
    assert_eq!(count.expect("counts"), [(id, 1000)]);
    let of_issue = ledger.issue_tags(web, id, 5000).expect("tags");
    let of_project = ledger.tag_values(web, "server_name", 5000).expect("tags");
    for tags in [of_issue, of_project] {
        let values = counted(&tags, "server_name");
        assert_eq!(values.len(), 1001);
        assert_eq!(values.first(), Some(&("(other)".to_owned(), 500)));
        assert_eq!(values.iter().map(|(_, times)| times).sum::<u64>(), 1500);
    }
}

/// A client that invents tag names cannot fill the disk with them.
pub fn i32_keys_of_tags_are_bounded(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch: Vec<_> = (0..500)
        .map(|number| {
            let mut grouped = grouped(web, number, "boom", 10);
            let (key, value) = (format!("key-{number}"), "(other)".to_owned());
            grouped.event.tags = vec![Tag { key, value }];
            grouped
        })
        .collect();
    let applied = apply(ledger, &batch);
    let id = applied.first().expect("an answer").issue;
    let tags = ledger.issue_tags(web, id, 10).expect("tags");
    // 200 of the client's, the level, and all others together.
    assert_eq!(tags.len(), 202);
    let times: u64 = tags.iter().map(|tag| tag.times_seen).sum();
    assert_eq!(
        times, 1000,
        "500 levels and 500 tags: each is counted somewhere"
    );
    assert_eq!(counted(&tags, "(other)").len(), 1);
}

/// An event counts its own fields, its user and its tags, each once.
pub fn tags_and_fields_are_counted(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut full = grouped(web, 1, "boom", 10);
    let event = &mut full.event;
    fill(event);
    event.user = Some(UserContext {
        id: Some("7".to_owned()),
        email: Some("jo@example.org".to_owned()),
        ..UserContext::default()
    });
    let tag = |key: &str, value: &str| Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    // SDKs repeat fields as tags: one event is one event.
    event.tags = vec![
        tag("browser", "Firefox"),
        tag("release", "2.4.1"),
        tag("empty", ""),
    ];
    let mut bare = grouped(web, 2, "boom", 20);
    bare.event.tags = vec![tag("environment", "staging")];
    let applied = apply(ledger, &[full, bare]);
    let id = applied.first().expect("an answer").issue;
    let tags = ledger.issue_tags(web, id, 10).expect("tags");
    let found: Vec<_> = tags
        .iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_str(), tag.times_seen))
        .collect();
    let expect = [
        ("browser", "Firefox", 1),
        ("environment", "production", 1),
        ("environment", "staging", 1),
        ("level", "error", 2),
        ("logger", "shop", 1),
        ("release", "2.4.1", 1),
        ("server_name", "web-1", 1),
        ("site", "shop.example", 1),
        ("url", "http://shop.example/cart", 1),
        ("user", "jo@example.org", 1),
        ("user.id", "7", 1),
    ];
    assert_eq!(found, expect);
    let keys = ledger.tag_keys(web).expect("tags");
    let keys = keys
        .iter()
        .map(|tag| (tag.key.as_str(), tag.times_seen, tag.last_seen));
    let wanted = [
        ("environment", 2, at(20)),
        ("level", 2, at(20)),
        ("user", 1, at(10)),
    ];
    let found: Vec<_> = keys
        .filter(|(key, ..)| wanted.iter().any(|want| want.0 == *key))
        .collect();
    assert_eq!(found, wanted);
    let levels = ledger.tag_values(web, "level", 10).expect("tags");
    let last = levels.first().map(|tag| tag.last_seen);
    assert_eq!(last, Some(at(20)));
    let one_each = ledger.issue_tags(web, id, 1).expect("tags");
    assert_eq!(counted(&one_each, "environment").len(), 1);
    let values = |project, key| {
        let counts = ledger.value_counts(project, &[id], key);
        counts.expect("counts")
    };
    assert_eq!(values(web, "environment"), [(id, 2)]);
    assert_eq!(values(web, "user"), [(id, 1)]);
    assert_eq!(values(web, "nothing"), []);
    let api = project(ledger, "api").id;
    assert_eq!(values(api, "user"), []);
}

/// By the hour in which an event happened.
pub fn hours_are_counted(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let batch = [
        grouped(web, 1, "a", 3600),
        grouped(web, 2, "a", 7199),
        grouped(web, 3, "a", 7200),
        grouped(web, 4, "b", 7200),
        grouped(web, 5, "a", -1),
    ];
    let applied = apply(ledger, &batch);
    let ids: Vec<_> = applied.iter().map(|applied| applied.issue).collect();
    let (a, b) = (ids[0], ids[3]);
    let hourly = |since| ledger.hourly(web, a, at(since)).expect("a chart");
    assert_eq!(
        hourly(-9999),
        [(at(-3600), 1), (at(3600), 2), (at(7200), 1)]
    );
    assert_eq!(hourly(7200), [(at(7200), 1)]);
    let many = ledger.hourly_many(web, &[b, a], at(7200)).expect("charts");
    assert_eq!(many, [(b, at(7200), 1), (a, at(7200), 1)]);
    let foreign = ledger.hourly_many(api, &[b, a], at(0)).expect("charts");
    assert_eq!(foreign, []);
}

/// Old issues go with everything that is counted of them; others stay.
pub fn cleanup_forgets_what_is_old(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let mut batch: Vec<_> = (0..250)
        .map(|number| grouped(web, number, &format!("old {number}"), 10))
        .collect();
    batch.push(grouped(web, 1000, "fresh", 5000));
    batch.push(grouped(api, 1001, "elsewhere", 10));
    let applied = apply(ledger, &batch);
    let old = applied.first().expect("an answer").issue;
    let resolved = ledger.set_status(web, &[old], Status::Resolved, Actor::System, at(20));
    resolved.expect("a healthy ledger");
    let forgotten = forget(ledger, web, 5000, None);
    let mut expect: Vec<_> = applied[..250].iter().map(|applied| applied.issue).collect();
    expect.sort();
    assert_eq!(forgotten, expect);
    let titles: Vec<_> = all(ledger, web)
        .into_iter()
        .map(|issue| issue.title)
        .collect();
    assert_eq!(titles, ["fresh"]);
    assert_eq!(all(ledger, api).len(), 1);
    assert_eq!(ledger.issue_tags(web, old, 10).expect("tags"), []);
    assert_eq!(ledger.hourly(web, old, at(0)).expect("a chart"), []);
    assert_eq!(forget(ledger, web, 5000, None), []);
    assert_eq!(
        ledger.check().expect("a healthy ledger"),
        Vec::<String>::new()
    );
}

/// `cleanup --logger`: what others reported stays.
pub fn cleanup_of_one_logger(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut noisy = grouped(web, 1, "noise", 10);
    noisy.event.logger = Some("http404".to_owned());
    apply(ledger, &[noisy, grouped(web, 2, "boom", 10)]);
    assert_eq!(forget(ledger, web, 5000, Some("http404")).len(), 1);
    let titles: Vec<_> = all(ledger, web)
        .into_iter()
        .map(|issue| issue.title)
        .collect();
    assert_eq!(titles, ["boom"]);
    let again = apply_one(ledger, grouped(web, 2, "boom", 10));
    assert_eq!(again.change, Change::Duplicate, "its event is still known");
}

/// A forgotten issue does not swallow what belongs to it.
pub fn an_event_of_a_forgotten_issue_is_new_again(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let old = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    forget(ledger, web, 5000, None);
    let again = apply_one(ledger, grouped(web, 1, "boom", 6000));
    assert_eq!(again.change, Change::New);
    assert_ne!(again.issue, old, "an id is never given out twice");
    let issue = issue(ledger, web, again.issue);
    assert_eq!((issue.number, issue.times_seen), (2, 1));
}
