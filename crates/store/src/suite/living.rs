//! What the life of an issue must be: [`crate::LifeLedger`] and what [`crate::IssueLedger::apply`]
//! makes of resolved and archived issues.

use watchpost_model::{
    Bound, Change, Condition, Deed, Fix, Grouped, Issue, IssueId, Level, Priority, ProjectId,
    Status, Substatus, Until,
};

use super::belonging::user;
use super::{apply, apply_one, at, changes, grouped, issue, project};
use crate::{Action, Actor, Forget, Leaving, Ledger, ReleaseChange, Resolve};

const WEEK: i64 = 7 * 24 * 3600;

/// An event in a release.
fn in_release(project: ProjectId, event: u128, release: &str, secs: i64) -> Grouped {
    let mut grouped = grouped(project, event, "boom", secs);
    grouped.event.release = Some(release.to_owned());
    grouped
}

fn act(ledger: &dyn Ledger, web: ProjectId, id: IssueId, action: &Action, secs: i64) -> bool {
    let acted = ledger.act(web, &[id], action, Actor::System, at(secs));
    !acted.expect("a healthy ledger").changed.is_empty()
}

fn stand(issue: &Issue) -> (Status, Option<Substatus>) {
    (issue.status, issue.substatus)
}

fn deeds(ledger: &dyn Ledger, web: ProjectId, id: IssueId) -> Vec<Deed> {
    let activity = ledger.activity(web, id).expect("a healthy ledger");
    activity.iter().rev().map(|entry| entry.deed).collect()
}

fn until(time: Option<i64>, events: Option<Bound>, users: Option<Bound>) -> Action {
    let time = time.map(at);
    Action::Archive(Until::Met {
        time,
        events,
        users,
    })
}

fn more_events(count: u64, window_mins: Option<u32>) -> Action {
    until(None, Some(Bound { count, window_mins }), None)
}

/// New for a week, whatever happens; a look of somebody ends it, too.
pub fn new_issues_become_ongoing(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = [grouped(web, 1, "a", 100), grouped(web, 2, "b", 100)];
    let ids: Vec<_> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    let new = (Status::Unresolved, Some(Substatus::New));
    let ongoing = (Status::Unresolved, Some(Substatus::Ongoing));
    assert_eq!(stand(&issue(ledger, web, ids[0])), new);
    assert!(act(ledger, web, ids[1], &Action::Review, 200));
    assert!(!act(ledger, web, ids[1], &Action::Review, 201));
    let reviewed = issue(ledger, web, ids[1]);
    assert_eq!((stand(&reviewed), reviewed.is_reviewed), (ongoing, true));
    assert_eq!(ledger.age(at(100 + WEEK)).expect("aged").ongoing, 0);
    assert_eq!(ledger.age(at(101 + WEEK)).expect("aged").ongoing, 1);
    assert_eq!(stand(&issue(ledger, web, ids[0])), ongoing);
    assert_eq!(deeds(ledger, web, ids[0]), [Deed::AutoSetOngoing]);
    assert_eq!(ledger.age(at(102 + WEEK)).expect("aged").ongoing, 0);
}

/// Events of older releases leave it resolved, and say so; a newer one brings it back once.
pub fn r26_an_older_release_leaves_it_resolved(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let id = apply_one(ledger, in_release(web, 1, "shop@2.0.0", 10)).issue;
    let fixed = Action::Resolve(Resolve::InRelease("shop@2.1.0".to_owned()));
    assert!(act(ledger, web, id, &fixed, 20));
    assert!(!act(ledger, web, id, &fixed, 21));
    let batch = [
        in_release(web, 2, "shop@2.0.9", 30),
        grouped(web, 3, "boom", 31),
    ];
    let applied = apply(ledger, &batch);
    assert_eq!(changes(&applied), [Change::Repeated, Change::Repeated]);
    let note = applied[0].note.clone().expect("a reason");
    assert!(note.contains("shop@2.0.9 is not newer"), "{note}");
    let still = issue(ledger, web, id);
    assert_eq!((still.status, still.times_seen), (Status::Resolved, 3));
    let newer = in_release(web, 4, "shop@2.1.0", 40);
    assert_eq!(apply_one(ledger, newer).change, Change::Reopened);
    let back = issue(ledger, web, id);
    assert_eq!(
        stand(&back),
        (Status::Unresolved, Some(Substatus::Regressed))
    );
    assert_eq!(back.condition, None);
    let releases = (back.first_release.as_deref(), back.last_release.as_deref());
    assert_eq!(releases, (Some("shop@2.0.0"), Some("shop@2.1.0")));
    let expect = [Deed::SetResolvedInRelease, Deed::SetRegression];
    assert_eq!(deeds(ledger, web, id), expect);
    // A week without events, and it is like any other.
    assert_eq!(ledger.age(at(41 + WEEK)).expect("aged").ongoing, 1);
}

/// "The next release" follows the newest version, not the release that was made last, and a
/// release that one client invents is none.
pub fn r29_r31_the_next_release_follows_the_newest_version(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut batch: Vec<_> = (0..6)
        .map(|number| {
            let release = ["10.24.0", "10.18.7"][usize::from(number >= 3)];
            in_release(
                web,
                number,
                release,
                10 + i64::try_from(number).unwrap_or(0),
            )
        })
        .collect();
    batch.push(in_release(web, 100, "999.9.9", 17));
    let id = apply(ledger, &batch)[0].issue;
    act(
        ledger,
        web,
        id,
        &Action::Resolve(Resolve::InNextRelease),
        20,
    );
    let condition = issue(ledger, web, id).condition;
    let resolution = condition.as_ref().and_then(Condition::resolution);
    let fix = resolution.map(|resolution| resolution.fix.clone());
    assert_eq!(fix, Some(Fix::AfterRelease(Some("10.24.0".to_owned()))));
    for (event, release, expect) in [
        (201, "10.18.8", Change::Repeated),
        (202, "10.24.0", Change::Repeated),
        (203, "10.24.1", Change::Reopened),
    ] {
        let applied = apply_one(ledger, in_release(web, event, release, 30));
        assert_eq!(applied.change, expect, "{release}");
    }
}

/// An event that was on its way when somebody resolved the issue.
pub fn r33_an_event_of_before_the_resolve_changes_nothing(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    act(ledger, web, id, &Action::Resolve(Resolve::Now), 20);
    let applied = apply_one(ledger, grouped(web, 2, "boom", 19));
    assert_eq!(applied.change, Change::Repeated);
    let mut late = grouped(web, 3, "boom", 19);
    late.event.received = at(25);
    assert_eq!(apply_one(ledger, late).change, Change::Repeated);
    assert_eq!(issue(ledger, web, id).status, Status::Resolved);
}

/// The words of a release do not need the release.
pub fn r30_a_resolution_keeps_its_release(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let id = apply_one(ledger, in_release(web, 1, "aaaaaaa", 10)).issue;
    let dated = ReleaseChange {
        released: Some(at(15)),
        is_ignored: None,
    };
    ledger
        .put_release(web, "bbbbbbb", &dated, at(16))
        .expect("kept");
    let fixed = Action::Resolve(Resolve::InRelease("bbbbbbb".to_owned()));
    act(ledger, web, id, &fixed, 20);
    let older = in_release(web, 2, "aaaaaaa", 30);
    assert_eq!(apply_one(ledger, older).change, Change::Repeated);
    let newer = in_release(web, 3, "ccccccc", 40);
    assert_eq!(apply_one(ledger, newer).change, Change::Reopened);
}

/// Until so many more events, in all.
pub fn archived_until_more_events(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    assert!(act(ledger, web, id, &more_events(3, None), 20));
    let archived = (Status::Archived, Some(Substatus::UntilCondition));
    assert_eq!(stand(&issue(ledger, web, id)), archived);
    assert_eq!(ledger.status_counts(web).expect("counts").archived, 1);
    let batch = [grouped(web, 2, "boom", 30), grouped(web, 3, "boom", 31)];
    assert_eq!(changes(&apply(ledger, &batch)), [Change::Repeated; 2]);
    assert_eq!(changes(&apply(ledger, &batch)), [Change::Duplicate; 2]);
    assert_eq!(stand(&issue(ledger, web, id)), archived, "two of three");
    let third = apply_one(ledger, grouped(web, 4, "boom", 32));
    assert_eq!(third.change, Change::Reopened);
    let back = issue(ledger, web, id);
    assert_eq!(stand(&back), (Status::Unresolved, Some(Substatus::Ongoing)));
    assert_eq!(
        deeds(ledger, web, id),
        [Deed::SetIgnored, Deed::SetUnresolved]
    );
}

/// Until so many events within a time: old ones do not add up.
pub fn archived_until_events_within_a_time(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    act(ledger, web, id, &more_events(2, Some(60)), 20);
    let day = 24 * 3600;
    for (event, secs) in [(2, day), (3, 2 * day)] {
        let applied = apply_one(ledger, grouped(web, event, "boom", secs));
        assert_eq!(applied.change, Change::Repeated, "{secs}");
    }
    let soon = apply_one(ledger, grouped(web, 4, "boom", 2 * day + 60));
    assert_eq!(soon.change, Change::Reopened);
}

/// Until so many users more, known ones not counted.
pub fn archived_until_more_users(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let of = |event: u128, name: &str, secs| super::counting::of_user(web, event, name, secs);
    let id = apply_one(ledger, of(1, "ada", 10)).issue;
    let users = Bound {
        count: 2,
        window_mins: None,
    };
    act(ledger, web, id, &until(None, None, Some(users)), 20);
    for (event, name, expect) in [
        (2, "ada", Change::Repeated),
        (3, "bob", Change::Repeated),
        (4, "bob", Change::Repeated),
        (5, "cleo", Change::Reopened),
    ] {
        let applied = apply_one(ledger, of(event, name, 30));
        assert_eq!(applied.change, expect, "{event}");
    }
    assert_eq!(issue(ledger, web, id).user_count, 3);
}

/// Until a moment: the next event after it, or the house by itself.
pub fn archived_for_a_time(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = [grouped(web, 1, "a", 10), grouped(web, 2, "b", 10)];
    let ids: Vec<_> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    for id in &ids {
        act(ledger, web, *id, &until(Some(100), None, None), 20);
    }
    let early = apply_one(ledger, grouped(web, 3, "a", 99));
    assert_eq!(early.change, Change::Repeated);
    assert_eq!(ledger.age(at(99)).expect("aged").opened, 0);
    let late = apply_one(ledger, grouped(web, 4, "a", 100));
    assert_eq!(late.change, Change::Reopened);
    assert_eq!(ledger.age(at(100)).expect("aged").opened, 1);
    assert_eq!(issue(ledger, web, ids[1]).status, Status::Unresolved);
}

/// Far more events than before within an hour, counted through batches; forever is forever.
pub fn archived_until_escalating(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut first = [grouped(web, 1, "loud", 10), grouped(web, 2, "never", 10)];
    first[0].event.level = Level::Warning;
    let ids: Vec<_> = apply(ledger, &first)
        .iter()
        .map(|done| done.issue)
        .collect();
    act(ledger, web, ids[0], &Action::Archive(Until::Escalating), 20);
    act(ledger, web, ids[1], &Action::Archive(Until::Forever), 20);
    // The busiest hour had one event: more than ten are an escalation.
    for batch in 0..2_u128 {
        let events = (0..5).map(|event| 100 + batch * 10 + event);
        let events: Vec<_> = events
            .flat_map(|event| {
                let never = grouped(web, event + 1000, "never", 4000);
                [grouped(web, event, "loud", 4000), never]
            })
            .collect();
        let applied = apply(ledger, &events);
        assert!(applied.iter().all(|done| done.change == Change::Repeated));
    }
    let eleventh = apply_one(ledger, grouped(web, 200, "loud", 4001));
    assert_eq!(eleventh.change, Change::Reopened);
    let back = issue(ledger, web, ids[0]);
    let escalating = (Status::Unresolved, Some(Substatus::Escalating));
    assert_eq!((stand(&back), back.priority), (escalating, Priority::High));
    let never = issue(ledger, web, ids[1]);
    assert_eq!(stand(&never), (Status::Archived, Some(Substatus::Forever)));
    // It calms down, and so does its priority.
    ledger.age(at(5000 + WEEK)).expect("aged");
    let calm = issue(ledger, web, ids[0]);
    assert_eq!(
        (calm.substatus, calm.priority),
        (Some(Substatus::Ongoing), Priority::Medium)
    );
}

/// Somebody's word on priority is kept.
pub fn priority_is_of_the_level_until_somebody_says_otherwise(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut batch = [grouped(web, 1, "a", 10), grouped(web, 2, "b", 10)];
    batch[0].event.level = Level::Info;
    batch[1].event.level = Level::Fatal;
    let ids: Vec<_> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    let priority = |id| issue(ledger, web, id).priority;
    assert_eq!(
        (priority(ids[0]), priority(ids[1])),
        (Priority::Low, Priority::High)
    );
    assert!(act(
        ledger,
        web,
        ids[1],
        &Action::Prioritize(Priority::Low),
        20
    ));
    assert!(!act(
        ledger,
        web,
        ids[1],
        &Action::Prioritize(Priority::Low),
        21
    ));
    act(ledger, web, ids[1], &Action::Archive(Until::Escalating), 22);
    act(ledger, web, ids[1], &Action::Open, 23);
    assert_eq!(priority(ids[1]), Priority::Low);
}

/// The right id in the wrong project changes nothing and tells nothing.
pub fn w10_issues_of_another_project_are_not_changed(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let ada = user(ledger, "ada@example.org");
    let id = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    ledger
        .comment(web, id, (ada, "ours"), at(11))
        .expect("said");
    let before = issue(ledger, web, id);
    assert!(!act(ledger, api, id, &Action::Resolve(Resolve::Now), 20));
    assert!(!act(ledger, api, id, &Action::Bookmark(true), 20));
    let actor = Actor::User(ada);
    assert_eq!(ledger.activity(api, id).expect("none"), []);
    assert_eq!(ledger.hashes(api, id).expect("none"), []);
    assert_eq!(ledger.family(api, id).expect("none"), []);
    assert!(ledger.comment(api, id, (ada, "theirs"), at(20)).is_err());
    assert_eq!(ledger.comment_counts(api, &[id]).expect("none"), []);
    let forgotten = ledger.forget_issues(api, &[id], Forget::Delete, actor, at(20));
    assert_eq!(forgotten.expect("none"), []);
    assert!(
        ledger
            .unmerge(api, id, &Leaving::default(), actor, at(20))
            .is_err()
    );
    assert_eq!(issue(ledger, web, id), before);
}
