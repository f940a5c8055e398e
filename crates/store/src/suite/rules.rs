//! What rules and filtered events must do. An engine runs it with
//! `rules_suite!(rules, temp_ledger());`.

use watchpost_model::{
    EventId, FilterReason, Filters, Glimpse, IssueId, KeyId, Outcome, ProjectId, Rules, Unwanted,
    UserId,
};

use super::{apply_one, at, grouped, message, project};
use crate::limits::{FILTERED_EVENT_COUNT_MAX, RULES_CHANGE_COUNT_MAX};
use crate::{Actor, FilteredUnsettled, Ledger, Shown};

/// Runs every case against an empty ledger.
#[macro_export]
macro_rules! rules_suite {
    ($name:ident, $open:expr) => {
        mod $name {
            use super::*;
            $crate::suite_cases!($open, rules:
                a_project_has_the_usual_rules_at_first,
                a_change_is_seen_by_all_and_can_be_undone,
                what_changes_nothing_is_not_remembered,
                changes_are_bounded,
                changes_from_many_threads_are_all_kept,
                i18_a_filtered_record_is_counted_once,
                i18_a_record_that_was_let_go_is_not_counted_again,
                i18_what_was_filed_before_a_crash_is_filed_again,
                i18_a_replay_of_the_quarantine_is_counted_once,
                another_spool_begins_anew_with_filtered_records_too,
                glimpses_are_the_last_of_each_reason,
                w10_rules_and_glimpses_stay_within_their_project,
            );
        }
    };
}

fn localhost(rules: &mut Rules) {
    rules.filters.localhost = true;
}

fn change(
    ledger: &dyn Ledger,
    project: ProjectId,
    change: &dyn Fn(&mut Rules),
    secs: i64,
) -> Rules {
    let user = Actor::User(UserId(7));
    let changed = ledger.change_rules(project, change, user, at(secs));
    changed.expect("a healthy ledger")
}

fn rules(ledger: &dyn Ledger, project: ProjectId) -> Rules {
    ledger.rules(project).expect("a healthy ledger")
}

/// Nobody decided anything yet.
pub fn a_project_has_the_usual_rules_at_first(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    assert_eq!(rules(ledger, web), Rules::default());
    assert!(ledger.all_rules().expect("a healthy ledger").is_empty());
    let lost = ledger.change_rules(ProjectId(99), &localhost, Actor::System, at(1));
    assert_eq!(message(lost), "project does not exist");
}

/// Who changed what, and what it was before.
pub fn a_change_is_seen_by_all_and_can_be_undone(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let generation = || ledger.key_generation().expect("a healthy ledger");
    let before = generation();
    let first = change(ledger, web, &localhost, 10);
    assert!(first.filters.localhost && generation() > before);
    let second = |rules: &mut Rules| "a -> b".clone_into(&mut rules.grouping.fingerprint_rules);
    let done = ledger.change_rules(web, &second, Actor::System, at(20));
    let second = done.expect("a healthy ledger");
    assert!(second.filters.localhost, "the change before is still there");
    assert_eq!(rules(ledger, web), second);
    let changes = ledger.rules_changes(web).expect("a healthy ledger");
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.changed, change.user, &change.before))
        .collect();
    let usual = Rules::default();
    assert_eq!(
        told,
        [(at(20), None, &first), (at(10), Some(UserId(7)), &usual)]
    );
    let undo = |rules: &mut Rules| rules.clone_from(&first);
    assert_eq!(change(ledger, web, &undo, 30), first);
    let all = ledger.all_rules().expect("a healthy ledger");
    let all: Vec<_> = all
        .into_iter()
        .map(|(project, rules)| (project, rules.expect("rules that can be read")))
        .collect();
    assert_eq!(all, [(web, first)]);
}

/// Saving a form as it was shown is no change.
pub fn what_changes_nothing_is_not_remembered(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    change(ledger, web, &|_| (), 10);
    change(ledger, web, &localhost, 20);
    change(ledger, web, &localhost, 30);
    let changes = ledger.rules_changes(web).expect("a healthy ledger");
    assert_eq!(changes.len(), 1);
}

/// A script that changes rules all day fills no disk.
pub fn changes_are_bounded(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    for number in 0..=RULES_CHANGE_COUNT_MAX {
        let flip = |rules: &mut Rules| rules.filters.localhost ^= true;
        change(ledger, web, &flip, i64::try_from(number).unwrap_or(0));
    }
    let changes = ledger.rules_changes(web).expect("a healthy ledger");
    assert_eq!(changes.len() as u64, RULES_CHANGE_COUNT_MAX);
    assert_eq!(changes.last().map(|change| change.changed), Some(at(1)));
}

/// Two people save two pages at once; neither undoes the other.
pub fn changes_from_many_threads_are_all_kept(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    std::thread::scope(|scope| {
        for number in 0..4 {
            let add = move |rules: &mut Rules| rules.filters.releases.push(number.to_string());
            scope.spawn(move || change(ledger, web, &add, 1));
        }
    });
    let mut releases = rules(ledger, web).filters.releases;
    releases.sort();
    assert_eq!(releases, ["0", "1", "2", "3"]);
}

fn unwanted(project: ProjectId, event: u128, reason: &'static str) -> Unwanted {
    Unwanted {
        project,
        key: KeyId(1),
        event: EventId(event),
        received: at(10),
        reason: FilterReason {
            name: reason,
            pattern: "*boom*".to_owned(),
        },
        glimpse: Glimpse {
            title: format!("boom {event}"),
            ..Glimpse::default()
        },
    }
}

fn from_spool(unwanted: Unwanted, seq: u64) -> FilteredUnsettled {
    FilteredUnsettled {
        unwanted,
        spooled: (seq > 0).then_some(seq),
        known: None,
    }
}

fn count(ledger: &dyn Ledger, events: &[FilteredUnsettled], committed: u64) -> Vec<Shown> {
    let shown = ledger.count_filtered(events, committed);
    shown.expect("a healthy ledger")
}

fn counted(ledger: &dyn Ledger, project: ProjectId) -> u64 {
    let counts = ledger.outcomes(Some(project), at(-1_000_000));
    let counts = counts.expect("a healthy ledger").into_iter();
    let same = counts.filter(|count| count.outcome == Outcome::Filtered);
    same.map(|count| count.quantity).sum()
}

fn remembered(ledger: &dyn Ledger) -> Vec<(u64, ProjectId, EventId)> {
    ledger.filtered_unsettled().expect("a healthy ledger")
}

/// The spool shows it again after a crash; a client that sends it twice is counted twice.
pub fn i18_a_filtered_record_is_counted_once(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let first = from_spool(unwanted(web, 7, "localhost"), 1);
    assert_eq!(
        count(ledger, std::slice::from_ref(&first), 0),
        [Shown::Filtered]
    );
    assert_eq!(remembered(ledger), [(1, web, EventId(7))]);
    let again = from_spool(unwanted(web, 7, "localhost"), 2);
    assert_eq!(count(ledger, &[first, again], 0), [Shown::Filtered; 2]);
    assert_eq!(counted(ledger, web), 2);
    let third = from_spool(unwanted(web, 8, "localhost"), 3);
    count(ledger, &[third], 2);
    assert_eq!(remembered(ledger), [(3, web, EventId(8))]);
    let sample = ledger
        .filtered_events(web, at(0))
        .expect("a healthy ledger");
    assert_eq!(sample.len(), 3);
}

/// A power cut may take the spool far back.
pub fn i18_a_record_that_was_let_go_is_not_counted_again(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let of = |seq: u64| from_spool(unwanted(web, seq.into(), "localhost"), seq);
    count(ledger, &[of(1), of(2)], 0);
    count(ledger, &[of(3)], 2);
    assert_eq!(
        count(ledger, &[of(1), of(2), of(3), of(4)], 0),
        [Shown::Filtered; 4]
    );
    assert_eq!(counted(ledger, web), 4);
}

/// The rules changed between the crash and the replay.
pub fn i18_what_was_filed_before_a_crash_is_filed_again(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let filing = crate::Filing {
        spooled: Some(5),
        ..crate::Filing::new(grouped(web, 7, "boom", 10))
    };
    ledger.apply(&[filing], &[]).expect("a healthy ledger");
    let unsettled = from_spool(unwanted(web, 7, "localhost"), 5);
    assert_eq!(count(ledger, &[unsettled], 4), [Shown::Filed]);
    let archived = FilteredUnsettled {
        known: Some(IssueId(1)),
        ..from_spool(unwanted(web, 8, "localhost"), 4)
    };
    assert_eq!(count(ledger, &[archived], 4), [Shown::Filed]);
    let delivered_again = FilteredUnsettled {
        known: Some(IssueId(1)),
        ..from_spool(unwanted(web, 7, "localhost"), 6)
    };
    assert_eq!(count(ledger, &[delivered_again], 5), [Shown::Filtered]);
    assert_eq!(counted(ledger, web), 1);
}

/// It has no number; its id is remembered until the quarantine has forgotten it.
pub fn i18_a_replay_of_the_quarantine_is_counted_once(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let replayed = || from_spool(unwanted(web, 7, "localhost"), 0);
    count(ledger, &[replayed()], 10);
    count(ledger, &[replayed()], 10);
    assert_eq!(counted(ledger, web), 1);
    assert_eq!(remembered(ledger), [(0, web, EventId(7))]);
    ledger.settle_filtered_replays().expect("a healthy ledger");
    assert!(remembered(ledger).is_empty());
    let filed = apply_one(ledger, grouped(web, 8, "boom", 10));
    let known = FilteredUnsettled {
        known: Some(filed.issue),
        ..from_spool(unwanted(web, 8, "localhost"), 0)
    };
    assert_eq!(count(ledger, &[known], 10), [Shown::Filed]);
}

/// Numbers of another spool say nothing.
pub fn another_spool_begins_anew_with_filtered_records_too(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let of = |seq| from_spool(unwanted(web, 7, "localhost"), seq);
    count(ledger, &[of(1000)], 999);
    ledger.spool_reaches(5).expect("a healthy ledger");
    assert!(remembered(ledger).is_empty());
    count(ledger, &[of(3)], 2);
    assert_eq!(counted(ledger, web), 2);
}

/// So many that people see what they filter, so few that a flood costs nothing.
pub fn glimpses_are_the_last_of_each_reason(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let last = FILTERED_EVENT_COUNT_MAX * 3;
    for seq in 1..=last {
        count(
            ledger,
            &[from_spool(unwanted(web, seq.into(), "localhost"), seq)],
            seq - 1,
        );
    }
    let batch: Vec<_> = (last..2 * last)
        .map(|seq| from_spool(unwanted(web, seq.into(), "web-crawlers"), seq))
        .collect();
    count(ledger, &batch, last);
    let sample = ledger
        .filtered_events(web, at(0))
        .expect("a healthy ledger");
    assert_eq!(sample.len() as u64, 2 * FILTERED_EVENT_COUNT_MAX);
    let newest = sample.first().expect("a glimpse");
    assert_eq!(newest.event, EventId(u128::from(2 * last - 1)));
    assert_eq!(
        (&*newest.reason, &*newest.pattern),
        ("web-crawlers", "*boom*")
    );
    assert_eq!(newest.glimpse.title, format!("boom {}", 2 * last - 1));
    let later = ledger
        .filtered_events(web, at(11))
        .expect("a healthy ledger");
    assert!(later.is_empty());
    let forgotten = ledger.forget_filtered(at(11)).expect("a healthy ledger");
    assert_eq!(forgotten, 2 * FILTERED_EVENT_COUNT_MAX);
}

/// The right question about the wrong project finds nothing.
pub fn w10_rules_and_glimpses_stay_within_their_project(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    change(ledger, web, &localhost, 10);
    count(ledger, &[from_spool(unwanted(web, 7, "localhost"), 1)], 0);
    assert_eq!(rules(ledger, api).filters, Filters::default());
    assert!(
        ledger
            .rules_changes(api)
            .expect("a healthy ledger")
            .is_empty()
    );
    let sample = ledger
        .filtered_events(api, at(0))
        .expect("a healthy ledger");
    assert!(sample.is_empty());
}
