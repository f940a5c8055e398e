//! What counting exactly once must do, with crashes anywhere between ledger, archive and spool.

use watchpost_model::{Applied, Change, EventId, Grouped, KeyId, Outcome, OutcomeCount, ProjectId};

use super::{apply_one, at, changes, forget, grouped, issue, project};
use crate::{Filing, Grain, Ledger, OutcomeField, OutcomeQuery, UNKEPT_REASON, Unkept};

/// The event as record `seq` of the spool.
fn spooled(grouped: Grouped, seq: u64) -> Filing {
    Filing {
        spooled: Some(seq),
        ..Filing::new(grouped)
    }
}

fn file(ledger: &dyn Ledger, filings: &[Filing], settled: &[(ProjectId, EventId)]) -> Vec<Applied> {
    let applied = ledger.apply(filings, settled);
    applied.expect("a healthy ledger")
}

/// How many events of a project ended so.
fn ended(ledger: &dyn Ledger, project: ProjectId, outcome: Outcome) -> u64 {
    let counts = ledger.outcomes(Some(project), at(-1_000_000));
    let counts = counts.expect("a healthy ledger").into_iter();
    let same = counts.filter(|count| count.outcome == outcome);
    same.map(|count| count.quantity).sum()
}

fn unsettled(ledger: &dyn Ledger) -> Vec<(ProjectId, EventId)> {
    ledger.unsettled(None, 1000).expect("a healthy ledger")
}

/// Once the archive has an event, the ledger keeps nothing of its id.
pub fn i18_a_settled_event_is_known_by_the_archive(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let first = file(ledger, &[spooled(grouped(web, 7, "boom", 10), 1)], &[]);
    assert_eq!(unsettled(ledger), [(web, EventId(7))]);
    let second = spooled(grouped(web, 8, "boom", 10), 2);
    file(ledger, &[second], &[(web, EventId(7))]);
    assert_eq!(unsettled(ledger), [(web, EventId(8))]);
    let again = Filing {
        known: Some(first[0].issue),
        ..spooled(grouped(web, 7, "boom", 10), 3)
    };
    let again = file(ledger, &[again], &[]);
    assert_eq!(
        (again[0].change, again[0].issue),
        (Change::Duplicate, first[0].issue)
    );
    assert_eq!(issue(ledger, web, first[0].issue).times_seen, 2);
    assert_eq!(unsettled(ledger), [(web, EventId(8))], "nothing is added");
}

/// A second delivery is an outcome of its own; what a crash shows twice is not.
pub fn i18_duplicates_are_counted_as_such_and_replays_are_not(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let boom = |event, seq| spooled(grouped(web, event, "boom", 10), seq);
    let batch = [boom(1, 10), boom(2, 11), boom(1, 12)];
    let first = file(ledger, &batch, &[]);
    let expect = [Change::New, Change::Repeated, Change::Duplicate];
    assert_eq!(changes(&first), expect);
    let ends = || {
        let accepted = ended(ledger, web, Outcome::Accepted);
        (accepted, ended(ledger, web, Outcome::Duplicate))
    };
    assert_eq!(ends(), (2, 1));
    // The archive has none of them; the spool shows all again, and a client comes in between.
    let mut replay = batch.to_vec();
    replay.push(boom(2, 13));
    assert_eq!(changes(&file(ledger, &replay, &[])), [Change::Duplicate; 4]);
    assert_eq!(ends(), (2, 2), "the one that is new to the ledger");
    // The archive has them all, and they are settled; the spool is even further behind.
    for filing in &mut replay {
        filing.known = Some(first[0].issue);
    }
    let settled = [(web, EventId(1)), (web, EventId(2))];
    file(ledger, &replay, &settled);
    assert_eq!(ends(), (2, 2));
    assert_eq!(issue(ledger, web, first[0].issue).times_seen, 2);
}

/// Ids are unique within a project only, also when they are forgotten.
pub fn i18_a_settled_event_of_another_project_is_new(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let of = |project, seq| spooled(grouped(project, 7, "boom", 10), seq);
    file(ledger, &[of(web, 1)], &[]);
    let applied = file(ledger, &[of(api, 2)], &[(web, EventId(7))]);
    assert_eq!(changes(&applied), [Change::New]);
    assert_eq!(unsettled(ledger), [(api, EventId(7))]);
    // An issue of another project is no answer to "where is it".
    let foreign = Filing {
        known: Some(applied[0].issue),
        ..of(web, 3)
    };
    assert_eq!(changes(&file(ledger, &[foreign], &[])), [Change::Repeated]);
}

/// What the archive could not take was counted all the same: from the quarantine it is only kept.
pub fn f01_an_event_that_never_reached_the_archive_is_not_counted_again(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let first = file(ledger, &[spooled(grouped(web, 7, "boom", 10), 1)], &[]);
    for seq in 2..50 {
        let event = grouped(web, u128::from(seq) * 100, "bang", 10);
        file(ledger, &[spooled(event, seq)], &[]);
    }
    let replayed = file(ledger, &[Filing::new(grouped(web, 7, "boom", 10))], &[]);
    assert_eq!(
        (replayed[0].change, replayed[0].issue),
        (Change::Duplicate, first[0].issue)
    );
    assert_eq!(ended(ledger, web, Outcome::Duplicate), 0);
    assert_eq!(ended(ledger, web, Outcome::Accepted), 49);
}

/// How many events of a project were accepted, quarantined and duplicates.
fn ends(ledger: &dyn Ledger, project: ProjectId) -> [u64; 3] {
    let outcomes = [Outcome::Accepted, Outcome::Quarantined, Outcome::Duplicate];
    outcomes.map(|outcome| ended(ledger, project, outcome))
}

fn refuse(ledger: &dyn Ledger, project: ProjectId, events: &[u128]) {
    let unkept = |event: &u128| Unkept {
        project,
        event: EventId(*event),
        key: KeyId(1),
    };
    let unkept: Vec<_> = events.iter().map(unkept).collect();
    ledger.count_unkept(&unkept).expect("a healthy ledger");
}

/// It ends in one outcome, whatever a crash repeats; its issue has it all the while.
pub fn f23_what_the_archive_cannot_take_is_quarantined_until_it_is_settled(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let boom = |event, seq| spooled(grouped(web, event, "boom", 10), seq);
    let batch = [boom(1, 1), boom(2, 2), boom(2, 3)];
    let id = file(ledger, &batch, &[])[0].issue;
    for _ in 0..2 {
        // Both deliveries of the second, and one that nobody filed. Then the spool shows all again.
        refuse(ledger, web, &[2, 2, 99]);
        assert_eq!(ends(ledger, web), [1, 1, 1]);
        file(ledger, &batch, &[]);
        assert_eq!(ends(ledger, web), [1, 1, 1]);
    }
    // A client sends it once more, in vain.
    file(ledger, &[boom(2, 4)], &[]);
    refuse(ledger, web, &[2]);
    assert_eq!(ends(ledger, web), [1, 1, 2]);
    let settle = |events: &[u128]| {
        let events: Vec<_> = events.iter().map(|event| (web, EventId(*event))).collect();
        ledger.settle(&events).expect("a healthy ledger")
    };
    assert_eq!(settle(&[1, 2]), 1, "accepted only now");
    assert_eq!(settle(&[1, 2]), 0);
    refuse(ledger, web, &[1, 2]);
    assert_eq!(ends(ledger, web), [2, 1, 2], "the archive has both");
    assert_eq!(issue(ledger, web, id).times_seen, 2);
    assert_eq!(unsettled(ledger), []);
}

/// An event that was quarantined elsewhere, and comes from there.
pub fn f23_a_replay_that_the_archive_cannot_take_counts_nothing_twice(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let replay = Filing::new(grouped(web, 7, "boom", 10));
    for _ in 0..2 {
        file(ledger, std::slice::from_ref(&replay), &[]);
        refuse(ledger, web, &[7]);
        assert_eq!(ends(ledger, web), [0, 0, 0]);
    }
    // With the next batch, as usual.
    let next = spooled(grouped(web, 8, "boom", 10), 1);
    file(ledger, &[next], &[(web, EventId(7))]);
    assert_eq!(ends(ledger, web), [2, 0, 0]);
}

/// Sums by hour and by day follow, and what is used up is not listed.
pub fn f23_what_the_archive_cannot_take_is_moved_within_its_hour_and_day(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = [(1, 3600), (2, 3700), (3, 7200)];
    let batch = batch.map(|(event, secs)| spooled(grouped(web, event, "boom", secs), 1));
    file(ledger, &batch, &[]);
    refuse(ledger, web, &[2, 3]);
    let counts = ledger.outcomes(Some(web), at(0)).expect("a healthy ledger");
    let counts: Vec<_> = counts
        .iter()
        .map(|count| (count.hour, count.outcome, &*count.reason, count.quantity))
        .collect();
    let expect = [
        (at(3600), Outcome::Accepted, "", 1),
        (at(3600), Outcome::Quarantined, UNKEPT_REASON, 1),
        (at(7200), Outcome::Quarantined, UNKEPT_REASON, 1),
    ];
    assert_eq!(counts, expect);
    for (grain, accepted) in [(Grain::Hour, &[1][..]), (Grain::Day, &[1])] {
        let query = OutcomeQuery {
            grain,
            by: vec![OutcomeField::Time, OutcomeField::Key],
            outcomes: Some(vec![Outcome::Accepted]),
            ..OutcomeQuery::new(vec![web], at(0), at(86_399))
        };
        let sums = ledger.outcome_sums(&query).expect("a healthy ledger");
        let sums: Vec<_> = sums.iter().map(|sum| sum.quantity).collect();
        assert_eq!(sums, accepted, "{grain:?}");
    }
}

/// A spool that was deleted numbers from 1 again; its duplicates count.
pub fn f01_another_spool_begins_anew(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let boom = |seq| spooled(grouped(web, 7, "boom", 10), seq);
    file(ledger, &[boom(1000)], &[]);
    ledger.spool_reaches(1000).expect("a healthy ledger");
    file(ledger, &[boom(999)], &[]);
    assert_eq!(ended(ledger, web, Outcome::Duplicate), 0, "the same spool");
    ledger.spool_reaches(0).expect("a healthy ledger");
    file(ledger, &[boom(1)], &[]);
    assert_eq!(ended(ledger, web, Outcome::Duplicate), 1);
}

/// What the digest set aside comes again after a crash.
pub fn f01_records_that_were_set_aside_are_counted_once(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let set_aside = |seqs: &[u64], expect: u64| {
        let count = OutcomeCount {
            project: Some(web),
            key: None,
            category: "error".to_owned(),
            outcome: Outcome::Quarantined,
            reason: "parse".to_owned(),
            hour: at(10).floor_to_hour(),
            quantity: 1,
        };
        let ends: Vec<_> = seqs.iter().map(|seq| (*seq, count.clone())).collect();
        ledger.count_set_aside(&ends).expect("a healthy ledger");
        assert_eq!(ended(ledger, web, Outcome::Quarantined), expect, "{seqs:?}");
    };
    // Others of the same batch may be filed first.
    file(ledger, &[spooled(grouped(web, 7, "boom", 10), 9)], &[]);
    set_aside(&[3, 3, 5], 3);
    set_aside(&[3, 3, 5], 3);
    set_aside(&[5, 6], 4);
    ledger.spool_reaches(9).expect("a healthy ledger");
    set_aside(&[6], 4);
    ledger.spool_reaches(0).expect("a healthy ledger");
    set_aside(&[1], 5);
    // None of it makes a filing a replay.
    file(ledger, &[spooled(grouped(web, 7, "boom", 10), 1)], &[]);
    assert_eq!(ended(ledger, web, Outcome::Duplicate), 1);
}

/// `cleanup` forgets the issue first. An event of it that comes back is not swallowed.
pub fn an_event_of_a_forgotten_issue_is_new_although_the_archive_has_it(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let old = apply_one(ledger, grouped(web, 1, "boom", 10)).issue;
    forget(ledger, web, 5000, None);
    assert_eq!(unsettled(ledger), []);
    let again = Filing {
        known: Some(old),
        ..spooled(grouped(web, 1, "boom", 10), u64::MAX >> 1)
    };
    let again = file(ledger, &[again], &[]);
    assert_eq!(again[0].change, Change::New);
    assert_ne!(again[0].issue, old);
    assert_eq!(unsettled(ledger), [(web, EventId(1))]);
}

/// After a start, step by step.
pub fn leftovers_are_listed_and_settled(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let batch: Vec<_> = (1..=5)
        .map(|event| Filing::new(grouped(web, event, "boom", 10)))
        .chain([Filing::new(grouped(api, 3, "boom", 10))])
        .collect();
    file(ledger, &batch, &[]);
    let mut found = Vec::new();
    loop {
        let step = ledger.unsettled(found.last().copied(), 2);
        let step = step.expect("a healthy ledger");
        if step.is_empty() {
            break;
        }
        found.extend(step);
    }
    let of_web = (1..=5).map(|event| (web, EventId(event)));
    let expect: Vec<_> = of_web.chain([(api, EventId(3))]).collect();
    assert_eq!(found, expect);
    let gone = [(web, EventId(2)), (web, EventId(3))];
    ledger.settle(&gone).expect("a healthy ledger");
    ledger.settle(&gone).expect("settling again is harmless");
    ledger.settle(&[]).expect("nothing to do");
    assert_eq!(unsettled(ledger).len(), 4);
    assert!(!unsettled(ledger).contains(&(web, EventId(3))));
}

/// In the transaction of the events, by project, key and hour of receipt.
pub fn outcomes_are_counted_with_the_events(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let mut late = grouped(web, 3, "boom", 7300);
    late.event.timestamp = at(10);
    late.key = KeyId(9);
    let batch = [
        grouped(web, 1, "boom", 3600),
        grouped(web, 2, "bang", 3700),
        late,
        grouped(api, 4, "boom", 3600),
    ]
    .map(Filing::new);
    file(ledger, &batch, &[]);
    let counts = ledger.outcomes(None, at(0)).expect("a healthy ledger");
    let counts: Vec<_> = counts
        .iter()
        .map(|count| {
            assert_eq!((&*count.category, &*count.reason), ("error", ""));
            assert_eq!(count.outcome, Outcome::Accepted);
            let key = count.key.map(|key| key.0);
            (count.project, key, count.hour, count.quantity)
        })
        .collect();
    let expect = [
        (Some(web), Some(1), at(3600), 2),
        (Some(api), Some(1), at(3600), 1),
        (Some(web), Some(9), at(7200), 1),
    ];
    assert_eq!(counts, expect);
    // A batch that fails counts nothing.
    let failing = [
        Filing::new(grouped(web, 5, "boom", 3600)),
        Filing::new(grouped(ProjectId(99), 6, "boom", 3600)),
    ];
    ledger.apply(&failing, &[]).expect_err("no such project");
    assert_eq!(ended(ledger, web, Outcome::Accepted), 3);
}
