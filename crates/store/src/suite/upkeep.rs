//! What keeps a ledger small whatever clients send: bounds on issues, tags and outcomes.

use watchpost_model::{Change, Grouped, Outcome, OutcomeCount, ProjectId, Tag};

use super::{all, apply, apply_one, at, forget, grouped, issue, project};
use crate::limits::{NEW_ISSUES_PER_HOUR_MAX, OUTCOME_CLIENT_ROW_COUNT_MAX};
use crate::{Actor, ClockWatch, Forget, Ledger, TagCount, Trimmed};

const HOUR: i64 = 3600;
/// As many new kinds of events as fit into an hour.
const FULL: u128 = NEW_ISSUES_PER_HOUR_MAX as u128;

/// Events that are one of their kind each.
fn kinds(project: ProjectId, numbers: std::ops::Range<u128>, secs: i64) -> Vec<Grouped> {
    let kind = |number| grouped(project, number, &format!("kind {number}"), secs);
    numbers.map(kind).collect()
}

fn unresolved(ledger: &dyn Ledger, project: ProjectId) -> u64 {
    let counts = ledger.status_counts(project).expect("a healthy ledger");
    counts.unresolved
}

/// A client that draws its fingerprints at random fills one issue, and nobody else's project.
pub fn i31_new_issues_are_bounded_per_project_and_hour(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    apply(ledger, &kinds(web, 0..FULL - 1, 10));
    let last = kinds(web, FULL - 1..FULL + 500, 20);
    let applied = apply(ledger, &last);
    assert_eq!(applied[0].change, Change::New);
    assert_eq!(applied[0].note, None);
    let overflow = applied[1].issue;
    assert_eq!(applied[1].change, Change::New);
    assert!(applied[2..].iter().all(|applied| applied.issue == overflow));
    assert_eq!(unresolved(ledger, web), NEW_ISSUES_PER_HOUR_MAX + 1);
    let found = issue(ledger, web, overflow);
    assert_eq!(found.times_seen, 500);
    assert!(
        found
            .title
            .starts_with("Too many new issues: more than 1000")
    );
    let note = applied[1].note.as_deref().unwrap_or_default();
    assert!(
        note.contains("1000 new issues in the hour from 1970-01-01T00:00:00"),
        "{note}"
    );
    // Known kinds are not hindered, nor are other projects.
    let known = apply_one(ledger, grouped(web, 100_000, "kind 3", 30));
    assert_eq!((known.change, known.note), (Change::Repeated, None));
    let elsewhere = apply(ledger, &kinds(api, 0..10, 30));
    assert!(
        elsewhere
            .iter()
            .all(|applied| applied.change == Change::New)
    );
    // An hour later the same kinds get issues of their own.
    let later = apply(ledger, &kinds(web, 200_000..200_010, HOUR));
    assert!(later.iter().all(|applied| applied.change == Change::New));
    let again = apply_one(ledger, grouped(web, 300_000, &last[5].title, HOUR));
    assert_eq!((again.change, again.note), (Change::New, None));
}

/// An event that was put there stays there, and says why, however often it is shown.
pub fn i31_a_replay_of_a_flood_decides_the_same(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let flood = kinds(web, 0..FULL + 20, 10);
    let first = apply(ledger, &flood);
    let before = all(ledger, web);
    let again = apply(ledger, &flood);
    assert_eq!(all(ledger, web), before);
    for (first, again) in first.iter().zip(&again) {
        assert_eq!((first.issue, &first.note), (again.issue, &again.note));
        assert_eq!(again.change, Change::Duplicate);
    }
}

/// The next flood is collected anew; it was never one kind of event that somebody did not want.
pub fn i31_a_discarded_flood_is_collected_anew(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let overflow = apply(ledger, &kinds(web, 0..FULL + 2, 10))[1000].issue;
    let gone = ledger.forget_issues(web, &[overflow], Forget::Discard, Actor::System, at(11));
    assert_eq!(gone.expect("discarded"), [overflow]);
    let known = apply_one(ledger, grouped(web, 50_000, "kind 3", 20));
    assert_eq!((known.change, known.note), (Change::Repeated, None));
    let more = apply(ledger, &kinds(web, 60_000..60_002, 20));
    assert_eq!(more[0].change, Change::New);
    assert_eq!(more[1].issue, more[0].issue);
    assert!(more[1].note.is_some());
    let later = apply(ledger, &kinds(web, 70_000..70_002, 3 * HOUR));
    assert!(later.iter().all(|applied| applied.change == Change::New));
}

/// F10: an hour in the far future must not stop new issues until that hour has come.
pub fn i31_a_clock_that_was_set_back_blocks_nobody(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    apply(ledger, &kinds(web, 0..FULL, 10_000 * HOUR));
    let mixed = apply_one(ledger, grouped(web, 50_000, "late", 9_999 * HOUR));
    assert!(
        mixed.note.is_some(),
        "the hour before arrives mixed with this one"
    );
    let back = apply(ledger, &kinds(web, 60_000..60_010, 10));
    assert!(back.iter().all(|applied| applied.note.is_none()));
}

/// A hundred thousand users, URLs and hosts take the room of the first thousand.
pub fn i32_many_values_take_little_room(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut issue = None;
    for batch in 0..50_u128 {
        let events = batch * 2000..(batch + 1) * 2000;
        let batch: Vec<_> = events
            .map(|number| {
                let mut grouped = grouped(web, number, "boom", 10);
                grouped.event.server_name = Some(format!("host-{number}"));
                grouped.event.tags = vec![Tag {
                    key: format!("key-{number}"),
                    value: format!("value-{number}"),
                }];
                grouped
            })
            .collect();
        issue = apply(ledger, &batch).first().map(|applied| applied.issue);
    }
    let issue = issue.expect("an issue");
    let of_issue = ledger.issue_tags(web, issue, 5000).expect("tags");
    let hosts = |tags: &[TagCount]| tags.iter().filter(|tag| tag.key == "server_name").count();
    assert_eq!(hosts(&of_issue), 1001, "1,000 by name, one for all others");
    // The fields have room beside the keys of clients: level, server_name, 200 keys, (other).
    assert_eq!(of_issue.len(), 1 + 1001 + 200 + 1);
    let sum = |key: &str| -> u64 {
        let tags = of_issue.iter().filter(|tag| tag.key == key);
        tags.map(|tag| tag.times_seen).sum()
    };
    assert_eq!(sum("server_name"), 100_000);
    assert_eq!(sum("(other)"), 100_000 - 200);
    let of_project = ledger.tag_values(web, "server_name", 5000).expect("tags");
    assert_eq!(hosts(&of_project), 1001);
}

fn report(project: ProjectId, word: &str, outcome: Outcome, hour: i64) -> OutcomeCount {
    OutcomeCount {
        project: Some(project),
        key: None,
        category: word.to_owned(),
        outcome,
        reason: word.to_owned(),
        hour: at(hour * HOUR),
        quantity: 1,
    }
}

/// Reports of clients name what they like; the ledger stays small, and our own words always count.
pub fn i32_words_of_clients_are_bounded(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let discarded = Outcome::ClientDiscarded;
    for restart in 0..4 {
        let words = (0..OUTCOME_CLIENT_ROW_COUNT_MAX)
            .map(|word| report(web, &format!("word-{restart}-{word}"), discarded, 1));
        let words: Vec<_> = words.collect();
        ledger.add_outcomes(&words).expect("a healthy ledger");
    }
    let ours = report(web, "not_json", Outcome::Invalid, 1);
    let known = report(web, "word-0-7", discarded, 1);
    ledger
        .add_outcomes(&[ours, known])
        .expect("a healthy ledger");
    let counts = ledger.outcomes(Some(web), at(0)).expect("a healthy ledger");
    assert_eq!(counts.len() as u64, OUTCOME_CLIENT_ROW_COUNT_MAX + 2);
    let of = |word: &str| -> u64 {
        let same = counts.iter().filter(|count| count.category == word);
        same.map(|count| count.quantity).sum()
    };
    assert_eq!(of("other"), 3 * OUTCOME_CLIENT_ROW_COUNT_MAX);
    assert_eq!((of("not_json"), of("word-0-7")), (1, 2));
}

/// Counts of hours long gone; events that never reached the archive are as old at most.
pub fn old_outcomes_are_trimmed(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let old: Vec<_> = (0..40)
        .flat_map(|hour| (0..300).map(move |word| (hour, format!("word-{word}"))))
        .map(|(hour, word)| report(web, &word, Outcome::Invalid, hour))
        .collect();
    ledger.add_outcomes(&old).expect("a healthy ledger");
    let nobody = OutcomeCount {
        project: None,
        ..report(web, "unknown_key", Outcome::Invalid, 1)
    };
    ledger.add_outcomes(&[nobody]).expect("a healthy ledger");
    apply(ledger, &[grouped(web, 1, "boom", HOUR)]);
    apply(ledger, &[grouped(web, 2, "boom", 39 * HOUR)]);
    let trimmed = ledger.trim(at(39 * HOUR + 59)).expect("a healthy ledger");
    assert_eq!(trimmed.outcomes, 39 * 300 + 1 + 1);
    assert_eq!(trimmed.unsettled, 1);
    let left = ledger.outcomes(None, at(0)).expect("a healthy ledger");
    assert_eq!(left.len(), 300 + 1);
    assert_eq!(ledger.unsettled(None, 10).expect("a ledger").len(), 1);
    let again = ledger.trim(at(39 * HOUR)).expect("a healthy ledger");
    assert_eq!(again, Trimmed::default());
}

/// Charts reach back some weeks; an issue that is seen for years keeps no more than that.
pub fn old_hours_are_trimmed(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch: Vec<_> = (0..100)
        .map(|hour: u8| grouped(web, u128::from(hour), "boom", i64::from(hour) * HOUR))
        .chain([grouped(web, 1000, "young", 99 * HOUR)])
        .collect();
    let applied = apply(ledger, &batch);
    let trimmed = ledger.trim(at(90 * HOUR)).expect("a healthy ledger");
    assert_eq!(trimmed.hours, 90);
    let left = |place: usize| {
        let hours = ledger.hourly(web, applied[place].issue, at(0));
        hours.expect("a chart").len()
    };
    assert_eq!((left(0), left(100)), (10, 1));
    assert_eq!(issue(ledger, web, applied[0].issue).times_seen, 100);
}

/// The retention task's memory survives it.
pub fn the_clock_watch_is_remembered(ledger: &dyn Ledger) {
    assert_eq!(ledger.clock_watch().expect("a healthy ledger"), None);
    let watch = ClockWatch {
        trusted: at(10),
        seen: at(20),
        leapt: Some(at(15)),
    };
    for watch in [
        watch,
        ClockWatch {
            leapt: None,
            ..watch
        },
    ] {
        ledger.set_clock_watch(&watch).expect("a healthy ledger");
        assert_eq!(ledger.clock_watch().expect("a ledger"), Some(watch));
    }
}

/// The choices of a filter are what can be found.
pub fn cleanup_takes_tags_out_of_the_project(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let on = |event, name: &str, secs, host: &str| {
        let mut grouped = grouped(web, event, name, secs);
        grouped.event.server_name = Some(host.to_owned());
        grouped.event.release = (host == "web-1").then(|| "1.0".to_owned());
        grouped
    };
    let batch = [
        on(1, "old", 10, "web-1"),
        on(2, "old", 10, "web-2"),
        on(3, "fresh", 9000, "web-2"),
    ];
    apply(ledger, &batch);
    forget(ledger, web, 5000, None);
    let hosts = ledger.tag_values(web, "server_name", 10).expect("tags");
    let hosts: Vec<_> = hosts
        .iter()
        .map(|tag| (&*tag.value, tag.times_seen))
        .collect();
    assert_eq!(hosts, [("web-2", 1)]);
    assert_eq!(ledger.tag_values(web, "release", 10).expect("tags"), []);
    let levels = ledger.tag_values(web, "level", 10).expect("tags");
    assert_eq!(levels[0].times_seen, 1);
    forget(ledger, web, 10_000, None);
    assert_eq!(ledger.tag_values(web, "level", 10).expect("tags"), []);
    // What is gone leaves its room to others.
    apply(ledger, &[on(4, "new", 20_000, "web-3")]);
    let hosts = ledger.tag_values(web, "server_name", 10).expect("tags");
    assert_eq!(hosts.len(), 1);
}

/// A value that the project had no room for is taken from the others; the room is given back.
pub fn cleanup_takes_what_was_not_counted_by_name(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let on = |event: u128, name: &str, secs| {
        let mut grouped = grouped(web, event, name, secs);
        grouped.event.server_name = Some(format!("host-{event}"));
        grouped
    };
    let fresh: Vec<_> = (0..1000).map(|event| on(event, "fresh", 9000)).collect();
    apply(ledger, &fresh);
    let old: Vec<_> = (5000..5100).map(|event| on(event, "old", 10)).collect();
    apply(ledger, &old);
    let times = || -> Vec<u64> {
        let hosts = ledger.tag_values(web, "server_name", 2000).expect("tags");
        hosts.iter().map(|tag| tag.times_seen).collect()
    };
    assert_eq!((times().len(), times().first()), (1001, Some(&100)));
    forget(ledger, web, 5000, None);
    assert_eq!(times(), vec![1; 1000]);
    forget(ledger, web, 10_000, None);
    assert_eq!(times(), Vec::<u64>::new());
    apply(ledger, &[on(9999, "new", 20_000)]);
    assert_eq!(times(), [1]);
}
