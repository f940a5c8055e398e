//! What filing events must do: [`crate::IssueLedger::apply`] which issue an event gets into.

use std::thread;

use watchpost_model::{
    Applied, Change, Found, Grouped, GroupingHash, Issue, Level, Priority, ProjectId, Status,
    Substatus, Trend,
};

use super::{all, apply, apply_one, at, changes, filings, grouped, hash, issue, project};
use crate::{Actor, Ledger};

/// Retries of SDKs and proxies deliver twice; people must not see it.
pub fn i18_same_event_twice_counts_once(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let first = apply_one(ledger, grouped(web, 7, "boom", 10));
    let again = apply_one(ledger, grouped(web, 7, "boom", 10));
    assert_eq!(
        (first.change, again.change),
        (Change::New, Change::Duplicate)
    );
    assert_eq!(again.issue, first.issue);
    // Also when it would be grouped differently by now.
    let again = apply_one(ledger, grouped(web, 7, "bang", 10));
    assert_eq!(
        (again.change, again.issue),
        (Change::Duplicate, first.issue)
    );
    assert_eq!(issue(ledger, web, first.issue).times_seen, 1);
    assert_eq!(all(ledger, web).len(), 1);
    let hours = ledger.hourly(web, first.issue, at(0)).expect("a chart");
    assert_eq!(hours, [(at(0), 1)]);
}

/// The id of an event is unique within its project only.
pub fn i18_same_event_in_two_projects_counts_in_both(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let batch = [grouped(web, 7, "boom", 10), grouped(api, 7, "boom", 10)];
    let applied = apply(ledger, &batch);
    assert_eq!(changes(&applied), [Change::New, Change::New]);
    assert_eq!(all(ledger, web).len(), 1);
    assert_eq!(all(ledger, api).len(), 1);
}

/// The same delivery on many connections at once.
pub fn i18_same_event_from_many_threads_counts_once(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    apply_one(ledger, grouped(web, 7, "boom", 10));
                }
            });
        }
    });
    let issues = all(ledger, web);
    assert_eq!(issues.len(), 1);
    assert_eq!(issues.first().map(|issue| issue.times_seen), Some(1));
}

/// An upgrade of the algorithm opens no issue for what is known, and asks only once.
pub fn a_key_of_a_version_before_finds_the_issue(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let api = project(ledger, "api").id;
    let newer = |hash: GroupingHash| GroupingHash {
        version: hash.version + 1,
        ..hash
    };
    let (old, new) = (hash("boom"), newer(hash("boom")));
    let first = apply_one(ledger, grouped(web, 1, "boom", 10));
    assert_eq!(first.found, Some(Found::New));
    let event = |id: u128, previous: &[GroupingHash]| Grouped {
        hashes: vec![new, newer(hash("wider"))],
        previous: previous.to_vec(),
        ..grouped(web, id, "boom", 10)
    };
    let found = |applied: &Applied| (applied.issue, applied.change, applied.found.clone());
    let moved = apply_one(ledger, event(2, &[old]));
    let (version, digest) = (old.version, old.hex());
    let how = Found::Previous {
        version,
        hash: digest,
    };
    assert_eq!(found(&moved), (first.issue, Change::Repeated, Some(how)));
    // Now it is known by itself, by any of its keys.
    let again = apply_one(ledger, event(3, &[]));
    let how = Found::Known { hash: new.hex() };
    assert_eq!(found(&again), (first.issue, Change::Repeated, Some(how)));
    // What owns one of the newer keys comes first.
    let other = apply_one(ledger, grouped(web, 4, "bang", 10));
    let both = apply_one(ledger, event(5, &[hash("bang")]));
    assert_eq!(both.issue, first.issue);
    assert_ne!(other.issue, first.issue);
    assert_eq!(all(ledger, web).len(), 2);
    let of_version = |version| ledger.projects_of_version(version).expect("a list");
    assert_eq!(
        (of_version(old.version), of_version(new.version)),
        (vec![web], vec![web])
    );
    assert_eq!(of_version(new.version + 1), []);
    apply_one(ledger, grouped(api, 6, "boom", 10));
    assert_eq!(of_version(old.version), [web, api]);
}

/// Within a batch as between batches.
pub fn one_batch_new_repeated_duplicate(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = [
        grouped(web, 1, "boom", 10),
        grouped(web, 2, "boom", 11),
        grouped(web, 1, "boom", 10),
        grouped(web, 3, "bang", 12),
    ];
    let applied = apply(ledger, &batch);
    let expect = [
        Change::New,
        Change::Repeated,
        Change::Duplicate,
        Change::New,
    ];
    assert_eq!(changes(&applied), expect);
    let ids: Vec<_> = applied.iter().map(|applied| applied.event).collect();
    let sent: Vec<_> = batch.iter().map(|grouped| grouped.event.event_id).collect();
    assert_eq!(ids, sent, "the answers are in the order of the events");
    let first = applied.first().expect("an answer").issue;
    assert_eq!(issue(ledger, web, first).times_seen, 2);
    // Replaying the whole batch, as after a crash, changes nothing.
    let before = all(ledger, web);
    let replayed = apply(ledger, &batch);
    assert!(
        replayed
            .iter()
            .all(|applied| applied.change == Change::Duplicate)
    );
    assert_eq!(all(ledger, web), before);
    assert!(apply(ledger, &[]).is_empty());
}

/// A batch is whatever the spool holds.
pub fn a_batch_of_several_projects(ledger: &dyn Ledger) {
    let projects = ["web", "api", "jobs"].map(|slug| project(ledger, slug).id);
    let batch: Vec<_> = (0..30)
        .zip(projects.iter().cycle())
        .map(|(number, project)| grouped(*project, number, "boom", 10))
        .collect();
    let applied = apply(ledger, &batch);
    for project in projects {
        let issues = all(ledger, project);
        assert_eq!(issues.len(), 1);
        assert_eq!(issues.first().map(|issue| issue.times_seen), Some(10));
        let found = ledger.project_by_id(project).expect("a healthy ledger");
        assert_eq!(found.and_then(|project| project.first_event), Some(at(10)));
    }
    assert!(
        applied
            .iter()
            .zip(&batch)
            .all(|(applied, sent)| applied.project == sent.project)
    );
}

/// All or nothing: the caller sorts out whose project is gone.
pub fn an_unknown_project_files_nothing(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = [
        grouped(web, 1, "boom", 1),
        grouped(ProjectId(99), 2, "boom", 2),
    ];
    let error = ledger
        .apply(&filings(&batch), &[])
        .expect_err("there is no such project");
    assert_eq!(error.to_string(), "project does not exist");
    assert_eq!(all(ledger, web), []);
    assert_eq!(
        apply_one(ledger, grouped(web, 1, "boom", 1)).change,
        Change::New
    );
}

/// The first key that is known decides; keys that nobody owned follow.
pub fn keys_lead_to_one_issue(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let with = |event, names: &[&str]| {
        let mut grouped = grouped(web, event, "boom", 10);
        grouped.hashes = names.iter().map(|name| hash(name)).collect();
        apply_one(ledger, grouped)
    };
    let one = with(1, &["a", "b"]);
    assert_eq!(
        with(2, &["b"]).issue,
        one.issue,
        "it owns all keys of its first event"
    );
    assert_eq!(with(3, &["x", "a"]).issue, one.issue);
    assert_eq!(
        with(4, &["x"]).issue,
        one.issue,
        "and those that came later"
    );
    let two = with(5, &["y"]);
    assert_ne!(two.issue, one.issue);
    assert_eq!(
        with(6, &["y", "a"]).issue,
        two.issue,
        "the most specific key decides"
    );
    assert_eq!(
        with(7, &["a"]).issue,
        one.issue,
        "an owned key stays where it is"
    );
}

/// A digest means nothing without its algorithm.
pub fn keys_of_another_version_do_not_match(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let one = apply_one(ledger, grouped(web, 1, "boom", 10));
    let mut newer = grouped(web, 2, "boom", 10);
    newer.hashes.iter_mut().for_each(|hash| hash.version = 2);
    assert_ne!(apply_one(ledger, newer).issue, one.issue);
}

/// Short ids start at 1 in every project and find their issue.
pub fn numbers_count_per_project(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let batch = [
        grouped(web, 1, "a", 1),
        grouped(api, 2, "a", 1),
        grouped(web, 3, "b", 1),
        grouped(web, 4, "c", 1),
    ];
    let applied = apply(ledger, &batch);
    let numbers: Vec<_> = applied
        .iter()
        .map(|applied| issue(ledger, applied.project, applied.issue).number)
        .collect();
    assert_eq!(numbers, [1, 1, 2, 3]);
    let third = ledger.issue_by_number(web, 3).expect("a healthy ledger");
    assert_eq!(third.map(|issue| issue.title), Some("c".to_owned()));
    assert_eq!(
        ledger.issue_by_number(api, 3).expect("a healthy ledger"),
        None
    );
    assert_eq!(
        ledger
            .issue_by_number(web, u64::MAX)
            .expect("a healthy ledger"),
        None
    );
}

/// Later events count, they do not rename.
pub fn the_first_event_names_the_issue(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut first = grouped(web, 1, "boom", 10);
    first.title = "ValueError: boom".into();
    first.kind = "ValueError".into();
    first.culprit = "shop.views.cart".into();
    first.event.level = Level::Warning;
    first.event.logger = Some("shop".to_owned());
    first.event.platform = "python".into();
    let mut later = grouped(web, 2, "boom", 20);
    later.event.level = Level::Fatal;
    later.event.logger = Some("other".to_owned());
    let applied = apply(ledger, &[first, later]);
    let id = applied.first().expect("an answer").issue;
    let expect = Issue {
        id,
        project: web,
        number: 1,
        title: "ValueError: boom".to_owned(),
        kind: "ValueError".to_owned(),
        value: "boom".to_owned(),
        culprit: "shop.views.cart".to_owned(),
        level: Level::Warning,
        logger: "shop".to_owned(),
        platform: "python".to_owned(),
        status: Status::Unresolved,
        first_seen: at(10),
        last_seen: at(20),
        times_seen: 2,
        score: Issue::score_of(2, at(20)),
        trend: Trend::of(at(10), 2),
        resolved_at: None,
        substatus: Some(Substatus::New),
        condition: None,
        is_reviewed: false,
        priority: Priority::Medium,
        assignee: None,
        user_count: 0,
        first_release: None,
        last_release: None,
    };
    assert_eq!(issue(ledger, web, id), expect);
}

/// The first system's rule: the next event of a resolved issue reopens it, once.
pub fn an_event_brings_a_resolved_issue_back(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    let resolve = || ledger.set_status(web, &[id], Status::Resolved, Actor::System, at(20));
    assert_eq!(resolve().expect("a healthy ledger"), [id]);
    assert_eq!(issue(ledger, web, id).status, Status::Resolved);
    // A repeated delivery is no news.
    let again = apply_one(ledger, grouped(web, 1, "boom", 10));
    assert_eq!(again.change, Change::Duplicate);
    assert_eq!(issue(ledger, web, id).status, Status::Resolved);
    let batch = [grouped(web, 2, "boom", 30), grouped(web, 3, "boom", 31)];
    let applied = apply(ledger, &batch);
    assert_eq!(changes(&applied), [Change::Reopened, Change::Repeated]);
    let after = issue(ledger, web, id);
    assert_eq!((after.status, after.times_seen), (Status::Unresolved, 3));
    assert_eq!(after.resolved_at, Some(at(20)));
    resolve().expect("a healthy ledger");
    let applied = apply_one(ledger, grouped(web, 4, "boom", 40));
    assert_eq!(
        applied.change,
        Change::Reopened,
        "in a batch of its own as well"
    );
}

/// A late event moves neither end the wrong way.
pub fn times_come_from_events(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    for (event, secs) in [(1, 100), (2, 50), (3, 200), (4, 150)] {
        apply_one(ledger, grouped(web, event, "boom", secs));
    }
    let issues = all(ledger, web);
    let issue = issues.first().expect("one issue");
    assert_eq!((issue.first_seen, issue.last_seen), (at(50), at(200)));
    assert_eq!(issue.score, Issue::score_of(4, at(200)));
}

/// Two workers meet the same new error at the same time.
pub fn a_new_key_from_two_threads_makes_one_issue(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    for round in 0..10 {
        let name = format!("boom {round}");
        thread::scope(|scope| {
            for worker in 0..2 {
                let name = &name;
                scope.spawn(move || {
                    apply_one(ledger, grouped(web, round * 2 + worker, name, 10));
                });
            }
        });
    }
    let issues = all(ledger, web);
    assert_eq!(issues.len(), 10);
    assert!(
        issues.iter().all(|issue| issue.times_seen == 2),
        "{issues:?}"
    );
}
