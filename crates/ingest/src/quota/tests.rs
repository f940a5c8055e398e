//! Windows at their borders, and the threshold of a spike against hand-made weeks.

use watchpost_model::{Outcome, OutcomeCount, ProjectId};

use super::spike::{Hour, hours_of, threshold};
use super::*;
use crate::tests::house::quota;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

const KEY: KeyId = KeyId(1);

/// How many of `tries` errors pass at each of `moments`.
fn check(quotas: &[Quota], tries: usize, moments: &[i64], expect: &[usize]) {
    let meters = Meters::default();
    let allowances = meters.allowances(KEY, quotas, &[]);
    let passed = |secs: &i64| {
        let tries =
            (0..tries).filter(|_| meters.take(&allowances, Charge::ERROR, at(*secs)).is_ok());
        tries.count()
    };
    let passed: Vec<usize> = moments.iter().map(passed).collect();
    assert_eq!(passed, expect, "{quotas:?} at {moments:?}");
}

#[test]
fn i29_a_window_lets_through_what_its_limit_says() {
    let minute = quota(None, 5, 60);
    check(
        std::slice::from_ref(&minute),
        50,
        &[0, 59, 60, 119, 180],
        &[5, 0, 5, 0, 5],
    );
    // Late requests at the border count in the new window.
    check(std::slice::from_ref(&minute), 3, &[60, 59, 60], &[3, 2, 0]);
    check(&[quota(Some("error"), 0, 60)], 9, &[0, 60], &[0, 0]);
    check(&[quota(Some("session"), 0, 60)], 9, &[0, 60], &[9, 9]);
    // None is charged when one refuses: the hour still has room for the second minute.
    let hour = quota(Some("error"), 8, 3600);
    check(&[minute, hour], 50, &[0, 60, 120], &[5, 3, 0]);
}

#[test]
fn i29_two_keys_share_the_quota_of_their_project() {
    let meters = Meters::default();
    let shared = [quota(None, 10, 60)];
    let first = meters.allowances(KEY, &[quota(None, 4, 60)], &shared);
    let second = meters.allowances(KeyId(2), &[], &shared);
    let take = |allowances: &[Allowance]| meters.take(allowances, Charge::ERROR, at(0));
    assert_eq!((0..9).filter(|_| take(&first).is_ok()).count(), 4);
    assert_eq!((0..90).filter(|_| take(&second).is_ok()).count(), 6);
    let both = take(&first).unwrap_err();
    let scopes: Vec<_> = both.limits.iter().map(|limit| limit.scope.name()).collect();
    assert_eq!(scopes, ["key", "project"]);
    assert_eq!(both.reason, "key_quota");
    assert_eq!(take(&second).unwrap_err().reason, "project_quota");
}

#[test]
fn a_changed_limit_keeps_what_is_used_and_a_refund_gives_it_back() {
    let meters = Meters::default();
    let few = meters.allowances(KEY, &[quota(None, 3, 60)], &[]);
    for _ in 0..3 {
        meters.take(&few, Charge::ERROR, at(7)).unwrap();
    }
    assert_eq!(meters.exhausted(&few, at(8)).len(), 1);
    let more = meters.allowances(KEY, &[quota(None, 4, 60)], &[]);
    assert_eq!(meters.exhausted(&more, at(8)), []);
    meters.take(&more, Charge::ERROR, at(8)).unwrap();
    assert!(meters.check(&more, Charge::ERROR, at(9)).is_err());
    meters.give_back(&more, Charge::ERROR, at(8));
    assert!(meters.check(&more, Charge::ERROR, at(9)).is_ok());
    // Of a window that is over there is nothing to give back.
    for _ in 0..4 {
        meters.take(&more, Charge::ERROR, at(60)).unwrap();
    }
    meters.give_back(&more, Charge::ERROR, at(59));
    assert!(meters.check(&more, Charge::ERROR, at(61)).is_err());
}

#[test]
fn clients_are_told_until_when_and_what() {
    let check = |quota: Quota, now: i64, expect: &str| {
        let meters = Meters::default();
        let none = Quota {
            limit: 0,
            ..quota.clone()
        };
        let allowances =
            meters.allowances(KEY, &[], &[if quota.limit == 0 { none } else { quota }]);
        let taken = (0..9).find_map(|_| meters.take(&allowances, Charge::ERROR, at(now)).err());
        assert_eq!(taken.unwrap().limits[0].to_string(), expect);
    };
    check(quota(None, 1, 60), 0, "60::project:project_quota");
    check(quota(None, 1, 60), 59, "1::project:project_quota");
    check(
        quota(Some("error"), 1, 3600),
        3,
        "3597:error;default:project:project_quota",
    );
    check(
        quota(Some("default"), 0, 3600),
        3,
        "60:error;default:project:project_quota",
    );
}

#[test]
fn an_attachment_counts_as_an_item_and_as_bytes() {
    let body = b"{}\n{\"type\":\"attachment\",\"length\":5}\nhello\n\
        {\"type\":\"log\",\"item_count\":3}\n{\"items\":[]}\n\
        {\"type\":\"log\",\"item_count\":999999}\n{}\n{\"type\":\"session\"}\n{}\n\
        {\"type\":\"client_report\"}\n{}\n{\"type\":\"mystery\"}\n{}\n";
    let limits = watchpost_protocol::envelope::EnvelopeLimits::USUAL;
    let envelope = watchpost_protocol::envelope::Envelope::parse(body, &limits).unwrap();
    let counted = |category: Option<&str>| {
        let charges = envelope.items.iter().filter_map(Charge::of);
        charges
            .map(|charge| charge.counted_by(category))
            .sum::<u64>()
    };
    assert_eq!(envelope.items.len(), 5, "the second log is surplus");
    assert_eq!(counted(Some("attachment")), 5);
    assert_eq!(counted(Some("attachment_item")), 1);
    assert_eq!(counted(Some("log_item")), 3);
    assert_eq!(counted(Some("log_byte")), 12);
    assert_eq!(counted(Some("session")), 1);
    assert_eq!(counted(None), 3, "reports and unknown kinds are free");
}

fn week(taken: impl Fn(usize) -> u64) -> Vec<Hour> {
    let hour = |place| Hour {
        taken: taken(place),
        refused: 0,
    };
    (0..168).map(hour).collect()
}

#[test]
fn the_threshold_follows_the_week() {
    let check = |what: &str, hours: &[Hour], expect: u64| {
        assert_eq!(threshold(hours), expect, "{what}");
    };
    check("a new project", &[], 500);
    check("a silent one", &week(|_| 0), 500);
    check("a quiet one", &week(|_| 20), 500);
    check("a steady one", &week(|_| 1000), 3000);
    // 2000 on one hour of the day, which is the coming one, and 100 else: the factor is at its
    // bound of 6, and the same hours weigh 48 of 209.
    let daily = week(|place| if (place + 1) % 24 == 0 { 2000 } else { 100 });
    check("the busy hour comes", &daily, 3219);
    let other = week(|place| if (place + 1) % 24 == 12 { 2000 } else { 100 });
    check("a quiet hour comes", &other, 982);
    // Four hours old: the other 164 were not quiet, they were not.
    let mut young = week(|_| 0);
    young[..4].fill(Hour {
        taken: 1000,
        refused: 0,
    });
    check("a young one", &young, 3000);
}

#[test]
fn what_was_refused_fades_to_a_tenth_in_a_day() {
    let with_refused = |place: usize| {
        let mut hours = week(|_| 1000);
        hours[place].refused = 100_000;
        threshold(&hours)
    };
    assert_eq!(threshold(&week(|_| 1000)), 3000);
    let (fresh, day_old, week_old) = (with_refused(0), with_refused(25), with_refused(100));
    assert!(fresh > day_old, "{fresh} {day_old}");
    assert_eq!(day_old, week_old);
    assert!(week_old > 3000, "{week_old}");
}

#[test]
fn hours_are_read_from_the_counts() {
    let count = |hours_ago: i64, outcome, reason: &str, quantity| OutcomeCount {
        project: Some(ProjectId(1)),
        key: None,
        category: "error".to_owned(),
        outcome,
        reason: reason.to_owned(),
        hour: at(1_000 * 3600 - hours_ago * 3600),
        quantity,
    };
    let counts = [
        count(0, Outcome::Accepted, "", 7),
        count(0, Outcome::RateLimited, "spike_protection", 3),
        count(1, Outcome::Accepted, "", 5),
        count(1, Outcome::Quarantined, "parse", 1),
        count(1, Outcome::RateLimited, "key_quota", 50),
        count(1, Outcome::Invalid, "invalid_json", 50),
        count(168, Outcome::Accepted, "", 9),
        count(169, Outcome::Accepted, "", 9),
        count(-1, Outcome::Accepted, "", 9),
    ];
    let (hours, present) = hours_of(&counts, at(1_000 * 3600 + 59));
    assert_eq!((hours.len(), present), (168, 10));
    assert_eq!(
        hours[0],
        Hour {
            taken: 6,
            refused: 0
        }
    );
    assert_eq!(
        hours[167],
        Hour {
            taken: 9,
            refused: 0
        }
    );
    assert_eq!(hours.iter().map(|hour| hour.taken).sum::<u64>(), 15);
}
